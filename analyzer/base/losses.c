/*
 * losses.c - stretches of time in which frames were lost.
 */
#include "base/losses.h"

#include <string.h>

#include "base/clock.h"

static void
take_out(struct dg_losses *l, uint32_t first, uint32_t count)
{
	memmove(&l->list[first], &l->list[first + count],
	    (l->count - first - count) * sizeof *l->list);
	l->count -= count;
}

static void
put_in(struct dg_losses *l, uint32_t at, struct dg_loss loss)
{
	memmove(&l->list[at + 1], &l->list[at], (l->count - at) * sizeof *l->list);
	l->list[at] = loss;
	l->count++;
}

/* The two with the least time between them, of equal ones the earliest. */
static void
join_nearest(struct dg_losses *l)
{
	uint32_t best = 0;
	int64_t least = INT64_MAX;

	for (uint32_t i = 0; i + 1 < l->count; i++) {
		int64_t between = l->list[i + 1].from_ns - l->list[i].until_ns;

		if (between < least) {
			least = between;
			best = i;
		}
	}
	l->list[best].until_ns = l->list[best + 1].until_ns;
	take_out(l, best + 1, 1);
}

void
dg_losses_add(struct dg_losses *l, int64_t from_ns, int64_t until_ns)
{
	struct dg_loss loss = {from_ns, until_ns};
	uint32_t at = 0, end;

	if (until_ns < from_ns)
		loss = from_ns - until_ns <= DG_REORDER_NS ? (struct dg_loss){until_ns, from_ns}
							   : (struct dg_loss){from_ns, from_ns};
	while (at < l->count && l->list[at].until_ns < loss.from_ns)
		at++;
	for (end = at; end < l->count && l->list[end].from_ns <= loss.until_ns; end++) {
		if (l->list[end].from_ns < loss.from_ns)
			loss.from_ns = l->list[end].from_ns;
		if (l->list[end].until_ns > loss.until_ns)
			loss.until_ns = l->list[end].until_ns;
	}
	take_out(l, at, end - at);
	if (l->count == DG_LOSSES_MAX) {
		join_nearest(l);
		dg_losses_add(l, loss.from_ns, loss.until_ns);
		return;
	}
	put_in(l, at, loss);
}

bool
dg_losses_has(const struct dg_losses *l, int64_t from_ns, int64_t until_ns)
{
	for (uint32_t i = 0; i < l->count; i++) {
		if (l->list[i].from_ns <= until_ns && l->list[i].until_ns >= from_ns)
			return true;
	}
	return false;
}

void
dg_losses_forget(struct dg_losses *l, int64_t before_ns)
{
	uint32_t gone = 0;

	while (gone < l->count && l->list[gone].until_ns < before_ns)
		gone++;
	take_out(l, 0, gone);
}

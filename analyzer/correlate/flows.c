/*
 * flows.c - which slots of a table belong to a flow.
 *
 * A list for each hash, linked both ways, so that taking one out costs the same however
 * many a flow has.
 */
#include "correlate/flows.h"

#include <string.h>

#include "base/pages.h"
#include "dnsgap/error.h"

/* In `previous` of the first of a list: the rest is the list's number. */
#define FIRST (1u << 31)

static size_t
heads_bytes(const struct dg_flows *f)
{
	return (f->mask + (size_t)1) * sizeof *f->heads;
}

int
dg_flows_init(struct dg_flows *f, uint32_t max)
{
	*f = (struct dg_flows){.mask = 1, .max = max};
	while (f->mask < max && f->mask < FIRST - 1)
		f->mask = f->mask * 2 + 1;
	f->heads = dg_pages_new(heads_bytes(f));
	f->links = dg_pages_new(max * sizeof *f->links);
	if (f->heads == NULL || f->links == NULL) {
		dg_flows_fini(f);
		return DNSGAP_ENOMEM;
	}
	memset(f->heads, 0xff, heads_bytes(f));
	return 0;
}

void
dg_flows_fini(struct dg_flows *f)
{
	if (f->heads != NULL)
		dg_pages_free(f->heads, heads_bytes(f));
	if (f->links != NULL)
		dg_pages_free(f->links, f->max * sizeof *f->links);
	*f = (struct dg_flows){0};
}

void
dg_flows_add(struct dg_flows *f, uint64_t flow_hash, uint32_t index)
{
	uint32_t list = (uint32_t)flow_hash & f->mask, next = f->heads[list];

	f->links[index] = (struct dg_flow_link){.next = next, .previous = FIRST | list};
	if (next != DG_POOL_NONE)
		f->links[next].previous = index;
	f->heads[list] = index;
}

void
dg_flows_remove(struct dg_flows *f, uint32_t index)
{
	struct dg_flow_link link = f->links[index];

	if (link.next != DG_POOL_NONE)
		f->links[link.next].previous = link.previous;
	if (link.previous & FIRST)
		f->heads[link.previous & ~FIRST] = link.next;
	else
		f->links[link.previous].next = link.next;
}

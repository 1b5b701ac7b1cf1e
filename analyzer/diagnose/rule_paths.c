/*
 * rule_paths.c - replies that were seen here and that their client asked for again.
 *
 * A client asks again, too, when its reply took longer than its patience: then query and reply
 * cross each other on the way.  A small share says nothing.
 */
#include <stdlib.h>

#include "diagnose/paths.h"
#include "dnsgap/error.h"

/* Fewer are left alone. */
#define AGAIN_MIN 3
/* Of the replies seen; less than the first is nothing, than the second a note. */
#define SHARE_MIN 0.01
#define SHARE_WARNED 0.05
/* With so many, this share is a fault. */
#define FAULT_MIN 10
#define SHARE_FAULT 0.5

/* Replies that were seen, and those that were asked for again. */
struct replies {
	uint64_t seen;
	uint64_t again;
};

static bool
is_lossy(struct replies r, double share)
{
	return r.again >= AGAIN_MIN && (double)r.again >= share * (double)r.seen;
}

static struct replies
of_server(const struct dg_summary *s, size_t server)
{
	struct dg_counts c = dg_side_all(&s->servers[server].all);

	return (struct replies){dg_counts_reached(&c), s->servers[server].all.asked_again};
}

static struct replies
of_client(const struct dg_summary *s, size_t client)
{
	return (struct replies){
	    dg_counts_reached(&s->clients[client].counts), s->clients[client].asked_again};
}

static struct replies
without(struct replies all, struct replies some)
{
	return (struct replies){all.seen - some.seen, all.again - some.again};
}

/* The replies of `in` are what it is about; NULL when memory ran out. */
static struct dg_finding *
make(struct replies in, struct replies others, enum dg_where where)
{
	struct dg_finding *f = dg_finding_new(DG_REPLIES_LOST_BEYOND, DG_WARNING);

	if (f == NULL)
		return NULL;
	if (!is_lossy(in, SHARE_WARNED))
		f->severity = DG_NOTE;
	if (in.again >= FAULT_MIN && is_lossy(in, SHARE_FAULT))
		f->severity = DG_FAULT;
	f->inside = (struct dg_reach){in.seen, in.seen - in.again};
	f->has_outside = others.seen > 0;
	f->outside = (struct dg_reach){others.seen, others.seen - others.again};
	f->where = where;
	return f;
}

/* One server has nearly all of them, and the others' replies arrive. */
static int
find_server(struct dg_diagnosis *d, struct replies all, bool *found)
{
	const struct dg_summary *s = d->summary;

	for (size_t i = 0; i < s->server_count; i++) {
		struct replies own = of_server(s, i), others = without(all, own);
		struct dg_finding *f;

		if (!is_lossy(own, SHARE_WARNED) || others.seen < FAULT_MIN ||
		    (double)others.again >= SHARE_MIN * (double)others.seen)
			continue;
		*found = true;
		f = make(own, others, DG_WHERE_UNKNOWN);
		if (f != NULL)
			dg_finding_add_server(f, (uint32_t)i);
		return dg_findings_add(&d->findings, f);
	}
	return 0;
}

static int
find_clients(struct dg_diagnosis *d, struct replies all, bool *found)
{
	const struct dg_summary *s = d->summary;
	unsigned named = 0;
	int error = 0;

	for (size_t i = 0; error == 0 && i < s->client_count; i++) {
		struct replies own = of_client(s, i), others = without(all, own);
		bool is_alone = others.seen >= FAULT_MIN && !is_lossy(others, SHARE_WARNED);
		struct dg_finding *f;

		if (!is_lossy(own, SHARE_WARNED) || named++ == DG_FINDINGS_NAMED_MAX)
			continue;
		*found = true;
		f = make(own, others, is_alone ? DG_WHERE_ONE_CLIENT : DG_WHERE_UNKNOWN);
		if (f != NULL)
			dg_finding_add_client(f, (uint32_t)i);
		error = dg_findings_add(&d->findings, f);
	}
	return error;
}

static int
find_lost_beyond(struct dg_diagnosis *d)
{
	struct dg_counts c = dg_side_all(&d->summary->all);
	struct replies all = {dg_counts_reached(&c), d->summary->all.asked_again};
	bool found = false;
	int error;

	if (!is_lossy(all, 0))
		return 0;
	error = find_server(d, all, &found);
	if (error == 0 && !found)
		error = find_clients(d, all, &found);
	if (error != 0 || found || !is_lossy(all, SHARE_MIN))
		return error;
	return dg_findings_add(
	    &d->findings, make(all, (struct replies){0, 0}, DG_WHERE_UNKNOWN));
}

int
dg_rule_paths(struct dg_diagnosis *d)
{
	int error = find_lost_beyond(d);

	return error != 0 ? error : dg_find_lost_fragments(d);
}

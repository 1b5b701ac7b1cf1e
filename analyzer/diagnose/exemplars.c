/*
 * exemplars.c - the frames to look at first.
 */
#include "diagnose/exemplars.h"

#include <stdlib.h>

#include "dnsgap/error.h"

/* A place where silence meets answers. */
struct edge {
	int32_t silent; /* the next port to try */
	int32_t silent_end;
	int32_t answered;
	int step; /* of `answered`; `silent` goes the other way */
};

#define EDGES_MAX (2 * DG_BLAME_RANGES_MAX)

struct pick {
	uint32_t *silent;   /* by port: index of its first trial + 1, or 0; owned */
	uint32_t *answered; /* likewise; both are set to 0 when taken */
	struct edge edges[EDGES_MAX];
	unsigned edge_count;
};

/* Trials are in order of port and time: of UDP, then of TCP. */
static void
find_first_trials(const struct dg_blame *b, struct pick *p)
{
	for (uint32_t i = 0; i < b->summary->trial_count; i++) {
		const struct dg_trial *t = &b->summary->trials[i];
		bool is_inside = dg_blame_is_inside(b, t->port);
		bool is_dead = dg_trial_is_dead(t);
		uint32_t *slot = is_inside && is_dead ? &p->silent[t->port]
		    : !is_inside && !is_dead          ? &p->answered[t->port]
						      : NULL;

		if (slot != NULL && *slot == 0 && t->frame != 0 && dg_blame_has(b, t))
			*slot = i + 1;
	}
}

static void
add_edge(struct pick *p, struct dg_port_range r, bool is_upper)
{
	if (p->edge_count == EDGES_MAX)
		return;
	p->edges[p->edge_count++] = (struct edge){
	    .silent = is_upper ? r.last : r.first,
	    .silent_end = is_upper ? r.first : r.last,
	    .answered = is_upper ? r.last : r.first,
	    .step = is_upper ? 1 : -1,
	};
}

static bool
has_neighbour(const struct dg_blame *b, struct dg_port_range r, bool is_upper)
{
	return (is_upper ? dg_answered_above(b->flags, r.last)
			 : dg_answered_below(b->flags, r.first)) >= 0;
}

/* Ends that have an answered neighbour first, and upper ends before lower ones. */
static void
add_range_edges(const struct dg_blame *b, struct pick *p)
{
	for (unsigned way = 0; way < 4; way++) {
		for (unsigned i = 0; i < b->range_count; i++) {
			struct dg_port_range r = b->ranges[i].seen;
			bool is_upper = way % 2 == 0;

			if (has_neighbour(b, r, is_upper) == (way < 2))
				add_edge(p, r, is_upper);
		}
	}
}

/* Each of some dead ports, evenly taken, is a range of its own. */
static void
add_hash_edges(const struct dg_blame *b, struct pick *p)
{
	uint32_t count = 0, n = 0;

	for (uint32_t port = 0; port < DG_PORTS_ALL; port++)
		count += (b->flags[port] & DG_PORT_SET) != 0;
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		uint32_t share = n * DG_FINDING_FRAMES_MAX;

		if (!(b->flags[port] & DG_PORT_SET))
			continue;
		if (n == 0 || share / count != (share - DG_FINDING_FRAMES_MAX) / count)
			add_edge(
			    p, (struct dg_port_range){(uint16_t)port, (uint16_t)port}, true);
		n++;
	}
}

static void
add_frame(const struct dg_trial *t, struct dg_frame_name *list, unsigned *count)
{
	if (*count < DG_FINDING_FRAMES_MAX)
		list[(*count)++] = (struct dg_frame_name){.frame = t->frame, .file = t->file};
}

static bool
take_silent(const struct dg_blame *b, struct pick *p, struct edge *e, struct dg_finding *f)
{
	for (; e->step > 0 ? e->silent >= e->silent_end : e->silent <= e->silent_end;
	     e->silent -= e->step) {
		uint32_t *slot = &p->silent[e->silent];

		if (*slot != 0) {
			add_frame(&b->summary->trials[*slot - 1], f->silent, &f->silent_count);
			*slot = 0;
			return true;
		}
	}
	return false;
}

static bool
take_answered(const struct dg_blame *b, struct pick *p, struct edge *e, struct dg_finding *f)
{
	for (; e->answered >= 0 && e->answered < DG_PORTS_ALL; e->answered += e->step) {
		uint32_t *slot = &p->answered[e->answered];

		if (*slot != 0) {
			add_frame(
			    &b->summary->trials[*slot - 1], f->answered, &f->answered_count);
			*slot = 0;
			return true;
		}
	}
	return false;
}

/* One of each kind at each edge in turn, as long as any is left. */
static void
take_turns(const struct dg_blame *b, struct pick *p, struct dg_finding *f)
{
	bool is_more = true;

	while (is_more) {
		is_more = false;
		for (unsigned i = 0; i < p->edge_count; i++) {
			struct edge *e = &p->edges[i];

			if (f->silent_count < DG_FINDING_FRAMES_MAX)
				is_more |= take_silent(b, p, e, f);
			if (f->answered_count < DG_FINDING_FRAMES_MAX)
				is_more |= take_answered(b, p, e, f);
		}
	}
}

int
dg_exemplars_pick(const struct dg_blame *b, struct dg_finding *f)
{
	struct pick p = {
	    .silent = calloc(DG_PORTS_ALL, sizeof *p.silent),
	    .answered = calloc(DG_PORTS_ALL, sizeof *p.answered),
	};
	int error = p.silent != NULL && p.answered != NULL ? 0 : DNSGAP_ENOMEM;

	if (error == 0) {
		find_first_trials(b, &p);
		if (dg_blame_is_hash(b))
			add_hash_edges(b, &p);
		else
			add_range_edges(b, &p);
		take_turns(b, &p, f);
	}
	free(p.silent);
	free(p.answered);
	return error;
}

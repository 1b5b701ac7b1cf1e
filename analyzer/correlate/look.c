/*
 * look.c - what is open, as if the capture ended now.
 */
#include "correlate/inner.h"

/* In the order in which dg_correlate_finish tells of them. */
static const enum dg_queue_name queues[] = {DG_QUEUE_OLD, DG_QUEUE_YOUNG};

int
dg_correlate_look(const struct dg_correlate *c, int64_t now_ns,
    const struct dg_correlate_sink *sink, uint64_t *waiting)
{
	struct dg_correlate then = *c; /* its table is c's, and only read */
	int error = 0;

	*waiting = 0;
	if (now_ns > then.newest_ns)
		then.newest_ns = now_ns;
	for (size_t n = 0; n < sizeof queues / sizeof queues[0]; n++) {
		const struct dg_queue *q = &c->table.queues[queues[n]];

		for (uint32_t i = 0; error == 0 && i < q->count; i++) {
			const struct dg_entry *e =
			    dg_table_at(&c->table, q->ring[(q->head + i) & q->mask]);
			struct dg_transaction t;

			if (!dg_entry_is_transaction(e))
				continue;
			t = dg_edge_describe(&then, e);
			*waiting += t.outcome == DG_OUTCOME_UNDECIDED;
			error = sink->transaction(sink->context, &t);
		}
	}
	return error;
}

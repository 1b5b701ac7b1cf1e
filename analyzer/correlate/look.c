/*
 * look.c - what is open, as if the capture ended now.
 */
#include "correlate/inner.h"

/* In the order in which dg_correlate_finish tells of them. */
static const enum dg_queue_name queues[] = {DG_QUEUE_STRAY, DG_QUEUE_OLD, DG_QUEUE_YOUNG};

int
dg_correlate_look(const struct dg_correlate *c, int64_t now_ns,
    const struct dg_correlate_sink *sink, struct dg_correlate_stats *stats, uint64_t *waiting)
{
	struct dg_correlate then = *c; /* its table is c's, and only read */
	int error = 0;

	*waiting = 0;
	then.sink = *sink;
	if (now_ns > then.newest_ns)
		then.newest_ns = now_ns;
	for (size_t n = 0; n < sizeof queues / sizeof queues[0]; n++) {
		const struct dg_queue *q = &c->table.queues[queues[n]];

		for (uint32_t i = 0; error == 0 && i < q->count; i++) {
			uint32_t index = q->ring[(q->head + i) & q->mask];

			error = dg_edge_tell(&then, dg_table_at(&c->table, index), waiting);
		}
	}
	*stats = then.stats;
	return error;
}

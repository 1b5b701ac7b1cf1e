/*
 * correlate.c - the front of the room.
 */
#include "correlate/correlate.h"

#include <stdlib.h>

#include "base/clock.h"
#include "correlate/inner.h"
#include "dnsgap/error.h"

int
dg_correlate_new(const struct dg_correlate_config *config, const struct dg_correlate_sink *sink,
    struct dg_correlate **out)
{
	struct dg_correlate *c = calloc(1, sizeof *c);

	if (c == NULL)
		return DNSGAP_ENOMEM;
	c->config = *config;
	c->sink = *sink;
	c->first_ns = c->newest_ns = c->quiet_until_ns = DG_TIME_NONE;
	if (dg_table_init(&c->table, config->max_transactions) != 0) {
		free(c);
		return DNSGAP_ENOMEM;
	}
	*out = c;
	return 0;
}

void
dg_correlate_free(struct dg_correlate *c)
{
	if (c == NULL)
		return;
	dg_table_fini(&c->table);
	dg_retry_fini(c);
	free(c);
}

void
dg_correlate_prefetch(const struct dg_correlate *c, const struct dg_key *key)
{
	dg_table_prefetch(&c->table, key);
}

void
dg_correlate_prefetch_entry(const struct dg_correlate *c, const struct dg_key *key)
{
	dg_table_prefetch_entry(&c->table, key);
}

static struct dg_reply_facts
facts_of(const struct dg_message *m, const struct dg_dns_view *view)
{
	return (struct dg_reply_facts){
	    .time_ns = m->time_ns,
	    .mark = m->packet_mark,
	    .path = m->path_mark,
	    .place = m->place,
	    .rcode = view->rcode,
	    .ede_code = view->ede_code,
	    .is_truncated = view->is_truncated && m->transport == DG_TRANSPORT_UDP,
	    .is_nodata = view->rcode == DG_RCODE_NOERROR && view->answer_count == 0 &&
		!view->is_truncated,
	    .has_question = view->has_question,
	};
}

static int
take_reply(struct dg_correlate *c, const struct dg_key *key, const struct dg_message *m,
    const struct dg_dns_view *view, enum dg_fate *fate)
{
	struct dg_reply_facts reply = facts_of(m, view);

	if (!m->is_partial)
		return dg_match_reply(c, key, &reply, fate);
	dg_match_partial(c, key, &reply);
	return 0;
}

int
dg_correlate_message(struct dg_correlate *c, enum dg_direction direction,
    const struct dg_key *key, const struct dg_message *m, const struct dg_dns_view *view,
    enum dg_fate *fate)
{
	enum dg_fate nobody_asks;

	if (fate == NULL)
		fate = &nobody_asks;
	*fate = DG_FATE_NONE;
	if (direction == DG_DIRECTION_REPLY)
		return take_reply(c, key, m, view, fate);
	if (m->is_partial)
		return 0;
	if (direction == DG_DIRECTION_QUERY)
		return dg_match_query(c, key, m, view, fate);
	c->stats.messages.misdirected++;
	return 0;
}

const struct dg_correlate_stats *
dg_correlate_stats(const struct dg_correlate *c)
{
	return &c->stats;
}

uint64_t
dg_correlate_open(const struct dg_correlate *c)
{
	return c->open_count;
}

void
dg_correlate_each_open(const struct dg_correlate *c,
    void (*tell)(void *context, const struct dg_flow *flow), void *context)
{
	static const enum dg_queue_name queues[] = {DG_QUEUE_OLD, DG_QUEUE_YOUNG};

	for (int n = 0; n < 2; n++) {
		const struct dg_queue *q = &c->table.queues[queues[n]];

		for (uint32_t i = 0; i < q->count; i++) {
			const struct dg_entry *e =
			    dg_table_at(&c->table, q->ring[(q->head + i) & q->mask]);

			if (dg_entry_is_transaction(e))
				tell(context, &e->flow);
		}
	}
}

/* A transaction is told of within this past its first copy, whatever queue it waits in. */
static int64_t
remembered_ns(const struct dg_correlate *c)
{
	return c->config.hold_ns + c->config.timeout_ns + 4 * DG_REORDER_NS;
}

void
dg_correlate_lost(struct dg_correlate *c, int64_t from_ns, int64_t until_ns)
{
	if (c->newest_ns != DG_TIME_NONE)
		dg_losses_forget(&c->losses, c->newest_ns - remembered_ns(c));
	dg_losses_add(&c->losses, from_ns, until_ns);
}

void
dg_correlate_trim(struct dg_correlate *c)
{
	dg_table_trim(&c->table);
	dg_retry_trim(c);
}

void
dg_correlate_forget_stats(struct dg_correlate *c)
{
	c->stats = (struct dg_correlate_stats){.peak_remembered = c->table.pool.used};
}

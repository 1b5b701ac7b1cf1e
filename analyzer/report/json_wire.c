/*
 * json_wire.c - what carried the messages: TCP, fragments, tunnels, and who was seen from
 * one side only.
 */
#include "report/json.h"

static json_t *
tcp_of(struct dg_json *o, const struct dg_stream_stats *s)
{
	json_t *object = json_object();

	dg_json_put_number(o, object, "segments", s->segments);
	dg_json_put_number(o, object, "connections", s->connections);
	dg_json_put_number(o, object, "under_way", s->under_way);
	dg_json_put_number(o, object, "messages", s->messages);
	dg_json_put_number(o, object, "resent", s->resent);
	dg_json_put_number(o, object, "out_of_order", s->out_of_order);
	dg_json_put_number(o, object, "holes", s->holes);
	dg_json_put_number(o, object, "skipped", s->skipped);
	dg_json_put_number(o, object, "evicted", s->evicted);
	return object;
}

static json_t *
fragments_of(struct dg_json *o, const struct dg_frag_stats *s)
{
	json_t *object = json_object();

	dg_json_put_number(o, object, "fragments", s->fragments);
	dg_json_put_number(o, object, "duplicates", s->duplicates);
	dg_json_put_number(o, object, "datagrams", s->datagrams);
	dg_json_put_number(o, object, "whole", s->ends[DG_FRAG_WHOLE]);
	dg_json_put_number(o, object, "incomplete", s->ends[DG_FRAG_INCOMPLETE]);
	dg_json_put_number(o, object, "refused", s->ends[DG_FRAG_REFUSED]);
	dg_json_put_number(o, object, "evicted", s->evicted);
	return object;
}

static json_t *
tunnels_of(struct dg_json *o, const struct dg_quality *q)
{
	json_t *object = json_object();

	for (unsigned t = 0; t < DG_TUNNEL_COUNT; t++) {
		if (q->tunnels[t] > 0)
			dg_json_put_number(o, object, dg_tunnel_name(t), q->tunnels[t]);
	}
	return object;
}

static json_t *
one_way_servers_of(struct dg_json *o, const struct dg_summary *s)
{
	json_t *object = json_object(), *list = json_array();
	size_t shown =
	    s->one_way_count < DG_ONE_WAY_SHOWN ? s->one_way_count : DG_ONE_WAY_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const struct dg_client_key *k = &s->one_way_servers[i]->key;
		char address[DG_ADDR_TEXT_MAX];

		dg_json_append(
		    o, list, json_string(dg_addr_text(&k->address, k->family, address)));
	}
	dg_json_put(o, object, "replies_only", list);
	dg_json_put_number(o, object, "count", s->one_way_count);
	return object;
}

void
dg_json_put_wire(struct dg_json *o, json_t *capture, const struct dg_summary *s)
{
	const struct dg_quality *q = &s->quality;

	dg_json_put(o, capture, "tcp", tcp_of(o, &q->tcp));
	dg_json_put(o, capture, "fragments", fragments_of(o, &q->fragments));
	dg_json_put(o, capture, "tunnels", tunnels_of(o, q));
	dg_json_put(o, capture, "one_way_servers", one_way_servers_of(o, s));
	dg_json_put_number(o, capture, "partial_replies", q->correlate.partial_replies);
	dg_json_put_number(o, capture, "lost_replies", q->correlate.lost_replies);
	dg_json_put_number(o, capture, "open_at_loss", q->correlate.open_at_loss);
	dg_json_put_number(o, capture, "orphans_at_loss", q->correlate.orphans_at_loss);
}

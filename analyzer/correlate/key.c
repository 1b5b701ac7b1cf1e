/*
 * key.c - who asks whom.
 */
#include "correlate/key.h"

#define UDP_HEADER_BYTES 8
/* Stands for the ID of what has none, so that it lies in a chain of its own. */
#define NO_ID UINT64_C(0x10000)

/*
 * The last word tells the families apart, so they may have different lengths.  It is put
 * together from its parts: read as one, it would wait until they are all written.
 */
static uint64_t
hash_flow(const struct dg_flow *flow, const struct dg_hash_key *secret)
{
	struct dg_hash_state s = dg_hash_begin(secret);

	if (flow->family == DG_FAMILY_IP4) {
		dg_hash_word(&s,
		    dg_hash_load(flow->client.bytes) |
			dg_hash_rotate(dg_hash_load(flow->server.bytes), 32));
	} else {
		dg_hash_word(&s, dg_hash_load(flow->client.bytes));
		dg_hash_word(&s, dg_hash_load(flow->client.bytes + 8));
		dg_hash_word(&s, dg_hash_load(flow->server.bytes));
		dg_hash_word(&s, dg_hash_load(flow->server.bytes + 8));
	}
	dg_hash_word(&s,
	    flow->client_port | (uint64_t)flow->server_port << 16 |
		(uint64_t)flow->family << 32 | (uint64_t)flow->transport << 40);
	return dg_hash_end(&s);
}

static void
finish_hashes(struct dg_key *key, const struct dg_hash_key *secret)
{
	key->flow_hash = hash_flow(&key->flow, secret);
	key->id_hash = key->has_id ? dg_hash_fold(key->flow_hash, key->id) : 0;
}

enum dg_direction
dg_key_of_message(const struct dg_message *m, const struct dg_dns_view *view,
    const struct dg_server_ports *ports, const struct dg_hash_key *secret, struct dg_key *key)
{
	bool to_server = dg_server_ports_has(ports, m->destination_port);
	bool from_server = dg_server_ports_has(ports, m->source_port);

	if (view->is_reply ? !from_server : !to_server)
		return DG_DIRECTION_MISDIRECTED;
	key->flow.family = m->family;
	key->flow.transport = m->transport;
	key->flow.zero = 0;
	if (view->is_reply) {
		key->flow.client = m->destination;
		key->flow.client_port = m->destination_port;
		key->flow.server = m->source;
		key->flow.server_port = m->source_port;
	} else {
		key->flow.client = m->source;
		key->flow.client_port = m->source_port;
		key->flow.server = m->destination;
		key->flow.server_port = m->destination_port;
	}
	key->id = view->id;
	key->has_id = true;
	key->has_question = view->has_question;
	key->question_hash = view->has_question ? view->question_hash
	    : view->question_count > 0          ? DG_QUESTION_CUT
						: DG_QUESTION_NONE;
	finish_hashes(key, secret);
	return view->is_reply ? DG_DIRECTION_REPLY : DG_DIRECTION_QUERY;
}

static struct dg_key
key_of_flow(const struct dg_flow *flow, uint64_t flow_hash)
{
	return (struct dg_key){
	    .flow = *flow,
	    .flow_hash = flow_hash,
	    .id_hash = dg_hash_fold(flow_hash, NO_ID),
	    .question_hash = DG_QUESTION_NONE,
	};
}

void
dg_key_of_flow(const struct dg_flow *flow, const struct dg_hash_key *secret, struct dg_key *key)
{
	*key = key_of_flow(flow, hash_flow(flow, secret));
}

struct dg_key
dg_key_of_connection(const struct dg_key *message)
{
	return key_of_flow(&message->flow, message->flow_hash);
}

int
dg_quote_qr(const struct dg_quote *quote)
{
	if (quote->payload.left < 3)
		return -1;
	return quote->payload.at[2] >> 7;
}

void
dg_key_of_quote(const struct dg_quote *quote, bool is_reply, const struct dg_hash_key *secret,
    struct dg_key *key)
{
	const struct dg_cur *c = &quote->payload;
	const struct dg_ip *ip = &quote->ip;
	size_t wire = quote->ports.udp_length;
	struct dg_dns_view view;
	bool is_whole;

	key->flow = (struct dg_flow){
	    .client = is_reply ? ip->destination : ip->source,
	    .server = is_reply ? ip->source : ip->destination,
	    .client_port = is_reply ? quote->ports.destination : quote->ports.source,
	    .server_port = is_reply ? quote->ports.source : quote->ports.destination,
	    .family = ip->family,
	    .transport = ip->protocol == DG_PROTOCOL_TCP ? DG_TRANSPORT_TCP : DG_TRANSPORT_UDP,
	};
	if (key->flow.transport == DG_TRANSPORT_TCP) {
		*key = key_of_flow(&key->flow, hash_flow(&key->flow, secret));
		return;
	}
	key->has_id = c->left >= 2;
	key->id = key->has_id ? dg_be16(c->at) : 0;
	wire = wire > c->left + UDP_HEADER_BYTES ? wire - UDP_HEADER_BYTES : c->left;
	is_whole = dg_dns_parse(c->at, c->left, wire, secret, &view) == DG_DNS_OK;
	key->has_question = is_whole && view.has_question;
	key->question_hash = DG_QUESTION_CUT;
	if (key->has_question)
		key->question_hash = view.question_hash;
	else if (is_whole && !is_reply) /* only a reply may leave its question out */
		key->question_hash = DG_QUESTION_NONE;
	finish_hashes(key, secret);
}

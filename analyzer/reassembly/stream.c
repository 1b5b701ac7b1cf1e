/*
 * stream.c - the turns of TCP connections.
 *
 * Known weakness: an RST or an acknowledgement is believed whatever its sequence number;
 * somebody on the path who forges them can make transactions end or be undecided.
 */
#include "reassembly/stream.h"

#include <stdlib.h>

#include "dnsgap/error.h"
#include "reassembly/stream_inner.h"

/* Where the checksum lies in a TCP header, which it ends. */
#define CHECKSUM_END 18u

int
dg_stream_table_new(const struct dg_hash_key *secret,
    const struct dg_server_ports *server_ports, const struct dg_stream_sink *sink,
    struct dg_stream_table **out)
{
	struct dg_stream_table *t = calloc(1, sizeof *t);

	if (t == NULL)
		return DNSGAP_ENOMEM;
	t->server_ports = server_ports;
	t->sink = *sink;
	t->newest_ns = INT64_MIN;
	dg_pool_init(
	    &t->pieces, sizeof(struct dg_piece), DG_STREAM_BYTES_MAX / sizeof(struct dg_piece));
	t->whole = malloc(UINT16_MAX);
	if (dg_connections_init(&t->connections, secret, DG_STREAM_CONNECTIONS_MAX) != 0 ||
	    t->whole == NULL) {
		dg_stream_table_free(t);
		return DNSGAP_ENOMEM;
	}
	*out = t;
	return 0;
}

void
dg_stream_table_free(struct dg_stream_table *t)
{
	if (t == NULL)
		return;
	dg_connections_fini(&t->connections);
	dg_pool_fini(&t->pieces);
	free(t->whole);
	free(t);
}

const struct dg_stream_stats *
dg_stream_stats(const struct dg_stream_table *t)
{
	return &t->stats;
}

void
dg_stream_trim(struct dg_stream_table *t)
{
	dg_pool_trim(&t->connections.pool);
	dg_pool_trim(&t->pieces);
}

void
dg_stream_forget_stats(struct dg_stream_table *t)
{
	t->stats = (struct dg_stream_stats){0};
}

/* --- events ----------------------------------------------------------------- */

static struct dg_stream_event
event_of(const struct dg_stream_hand *h, enum dg_stream_turn turn)
{
	return (struct dg_stream_event){
	    .turn = turn,
	    .flow = h->connection->flow,
	    .time_ns = h->frame->time_ns,
	    .place = h->frame->place,
	};
}

static int
tell(const struct dg_stream_hand *h, const struct dg_stream_event *e)
{
	return h->table->sink.event(h->table->sink.context, e);
}

int
dg_stream_tell(const struct dg_stream_hand *h, enum dg_stream_turn turn)
{
	struct dg_stream_event e = event_of(h, turn);

	return tell(h, &e);
}

int
dg_stream_tell_message(
    const struct dg_stream_hand *h, const uint8_t *data, uint32_t captured, uint32_t wire)
{
	struct dg_stream_event e = event_of(h, DG_STREAM_MESSAGE);
	const struct dg_flow *f = &h->connection->flow;

	h->table->stats.messages++;
	e.message = (struct dg_message){
	    .data = data,
	    .captured = captured,
	    .on_wire = wire,
	    .source = h->is_client ? f->client : f->server,
	    .destination = h->is_client ? f->server : f->client,
	    .source_port = h->is_client ? f->client_port : f->server_port,
	    .destination_port = h->is_client ? f->server_port : f->client_port,
	    .family = f->family,
	    .transport = DG_TRANSPORT_TCP,
	    .time_ns = h->frame->time_ns,
	    .place = h->frame->place,
	};
	return tell(h, &e);
}

/* --- room ------------------------------------------------------------------- */

static void
remove_connection(struct dg_stream_table *t, uint32_t index)
{
	struct dg_connection *c = dg_connection_at(&t->connections, index);

	dg_side_drop(&t->pieces, &c->client);
	dg_side_drop(&t->pieces, &c->server);
	dg_connections_remove(&t->connections, index);
}

/* For want of room: what its server said may be gone with it. */
static int
evict(const struct dg_stream_hand *h, uint32_t index)
{
	struct dg_stream_hand other = *h;
	int status = 0;

	other.connection = dg_connection_at(&h->table->connections, index);
	h->table->stats.evicted++;
	if (other.connection->stands && !other.connection->is_reset &&
	    !other.connection->is_closed)
		status = dg_stream_tell(&other, DG_STREAM_LOST);
	remove_connection(h->table, index);
	return status;
}

int
dg_stream_make_room(const struct dg_stream_hand *h, uint32_t piece_count)
{
	struct dg_stream_table *t = h->table;
	int status = 0;

	while (status == 0 && t->pieces.max - t->pieces.used < piece_count) {
		uint32_t index = dg_connections_oldest(&t->connections, DG_CONNECTIONS_HOLDING);

		/* The one at hand is the newest: it holds less than there is room for. */
		if (index == DG_POOL_NONE ||
		    dg_connection_at(&t->connections, index) == h->connection)
			return DNSGAP_ENOMEM;
		status = evict(h, index);
	}
	return status;
}

static void
forget_idle(struct dg_stream_table *t)
{
	uint32_t index;

	while ((index = dg_connections_oldest(&t->connections, DG_CONNECTIONS_ALL)) !=
		DG_POOL_NONE &&
	    t->newest_ns - dg_connection_at(&t->connections, index)->last_ns >
		DG_STREAM_IDLE_NS)
		remove_connection(t, index);
}

void
dg_stream_forget(struct dg_stream_table *t)
{
	uint32_t index;

	while ((index = dg_connections_oldest(&t->connections, DG_CONNECTIONS_ALL)) !=
	    DG_POOL_NONE)
		remove_connection(t, index);
	t->newest_ns = INT64_MIN;
}

/* --- whose connection ------------------------------------------------------- */

static bool
has_flag(const struct dg_packet *packet, uint8_t flag)
{
	return (packet->tcp.flags & flag) != 0;
}

static bool
is_syn(const struct dg_packet *packet)
{
	return has_flag(packet, DG_TCP_SYN) && !has_flag(packet, DG_TCP_RST);
}

/* The segment's ends, its sender as the client. */
static struct dg_flow
flow_of_sender(const struct dg_packet *packet)
{
	return (struct dg_flow){
	    .client = packet->ip.source,
	    .server = packet->ip.destination,
	    .client_port = packet->ports.source,
	    .server_port = packet->ports.destination,
	    .family = packet->ip.family,
	    .transport = DG_TRANSPORT_TCP,
	};
}

/* Whether a connection's first segment comes from its client. */
static bool
is_first_from_client(const struct dg_stream_table *t, const struct dg_packet *packet)
{
	if (is_syn(packet))
		return !has_flag(packet, DG_TCP_ACK);
	return dg_server_ports_has(t->server_ports, packet->ports.destination);
}

static bool
begins_anew(const struct dg_connection *c, const struct dg_packet *packet, bool is_from_client)
{
	const struct dg_tcp *tcp = &packet->tcp;

	if (!is_syn(packet))
		return false;
	if (!has_flag(packet, DG_TCP_ACK))
		return !is_from_client || !c->has_syn || c->syn != tcp->seq;
	if (is_from_client)
		return !c->has_syn;
	return c->has_server_syn && c->server_syn != tcp->seq && c->syn != tcp->ack - 1;
}

static int
add_connection(struct dg_stream_hand *h, const struct dg_packet *packet)
{
	struct dg_stream_table *t = h->table;
	struct dg_flow flow = flow_of_sender(packet);
	uint32_t index;
	int status = 0;

	if (!is_first_from_client(t, packet))
		flow = dg_connection_turned(&flow);
	if (dg_connections_is_full(&t->connections))
		status = evict(h, dg_connections_oldest(&t->connections, DG_CONNECTIONS_ALL));
	if (status != 0)
		return status;
	index = dg_connections_add(&t->connections, &flow);
	if (index == DG_POOL_NONE)
		return DNSGAP_ENOMEM;
	h->index = index;
	h->connection = dg_connection_at(&t->connections, index);
	h->connection->is_foreign = !dg_server_ports_has(t->server_ports, flow.server_port);
	if (!h->connection->is_foreign) {
		t->stats.connections++;
		t->stats.under_way += !is_syn(packet);
	}
	return 0;
}

/* Finds the segment's connection, or adds it. */
static int
find_connection(struct dg_stream_hand *h, const struct dg_packet *packet)
{
	struct dg_stream_table *t = h->table;
	struct dg_flow flow = flow_of_sender(packet);
	uint32_t index = dg_connections_find(&t->connections, &flow);
	int status = 0;

	if (index != DG_POOL_NONE) {
		h->index = index;
		h->connection = dg_connection_at(&t->connections, index);
		h->is_client = dg_flow_is_same(&h->connection->flow, &flow);
		if (begins_anew(h->connection, packet, h->is_client)) {
			remove_connection(t, index);
			index = DG_POOL_NONE;
		}
	}
	if (index == DG_POOL_NONE)
		status = add_connection(h, packet);
	else
		dg_connections_touch(&t->connections, index);
	if (status != 0)
		return status;
	h->connection->last_ns = t->newest_ns;
	h->is_client = dg_flow_is_same(&h->connection->flow, &flow);
	h->side = h->is_client ? &h->connection->client : &h->connection->server;
	return 0;
}

/* --- turns ------------------------------------------------------------------ */

/* What tells a SYN that is sent again from one that is seen twice. */
static uint64_t
packet_mark(const struct dg_packet *packet)
{
	struct dg_cur c = packet->ip.payload;
	const uint8_t *header = dg_cur_take(&c, CHECKSUM_END);

	return (uint64_t)packet->ip.id << 32 | (uint64_t)(uint16_t)packet->payload.wire << 16 |
	    (header != NULL ? dg_be16(header + CHECKSUM_END - 2) : 0);
}

static int
take_client_syn(const struct dg_stream_hand *h, const struct dg_packet *packet)
{
	struct dg_connection *c = h->connection;
	struct dg_stream_event e = event_of(h, DG_STREAM_SYN);

	if (c->stands)
		return 0;
	if (!c->has_syn)
		dg_side_begin(&c->client, packet->tcp.seq + 1);
	c->has_syn = true;
	c->syn = packet->tcp.seq;
	c->syn_wants = packet->tcp.seq + 1 + (uint32_t)packet->payload.wire;
	e.seq = c->syn;
	e.packet_mark = packet_mark(packet);
	return tell(h, &e);
}

static void
take_server_syn(struct dg_connection *c, const struct dg_tcp *tcp)
{
	if (!c->has_server_syn)
		c->server_syn = tcp->seq;
	c->has_server_syn = true;
	if (!c->has_syn) {
		c->has_syn = true;
		c->syn = tcp->ack - 1;
	}
	if (!c->server.is_begun && !c->server.has_expected)
		dg_side_begin(&c->server, tcp->seq + 1);
	if (!c->client.is_begun && !c->client.has_expected)
		dg_side_begin(&c->client, tcp->ack);
}

/* Whether the connection stands, by this segment alone. */
static bool
makes_stand(const struct dg_stream_hand *h, const struct dg_packet *packet)
{
	bool has_ack = has_flag(packet, DG_TCP_ACK), has_syn = has_flag(packet, DG_TCP_SYN);

	if (has_flag(packet, DG_TCP_RST))
		return false;
	if (h->is_client)
		return has_ack && !has_syn;
	return (has_syn && has_ack) || packet->payload.wire > 0;
}

static int
take_opening(const struct dg_stream_hand *h, const struct dg_packet *packet)
{
	struct dg_connection *c = h->connection;
	int status = 0;

	if (is_syn(packet) && h->is_client && !has_flag(packet, DG_TCP_ACK))
		status = take_client_syn(h, packet);
	if (is_syn(packet) && !h->is_client)
		take_server_syn(c, &packet->tcp);
	if (status != 0 || c->stands || !makes_stand(h, packet))
		return status;
	c->stands = true;
	return dg_stream_tell(h, DG_STREAM_STANDS);
}

static int
take_reset(const struct dg_stream_hand *h, const struct dg_packet *packet)
{
	struct dg_connection *c = h->connection;
	struct dg_stream_event e = event_of(h, DG_STREAM_RESET);

	if (!c->stands) {
		if (h->is_client || !c->has_syn || !has_flag(packet, DG_TCP_ACK) ||
		    packet->tcp.ack != c->syn_wants)
			return 0;
		e.turn = DG_STREAM_REFUSED;
		e.seq = c->syn;
		return tell(h, &e);
	}
	if (c->is_reset || c->is_closed)
		return 0;
	c->is_reset = true;
	e.is_by_client = h->is_client;
	return tell(h, &e);
}

static int
take_acknowledgement(const struct dg_stream_hand *h, uint32_t ack)
{
	struct dg_stream_hand other = *h;

	other.is_client = !h->is_client;
	other.side = other.is_client ? &h->connection->client : &h->connection->server;
	return dg_side_acknowledge(&other, ack);
}

/* What is longer than a frame was never sent so. */
static uint32_t
at_most_a_frame(size_t size)
{
	return size < DG_FRAME_BYTES_MAX ? (uint32_t)size : DG_FRAME_BYTES_MAX;
}

static int
take_octets(const struct dg_stream_hand *h, const struct dg_packet *packet)
{
	struct dg_octets octets = {
	    .seq = packet->tcp.seq + is_syn(packet),
	    .data = packet->payload.at,
	    .captured = at_most_a_frame(packet->payload.left),
	    .wire = at_most_a_frame(packet->payload.wire),
	};
	int status = octets.wire > 0 ? dg_side_octets(h, &octets) : 0;

	if (status != 0 || !has_flag(packet, DG_TCP_FIN))
		return status;
	return dg_side_fin(h, octets.seq + octets.wire);
}

static int
take_segment(const struct dg_stream_hand *h, const struct dg_packet *packet)
{
	int status = take_opening(h, packet);

	if (status == 0 && has_flag(packet, DG_TCP_ACK))
		status = take_acknowledgement(h, packet->tcp.ack);
	if (status != 0)
		return status;
	return has_flag(packet, DG_TCP_RST) ? take_reset(h, packet) : take_octets(h, packet);
}

int
dg_stream_feed(
    struct dg_stream_table *t, const struct dg_packet *packet, const struct dg_frame *frame)
{
	struct dg_stream_hand h = {.table = t, .frame = frame};
	struct dg_connection *c;
	int status;

	t->stats.segments++;
	if (frame->time_ns > t->newest_ns)
		t->newest_ns = frame->time_ns;
	forget_idle(t);
	status = find_connection(&h, packet);
	if (status != 0)
		return status;
	c = h.connection;
	if (c->is_foreign)
		return 0;
	t->stats.server_segments += !h.is_client;
	status = take_segment(&h, packet);
	dg_connections_set_holding(&t->connections, h.index,
	    dg_side_is_holding(&c->client) || dg_side_is_holding(&c->server));
	return status;
}

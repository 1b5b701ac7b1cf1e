/*
 * match.c - which transaction a frame belongs to, and as what.
 *
 * Not a second correlation: which transactions there are, and how they ended, is known.  A
 * frame belongs to the latest one before it with its flow, its ID and its question, as long as
 * that is remembered (the hold).  What was found by a pattern, or came over TCP, may have
 * begun before the frame that it is known by.
 *
 * Weak spot: a later fragment that comes before the first one is known in the second reading
 * only, once the first was seen: it is written, though it was not counted.
 */
#include <string.h>

#include "decode/packet.h"
#include "evidence/inner.h"

/* One packet that is recorded twice comes so close to itself; what comes later was sent
 * again, even if nothing in it tells (docs/matching.md). */
#define SIGHTINGS_NS INT64_C(1000000)

void
dg_match_begin(struct dg_evidence *e)
{
	for (size_t i = 0; i < e->unit_count; i++) {
		struct dg_unit *u = &e->units[i];

		u->met = 0;
		u->mark = 0;
		u->has_reply = false;
	}
}

static uint32_t
find_place(const struct dg_evidence *e, struct dg_place place)
{
	size_t low = 0, high = e->place_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (dg_place_compare(e->places[middle].place, place) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == e->place_count || dg_place_compare(e->places[low].place, place) != 0)
		return DG_UNIT_NONE;
	return e->places[low].unit;
}

/* The first unit behind all of this flow that begin at time_ns or before. */
static size_t
find_behind(const struct dg_evidence *e, const struct dg_flow *flow, int64_t time_ns)
{
	size_t low = 0, high = e->unit_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct dg_unit *u = &e->units[middle];
		int order = u->has_flow ? memcmp(&u->flow, flow, sizeof *flow) : -1;

		if (order < 0 || (order == 0 && u->start_ns <= time_ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_fitting(const struct dg_evidence *e, const struct dg_unit *u, const struct dg_look *look,
    int64_t time_ns)
{
	bool is_udp = u->flow.transport == DG_TRANSPORT_UDP;
	int64_t before = u->is_found || !is_udp ? e->config.hold_ns : e->config.skew_ns;

	if (time_ns < u->start_ns - before || time_ns > u->start_ns + e->config.hold_ns)
		return false;
	if (!is_udp)
		return true;
	if (u->has_id && look->has_id && u->id != look->id)
		return false;
	return !u->has_question || !look->has_question || u->question == look->question;
}

/* Of the units of the frame's flow, the latest that began before it, else the first behind. */
static uint32_t
find_flow(const struct dg_evidence *e, const struct dg_look *look, int64_t time_ns)
{
	size_t at = find_behind(e, &look->flow, time_ns);
	unsigned looks = 0;

	for (size_t i = at; i > 0 && looks < DG_EVIDENCE_LOOKS_MAX; i--, looks++) {
		const struct dg_unit *u = &e->units[i - 1];

		if (!u->has_flow || !dg_flow_is_same(&u->flow, &look->flow) ||
		    u->start_ns < time_ns - e->config.hold_ns)
			break;
		if (is_fitting(e, u, look, time_ns))
			return (uint32_t)(i - 1);
	}
	for (size_t i = at; i < e->unit_count && looks < 2 * DG_EVIDENCE_LOOKS_MAX;
	     i++, looks++) {
		const struct dg_unit *u = &e->units[i];

		if (!dg_flow_is_same(&u->flow, &look->flow) ||
		    u->start_ns > time_ns + e->config.hold_ns)
			break;
		if (is_fitting(e, u, look, time_ns))
			return (uint32_t)i;
	}
	return DG_UNIT_NONE;
}

/* Notes a query, or a SYN, and says whether it is the first, the same packet, or a resend. */
static enum dg_frame_role
note_query(struct dg_unit *u, uint64_t mark, int64_t time_ns)
{
	bool is_first = u->mark == 0;
	bool is_same = u->mark == mark + 1 && time_ns - u->mark_ns <= SIGHTINGS_NS;

	u->mark = mark + 1;
	u->mark_ns = time_ns;
	if (is_first)
		return DG_ROLE_QUERY;
	return is_same ? DG_ROLE_SAME_AGAIN : DG_ROLE_RESEND;
}

static enum dg_frame_role
role_of_message(struct dg_unit *u, const struct dg_look *look, int64_t time_ns)
{
	enum dg_frame_role role;

	if (look->is_reply) {
		u->has_reply = true;
		return DG_ROLE_REPLY;
	}
	role = note_query(u, look->mark, time_ns);
	u->is_asked_again |= role == DG_ROLE_RESEND && u->has_reply;
	return role;
}

static enum dg_frame_role
role_of_segment(struct dg_unit *u, const struct dg_look *look, int64_t time_ns)
{
	if (look->tcp_flags & DG_TCP_RST)
		return DG_ROLE_RST;
	if ((look->tcp_flags & DG_TCP_SYN) && (look->tcp_flags & DG_TCP_ACK)) {
		u->has_syn_ack = true;
		return DG_ROLE_SYN_ACK;
	}
	if (look->tcp_flags & DG_TCP_SYN)
		return note_query(u, 0, time_ns) == DG_ROLE_QUERY ? DG_ROLE_SYN
								  : DG_ROLE_SYN_AGAIN;
	if (look->has_payload)
		return look->is_reply ? DG_ROLE_REPLY : DG_ROLE_QUERY;
	return look->tcp_flags & DG_TCP_FIN ? DG_ROLE_FIN : DG_ROLE_ACK;
}

static enum dg_frame_role
role_of(struct dg_unit *u, const struct dg_look *look, int64_t time_ns)
{
	switch (look->kind) {
	case DG_LOOK_MESSAGE:
		return role_of_message(u, look, time_ns);
	case DG_LOOK_SEGMENT:
		return role_of_segment(u, look, time_ns);
	case DG_LOOK_ICMP:
		return DG_ROLE_ICMP;
	case DG_LOOK_PIECE:
		return DG_ROLE_FRAGMENT;
	case DG_LOOK_NONE:
		break;
	}
	return DG_ROLE_OTHER;
}

static uint32_t
find_datagram(struct dg_evidence *e, const struct dg_look *look, int64_t time_ns)
{
	const struct dg_datagram *d = dg_map_find(&e->datagrams, &look->datagram);

	if (d == NULL || d->unit == 0 || time_ns - d->time_ns > DG_FRAG_NS ||
	    d->time_ns - time_ns > DG_FRAG_NS)
		return DG_UNIT_NONE;
	return d->unit - 1;
}

/* Other fragments of the datagram will be known by this one. */
static void
note_datagram(struct dg_evidence *e, const struct dg_look *look, int64_t time_ns, uint32_t unit)
{
	bool is_known;
	struct dg_datagram *d = dg_datagram_of(e, look, time_ns, &is_known);

	if (d != NULL && (d->unit == 0 || look->kind == DG_LOOK_MESSAGE))
		d->unit = unit + 1;
}

uint32_t
dg_match(struct dg_evidence *e, const struct dg_frame *frame, enum dg_frame_role *role)
{
	uint32_t unit = find_place(e, frame->place);
	struct dg_look look;

	dg_look_at(frame, &e->config.server_ports, &e->config.secret, &look);
	if (look.kind == DG_LOOK_NONE)
		return DG_UNIT_NONE;
	if (unit == DG_UNIT_NONE && look.kind != DG_LOOK_PIECE)
		unit = find_flow(e, &look, frame->time_ns);
	if (unit == DG_UNIT_NONE && look.is_fragment)
		unit = find_datagram(e, &look, frame->time_ns);
	if (unit == DG_UNIT_NONE)
		return unit;
	if (look.is_fragment)
		note_datagram(e, &look, frame->time_ns, unit);
	*role = role_of(&e->units[unit], &look, frame->time_ns);
	return unit;
}

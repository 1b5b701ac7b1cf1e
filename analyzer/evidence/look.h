#ifndef DG_EVIDENCE_LOOK_H
#define DG_EVIDENCE_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/frame.h"
#include "base/hash.h"
#include "decode/ports.h"

/*
 * look.h - what one frame is by itself: whose transaction it may belong to, and as what.
 */

enum dg_look_kind {
	DG_LOOK_NONE, /* nothing that could belong to a transaction */
	DG_LOOK_MESSAGE,
	DG_LOOK_SEGMENT,
	DG_LOOK_PIECE, /* a fragment that does not tell ports */
	DG_LOOK_ICMP,  /* flow, ID and question are those of what it quotes */
};

/* Which datagram a fragment is of; 40 octets, no padding. */
struct dg_datagram_key {
	struct dg_addr source;
	struct dg_addr destination;
	uint32_t id;
	uint32_t family;
};

struct dg_look {
	enum dg_look_kind kind;
	struct dg_flow flow;   /* but for PIECE */
	struct dg_addr source; /* who sent the packet */
	uint8_t family;
	bool is_reply; /* or sent by the server; ICMP: about such */
	bool has_id;
	uint16_t id;
	bool has_question;
	uint64_t question; /* keyed hash */
	uint16_t rcode;    /* of a reply, as far as it is known */
	bool is_fragment;
	struct dg_datagram_key datagram; /* of a fragment */
	uint64_t mark; /* MESSAGE: tells sending again from a second sighting */
	uint8_t tcp_flags;
	bool has_payload; /* SEGMENT */
};

void dg_look_at(const struct dg_frame *frame, const struct dg_server_ports *ports,
    const struct dg_hash_key *secret, struct dg_look *look);

#endif

#ifndef DG_REASSEMBLY_FRAG_H
#define DG_REASSEMBLY_FRAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "decode/packet.h"

/*
 * frag.h - IP fragments become datagrams (RFC 791 3.2, RFC 8200 4.5, RFC 5722), by the
 * rules of docs/matching.md, "Fragments".
 *
 * Bounded: DG_FRAG_DATAGRAMS_MAX datagrams and DG_FRAG_BYTES_MAX bytes wait at once;
 * the oldest goes first and is counted.
 */

struct dg_frag;

enum dg_frag_end {
	DG_FRAG_WHOLE,
	DG_FRAG_INCOMPLETE,
	DG_FRAG_REFUSED, /* overlapping, contradicting, too long */
	DG_FRAG_END_COUNT
};

/* A datagram that is over. */
struct dg_frag_datagram {
	enum dg_frag_end end;
	struct dg_addr sender;
	struct dg_addr receiver;
	uint8_t family;
	uint8_t protocol;     /* of the transport, when has_ports */
	bool has_ports;       /* the first fragment was seen, and holds UDP ports */
	uint16_t source_port; /* when has_ports */
	uint16_t destination_port;
	int8_t qr;       /* of the message, when has_ports: 0, 1, or -1 when it is not there */
	bool has_first;  /* the first fragment was seen, whatever it holds */
	bool is_at_loss; /* frames were lost while it was incomplete, or shortly before */
};

/* Where every fragment went, and every datagram: they sum. */
struct dg_frag_stats {
	uint64_t fragments;  /* fed */
	uint64_t duplicates; /* among them */
	uint64_t datagrams;  /* begun: whole + incomplete + refused, when all is finished */
	uint64_t ends[DG_FRAG_END_COUNT];
	uint64_t evicted; /* among the incomplete: for want of room [counted] */
};

/* Who is told of every datagram that is over.  0 or DNSGAP_ENOMEM, which stops the run. */
struct dg_frag_sink {
	void *context;
	int (*datagram)(void *context, const struct dg_frag_datagram *d);
};

/* What a fragment brought. */
struct dg_frag_news {
	bool is_first; /* of its datagram, the first one recorded that has octet 0 */
	bool is_whole; /* its datagram became whole with it */
};

/* Returns 0 or DNSGAP_ENOMEM.  `sink` is copied. */
int dg_frag_new(
    const struct dg_hash_key *secret, const struct dg_frag_sink *sink, struct dg_frag **out);
void dg_frag_free(struct dg_frag *f);

/**
 * A fragment: a packet that dg_decode called DG_DECODED_FRAGMENT, in the order of
 * recording, after dg_frag_advance.  When it makes its datagram whole,
 * `packet` becomes what dg_decode_whole wants: `fragment` holds all bytes (they live until the
 * next call), fragment_protocol is the first fragment's; the rest, and the way it came, stay
 * those of this fragment.
 * Bytes that the capture cut off make `fragment` end there (left < wire).
 *
 * Returns 0 or what the sink returned, or DNSGAP_ENOMEM.
 */
int dg_frag_feed(
    struct dg_frag *f, struct dg_packet *packet, int64_t time_ns, struct dg_frag_news *news);

/* Frames of this stretch of time are missing, before those that come next. */
void dg_frag_lost(struct dg_frag *f, int64_t from_ns, int64_t until_ns);

/* Time has come to newest_ns: lets go of what is incomplete for 30 s. */
int dg_frag_advance(struct dg_frag *f, int64_t newest_ns);

/* Tells `sink` of what waits, as if the capture ended now; changes nothing.  `stats` is told
 * what they would be then.  Returns 0 or what the sink returned. */
int dg_frag_look(
    const struct dg_frag *f, const struct dg_frag_sink *sink, struct dg_frag_stats *stats);

/* The clock stepped back, or the capture ended: what waits is incomplete. */
int dg_frag_finish(struct dg_frag *f);

const struct dg_frag_stats *dg_frag_stats(const struct dg_frag *f);

/* Gives back memory that a flood took; nothing else changes. */
void dg_frag_trim(struct dg_frag *f);

/* All counts begin anew. */
void dg_frag_forget_stats(struct dg_frag *f);

#endif

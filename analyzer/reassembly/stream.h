#ifndef DG_REASSEMBLY_STREAM_H
#define DG_REASSEMBLY_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "reassembly/message.h"

/*
 * stream.h - TCP segments become DNS messages and the turns of connections (RFC 9293,
 * RFC 7766), by the rules of docs/matching.md, "TCP".
 *
 * Bounded: DG_STREAM_CONNECTIONS_MAX connections, DG_STREAM_SEGMENTS_MAX segments waiting in a
 * stream, DG_STREAM_BYTES_MAX bytes waiting in all; the connection that was silent longest goes
 * first and is counted.
 */

struct dg_stream_table;

enum dg_stream_turn {
	DG_STREAM_SYN,     /* the client tries to connect, or does so again */
	DG_STREAM_STANDS,  /* once a connection: it stands, or stood before the capture */
	DG_STREAM_REFUSED, /* RST in answer to the SYN */
	DG_STREAM_MESSAGE, /* a DNS message is complete */
	DG_STREAM_RESET,   /* RST on a connection that stands */
	DG_STREAM_CLOSED,  /* the server's FIN, in order */
	DG_STREAM_LOST,    /* what the server sent is not in the capture */
};

/* Lives as long as the call that hands it on. */
struct dg_stream_event {
	enum dg_stream_turn turn;
	struct dg_flow flow; /* transport is TCP */
	int64_t time_ns;     /* of the frame that brought it */
	struct dg_place place;
	uint32_t seq;         /* SYN, REFUSED: the SYN's sequence number */
	uint64_t packet_mark; /* SYN: tells sending it again from seeing it twice */
	bool is_by_client;    /* RESET: who sent it */
	/* MESSAGE.  Its bytes live as long as the event; packet_mark and path_mark are 0. */
	struct dg_message message;
};

struct dg_stream_sink {
	void *context;
	/* Returns 0 or DNSGAP_ENOMEM, which stops the run. */
	int (*event)(void *context, const struct dg_stream_event *e);
};

struct dg_stream_stats {
	uint64_t segments;        /* fed */
	uint64_t server_segments; /* among them: from a server */
	uint64_t connections;     /* begun, or met under way */
	uint64_t under_way;       /* among them: no SYN was seen */
	uint64_t messages;        /* handed on */
	uint64_t resent;          /* segments with payload of which nothing was new */
	uint64_t out_of_order;    /* segments that had to wait */
	uint64_t holes;           /* given up: the capture lost octets */
	uint64_t skipped; /* segments passed over while a stream's beginning was sought */
	uint64_t evicted; /* connections, for want of room [counted] */
};

/**
 * `server_ports` must outlive the table; `sink` is copied.  Returns 0 or DNSGAP_ENOMEM.
 */
int dg_stream_table_new(const struct dg_hash_key *secret,
    const struct dg_server_ports *server_ports, const struct dg_stream_sink *sink,
    struct dg_stream_table **out);
void dg_stream_table_free(struct dg_stream_table *t);

/**
 * A segment with a server port on at least one side: a packet that dg_decode called
 * DG_DECODED_TCP, in the order of recording.  The sink is told of what it brings, in this
 * order: SYN or STANDS; LOST, RESET, CLOSED and messages as they come in the stream.
 * Returns 0 or what the sink returned, or DNSGAP_ENOMEM.
 */
int dg_stream_feed(
    struct dg_stream_table *t, const struct dg_packet *packet, const struct dg_frame *frame);

/* The clock stepped back: all connections are forgotten; nothing is told. */
void dg_stream_forget(struct dg_stream_table *t);

const struct dg_stream_stats *dg_stream_stats(const struct dg_stream_table *t);

/* Gives back memory that a flood took; nothing else changes. */
void dg_stream_trim(struct dg_stream_table *t);

/* All counts begin anew. */
void dg_stream_forget_stats(struct dg_stream_table *t);

#endif

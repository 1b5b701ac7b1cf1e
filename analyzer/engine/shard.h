#ifndef DG_ENGINE_SHARD_H
#define DG_ENGINE_SHARD_H

#include "base/clock.h"
#include "correlate/correlate.h"
#include "tally/tally.h"

/*
 * shard.h - the whole way of a packet: decode, reassemble, parse, correlate,
 * count.  No stage calls the next; this does.
 */

struct dg_shard_config {
	struct dg_correlate_config correlate;
	struct dg_server_ports server_ports;
	struct dg_hash_key secret;
};

struct dg_shard;

/**
 * `sink` is told of transactions and ICMP errors; all else is counted into `tally`.
 * Both outlive the shard.  Returns 0 or DNSGAP_ENOMEM.
 */
int dg_shard_new(const struct dg_shard_config *config, const struct dg_correlate_sink *sink,
    struct dg_tally *tally, struct dg_shard **out);
void dg_shard_free(struct dg_shard *s);

/* Frames in the order of recording.  Returns 0 or DNSGAP_ENOMEM. */
int dg_shard_feed(struct dg_shard *s, const struct dg_frame *frames, size_t count);

/* Frames of this stretch of time are missing, before those that come next. */
void dg_shard_lost(struct dg_shard *s, int64_t from_ns, int64_t until_ns);

/* Transactions that have begun and were not told of. */
uint64_t dg_shard_open(const struct dg_shard *s);

/* Tells of the flow of each of them, in any order. */
void dg_shard_each_open(const struct dg_shard *s,
    void (*tell)(void *context, const struct dg_flow *flow), void *context);

/* The newest frame's time; DG_TIME_NONE before the first. */
int64_t dg_shard_newest_ns(const struct dg_shard *s);
/**
 * Counts what is open into `out`, which has the rest, and its sink, as if the capture ended now
 * (dg_correlate_look).  0 or DNSGAP_ENOMEM.
 */
int dg_shard_look(const struct dg_shard *s, int64_t now_ns,
    const struct dg_correlate_sink *sink, struct dg_tally *out, uint64_t *waiting);

/* Fills in what became of the messages, segments and fragments since counting began. */
void dg_shard_count(const struct dg_shard *s, struct dg_quality *q);

/* That counting begins anew; memory that a flood took is given back. */
void dg_shard_forget_counts(struct dg_shard *s);

/* The capture is over: everything retires, and the tally's quality is complete. */
int dg_shard_finish(struct dg_shard *s);

#endif

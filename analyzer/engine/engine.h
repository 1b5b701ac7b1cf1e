#ifndef DG_ENGINE_ENGINE_H
#define DG_ENGINE_ENGINE_H

#include "engine/shard.h"
#include "source/source.h"
#include "tally/tally.h"

/*
 * engine.h - from a source to a tally.
 */

struct dg_engine;

/* Returns 0 or DNSGAP_ENOMEM. */
int dg_engine_new(const struct dg_shard_config *config, struct dg_engine **out);
void dg_engine_free(struct dg_engine *e);

/**
 * Is told of every transaction as it ends, after it was counted.  Returning other than 0 (a
 * negative DNSGAP_E...) stops the run with that error.
 */
typedef int dg_engine_listener(void *context, const struct dg_transaction *t);
void dg_engine_set_listener(struct dg_engine *e, dg_engine_listener *listener, void *context);

/* One frame from the caller; its bytes are not kept.  0 or DNSGAP_ENOMEM. */
int dg_engine_feed(struct dg_engine *e, const struct dg_frame *frame);

/* The same of many, in their order; what the listener returns is passed on. */
int dg_engine_feed_batch(struct dg_engine *e, const struct dg_frame *frames, size_t count);

/* Frames of this stretch of time are missing, before those that come next. */
void dg_engine_lost(struct dg_engine *e, int64_t from_ns, int64_t until_ns);

/* Transactions that have begun and are not in the tally. */
uint64_t dg_engine_open(const struct dg_engine *e);

/**
 * Reads the source to its end, or up to `max_frames` frames (0: all).  `progress` (or NULL) is
 * called after every batch; when it returns other than 0, reading stops with DNSGAP_ESTOPPED.
 */
int dg_engine_run(struct dg_engine *e, struct dg_source source, uint64_t max_frames,
    int (*progress)(void *context), void *context, struct dg_fail *fail);

/* Ends the capture, and must not be called again; nothing can be fed or run after it, whatever
 * it returns.  Afterwards dg_engine_tally is complete. */
int dg_engine_finish(struct dg_engine *e);

/*
 * What was counted until now.  First dg_engine_settle (0 or DNSGAP_ENOMEM); then either
 * dg_engine_copy, which adds it to an empty tally (likewise; then that holds a part) and what
 * is open to that, as if the capture had gone on until now_ns (dg_correlate_look), or
 * dg_engine_take, which gives it away and begins anew, and cannot fail.  What still waits for
 * its end stays.  The tally is the caller's, under the engine's secret.
 */
int dg_engine_settle(struct dg_engine *e);
int dg_engine_copy(
    struct dg_engine *e, int64_t now_ns, struct dg_tally *out, uint64_t *waiting);
void dg_engine_take(struct dg_engine *e, struct dg_tally *out);

/* Lives as long as the engine; once that is finished it is whoever's who wants to change it. */
struct dg_tally *dg_engine_tally(struct dg_engine *e);

/* Whether frames of this link type (LINKTYPE_ number) can be taken apart. */
bool dg_engine_supports(uint32_t linktype);

enum dg_library {
	DG_LIBRARY_PCAP,
	DG_LIBRARY_LDNS,
};

/* The version of a library at work below the engine; static. */
const char *dg_engine_library_version(enum dg_library library);

#endif

#ifndef DG_SOURCE_JOIN_H
#define DG_SOURCE_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"

/*
 * join.h - frames of several interfaces put in order of time, as filelist.h does with files:
 * each interface's frames stay in their order, and the one whose next frame is the oldest gives
 * it.
 *
 * An interface that has nothing to give may only be late.  So a frame waits until each such
 * interface was found empty so long after the frame was taken (`slack_ns`) that nothing older
 * can come.  Those times are of a clock that never steps; the frames' own times only give the
 * order.  With one interface nothing waits.
 */

struct dg_join;

/* `bytes_max` of frames are held at most; then the oldest goes without waiting.  NULL when
 * memory ran out. */
struct dg_join *dg_join_new(size_t interfaces, int64_t slack_ns, uint64_t bytes_max);
void dg_join_free(struct dg_join *j);

/* Copies a frame of the n-th interface that was taken just now.  0 or DNSGAP_ENOMEM.  What the
 * last dg_join_next gave is over. */
int dg_join_add(struct dg_join *j, size_t n, const struct dg_frame *frame, int64_t now_ns);

/* An interface had nothing more to give, at this time. */
void dg_join_empty(struct dg_join *j, size_t n, int64_t now_ns);

/* Nothing will come from an interface any more. */
void dg_join_close(struct dg_join *j, size_t n);

/**
 * The next frames in order, at most `max` and DG_BATCH_FRAMES; their bytes live until the next
 * call of this or dg_join_add.  With is_all none waits.
 */
void dg_join_next(struct dg_join *j, size_t max, bool is_all, struct dg_batch *batch);

/* When the next frame may go if its rivals stay empty; INT64_MAX when none waits. */
int64_t dg_join_due(struct dg_join *j);

/* Bytes that are held; frames that did not wait because of bytes_max. */
uint64_t dg_join_bytes(const struct dg_join *j);
uint64_t dg_join_forced(const struct dg_join *j);

#endif

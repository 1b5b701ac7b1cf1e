#ifndef DG_SOURCE_SOURCE_H
#define DG_SOURCE_SOURCE_H

#include "base/fail.h"
#include "base/frame.h"

/*
 * source.h - whatever frames come from.
 */

struct dg_source {
	/*
	 * Fills the batch with the next frames in order of time, at least one; count 0 is
	 * the end.  Their bytes live until the next call.  Returns 0 or an error
	 * with a text in `fail`.
	 */
	int (*next)(void *context, struct dg_batch *batch, struct dg_fail *fail);
	void *context;
};

#endif

#ifndef DG_LIVE_REPORTER_H
#define DG_LIVE_REPORTER_H

#include <stdbool.h>

/*
 * reporter.h - one thread beside the capturing one, so that making a report keeps no frame
 * waiting.
 */

struct dg_reporter;

/* Does a job; what it returns is handed back by dg_reporter_result. */
typedef int dg_job(void *context);

/* Signals are blocked in the thread.  0 or an errno. */
int dg_reporter_new(struct dg_reporter **out);

/* Waits for the job at work, then ends the thread. */
void dg_reporter_free(struct dg_reporter *r);

/* False when one is at work still, or its result was not taken yet. */
bool dg_reporter_begin(struct dg_reporter *r, dg_job *job, void *context);

/* Whether a job ended (or none was given) since the last call, and what it returned; waits for
 * it when is_waiting. */
bool dg_reporter_result(struct dg_reporter *r, bool is_waiting, int *result);

bool dg_reporter_is_busy(struct dg_reporter *r);

#endif

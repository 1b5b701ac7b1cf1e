/* traffic.h - plays the traffic, in the order of time. */

#ifndef MK_TRAFFIC_H
#define MK_TRAFFIC_H

#include "output.h"
#include "truth.h"
#include "world.h"

/**
 * Writes all frames and counts the truth about them.
 *
 * The capture ends with the last new query; what is in flight then stays
 * open, as when somebody stops tcpdump.  0, or -1 with errno set.
 */
int mk_traffic_run(struct mk_world *w, struct mk_output *output, struct mk_truth *truth);

#endif

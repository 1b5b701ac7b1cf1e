#ifndef DG_SOURCE_NOW_H
#define DG_SOURCE_NOW_H

#include <stdint.h>

/*
 * now.h - the machine's clocks, for who waits for frames; the analysis has those of frames
 * only.
 */

/* Nanoseconds since 1970 as the kernel stamps frames: may step. */
int64_t dg_now_kernel(void);

/* Nanoseconds of a clock that never steps. */
int64_t dg_now_steady(void);

#endif

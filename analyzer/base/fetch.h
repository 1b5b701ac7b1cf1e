#ifndef DG_BASE_FETCH_H
#define DG_BASE_FETCH_H

/*
 * fetch.h - functions that do nothing but bring lines into the cache.
 *
 * GCC 12 takes a function of prefetches alone for one without effect and drops
 * calls of it; inlined by force, its prefetches stay.
 */
#define DG_FETCH static inline __attribute__((always_inline)) void

#endif

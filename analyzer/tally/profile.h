#ifndef DG_TALLY_PROFILE_H
#define DG_TALLY_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "tally/tally.h"

/*
 * profile.h - what a client's source ports look like.
 */

/* Fewer transactions than this say nothing about a client's ports. */
#define DG_PROFILE_MIN 20
/* A standard deviation of the ports under this one is rated poor. */
#define DG_PROFILE_GOOD_STDDEV 296.0
#define DG_LOOKS_MAX 8

struct dg_profile {
	uint64_t transactions;
	uint16_t lowest;
	uint16_t highest;
	uint32_t distinct;
	bool is_fixed;      /* one port only, in two or more transactions */
	double stddev;      /* of the ports over transactions (divided by n) */
	const char *rating; /* "great", "good", "poor"; NULL with too few to tell */
	const char *looks_like[DG_LOOKS_MAX]; /* defaults that fit; static */
	unsigned looks_count;
};

struct dg_profile dg_profile_make(const struct dg_client_row *row);

#endif

#ifndef DG_JUDGE_NATURAL_H
#define DG_JUDGE_NATURAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * natural.h - what is known beforehand of port ranges that people and machines choose: the
 * weights of ranges in the scans, of their ends, and lists of single ports.
 */

struct dg_natural {
	uint16_t first;
	uint16_t last;
	double ln_weight; /* of the share 1 of all ranges; see docs/diagnosis.md, "Weights" */
};

/* By first, then last port; static, made once. */
const struct dg_natural *dg_naturals(size_t *count);

/* ln of the prior weight of a range's end: that the first port behind the edge lies in
 * (below, at], `below` from -1, `at` up to 65536. */
double dg_ln_edge_prior(int32_t below, int32_t at);

/* Ports that stay open where a range is shut: 53 67 68 88 123 137 138 161 443 500 514 853. */
bool dg_is_kept_open(uint16_t port);
#define DG_KEPT_OPEN_COUNT 12

/* Ports of UDP amplification lists. */
bool dg_is_amplifier(uint16_t port);
const uint16_t *dg_amplifiers(size_t *count);

#endif

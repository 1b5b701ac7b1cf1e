#ifndef DG_JUDGE_ORDER_H
#define DG_JUDGE_ORDER_H

#include <stddef.h>
#include <stdint.h>

/*
 * order.h - many rows put in order by a number.
 */

struct dg_keyed {
	uint64_t key;
	uint32_t at; /* of the row that the key belongs to */
};

/* Sorts by key; what has the same key keeps its order.  `spare` has room for as many. */
void dg_order(struct dg_keyed *list, struct dg_keyed *spare, size_t count);

/* The same of half the size, for what is sorted for every unit. */
struct dg_ranked {
	uint32_t rank;
	uint32_t at;
};

void dg_order_ranked(struct dg_ranked *list, struct dg_ranked *spare, size_t count);

/* For qsort() and bsearch() over port numbers (uint16_t), ascending. */
int dg_compare_ports(const void *left, const void *right);

#endif

/*
 * order.c - a radix sort that leaves out the digits that all keys share.
 */
#include "judge/order.h"

#include <string.h>

#define DIGIT_BITS 8
#define DIGITS (1u << DIGIT_BITS)
#define KEY_BITS 64
#define RANK_BITS 32

/* Fewer are put in order one by one. */
#define FEW 48

static void
insert(struct dg_keyed *list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct dg_keyed one = list[i];
		size_t to = i;

		for (; to > 0 && list[to - 1].key > one.key; to--)
			list[to] = list[to - 1];
		list[to] = one;
	}
}

static void
deal(const struct dg_keyed *from, struct dg_keyed *into, size_t count, unsigned shift)
{
	size_t starts[DIGITS] = {0}, sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[from[i].key >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t here = starts[digit];

		starts[digit] = sum;
		sum += here;
	}
	for (size_t i = 0; i < count; i++)
		into[starts[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
}

void
dg_order(struct dg_keyed *list, struct dg_keyed *spare, size_t count)
{
	struct dg_keyed *from = list, *into = spare;
	uint64_t differing = 0;

	if (count <= FEW) {
		insert(list, count);
		return;
	}
	for (size_t i = 1; i < count; i++)
		differing |= list[i].key ^ list[0].key;
	for (unsigned shift = 0; shift < KEY_BITS; shift += DIGIT_BITS) {
		struct dg_keyed *dealt = into;

		if ((differing >> shift & (DIGITS - 1)) == 0)
			continue;
		deal(from, into, count, shift);
		into = from;
		from = dealt;
	}
	if (from != list)
		memcpy(list, from, count * sizeof *list);
}

static void
insert_ranked(struct dg_ranked *list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct dg_ranked one = list[i];
		size_t to = i;

		for (; to > 0 && list[to - 1].rank > one.rank; to--)
			list[to] = list[to - 1];
		list[to] = one;
	}
}

static void
deal_ranked(const struct dg_ranked *from, struct dg_ranked *into, size_t count, unsigned shift)
{
	size_t starts[DIGITS] = {0}, sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[from[i].rank >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t here = starts[digit];

		starts[digit] = sum;
		sum += here;
	}
	for (size_t i = 0; i < count; i++)
		into[starts[from[i].rank >> shift & (DIGITS - 1)]++] = from[i];
}

void
dg_order_ranked(struct dg_ranked *list, struct dg_ranked *spare, size_t count)
{
	struct dg_ranked *from = list, *into = spare;
	uint32_t differing = 0;

	if (count <= FEW) {
		insert_ranked(list, count);
		return;
	}
	for (size_t i = 1; i < count; i++)
		differing |= list[i].rank ^ list[0].rank;
	for (unsigned shift = 0; shift < RANK_BITS; shift += DIGIT_BITS) {
		struct dg_ranked *dealt = into;

		if ((differing >> shift & (DIGITS - 1)) == 0)
			continue;
		deal_ranked(from, into, count, shift);
		into = from;
		from = dealt;
	}
	if (from != list)
		memcpy(list, from, count * sizeof *list);
}

int
dg_compare_ports(const void *left, const void *right)
{
	return (int)*(const uint16_t *)left - (int)*(const uint16_t *)right;
}

/*
 * sums.c - Internet checksums.
 *
 * A wrong one differs in one bit from the right one.  0x0000 and 0xffff are the same number
 * in this arithmetic, and no single bit turns one into the other.
 */
#include "anonymise/sums.h"

#define WRONG_BIT 0x8000u

uint64_t
dg_sum_add(uint64_t sum, const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	for (; at + 1 < size; at += 2)
		sum += (uint64_t)bytes[at] << 8 | bytes[at + 1];
	if (at < size)
		sum += (uint64_t)bytes[at] << 8;
	return sum;
}

static uint16_t
fold(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

enum dg_sum_was
dg_sum_judge(uint64_t sum, const uint8_t field[2])
{
	if (fold(sum) == 0xffff)
		return DG_SUM_RIGHT;
	return field[0] == 0 && field[1] == 0 ? DG_SUM_NONE : DG_SUM_WRONG;
}

void
dg_sum_write(uint8_t field[2], uint64_t sum, enum dg_sum_was was, bool has_none)
{
	unsigned right = 0xffffu & ~(unsigned)fold(sum), value = right;

	if (was == DG_SUM_WRONG)
		value ^= WRONG_BIT;
	if (value == 0 && has_none)
		value = was == DG_SUM_WRONG ? 1 : 0xffff;
	/* Without a sum, unless that would be the right one now. */
	if (was == DG_SUM_NONE)
		value = right == 0 && !has_none ? WRONG_BIT : 0;
	field[0] = (uint8_t)(value >> 8);
	field[1] = (uint8_t)value;
}

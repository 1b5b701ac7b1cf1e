/*
 * nginterface.c - the interfaces of a pcapng file: their blocks, and their clocks.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "source/ng.h"

#define DESCRIPTION_BYTES 8
#define STATISTICS_BYTES 12
#define FIRST_ROOM 4

#define OPTION_END 0
#define OPTION_IF_NAME 2
#define OPTION_IF_TSRESOL 9
#define OPTION_IF_TSOFFSET 14
#define OPTION_ISB_IFDROP 5
#define OPTION_ISB_OSDROP 7

#define RESOLUTION_BINARY 0x80
/* The greatest power of ten in 64 bits. */
#define TENS_MAX 19

struct option {
	uint16_t code;
	uint16_t length;
	const uint8_t *value;
};

enum options {
	OPTIONS_MORE,
	OPTIONS_OVER,
	OPTIONS_OVERRUN,
};

/* Takes the next option off the octets that are left. */
static enum options
next_option(const uint8_t **at, size_t *left, bool is_swapped, struct option *o)
{
	size_t padded;

	if (*left == 0)
		return OPTIONS_OVER;
	if (*left < 4)
		return OPTIONS_OVERRUN;
	o->code = dg_ng_get16(*at, is_swapped);
	o->length = dg_ng_get16(*at + 2, is_swapped);
	o->value = *at + 4;
	padded = 4 + ((size_t)o->length + 3) / 4 * 4;
	if (padded > *left)
		return OPTIONS_OVERRUN;
	*at += padded;
	*left -= padded;
	if (o->code != OPTION_END)
		return OPTIONS_MORE;
	return o->length == 0 ? OPTIONS_OVER : OPTIONS_OVERRUN;
}

/* The first octets of a name, up to a NUL. */
static void
take_name(char name[DG_INTERFACE_NAME_MAX], const struct option *o)
{
	size_t size = strnlen((const char *)o->value, o->length);

	if (size >= DG_INTERFACE_NAME_MAX)
		size = DG_INTERFACE_NAME_MAX - 1;
	memcpy(name, o->value, size);
	name[size] = '\0';
}

static const char *
read_options(struct dg_interface *interface, struct dg_ng_clock *clock, const uint8_t *at,
    size_t left, bool is_swapped)
{
	bool has_resolution = false, has_offset = false;
	struct option o;
	enum options found;

	while ((found = next_option(&at, &left, is_swapped, &o)) == OPTIONS_MORE) {
		if (o.code == OPTION_IF_TSRESOL) {
			if (o.length != 1 || has_resolution)
				return "an interface whose if_tsresol cannot be";
			clock->resolution = o.value[0];
			has_resolution = true;
		} else if (o.code == OPTION_IF_TSOFFSET) {
			if (o.length != 8 || has_offset)
				return "an interface whose if_tsoffset cannot be";
			clock->offset_s = (int64_t)dg_ng_get64(o.value, is_swapped);
			has_offset = true;
		} else if (o.code == OPTION_IF_NAME) {
			take_name(interface->name, &o);
		}
	}
	return found == OPTIONS_OVERRUN ? "an interface whose options overrun their block"
					: NULL;
}

static bool
reserve(struct dg_ng_interfaces *all)
{
	size_t room = all->room == 0 ? FIRST_ROOM : 2 * all->room;
	struct dg_interface *rows;
	struct dg_ng_clock *clocks;

	if (all->input->interface_count < all->room)
		return true;
	rows = realloc(all->input->interfaces, room * sizeof *rows);
	if (rows != NULL)
		all->input->interfaces = rows;
	clocks = rows != NULL ? realloc(all->clocks, room * sizeof *clocks) : NULL;
	if (clocks == NULL)
		return false;
	all->clocks = clocks;
	all->room = room;
	return true;
}

const char *
dg_ng_add_interface(
    struct dg_ng_interfaces *all, const uint8_t *body, size_t size, bool is_swapped)
{
	struct dg_ng_clock clock = {.resolution = 6};
	struct dg_interface interface = {0};
	size_t n = all->input->interface_count;
	const char *trouble;

	if (size < DESCRIPTION_BYTES)
		return "an interface's block that is too short";
	if (n >= DG_INTERFACES_MAX)
		return "more interfaces than dnsgap remembers";
	trouble = read_options(
	    &interface, &clock, body + DESCRIPTION_BYTES, size - DESCRIPTION_BYTES, is_swapped);
	if (trouble != NULL)
		return trouble;
	if (!reserve(all)) {
		all->is_out_of_memory = true;
		return "out of memory";
	}
	all->clocks[n] = clock;
	interface.linktype = dg_ng_get16(body, is_swapped);
	interface.snap_bytes = dg_ng_get32(body + 4, is_swapped);
	all->input->interfaces[n] = interface;
	all->input->interface_count++;
	return NULL;
}

void
dg_ng_note_statistics(struct dg_ng_interfaces *all, size_t first, const uint8_t *body,
    size_t size, bool is_swapped)
{
	struct dg_interface *row;
	uint64_t dropped = 0;
	bool has_dropped = false;
	struct option o;
	size_t number;

	if (size < STATISTICS_BYTES)
		return;
	number = dg_ng_get32(body, is_swapped);
	if (number >= all->input->interface_count - first)
		return;
	row = &all->input->interfaces[first + number];
	body += STATISTICS_BYTES;
	size -= STATISTICS_BYTES;
	while (next_option(&body, &size, is_swapped, &o) == OPTIONS_MORE) {
		if ((o.code != OPTION_ISB_IFDROP && o.code != OPTION_ISB_OSDROP) ||
		    o.length != 8)
			continue;
		if (__builtin_add_overflow(dropped, dg_ng_get64(o.value, is_swapped), &dropped))
			dropped = UINT64_MAX;
		has_dropped = true;
	}
	if (has_dropped) {
		row->dropped = dropped;
		row->has_dropped = true;
	}
}

static uint64_t
power_of_ten(unsigned n)
{
	uint64_t power = 1;

	while (n-- > 0)
		power *= 10;
	return power;
}

/* Ticks of 10^-n seconds. */
static uint64_t
split_decimal(unsigned n, uint64_t ticks, uint64_t *fraction_ns)
{
	uint64_t a_second;

	if (n > TENS_MAX) {
		*fraction_ns = n - 9 > TENS_MAX ? 0 : ticks / power_of_ten(n - 9);
		return 0;
	}
	a_second = power_of_ten(n);
	*fraction_ns = n <= 9 ? ticks % a_second * power_of_ten(9 - n)
			      : ticks % a_second / power_of_ten(n - 9);
	return ticks / a_second;
}

/* Ticks of 2^-n seconds; the product of 94 bits is made of two halves. */
static uint64_t
split_binary(unsigned n, uint64_t ticks, uint64_t *fraction_ns)
{
	uint64_t part = n < 64 ? ticks & ((UINT64_C(1) << n) - 1) : ticks;
	uint64_t low = (part & UINT32_MAX) * DG_NS_PER_S;
	uint64_t high = (part >> 32) * DG_NS_PER_S + (low >> 32);

	if (n < 32)
		*fraction_ns = low >> n;
	else
		*fraction_ns = n - 32 < 64 ? high >> (n - 32) : 0;
	return n < 64 ? ticks >> n : 0;
}

int64_t
dg_ng_time(const struct dg_ng_clock *clock, uint64_t ticks)
{
	unsigned n = clock->resolution & (RESOLUTION_BINARY - 1);
	uint64_t fraction_ns, passed;
	int64_t seconds, time_ns;

	passed = clock->resolution & RESOLUTION_BINARY ? split_binary(n, ticks, &fraction_ns)
						       : split_decimal(n, ticks, &fraction_ns);
	if (__builtin_add_overflow(passed, clock->offset_s, &seconds) || seconds < 0 ||
	    seconds > DG_TIME_MAX / DG_NS_PER_S)
		return DG_TIME_NONE;
	time_ns = seconds * DG_NS_PER_S + (int64_t)fraction_ns;
	return time_ns <= DG_TIME_MAX ? time_ns : DG_TIME_NONE;
}

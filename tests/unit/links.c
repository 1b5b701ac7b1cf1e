/*
 * links.c - what rtnetlink tells, taken apart; counters that come round.
 *
 * Messages are written here as RFC 3549 has them, octet by octet.
 */
#include "source/links.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <unistd.h>

#include "guard.h"
#include "rows.h"

#define NEWLINK 16
#define DELLINK 17
#define IFNAME 3
#define UP 1
#define RUNNING 0x40
#define EVENTS_MAX 8

struct told {
	struct dg_link_event events[EVENTS_MAX];
	size_t count;
};

static void
on_link(void *context, const struct dg_link_event *event)
{
	struct told *told = context;

	assert_true(told->count < EVENTS_MAX);
	told->events[told->count++] = *event;
}

/* Numbers as this machine has them. */
static size_t
put(uint8_t *at, uint32_t value, size_t size)
{
	uint16_t two = (uint16_t)value;
	uint8_t one = (uint8_t)value;

	memcpy(at, size == 4 ? (void *)&value : size == 2 ? (void *)&two : (void *)&one, size);
	return size;
}

struct message {
	uint16_t type;
	uint8_t family;
	uint32_t index;
	uint32_t flags;
	const char *name; /* NULL: no such attribute */
	size_t name_size; /* 0: as long as it is, with its NUL */
};

/* Returns its length, filled up to 4 octets. */
static size_t
write_message(uint8_t *out, const struct message *m)
{
	size_t n = 16, size;

	memset(out, 0, 128);
	n += put(out + n, m->family, 1) + 1;
	n += put(out + n, 772, 2);
	n += put(out + n, m->index, 4);
	n += put(out + n, m->flags, 4);
	n += put(out + n, 0, 4);
	/* Another attribute before it, of a length that is no multiple of 4. */
	n += put(out + n, 4 + 5, 2);
	n += put(out + n, 1, 2);
	n += 8;
	if (m->name != NULL) {
		size = m->name_size != 0 ? m->name_size : strlen(m->name) + 1;
		n += put(out + n, (uint32_t)(4 + size), 2);
		n += put(out + n, IFNAME, 2);
		memcpy(out + n, m->name, size);
		n += size;
	}
	put(out, (uint32_t)n, 4);
	put(out + 4, m->type, 2);
	return (n + 3) / 4 * 4;
}

struct row {
	const char *name;
	struct message message;
	struct told told;
};

static const struct row rows[] = {
    {"an interface that is up", {NEWLINK, 0, 3, UP | RUNNING, "eth0", 0},
	{{{DG_LINK_STATE, 3, true, true, "eth0"}}, 1}},
    {"one that was taken down", {NEWLINK, 0, 3, 0, "eth0", 0},
	{{{DG_LINK_STATE, 3, false, false, "eth0"}}, 1}},
    {"one without carrier", {NEWLINK, 0, 3, UP, "eth0", 0},
	{{{DG_LINK_STATE, 3, true, false, "eth0"}}, 1}},
    {"one that was deleted", {DELLINK, 0, 70000, 0, "veth1", 0},
	{{{DG_LINK_GONE, 70000, false, false, "veth1"}}, 1}},
    {"one without a name", {NEWLINK, 0, 3, UP, NULL, 0},
	{{{DG_LINK_STATE, 3, true, false, ""}}, 1}},
    {"one with the longest name", {NEWLINK, 0, 3, UP, "123456789012345", 0},
	{{{DG_LINK_STATE, 3, true, false, "123456789012345"}}, 1}},
    {"one whose name is too long", {NEWLINK, 0, 3, UP, "1234567890123456", 0},
	{{{DG_LINK_STATE, 3, true, false, ""}}, 1}},
    {"one whose name has no end", {NEWLINK, 0, 3, UP, "abcd", 4},
	{{{DG_LINK_STATE, 3, true, false, ""}}, 1}},
    {"a bridge that lost a port", {DELLINK, 7, 3, 0, "eth0", 0}, {{{0}}, 0}},
    {"a message of another kind", {20, 0, 3, 0, "eth0", 0}, {{{0}}, 0}},
};

static void
assert_told(const struct told *told, const struct told *want)
{
	assert_int_equal(told->count, want->count);
	for (size_t i = 0; i < want->count; i++) {
		assert_int_equal(told->events[i].change, want->events[i].change);
		assert_int_equal(told->events[i].index, want->events[i].index);
		assert_int_equal(told->events[i].is_up, want->events[i].is_up);
		assert_int_equal(told->events[i].has_carrier, want->events[i].has_carrier);
		assert_string_equal(told->events[i].name, want->events[i].name);
	}
}

static void
test_message(void **state)
{
	const struct row *row = *state;
	uint8_t bytes[256];
	struct told told = {.count = 0};
	size_t size = write_message(bytes, &row->message);

	assert_true(dg_links_parse(bytes, size, on_link, &told));
	assert_told(&told, &row->told);
}

static void
test_two(void **state)
{
	uint8_t bytes[512];
	struct told told = {.count = 0};
	size_t size = write_message(bytes, &rows[0].message);

	(void)state;
	size += write_message(bytes + size, &rows[3].message);
	assert_true(dg_links_parse(bytes, size, on_link, &told));
	assert_int_equal(told.count, 2);
	assert_int_equal(told.events[0].index, 3);
	assert_int_equal(told.events[1].index, 70000);
}

/* Every beginning of a message, up to an unreadable page. */
static void
test_cut(void **state)
{
	uint8_t bytes[512];
	size_t first = write_message(bytes, &rows[0].message);
	size_t size = first + write_message(bytes + first, &rows[3].message);
	uint32_t ends[2];

	(void)state;
	memcpy(&ends[0], bytes, sizeof ends[0]);
	memcpy(&ends[1], bytes + first, sizeof ends[1]);
	ends[1] += (uint32_t)first;
	for (size_t n = 0; n < size; n++) {
		struct told told = {.count = 0};

		(void)dg_links_parse(guard_place(bytes, n), n, on_link, &told);
		assert_int_equal(told.count, (n >= ends[0]) + (n >= ends[1]));
	}
}

/* Every length that a message or an attribute can claim. */
static void
test_lengths(void **state)
{
	static const size_t places[] = {0, 32, 44}; /* of the message, of two attributes */
	uint8_t bytes[256];
	size_t size = write_message(bytes, &rows[0].message);

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		for (uint32_t length = 0; length < 65536; length++) {
			struct told told = {.count = 0};

			write_message(bytes, &rows[0].message);
			put(bytes + places[i], length, 2);
			(void)dg_links_parse(guard_place(bytes, size), size, on_link, &told);
			assert_in_range(told.count, 0, 1);
		}
	}
	write_message(bytes, &rows[0].message);
	put(bytes, UINT32_MAX, 4);
	assert_false(dg_links_parse(bytes, size, on_link, &(struct told){.count = 0}));
}

static const struct growth {
	const char *name;
	uint64_t before;
	uint64_t now;
	uint64_t grown;
} growths[] = {
    {"stays", 5, 5, 0},
    {"grows", 5, 9, 4},
    {"comes round at 32 bits", 0xfffffff0, 16, 32},
    {"comes round from its last value", UINT32_MAX, 0, 1},
    {"grows past 32 bits", 0xfffffff0, UINT64_C(0x100000010), 32},
    {"is set to 0", 1000, 0, 0},
    {"is set to 0, and grows", 1000, 7, 7},
    {"is set to 0 from half of 32 bits", 0x80000000, 7, 7},
    {"of 64 bits is set to 0", UINT64_C(0x1fffffff0), 7, 7},
};

static void
test_growth(void **state)
{
	const struct growth *g = *state;

	assert_int_equal(dg_counter_growth(g->before, g->now), g->grown);
}

static void
on_loopback(void *context, const struct dg_link_event *event)
{
	bool *is_seen = context;

	*is_seen |= event->index == (int)if_nametoindex("lo") &&
	    strcmp(event->name, "lo") == 0 && event->change == DG_LINK_STATE;
}

/* The kernel's own words about the one interface that every machine has. */
static void
test_kernel(void **state)
{
	struct dg_fail fail;
	int fd = -1;
	bool is_seen = false;
	struct pollfd p = {.events = POLLIN};

	(void)state;
	if (if_nametoindex("lo") == 0)
		skip();
	assert_int_equal(dg_links_open(&fd, &fail), 0);
	assert_true(dg_links_ask(fd));
	p.fd = fd;
	for (unsigned i = 0; i < 50 && !is_seen; i++) {
		(void)poll(&p, 1, 100);
		assert_true(dg_links_read(fd, on_loopback, &is_seen));
	}
	assert_true(is_seen);
	close(fd);
}

/* Names that are no interfaces', or try to be another file's, have no counters. */
static void
test_drops(void **state)
{
	static const char *const names[] = {"lo", "any", "../lo", "..", "", "no such one"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct dg_link_drops drops;

		dg_link_drops_open(&drops, names[i]);
		assert_int_equal(dg_link_drops_take(&drops), 0);
		if (i > 0)
			assert_int_equal(drops.fds[0], -1);
		dg_link_drops_close(&drops);
	}
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("rtnetlink: %s", rows[i].name), test_message, &rows[i]);
	rows_add(&r, "two messages in a datagram", test_two, NULL);
	rows_add(&r, "messages that end anywhere", test_cut, NULL);
	rows_add(&r, "messages that claim any length", test_lengths, NULL);
	for (size_t i = 0; i < sizeof growths / sizeof *growths; i++)
		rows_add(&r, rows_name("a counter that %s", growths[i].name), test_growth,
		    &growths[i]);
	rows_add(&r, "the kernel tells of lo", test_kernel, NULL);
	rows_add(&r, "counters of interfaces only", test_drops, NULL);
	return rows_run(&r, "links");
}

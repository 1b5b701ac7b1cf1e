/*
 * micro.c - the parts of the way of a packet one by one, against a plain loop.
 *
 * The unit is a loop that hashes 64 octets one after another (FNV-1a), which no compiler makes
 * parallel: a few dozen ns anywhere.  Each part and that loop run in turn, and of the ratios
 * the median is printed, so that a busy machine slows both.
 *
 * Weak spot: what a part works on stays in the cache.  Waiting for memory is in `make bench`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hist.h"
#include "base/map.h"
#include "base/portset.h"
#include "correlate/key.h"
#include "correlate/table.h"
#include "dns/parse.h"
#include "reassembly/message.h"

#define ROUNDS 15
#define TURNS 20000
#define LOOP_BYTES 64
#define FLOWS 256 /* in turn, so that nothing is guessed from the last one */

/* A query for www.example.com A with an OPT record, as dig sends it. */
static const uint8_t frame_bytes[] = {
    2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, /* Ethernet */
    0x45, 0, 0, 72, 0x12, 0x34, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, /* IPv4 */
    0x0f, 0xa1, 0, 53, 0, 52, 0xab, 0xcd,                                          /* UDP */
    0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, /* the header */
    3, 'W', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1, 0,
    0, 41, 16, 0, 0, 0, 0, 0, 0, 0 /* OPT */
};

struct world {
	uint8_t frames[FLOWS][sizeof frame_bytes];
	struct dg_server_ports ports;
	struct dg_hash_key secret;
	struct dg_message messages[FLOWS];
	struct dg_dns_view view;
	struct dg_key keys[FLOWS];
	struct dg_table table;
	struct dg_map map;
	struct dg_hist hist;
	struct dg_portset portset;
	uint64_t sink; /* what nobody may leave out */
};

static void
plain_loop(struct world *w, unsigned i)
{
	uint64_t hash = w->sink;

	for (unsigned at = 0; at < LOOP_BYTES; at++)
		hash = (hash ^ w->frames[i % FLOWS][at]) * UINT64_C(0x100000001b3);
	w->sink = hash;
}

static void
make_message(struct world *w, unsigned i)
{
	struct dg_frame frame = {
	    .data = w->frames[i % FLOWS],
	    .captured = sizeof frame_bytes,
	    .on_wire = sizeof frame_bytes,
	    .linktype = 1,
	};

	w->sink += dg_message_of_plain_frame(&frame, &w->ports, &w->messages[i % FLOWS]);
}

static void
parse(struct world *w, unsigned i)
{
	const struct dg_message *m = &w->messages[i % FLOWS];

	w->sink +=
	    (unsigned)dg_dns_parse(m->data, m->captured, m->on_wire, &w->secret, &w->view);
}

static void
make_key(struct world *w, unsigned i)
{
	w->sink += (unsigned)dg_key_of_message(
	    &w->messages[i % FLOWS], &w->view, &w->ports, &w->secret, &w->keys[i % FLOWS]);
}

/* An entry comes, is found, and goes. */
static void
pass_table(struct world *w, unsigned i)
{
	const struct dg_key *key = &w->keys[i % FLOWS];
	uint32_t index = dg_table_add(&w->table, key, DG_ENTRY_TRANSACTION, DG_QUEUE_YOUNG);

	w->sink += dg_table_chain(&w->table, key) == index;
	dg_table_free(&w->table, dg_table_pop(&w->table, DG_QUEUE_YOUNG));
}

static void
find_row(struct world *w, unsigned i)
{
	/* An address, as a client's row has it. */
	struct {
		struct dg_addr address;
		uint32_t family;
	} key = {w->keys[i % FLOWS].flow.client, DG_FAMILY_IP4};

	w->sink += dg_map_add(&w->map, &key) != NULL;
}

static void
count_duration(struct world *w, unsigned i)
{
	w->sink += (unsigned)dg_hist_add(&w->hist, (uint64_t)(i % FLOWS + 1) * 100000);
}

static void
count_port(struct world *w, unsigned i)
{
	w->sink += (unsigned)dg_portset_add(&w->portset, (uint16_t)(i * 40503u));
}

static const struct part {
	const char *name;
	void (*run)(struct world *w, unsigned i);
} parts[] = {
    {"frame to message", make_message},
    {"parse", parse},
    {"key", make_key},
    {"table: add, find, free", pass_table},
    {"row of a map", find_row},
    {"histogram", count_duration},
    {"set of ports", count_port},
};

static double
seconds_of(struct world *w, void (*run)(struct world *w, unsigned i))
{
	struct timespec from, to;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (unsigned i = 0; i < TURNS; i++)
		run(w, i);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static int
by_size(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void
measure(struct world *w, const struct part *part)
{
	double ratios[ROUNDS], times[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		double unit = seconds_of(w, plain_loop);

		times[round] = seconds_of(w, part->run);
		ratios[round] = times[round] / unit;
	}
	qsort(ratios, ROUNDS, sizeof *ratios, by_size);
	qsort(times, ROUNDS, sizeof *times, by_size);
	printf("| %s | %.2f | %.0f |\n", part->name, ratios[ROUNDS / 2],
	    times[ROUNDS / 2] / TURNS * 1e9);
}

static int
set_up(struct world *w)
{
	dg_server_ports_add(&w->ports, 53);
	w->secret = (struct dg_hash_key){0x0123456789abcdef, 0xa0761d6478bd642f};
	for (unsigned i = 0; i < FLOWS; i++) {
		memcpy(w->frames[i], frame_bytes, sizeof frame_bytes);
		w->frames[i][29] = (uint8_t)i; /* the client's address */
		w->frames[i][43] = (uint8_t)i; /* the ID */
	}
	dg_map_init(&w->map, 20, 64, 65536, &w->secret);
	return dg_table_init(&w->table, FLOWS);
}

int
main(void)
{
	struct world *w = calloc(1, sizeof *w);

	if (w == NULL || set_up(w) != 0) {
		fputs("micro: out of memory\n", stderr);
		return 1;
	}
	puts("| part | plain loops | ns |\n| --- | ---: | ---: |");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		measure(w, &parts[i]);
	/* Printed, so that nothing was computed in vain. */
	fprintf(stderr, "(%llu)\n", (unsigned long long)(w->sink & 1));
	dg_table_fini(&w->table);
	dg_map_fini(&w->map);
	dg_hist_fini(&w->hist);
	dg_portset_fini(&w->portset);
	free(w);
	return 0;
}

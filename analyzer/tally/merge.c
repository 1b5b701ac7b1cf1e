/*
 * merge.c - two tallies made one.
 *
 * What one server's or client's row has found no row in the other tally goes where it would
 * have gone there: into the `other` counts.  Trials know servers and clients by the numbers of
 * their rows, which each tally gives out by itself.
 */
#include "tally/merge.h"

#include <stddef.h>
#include <stdlib.h>

#include "dnsgap/error.h"

/* Structs of counters alone are added word by word. */
#define IS_COUNTERS(type) (sizeof(type) % sizeof(uint64_t) == 0)

_Static_assert(IS_COUNTERS(struct dg_stream_stats), "counters alone");
_Static_assert(IS_COUNTERS(struct dg_frag_stats), "counters alone");
_Static_assert(offsetof(struct dg_correlate_stats, peak_remembered) % sizeof(uint64_t) == 0,
    "counters, then the peak");
_Static_assert(sizeof(struct dg_correlate_stats) ==
	offsetof(struct dg_correlate_stats, peak_remembered) + sizeof(uint64_t),
    "nothing behind the peak");
_Static_assert(offsetof(struct dg_quality, tcp) % sizeof(uint64_t) == 0, "counters first");

static void
add_counters(void *into, const void *from, size_t bytes)
{
	uint64_t *sums = into;
	const uint64_t *more = from;

	for (size_t i = 0; i < bytes / sizeof *sums; i++)
		sums[i] += more[i];
}

static void
merge_quality(struct dg_quality *into, const struct dg_quality *from)
{
	struct dg_correlate_stats *c = &into->correlate;

	add_counters(into, from, offsetof(struct dg_quality, tcp));
	add_counters(&into->tcp, &from->tcp, sizeof into->tcp);
	add_counters(&into->fragments, &from->fragments, sizeof into->fragments);
	add_counters(c, &from->correlate, offsetof(struct dg_correlate_stats, peak_remembered));
	if (c->peak_remembered < from->correlate.peak_remembered)
		c->peak_remembered = from->correlate.peak_remembered;
}

/* The server has no row. */
static int
merge_into_others(struct dg_tally *into, const struct dg_server_row *from)
{
	int error = 0;

	for (int s = 0; error == 0 && s < DG_SIDE_COUNT; s++) {
		if (from->sides[s] != NULL)
			error = dg_side_merge(&into->other_servers, from->sides[s]);
	}
	return error;
}

static int
merge_sides(struct dg_server_row *into, const struct dg_server_row *from)
{
	int error = 0;

	for (int s = 0; error == 0 && s < DG_SIDE_COUNT; s++) {
		if (from->sides[s] == NULL)
			continue;
		if (into->sides[s] == NULL)
			into->sides[s] = calloc(1, sizeof *into->sides[s]);
		if (into->sides[s] == NULL)
			return DNSGAP_ENOMEM;
		error = dg_side_merge(into->sides[s], from->sides[s]);
	}
	return error;
}

static int
merge_options(struct dg_server_row *into, const struct dg_server_row *from)
{
	if (from->options == NULL)
		return 0;
	if (into->options == NULL)
		into->options = calloc(1, sizeof *into->options);
	if (into->options == NULL)
		return DNSGAP_ENOMEM;
	return dg_options_merge(into->options, from->options);
}

static int
merge_server(struct dg_server_row *into, const struct dg_server_row *from)
{
	int error = merge_sides(into, from);

	if (error == 0)
		error = dg_zones_merge(&into->zones, &from->zones);
	if (error == 0)
		error = dg_examples_merge(&into->examples, &from->examples);
	return error != 0 ? error : merge_options(into, from);
}

/* `numbers` is told what the rows of `from` are called in `into`. */
static int
merge_servers(struct dg_tally *into, const struct dg_tally *from, uint32_t *numbers)
{
	for (uint32_t i = 0; i < from->servers.count; i++) {
		const struct dg_server_row *row = from->servers.rows[i];
		struct dg_server_row *own = dg_tally_server(into, &row->key);
		int error;

		if (own == NULL && !dg_map_is_full(&into->servers))
			return DNSGAP_ENOMEM;
		numbers[row->number] = own != NULL ? own->number : DG_TRIALS_NO_ROW;
		error = own != NULL ? merge_server(own, row) : merge_into_others(into, row);
		if (error != 0)
			return error;
	}
	return dg_side_merge(&into->other_servers, &from->other_servers);
}

static int
merge_client(struct dg_client_row *into, const struct dg_client_row *from)
{
	add_counters(into->outcomes, from->outcomes, sizeof into->outcomes);
	if (from->has_ports && (!into->has_ports || from->lowest < into->lowest))
		into->lowest = from->lowest;
	if (from->highest > into->highest)
		into->highest = from->highest;
	into->has_ports |= from->has_ports;
	into->port_sum += from->port_sum;
	into->asked_again += from->asked_again;
	into->square_sum += from->square_sum;
	into->square_carry += from->square_carry + (into->square_sum < from->square_sum);
	return dg_portset_merge(&into->ports, &from->ports);
}

static int
merge_clients(struct dg_tally *into, const struct dg_tally *from, uint32_t *numbers)
{
	for (uint32_t i = 0; i < from->clients.count; i++) {
		const struct dg_client_row *row = from->clients.rows[i];
		struct dg_client_row *own = dg_tally_client(into, &row->key);

		if (own == NULL && !dg_map_is_full(&into->clients))
			return DNSGAP_ENOMEM;
		numbers[row->number] = own != NULL ? own->number : DG_TRIALS_NO_ROW;
		if (own == NULL)
			add_counters(into->other_clients, row->outcomes, sizeof row->outcomes);
		else if (merge_client(own, row) != 0)
			return DNSGAP_ENOMEM;
	}
	add_counters(into->other_clients, from->other_clients, sizeof into->other_clients);
	return 0;
}

static int
merge_trials(struct dg_tally *into, const struct dg_tally *from)
{
	uint32_t *servers = calloc(from->servers.count + (size_t)1, sizeof *servers);
	uint32_t *clients = calloc(from->clients.count + (size_t)1, sizeof *clients);
	int error = DNSGAP_ENOMEM;

	if (servers != NULL && clients != NULL)
		error = merge_servers(into, from, servers);
	if (error == 0)
		error = merge_clients(into, from, clients);
	if (error == 0)
		error = dg_trials_merge(&into->trials, &from->trials, servers, clients);
	free(servers);
	free(clients);
	return error;
}

static int
merge_icmp(struct dg_tally *into, const struct dg_tally *from)
{
	for (uint32_t i = 0; i < from->icmp.count; i++) {
		const struct dg_icmp_row *row = from->icmp.rows[i];
		struct dg_icmp_row *own = dg_map_add(&into->icmp, &row->key);

		if (own == NULL && !dg_map_is_full(&into->icmp))
			return DNSGAP_ENOMEM;
		if (own == NULL) {
			into->other_icmp += row->count;
			continue;
		}
		own->count += row->count;
		own->unmatched += row->unmatched;
		add_counters(own->transactions, row->transactions, sizeof own->transactions);
	}
	into->other_icmp += from->other_icmp;
	return 0;
}

static int
merge_pieces(struct dg_tally *into, const struct dg_tally *from)
{
	for (uint32_t i = 0; i < from->pieces.count; i++) {
		const struct dg_pieces_row *row = from->pieces.rows[i];
		struct dg_pieces_row *own = dg_map_add(&into->pieces, &row->key);

		if (own == NULL && !dg_map_is_full(&into->pieces))
			return DNSGAP_ENOMEM;
		if (own != NULL)
			add_counters(own->ends, row->ends, sizeof own->ends);
		for (int end = 0; own == NULL && end < DG_FRAG_END_COUNT; end++)
			into->other_pieces += row->ends[end];
	}
	into->other_pieces += from->other_pieces;
	return 0;
}

/* What finds no row is not told apart, as in one tally. */
static int
merge_orphans(struct dg_tally *into, const struct dg_tally *from)
{
	for (uint32_t i = 0; i < from->orphans.count; i++) {
		const struct dg_orphan_row *row = from->orphans.rows[i];
		struct dg_orphan_row *own = dg_map_add(&into->orphans, &row->key);

		if (own == NULL && !dg_map_is_full(&into->orphans))
			return DNSGAP_ENOMEM;
		if (own != NULL) {
			own->count += row->count;
			own->was_asked |= row->was_asked;
		}
	}
	return 0;
}

int
dg_tally_merge(struct dg_tally *into, const struct dg_tally *from)
{
	int error = merge_trials(into, from);

	if (error == 0)
		error = merge_icmp(into, from);
	if (error == 0)
		error = merge_pieces(into, from);
	if (error == 0)
		error = merge_orphans(into, from);
	if (error == 0)
		error = dg_failures_merge(&into->failures, &from->failures);
	merge_quality(&into->quality, &from->quality);
	into->history.saw_queries |= from->history.saw_queries;
	into->history.saw_replies |= from->history.saw_replies;
	return error;
}

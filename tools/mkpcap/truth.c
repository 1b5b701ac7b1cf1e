/*
 * truth.c - what a right report says about the capture.
 *
 * Invariant: every transaction is counted once, under one server, one range
 * and one outcome; all other sums are made from these when they are written.
 */

#include "truth.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *const outcome_names[MK_OUTCOME_COUNT] = {"answered", "late", "unanswered",
    "icmp_error", "tcp_refused", "tcp_no_connection", "tcp_reset", "tcp_closed", "truncated",
    "undecided"};

static const struct {
	const char *name;
	const char *ports;
	uint32_t highest;
} ranges[MK_RANGE_COUNT] = {
    {"well-known", "0-1023", 1023},
    {"registered", "1024-49151", 49151},
    {"ephemeral", "49152-65535", 65535},
};

int
mk_truth_init(struct mk_truth *t, uint32_t server_count)
{
	*t = (struct mk_truth){.server_count = server_count};
	t->servers = calloc(2 * (size_t)server_count, sizeof(*t->servers));
	return t->servers != NULL ? 0 : -1;
}

void
mk_truth_fini(struct mk_truth *t)
{
	free(t->servers);
	*t = (struct mk_truth){0};
}

struct mk_truth_server *
mk_truth_server(struct mk_truth *t, uint32_t server, bool is_v6)
{
	return &t->servers[server + (is_v6 ? t->server_count : 0)];
}

void
mk_truth_add(struct mk_truth *t, uint32_t server, bool is_v6, uint16_t client_port,
    enum mk_outcome outcome)
{
	unsigned range = 0;

	while (client_port > ranges[range].highest)
		range++;
	mk_truth_server(t, server, is_v6)->counts.outcomes[range][outcome]++;
}

void
mk_truth_finish(struct mk_truth *t)
{
	if (t->replies != 0 || t->icmp_errors != 0)
		return;
	for (size_t i = 0; i < 2 * (size_t)t->server_count; i++) {
		for (unsigned r = 0; r < MK_RANGE_COUNT; r++) {
			uint64_t *outcomes = t->servers[i].counts.outcomes[r];

			outcomes[MK_UNDECIDED] += outcomes[MK_UNANSWERED];
			outcomes[MK_UNANSWERED] = 0;
		}
	}
}

/* ---- sums ---- */

static uint64_t
sum_outcomes(const uint64_t *outcomes)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MK_OUTCOME_COUNT; i++)
		sum += outcomes[i];
	return sum;
}

static void
add_counts(struct mk_counts *into, const struct mk_counts *from)
{
	for (unsigned r = 0; r < MK_RANGE_COUNT; r++)
		for (unsigned i = 0; i < MK_OUTCOME_COUNT; i++)
			into->outcomes[r][i] += from->outcomes[r][i];
}

static void
join_ranges(const struct mk_counts *c, uint64_t *outcomes)
{
	for (unsigned i = 0; i < MK_OUTCOME_COUNT; i++) {
		outcomes[i] = 0;
		for (unsigned r = 0; r < MK_RANGE_COUNT; r++)
			outcomes[i] += c->outcomes[r][i];
	}
}

/* ---- JSON ---- */

/* Writes "transactions" and "outcomes". */
static void
write_outcomes(FILE *out, const uint64_t *outcomes)
{
	fprintf(out, "\"transactions\": %" PRIu64 ", \"outcomes\": {", sum_outcomes(outcomes));
	for (unsigned i = 0; i < MK_OUTCOME_COUNT; i++)
		fprintf(out, "%s\"%s\": %" PRIu64, i != 0 ? ", " : "", outcome_names[i],
		    outcomes[i]);
	fputs("}", out);
}

static void
write_ranges(FILE *out, const struct mk_counts *c, const char *indent)
{
	fputs("\"ranges\": [", out);
	for (unsigned r = 0; r < MK_RANGE_COUNT; r++) {
		fprintf(out, "%s\n%s{\"name\": \"%s\", \"ports\": \"%s\", ", r != 0 ? "," : "",
		    indent, ranges[r].name, ranges[r].ports);
		write_outcomes(out, c->outcomes[r]);
		fputs("}", out);
	}
	fputs("]", out);
}

static void
print_address(FILE *out, uint32_t server, bool is_v6)
{
	struct mk_host host = mk_host_server(server);
	char text[INET6_ADDRSTRLEN];

	if (is_v6)
		inet_ntop(AF_INET6, host.v6, text, sizeof(text));
	else
		inet_ntop(AF_INET, host.v4, text, sizeof(text));
	fprintf(out, "\"%s\"", text);
}

static void
write_server(FILE *out, const struct mk_truth *t, size_t row, bool is_first)
{
	bool is_v6 = row >= t->server_count;
	uint32_t server = (uint32_t)row - (is_v6 ? t->server_count : 0);
	const struct mk_counts *c = &t->servers[row].counts;
	uint64_t outcomes[MK_OUTCOME_COUNT];

	join_ranges(c, outcomes);
	fprintf(out, "%s\n    {\"address\": ", is_first ? "" : ",");
	print_address(out, server, is_v6);
	fputs(", \"port\": 53, ", out);
	write_outcomes(out, outcomes);
	fputs(",\n     ", out);
	write_ranges(out, c, "      ");
	fputs("}", out);
}

static void
write_icmp(FILE *out, const struct mk_truth *t, size_t row, bool is_first)
{
	const struct mk_truth_server *s = &t->servers[row];
	bool is_v6 = row >= t->server_count;
	uint32_t server = (uint32_t)row - (is_v6 ? t->server_count : 0);
	uint64_t sum = 0;

	for (unsigned r = 0; r < MK_RANGE_COUNT; r++)
		sum += s->counts.outcomes[r][MK_ICMP_ERROR];
	fprintf(out, "%s\n    {\"sender\": ", is_first ? "" : ",");
	print_address(out, server, is_v6);
	fprintf(out, ", \"family\": %d, \"type\": %d, \"code\": %d", is_v6 ? 6 : 4,
	    is_v6 ? 1 : 3, is_v6 ? 4 : 3);
	fputs(", \"name\": \"port-unreachable\", \"about\": \"query\", \"server\": ", out);
	print_address(out, server, is_v6);
	fprintf(out,
	    ", \"count\": %" PRIu64 ", \"transactions\": %" PRIu64 ",\n     \"ranges\": {",
	    s->icmp_errors, sum);
	for (unsigned r = 0; r < MK_RANGE_COUNT; r++)
		fprintf(out, "%s\"%s\": %" PRIu64, r != 0 ? ", " : "", ranges[r].name,
		    s->counts.outcomes[r][MK_ICMP_ERROR]);
	fputs("}}", out);
}

static void
write_totals(FILE *out, const struct mk_truth *t, const struct mk_counts *sum)
{
	uint64_t outcomes[MK_OUTCOME_COUNT];

	fprintf(out,
	    "  \"capture\": {\"frames\": %" PRIu64 ", \"dns_messages\": %" PRIu64
	    ", \"verdicts\": {\"dns\": %" PRIu64 ", \"icmp_error\": %" PRIu64
	    "},\n    \"orphan_replies\": 0, \"early_orphan_replies\": 0},\n",
	    t->queries + t->replies + t->icmp_errors, t->queries + t->replies,
	    t->queries + t->replies, t->icmp_errors);
	join_ranges(sum, outcomes);
	fprintf(out, "  \"totals\": {\"queries\": %" PRIu64 ", \"resends\": %" PRIu64 ", ",
	    t->queries, t->resends);
	write_outcomes(out, outcomes);
	fputs("},\n  ", out);
	write_ranges(out, sum, "    ");
	fputs(",\n", out);
}

void
mk_truth_write(struct mk_truth *t, FILE *out)
{
	size_t count = 2 * (size_t)t->server_count;
	struct mk_counts sum = {0};
	bool is_first = true;

	for (size_t i = 0; i < count; i++)
		add_counts(&sum, &t->servers[i].counts);
	fputs("{\n", out);
	write_totals(out, t, &sum);
	fputs("  \"servers\": [", out);
	for (size_t i = 0; i < count; i++) {
		uint64_t outcomes[MK_OUTCOME_COUNT];

		join_ranges(&t->servers[i].counts, outcomes);
		if (sum_outcomes(outcomes) == 0)
			continue;
		write_server(out, t, i, is_first);
		is_first = false;
	}
	fputs("],\n  \"icmp\": [", out);
	is_first = true;
	for (size_t i = 0; i < count; i++) {
		if (t->servers[i].icmp_errors == 0)
			continue;
		write_icmp(out, t, i, is_first);
		is_first = false;
	}
	fputs("]\n}\n", out);
}

/*
 * warnings.c - what is said of a capture that lacks something, and what is not said.
 */
#include "report/report.h"
#include "rows.h"

static struct dg_pieces_row reply_pieces = {
    .key = {.sender = {{198, 51, 100, 53}}, .port = 53, .family = 4, .about = DG_PIECES_REPLY},
    .ends = {[DG_FRAG_WHOLE] = 3, [DG_FRAG_INCOMPLETE] = 2},
};
static struct dg_pieces_row first_only = {
    .key = {.sender = {{198, 51, 100, 53}}, .port = 53, .family = 4, .about = DG_PIECES_REPLY},
    .ends = {[DG_FRAG_INCOMPLETE] = 2},
};
static struct dg_pieces_row unknown_pieces = {
    .key = {.sender = {{198, 51, 100, 53}}, .family = 4},
    .ends = {[DG_FRAG_INCOMPLETE] = 1},
};
static struct dg_orphan_row one_way = {.key = {.address = {{203, 0, 113, 9}}, .family = 4}};

#define LATER_HIDDEN "not one later fragment"
#define INCOMPLETE "2 of 5 replies in fragments from 198.51.100.53 did not come whole"
#define UNKNOWN "came without the first one"
#define FILTER "the capture holds DNS and nothing else"

static const struct row {
	const char *name;
	struct dg_quality quality;
	struct dg_pieces_row *pieces;
	uint64_t unanswered;
	bool has_one_way_server;
	bool is_one_way;
	const char *said;   /* NULL: nothing at all */
	const char *unsaid; /* or NULL */
} rows[] = {
    {"nothing is said of a capture in order", {.frames = 9, .verdicts = {[DG_VERDICT_DNS] = 8}},
	NULL, 0, 0, 0, NULL, NULL},
    {"incomplete replies are told with their server",
	{.fragments = {.fragments = 12,
	     .datagrams = 5,
	     .ends = {[DG_FRAG_WHOLE] = 3, [DG_FRAG_INCOMPLETE] = 2}}},
	&reply_pieces, 0, 0, 0, INCOMPLETE, LATER_HIDDEN},
    {"first fragments and nothing else: a filter",
	{.fragments = {.fragments = 3,
	     .duplicates = 1,
	     .datagrams = 2,
	     .ends = {[DG_FRAG_INCOMPLETE] = 2}}},
	&first_only, 0, 0, 0, LATER_HIDDEN, "did not come whole"},
    {"first fragments, and a later one: no filter",
	{.fragments = {.fragments = 3, .datagrams = 2, .ends = {[DG_FRAG_INCOMPLETE] = 2}}},
	&first_only, 0, 0, 0, "2 of 2 replies", LATER_HIDDEN},
    {"later fragments alone: nobody knows",
	{.fragments = {.fragments = 1, .datagrams = 1, .ends = {[DG_FRAG_INCOMPLETE] = 1}}},
	&unknown_pieces, 0, 0, 0, UNKNOWN, LATER_HIDDEN},
    {"refused datagrams", {.fragments = {.datagrams = 1, .ends = {[DG_FRAG_REFUSED] = 1}}},
	NULL, 0, 0, 0, "1 datagram has overlapping", NULL},
    {"partial replies", {.correlate = {.partial_replies = 4}}, NULL, 0, 0, 0,
	"4 transactions are undecided because only a part of the reply", NULL},
    {"holes in connections", {.tcp = {.holes = 2}}, NULL, 0, 0, 0, "in 2 places", NULL},
    {"connections under way", {.tcp = {.connections = 3, .under_way = 1}}, NULL, 0, 0, 0,
	"1 of 3 TCP connections", NULL},
    {"lost replies", {.correlate = {.lost_replies = 1}}, NULL, 0, 0, 0,
	"over TCP 1 transaction is undecided because the capture lacks", NULL},
    {"tunnels that cannot be looked into", {.verdicts = {[DG_VERDICT_TUNNEL] = 2}}, NULL, 0, 0,
	0, "2 frames travel in a tunnel", NULL},
    {"silence in a capture of DNS and nothing else may be a filter's",
	{.frames = 8, .verdicts = {[DG_VERDICT_DNS] = 5, [DG_VERDICT_TCP_DNS] = 3}}, NULL, 7, 0,
	0, FILTER, NULL},
    {"with any other frame it is none",
	{.frames = 9, .verdicts = {[DG_VERDICT_DNS] = 8, [DG_VERDICT_NOT_IP] = 1}}, NULL, 7, 0,
	0, NULL, FILTER},
    {"without silence nothing is hidden", {.frames = 8, .verdicts = {[DG_VERDICT_DNS] = 8}},
	NULL, 0, 0, 0, NULL, FILTER},
    {"a server of which replies only are seen", {.frames = 1}, NULL, 0, true, 0,
	"replies and not one query: 203.0.113.9;", NULL},
    {"in a capture of one direction that is said once", {.frames = 1}, NULL, 0, true, true,
	"replies only: not one query", "203.0.113.9"},
    {"later fragments of several senders are told in one sentence",
	{.fragments = {.fragments = 9, .datagrams = 9, .ends = {[DG_FRAG_INCOMPLETE] = 9}}},
	&unknown_pieces, 0, 0, 0, "1 datagram in fragments came without", "198.51.100.53"},
    {"broken messages", {.frames = 9, .dns_messages = 9, .malformed_messages = 2}, NULL, 0, 0,
	0, "2 messages to or from a server's port are broken", NULL},
    {"no DNS, but other ports",
	{.frames = 9, .verdicts = {[DG_VERDICT_UDP_OTHER] = 5, [DG_VERDICT_TCP_OTHER] = 3}},
	NULL, 0, 0, 0, "port 53, but UDP (5 frames) and TCP (3)", NULL},
    {"no DNS, nor other ports", {.frames = 9, .verdicts = {[DG_VERDICT_NOT_IP] = 9}}, NULL, 0,
	0, 0, "any other UDP or TCP in its 9 frames", NULL},
    {"nothing is said of ports in frames that were not looked into",
	{.frames = 9, .verdicts = {[DG_VERDICT_LINK_UNSUPPORTED] = 9}}, NULL, 0, 0, 0, NULL,
	NULL},
    {"nor when fragments tell of a server's port",
	{.frames = 9,
	    .verdicts = {[DG_VERDICT_FRAGMENT] = 9},
	    .fragments = {.fragments = 9, .datagrams = 5}},
	&reply_pieces, 0, 0, 0, INCOMPLETE, "goes to or from port"},
    {"segments that end no message", {.tcp = {.segments = 7, .out_of_order = 3}}, NULL, 0, 0, 0,
	"of 7 TCP segments with a server's port none ends", NULL},
    {"segments without octets are no such thing", {.tcp = {.segments = 7}}, NULL, 0, 0, 0, NULL,
	NULL},
    {"a clock that steps back", {.clock_steps = 1}, NULL, 0, 0, 0, "stepped back 1 time;",
	NULL},
    {"copies", {.correlate = {.syn_duplicate_frames = 2}}, NULL, 0, 0, 0,
	"2 frames show a packet that was there already", NULL},
    {"cut messages", {.verdicts = {[DG_VERDICT_DNS_CUT] = 1}}, NULL, 0, 0, 0,
	"1 DNS message was cut off", NULL},
    {"replies from before the capture",
	{.correlate = {.messages = {.orphan_replies = 1}, .early_orphan_replies = 1}}, NULL, 0,
	0, 0, "1 reply answers a query that was", "has no query"},
    {"replies to nothing",
	{.correlate = {.messages = {.orphan_replies = 3}, .early_orphan_replies = 1}}, NULL, 0,
	0, 0, "2 replies have no query in the capture", NULL},
    {"messages in the wrong direction", {.correlate = {.messages = {.misdirected = 1}}}, NULL,
	0, 0, 0, "1 DNS message goes in the wrong direction for its ports", NULL},
    {"transactions pushed out", {.correlate = {.queries_refused = 4}}, NULL, 0, 0, 0,
	"4 are undecided for it (raise --max-transactions)", NULL},
    {"questions under one port and ID", {.correlate = {.evicted_same_id = 4}}, NULL, 0, 0, 0,
	"questions were open with one port and ID: 4", NULL},
    {"replies that could not wait", {.correlate = {.messages = {.evicted = 1}}}, NULL, 0, 0, 0,
	"1 reply could not be kept waiting", NULL},
    {"TCP and fragments are no longer unlooked at",
	{.frames = 9, .verdicts = {[DG_VERDICT_TCP_DNS] = 5, [DG_VERDICT_FRAGMENT] = 3}}, NULL,
	0, 0, 0, NULL, NULL},
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	const struct dg_pieces_row *pieces[] = {row->pieces};
	const struct dg_orphan_row *orphans[] = {&one_way};
	struct dg_summary s = {
	    .quality = row->quality,
	    .pieces = pieces,
	    .piece_count = row->pieces != NULL,
	    .one_way_servers = orphans,
	    .one_way_count = row->has_one_way_server,
	    .is_one_way = row->is_one_way,
	    .all.outcomes[DG_PART_53][DG_OUTCOME_UNANSWERED] = row->unanswered,
	};
	struct dg_report r = {.summary = &s, .timeout_ns = 1, .server_ports = "53"};
	struct dg_warnings *w;
	bool is_said = row->said == NULL;

	s.all.outcomes[DG_PART_53][DG_OUTCOME_UNDECIDED] =
	    row->quality.correlate.partial_replies + row->quality.correlate.lost_replies;
	w = dg_warnings_make(&r);
	assert_non_null(w);
	if (row->said == NULL)
		assert_int_equal(w->count, 0);
	for (size_t i = 0; i < w->count; i++) {
		is_said |= row->said != NULL && strstr(w->texts[i], row->said) != NULL;
		if (row->unsaid != NULL)
			assert_null(strstr(w->texts[i], row->unsaid));
		assert_null(strstr(w->texts[i], "still waiting"));
	}
	assert_true(is_said);
	dg_warnings_free(w);
}

/* Five senders: one sentence for all. */
static void
test_many_senders(void **state)
{
	const struct dg_pieces_row *pieces[] = {
	    &reply_pieces, &first_only, &reply_pieces, &first_only, &reply_pieces};
	struct dg_summary s = {.pieces = pieces,
	    .piece_count = 5,
	    .quality = {.fragments = {.fragments = 40, .datagrams = 19}}};
	struct dg_report r = {.summary = &s, .timeout_ns = 1, .server_ports = "53"};
	struct dg_warnings *w = dg_warnings_make(&r);

	(void)state;
	assert_non_null(w);
	assert_int_equal(w->count, 1);
	assert_non_null(
	    strstr(w->texts[0], "10 of 19 queries and replies in fragments, from 5"));
	dg_warnings_free(w);
}

static bool
says(const struct dg_report *r, const char *text)
{
	struct dg_warnings *w = dg_warnings_make(r);
	bool found = false;

	assert_non_null(w);
	for (size_t i = 0; i < w->count; i++)
		found |= strstr(w->texts[i], text) != NULL;
	dg_warnings_free(w);
	return found;
}

static void
test_cut_verdicts(void **state)
{
	struct dg_summary s = {0};
	struct dg_port_result ports = {.verdict_count = 16};
	struct dg_diagnosis d = {.summary = &s, .ports = {[DG_SIDE_TCP] = &ports}};
	struct dg_report r = {
	    .summary = &s, .diagnosis = &d, .timeout_ns = 1, .server_ports = "53"};

	(void)state;
	assert_false(says(&r, "silent source ports"));
	ports.is_cut = true;
	assert_true(says(&r, "silent source ports over TCP ended after 16 finds"));
	assert_false(says(&r, "sample"));
	s.trial_sample_log2 = 3;
	assert_true(says(&r, "an even sample of ports and addresses, one in 8"));
}

/* What the report knows and the summary does not: files, times, losses. */
static void
test_files(void **state)
{
	struct dg_summary s = {.quality = {.frames = 1, .dns_messages = 1}};
	struct dg_report_input input = {.file = "a\nb", .first_ns = 5, .last_ns = 9};
	struct dg_report r = {
	    .summary = &s, .inputs = &input, .input_count = 1, .timeout_ns = 50};

	(void)state;
	assert_false(says(&r, ""));
	s.all.outcomes[DG_PART_53][DG_OUTCOME_ANSWERED] = 7;
	assert_false(says(&r, "")); /* short, and nothing waited */
	s.all.outcomes[DG_PART_53][DG_OUTCOME_UNDECIDED] = 2;
	assert_true(says(&r, "shorter than the timeout of 5e-08 s"));
	assert_true(says(&r, "2 transactions are undecided; capture longer"));
	r.timeout_ns = 3;
	assert_false(says(&r, "shorter than the timeout"));
	assert_true(says(&r, "2 transactions were still waiting"));
	s.is_one_way = true;
	assert_true(says(&r, "queries only"));
	assert_false(says(&r, "still waiting"));
	r.bad_times = 1;
	assert_true(says(&r, "1 frame had no time or an impossible one"));
	r.dropped = 3;
	assert_true(says(&r, "3 packets were dropped before"));
	r.inconsistent_lengths = 2;
	assert_true(says(&r, "2 frames have more bytes captured"));
	input.problem = "is gone";
	assert_true(says(&r, "a\nb: is gone"));
}

/* However much there is to say, a sentence is never cut off. */
static void
test_whole_sentences(void **state)
{
	static struct dg_pieces_row row;
	const struct dg_pieces_row *pieces[40];
	static struct dg_orphan_row orphan;
	const struct dg_orphan_row *orphans[40];
	struct dg_summary s = {.pieces = pieces,
	    .piece_count = 40,
	    .one_way_servers = orphans,
	    .one_way_count = 40};
	struct dg_report r = {.summary = &s,
	    .timeout_ns = 1,
	    .max_transactions = UINT32_MAX,
	    .server_ports = "53"};
	struct dg_warnings *w;

	(void)state;
	memset(&row.key.sender, 0xab, sizeof row.key.sender);
	memset(&orphan.key.address, 0xab, sizeof orphan.key.address);
	row.key.family = orphan.key.family = DG_FAMILY_IP6;
	for (unsigned kind = 0; kind < 2; kind++) {
		row.key.about = kind == 0 ? DG_PIECES_UNKNOWN : DG_PIECES_REPLY;
		row.ends[DG_FRAG_INCOMPLETE] = UINT64_MAX / 2;
		for (int i = 0; i < 40; i++) {
			pieces[i] = &row;
			orphans[i] = &orphan;
		}
		memset(&s.quality, 0x7f, sizeof s.quality);
		s.quality.frames = 0;
		if (kind == 1) { /* as a filter leaves it */
			s.quality.fragments = (struct dg_frag_stats){.fragments = UINT64_MAX,
			    .datagrams = UINT64_MAX,
			    .ends = {[DG_FRAG_INCOMPLETE] = UINT64_MAX}};
		}
		s.all.outcomes[DG_PART_53][DG_OUTCOME_UNANSWERED] = UINT64_MAX / 2;
		memset(s.limits_hit, 1, sizeof s.limits_hit);
		w = dg_warnings_make(&r);
		assert_non_null(w);
		assert_in_range(w->count, 5, DG_WARNINGS_MAX);
		for (size_t i = 0; i < w->count; i++)
			assert_in_range(strlen(w->texts[i]), 20, 500);
		dg_warnings_free(w);
	}
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	rows_add(&r, "what is said of files, times and losses", test_files, NULL);
	rows_add(&r, "many senders of fragments share a sentence", test_many_senders, NULL);
	rows_add(&r, "a search that ended too soon", test_cut_verdicts, NULL);
	rows_add(&r, "no sentence is cut off", test_whole_sentences, NULL);
	return rows_run(&r, "warnings");
}

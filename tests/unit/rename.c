/*
 * rename.c - a tally with other addresses and names: all of them, and nothing else.
 */
#include "tally/rename.h"

#include <stdbool.h>

#include "dnsgap/error.h"
#include "pkt.h"
#include "rows.h"
#include "tally/summary.h"

#define SECOND INT64_C(1000000000)
#define SECRET "qqq"

static const struct dg_hash_key secret = {3, 4};

/* Every address here begins with these octets, and every name holds SECRET. */
static struct dg_addr
address(unsigned last)
{
	struct dg_addr a = {{192, 0, 2, 0}};

	a.bytes[3] = (uint8_t)last;
	return a;
}

static void
tell(struct dg_tally *t, const char *name, unsigned client, unsigned server,
    enum dg_outcome outcome, int64_t first_ns)
{
	struct pkt_buf b = {0};
	struct dg_transaction x = {
	    .outcome = outcome,
	    .has_reply = outcome == DG_OUTCOME_ANSWERED,
	    .rcode = outcome == DG_OUTCOME_ANSWERED ? DG_RCODE_SERVFAIL : 0,
	    .first_ns = first_ns,
	    .reply_ns = first_ns + SECOND / 2,
	    .has_question = true,
	    .flow = {.client = address(client),
		.server = address(server),
		.client_port = (uint16_t)(4000 + client),
		.server_port = 53,
		.family = DG_FAMILY_IP4,
		.transport = DG_TRANSPORT_UDP},
	};

	pkt_name(&b, name);
	x.qname = b.at;
	x.qname_length = (uint8_t)b.len;
	assert_int_equal(dg_tally_transaction(t, &x), 0);
	pkt_buf_fini(&b);
}

static void
fill(struct dg_tally *t)
{
	struct dg_server_key server = {
	    .address = address(1), .port = 53, .family = DG_FAMILY_IP4};
	struct dg_icmp_event e = {.sender = address(9),
	    .flow = {.client = address(50), .server = address(1), .family = DG_FAMILY_IP4},
	    .type = 3,
	    .code = 3};
	struct dg_frag_datagram d = {.sender = address(2), .family = DG_FAMILY_IP4};
	struct dg_flow orphan = {
	    .client = address(60), .server = address(70), .family = DG_FAMILY_IP4};
	struct dg_server_ports ports = {{0}};
	struct dg_edns ids[2] = {{.has_nsid = true, .nsid_length = 4, .nsid = "bqqq"},
	    {.has_nsid = true, .nsid_length = 4, .nsid = "cqqq"}};

	tell(t, "www.aqqq.one", 100, 1, DG_OUTCOME_ANSWERED, 10 * SECOND);
	tell(t, "www.bqqq.two", 101, 1, DG_OUTCOME_UNANSWERED, 11 * SECOND);
	tell(t, "x.cqqq.three", 101, 1, DG_OUTCOME_UNANSWERED, 12 * SECOND);
	tell(t, "a.dqqq.co.uk", 1, 2, DG_OUTCOME_UNANSWERED, 13 * SECOND);
	tell(t, "b.dqqq.co.uk", 1, 2, DG_OUTCOME_ANSWERED, 14 * SECOND);
	assert_int_equal(dg_tally_icmp(t, &e), 0);
	assert_int_equal(dg_tally_datagram(t, &d, &ports), 0);
	assert_int_equal(dg_tally_orphan(t, &orphan), 0);
	assert_int_equal(dg_tally_flush(t), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(dg_tally_edns(t, &server, &ids[i]), 0);
}

/* ---- a renamer of a few lines ---- */

static void
rename_address(void *context, enum dg_family family, struct dg_addr *a)
{
	(void)context;
	assert_int_equal(family, DG_FAMILY_IP4);
	a->bytes[0] = 10;
	a->bytes[3] = (uint8_t)(255 - a->bytes[3]);
}

/* a becomes z, and so on: the order turns around.  First labels get longer. */
static size_t
rename_name(void *context, const uint8_t *name, size_t length, uint8_t out[DG_RENAMED_NAME_MAX])
{
	size_t longer = *(size_t *)context;

	if (name[0] == 0)
		longer = 0;
	memset(out, 'm', longer + 1);
	memcpy(out + longer, name, length);
	for (size_t at = longer; out[at] != 0; at += out[at] + 1u) {
		for (unsigned i = 1; i <= out[at]; i++)
			out[at + i] = (uint8_t)('a' + 'z' - out[at + i]);
	}
	if (longer > 0) {
		uint8_t size = out[longer];

		out[longer] = 'm';
		out[0] = (uint8_t)(size + longer);
	}
	return length + longer;
}

static void
rename_bytes(void *context, uint8_t *bytes, size_t length)
{
	(void)context;
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)('a' + 'z' - bytes[i]);
}

static size_t longer_by[] = {0, 3};

static struct dg_renamer
make_renamer(const size_t *longer)
{
	return (struct dg_renamer){.context = (void *)(uintptr_t)longer,
	    .address = rename_address,
	    .name = rename_name,
	    .bytes = rename_bytes};
}

/* ---- is anything left? ---- */

static void
assert_no(const void *bytes, size_t size)
{
	assert_null(memmem(bytes, size, "\xc0\x00\x02", 3));
	assert_null(memmem(bytes, size, SECRET, strlen(SECRET)));
}

static void
assert_no_map(const struct dg_map *m)
{
	assert_true(m->count > 0);
	for (uint32_t i = 0; i < m->count; i++)
		assert_no(m->rows[i], m->row_bytes);
}

static void
assert_no_server(const struct dg_server_row *row)
{
	const struct dg_example *examples[] = {&row->examples.reached, &row->examples.dead};

	assert_no(row->zones.common, row->zones.common_length);
	for (unsigned i = 0; i < row->zones.sample_count; i++)
		assert_no(row->zones.samples[i], row->zones.sample_lengths[i]);
	for (unsigned i = 0; i < 2; i++)
		assert_no(examples[i]->name, examples[i]->length);
	if (row->options != NULL)
		assert_no(
		    row->options->nsid, row->options->nsid_count * sizeof *row->options->nsid);
}

static void
test_nothing_is_left(void **state)
{
	struct dg_renamer renamer = make_renamer(*state);
	struct dg_tally t;

	dg_tally_init(&t, &secret);
	fill(&t);
	assert_int_equal(dg_tally_rename(&t, &renamer), 0);
	assert_no_map(&t.servers);
	assert_no_map(&t.clients);
	assert_no_map(&t.icmp);
	assert_no_map(&t.pieces);
	assert_no_map(&t.orphans);
	for (uint32_t i = 0; i < t.servers.count; i++)
		assert_no_server(t.servers.rows[i]);
	assert_int_equal(t.failures.count, 5);
	for (uint32_t i = 0; i < t.failures.count; i++)
		assert_no(t.failures.rows[i],
		    sizeof(struct dg_failure) + t.failures.rows[i]->name_length);
	assert_no(t.trials.rows, t.trials.count * sizeof *t.trials.rows);
	dg_tally_fini(&t);
}

/* ---- and is it right? ---- */

static void
assert_name(const uint8_t *name, size_t length, const char *text)
{
	struct pkt_buf b = {0};

	pkt_name(&b, text);
	assert_int_equal(length, b.len);
	assert_memory_equal(name, b.at, b.len);
	pkt_buf_fini(&b);
}

/* Lists are in the new order, and rows know the same of each other. */
static void
test_summary(void **state)
{
	struct dg_renamer renamer = make_renamer(&longer_by[0]);
	struct dg_summary *s;
	struct dg_tally t;

	(void)state;
	dg_tally_init(&t, &secret);
	fill(&t);
	assert_int_equal(dg_tally_rename(&t, &renamer), 0);
	assert_int_equal(dg_summary_make(&t, &s), 0);
	assert_int_equal(s->server_count, 2);
	assert_int_equal(s->servers[0].key.address.bytes[3], 253);
	assert_int_equal(s->servers[1].key.address.bytes[3], 254);
	assert_int_equal(dg_side_all(&s->servers[1].all).transactions, 3);
	assert_int_equal(s->client_count, 3);
	assert_int_equal(s->clients[2].key.address.bytes[3], 254);
	assert_int_equal(s->icmp[0]->key.sender.bytes[3], 246);
	assert_int_equal(s->icmp[0]->key.server.bytes[3], 254);
	assert_int_equal(s->pieces[0]->key.sender.bytes[3], 253);
	assert_int_equal(s->one_way_count, 1);
	assert_int_equal(s->one_way_servers[0]->key.address.bytes[3], 185);
	assert_int_equal(s->trial_count, 5);
	for (size_t i = 0; i < s->trial_count; i++) {
		const struct dg_trial *trial = &s->trials[i];
		unsigned client = s->clients[trial->client].key.address.bytes[3];

		assert_int_equal(trial->port, 4000 + 255 - client);
	}
	/* co.uk is xl.fp: the zone has three labels, as before. */
	assert_name(
	    s->servers[0].zones->common, s->servers[0].zones->common_length, "wjjj.xl.fp");
	assert_int_equal(s->servers[1].zones->sample_count, 3);
	assert_name(s->servers[1].zones->samples[0], s->servers[1].zones->sample_lengths[0],
	    "xjjj.gsivv");
	assert_name(s->servers[1].zones->samples[1], s->servers[1].zones->sample_lengths[1],
	    "yjjj.gdl");
	assert_name(s->servers[1].zones->samples[2], s->servers[1].zones->sample_lengths[2],
	    "zjjj.lmv");
	assert_name(s->servers[1].examples->reached.name,
	    s->servers[1].examples->reached.length, "ddd.zjjj.lmv");
	assert_memory_equal(s->servers[1].options->nsid[0].bytes, "xjjj", 4);
	assert_memory_equal(s->servers[1].options->nsid[1].bytes, "yjjj", 4);
	dg_summary_free(s);
	dg_tally_fini(&t);
}

/* A failure's zone is the same labels, though names grew; and samples are as they were. */
static void
test_failures(void **state)
{
	const size_t *longer = *state;
	struct dg_renamer renamer = make_renamer(longer);
	struct dg_tally t, plain;

	dg_tally_init(&t, &secret);
	dg_tally_init(&plain, &secret);
	fill(&t);
	fill(&plain);
	assert_int_equal(dg_tally_rename(&t, &renamer), 0);
	t.failures.sample_log2 = plain.failures.sample_log2 = 1;
	for (uint32_t i = 0; i < t.failures.count; i++) {
		const struct dg_failure *a = plain.failures.rows[i], *b = t.failures.rows[i];

		assert_int_equal(a->mark, b->mark);
		assert_int_equal(b->name_length, a->name_length + *longer);
		assert_int_equal(b->zone_at, a->zone_at + *longer);
		for (int64_t at = 0; at < 100; at++)
			assert_int_equal(
			    dg_failures_keeps(&plain.failures, a, at * 64 * SECOND),
			    dg_failures_keeps(&t.failures, b, at * 64 * SECOND));
	}
	dg_tally_fini(&t);
	dg_tally_fini(&plain);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < 2; i++) {
		const char *how = longer_by[i] == 0 ? "names as long" : "longer names";

		rows_add(&r, rows_name("nothing is left: %s", how), test_nothing_is_left,
		    &longer_by[i]);
		rows_add(&r, rows_name("zones of failures, and samples, stay: %s", how),
		    test_failures, &longer_by[i]);
	}
	rows_add(&r, "the summary is in order again", test_summary, NULL);
	return rows_run(&r, "rename");
}

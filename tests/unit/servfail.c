/*
 * servfail.c - SERVFAILs and slow answers, tied to queries in vain, and the finding made of
 * them.  tests/oracle/servfail.py holds the rules of time and name; here are lists, bounds,
 * samples, and what other findings say.
 */
#include "diagnose/servfail.h"

#include "base/clock.h"
#include "diagnose/diagnose.h"
#include "pkt.h"
#include "rows.h"
#include "tally/failures.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1700000000) * SECOND)
#define CLIENT 1
#define RESOLVER 9
#define SILENT 50

static const struct dg_hash_key secret = {3, 4};

/* One transaction; hosts by the last octet of 192.0.2.0/24. */
struct say {
	double at; /* seconds */
	unsigned client;
	uint16_t port;
	unsigned server;
	const char *name;
	double latency; /* negative: no reply */
	uint16_t rcode;
};

static struct dg_addr
address(unsigned last)
{
	struct dg_addr a = {{192, 0, 2, 0}};

	a.bytes[3] = (uint8_t)last;
	return a;
}

static void
say(struct dg_tally *t, const struct say *s)
{
	struct pkt_buf name = {0};
	struct dg_transaction x = {
	    .flow = {.client = address(s->client),
		.server = address(s->server),
		.client_port = s->port,
		.server_port = 53,
		.family = DG_FAMILY_IP4,
		.transport = DG_TRANSPORT_UDP},
	    .outcome = s->latency < 0 ? DG_OUTCOME_UNANSWERED : DG_OUTCOME_ANSWERED,
	    .has_question = true,
	    .qtype = 1,
	    .qclass = 1,
	    .has_reply = s->latency >= 0,
	    .rcode = s->rcode,
	    .first_ns = START + (int64_t)(s->at * 1e9),
	    .query_place = {.frame = 1},
	};

	pkt_name(&name, s->name);
	x.qname = name.at;
	x.qname_length = (uint8_t)name.len;
	if (s->latency >= 0) {
		x.latency_ns = (int64_t)(s->latency * 1e9);
		x.reply_ns = x.first_ns + x.latency_ns;
		t->quality.correlate.messages.replies++;
	}
	assert_int_equal(dg_tally_transaction(t, &x), 0);
	pkt_buf_fini(&name);
}

/* A diagnosis by this rule alone, after findings that others made. */
struct world {
	struct dg_tally tally;
	struct dg_summary *summary;
	struct dg_diagnosis diagnosis;
};

static struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	dg_tally_init(&w->tally, &secret);
	return w;
}

static void
summarize(struct world *w)
{
	assert_int_equal(dg_tally_flush(&w->tally), 0);
	assert_int_equal(dg_summary_make(&w->tally, &w->summary), 0);
	w->diagnosis.summary = w->summary;
}

static void
world_free(struct world *w)
{
	dg_findings_fini(&w->diagnosis.findings);
	dg_servfail_free(w->diagnosis.servfail);
	dg_summary_free(w->summary);
	dg_tally_fini(&w->tally);
	free(w);
}

static uint32_t
server_number(const struct world *w, unsigned last)
{
	struct dg_addr wanted = address(last);
	uint32_t i = 0;

	while (memcmp(&w->summary->servers[i].key.address, &wanted, sizeof wanted) != 0)
		i++;
	return i;
}

/* Seven SERVFAILs for a name, six of them with two queries in vain from ports below 1024. */
static void
play_story(struct world *w)
{
	for (unsigned i = 0; i < 7; i++) {
		double at = 60.0 * i;
		uint16_t port = (uint16_t)(1000 + 2 * i);

		say(&w->tally, &(struct say){at, CLIENT, 4000, RESOLVER, "live.example", 3, 2});
		if (i == 6)
			continue;
		say(&w->tally,
		    &(struct say){at + 0.1, RESOLVER, port, SILENT, "live.example", -1, 0});
		say(&w->tally,
		    &(struct say){
			at + 1, RESOLVER, (uint16_t)(port + 1), SILENT, "live.example", -1, 0});
		say(&w->tally,
		    &(struct say){
			at + 2, RESOLVER, (uint16_t)(1024 + i), SILENT, "other.test", 0.02, 0});
	}
	summarize(w);
}

static void
test_story(void **state)
{
	struct world *w = world_new();
	const struct dg_servfail *f;
	const struct dg_servfail_cause *c;
	const struct dg_finding *finding;

	(void)state;
	play_story(w);
	assert_int_equal(dg_rule_servfail(&w->diagnosis), 0);
	f = w->diagnosis.servfail;
	assert_non_null(f);
	assert_int_equal(f->all.to_clients, 7);
	assert_int_equal(f->all.judged, 7);
	assert_int_equal(f->all.explained, 6);
	assert_int_equal(f->cause_count, 1);
	c = &f->causes[0];
	assert_int_equal(c->servfails, 6);
	assert_int_equal(c->unanswered, 12);
	assert_string_equal(c->silent_ports, "1000-1011");
	assert_int_equal(c->silent_port_count, 12);
	assert_string_equal(c->reached_ports, "1024-1029");
	assert_int_equal(c->server, server_number(w, SILENT));
	assert_int_equal(c->name_length, strlen("live.example") + 2);
	assert_int_equal(w->diagnosis.findings.count, 1);
	finding = w->diagnosis.findings.list[0];
	assert_int_equal(finding->code, DG_SERVFAIL_EXPLAINED);
	assert_int_equal(finding->severity, DG_WARNING);
	assert_string_equal(finding->ports, "1000-1011");
	assert_int_equal(finding->server_count, 1);
	assert_int_equal(finding->servers[0], server_number(w, SILENT));
	assert_int_equal(finding->inside.transactions, 12);
	assert_int_equal(finding->servfails, 7);
	assert_int_equal(finding->servfails_explained, 6);
	assert_int_equal(finding->first_ns, START + SECOND / 10);
	assert_int_equal(finding->last_ns, START + 301 * SECOND);
	assert_true(finding->transports[DG_SIDE_UDP] && !finding->transports[DG_SIDE_TCP]);
	world_free(w);
}

/* What another finding says of the same queries decides how bad it is. */
static const struct other_row {
	const char *name;
	enum dg_code code;
	const char *ports;
	unsigned server; /* 0: all */
	unsigned prefix_bits;
	bool is_tcp;
	bool is_suspected;
	bool ends_before; /* it is over at the third of six */
	enum dg_severity severity;
	const char *within;
} others[] = {
    {"silent ports explain them", DG_PORTS_SILENT, "1-52,54-1023", SILENT, 0, false, false,
	false, DG_FAULT, NULL},
    {"silent ports at every server explain them", DG_PORTS_SILENT, "1-1023", 0, 0, false, false,
	false, DG_FAULT, NULL},
    {"most of the ports are enough", DG_PORTS_SILENT, "1002-1011", SILENT, 0, false, false,
	false, DG_FAULT, NULL},
    {"few of the ports are not", DG_PORTS_SILENT, "5,1000-1003", SILENT, 0, false, false, false,
	DG_WARNING, NULL},
    {"other ports do not", DG_PORTS_SILENT, "1024-65535", SILENT, 0, false, false, false,
	DG_WARNING, NULL},
    {"a silent server explains them", DG_SERVER_SILENT, NULL, SILENT, 0, false, false, false,
	DG_FAULT, NULL},
    {"a silent prefix explains them", DG_SERVER_SILENT, NULL, RESOLVER, 24, false, false, false,
	DG_FAULT, NULL},
    {"half of a prefix that it is not in does not", DG_SERVER_SILENT, NULL, RESOLVER, 27, false,
	false, false, DG_WARNING, NULL},
    {"another server does not", DG_SERVER_SILENT, NULL, RESOLVER, 0, false, false, false,
	DG_WARNING, NULL},
    {"the other transport does not", DG_PORTS_SILENT, "1-1023", SILENT, 0, true, false, false,
	DG_WARNING, NULL},
    {"a suspicion does not", DG_PORTS_SILENT, "1-1023", SILENT, 0, false, true, false,
	DG_WARNING, NULL},
    {"random loss is no reason", DG_LOSS_RANDOM, NULL, SILENT, 0, false, false, false,
	DG_WARNING, NULL},
    {"an outage explains what lies in it", DG_OUTAGE, NULL, SILENT, 0, false, false, false,
	DG_FAULT, NULL},
    {"and nothing after it", DG_OUTAGE, NULL, SILENT, 0, false, false, true, DG_WARNING, NULL},
    {"ports that fell silent explain nothing after their time", DG_PORTS_SILENT, "1-1023",
	SILENT, 0, false, false, true, DG_WARNING, NULL},
    {"raised loss in a range explains that range", DG_PORTS_SILENT, NULL, SILENT, 0, false,
	false, false, DG_FAULT, "512-1023"},
    {"and no other", DG_PORTS_SILENT, NULL, SILENT, 0, false, false, false, DG_WARNING,
	"1-511"},
};

static void
test_other(void **state)
{
	const struct other_row *row = *state;
	struct world *w = world_new();
	struct dg_finding *f = dg_finding_new(row->code, DG_FAULT);

	play_story(w);
	assert_non_null(f);
	f->ports = row->ports != NULL ? strdup(row->ports) : NULL;
	f->is_suspected = row->is_suspected;
	f->transports[row->is_tcp ? DG_SIDE_TCP : DG_SIDE_UDP] = true;
	f->first_ns = START;
	f->last_ns = START + (row->ends_before ? 150 : 900) * SECOND;
	f->has_window = row->ends_before;
	f->after_ns = INT64_MIN;
	f->before_ns = f->last_ns;
	f->within = row->within != NULL ? strdup(row->within) : NULL;
	if (row->server != 0) {
		f->servers[0] = server_number(w, row->server);
		f->server_count = 1;
		f->servers_all = 1;
	}
	if (row->prefix_bits != 0) {
		f->has_prefix = true;
		f->prefix = address(0);
		f->prefix_bits = (uint8_t)row->prefix_bits;
	}
	assert_int_equal(dg_findings_add(&w->diagnosis.findings, f), 0);
	assert_int_equal(dg_rule_servfail(&w->diagnosis), 0);
	assert_int_equal(w->diagnosis.findings.count, 2);
	assert_int_equal(w->diagnosis.findings.list[1]->severity, row->severity);
	world_free(w);
}

/* A few transactions; how many SERVFAILs there are, and how many are explained. */
static const struct small_row {
	const char *name;
	struct say says[6];
	bool is_null;
	unsigned to_clients;
	unsigned explained;
	unsigned by_zone;
	unsigned passed_on;
	unsigned findings;
} smalls[] = {
    {"a server that asks nobody is no resolver", {{0, CLIENT, 4000, RESOLVER, "a.test", 1, 2}},
	true, 0, 0, 0, 0, 0},
    {"a capture of one direction says nothing",
	{{0, CLIENT, 4000, RESOLVER, "a.test", -1, 0},
	    {0, RESOLVER, 600, SILENT, "a.test", -1, 0}},
	true, 0, 0, 0, 0, 0},
    {"a resolver without SERVFAILs",
	{{0, CLIENT, 4000, RESOLVER, "a.test", 1, 0},
	    {0, RESOLVER, 600, SILENT, "a.test", 0.1, 0}},
	false, 0, 0, 0, 0, 0},
    {"a SERVFAIL without a query behind it",
	{{0, CLIENT, 4000, RESOLVER, "a.test", 1, 2},
	    {0, RESOLVER, 600, SILENT, "b.test", 0.1, 0}},
	false, 1, 0, 0, 0, 0},
    {"a SERVFAIL with one in vain",
	{{0, CLIENT, 4000, RESOLVER, "a.test", 1, 2},
	    {0, RESOLVER, 600, SILENT, "a.test", -1, 0}},
	false, 1, 1, 0, 0, 1},
    {"somebody else's query explains nothing",
	{{0, CLIENT, 4000, RESOLVER, "a.test", 1, 2}, {0, 7, 600, SILENT, "a.test", -1, 0},
	    {0, RESOLVER, 600, SILENT, "a.test", 0.1, 0}},
	false, 1, 0, 0, 0, 0},
    {"after it nobody is asked: the zone",
	{{0, RESOLVER, 600, SILENT, "a.zone.test", -1, 0},
	    {500, CLIENT, 4000, RESOLVER, "b.zone.test", 0.001, 2}},
	false, 1, 1, 1, 0, 1},
    {"but not when that server answered since",
	{{0, RESOLVER, 600, SILENT, "a.zone.test", -1, 0},
	    {100, RESOLVER, 700, SILENT, "c.zone.test", 0.1, 0},
	    {500, CLIENT, 4000, RESOLVER, "b.zone.test", 0.001, 2}},
	false, 1, 0, 0, 0, 0},
    {"a SERVFAIL from upstream is passed on",
	{{0, CLIENT, 4000, RESOLVER, "a.test", 1, 2},
	    {0, RESOLVER, 600, SILENT, "a.test", 0.1, 2}},
	false, 1, 0, 0, 1, 0},
};

static void
test_small(void **state)
{
	const struct small_row *row = *state;
	struct world *w = world_new();
	const struct dg_servfail *f;

	for (unsigned i = 0; i < 6 && row->says[i].name != NULL; i++)
		say(&w->tally, &row->says[i]);
	summarize(w);
	assert_int_equal(dg_rule_servfail(&w->diagnosis), 0);
	f = w->diagnosis.servfail;
	assert_int_equal(f == NULL, row->is_null);
	if (f != NULL) {
		assert_int_equal(f->all.to_clients, row->to_clients);
		assert_int_equal(f->all.explained, row->explained);
		assert_int_equal(f->all.by_zone, row->by_zone);
		assert_int_equal(f->all.passed_on, row->passed_on);
	}
	assert_int_equal(w->diagnosis.findings.count, row->findings);
	world_free(w);
}

/* A client that gave up before the resolver did; the resolver's question to itself is none. */
static void
test_unanswered(void **state)
{
	struct world *w = world_new();
	const struct dg_servfail *f;

	(void)state;
	say(&w->tally, &(struct say){0, CLIENT, 4000, RESOLVER, "a.test", -1, 0});
	say(&w->tally, &(struct say){9, RESOLVER, 600, SILENT, "a.test", -1, 0});
	say(&w->tally, &(struct say){50, CLIENT, 4000, RESOLVER, "b.test", -1, 0});
	say(&w->tally, &(struct say){60.001, RESOLVER, 600, SILENT, "b.test", -1, 0});
	say(&w->tally, &(struct say){0, RESOLVER, 601, RESOLVER, "a.test", -1, 0});
	say(&w->tally, &(struct say){70, RESOLVER, 602, SILENT, "c.test", 0.1, 0});
	summarize(w);
	assert_int_equal(dg_rule_servfail(&w->diagnosis), 0);
	f = w->diagnosis.servfail;
	assert_int_equal(f->all.lost, 2);
	assert_int_equal(f->all.lost_explained, 1);
	assert_int_equal(f->all.explained, 0);
	assert_int_equal(f->cause_count, 2);
	assert_int_equal(f->causes[0].lost, 1);
	assert_int_equal(f->causes[0].server, server_number(w, RESOLVER));
	assert_int_equal(f->causes[1].server, server_number(w, SILENT));
	assert_int_equal(w->diagnosis.findings.count, 0);
	world_free(w);
}

/* Loss alone stands behind one SERVFAIL in twenty. */
static void
test_note(void **state)
{
	struct world *w = world_new();
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "h%u.z%u.test", i, i);
		say(&w->tally, &(struct say){i, CLIENT, 4000, RESOLVER, name, 1, 2});
		say(&w->tally,
		    &(struct say){i, RESOLVER, 5000, SILENT, name, i == 4 ? -1 : 0.1, 0});
	}
	summarize(w);
	assert_int_equal(dg_rule_servfail(&w->diagnosis), 0);
	assert_int_equal(w->diagnosis.findings.count, 1);
	assert_int_equal(w->diagnosis.findings.list[0]->severity, DG_NOTE);
	assert_int_equal(w->diagnosis.findings.list[0]->rivals.count, 1);
	world_free(w);
}

/* Zone n has n SERVFAILs, from ports that no range holds. */
static void
test_many(void **state)
{
	const unsigned zones = DG_SERVFAIL_CAUSES_MAX + 36;
	struct world *w = world_new();
	const struct dg_servfail *f;
	char name[32];

	(void)state;
	for (unsigned z = 1; z <= zones; z++) {
		snprintf(name, sizeof name, "z%u.test", z);
		for (unsigned i = 0; i < z; i++) {
			double at = 100.0 * z + 0.5 * i;

			say(&w->tally, &(struct say){at, CLIENT, 4000, RESOLVER, name, 1, 2});
			say(&w->tally,
			    &(struct say){at, RESOLVER, (uint16_t)(1000 + 2 * i), 100 + z % 20,
				name, -1, 0});
		}
	}
	summarize(w);
	assert_int_equal(dg_rule_servfail(&w->diagnosis), 0);
	f = w->diagnosis.servfail;
	assert_int_equal(f->causes_all, zones);
	assert_int_equal(f->cause_count, DG_SERVFAIL_CAUSES_MAX);
	for (unsigned i = 0; i < f->cause_count; i++)
		assert_int_equal(f->causes[i].servfails, zones - i);
	assert_int_equal(f->causes[0].silent_port_count, zones);
	assert_int_equal(f->all.explained, zones * (zones + 1) / 2);
	assert_int_equal(f->resolvers[0].servers_all, 20);
	assert_int_equal(f->resolvers[0].server_count, DG_FINDING_SUBJECTS_MAX);
	assert_int_equal(f->resolvers[0].unanswered, zones * (zones + 1) / 2);
	world_free(w);
}

static unsigned
count_ranges(const char *ports)
{
	unsigned count = 1;

	for (; *ports != '\0'; ports++)
		count += *ports == ',';
	return count;
}

static void
test_scattered(void **state)
{
	struct world *w = world_new();
	const struct dg_servfail_cause *c;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		say(&w->tally, &(struct say){i, CLIENT, 4000, RESOLVER, "a.test", 1, 2});
		say(&w->tally,
		    &(struct say){i, RESOLVER, (uint16_t)(3 * i), SILENT, "a.test", -1, 0});
	}
	summarize(w);
	assert_int_equal(dg_rule_servfail(&w->diagnosis), 0);
	c = &w->diagnosis.servfail->causes[0];
	assert_int_equal(c->silent_port_count, 300);
	assert_int_equal(count_ranges(c->silent_ports), DG_SERVFAIL_RANGES_MAX);
	world_free(w);
}

/* Every SERVFAIL has its query: of a sample, too, all that are judged are explained. */
static void
test_sample(void **state)
{
	struct world *w = world_new();
	const struct dg_servfail *f;
	char name[32];

	(void)state;
	w->tally.failures.max = 100;
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(name, sizeof name, "h.z%u.test", i % 50);
		say(&w->tally, &(struct say){3.0 * i, CLIENT, 4000, RESOLVER, name, 2.5, 2});
		say(&w->tally, &(struct say){3.0 * i + 2, RESOLVER, 600, SILENT, name, -1, 0});
	}
	summarize(w);
	assert_int_equal(dg_rule_servfail(&w->diagnosis), 0);
	f = w->diagnosis.servfail;
	assert_true(f->is_sampled);
	assert_int_equal(f->all.to_clients, 2000);
	assert_true(f->all.judged > 0 && f->all.judged <= 50);
	assert_int_equal(f->all.explained, f->all.judged);
	world_free(w);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "six of seven SERVFAILs, by low ports", test_story, NULL);
	ROWS_ADD_TABLE(&r, others, test_other);
	ROWS_ADD_TABLE(&r, smalls, test_small);
	rows_add(&r, "a client without an answer", test_unanswered, NULL);
	rows_add(&r, "what explains few is a note", test_note, NULL);
	rows_add(&r, "of many causes the worst are kept", test_many, NULL);
	rows_add(&r, "scattered ports are counted, and a few shown", test_scattered, NULL);
	rows_add(&r, "a sample keeps answers and queries together", test_sample, NULL);
	return rows_run(&r, "servfail");
}

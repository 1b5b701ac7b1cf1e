/*
 * finding_words.c - what a finding says: sentences from its numbers, and commands that a shell
 * takes as they are meant, whatever the names in the packets were.
 */
#include <ctype.h>

#include "diagnose/explain.h"
#include "findings.h"
#include "rows.h"

static struct world world;

static void
make_words(struct dg_finding *f)
{
	assert_non_null(f);
	assert_int_equal(dg_finding_words(&world.summary, f), 0);
	assert_non_null(f->summary);
}

static void
has_line(const struct dg_words *w, const char *text)
{
	for (unsigned i = 0; i < w->count; i++) {
		if (strcmp(w->texts[i], text) == 0)
			return;
	}
	for (unsigned i = 0; i < w->count; i++)
		print_error("there is: %s\n", w->texts[i]);
	fail_msg("missing: %s", text);
}

/* --- commands ---------------------------------------------------------------- */

#define SILENT "dig -b '0.0.0.0#1019' "
#define ANSWERED "dig -b '0.0.0.0#1031' "
#define AT " @198.51.100.53 +tries=1"

static const struct name_row {
	const char *name;
	const char *wire;
	uint8_t length;
	uint16_t qtype;
	const char *said;
} name_rows[] = {
    {"a name as it is", "\3www\7example", 13, 1, "www.example A"},
    {"digits, hyphens, underscores", "\5_25-x\3tld", 11, 52, "_25-x.tld TLSA"},
    {"a type without a name", "\3www\7example", 13, 60000, "www.example TYPE60000"},
    {"a zone transfer is not asked for", "\3www\7example", 13, 252, "www.example SOA"},
    {"the root", "", 1, 2, ". NS"},
    {"one label alone might be a type: it gets a dot", "\2mx", 4, 1, "mx. A"},
    {"a quote", "\3a'b\1c", 7, 1, "'a\\039b.c' A"},
    {"a command", "\7$(id)`x\1c", 11, 1, "'\\036\\040id\\041\\096x.c' A"},
    {"a dot inside a label", "\3a.b\1c", 7, 1, "'a\\046b.c' A"},
    {"a backslash", "\2\\'\1c", 6, 1, "'\\092\\039.c' A"},
    {"an escape and a line's end", "\3\33[m\1\n", 7, 1, "'\\027\\091m.\\010' A"},
    {"a byte above ASCII", "\2\303\251\1c", 6, 1, "'\\195\\169.c' A"},
    {"a name too long to read",
	"\77"
	"012345678901234567890123456789012345678901234567890123456789012"
	"\11example22",
	75, 1, "NAME A"},
    {"an option of dig", "\2-f\4file", 9, 1, "'\\045f.file' A"},
    {"a server of dig", "\2@x\1c", 6, 1, "'\\064x.c' A"},
    {"a flag of dig", "\4+tcp\1c", 8, 1, "'\\043tcp.c' A"},
};

static void
test_name(void **state)
{
	const struct name_row *row = *state;
	struct dg_finding *f = finding_ports();
	char text[256];

	world.examples[0].reached = (struct dg_example){.name = (uint8_t *)(uintptr_t)row->wire,
	    .length = row->length,
	    .qtype = row->qtype};
	make_words(f);
	assert_int_equal(f->reproduce.count, 2);
	snprintf(text, sizeof text, SILENT "%s" AT, row->said);
	assert_string_equal(f->reproduce.texts[0], text);
	snprintf(text, sizeof text, ANSWERED "%s" AT, row->said);
	assert_string_equal(f->reproduce.texts[1], text);
	dg_finding_free(f);
	world.examples[0].reached = (struct dg_example){0};
}

/* Every octet at every place of a label, and not one that a shell would look at. */
static void
test_octets(void **state)
{
	static const char plain[] = "-_. \\#@+='";

	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t wire[] = {3, (uint8_t)octet, (uint8_t)octet, 'a', 1, (uint8_t)octet, 0};
		struct dg_finding *f = finding_ports();
		bool is_quoted = false;

		world.examples[0].dead =
		    (struct dg_example){.name = wire, .length = sizeof wire, .qtype = 1};
		make_words(f);
		for (const char *p = f->reproduce.texts[0]; *p != '\0'; p++) {
			is_quoted ^= *p == '\'';
			assert_true(isalnum((unsigned char)*p) || strchr(plain, *p) != NULL);
			assert_true(is_quoted || *p != '\\');
		}
		assert_false(is_quoted);
		dg_finding_free(f);
	}
	world.examples[0].dead = (struct dg_example){0};
}

static void
test_reproduce(void **state)
{
	static const struct {
		uint32_t server;
		struct dg_bound bound;
		bool is_tcp;
		const char *first;
		const char *second;
	} rows[] = {
	    {0, {3, 1019, -1, 1031, 0, 0}, false, SILENT "NAME A" AT, ANSWERED "NAME A" AT},
	    {0, {1024, 4999, 1020, 5100, 0, 0}, false, "dig -b '0.0.0.0#1024' NAME A" AT,
		"dig -b '0.0.0.0#1020' NAME A" AT},
	    {0, {50000, 65535, -1, -1, 0, 0}, true,
		"dig -b '0.0.0.0#65535' NAME A @198.51.100.53 +tcp +tries=1", NULL},
	    {2, {7, 7, 6, 8, 0, 0}, false,
		"dig -b '::#7' -p 5353 NAME A @2001:db8::53 +tries=1",
		"dig -b '::#8' -p 5353 NAME A @2001:db8::53 +tries=1"},
	    {0, {0, 0, -1, 9, 0, 0}, false, NULL, NULL}, /* port 0: dig takes any other */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct dg_finding *f = finding_ports();

		if (rows[i].first == NULL)
			f->ports[0] = '0';
		f->servers[0] = rows[i].server;
		f->bounds[0] = rows[i].bound;
		f->transports[DG_SIDE_TCP] = rows[i].is_tcp;
		f->transports[DG_SIDE_UDP] = !rows[i].is_tcp;
		make_words(f);
		assert_int_equal(
		    f->reproduce.count, (rows[i].first != NULL) + (rows[i].second != NULL));
		if (rows[i].first != NULL)
			assert_string_equal(f->reproduce.texts[0], rows[i].first);
		if (rows[i].second != NULL)
			assert_string_equal(f->reproduce.texts[1], rows[i].second);
		dg_finding_free(f);
	}
}

/* --- sentences --------------------------------------------------------------- */

/* Of a set without ends the first port; SERVFAILs are repeated from a port that was silent. */
static void
test_reproduce_others(void **state)
{
	struct dg_finding *f = finding_ports();

	(void)state;
	f->code = DG_PORTS_HASH;
	f->bound_count = 0;
	make_words(f);
	assert_int_equal(f->reproduce.count, 1);
	assert_string_equal(f->reproduce.texts[0], "dig -b '0.0.0.0#1' NAME A" AT);
	dg_finding_free(f);
	f = finding_ports();
	f->code = DG_SERVFAIL_EXPLAINED;
	world.examples[0].dead =
	    (struct dg_example){.name = (uint8_t *)"\1d", .length = 3, .qtype = 28};
	world.examples[0].reached =
	    (struct dg_example){.name = (uint8_t *)"\1r", .length = 3, .qtype = 28};
	make_words(f);
	assert_string_equal(f->reproduce.texts[0], "dig -b '0.0.0.0#1' d. AAAA" AT);
	dg_finding_free(f);
	f = finding_make(DG_TCP_BLOCKED);
	f->servers[0] = 1; /* never asked anything: what another was asked */
	make_words(f);
	assert_int_equal(f->reproduce.count, 2);
	assert_string_equal(f->reproduce.texts[0], "dig r. AAAA @198.51.100.54 +tcp +tries=1");
	assert_string_equal(f->reproduce.texts[1], "dig r. AAAA @198.51.100.54 +tries=1");
	dg_finding_free(f);
	world.examples[0] = (struct dg_examples){0};
}

static void
test_ports(void **state)
{
	struct dg_finding *f = finding_ports();

	(void)state;
	make_words(f);
	assert_string_equal(f->summary,
	    "198.51.100.53 does not answer queries from source ports 1-1023 except 53");
	has_line(&f->evidence,
	    "0 of 170 queries over UDP from these ports were answered, 219 of 220 from all "
	    "other ports.");
	has_line(&f->evidence,
	    "Silent ports were seen from 3 to 1019; the nearest answered one above is 1031.");
	has_line(&f->evidence,
	    "1 other server answered 330 of 340 queries from the same ports, so the fault is "
	    "near 198.51.100.53.");
	has_line(&f->next,
	    "Ask whoever runs 198.51.100.53 for rules by source port; show this report.");
	dg_finding_free(f);
}

static void
is_said(struct dg_finding *f, const char *summary)
{
	make_words(f);
	assert_string_equal(f->summary, summary);
	dg_finding_free(f);
}

static void
test_subjects(void **state)
{
	struct dg_finding *f = finding_ports();

	(void)state;
	f->servers[1] = 1;
	f->server_count = 2;
	f->servers_all = 2;
	is_said(f,
	    "198.51.100.53 and 198.51.100.54 do not answer queries from source ports 1-1023 "
	    "except 53");
	f = finding_ports();
	f->servers[1] = 1;
	f->servers[2] = 2;
	f->server_count = 3;
	f->servers_all = 1005;
	is_said(f,
	    "198.51.100.53, 198.51.100.54 and 1,003 more servers do not answer queries from "
	    "source ports 1-1023 except 53");
	f = finding_ports();
	f->has_prefix = true;
	f->prefix = (struct dg_addr){{198, 51, 100}};
	f->prefix_bits = 24;
	f->servers_all = 3;
	is_said(f,
	    "3 servers in 198.51.100.0/24 do not answer queries from source ports 1-1023 "
	    "except 53");
	f = finding_ports();
	f->server_count = 0;
	f->servers_all = 0;
	f->clients[0] = 1;
	f->client_count = 1;
	f->clients_all = 1;
	is_said(f, "No server answers queries of 192.0.2.2 from source ports 1-1023 except 53");
	f = finding_make(DG_SERVER_PORT_CLOSED);
	f->servers[0] = 2;
	is_said(f,
	    "2001:db8::53#5353 says that nothing listens on its port 5353 (ICMP port "
	    "unreachable)");
}

static void
test_shapes(void **state)
{
	struct dg_finding *f = finding_ports();

	(void)state;
	f->inside.reached = 85;
	is_said(f,
	    "198.51.100.53 leaves 50 % of the queries from source ports 1-1023 except 53 "
	    "unanswered");
	f = finding_ports();
	free(f->ports);
	free(f->except);
	f->ports = f->except = NULL;
	f->within = strdup("32768-60999");
	f->inside.reached = 1;
	is_said(f,
	    "198.51.100.53 leaves over 99 % of the queries from source ports 32768-60999 "
	    "unanswered");
	f = finding_ports();
	free(f->ports);
	f->ports = strdup("1,3,5,7,9,11,13,15,17,19");
	free(f->except);
	f->except = NULL;
	is_said(f,
	    "198.51.100.53 does not answer queries from source ports 1, 3, 5, 7, 9, 11, 13, 15 "
	    "and 2 more");
	f = finding_ports();
	free(f->except);
	f->except = NULL;
	free(f->ports);
	f->ports = strdup("11211");
	f->has_window = true;
	f->after_ns = INT64_C(1700000000) * 1000000000;
	f->before_ns = INT64_MAX;
	is_said(f,
	    "198.51.100.53 does not answer queries from source port 11211, since 2023-11-14 "
	    "22:13:20 UTC");
	f = finding_make(DG_SERVER_PORT_CLOSED);
	f->transports[DG_SIDE_UDP] = false;
	f->transports[DG_SIDE_TCP] = true;
	make_words(f);
	has_line(&f->next,
	    "On 198.51.100.53: is the service running?  `ss -tlpn 'sport = :53'` shows what "
	    "listens, and on which address.");
	dg_finding_free(f);
	f = finding_make(DG_SERVER_PORT_CLOSED);
	f->transports[DG_SIDE_UDP] = false;
	f->transports[DG_SIDE_TCP] = true;
	is_said(f, "198.51.100.53 says that nothing listens on its TCP port 53 (RST)");
	f = finding_make(DG_SERVER_UNREACHABLE);
	f->has_sender = f->has_icmp = true;
	f->sender = (struct dg_addr){{203, 0, 113, 1}};
	f->sender_family = DG_FAMILY_IP4;
	f->icmp_type = 3;
	f->icmp_code = 13;
	is_said(f, "203.0.113.1 says that queries to 198.51.100.53 are prohibited");
	f = finding_make(DG_SERVER_UNREACHABLE);
	f->has_sender = f->has_icmp = true;
	f->sender = (struct dg_addr){{203, 0, 113, 1}};
	f->sender_family = DG_FAMILY_IP4;
	f->icmp_type = 3;
	f->icmp_code = 1;
	is_said(f, "203.0.113.1 says that 198.51.100.53 cannot be reached");
}

/* Where no server answers, no server is to be asked why. */
static void
test_all_servers(void **state)
{
	struct dg_finding *f = finding_ports();

	(void)state;
	f->server_count = f->control_count = 0;
	f->servers_all = f->controls_all = 0;
	f->where = DG_WHERE_NEAR_OBSERVER;
	make_words(f);
	has_line(&f->evidence,
	    "All servers that were asked from these ports are silent, so the fault is near the "
	    "point of capture, or on a way that all servers share.");
	assert_string_equal(f->next.texts[0],
	    "Look for rules that match by source port on the client, on an address translator "
	    "before it, and on the first routers.");
	for (unsigned i = 0; i < f->next.count; i++)
		assert_null(strstr(f->next.texts[i], "whoever runs"));
	for (unsigned i = 0; i < f->rivals.count; i++)
		assert_null(strstr(f->rivals.texts[i], "by its own choice"));
	dg_finding_free(f);
}

/* What a rule has said stays, and the texts of the code come behind it. */
static void
test_rules_first(void **state)
{
	struct dg_finding *f = finding_ports();

	(void)state;
	f->summary = strdup("said by a rule");
	assert_int_equal(dg_words_add(&f->rivals, "%s", "a rule's rival"), 0);
	assert_int_equal(
	    dg_words_add(&f->rivals, "%s", "A packet filter or the rule knows why."), 0);
	assert_int_equal(dg_words_add(&f->evidence, "%s", "a rule's evidence"), 0);
	make_words(f);
	assert_string_equal(f->summary, "said by a rule");
	assert_string_equal(f->rivals.texts[0], "A rule's rival.");
	assert_string_equal(f->rivals.texts[1], "A packet filter or the rule knows why.");
	assert_int_equal(f->rivals.count, 4); /* the code's own packet filter is left out */
	assert_true(f->evidence.count > 1);
	assert_string_equal(f->evidence.texts[f->evidence.count - 1], "A rule's evidence.");
	dg_finding_free(f);
}

/* --- every code -------------------------------------------------------------- */

static void
is_clean(const char *text)
{
	static const char *const wrong[] = {
	    "SERVER ", "CLIENT ", "SENDER ", "PORT ", "PORT'", "firewall"};

	assert_true(text[0] != '\0');
	for (const char *p = text; *p != '\0'; p++)
		assert_in_range((unsigned char)*p, ' ', '~');
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		if (strstr(text, wrong[i]) != NULL)
			fail_msg("`%s` in: %s", wrong[i], text);
	}
}

static void
are_clean(const struct dg_words *w)
{
	for (unsigned i = 0; i < w->count; i++)
		is_clean(w->texts[i]);
}

/* With one server, with several, with none and a client, without anything. */
static void
test_code(void **state)
{
	enum dg_code code = (enum dg_code)(uintptr_t)*state;

	for (int kind = 0; kind < 4; kind++) {
		struct dg_finding *f = finding_make(code);

		f->server_count = kind == 1 ? 3 : kind == 0;
		f->servers_all = kind == 1 ? 9 : kind == 0;
		f->client_count = kind == 2;
		f->clients_all = kind == 2;
		f->servers[1] = 1;
		f->servers[2] = 2;
		if (kind == 3)
			f->inside = (struct dg_reach){0};
		make_words(f);
		is_clean(f->summary);
		assert_true(f->summary[strlen(f->summary) - 1] != '.');
		are_clean(&f->evidence);
		are_clean(&f->rivals);
		are_clean(&f->next);
		are_clean(&f->avoid);
		are_clean(&f->reproduce);
		assert_true(f->rivals.count > 0 && f->next.count > 0 && f->avoid.count > 0);
		dg_finding_free(f);
	}
}

int
main(void)
{
	struct rows r = {0};

	world_init(&world);
	ROWS_ADD_TABLE(&r, name_rows, test_name);
	rows_add(&r, "no octet of a name reaches a shell", test_octets, NULL);
	rows_add(&r, "commands take the port where the ends are nearest", test_reproduce, NULL);
	rows_add(
	    &r, "commands of sets without ends, and of others", test_reproduce_others, NULL);
	rows_add(&r, "a range is told with its numbers and controls", test_ports, NULL);
	rows_add(&r, "one server, several, a prefix, all", test_subjects, NULL);
	rows_add(&r, "partial loss, lists, windows, prohibitions", test_shapes, NULL);
	rows_add(&r, "a fault of all servers is near the clients", test_all_servers, NULL);
	rows_add(&r, "what a rule said comes first", test_rules_first, NULL);
	for (uintptr_t code = 0; code < DG_CODE_COUNT; code++)
		rows_add(&r, rows_name("%s has words", dg_code_name((enum dg_code)code)),
		    test_code, (const void *)code);
	return rows_run(&r, "finding_words");
}

/*
 * metrics.c - counters for Prometheus grow by what each cut counted, and their text is of its
 * format.
 */
#include "report/metrics.h"

#include "base/clock.h"
#include "rows.h"
#include "world.h"

#define UDP DG_SIDE_UDP
#define TCP DG_SIDE_TCP

static struct dg_metrics metrics;
static struct world *world;
static struct dg_finding *list[2];
static struct dg_findings findings = {.list = list, .room = 2};

static int
set_up(void **state)
{
	(void)state;
	dg_metrics_init(&metrics);
	world = world_new();
	findings.count = 0;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	dg_side_fini(&world->summary.all);
	free(world);
	return 0;
}

static void
add_cut(void)
{
	dg_metrics_add(&metrics, &world->summary, &findings);
}

/* The value of a series, as text; the caller's to free().  NULL when there is none. */
static char *
value_of(const char *series)
{
	char *text = dg_metrics_text(&metrics, "1.2"), *found = NULL;
	size_t size = strlen(series);

	assert_non_null(text);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (strncmp(line, series, size) != 0 || line[size] != ' ')
			continue;
		assert_null(found);
		found = strdup(line + size + 1);
	}
	free(text);
	return found;
}

static void
expect(const char *series, const char *value)
{
	char *text = value_of(series);

	if (text == NULL || strcmp(text, value) != 0)
		fail_msg("%s is %s, not %s", series, text != NULL ? text : "not there", value);
	free(text);
}

static void
test_sums(void **state)
{
	(void)state;
	expect("dnsgap_cuts_total", "0");
	world->summary.quality.verdicts[DG_VERDICT_DNS] = 7;
	world->summary.quality.correlate.messages.resends = 3;
	world->summary.quality.malformed_messages = UINT32_MAX;
	world->summary.limits_hit[DG_LIMIT_SERVERS] = true;
	add_cut();
	add_cut();
	expect("dnsgap_cuts_total", "2");
	expect("dnsgap_frames_total{verdict=\"dns\"}", "14");
	expect("dnsgap_messages_total{fate=\"resend\"}", "6");
	expect("dnsgap_messages_total{fate=\"malformed\"}", "8589934590");
	expect("dnsgap_limit_hits_total{limit=\"max_servers\"}", "2");
	expect("dnsgap_limit_hits_total{limit=\"max_clients\"}", "0");
}

/* Two servers, one over both transports, and more transactions than both have together. */
static void
test_transports(void **state)
{
	struct dg_summary *s = &world->summary;

	(void)state;
	s->server_count = 2;
	world->servers[0].has_side[UDP] = world->servers[0].has_side[TCP] = true;
	world->servers[1].has_side[UDP] = true;
	world->servers[0].sides[UDP].outcomes[DG_PART_LOW][DG_OUTCOME_ANSWERED] = 100;
	world->servers[0].sides[TCP].outcomes[DG_PART_53][DG_OUTCOME_ANSWERED] = 20;
	world->servers[1].sides[UDP].outcomes[DG_PART_0][DG_OUTCOME_ANSWERED] = 3;
	/* Nobody asked it over TCP: what stands there is not looked at. */
	world->servers[1].sides[TCP].outcomes[DG_PART_0][DG_OUTCOME_ANSWERED] = 5000;
	s->all.outcomes[DG_PART_LOW][DG_OUTCOME_ANSWERED] = 1123;
	add_cut();
#define SERIES(transport)                                                                      \
	"dnsgap_transactions_total{range=\"well-known\",transport=\"" transport                \
	"\",outcome=\"answered\"}"
	expect(SERIES("udp"), "103");
	expect(SERIES("tcp"), "20");
	expect(SERIES("unknown"), "1000");
	expect("dnsgap_transactions_total{range=\"registered\",transport=\"udp\","
	       "outcome=\"answered\"}",
	    "0");
}

/* Edges are one less than a power of two, in ns. */
static void
test_latency(void **state)
{
	static const uint64_t values[] = {0, 131071, 131072, 999999999, UINT64_C(9000000000)};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		assert_int_equal(dg_hist_add(&world->summary.all.latency, values[i]), 0);
	add_cut();
	expect("dnsgap_latency_seconds_bucket{le=\"0.000131071\"}", "2");
	expect("dnsgap_latency_seconds_bucket{le=\"0.000262143\"}", "3");
	expect("dnsgap_latency_seconds_bucket{le=\"0.536870911\"}", "3");
	expect("dnsgap_latency_seconds_bucket{le=\"1.073741823\"}", "4");
	expect("dnsgap_latency_seconds_bucket{le=\"8.589934591\"}", "4");
	expect("dnsgap_latency_seconds_bucket{le=\"+Inf\"}", "5");
	expect("dnsgap_latency_seconds_count", "5");
	expect("dnsgap_latency_seconds_sum", "10.000262142");
	for (int i = 0; i < 9; i++)
		add_cut();
	expect("dnsgap_latency_seconds_sum", "100.002621420");
}

static void
test_icmp(void **state)
{
	static const struct dg_icmp_row rows[] = {
	    {.key = {.family = DG_FAMILY_IP4, .type = 3, .code = 3}, .count = 5},
	    {.key = {.family = DG_FAMILY_IP6, .type = 1, .code = 4}, .count = 7},
	    {.key = {.family = DG_FAMILY_IP4, .type = 200, .code = 1}, .count = 11}};
	const struct dg_icmp_row *order[] = {&rows[0], &rows[1], &rows[2]};

	(void)state;
	world->summary.icmp = order;
	world->summary.icmp_count = 3;
	world->summary.other_icmp = 13;
	expect("dnsgap_icmp_errors_total{kind=\"port-unreachable\"}", "0");
	add_cut();
	expect("dnsgap_icmp_errors_total{kind=\"port-unreachable\"}", "12");
	expect("dnsgap_icmp_errors_total{kind=\"other\"}", "24");
}

/* A gauge of the latest report; each code and severity is there before. */
static void
test_findings(void **state)
{
	(void)state;
	expect("dnsgap_findings{code=\"outage\",severity=\"fault\"}", "0");
	list[0] = dg_finding_new(DG_OUTAGE, DG_FAULT);
	list[1] = dg_finding_new(DG_OUTAGE, DG_FAULT);
	findings.count = 2;
	add_cut();
	expect("dnsgap_findings{code=\"outage\",severity=\"fault\"}", "2");
	expect("dnsgap_findings{code=\"outage\",severity=\"note\"}", "0");
	findings.count = 1;
	add_cut();
	expect("dnsgap_findings{code=\"outage\",severity=\"fault\"}", "1");
	findings.count = 0;
	add_cut();
	expect("dnsgap_findings{code=\"outage\",severity=\"fault\"}", "0");
	dg_finding_free(list[0]);
	dg_finding_free(list[1]);
}

static void
test_interfaces(void **state)
{
	struct dg_metrics_interface i = {"e\"0", 10, 5, 3, true};

	(void)state;
	dg_metrics_set_interface(&metrics, 0, &i);
	expect("dnsgap_interface_up{interface=\"e\\\"0\"}", "1");
	/* Counted anew by a driver that was loaded again. */
	i = (struct dg_metrics_interface){"e\"0", 11, 2, 0, false};
	dg_metrics_set_interface(&metrics, 0, &i);
	expect("dnsgap_interface_frames_total{interface=\"e\\\"0\"}", "11");
	expect("dnsgap_packets_dropped_total{interface=\"e\\\"0\",by=\"kernel\"}", "5");
	expect("dnsgap_packets_dropped_total{interface=\"e\\\"0\",by=\"interface\"}", "3");
	expect("dnsgap_interface_up{interface=\"e\\\"0\"}", "0");
	dg_metrics_set_interface(&metrics, DG_METRICS_INTERFACES_MAX, &i);
	assert_int_equal(metrics.interface_count, 1);
}

/* Two series of one name would make Prometheus refuse all of them. */
static void
test_same_name(void **state)
{
	struct dg_metrics_interface i = {"e0", 10, 5, 3, false};

	(void)state;
	dg_metrics_set_interface(&metrics, 0, &i);
	i.is_up = true;
	dg_metrics_set_interface(&metrics, 1, &i);
	expect("dnsgap_interface_frames_total{interface=\"e0\"}", "20");
	expect("dnsgap_interface_up{interface=\"e0\"}", "1");
}

static void
test_time(void **state)
{
	char *text = value_of("dnsgap_cut_timestamp_seconds");

	(void)state;
	assert_null(text);
	metrics.cut_ns = INT64_C(1700000000000000007);
	expect("dnsgap_cut_timestamp_seconds", "1700000000.000000007");
}

static void
test_version(void **state)
{
	(void)state;
	expect("dnsgap_build_info{version=\"1.2\"}", "1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name, function) {name, function, set_up, tear_down, NULL}
	    TEST("counters are sums over cuts", test_sums),
	    TEST("transports, and what is known of none", test_transports),
	    TEST("latencies are counted at their edges, and summed", test_latency),
	    TEST("ICMP errors by their name", test_icmp),
	    TEST(
		"findings are those of the latest cut, and all codes are there", test_findings),
	    TEST("interfaces' counters do not go down, and their names are escaped",
		test_interfaces),
	    TEST("two interfaces of one name are one", test_same_name),
	    TEST("no time before the first cut with frames", test_time),
	    TEST("the version", test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

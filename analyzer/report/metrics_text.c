/*
 * metrics_text.c - the counters in Prometheus' text format, version 0.0.4.
 *
 * The help of a family is one line; what is in one stands together, and every line ends with a
 * newline, the last one too (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "correlate/transaction.h"
#include "report/metrics.h"

static const char *const transport_names[DG_METRICS_TRANSPORTS] = {
    [DG_SIDE_UDP] = "udp", [DG_SIDE_TCP] = "tcp", [DG_SIDE_COUNT] = "unknown"};

static const char *const fate_names[DG_METRICS_FATES] = {
    [DG_METRICS_QUERY] = "query",
    [DG_METRICS_RESEND] = "resend",
    [DG_METRICS_REPLY] = "reply",
    [DG_METRICS_DUPLICATE_REPLY] = "duplicate_reply",
    [DG_METRICS_DUPLICATE_FRAME] = "duplicate_frame",
    [DG_METRICS_CONTINUATION] = "continuation",
    [DG_METRICS_ORPHAN_REPLY] = "orphan_reply",
    [DG_METRICS_MISDIRECTED] = "misdirected",
    [DG_METRICS_EVICTED] = "evicted",
    [DG_METRICS_MALFORMED] = "malformed",
    [DG_METRICS_UNREADABLE] = "unreadable",
};

/* A family's head; `help` has no backslash and no line break. */
static void
add_family(struct dg_strbuf *b, const char *name, const char *type, const char *help)
{
	dg_strbuf_addf(b, "# HELP dnsgap_%s %s\n# TYPE dnsgap_%s %s\n", name, help, name, type);
}

/* A family of one number without labels. */
static void
add_single(
    struct dg_strbuf *b, const char *name, const char *type, const char *help, uint64_t value)
{
	add_family(b, name, type, help);
	dg_strbuf_addf(b, "dnsgap_%s %" PRIu64 "\n", name, value);
}

static void
add_traffic(struct dg_strbuf *b, const struct dg_metrics *m)
{
	add_family(b, "frames_total", "counter",
	    "Frames that were analysed, by what became of them; each is counted once.");
	for (unsigned v = 0; v < DG_VERDICT_COUNT; v++)
		dg_strbuf_addf(b, "dnsgap_frames_total{verdict=\"%s\"} %" PRIu64 "\n",
		    dg_verdict_name(v), m->frames[v]);
	add_family(b, "messages_total", "counter",
	    "DNS messages, by what became of them; each is counted once.");
	for (unsigned f = 0; f < DG_METRICS_FATES; f++)
		dg_strbuf_addf(b, "dnsgap_messages_total{fate=\"%s\"} %" PRIu64 "\n",
		    fate_names[f], m->messages[f]);
	add_family(b, "icmp_errors_total", "counter",
	    "ICMP and ICMPv6 errors about DNS packets, by what they say.");
	for (size_t i = 0; i < m->icmp_count; i++)
		dg_strbuf_addf(b, "dnsgap_icmp_errors_total{kind=\"%s\"} %" PRIu64 "\n",
		    m->icmp_names[i], m->icmp[i]);
}

static void
add_transactions(struct dg_strbuf *b, const struct dg_metrics *m)
{
	add_family(b, "transactions_total", "counter",
	    "Transactions that ended (a query with all its resends, or a vain attempt to "
	    "connect), by the range of the client's port, the transport and the outcome.");
	for (unsigned i = 0; i < DG_RANGE_COUNT * DG_METRICS_TRANSPORTS * DG_OUTCOME_COUNT;
	     i++) {
		unsigned r = i / DG_OUTCOME_COUNT / DG_METRICS_TRANSPORTS;
		unsigned t = i / DG_OUTCOME_COUNT % DG_METRICS_TRANSPORTS;
		unsigned o = i % DG_OUTCOME_COUNT;

		dg_strbuf_addf(b,
		    "dnsgap_transactions_total{range=\"%s\",transport=\"%s\",outcome=\"%s\"}"
		    " %" PRIu64 "\n",
		    dg_range_facts(r)->name, transport_names[t], dg_outcome_name(o),
		    m->transactions[r][t][o]);
	}
	add_single(b, "open_transactions", "gauge", "Transactions that wait for their end now.",
	    m->open);
}

static void
add_latency(struct dg_strbuf *b, const struct dg_metrics *m)
{
	add_family(b, "latency_seconds", "histogram",
	    "From the first copy of a query to its reply, of replies within the timeout.");
	for (unsigned i = 0; i < DG_METRICS_LATENCY_COUNT; i++) {
		uint64_t edge = (UINT64_C(1) << (DG_METRICS_LATENCY_FIRST + i)) - 1;

		dg_strbuf_addf(b,
		    "dnsgap_latency_seconds_bucket{le=\"%" PRIu64 ".%09" PRIu64 "\"} %" PRIu64
		    "\n",
		    edge / (uint64_t)DG_NS_PER_S, edge % (uint64_t)DG_NS_PER_S, m->latency[i]);
	}
	dg_strbuf_addf(b,
	    "dnsgap_latency_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n"
	    "dnsgap_latency_seconds_sum %" PRIu64 ".%09" PRIu64 "\n"
	    "dnsgap_latency_seconds_count %" PRIu64 "\n",
	    m->latency_count, m->latency_s, m->latency_ns, m->latency_count);
}

static void
add_diagnosis(struct dg_strbuf *b, const struct dg_metrics *m)
{
	add_family(
	    b, "findings", "gauge", "Findings of the latest report, by code and severity.");
	for (unsigned i = 0; i < DG_CODE_COUNT * DG_SEVERITY_COUNT; i++)
		dg_strbuf_addf(b, "dnsgap_findings{code=\"%s\",severity=\"%s\"} %" PRIu64 "\n",
		    dg_code_name(i / DG_SEVERITY_COUNT),
		    dg_severity_name(i % DG_SEVERITY_COUNT),
		    m->findings[i / DG_SEVERITY_COUNT][i % DG_SEVERITY_COUNT]);
	add_family(b, "limit_hits_total", "counter",
	    "Reports in which a bound of the program was hit; what was lost to it is "
	    "undecided.");
	for (unsigned l = 0; l < DG_LIMIT_COUNT; l++)
		dg_strbuf_addf(b, "dnsgap_limit_hits_total{limit=\"%s\"} %" PRIu64 "\n",
		    dg_limit_name(l), m->limits[l]);
	add_single(
	    b, "cuts_total", "counter", "Reports whose numbers are in the counters.", m->cuts);
	if (m->cut_ns == DG_TIME_NONE)
		return;
	add_family(b, "cut_timestamp_seconds", "gauge",
	    "Time of the newest frame of the latest report that had frames.");
	dg_strbuf_addf(b, "dnsgap_cut_timestamp_seconds %" PRId64 ".%09" PRId64 "\n",
	    m->cut_ns / DG_NS_PER_S, m->cut_ns % DG_NS_PER_S);
}

/* Whether an interface before it has the same name: two series of one name are an error. */
static bool
is_again(const struct dg_metrics *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(m->interfaces[i].name, m->interfaces[n].name) == 0)
			return true;
	}
	return false;
}

typedef uint64_t interface_value(const struct dg_metrics_interface *i);

static uint64_t
frames_of(const struct dg_metrics_interface *i)
{
	return i->frames;
}

static uint64_t
kernel_dropped_of(const struct dg_metrics_interface *i)
{
	return i->kernel_dropped;
}

static uint64_t
interface_dropped_of(const struct dg_metrics_interface *i)
{
	return i->interface_dropped;
}

static uint64_t
up_of(const struct dg_metrics_interface *i)
{
	return i->is_up ? 1 : 0;
}

/* A number of the n-th interface, and of all that have its name. */
static void
add_interface(struct dg_strbuf *b, const struct dg_metrics *m, size_t n, const char *family,
    const char *label, interface_value *value)
{
	const char *name = m->interfaces[n].name;
	uint64_t sum = 0;

	if (is_again(m, n))
		return;
	for (size_t i = n; i < m->interface_count; i++) {
		if (strcmp(m->interfaces[i].name, name) == 0)
			sum += value(&m->interfaces[i]);
	}
	dg_strbuf_addf(b, "dnsgap_%s{interface=\"", family);
	dg_escape_label(b, name);
	dg_strbuf_addf(b, "\"%s} %" PRIu64 "\n", label, sum);
}

static void
add_interfaces(struct dg_strbuf *b, const struct dg_metrics *m)
{
	add_family(b, "interface_frames_total", "counter",
	    "Frames that an interface brought since it was opened.");
	for (size_t n = 0; n < m->interface_count; n++)
		add_interface(b, m, n, "interface_frames_total", "", frames_of);
	add_family(b, "packets_dropped_total", "counter",
	    "Packets that were lost before they could be analysed: by the kernel for want of "
	    "room in the ring, or by the interface.");
	for (size_t n = 0; n < m->interface_count; n++) {
		add_interface(
		    b, m, n, "packets_dropped_total", ",by=\"kernel\"", kernel_dropped_of);
		add_interface(b, m, n, "packets_dropped_total", ",by=\"interface\"",
		    interface_dropped_of);
	}
	add_family(b, "interface_up", "gauge",
	    "Whether an interface is up and still there (1) or not (0).");
	for (size_t n = 0; n < m->interface_count; n++)
		add_interface(b, m, n, "interface_up", "", up_of);
}

char *
dg_metrics_text(const struct dg_metrics *m, const char *version)
{
	struct dg_strbuf b = {0};

	add_family(&b, "build_info", "gauge", "1, and which dnsgap this is.");
	dg_strbuf_add(&b, "dnsgap_build_info{version=\"");
	dg_escape_label(&b, version);
	dg_strbuf_add(&b, "\"} 1\n");
	add_traffic(&b, m);
	add_transactions(&b, m);
	add_latency(&b, m);
	add_diagnosis(&b, m);
	add_interfaces(&b, m);
	return dg_strbuf_take(&b);
}

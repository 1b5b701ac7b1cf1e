/*
 * json.c - the report as JSON (schema dnsgap.report/1); the only user of jansson.
 *
 * jansson keeps keys in the order in which they were set, so equal reports
 * are equal bytes.  Rows of servers, clients and ICMP errors have a line each: a
 * person can grep for one, and never more than one is in memory as a tree.  Its *_new functions
 * take over what they are given, also when that is NULL for want of memory; then they fail in
 * turn, and the failure comes out at the end.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "decode/icmp.h"
#include "dns/deep.h"
#include "dns/name.h"
#include "report/report.h"

#define REAL_DIGITS 6

/* Remembers that something could not be set. */
struct out {
	bool is_failed;
};

static void
put(struct out *o, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, value) != 0)
		o->is_failed = true;
}

static void
put_number(struct out *o, json_t *object, const char *key, uint64_t value)
{
	put(o, object, key, json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX));
}

static void
append(struct out *o, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		o->is_failed = true;
}

/* A text of ours, or null. */
static json_t *
text_or_null(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

/* A text from outside, or null. */
static json_t *
foreign_text(const char *text)
{
	struct dg_strbuf b = {0};
	json_t *value;

	if (text == NULL)
		return json_null();
	dg_escape_json(&b, text);
	dg_strbuf_add(&b, "");
	value = b.is_failed ? NULL : json_string(b.text);
	dg_strbuf_fini(&b);
	return value;
}

static json_t *
time_or_null(int64_t time_ns)
{
	char text[DG_TIME_TEXT_MAX];

	return time_ns == DG_TIME_NONE ? json_null() : json_string(dg_time_text(time_ns, text));
}

static json_t *
outcomes_of(struct out *o, const struct dg_counts *c)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < DG_OUTCOME_COUNT; i++)
		put_number(o, object, dg_outcome_name(i), c->outcomes[i]);
	return object;
}

static void
put_counts(struct out *o, json_t *object, const struct dg_counts *c)
{
	put_number(o, object, "transactions", c->transactions);
	put(o, object, "outcomes", outcomes_of(o, c));
}

static void
put_ratio(struct out *o, json_t *object, const struct dg_counts *c)
{
	struct dg_ratio r = dg_ratio_make(c);
	json_t *interval = json_array();

	append(o, interval, json_real(r.interval.low));
	append(o, interval, json_real(r.interval.high));
	put(o, object, "reached_ratio", r.decided > 0 ? json_real(r.value) : json_null());
	put(o, object, "reached_interval", r.decided > 0 ? json_incref(interval) : json_null());
	json_decref(interval);
}

/* RCODEs that were seen, in order of their numbers, from the first range to the last. */
static json_t *
rcodes_of(struct out *o, const struct dg_side *s, enum dg_range first, enum dg_range last)
{
	json_t *object = json_object();

	for (unsigned code = 0; code < DG_RCODE_SLOTS; code++) {
		char word[DG_DNS_WORD_MAX];
		uint64_t count = 0;

		for (unsigned r = first; r <= last; r++)
			count += s->rcodes[r][code];
		if (count > 0)
			put_number(o, object,
			    code < DG_RCODES_COUNTED ? dg_dns_rcode_text((uint16_t)code, word)
						     : "other",
			    count);
	}
	return object;
}

static uint64_t
nodata_of(const struct dg_side *s)
{
	uint64_t count = 0;

	for (int r = 0; r < DG_RANGE_COUNT; r++)
		count += s->nodata[r];
	return count;
}

static json_t *
latency_of(struct out *o, const struct dg_hist *h)
{
	static const struct {
		const char *key;
		double q;
	} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
		uint64_t ns = dg_hist_quantile(h, quantiles[i].q);

		if (h->count > 0)
			put_number(o, object, quantiles[i].key, ns);
		else
			put(o, object, quantiles[i].key, json_null());
	}
	if (h->count > 0)
		put_number(o, object, "max", h->max_ns);
	else
		put(o, object, "max", json_null());
	return object;
}

static json_t *
parts_of(struct out *o, const struct dg_side *s, const struct dg_range_facts *f)
{
	json_t *array = json_array();

	for (unsigned p = f->first_part; p <= f->last_part; p++) {
		struct dg_counts c = dg_side_part(s, p);
		json_t *part = json_object();

		put(o, part, "ports", json_string(dg_part_ports(p)));
		put_counts(o, part, &c);
		append(o, array, part);
	}
	return array;
}

static json_t *
range_of(struct out *o, const struct dg_side *s, enum dg_range r)
{
	const struct dg_range_facts *f = dg_range_facts(r);
	struct dg_counts c = dg_side_range(s, r);
	json_t *range = json_object();

	put(o, range, "name", json_string(f->name));
	put(o, range, "ports", json_string(f->ports));
	put_counts(o, range, &c);
	put_ratio(o, range, &c);
	put_number(o, range, "distinct_ports", dg_portset_count(&s->ports, f->first, f->last));
	put(o, range, "rcodes", rcodes_of(o, s, r, r));
	put(o, range, "of_which", parts_of(o, s, f));
	return range;
}

static json_t *
ranges_of(struct out *o, const struct dg_side *s)
{
	json_t *array = json_array();

	for (unsigned r = 0; r < DG_RANGE_COUNT; r++)
		append(o, array, range_of(o, s, r));
	return array;
}

/* Without what the server's own ranges say already. */
static json_t *
short_ranges_of(struct out *o, const struct dg_side *s)
{
	json_t *array = json_array();

	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		const struct dg_range_facts *f = dg_range_facts(r);
		struct dg_counts c = dg_side_range(s, r);
		json_t *range = json_object();

		put(o, range, "name", json_string(f->name));
		put(o, range, "ports", json_string(f->ports));
		put_counts(o, range, &c);
		append(o, array, range);
	}
	return array;
}

static json_t *
names_of(struct out *o, const struct dg_zones *zones)
{
	json_t *array = json_array();
	char text[DG_NAME_TEXT_MAX];

	for (unsigned i = 0; i < dg_zones_count(zones); i++) {
		uint8_t length;
		const uint8_t *name = dg_zones_at(zones, i, &length);

		append(o, array, json_string(dg_name_text(name, length, text)));
	}
	return array;
}

static json_t *
server_of(struct out *o, const struct dg_server_summary *s)
{
	static const char *const side_names[DG_SIDE_COUNT] = {"udp", "tcp"};
	struct dg_counts all = dg_side_all(&s->all);
	char address[DG_ADDR_TEXT_MAX];
	json_t *server = json_object(), *transports = json_object();

	put(o, server, "address",
	    json_string(dg_addr_text(&s->key.address, s->key.family, address)));
	put_number(o, server, "port", s->key.port);
	put(o, server, "names", names_of(o, s->zones));
	put_counts(o, server, &all);
	put_ratio(o, server, &all);
	put_number(o, server, "resends", s->all.resends);
	put(o, server, "rcodes", rcodes_of(o, &s->all, 0, DG_RANGE_COUNT - 1));
	put_number(o, server, "nodata", nodata_of(&s->all));
	put(o, server, "latency_ns", latency_of(o, &s->all.latency));
	put(o, server, "ranges", ranges_of(o, &s->all));
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		struct dg_counts counts = dg_side_all(&s->sides[side]);
		json_t *transport;

		if (!s->has_side[side])
			continue;
		transport = json_object();
		put_counts(o, transport, &counts);
		put(o, transport, "ranges", short_ranges_of(o, &s->sides[side]));
		put(o, transports, side_names[side], transport);
	}
	put(o, server, "transports", transports);
	return server;
}

static json_t *
client_of(struct out *o, const struct dg_client_summary *c)
{
	const struct dg_profile *p = &c->profile;
	char address[DG_ADDR_TEXT_MAX];
	json_t *client = json_object(), *ports = json_object(), *looks = json_array();

	put(o, client, "address",
	    json_string(dg_addr_text(&c->key.address, c->key.family, address)));
	put_counts(o, client, &c->counts);
	put_number(o, ports, "lowest", p->lowest);
	put_number(o, ports, "highest", p->highest);
	put_number(o, ports, "distinct", p->distinct);
	put(o, ports, "fixed", json_boolean(p->is_fixed));
	put(o, ports, "stddev", json_real(p->stddev));
	put(o, ports, "rating", text_or_null(p->rating));
	for (unsigned i = 0; i < p->looks_count; i++)
		append(o, looks, json_string(p->looks_like[i]));
	put(o, ports, "looks_like", looks);
	put(o, client, "source_ports", ports);
	return client;
}

static json_t *
icmp_of(struct out *o, const struct dg_icmp_row *row)
{
	const struct dg_icmp_key *k = &row->key;
	char address[DG_ADDR_TEXT_MAX];
	json_t *object = json_object(), *ranges = json_object();
	uint64_t transactions = 0;

	put(o, object, "sender", json_string(dg_addr_text(&k->sender, k->family, address)));
	put_number(o, object, "family", k->family);
	put_number(o, object, "type", k->type);
	put_number(o, object, "code", k->code);
	put(o, object, "name", json_string(dg_icmp_name(k->family, k->type, k->code)));
	put(o, object, "about", json_string(k->about == DG_ABOUT_QUERY ? "query" : "reply"));
	put(o, object, "server", json_string(dg_addr_text(&k->server, k->family, address)));
	put_number(o, object, "count", row->count);
	put_number(o, object, "unmatched", row->unmatched);
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		transactions += row->transactions[r];
		put_number(o, ranges, dg_range_facts(r)->name, row->transactions[r]);
	}
	put_number(o, object, "transactions", transactions);
	put(o, object, "ranges", ranges);
	return object;
}

static json_t *
tool_of(struct out *o, const struct dg_report *r)
{
	json_t *tool = json_object(), *libraries = json_object();

	put(o, tool, "name", json_string("dnsgap"));
	put(o, tool, "version", json_string(r->version));
	for (size_t i = 0; i < r->library_count; i++)
		put(o, libraries, r->libraries[i].name, json_string(r->libraries[i].version));
	put(o, tool, "libraries", libraries);
	return tool;
}

static json_t *
settings_of(struct out *o, const struct dg_report *r)
{
	json_t *settings = json_object(), *ranges = json_array();

	put_number(o, settings, "timeout_ns", (uint64_t)r->timeout_ns);
	put_number(o, settings, "hold_ns", (uint64_t)r->hold_ns);
	put_number(o, settings, "skew_ns", (uint64_t)r->skew_ns);
	put(o, settings, "server_ports", json_string(r->server_ports));
	for (unsigned i = 0; i < DG_RANGE_COUNT; i++) {
		json_t *range = json_object();

		put(o, range, "name", json_string(dg_range_facts(i)->name));
		put(o, range, "ports", json_string(dg_range_facts(i)->ports));
		append(o, ranges, range);
	}
	put(o, settings, "ranges", ranges);
	return settings;
}

static json_t *
input_of(struct out *o, const struct dg_report_input *i)
{
	json_t *input = json_object(), *linktypes = json_array();

	put(o, input, "file", foreign_text(i->file));
	put(o, input, "sha256", text_or_null(i->sha256));
	put(o, input, "format", text_or_null(i->format));
	put(o, input, "compression", text_or_null(i->compression));
	if (i->linktype != NULL)
		append(o, linktypes, json_string(i->linktype));
	put(o, input, "link_types", linktypes);
	put_number(o, input, "frames", i->frames);
	put(o, input, "first", time_or_null(i->first_ns));
	put(o, input, "last", time_or_null(i->last_ns));
	put(o, input, "problem", foreign_text(i->problem));
	return input;
}

/* Where every DNS message went; the places sum to `dns_messages`. */
static json_t *
messages_of(struct out *o, const struct dg_quality *q)
{
	const struct dg_message_ledger *m = &q->correlate.messages;
	json_t *object = json_object();

	put_number(o, object, "queries", m->queries);
	put_number(o, object, "resends", m->resends);
	put_number(o, object, "replies", m->replies);
	put_number(o, object, "duplicate_replies", m->duplicate_replies);
	put_number(o, object, "duplicate_frames", m->duplicate_frames);
	put_number(o, object, "orphan_replies", m->orphan_replies);
	put_number(o, object, "misdirected", m->misdirected);
	put_number(o, object, "evicted", m->evicted);
	put_number(o, object, "malformed", q->malformed_messages);
	put_number(o, object, "unreadable", q->cut_messages);
	return object;
}

static void
put_matching(struct out *o, json_t *capture, const struct dg_quality *q)
{
	const struct dg_correlate_stats *c = &q->correlate;

	put_number(o, capture, "duplicate_frames",
	    c->messages.duplicate_frames + c->icmp_duplicate_frames);
	put_number(o, capture, "duplicate_replies", c->messages.duplicate_replies);
	put_number(o, capture, "orphan_replies", c->messages.orphan_replies);
	put_number(o, capture, "early_orphan_replies", c->early_orphan_replies);
	put_number(o, capture, "ambiguous_replies", c->ambiguous_replies);
	put_number(o, capture, "misdirected", c->messages.misdirected);
	put_number(o, capture, "resends_after_reply", c->resends_after_reply);
	put_number(o, capture, "icmp_unmatched", c->icmp_unmatched);
	put_number(o, capture, "icmp_ambiguous", c->icmp_ambiguous);
	put_number(o, capture, "evicted",
	    c->evicted_transactions + c->evicted_same_id + c->queries_refused);
}

static json_t *
capture_of(struct out *o, const struct dg_report *r)
{
	const struct dg_quality *q = &r->summary->quality;
	struct dg_warnings *warnings = dg_warnings_make(r);
	json_t *capture = json_object(), *verdicts = json_object(), *texts = json_array();

	put_number(o, capture, "frames", q->frames);
	put_number(o, capture, "dns_messages", q->dns_messages);
	for (unsigned v = 0; v < DG_VERDICT_COUNT; v++)
		put_number(o, verdicts, dg_verdict_name(v), q->verdicts[v]);
	put(o, capture, "verdicts", verdicts);
	put(o, capture, "messages", messages_of(o, q));
	put(o, capture, "kernel_dropped", json_null());
	put_number(o, capture, "cut_frames", q->cut_frames);
	put(o, capture, "one_way", json_boolean(r->summary->is_one_way));
	put_number(o, capture, "clock_steps", q->clock_steps);
	put_number(o, capture, "bad_times", r->bad_times);
	put_number(o, capture, "inconsistent_lengths", r->inconsistent_lengths);
	put_number(o, capture, "broken_records", q->broken_records);
	put_matching(o, capture, q);
	for (size_t i = 0; warnings != NULL && i < warnings->count; i++)
		append(o, texts, json_string(warnings->texts[i]));
	if (warnings == NULL)
		o->is_failed = true;
	dg_warnings_free(warnings);
	put(o, capture, "warnings", texts);
	return capture;
}

static json_t *
totals_of(struct out *o, const struct dg_summary *s)
{
	const struct dg_message_ledger *m = &s->quality.correlate.messages;
	struct dg_counts all = dg_side_all(&s->all);
	json_t *totals = json_object();

	put_number(o, totals, "transactions", all.transactions);
	put_number(o, totals, "queries", m->queries + m->resends);
	put_number(o, totals, "resends", m->resends);
	put(o, totals, "outcomes", outcomes_of(o, &all));
	put_ratio(o, totals, &all);
	put(o, totals, "rcodes", rcodes_of(o, &s->all, 0, DG_RANGE_COUNT - 1));
	put_number(o, totals, "nodata", nodata_of(&s->all));
	put(o, totals, "latency_ns", latency_of(o, &s->all.latency));
	return totals;
}

static json_t *
limits_of(struct out *o, const struct dg_report *r)
{
	json_t *limits = json_object(), *hit = json_array();

	for (unsigned i = 0; i < DG_LIMIT_COUNT; i++) {
		if (r->summary->limits_hit[i])
			append(o, hit, json_string(dg_limit_name(i)));
	}
	put(o, limits, "hit", hit);
	put_number(o, limits, "max_transactions", r->max_transactions);
	put_number(o, limits, "max_same_id", DG_SAME_ID_MAX);
	put_number(o, limits, "max_servers", DG_SERVERS_MAX);
	put_number(o, limits, "max_clients", DG_CLIENTS_MAX);
	put_number(o, limits, "max_icmp_rows", DG_ICMP_ROWS_MAX);
	return limits;
}

/* A value on one line; frees it. */
static void
print_value(struct out *o, struct dg_strbuf *b, json_t *value)
{
	char *text = json_dumps(
	    value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(REAL_DIGITS));

	json_decref(value);
	if (text == NULL)
		o->is_failed = true;
	else
		dg_strbuf_add(b, text);
	free(text);
}

static void
print_key(struct dg_strbuf *b, const char *key)
{
	dg_strbuf_addf(b, "%s\n \"%s\": ", b->text[b->size - 1] == '{' ? "" : ",", key);
}

static void
print_member(struct out *o, struct dg_strbuf *b, const char *key, json_t *value)
{
	print_key(b, key);
	print_value(o, b, value);
}

/* The members of an object, a line each. */
static void
print_object(struct out *o, struct dg_strbuf *b, const char *key, json_t *object)
{
	const char *member, *separator = "";
	json_t *value;

	print_key(b, key);
	dg_strbuf_add(b, "{");
	json_object_foreach(object, member, value)
	{
		dg_strbuf_addf(b, "%s\n  \"%s\": ", separator, member);
		print_value(o, b, json_incref(value));
		separator = ",";
	}
	dg_strbuf_add(b, "\n }");
	json_decref(object);
}

static void
begin_list(struct dg_strbuf *b, const char *key)
{
	print_key(b, key);
	dg_strbuf_add(b, "[");
}

static void
print_row(struct out *o, struct dg_strbuf *b, json_t *row)
{
	dg_strbuf_add(b, b->text[b->size - 1] == '[' ? "\n  " : ",\n  ");
	print_value(o, b, row);
}

static void
end_list(struct dg_strbuf *b)
{
	dg_strbuf_add(b, b->text[b->size - 1] == '[' ? "]" : "\n ]");
}

/* The lists that grow with the traffic: row by row, so that only one is in memory twice. */
static void
print_lists(struct out *o, struct dg_strbuf *b, const struct dg_summary *s)
{
	begin_list(b, "ranges");
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++)
		print_row(o, b, range_of(o, &s->all, r));
	end_list(b);
	begin_list(b, "servers");
	for (size_t i = 0; i < s->server_count; i++)
		print_row(o, b, server_of(o, &s->servers[i]));
	end_list(b);
	begin_list(b, "clients");
	for (size_t i = 0; i < s->client_count; i++)
		print_row(o, b, client_of(o, &s->clients[i]));
	end_list(b);
	begin_list(b, "icmp");
	for (size_t i = 0; i < s->icmp_count; i++)
		print_row(o, b, icmp_of(o, s->icmp[i]));
	end_list(b);
}

/* What found no row of its own; there only when a limit was hit. */
static void
print_others(struct out *o, struct dg_strbuf *b, const struct dg_summary *s)
{
	struct dg_counts servers = dg_side_all(&s->other_servers);
	json_t *object;

	if (s->limits_hit[DG_LIMIT_SERVERS]) {
		object = json_object();
		put_counts(o, object, &servers);
		put(o, object, "ranges", ranges_of(o, &s->other_servers));
		print_member(o, b, "other_servers", object);
	}
	if (s->limits_hit[DG_LIMIT_CLIENTS]) {
		object = json_object();
		put_counts(o, object, &s->other_clients);
		print_member(o, b, "other_clients", object);
	}
}

char *
dg_report_json(const struct dg_report *r)
{
	struct dg_strbuf b = {0};
	struct out o = {0};

	dg_strbuf_add(&b, "{");
	if (b.is_failed)
		return NULL;
	print_member(&o, &b, "schema", json_string("dnsgap.report/1"));
	print_member(&o, &b, "complete", json_boolean(r->is_complete));
	print_member(&o, &b, "tool", tool_of(&o, r));
	print_member(&o, &b, "settings", settings_of(&o, r));
	begin_list(&b, "inputs");
	for (size_t i = 0; i < r->input_count; i++)
		print_row(&o, &b, input_of(&o, &r->inputs[i]));
	end_list(&b);
	print_object(&o, &b, "capture", capture_of(&o, r));
	print_object(&o, &b, "totals", totals_of(&o, r->summary));
	print_lists(&o, &b, r->summary);
	print_others(&o, &b, r->summary);
	print_member(&o, &b, "findings", json_array());
	print_member(&o, &b, "limits", limits_of(&o, r));
	dg_strbuf_add(&b, "\n}\n");
	b.is_failed |= o.is_failed;
	return dg_strbuf_take(&b);
}

const char *
dg_report_library_version(void)
{
	return JANSSON_VERSION;
}

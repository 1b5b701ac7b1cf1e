/*
 * json.c - the report as JSON (schema dnsgap.report/1).
 *
 * jansson keeps keys in the order in which they were set, so equal reports
 * are equal bytes.  Rows of servers, clients and ICMP errors have a line each: a
 * person can grep for one, and never more than one is in memory as a tree.
 */
#include "report/json.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"

#define REAL_DIGITS 6

json_t *
dg_json_foreign(const char *text)
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

char *
dg_report_json_text(const char *text)
{
	json_t *value = dg_json_foreign(text);
	char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	json_decref(value);
	return json;
}

json_t *
dg_json_time(int64_t time_ns)
{
	char text[DG_TIME_TEXT_MAX];

	return time_ns == DG_TIME_NONE ? json_null() : json_string(dg_time_text(time_ns, text));
}

static json_t *
tool_of(struct dg_json *o, const struct dg_report *r)
{
	json_t *tool = json_object(), *libraries = json_object();

	dg_json_put(o, tool, "name", json_string("dnsgap"));
	dg_json_put(o, tool, "version", json_string(r->version));
	for (size_t i = 0; i < r->library_count; i++)
		dg_json_put(
		    o, libraries, r->libraries[i].name, json_string(r->libraries[i].version));
	dg_json_put(o, tool, "libraries", libraries);
	return tool;
}

static json_t *
settings_of(struct dg_json *o, const struct dg_report *r)
{
	json_t *settings = json_object(), *ranges = json_array();

	dg_json_put_number(o, settings, "timeout_ns", (uint64_t)r->timeout_ns);
	dg_json_put_number(o, settings, "hold_ns", (uint64_t)r->hold_ns);
	dg_json_put_number(o, settings, "skew_ns", (uint64_t)r->skew_ns);
	dg_json_put(o, settings, "server_ports", json_string(r->server_ports));
	for (unsigned i = 0; i < DG_RANGE_COUNT; i++) {
		json_t *range = json_object();

		dg_json_put(o, range, "name", json_string(dg_range_facts(i)->name));
		dg_json_put(o, range, "ports", json_string(dg_range_facts(i)->ports));
		dg_json_append(o, ranges, range);
	}
	dg_json_put(o, settings, "ranges", ranges);
	if (r->has_filter)
		dg_json_put(o, settings, "filter", dg_json_foreign(r->filter));
	return settings;
}

/* The names of the link types, each once; a pcapng file's have 16 bits, and another has one. */
static json_t *
linktypes_of(struct dg_json *o, const struct dg_report_input *i)
{
	json_t *names = json_array();
	uint64_t seen[65536 / 64] = {0};

	for (size_t n = 0; n < i->interface_count; n++) {
		uint32_t number = i->interfaces[n].linktype_number & 0xffff;

		if ((seen[number / 64] >> number % 64 & 1) == 0)
			dg_json_append(o, names, json_string(i->interfaces[n].linktype));
		seen[number / 64] |= UINT64_C(1) << number % 64;
	}
	return names;
}

static json_t *
interface_of(struct dg_json *o, const struct dg_report_interface *i)
{
	json_t *row = json_object();
	char problem[512] = "";

	if (i->why_not != NULL)
		snprintf(problem, sizeof problem,
		    "link type %u (%s) %s; these frames were not looked into",
		    i->linktype_number, i->linktype, i->why_not);
	dg_json_put(o, row, "link_type", json_string(i->linktype));
	dg_json_put_number(o, row, "snap_length", i->snap_bytes);
	dg_json_put_number(o, row, "frames", i->frames);
	if (i->has_dropped)
		dg_json_put_number(o, row, "dropped", i->dropped);
	else
		dg_json_put(o, row, "dropped", json_null());
	dg_json_put(o, row, "problem", dg_json_foreign(i->why_not != NULL ? problem : NULL));
	return row;
}

static json_t *
input_of(struct dg_json *o, const struct dg_report_input *i)
{
	json_t *input = json_object(), *interfaces;

	dg_json_put(o, input, "file", dg_json_foreign(i->file));
	dg_json_put(o, input, "sha256", dg_json_text(i->sha256));
	dg_json_put(o, input, "format", dg_json_text(i->format));
	dg_json_put(o, input, "compression", dg_json_text(i->compression));
	dg_json_put(o, input, "link_types", linktypes_of(o, i));
	if (i->has_interfaces) {
		interfaces = json_array();
		for (size_t n = 0; n < i->interface_count; n++)
			dg_json_append(o, interfaces, interface_of(o, &i->interfaces[n]));
		dg_json_put(o, input, "interfaces", interfaces);
	}
	if (i->is_live) {
		dg_json_put(o, input, "filter", dg_json_foreign(i->filter));
		dg_json_put_number(o, input, "dropped", i->dropped);
	}
	dg_json_put_number(o, input, "frames", i->frames);
	dg_json_put(o, input, "first", dg_json_time(i->first_ns));
	dg_json_put(o, input, "last", dg_json_time(i->last_ns));
	dg_json_put(o, input, "problem", dg_json_foreign(i->problem));
	return input;
}

/* The capture of the frames behind the findings; null when none was made. */
static json_t *
evidence_of(struct dg_json *o, const struct dg_report_evidence *e)
{
	json_t *object;

	if (e == NULL)
		return json_null();
	object = json_object();
	dg_json_put(o, object, "file", dg_json_foreign(e->file));
	dg_json_put(o, object, "format", json_string("pcapng"));
	dg_json_put(o, object, "sha256", json_string(e->sha256));
	dg_json_put_number(o, object, "frames", e->frames);
	dg_json_put_number(o, object, "left_out", e->left_out);
	return object;
}

/* Where every DNS message went; the places sum to `dns_messages`. */
static json_t *
messages_of(struct dg_json *o, const struct dg_quality *q)
{
	const struct dg_message_ledger *m = &q->correlate.messages;
	json_t *object = json_object();

	dg_json_put_number(o, object, "queries", m->queries);
	dg_json_put_number(o, object, "resends", m->resends);
	dg_json_put_number(o, object, "replies", m->replies);
	dg_json_put_number(o, object, "duplicate_replies", m->duplicate_replies);
	dg_json_put_number(o, object, "duplicate_frames", m->duplicate_frames);
	dg_json_put_number(o, object, "orphan_replies", m->orphan_replies);
	dg_json_put_number(o, object, "misdirected", m->misdirected);
	dg_json_put_number(o, object, "continuations", m->continuations);
	dg_json_put_number(o, object, "evicted", m->evicted);
	dg_json_put_number(o, object, "malformed", q->malformed_messages);
	dg_json_put_number(o, object, "unreadable", q->cut_messages);
	return object;
}

static void
put_matching(struct dg_json *o, json_t *capture, const struct dg_quality *q)
{
	const struct dg_correlate_stats *c = &q->correlate;

	dg_json_put_number(o, capture, "duplicate_frames",
	    c->messages.duplicate_frames + c->icmp_duplicate_frames + c->syn_duplicate_frames);
	dg_json_put_number(o, capture, "duplicate_replies", c->messages.duplicate_replies);
	dg_json_put_number(o, capture, "orphan_replies", c->messages.orphan_replies);
	dg_json_put_number(o, capture, "early_orphan_replies", c->early_orphan_replies);
	dg_json_put_number(o, capture, "ambiguous_replies", c->ambiguous_replies);
	dg_json_put_number(o, capture, "misdirected", c->messages.misdirected);
	dg_json_put_number(o, capture, "resends_after_reply", c->resends_after_reply);
	dg_json_put_number(o, capture, "icmp_unmatched", c->icmp_unmatched);
	dg_json_put_number(o, capture, "icmp_ambiguous", c->icmp_ambiguous);
	dg_json_put_number(o, capture, "evicted",
	    c->evicted_transactions + c->evicted_same_id + c->queries_refused);
}

static json_t *
capture_of(struct dg_json *o, const struct dg_report *r)
{
	const struct dg_quality *q = &r->summary->quality;
	struct dg_warnings *warnings = dg_warnings_make(r);
	json_t *capture = json_object(), *verdicts = json_object(), *texts = json_array();

	dg_json_put_number(o, capture, "frames", q->frames);
	if (r->has_filter)
		dg_json_put_number(o, capture, "filtered_frames", r->filtered);
	dg_json_put_number(o, capture, "dns_messages", q->dns_messages);
	for (unsigned v = 0; v < DG_VERDICT_COUNT; v++)
		dg_json_put_number(o, verdicts, dg_verdict_name(v), q->verdicts[v]);
	dg_json_put(o, capture, "verdicts", verdicts);
	dg_json_put(o, capture, "messages", messages_of(o, q));
	if (r->has_dropped)
		dg_json_put_number(o, capture, "kernel_dropped", r->dropped);
	else
		dg_json_put(o, capture, "kernel_dropped", json_null());
	dg_json_put_number(o, capture, "cut_frames", q->cut_frames);
	dg_json_put(o, capture, "one_way", json_boolean(r->summary->is_one_way));
	dg_json_put_number(o, capture, "clock_steps", q->clock_steps);
	dg_json_put_number(o, capture, "bad_times", r->bad_times);
	dg_json_put_number(o, capture, "inconsistent_lengths", r->inconsistent_lengths);
	dg_json_put_number(o, capture, "broken_records", q->broken_records);
	put_matching(o, capture, q);
	dg_json_put_wire(o, capture, r->summary);
	for (size_t i = 0; warnings != NULL && i < warnings->count; i++)
		dg_json_append(o, texts, json_string(warnings->texts[i]));
	if (warnings == NULL)
		o->is_failed = true;
	dg_warnings_free(warnings);
	dg_json_put(o, capture, "warnings", texts);
	return capture;
}

static json_t *
totals_of(struct dg_json *o, const struct dg_summary *s)
{
	const struct dg_message_ledger *m = &s->quality.correlate.messages;
	struct dg_counts all = dg_side_all(&s->all);
	json_t *totals = json_object();

	dg_json_put_number(o, totals, "transactions", all.transactions);
	dg_json_put_number(o, totals, "queries", m->queries + m->resends);
	dg_json_put_number(o, totals, "resends", m->resends);
	dg_json_put_number(o, totals, "tcp_retries", s->quality.correlate.retries_linked);
	dg_json_put(o, totals, "outcomes", dg_json_outcomes(o, &all));
	dg_json_put_ratio(o, totals, &all);
	dg_json_put(o, totals, "rcodes", dg_json_rcodes(o, &s->all, 0, DG_RANGE_COUNT - 1));
	dg_json_put_number(o, totals, "nodata", dg_side_nodata(&s->all));
	dg_json_put(o, totals, "latency_ns", dg_json_latency(o, &s->all.latency));
	return totals;
}

static json_t *
limits_of(struct dg_json *o, const struct dg_report *r)
{
	json_t *limits = json_object(), *hit = json_array();

	for (unsigned i = 0; i < DG_LIMIT_COUNT; i++) {
		if (r->summary->limits_hit[i])
			dg_json_append(o, hit, json_string(dg_limit_name(i)));
	}
	dg_json_put(o, limits, "hit", hit);
	dg_json_put_number(o, limits, "max_transactions", r->max_transactions);
	dg_json_put_number(o, limits, "max_same_id", DG_SAME_ID_MAX);
	dg_json_put_number(o, limits, "max_servers", DG_SERVERS_MAX);
	dg_json_put_number(o, limits, "max_clients", DG_CLIENTS_MAX);
	dg_json_put_number(o, limits, "max_icmp_rows", DG_ICMP_ROWS_MAX);
	dg_json_put_number(o, limits, "max_connections", DG_STREAM_CONNECTIONS_MAX);
	dg_json_put_number(o, limits, "max_fragments", DG_FRAG_DATAGRAMS_MAX);
	dg_json_put_number(o, limits, "max_fragment_rows", DG_FRAGMENT_ROWS_MAX);
	dg_json_put_number(o, limits, "max_flow_looks", DG_FLOW_LOOKS_MAX);
	return limits;
}

/* A value on one line; frees it. */
static void
print_value(struct dg_json *o, struct dg_strbuf *b, json_t *value)
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
print_member(struct dg_json *o, struct dg_strbuf *b, const char *key, json_t *value)
{
	print_key(b, key);
	print_value(o, b, value);
}

/* The members of an object, a line each. */
static void
print_object(struct dg_json *o, struct dg_strbuf *b, const char *key, json_t *object)
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
print_row(struct dg_json *o, struct dg_strbuf *b, json_t *row)
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
print_lists(struct dg_json *o, struct dg_strbuf *b, const struct dg_summary *s)
{
	begin_list(b, "ranges");
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++)
		print_row(o, b, dg_json_range(o, &s->all, r, true));
	end_list(b);
	begin_list(b, "servers");
	for (size_t i = 0; i < s->server_count; i++)
		print_row(o, b, dg_json_server(o, &s->servers[i]));
	end_list(b);
	begin_list(b, "clients");
	for (size_t i = 0; i < s->client_count; i++)
		print_row(o, b, dg_json_client(o, &s->clients[i]));
	end_list(b);
	begin_list(b, "icmp");
	for (size_t i = 0; i < s->icmp_count; i++)
		print_row(o, b, dg_json_icmp(o, s->icmp[i]));
	end_list(b);
	begin_list(b, "fragments");
	for (size_t i = 0; i < s->piece_count; i++)
		print_row(o, b, dg_json_pieces(o, s->pieces[i]));
	end_list(b);
}

/* What found no row of its own; there only when a limit was hit. */
static void
print_others(struct dg_json *o, struct dg_strbuf *b, const struct dg_summary *s)
{
	struct dg_counts servers = dg_side_all(&s->other_servers);
	json_t *object;

	if (s->limits_hit[DG_LIMIT_SERVERS]) {
		object = json_object();
		dg_json_put_counts(o, object, &servers);
		dg_json_put(o, object, "ranges", dg_json_ranges(o, &s->other_servers));
		print_member(o, b, "other_servers", object);
	}
	if (s->limits_hit[DG_LIMIT_CLIENTS]) {
		object = json_object();
		dg_json_put_counts(o, object, &s->other_clients);
		print_member(o, b, "other_clients", object);
	}
}

char *
dg_report_json(const struct dg_report *r)
{
	struct dg_strbuf b = {0};
	struct dg_json o = {0};

	dg_strbuf_add(&b, "{");
	if (b.is_failed)
		return NULL;
	print_member(&o, &b, "schema", json_string("dnsgap.report/1"));
	print_member(&o, &b, "complete", json_boolean(r->is_complete));
	print_member(&o, &b, "anonymised", json_boolean(r->is_anonymised));
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
	print_member(&o, &b, "servfail", dg_json_servfail(&o, r->summary, r->servfail));
	begin_list(&b, "findings");
	for (size_t i = 0; r->diagnosis != NULL && i < r->diagnosis->findings.count; i++)
		print_row(&o, &b, dg_json_finding(&o, r, r->diagnosis->findings.list[i]));
	end_list(&b);
	print_member(&o, &b, "evidence", evidence_of(&o, r->evidence));
	print_member(&o, &b, "limits", limits_of(&o, r));
	dg_strbuf_add(&b, "\n}\n");
	b.is_failed |= o.is_failed;
	return dg_strbuf_take(&b);
}

const char *
dg_report_library_version(void)
{
	return jansson_version_str();
}

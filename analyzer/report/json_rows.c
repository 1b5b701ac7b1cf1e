/*
 * json_rows.c - the rows of the JSON report: ranges, servers, clients, ICMP errors.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/escape.h"
#include "decode/icmp.h"
#include "dns/deep.h"
#include "dns/name.h"
#include "report/json.h"

json_t *
dg_json_outcomes(struct dg_json *o, const struct dg_counts *c)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < DG_OUTCOME_COUNT; i++)
		dg_json_put_number(o, object, dg_outcome_name(i), c->outcomes[i]);
	return object;
}

void
dg_json_put_counts(struct dg_json *o, json_t *object, const struct dg_counts *c)
{
	dg_json_put_number(o, object, "transactions", c->transactions);
	dg_json_put(o, object, "outcomes", dg_json_outcomes(o, c));
}

void
dg_json_put_ratio(struct dg_json *o, json_t *object, const struct dg_counts *c)
{
	struct dg_ratio r = dg_ratio_make(c);
	json_t *interval = json_array();

	dg_json_append(o, interval, json_real(r.interval.low));
	dg_json_append(o, interval, json_real(r.interval.high));
	dg_json_put(
	    o, object, "reached_ratio", r.decided > 0 ? json_real(r.value) : json_null());
	dg_json_put(
	    o, object, "reached_interval", r.decided > 0 ? json_incref(interval) : json_null());
	json_decref(interval);
}

json_t *
dg_json_rcodes(
    struct dg_json *o, const struct dg_side *s, enum dg_range first, enum dg_range last)
{
	json_t *object = json_object();

	for (unsigned code = 0; code < DG_RCODE_SLOTS; code++) {
		char word[DG_DNS_WORD_MAX];
		uint64_t count = 0;

		for (unsigned r = first; r <= last; r++)
			count += s->rcodes[r][code];
		if (count > 0)
			dg_json_put_number(o, object,
			    code < DG_RCODES_COUNTED ? dg_dns_rcode_text((uint16_t)code, word)
						     : "other",
			    count);
	}
	return object;
}

uint64_t
dg_side_nodata(const struct dg_side *s)
{
	uint64_t count = 0;

	for (int r = 0; r < DG_RANGE_COUNT; r++)
		count += s->nodata[r];
	return count;
}

json_t *
dg_json_latency(struct dg_json *o, const struct dg_hist *h)
{
	static const struct {
		const char *key;
		double q;
	} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
		uint64_t ns = dg_hist_quantile(h, quantiles[i].q);

		if (h->count > 0)
			dg_json_put_number(o, object, quantiles[i].key, ns);
		else
			dg_json_put(o, object, quantiles[i].key, json_null());
	}
	if (h->count > 0)
		dg_json_put_number(o, object, "max", h->max_ns);
	else
		dg_json_put(o, object, "max", json_null());
	return object;
}

static json_t *
parts_of(struct dg_json *o, const struct dg_side *s, const struct dg_range_facts *f)
{
	json_t *array = json_array();

	for (unsigned p = f->first_part; p <= f->last_part; p++) {
		struct dg_counts c = dg_side_part(s, p);
		json_t *part = json_object();

		dg_json_put(o, part, "ports", json_string(dg_part_ports(p)));
		dg_json_put_counts(o, part, &c);
		dg_json_append(o, array, part);
	}
	return array;
}

json_t *
dg_json_range(struct dg_json *o, const struct dg_side *s, enum dg_range r, bool has_all_parts)
{
	const struct dg_range_facts *f = dg_range_facts(r);
	struct dg_counts c = dg_side_range(s, r);
	json_t *range = json_object();

	dg_json_put(o, range, "name", json_string(f->name));
	dg_json_put(o, range, "ports", json_string(f->ports));
	dg_json_put_counts(o, range, &c);
	dg_json_put_ratio(o, range, &c);
	dg_json_put_number(
	    o, range, "distinct_ports", dg_portset_count(&s->ports, f->first, f->last));
	dg_json_put(o, range, "rcodes", dg_json_rcodes(o, s, r, r));
	if (has_all_parts || r == DG_RANGE_WELL_KNOWN)
		dg_json_put(o, range, "of_which", parts_of(o, s, f));
	return range;
}

json_t *
dg_json_ranges(struct dg_json *o, const struct dg_side *s)
{
	json_t *array = json_array();

	for (unsigned r = 0; r < DG_RANGE_COUNT; r++)
		dg_json_append(o, array, dg_json_range(o, s, r, false));
	return array;
}

/* Without what the server's own ranges say already. */
static json_t *
short_ranges_of(struct dg_json *o, const struct dg_side *s)
{
	json_t *array = json_array();

	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		const struct dg_range_facts *f = dg_range_facts(r);
		struct dg_counts c = dg_side_range(s, r);
		json_t *range = json_object();

		dg_json_put(o, range, "name", json_string(f->name));
		dg_json_put(o, range, "ports", json_string(f->ports));
		dg_json_put_counts(o, range, &c);
		dg_json_append(o, array, range);
	}
	return array;
}

static json_t *
names_of(struct dg_json *o, const struct dg_zones *zones)
{
	json_t *array = json_array();
	char text[DG_NAME_TEXT_MAX];

	for (unsigned i = 0; i < dg_zones_count(zones); i++) {
		uint8_t length;
		const uint8_t *name = dg_zones_at(zones, i, &length);

		dg_json_append(o, array, json_string(dg_name_text(name, length, text)));
	}
	return array;
}

static json_t *
nsid_of(struct dg_json *o, const struct dg_nsid_count *nsid)
{
	json_t *object = json_object();
	char hex[2 * DG_NSID_BYTES_MAX + 1] = "";
	struct dg_strbuf text = {0};

	for (unsigned i = 0; i < nsid->length; i++)
		snprintf(hex + 2 * i, 3, "%02x", nsid->bytes[i]);
	dg_escape_bytes(&text, nsid->bytes, nsid->length);
	dg_strbuf_add(&text, "");
	dg_json_put(o, object, "hex", json_string(hex));
	dg_json_put(o, object, "text", text.is_failed ? NULL : json_string(text.text));
	dg_json_put_number(o, object, "count", nsid->count);
	dg_strbuf_fini(&text);
	return object;
}

static json_t *
options_of(struct dg_json *o, const struct dg_options *options)
{
	json_t *object = json_object(), *errors = json_object(), *ids = json_array();

	for (unsigned i = 0; i < options->ede_count; i++) {
		char code[8];

		snprintf(code, sizeof code, "%" PRIu16, options->ede[i].code);
		dg_json_put_number(o, errors, code, options->ede[i].count);
	}
	if (options->other_ede > 0)
		dg_json_put_number(o, errors, "other", options->other_ede);
	for (unsigned i = 0; i < options->nsid_count; i++)
		dg_json_append(o, ids, nsid_of(o, &options->nsid[i]));
	dg_json_put(o, object, "ede", errors);
	dg_json_put(o, object, "nsid", ids);
	if (options->other_nsid > 0)
		dg_json_put_number(o, object, "other_nsid", options->other_nsid);
	dg_json_put_number(o, object, "cookies", options->cookies);
	dg_json_put_number(o, object, "client_subnet", options->subnets);
	return object;
}

json_t *
dg_json_server(struct dg_json *o, const struct dg_server_summary *s)
{
	static const char *const side_names[DG_SIDE_COUNT] = {"udp", "tcp"};
	struct dg_counts all = dg_side_all(&s->all);
	char address[DG_ADDR_TEXT_MAX];
	json_t *server = json_object(), *transports = json_object();

	dg_json_put(o, server, "address",
	    json_string(dg_addr_text(&s->key.address, s->key.family, address)));
	dg_json_put_number(o, server, "port", s->key.port);
	dg_json_put(o, server, "names", names_of(o, s->zones));
	dg_json_put_counts(o, server, &all);
	dg_json_put_ratio(o, server, &all);
	dg_json_put_number(o, server, "resends", s->all.resends);
	dg_json_put(o, server, "rcodes", dg_json_rcodes(o, &s->all, 0, DG_RANGE_COUNT - 1));
	dg_json_put_number(o, server, "nodata", dg_side_nodata(&s->all));
	dg_json_put(o, server, "latency_ns", dg_json_latency(o, &s->all.latency));
	dg_json_put(o, server, "ranges", dg_json_ranges(o, &s->all));
	for (int side = 0; side < DG_SIDE_COUNT; side++) {
		struct dg_counts counts = dg_side_all(&s->sides[side]);
		json_t *transport;

		if (!s->has_side[side])
			continue;
		transport = json_object();
		dg_json_put_counts(o, transport, &counts);
		dg_json_put(o, transport, "ranges", short_ranges_of(o, &s->sides[side]));
		dg_json_put(o, transports, side_names[side], transport);
	}
	dg_json_put(o, server, "transports", transports);
	if (s->options != NULL)
		dg_json_put(o, server, "edns", options_of(o, s->options));
	return server;
}

json_t *
dg_json_client(struct dg_json *o, const struct dg_client_summary *c)
{
	const struct dg_profile *p = &c->profile;
	char address[DG_ADDR_TEXT_MAX];
	json_t *client = json_object(), *ports = json_object(), *looks = json_array();

	dg_json_put(o, client, "address",
	    json_string(dg_addr_text(&c->key.address, c->key.family, address)));
	dg_json_put_counts(o, client, &c->counts);
	dg_json_put_number(o, ports, "lowest", p->lowest);
	dg_json_put_number(o, ports, "highest", p->highest);
	dg_json_put_number(o, ports, "distinct", p->distinct);
	dg_json_put(o, ports, "fixed", json_boolean(p->is_fixed));
	dg_json_put(o, ports, "stddev", json_real(p->stddev));
	dg_json_put(o, ports, "rating", dg_json_text(p->rating));
	for (unsigned i = 0; i < p->looks_count; i++)
		dg_json_append(o, looks, json_string(p->looks_like[i]));
	dg_json_put(o, ports, "looks_like", looks);
	dg_json_put(o, client, "source_ports", ports);
	return client;
}

json_t *
dg_json_icmp(struct dg_json *o, const struct dg_icmp_row *row)
{
	const struct dg_icmp_key *k = &row->key;
	char address[DG_ADDR_TEXT_MAX];
	json_t *object = json_object(), *ranges = json_object();
	uint64_t transactions = 0;

	dg_json_put(
	    o, object, "sender", json_string(dg_addr_text(&k->sender, k->family, address)));
	dg_json_put_number(o, object, "family", k->family);
	dg_json_put_number(o, object, "type", k->type);
	dg_json_put_number(o, object, "code", k->code);
	dg_json_put(o, object, "name", json_string(dg_icmp_name(k->family, k->type, k->code)));
	dg_json_put(o, object, "kind",
	    json_string(dg_icmp_kind_name(dg_icmp_kind_of(k->family, k->type, k->code))));
	dg_json_put(
	    o, object, "about", json_string(k->about == DG_ABOUT_QUERY ? "query" : "reply"));
	dg_json_put(
	    o, object, "server", json_string(dg_addr_text(&k->server, k->family, address)));
	dg_json_put_number(o, object, "count", row->count);
	dg_json_put_number(o, object, "unmatched", row->unmatched);
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		transactions += row->transactions[r];
		dg_json_put_number(o, ranges, dg_range_facts(r)->name, row->transactions[r]);
	}
	dg_json_put_number(o, object, "transactions", transactions);
	dg_json_put(o, object, "ranges", ranges);
	return object;
}

json_t *
dg_json_pieces(struct dg_json *o, const struct dg_pieces_row *row)
{
	static const char *const about[] = {NULL, "query", "reply"};
	const struct dg_pieces_key *k = &row->key;
	char address[DG_ADDR_TEXT_MAX];
	json_t *object = json_object();

	dg_json_put(
	    o, object, "sender", json_string(dg_addr_text(&k->sender, k->family, address)));
	dg_json_put(o, object, "port",
	    k->about != DG_PIECES_UNKNOWN ? json_integer(k->port) : json_null());
	dg_json_put(o, object, "about", dg_json_text(about[k->about]));
	dg_json_put_number(o, object, "whole", row->ends[DG_FRAG_WHOLE]);
	dg_json_put_number(o, object, "incomplete", row->ends[DG_FRAG_INCOMPLETE]);
	dg_json_put_number(o, object, "refused", row->ends[DG_FRAG_REFUSED]);
	return object;
}

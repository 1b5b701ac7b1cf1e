/*
 * json_findings.c - findings in the JSON report.
 */
#include "decode/icmp.h"
#include "report/json.h"

#define CONFIDENCE_MAX 0.999999
#define PREFIX_TEXT_MAX (DG_ADDR_TEXT_MAX + 4)

static json_t *
address_of(const struct dg_addr *a, uint8_t family)
{
	char text[DG_ADDR_TEXT_MAX];

	return json_string(dg_addr_text(a, (enum dg_family)family, text));
}

static json_t *
server_address(const struct dg_summary *s, uint32_t server)
{
	return address_of(&s->servers[server].key.address, s->servers[server].key.family);
}

/* One server, or one client, by itself; null when it is about several or all. */
static void
put_one(
    struct dg_json *o, json_t *finding, const struct dg_summary *s, const struct dg_finding *f)
{
	bool has_server = f->server_count == 1 && f->servers_all <= 1;
	bool has_client = f->client_count == 1 && f->clients_all <= 1;
	const struct dg_client_key *client = has_client ? &s->clients[f->clients[0]].key : NULL;

	dg_json_put(
	    o, finding, "server", has_server ? server_address(s, f->servers[0]) : json_null());
	dg_json_put(o, finding, "server_port",
	    has_server ? json_integer(s->servers[f->servers[0]].key.port) : json_null());
	dg_json_put(o, finding, "client",
	    has_client ? address_of(&client->address, client->family) : json_null());
}

static void
put_lists(
    struct dg_json *o, json_t *finding, const struct dg_summary *s, const struct dg_finding *f)
{
	json_t *servers = json_array(), *clients = json_array();

	for (unsigned i = 0; i < f->server_count; i++) {
		json_t *server = json_object();

		dg_json_put(o, server, "address", server_address(s, f->servers[i]));
		dg_json_put_number(o, server, "port", s->servers[f->servers[i]].key.port);
		dg_json_append(o, servers, server);
	}
	for (unsigned i = 0; i < f->client_count; i++) {
		const struct dg_client_key *k = &s->clients[f->clients[i]].key;

		dg_json_append(o, clients, address_of(&k->address, k->family));
	}
	dg_json_put(o, finding, "servers", servers);
	dg_json_put_number(o, finding, "servers_count", f->servers_all);
	dg_json_put(o, finding, "clients", clients);
	dg_json_put_number(o, finding, "clients_count", f->clients_all);
}

/* Its family is that of what it holds. */
static json_t *
prefix_of(const struct dg_summary *s, const struct dg_finding *f)
{
	char address[DG_ADDR_TEXT_MAX], text[PREFIX_TEXT_MAX];

	if (!f->has_prefix)
		return json_null();
	dg_addr_text(&f->prefix, dg_finding_family(s, f), address);
	snprintf(text, sizeof text, "%s/%u", address, f->prefix_bits);
	return json_string(text);
}

static json_t *
icmp_of(struct dg_json *o, const struct dg_finding *f)
{
	json_t *object;

	if (!f->has_icmp)
		return json_null();
	object = json_object();
	dg_json_put_number(o, object, "type", f->icmp_type);
	dg_json_put_number(o, object, "code", f->icmp_code);
	dg_json_put(o, object, "name",
	    json_string(dg_icmp_name(f->sender_family, f->icmp_type, f->icmp_code)));
	return object;
}

static json_t *
port_or_null(int32_t port)
{
	return port >= 0 ? json_integer(port) : json_null();
}

static json_t *
probability(double p)
{
	return p > 0 ? json_real(p) : json_null();
}

static json_t *
bounds_of(struct dg_json *o, const struct dg_finding *f)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < f->bound_count; i++) {
		const struct dg_bound *b = &f->bounds[i];
		json_t *bound = json_object();

		dg_json_put(o, bound, "first_silent", port_or_null(b->first_silent));
		dg_json_put(o, bound, "last_silent", port_or_null(b->last_silent));
		dg_json_put(o, bound, "nearest_answered_below",
		    port_or_null(b->nearest_answered_below));
		dg_json_put(o, bound, "nearest_answered_above",
		    port_or_null(b->nearest_answered_above));
		dg_json_put(o, bound, "first_probability", probability(b->first_probability));
		dg_json_put(o, bound, "last_probability", probability(b->last_probability));
		dg_json_append(o, list, bound);
	}
	return list;
}

static json_t *
reach_of(struct dg_json *o, const struct dg_reach *r)
{
	json_t *object = json_object();

	dg_json_put_number(o, object, "transactions", r->transactions);
	dg_json_put_number(o, object, "reached", r->reached);
	return object;
}

static void
put_ports(struct dg_json *o, json_t *finding, const struct dg_finding *f)
{
	json_t *transports = json_array();

	if (f->transports[DG_SIDE_UDP])
		dg_json_append(o, transports, json_string("udp"));
	if (f->transports[DG_SIDE_TCP])
		dg_json_append(o, transports, json_string("tcp"));
	dg_json_put(o, finding, "ports", dg_json_text(f->ports));
	dg_json_put(o, finding, "except", dg_json_text(f->except));
	dg_json_put(o, finding, "within", dg_json_text(f->within));
	dg_json_put(o, finding, "transports", transports);
	dg_json_put(o, finding, "bounds", bounds_of(o, f));
	dg_json_put_number(o, finding, "ports_seen", f->ports_seen);
	dg_json_put_number(o, finding, "ports_unseen", f->ports_unseen);
}

static void
put_strength(struct dg_json *o, json_t *finding, const struct dg_finding *f)
{
	double p = dg_finding_p(f);
	double confidence = 1 - p < CONFIDENCE_MAX ? 1 - p : CONFIDENCE_MAX;

	dg_json_put(o, finding, "inside",
	    f->inside.transactions > 0 ? reach_of(o, &f->inside) : json_null());
	dg_json_put(
	    o, finding, "outside", f->has_outside ? reach_of(o, &f->outside) : json_null());
	dg_json_put_number(o, finding, "refused", f->refused);
	dg_json_put_number(o, finding, "matched_pairs", f->matched_pairs);
	dg_json_put(o, finding, "confidence", f->has_p ? json_real(confidence) : json_null());
	dg_json_put(o, finding, "p_value", f->has_p ? json_real(p) : json_null());
	dg_json_put(o, finding, "suspected", json_boolean(f->is_suspected));
	dg_json_put(o, finding, "where", dg_json_text(dg_where_name(f->where)));
}

static json_t *
controls_of(struct dg_json *o, const struct dg_summary *s, const struct dg_finding *f)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < f->control_count; i++) {
		json_t *control = json_object();

		dg_json_put(o, control, "server", server_address(s, f->controls[i].server));
		dg_json_put_number(
		    o, control, "server_port", s->servers[f->controls[i].server].key.port);
		dg_json_put(o, control, "ports", dg_json_text(f->ports));
		dg_json_put_number(
		    o, control, "transactions", f->controls[i].reach.transactions);
		dg_json_put_number(o, control, "reached", f->controls[i].reach.reached);
		dg_json_append(o, list, control);
	}
	return list;
}

static json_t *
words_of(struct dg_json *o, const struct dg_words *w)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < w->count; i++)
		dg_json_append(o, list, dg_json_foreign(w->texts[i]));
	return list;
}

static json_t *
frames_of(struct dg_json *o, const struct dg_report *r, const struct dg_frame_name *frames,
    unsigned count)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++) {
		json_t *frame;

		if (frames[i].file >= r->input_count || frames[i].frame == 0)
			continue;
		frame = json_object();
		dg_json_put(o, frame, "file", dg_json_foreign(r->inputs[frames[i].file].file));
		dg_json_put_number(o, frame, "frame", frames[i].frame);
		dg_json_append(o, list, frame);
	}
	return list;
}

static void
put_window(struct dg_json *o, json_t *finding, const struct dg_finding *f)
{
	bool has_start = f->has_window && f->after_ns != INT64_MIN;
	bool has_end = f->has_window && f->before_ns != INT64_MAX;

	dg_json_put(o, finding, "since", has_start ? dg_json_time(f->after_ns) : json_null());
	dg_json_put(o, finding, "until", has_end ? dg_json_time(f->before_ns) : json_null());
	dg_json_put(o, finding, "first", dg_json_time(f->first_ns));
	dg_json_put(o, finding, "last", dg_json_time(f->last_ns));
}

json_t *
dg_json_finding(struct dg_json *o, const struct dg_report *r, const struct dg_finding *f)
{
	const struct dg_summary *s = r->summary;
	json_t *finding = json_object(), *frames = json_object();

	dg_json_put(o, finding, "code", json_string(dg_code_name(f->code)));
	dg_json_put(o, finding, "severity", json_string(dg_severity_name(f->severity)));
	dg_json_put(o, finding, "summary", dg_json_foreign(f->summary));
	dg_json_put(o, finding, "evidence", words_of(o, &f->evidence));
	put_one(o, finding, s, f);
	dg_json_put(o, finding, "prefix", prefix_of(s, f));
	put_lists(o, finding, s, f);
	dg_json_put(o, finding, "sender",
	    f->has_sender ? address_of(&f->sender, f->sender_family) : json_null());
	dg_json_put(o, finding, "icmp", icmp_of(o, f));
	put_ports(o, finding, f);
	put_strength(o, finding, f);
	dg_json_put(o, finding, "controls", controls_of(o, s, f));
	dg_json_put_number(o, finding, "controls_count", f->controls_all);
	dg_json_put(o, finding, "rivals", words_of(o, &f->rivals));
	dg_json_put(o, finding, "untested", dg_json_foreign(f->untested));
	put_window(o, finding, f);
	dg_json_put(o, frames, "silent", frames_of(o, r, f->silent, f->silent_count));
	dg_json_put(o, frames, "answered", frames_of(o, r, f->answered, f->answered_count));
	dg_json_put(o, finding, "frames", frames);
	dg_json_put(o, finding, "reproduce", words_of(o, &f->reproduce));
	dg_json_put(o, finding, "next", words_of(o, &f->next));
	dg_json_put(o, finding, "avoid", words_of(o, &f->avoid));
	return finding;
}

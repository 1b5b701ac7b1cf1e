/*
 * json_servfail.c - SERVFAILs to clients, and the queries in vain behind them.
 */
#include "diagnose/servfail.h"

#include "base/clock.h"
#include "dns/name.h"
#include "report/json.h"

static json_t *
name_of(const uint8_t *name, uint8_t length)
{
	char text[DG_NAME_TEXT_MAX];

	return json_string(dg_name_text(name, length, text));
}

static json_t *
address_of(const struct dg_addr *address, uint8_t family)
{
	char text[DG_ADDR_TEXT_MAX];

	return json_string(dg_addr_text(address, family, text));
}

static json_t *
time_of(int64_t time_ns)
{
	char text[DG_TIME_TEXT_MAX];

	return json_string(dg_time_text(time_ns, text));
}

static json_t *
cause_of(struct dg_json *o, const struct dg_summary *s, const struct dg_servfail_cause *c)
{
	const struct dg_client_key *resolver = &s->clients[c->resolver].key;
	const struct dg_server_key *server = &s->servers[c->server].key;
	json_t *row = json_object();

	dg_json_put(o, row, "name", name_of(c->name, c->name_length));
	dg_json_put(o, row, "zone", name_of(c->zone, c->zone_length));
	dg_json_put(o, row, "resolver", address_of(&resolver->address, resolver->family));
	dg_json_put_number(o, row, "servfails", c->servfails);
	dg_json_put_number(o, row, "by_zone", c->by_zone);
	dg_json_put_number(o, row, "slow", c->slow);
	dg_json_put_number(o, row, "unanswered", c->lost);
	dg_json_put(o, row, "server", address_of(&server->address, server->family));
	dg_json_put_number(o, row, "port", server->port);
	dg_json_put(o, row, "silent_ports", json_string(c->silent_ports));
	dg_json_put_number(o, row, "silent_port_count", c->silent_port_count);
	dg_json_put(o, row, "reached_ports", json_string(c->reached_ports));
	dg_json_put_number(o, row, "reached_port_count", c->reached_port_count);
	dg_json_put_number(o, row, "upstream_unanswered", c->unanswered);
	dg_json_put(o, row, "first", time_of(c->first_ns));
	dg_json_put(o, row, "last", time_of(c->last_ns));
	return row;
}

json_t *
dg_json_servfail(struct dg_json *o, const struct dg_summary *s, const struct dg_servfail *f)
{
	json_t *object, *slow, *lost, *resolvers, *causes;

	if (f == NULL)
		return json_null();
	object = json_object();
	slow = json_object();
	lost = json_object();
	resolvers = json_array();
	causes = json_array();
	dg_json_put_number(o, object, "to_clients", f->all.to_clients);
	dg_json_put_number(o, object, "judged", f->all.judged);
	dg_json_put_number(o, object, "explained", f->all.explained);
	dg_json_put_number(o, object, "by_zone", f->all.by_zone);
	dg_json_put_number(o, object, "passed_on", f->all.passed_on);
	dg_json_put_number(o, slow, "to_clients", f->all.slow);
	dg_json_put_number(o, slow, "explained", f->all.slow_explained);
	dg_json_put(o, object, "slow", slow);
	dg_json_put_number(o, lost, "to_clients", f->all.lost);
	dg_json_put_number(o, lost, "explained", f->all.lost_explained);
	dg_json_put(o, object, "unanswered", lost);
	dg_json_put(o, object, "sampled", json_boolean(f->is_sampled));
	for (size_t i = 0; i < f->resolver_count && i < DG_SERVFAIL_CAUSES_MAX; i++) {
		const struct dg_client_key *key = &s->clients[f->resolvers[i].client].key;

		dg_json_append(o, resolvers, address_of(&key->address, key->family));
	}
	dg_json_put(o, object, "resolvers", resolvers);
	dg_json_put_number(o, object, "resolver_count", f->resolver_count);
	for (size_t i = 0; i < f->cause_count; i++)
		dg_json_append(o, causes, cause_of(o, s, &f->causes[i]));
	dg_json_put(o, object, "causes", causes);
	dg_json_put_number(o, object, "cause_count", f->causes_all);
	return object;
}

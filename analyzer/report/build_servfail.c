/*
 * build_servfail.c - for a person: what clients of a resolver got, and why.
 */
#include <string.h>

#include "diagnose/servfail.h"
#include "dns/name.h"
#include "report/build.h"

#define CAUSES_SHOWN 8
#define PORTS_SHOWN 60 /* letters */

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* "ports 600-1023", or only how many when they are scattered. */
static void
add_ports(struct dg_strbuf *b, const char *ports, uint32_t count)
{
	char n[DG_NUMBER_TEXT_MAX];

	if (strlen(ports) <= PORTS_SHOWN)
		dg_strbuf_addf(b, "port%s %s", plural(count), ports);
	else
		dg_strbuf_addf(b, "%s ports", dg_grouped(count, n));
}

/* "3 SERVFAILs, 1 slow answer"; what there is none of is left out. */
static void
add_answers(struct dg_strbuf *b, const struct dg_servfail_cause *c)
{
	char n[DG_NUMBER_TEXT_MAX];

	if (c->servfails > 0)
		dg_strbuf_addf(
		    b, "%s SERVFAIL%s", dg_grouped(c->servfails, n), plural(c->servfails));
	if (c->slow > 0)
		dg_strbuf_addf(b, "%s%s slow answer%s", c->servfails > 0 ? ", " : "",
		    dg_grouped(c->slow, n), plural(c->slow));
	if (c->lost > 0)
		dg_strbuf_addf(b, "%s%s without an answer",
		    c->servfails + c->slow > 0 ? ", " : "", dg_grouped(c->lost, n));
}

/* "example.com: 6 SERVFAILs; 12 queries to 10.0.0.2 in vain, from ports 1000-1023". */
static void
cause_item(struct dg_doc *d, const struct dg_summary *s, const struct dg_servfail_cause *c,
    bool has_resolver)
{
	const struct dg_server_key *server = &s->servers[c->server].key;
	const struct dg_client_key *resolver = &s->clients[c->resolver].key;
	char address[DG_ADDR_TEXT_MAX], name[DG_NAME_TEXT_MAX], n[DG_NUMBER_TEXT_MAX];
	struct dg_strbuf b = {0};

	dg_doc_code(&b, dg_name_text(c->name, c->name_length, name));
	if (has_resolver)
		dg_strbuf_addf(
		    &b, " by %s", dg_addr_text(&resolver->address, resolver->family, address));
	dg_strbuf_add(&b, ": ");
	add_answers(&b, c);
	dg_strbuf_addf(&b, "; %s quer%s to %s in vain, from ", dg_grouped(c->unanswered, n),
	    c->unanswered == 1 ? "y" : "ies",
	    dg_addr_text(&server->address, server->family, address));
	add_ports(&b, c->silent_ports, c->silent_port_count);
	if (c->reached_port_count > 0) {
		dg_strbuf_add(&b, "; it was reached from ");
		add_ports(&b, c->reached_ports, c->reached_port_count);
	}
	d->is_failed |= b.is_failed;
	if (!b.is_failed)
		dg_doc_item(d, "%s", b.text);
	dg_strbuf_fini(&b);
}

void
dg_build_servfail(struct dg_doc *d, const struct dg_summary *s, const struct dg_servfail *f)
{
	char n[4][DG_NUMBER_TEXT_MAX];
	size_t shown;

	if (f == NULL || (f->all.to_clients + f->all.slow + f->all.lost_explained == 0))
		return;
	dg_doc_section(d, "SERVFAILs and slow answers to clients of a resolver");
	dg_doc_line(d, "%s SERVFAIL%s, of which queries in vain to other servers explain %s",
	    dg_grouped(f->all.to_clients, n[0]), plural(f->all.to_clients),
	    dg_grouped(f->all.explained, n[1]));
	dg_doc_line(d, "%s slow answer%s, of which they explain %s",
	    dg_grouped(f->all.slow, n[2]), plural(f->all.slow),
	    dg_grouped(f->all.slow_explained, n[3]));
	if (f->all.lost > 0)
		dg_doc_line(d, "%s without an answer, of which they explain %s",
		    dg_grouped(f->all.lost, n[0]), dg_grouped(f->all.lost_explained, n[1]));
	if (f->is_sampled)
		dg_doc_line(d,
		    "only %s SERVFAIL%s could be looked at: a sample by zone and time",
		    dg_grouped(f->all.judged, n[0]), plural(f->all.judged));
	shown = f->cause_count < CAUSES_SHOWN ? f->cause_count : CAUSES_SHOWN;
	for (size_t i = 0; i < shown; i++)
		cause_item(d, s, &f->causes[i], f->resolver_count > 1);
	if (shown < f->causes_all)
		dg_doc_line(d, "and %zu more zones and servers, all in the JSON report",
		    f->causes_all - shown);
}

/*
 * finding.c - findings, their lists, and the names of their codes.
 */
#include "diagnose/finding.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dnsgap/error.h"

#define P_LEAST 1e-300
#define LN_P_LEAST (-690.7)

static const char *const code_names[] = {
    [DG_PORTS_SILENT] = "ports-silent",
    [DG_PORTS_REFUSED] = "ports-refused",
    [DG_PORTS_HASH] = "ports-hash",
    [DG_SERVER_SILENT] = "server-silent",
    [DG_SERVER_PORT_CLOSED] = "server-port-closed",
    [DG_SERVER_UNREACHABLE] = "server-unreachable",
    [DG_CLIENT_REFUSES_REPLIES] = "client-refuses-replies",
    [DG_LOSS_RANDOM] = "loss-random",
    [DG_OUTAGE] = "outage",
    [DG_RATE_LIMITED] = "rate-limited",
    [DG_REPLIES_LOST_BEYOND] = "replies-lost-beyond",
    [DG_FRAGMENTS_LOST] = "fragments-lost",
    [DG_TCP_BLOCKED] = "tcp-blocked",
    [DG_SERVFAIL_EXPLAINED] = "servfail-explained",
    [DG_SOURCE_PORTS_PREDICTABLE] = "source-ports-predictable",
    [DG_LOW_PORTS_IN_USE] = "low-ports-in-use",
    [DG_CAPTURE_ONE_WAY] = "capture-one-way",
    [DG_CAPTURE_INCOMPLETE] = "capture-incomplete",
};

static const char *const severity_names[] = {
    [DG_FAULT] = "fault", [DG_WARNING] = "warning", [DG_NOTE] = "note"};

static const char *const where_names[] = {
    [DG_WHERE_NONE] = NULL,
    [DG_WHERE_NEAR_SERVER] = "near-server",
    [DG_WHERE_NEAR_OBSERVER] = "near-observer",
    [DG_WHERE_ONE_CLIENT] = "one-client",
    [DG_WHERE_UNKNOWN] = "unknown",
};

const char *
dg_code_name(enum dg_code code)
{
	return code_names[code];
}

enum dg_code
dg_code_of(const char *name)
{
	int code = 0;

	while (code < DG_CODE_COUNT && strcmp(code_names[code], name) != 0)
		code++;
	return (enum dg_code)code;
}

const char *
dg_severity_name(enum dg_severity severity)
{
	return severity_names[severity];
}

const char *
dg_where_name(enum dg_where where)
{
	return where_names[where];
}

struct dg_finding *
dg_finding_new(enum dg_code code, enum dg_severity severity)
{
	struct dg_finding *f = calloc(1, sizeof *f);

	if (f == NULL)
		return NULL;
	f->code = code;
	f->severity = severity;
	f->first_ns = f->last_ns = DG_TIME_NONE;
	return f;
}

static void
words_fini(struct dg_words *w)
{
	for (unsigned i = 0; i < w->count; i++)
		free(w->texts[i]);
}

void
dg_finding_free(struct dg_finding *f)
{
	if (f == NULL)
		return;
	words_fini(&f->evidence);
	words_fini(&f->rivals);
	words_fini(&f->next);
	words_fini(&f->avoid);
	words_fini(&f->reproduce);
	free(f->ports);
	free(f->except);
	free(f->within);
	free(f->summary);
	free(f->untested);
	free(f);
}

enum dg_family
dg_finding_family(const struct dg_summary *s, const struct dg_finding *f)
{
	uint8_t family = DG_FAMILY_IP4;

	if (f->server_count > 0)
		family = s->servers[f->servers[0]].key.family;
	else if (f->client_count > 0)
		family = s->clients[f->clients[0]].key.family;
	return (enum dg_family)family;
}

double
dg_finding_p(const struct dg_finding *f)
{
	double p = f->ln_p < LN_P_LEAST ? P_LEAST : exp(f->ln_p);

	return p < P_LEAST ? P_LEAST : p > 1 ? 1 : p;
}

int
dg_words_add(struct dg_words *w, const char *format, ...)
{
	char *text;
	va_list args;
	int length;

	if (w->count == DG_FINDING_WORDS_MAX)
		return 0;
	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return DNSGAP_ENOMEM;
	w->texts[w->count++] = text;
	return 0;
}

int
dg_findings_add(struct dg_findings *all, struct dg_finding *f)
{
	if (f == NULL)
		return DNSGAP_ENOMEM;
	if (all->count == all->room) {
		size_t room = all->room != 0 ? 2 * all->room : 16;
		struct dg_finding **list = realloc(all->list, room * sizeof(*list));

		if (list == NULL) {
			dg_finding_free(f);
			return DNSGAP_ENOMEM;
		}
		all->list = list;
		all->room = room;
	}
	all->list[all->count++] = f;
	return 0;
}

void
dg_findings_fini(struct dg_findings *all)
{
	for (size_t i = 0; i < all->count; i++)
		dg_finding_free(all->list[i]);
	free(all->list);
	*all = (struct dg_findings){0};
}

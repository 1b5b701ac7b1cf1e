/*
 * words_evidence.c - the numbers of a finding in sentences: what was asked and answered, what
 * the controls say, and where that puts the fault.
 */
#include <stdlib.h>

#include "diagnose/words.h"
#include "dnsgap/error.h"

/* What is counted inside and outside, by code; NULL: that finding counts otherwise. */
static const struct {
	const char *inside;
	const char *before; /* the numbers of what is outside */
	const char *after;
} counted[DG_CODE_COUNT] = {
    [DG_PORTS_SILENT] = {" from these ports", ", ", " from all other ports"},
    [DG_PORTS_REFUSED] = {" from these ports", ", ", " from all other ports"},
    [DG_PORTS_HASH] = {" from these ports", ", ", " from all other ports"},
    [DG_SERVER_SILENT] = {"", "; of all other queries ", ""},
    [DG_SERVER_PORT_CLOSED] = {"", "; of all other queries ", ""},
    [DG_SERVER_UNREACHABLE] = {"", "; of all other queries ", ""},
    [DG_LOSS_RANDOM] = {"", "; of all other queries ", ""},
    [DG_OUTAGE] = {" in that time", ", ", " at other times"},
    [DG_RATE_LIMITED] = {" in busy seconds", ", ", " in quiet ones"},
    [DG_TCP_BLOCKED] = {" over TCP", ", ", " over UDP"},
};

static int
take(struct dg_finding *f, struct dg_strbuf *b)
{
	return b->size > 0 || b->is_failed ? dg_words_take(&f->evidence, dg_strbuf_take(b)) : 0;
}

static void
say_reach(struct dg_strbuf *b, const struct dg_reach *r)
{
	char reached[DG_NUMBER_WORDS_MAX], all[DG_NUMBER_WORDS_MAX];

	dg_strbuf_addf(
	    b, "%s of %s", dg_number(r->reached, reached), dg_number(r->transactions, all));
}

static void
say_over(struct dg_strbuf *b, const struct dg_finding *f)
{
	if (f->code == DG_TCP_BLOCKED ||
	    f->transports[DG_SIDE_UDP] == f->transports[DG_SIDE_TCP])
		return;
	dg_strbuf_add(b, f->transports[DG_SIDE_UDP] ? " over UDP" : " over TCP");
}

static const char *
refusal_of(const struct dg_finding *f)
{
	if (dg_is_tcp_only(f))
		return "a RST or an ICMP error";
	return f->transports[DG_SIDE_TCP] ? "an ICMP error or a RST" : "an ICMP error";
}

/* "0 of 170 queries from these ports were answered, 220 of 220 from all other ports." */
static int
add_reach(struct dg_finding *f)
{
	struct dg_strbuf b = {0};
	char number[DG_NUMBER_WORDS_MAX], all[DG_NUMBER_WORDS_MAX];

	if (counted[f->code].inside == NULL || f->inside.transactions == 0)
		return 0;
	say_reach(&b, &f->inside);
	dg_strbuf_add(&b, " queries");
	say_over(&b, f);
	dg_strbuf_addf(&b, "%s were answered", counted[f->code].inside);
	if (f->has_outside) {
		dg_strbuf_add(&b, counted[f->code].before);
		say_reach(&b, &f->outside);
		dg_strbuf_add(&b, counted[f->code].after);
	}
	dg_strbuf_add(&b, ".");
	if (f->refused > 0)
		dg_strbuf_addf(&b, " %s of the %s %s refused by %s",
		    f->refused == f->inside.transactions ? "All"
							 : dg_number(f->refused, number),
		    dg_number(f->inside.transactions, all), f->refused == 1 ? "was" : "were",
		    refusal_of(f));
	if (f->refused > 0 && f->has_icmp)
		dg_strbuf_addf(&b, " (type %u code %u)", f->icmp_type, f->icmp_code);
	if (f->refused > 0)
		dg_strbuf_add(&b, ".");
	return take(f, &b);
}

static void
say_nearest(struct dg_strbuf *b, const struct dg_bound *bound)
{
	if (bound->nearest_answered_below >= 0 && bound->nearest_answered_above >= 0)
		dg_strbuf_addf(b, "the nearest answered ones are %d and %d",
		    bound->nearest_answered_below, bound->nearest_answered_above);
	else if (bound->nearest_answered_above >= 0)
		dg_strbuf_addf(
		    b, "the nearest answered one above is %d", bound->nearest_answered_above);
	else
		dg_strbuf_addf(
		    b, "the nearest answered one below is %d", bound->nearest_answered_below);
}

/* "Silent ports were seen from 3 to 1019; the nearest answered one above is 1031." */
static int
add_bounds(struct dg_finding *f)
{
	const struct dg_bound *bound = &f->bounds[0];
	bool has_silent = bound->first_silent >= 0 && bound->last_silent >= 0;
	struct dg_strbuf b = {0};

	if (f->bound_count != 1 || !has_silent)
		return 0;
	if (bound->first_silent == bound->last_silent)
		dg_strbuf_addf(&b, "Port %d is silent", bound->first_silent);
	else
		dg_strbuf_addf(&b, "%s seen from %d to %d",
		    f->within != NULL ? "Loss was" : "Silent ports were", bound->first_silent,
		    bound->last_silent);
	if (bound->nearest_answered_above >= 0 || bound->nearest_answered_below >= 0) {
		dg_strbuf_add(&b, "; ");
		say_nearest(&b, bound);
	}
	dg_strbuf_add(&b, ".");
	return take(f, &b);
}

/* "2 other servers answered 330 of 340 queries from the same ports". */
static void
say_controls(struct dg_strbuf *b, const struct dg_finding *f)
{
	struct dg_reach sum = {0};
	uint64_t all = f->controls_all > f->control_count ? f->controls_all : f->control_count;
	char number[DG_NUMBER_WORDS_MAX];

	for (unsigned i = 0; i < f->control_count; i++) {
		sum.transactions += f->controls[i].reach.transactions;
		sum.reached += f->controls[i].reach.reached;
	}
	if (all > f->control_count)
		dg_strbuf_addf(b, "%u of ", f->control_count);
	dg_strbuf_addf(
	    b, "%s other server%s answered ", dg_number(all, number), all == 1 ? "" : "s");
	say_reach(b, &sum);
	dg_strbuf_add(b, " queries from the same ports");
}

static void
say_place(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	switch (f->where) {
	case DG_WHERE_NEAR_SERVER:
		dg_strbuf_add(b, "the fault is near ");
		if (dg_has_servers(f))
			dg_say_servers(b, s, f);
		else
			dg_strbuf_add(b, "the servers");
		break;
	case DG_WHERE_NEAR_OBSERVER:
		if (f->ports != NULL)
			dg_strbuf_add(b,
			    "all servers that were asked from these ports are silent, "
			    "so ");
		dg_strbuf_add(b,
		    "the fault is near the point of capture, or on a way that all "
		    "servers share");
		break;
	case DG_WHERE_ONE_CLIENT:
		dg_strbuf_add(b, "it concerns ");
		if (dg_has_clients(f))
			dg_say_clients(b, s, f);
		else
			dg_strbuf_add(b, "these clients");
		dg_strbuf_add(b, " only");
		break;
	default:
		dg_strbuf_add(b, "where the fault is cannot be told from this capture");
		break;
	}
}

/* Not what the summary says already, nor what the finding's own words say better. */
static bool
has_place(const struct dg_finding *f)
{
	if (f->where == DG_WHERE_NONE)
		return false;
	if (f->control_count > 0)
		return true;
	if (f->where == DG_WHERE_UNKNOWN)
		return f->untested == NULL && f->code != DG_REPLIES_LOST_BEYOND &&
		    f->code != DG_SERVER_UNREACHABLE;
	return f->where != DG_WHERE_ONE_CLIENT ||
	    (f->code != DG_CLIENT_REFUSES_REPLIES && f->code != DG_FRAGMENTS_LOST);
}

/* What others say of the same ports, and where that puts the fault. */
static int
add_place(const struct dg_summary *s, struct dg_finding *f)
{
	struct dg_strbuf b = {0}, place = {0};
	char *text;

	if (!has_place(f))
		return 0;
	if (f->control_count > 0) {
		say_controls(&b, f);
		dg_strbuf_add(&b, f->where == DG_WHERE_UNKNOWN ? "; " : ", so ");
	}
	say_place(&place, s, f);
	text = dg_strbuf_take(&place);
	if (text == NULL) {
		dg_strbuf_fini(&b);
		return DNSGAP_ENOMEM;
	}
	if (b.size == 0 && text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	dg_strbuf_add(&b, text);
	free(text);
	dg_strbuf_add(&b, ".");
	return take(f, &b);
}

/* What other findings count. */
static int
add_other_counts(struct dg_finding *f)
{
	uint64_t lost = f->inside.transactions - f->inside.reached;
	char some[DG_NUMBER_WORDS_MAX], all[DG_NUMBER_WORDS_MAX];

	dg_number(f->inside.transactions, all);
	if (f->code == DG_CLIENT_REFUSES_REPLIES)
		return dg_words_add(&f->evidence,
		    "%s ICMP errors came about replies to %s queries.",
		    dg_number(f->refused, some), all);
	if (f->code == DG_REPLIES_LOST_BEYOND)
		return dg_words_add(&f->evidence,
		    "After %s of %s replies that were seen here the client asked again.",
		    dg_number(lost, some), all);
	if (f->code == DG_FRAGMENTS_LOST && f->has_icmp)
		return dg_words_add(
		    &f->evidence, "ICMP errors say so about the replies to %s queries.", all);
	if (f->code == DG_FRAGMENTS_LOST)
		return dg_words_add(&f->evidence, "%s of %s datagrams in fragments came whole.",
		    dg_number(f->inside.reached, some), all);
	if (f->code == DG_SERVFAIL_EXPLAINED)
		return dg_words_add(&f->evidence,
		    "Before or beside these SERVFAILs, %s queries of the resolver were in "
		    "vain.",
		    all);
	return 0;
}

int
dg_make_evidence(const struct dg_summary *s, struct dg_finding *f)
{
	int error = add_reach(f);

	if (error == 0)
		error = add_other_counts(f);
	if (error == 0)
		error = add_bounds(f);
	if (error == 0)
		error = add_place(s, f);
	return error;
}

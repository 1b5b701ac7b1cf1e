/*
 * port_words.c - what is said of a finding by port beside its summary.
 */
#include "diagnose/port_words.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "dnsgap/error.h"

#define UNTRIED_RUNS_MAX 8

/* "" becomes NULL.  0 or DNSGAP_ENOMEM. */
static int
settle_text(char *text, char **out)
{
	if (text == NULL)
		return DNSGAP_ENOMEM;
	if (*text == '\0') {
		free(text);
		text = NULL;
	}
	*out = text;
	return 0;
}

static int
set_text(const struct dg_blame *b, uint8_t want, uint8_t without, char **out)
{
	return settle_text(dg_ports_text(b->flags, want, without, DG_PORT_RUNS_MAX, NULL), out);
}

int
dg_port_texts(const struct dg_blame *b, struct dg_finding *f)
{
	if (set_text(b, DG_PORT_SET, 0, &f->ports) != 0)
		return DNSGAP_ENOMEM;
	if (b->shape == DG_SHAPE_SOFT)
		return set_text(b, DG_PORT_HULL, 0, &f->within);
	return set_text(b, DG_PORT_HULL, DG_PORT_SET, &f->except);
}

static int
add_pairs(const struct dg_blame *b, const struct dg_testimony *t, struct dg_finding *f)
{
	if (t->inside_matched == 0)
		return 0;
	return dg_words_add(&f->evidence,
	    "%" PRIu64 " of %" PRIu64 " tries without an answer got one within 10 s when the "
	    "same client asked the same server the same question from a port outside %s.",
	    t->inside_matched, t->inside, b->shape == DG_SHAPE_SOFT ? "the range" : "the set");
}

/* Answered and all transactions of the subject in the set, outside the window. */
static struct dg_reach
reach_beyond_window(const struct dg_blame *b, const struct dg_port_verdict *v)
{
	struct dg_reach r = {0};

	for (size_t i = 0; i < b->summary->trial_count; i++) {
		const struct dg_trial *t = &b->summary->trials[i];
		bool is_tcp = t->transport == DG_TRANSPORT_TCP;

		if (b->parts[is_tcp ? DG_SIDE_TCP : DG_SIDE_UDP] != v ||
		    dg_blame_has_time(b, t) || !dg_blame_is_inside(b, t->port) ||
		    !dg_subject_has(&b->subject, t->server, t->client))
			continue;
		r.transactions += (uint64_t)t->reached + t->dead;
		r.reached += t->reached;
	}
	return r;
}

static int
add_window(const struct dg_blame *b, struct dg_finding *f)
{
	const struct dg_port_verdict *v = dg_blame_verdict(b);
	bool is_begin = v->after_ns != INT64_MIN, is_end = v->before_ns != INT64_MAX;
	char after[DG_TIME_TEXT_MAX], before[DG_TIME_TEXT_MAX];
	struct dg_reach beyond;
	struct dg_strbuf text = {0};
	int error;

	if (!v->has_window)
		return 0;
	beyond = reach_beyond_window(b, v);
	dg_strbuf_add(&text, "It ");
	if (is_begin)
		dg_strbuf_addf(&text, "began after %s", dg_time_text(v->after_ns, after));
	if (is_begin && is_end)
		dg_strbuf_add(&text, " and ");
	if (is_end)
		dg_strbuf_addf(&text, "ended before %s", dg_time_text(v->before_ns, before));
	dg_strbuf_addf(&text,
	    ": %s, %" PRIu64 " of %" PRIu64 " transactions from the same ports were answered.",
	    is_begin && is_end ? "outside of that time"
		: is_begin     ? "before"
			       : "afterwards",
	    beyond.reached, beyond.transactions);
	error = text.is_failed ? DNSGAP_ENOMEM : dg_words_add(&f->evidence, "%s", text.text);
	dg_strbuf_fini(&text);
	return error;
}

/* Which share of the ports that were tried is silent. */
static int
add_share(const struct dg_blame *b, struct dg_finding *f)
{
	bool is_again = b->shape == DG_SHAPE_REPEATS;
	uint32_t silent = 0, tried = 0;

	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		silent += (b->flags[port] & DG_PORT_SET) != 0;
		tried += (b->flags[port] & (DG_PORT_DEAD | DG_PORT_ALIVE)) != 0;
	}
	return dg_words_add(&f->evidence,
	    "%u of %u ports that were tried are silent (%.0f %%), with answered ones between "
	    "them%s.",
	    (unsigned)silent, (unsigned)tried, 100.0 * silent / tried,
	    is_again ? ", and stay so when they are tried again" : "");
}

static int
add_masks(const struct dg_blame *b, struct dg_finding *f)
{
	const struct dg_port_verdict *v = dg_blame_verdict(b);
	unsigned left;
	char *text = dg_ports_text(b->flags, DG_PORT_SET, 0, DG_PORT_RUNS_MAX, &left);

	free(text);
	if (text == NULL)
		return DNSGAP_ENOMEM;
	if (left > 0 &&
	    dg_words_add(&f->evidence,
		"The list of ports is shortened: %u more ranges are left out.", left) != 0)
		return DNSGAP_ENOMEM;
	if (!dg_blame_is_hash(b))
		return 0;
	for (unsigned i = 0; i < v->mask_count; i++) {
		if (dg_words_add(&f->evidence,
			"Silent are ports with an %s number of ones among the bits 0x%04x.",
			v->parities[i] ? "odd" : "even", (unsigned)v->masks[i]) != 0)
			return DNSGAP_ENOMEM;
	}
	return add_share(b, f);
}

int
dg_port_evidence(const struct dg_blame *b, const struct dg_testimony *t, struct dg_finding *f)
{
	if (add_window(b, f) != 0 || add_masks(b, f) != 0 || add_pairs(b, t, f) != 0)
		return DNSGAP_ENOMEM;
	return 0;
}

int
dg_port_rivals(const struct dg_blame *b, const struct dg_testimony *t, struct dg_finding *f)
{
	if (dg_testimony_is_content(t) &&
	    dg_words_add(&f->rivals,
		"The capture misses the replies to these ports: the clients asked again in "
		"%" PRIu64 " of %" PRIu64 " cases here, but in %" PRIu64 " of %" PRIu64
		" where other queries stayed without an answer.",
		t->inside_retried, t->inside, t->outside_retried, t->outside) != 0)
		return DNSGAP_ENOMEM;
	if (dg_blame_is_hash(b) &&
	    dg_words_add(&f->rivals,
		"One of several parallel paths, chosen by a hash of addresses and ports, is "
		"dead, or one of several servers behind one address.") != 0)
		return DNSGAP_ENOMEM;
	if (b->shape == DG_SHAPE_SOFT &&
	    dg_words_add(&f->rivals,
		"Some of several paths or servers drop these ports, and the others do not.") !=
		0)
		return DNSGAP_ENOMEM;
	return 0;
}

/* The widest run of ports of the set that nobody tried, between ports of the set. */
static struct dg_port_range
widest_gap(const struct dg_blame *b, uint32_t *width)
{
	struct dg_port_range best = {0, 0};
	uint32_t run = 0;

	*width = 0;
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		unsigned flags = b->flags[port];
		bool is_untried = (flags & DG_PORT_HULL) && !(flags & DG_PORT_DEAD) &&
		    !(flags & DG_PORT_ALIVE);

		run = is_untried ? run + 1 : 0;
		if (run > *width) {
			*width = run;
			best =
			    (struct dg_port_range){(uint16_t)(port + 1 - run), (uint16_t)port};
		}
	}
	return best;
}

static void
add_untried(const struct dg_blame *b, struct dg_strbuf *out)
{
	unsigned left;
	uint32_t width, all = 0, untried = 0;
	struct dg_port_range gap = widest_gap(b, &width);
	char *text;

	if (width == 0)
		return;
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		unsigned flags = b->flags[port];

		all += (flags & DG_PORT_HULL) != 0;
		untried += (flags & DG_PORT_HULL) && !(flags & (DG_PORT_DEAD | DG_PORT_ALIVE));
	}
	text = dg_ports_text(
	    b->flags, DG_PORT_HULL, DG_PORT_DEAD | DG_PORT_ALIVE, UNTRIED_RUNS_MAX, &left);
	if (text == NULL) {
		out->is_failed = true;
		return;
	}
	dg_strbuf_addf(out, "%u of %u ports of the range were never tried: %s",
	    (unsigned)untried, (unsigned)all, text);
	free(text);
	if (left > 0)
		dg_strbuf_addf(out, " and %u more ranges", left);
	if (gap.first == gap.last)
		dg_strbuf_addf(out, ".");
	else
		dg_strbuf_addf(
		    out, "; the widest gap is %u-%u.", (unsigned)gap.first, (unsigned)gap.last);
}

static const char *
what_would_tell(const struct dg_blame *b)
{
	const struct dg_port_verdict *v = dg_blame_verdict(b);
	bool is_server_open =
	    b->subject.scope != DG_SCOPE_CLIENT && v->other_servers != DG_OTHERS_ALIVE;

	if (v->other_clients == DG_OTHERS_ALIVE && is_server_open)
		return "Whether it is the server or the client's side is not known: capture "
		       "queries of the same client from the same ports to another server.";
	return "Where it happens is not known: capture queries from the same ports to another "
	       "server, and from another client to this one.";
}

int
dg_port_untested(const struct dg_blame *b, struct dg_finding *f)
{
	struct dg_strbuf out = {0};

	dg_strbuf_add(&out, "");
	if (!dg_blame_is_hash(b))
		add_untried(b, &out);
	if (f->where == DG_WHERE_UNKNOWN)
		dg_strbuf_addf(&out, "%s%s", out.size > 0 ? " " : "", what_would_tell(b));
	return settle_text(dg_strbuf_take(&out), &f->untested);
}

/*
 * claims.c - which transactions each finding is about.
 *
 * Trials know the frame of one query each, and how it ended: a reached one where there is any.
 * So a finding's subject, ports and times choose trials, and nothing has to be matched again.
 * What trials do not know (fragments, refused replies, SERVFAILs, replies that nobody asked
 * for) is left to patterns.
 */
#include "api/claims.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "diagnose/explained.h"
#include "diagnose/portlist.h"
#include "dnsgap/error.h"

#define WELL_KNOWN_LAST 1023
#define PORT_FAR UINT32_MAX

/* One finding at work. */
struct claiming {
	const struct dg_diagnosis *d;
	const struct dg_summary *s;
	const struct dg_finding *f;
	struct dg_evidence *e;
	uint16_t number;
	bool *is_server;    /* whom it is about, by index; owned, as all that follow */
	bool *is_client;    /* likewise */
	bool *is_control;   /* servers to compare with */
	uint8_t *set;       /* its ports, as flags; all of them where it names none */
	uint32_t *distance; /* of each port to the set */
	struct list {
		struct pick {
			uint32_t trial;
			uint32_t distance;
		} * picks;
		size_t count;
		enum dg_evidence_role role;
	} near, others, habits; /* room for all trials each; only as many are written */
	uint64_t subjects;
};

/* ---- whom it is about ---- */

static bool
is_in_prefix(const struct dg_finding *f, const struct dg_addr *a)
{
	for (unsigned bit = 0; bit < f->prefix_bits; bit++) {
		unsigned mask = 0x80u >> bit % 8;

		if ((a->bytes[bit / 8] & mask) != (f->prefix.bytes[bit / 8] & mask))
			return false;
	}
	return true;
}

static void
mark_subjects(struct claiming *c)
{
	const struct dg_finding *f = c->f;
	const struct dg_summary *s = c->s;
	enum dg_family family = dg_finding_family(s, f);
	bool has_server_prefix = f->has_prefix && !f->is_client_prefix;
	bool has_client_prefix = f->has_prefix && f->is_client_prefix;

	for (size_t i = 0; i < s->server_count; i++)
		c->is_server[i] = has_server_prefix ? s->servers[i].key.family == family &&
			is_in_prefix(f, &s->servers[i].key.address)
						    : f->server_count == 0;
	for (size_t i = 0; i < s->client_count; i++)
		c->is_client[i] = has_client_prefix ? s->clients[i].key.family == family &&
			is_in_prefix(f, &s->clients[i].key.address)
						    : f->client_count == 0;
	for (unsigned i = 0; i < f->server_count; i++)
		c->is_server[f->servers[i]] = true;
	for (unsigned i = 0; i < f->client_count; i++)
		c->is_client[f->clients[i]] = true;
	for (size_t i = 0; i < s->server_count; i++)
		c->is_control[i] = f->control_count == 0;
	for (unsigned i = 0; i < f->control_count; i++)
		c->is_control[f->controls[i].server] = true;
}

/* ---- its ports ---- */

/* Sets the flags of "1-52,54-1023". */
static void
read_ports(uint8_t *set, const char *text)
{
	while (text != NULL && *text != '\0') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long port = first; port <= last && port < DG_PORTS_ALL; port++)
			set[port] = 1;
		text = *end == ',' ? end + 1 : NULL;
	}
}

static void
mark_ports(struct claiming *c)
{
	uint32_t gap = PORT_FAR;

	if (c->f->ports == NULL && c->f->within == NULL)
		memset(c->set, 1, DG_PORTS_ALL);
	read_ports(c->set, c->f->ports);
	read_ports(c->set, c->f->within);
	for (uint32_t port = 0; port < DG_PORTS_ALL; port++) {
		gap = c->set[port] ? 0 : gap == PORT_FAR ? gap : gap + 1;
		c->distance[port] = gap;
	}
	gap = PORT_FAR;
	for (uint32_t port = DG_PORTS_ALL; port-- > 0;) {
		gap = c->set[port] ? 0 : gap == PORT_FAR ? gap : gap + 1;
		if (gap < c->distance[port])
			c->distance[port] = gap;
	}
}

/* ---- one trial ---- */

static bool
has_transport(const struct dg_finding *f, const struct dg_trial *t)
{
	bool is_any = !f->transports[DG_SIDE_UDP] && !f->transports[DG_SIDE_TCP];

	return is_any ||
	    f->transports[t->transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP : DG_SIDE_UDP];
}

static bool
is_subject(const struct claiming *c, const struct dg_trial *t)
{
	return c->is_server[t->server] && c->is_client[t->client];
}

static bool
is_in_time(const struct dg_finding *f, const struct dg_trial *t)
{
	return !f->has_window || (t->time_ns > f->after_ns && t->time_ns < f->before_ns);
}

static int
claim(struct claiming *c, const struct dg_trial *t, enum dg_evidence_role role)
{
	struct dg_evidence_claim one = {
	    .time_ns = t->time_ns,
	    .place = {.file = t->file, .frame = t->frame},
	    .finding = c->number,
	    .port = t->port,
	    .role = (uint16_t)role,
	};

	if (role == DG_EVIDENCE_SILENT && t->dead > 1)
		one.others = (uint16_t)(t->dead - 1);
	c->subjects++;
	return dg_evidence_add_claim(c->e, &one);
}

/* Always 0, for callers that have no more to do. */
static int
add_pick(struct claiming *c, struct list *l, uint32_t trial)
{
	l->picks[l->count++] = (struct pick){trial, c->distance[c->s->trials[trial].port]};
	return 0;
}

static int
look_at_ports(struct claiming *c, uint32_t i, const struct dg_trial *t)
{
	bool is_inside = c->set[t->port], is_dead = dg_trial_is_dead(t);

	if (!has_transport(c->f, t))
		return 0;
	if (is_subject(c, t) && is_in_time(c->f, t)) {
		if (is_inside && is_dead)
			return claim(c, t, DG_EVIDENCE_SILENT);
		if (is_inside && c->f->within != NULL)
			return claim(c, t, DG_EVIDENCE_ANSWERED);
		return is_dead ? 0 : add_pick(c, &c->near, i);
	}
	/* Others at the same ports, and the same ones at another time. */
	return is_inside && !is_dead && (is_subject(c, t) || c->is_control[t->server])
	    ? add_pick(c, &c->others, i)
	    : 0;
}

static int
look_at_server(struct claiming *c, uint32_t i, const struct dg_trial *t)
{
	bool is_dead = dg_trial_is_dead(t);

	if (is_subject(c, t) && has_transport(c->f, t) && is_dead)
		return claim(c, t, DG_EVIDENCE_SILENT);
	if (is_dead)
		return 0;
	/* Of a server: what it answered over another transport, or to others. */
	return add_pick(c, c->is_server[t->server] ? &c->near : &c->others, i);
}

static int
look_at_time(struct claiming *c, uint32_t i, const struct dg_trial *t)
{
	bool is_within = t->time_ns >= c->f->first_ns && t->time_ns <= c->f->last_ns;

	if (!is_subject(c, t) || !has_transport(c->f, t))
		return 0;
	if (is_within || c->f->code == DG_RATE_LIMITED)
		return claim(
		    c, t, dg_trial_is_dead(t) ? DG_EVIDENCE_SILENT : DG_EVIDENCE_ANSWERED);
	return dg_trial_is_dead(t) ? 0 : add_pick(c, &c->near, i);
}

static int
look_at_loss(struct claiming *c, uint32_t i, const struct dg_trial *t)
{
	uint8_t explained = c->d->explained[i];

	if (!is_subject(c, t) || !has_transport(c->f, t))
		return 0;
	if (!dg_trial_is_dead(t))
		return add_pick(c, &c->near, i);
	return explained == 0 || explained == DG_LOSS_RANDOM + 1
	    ? claim(c, t, DG_EVIDENCE_SILENT)
	    : 0;
}

/* Beside the low ports, others of the same clients, whatever became of either: what is chosen
 * must not make low ports look worse than others. */
static int
look_at_low_port(struct claiming *c, uint32_t i, const struct dg_trial *t)
{
	if (!is_subject(c, t) || t->port == 0)
		return 0;
	(void)add_pick(c, t->port <= WELL_KNOWN_LAST ? &c->habits : &c->others, i);
	if (t->port > WELL_KNOWN_LAST)
		c->others.picks[c->others.count - 1].distance = 0;
	return 0;
}

static int
look_at_trial(struct claiming *c, uint32_t i, const struct dg_trial *t)
{
	bool is_dead = dg_trial_is_dead(t);

	switch (c->f->code) {
	case DG_PORTS_SILENT:
	case DG_PORTS_REFUSED:
	case DG_PORTS_HASH:
		return look_at_ports(c, i, t);
	case DG_SERVER_SILENT:
	case DG_SERVER_PORT_CLOSED:
	case DG_SERVER_UNREACHABLE:
	case DG_TCP_BLOCKED:
		return look_at_server(c, i, t);
	case DG_OUTAGE:
	case DG_RATE_LIMITED:
		return look_at_time(c, i, t);
	case DG_LOSS_RANDOM:
		return look_at_loss(c, i, t);
	case DG_REPLIES_LOST_BEYOND:
		return is_subject(c, t) && !is_dead ? claim(c, t, DG_EVIDENCE_ASKED_AGAIN) : 0;
	case DG_FRAGMENTS_LOST:
		return is_subject(c, t) && !is_dead ? add_pick(c, &c->near, i) : 0;
	case DG_SERVFAIL_EXPLAINED:
		return is_subject(c, t) && is_dead && c->set[t->port]
		    ? claim(c, t, DG_EVIDENCE_SILENT)
		    : 0;
	case DG_LOW_PORTS_IN_USE:
		return look_at_low_port(c, i, t);
	default:
		return 0;
	}
}

/* ---- what is listed and not what the finding is about ---- */

static int
compare_near(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	return x->trial < y->trial ? -1 : x->trial > y->trial;
}

/*
 * At most `max` of the list: the nearest ports first, and of equally near ones, which stand
 * in the order of ports and time, a part that is spread evenly.
 */
static int
claim_list(struct claiming *c, struct list *l, uint64_t max)
{
	size_t sure = 0, rest, take;
	int error = 0;

	if (l->count > 0)
		qsort(l->picks, l->count, sizeof *l->picks, compare_near);
	while (sure < l->count) {
		size_t end = sure;

		while (end < l->count && l->picks[end].distance == l->picks[sure].distance)
			end++;
		if (end > max)
			break;
		sure = end;
	}
	for (rest = sure;
	     rest < l->count && l->picks[rest].distance == l->picks[sure].distance;)
		rest++;
	rest -= sure;
	take = max - sure < rest ? (size_t)(max - sure) : rest;
	for (size_t i = 0; error == 0 && i < sure + take; i++) {
		size_t at = i < sure ? i : sure + (i - sure) * rest / take;

		error = claim(c, &c->s->trials[l->picks[at].trial], l->role);
	}
	return error;
}

static int
claim_lists(struct claiming *c)
{
	uint64_t controls =
	    c->subjects > DG_EVIDENCE_CONTROLS_MIN ? c->subjects : DG_EVIDENCE_CONTROLS_MIN;
	int error = claim_list(c, &c->near, controls);

	if (error == 0)
		error = claim_list(c, &c->others, controls);
	if (error == 0)
		error = claim_list(c, &c->habits, DG_EVIDENCE_HABITS_MAX);
	return error;
}

/* The frames that the report names. */
static int
claim_exemplars(struct claiming *c)
{
	const struct dg_finding *f = c->f;
	struct dg_evidence_claim one = {.time_ns = DG_TIME_NONE, .finding = c->number};
	int error = 0;

	for (unsigned i = 0; error == 0 && i < f->silent_count; i++) {
		one.place =
		    (struct dg_place){.file = f->silent[i].file, .frame = f->silent[i].frame};
		one.role = DG_EVIDENCE_SILENT;
		error = dg_evidence_add_claim(c->e, &one);
	}
	for (unsigned i = 0; error == 0 && i < f->answered_count; i++) {
		one.place = (struct dg_place){
		    .file = f->answered[i].file, .frame = f->answered[i].frame};
		one.role = DG_EVIDENCE_CONTROL;
		error = dg_evidence_add_claim(c->e, &one);
	}
	return error;
}

/* Trials know one query a second of a client that keeps its port: too few to show it. */
static int
watch_clients(struct claiming *c)
{
	const struct dg_finding *f = c->f;
	int error = 0;

	for (unsigned i = 0; error == 0 && i < f->client_count; i++) {
		const struct dg_client_key *k = &c->s->clients[f->clients[i]].key;
		struct dg_evidence_pattern p = {
		    .role = DG_EVIDENCE_HABIT,
		    .finding = c->number,
		    .has_address = true,
		    .family = k->family,
		    .max = DG_EVIDENCE_HABITS_MAX,
		    .address = k->address,
		};

		error = dg_evidence_add_pattern(c->e, &p);
	}
	return error;
}

static int
add_patterns(struct claiming *c)
{
	const struct dg_finding *f = c->f;
	struct dg_evidence_pattern p = {
	    .finding = c->number,
	    .has_address = f->has_sender,
	    .family = f->sender_family,
	    .max = DG_EVIDENCE_FOUND_MAX,
	    .address = f->sender,
	};

	switch (f->code) {
	case DG_FRAGMENTS_LOST:
		p.role = DG_EVIDENCE_FRAGMENTS;
		break;
	case DG_CLIENT_REFUSES_REPLIES:
		p.role = DG_EVIDENCE_REFUSED;
		break;
	case DG_CAPTURE_ONE_WAY:
		p.role = DG_EVIDENCE_ONE_WAY;
		break;
	case DG_SERVFAIL_EXPLAINED:
		p.role = DG_EVIDENCE_SERVFAIL;
		p.has_address = f->client_count > 0;
		if (p.has_address) {
			p.address = c->s->clients[f->clients[0]].key.address;
			p.family = c->s->clients[f->clients[0]].key.family;
		}
		break;
	case DG_SOURCE_PORTS_PREDICTABLE:
		return watch_clients(c);
	default:
		return 0;
	}
	return dg_evidence_add_pattern(c->e, &p);
}

static int
make_claims(struct claiming *c)
{
	int error = 0;

	c->near.count = c->others.count = c->habits.count = 0;
	/* Of habits, what is beside them may have any outcome. */
	c->others.role =
	    c->f->code == DG_LOW_PORTS_IN_USE ? DG_EVIDENCE_HABIT : DG_EVIDENCE_CONTROL;
	c->subjects = 0;
	memset(c->set, 0, DG_PORTS_ALL);
	mark_subjects(c);
	mark_ports(c);
	for (uint32_t i = 0; error == 0 && i < c->s->trial_count; i++) {
		if (c->s->trials[i].frame != 0)
			error = look_at_trial(c, i, &c->s->trials[i]);
	}
	if (error == 0)
		error = claim_exemplars(c);
	if (error == 0)
		error = claim_lists(c);
	return error != 0 ? error : add_patterns(c);
}

int
dg_claims_make(const struct dg_diagnosis *d, struct dg_evidence *e)
{
	const struct dg_summary *s = d->summary;
	struct claiming c = {
	    .d = d,
	    .s = s,
	    .e = e,
	    .is_server = calloc(s->server_count + 1, sizeof *c.is_server),
	    .is_client = calloc(s->client_count + 1, sizeof *c.is_client),
	    .is_control = calloc(s->server_count + 1, sizeof *c.is_control),
	    .set = calloc(DG_PORTS_ALL, sizeof *c.set),
	    .distance = calloc(DG_PORTS_ALL, sizeof *c.distance),
	    .near = {calloc(s->trial_count + 1, sizeof *c.near.picks), 0, DG_EVIDENCE_CONTROL},
	    .others = {calloc(s->trial_count + 1, sizeof *c.others.picks), 0,
		DG_EVIDENCE_CONTROL},
	    .habits = {calloc(s->trial_count + 1, sizeof *c.habits.picks), 0,
		DG_EVIDENCE_HABIT},
	};
	bool is_short = c.is_server == NULL || c.is_client == NULL || c.is_control == NULL ||
	    c.set == NULL || c.distance == NULL || c.near.picks == NULL ||
	    c.others.picks == NULL || c.habits.picks == NULL;
	int error = is_short ? DNSGAP_ENOMEM : 0;

	for (size_t i = 0; error == 0 && i < d->findings.count; i++) {
		c.f = d->findings.list[i];
		c.number = (uint16_t)i;
		if (!dg_evidence_add_finding(e, dg_code_name(c.f->code)))
			break;
		error = make_claims(&c);
	}
	free(c.is_server);
	free(c.is_client);
	free(c.is_control);
	free(c.set);
	free(c.distance);
	free(c.near.picks);
	free(c.others.picks);
	free(c.habits.picks);
	return error;
}

/*
 * rule_sources.c - client ports that can be guessed or are low.
 *
 * Whoever guesses a client's port is one step from forging its replies (RFC 5452): a fixed
 * port, few of them side by side, or one after the other.  Of UDP only: TCP has sequence
 * numbers.  Rated are clients with DG_PROFILE_MIN queries or more.
 *
 * Order in time is looked at in a share of a client's ports, chosen by their hash: a walk
 * stays a walk when some of its ports are left out.
 */
#include "diagnose/diagnose.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "diagnose/portlist.h"
#include "dnsgap/error.h"
#include "judge/numbers.h"

/* Fewer queries from low ports are somebody's test. */
#define LOW_MIN 3
#define LOW_LAST 1023
#define DNS_PORT 53
#define LOW_RUNS_MAX 256

/* Trials of one client whose order is looked at: about so many, at most twice. */
#define WALK_TRIALS 1024
#define WALK_MIN 20
/* A random order goes one way like that once in a million. */
#define LN_WALK (-13.815510557964274)
/* And of so many steps at most one goes back: a share of the ports hides other clients behind
 * the same address worse than all of them do. */
#define WALK_TURN_STEPS 10
/* Clients about which a sentence is written. */
#define TOLD_MAX 8

enum habit {
	HABIT_NONE,
	HABIT_FIXED,
	HABIT_NARROW,
	HABIT_WALK,
	HABIT_COUNT
};

/* What one client's trials say. */
struct source {
	uint64_t transactions; /* over UDP, as all but the last two */
	uint64_t reached;
	double sum; /* of the distances from the lowest port, over transactions */
	double squares;
	uint32_t trials;
	uint32_t distinct;
	uint16_t lowest;
	uint16_t highest;
	int64_t first_ns;
	int64_t last_ns;
	uint32_t *walk; /* indexes of trials, by time; lies in a list of all clients' */
	uint32_t walk_count;
	uint32_t steps;
	uint32_t descents;
	enum habit habit;
	struct dg_reach low;   /* over both transports */
	struct dg_reach other; /* likewise */
};

struct sources {
	const struct dg_summary *summary;
	struct source *list; /* by client; owned */
	uint32_t *walks;     /* owned */
};

static bool
is_low(uint16_t port)
{
	return port <= LOW_LAST && port != DNS_PORT;
}

static void
count_udp(struct source *s, const struct dg_trial *t)
{
	double n = (double)t->reached + t->dead;
	double distance;

	/* Trials come in the order of their ports. */
	if (s->trials++ == 0) {
		s->lowest = t->port;
		s->first_ns = s->last_ns = t->time_ns;
	}
	if (s->trials == 1 || t->port != s->highest)
		s->distinct++;
	s->highest = t->port;
	if (t->time_ns < s->first_ns)
		s->first_ns = t->time_ns;
	if (t->time_ns > s->last_ns)
		s->last_ns = t->time_ns;
	distance = (double)t->port - s->lowest;
	s->sum += n * distance;
	s->squares += n * distance * distance;
	s->transactions += (uint64_t)t->reached + t->dead;
	s->reached += t->reached;
}

static void
count_trials(struct sources *all)
{
	for (size_t i = 0; i < all->summary->trial_count; i++) {
		const struct dg_trial *t = &all->summary->trials[i];
		struct source *s = &all->list[t->client];
		struct dg_reach *r = is_low(t->port) ? &s->low : &s->other;

		if (t->transport == DG_TRANSPORT_UDP)
			count_udp(s, t);
		r->transactions += (uint64_t)t->reached + t->dead;
		r->reached += t->reached;
	}
}

/* Whether the trial is in the share of its client's that is looked at in order. */
static bool
is_in_walk(const struct dg_diagnosis *d, const struct source *s, uint32_t trial)
{
	unsigned bits = 0;

	if (d->orders.traits[trial] & DG_TRAIT_TCP)
		return false;
	while (s->trials >> bits > 2 * WALK_TRIALS)
		bits++;
	return bits == 0 || (d->summary->trials[trial].mark & ((UINT32_C(1) << bits) - 1)) == 0;
}

/*
 * Steps in order of time; not all of them once so many turned that the client takes no walk.
 */
static void
count_steps(const struct dg_trial *trials, struct source *s)
{
	if (s->walk_count <= WALK_MIN)
		return;
	for (uint32_t i = 1; i < s->walk_count; i++) {
		uint16_t from = trials[s->walk[i - 1]].port, to = trials[s->walk[i]].port;
		uint32_t ascents, turns;

		s->steps += to != from;
		s->descents += to < from;
		ascents = s->steps - s->descents;
		turns = ascents < s->descents ? ascents : s->descents;
		if (turns * WALK_TURN_STEPS >= s->walk_count)
			return;
	}
}

/* Sorts out which trials are whose, in the order in which they came.  0 or DNSGAP_ENOMEM. */
static int
find_walks(const struct dg_diagnosis *d, struct sources *all)
{
	const struct dg_trial *trials = all->summary->trials;
	uint32_t at = 0;

	all->walks = malloc((all->summary->trial_count + 1) * sizeof *all->walks);
	if (all->walks == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < all->summary->client_count; i++) {
		all->list[i].walk = all->walks + at;
		at += all->list[i].trials;
	}
	for (size_t i = 0; i < all->summary->trial_count; i++) {
		uint32_t trial = d->orders.by_time[i];
		struct source *s = &all->list[d->orders.clients[trial]];

		if (is_in_walk(d, s, trial))
			s->walk[s->walk_count++] = trial;
	}
	for (size_t i = 0; i < all->summary->client_count; i++)
		count_steps(trials, &all->list[i]);
	return 0;
}

static double
stddev_of(const struct source *s)
{
	double n = (double)s->transactions, mean = s->sum / n;
	double variance = s->squares / n - mean * mean;

	return variance > 0 ? sqrt(variance) : 0;
}

/* Up all the way, or down, but for the turns of a counter. */
static bool
is_walk(const struct source *s)
{
	uint32_t ascents = s->steps - s->descents;
	uint32_t turns = ascents < s->descents ? ascents : s->descents;

	return s->steps >= WALK_MIN && turns * WALK_TURN_STEPS <= s->steps &&
	    dg_ln_descents_tail(turns, (int64_t)s->steps + 1) <= LN_WALK;
}

static enum habit
habit_of(const struct source *s)
{
	if (s->transactions < DG_PROFILE_MIN)
		return HABIT_NONE;
	if (s->distinct == 1)
		return HABIT_FIXED;
	if (is_walk(s))
		return HABIT_WALK;
	return stddev_of(s) < DG_PROFILE_GOOD_STDDEV ? HABIT_NARROW : HABIT_NONE;
}

static int
tell(const struct dg_client_summary *client, const struct source *s, struct dg_finding *f)
{
	char address[DG_ADDR_TEXT_MAX];
	uint32_t ascents = s->steps - s->descents;
	uint32_t most = ascents > s->descents ? ascents : s->descents;

	dg_addr_text(&client->key.address, (enum dg_family)client->key.family, address);
	if (s->habit == HABIT_FIXED)
		return dg_words_add(&f->evidence,
		    "%s sent all of %" PRIu64 " queries over UDP from port %u.", address,
		    s->transactions, (unsigned)s->lowest);
	if (s->habit == HABIT_NARROW)
		return dg_words_add(&f->evidence,
		    "%s sent %" PRIu64 " queries over UDP from %u ports in %u-%u: their "
		    "standard deviation is %.0f; under %.0f is rated poor.",
		    address, s->transactions, (unsigned)s->distinct, (unsigned)s->lowest,
		    (unsigned)s->highest, stddev_of(s), DG_PROFILE_GOOD_STDDEV);
	return dg_words_add(&f->evidence,
	    "%s takes its ports one after the other: of %u steps from one query to the next, "
	    "%u go %s.",
	    address, (unsigned)s->steps, (unsigned)most, most == ascents ? "up" : "down");
}

static void
add_client(uint32_t client, struct dg_finding *f)
{
	f->clients_all++;
	if (f->client_count < DG_FINDING_SUBJECTS_MAX)
		f->clients[f->client_count++] = client;
}

static void
add_time(const struct source *s, struct dg_finding *f)
{
	if (f->first_ns == DG_TIME_NONE || s->first_ns < f->first_ns)
		f->first_ns = s->first_ns;
	if (f->last_ns == DG_TIME_NONE || s->last_ns > f->last_ns)
		f->last_ns = s->last_ns;
}

/* One finding for all clients that have the habit. */
static int
add_habit(struct dg_diagnosis *d, const struct sources *all, enum habit habit)
{
	struct dg_finding *f = dg_finding_new(DG_SOURCE_PORTS_PREDICTABLE, DG_NOTE);
	const struct source *only = NULL;
	int error = f != NULL ? 0 : DNSGAP_ENOMEM;

	for (uint32_t i = 0; error == 0 && i < d->summary->client_count; i++) {
		const struct source *s = &all->list[i];

		if (s->habit != habit)
			continue;
		only = f->clients_all == 0 ? s : NULL;
		add_client(i, f);
		add_time(s, f);
		f->inside.transactions += s->transactions;
		f->inside.reached += s->reached;
		if (f->clients_all <= TOLD_MAX)
			error = tell(&d->summary->clients[i], s, f);
	}
	if (error == 0 && only != NULL) {
		int length = only->lowest == only->highest
		    ? asprintf(&f->ports, "%u", (unsigned)only->lowest)
		    : asprintf(
			  &f->ports, "%u-%u", (unsigned)only->lowest, (unsigned)only->highest);

		f->ports_seen = only->distinct;
		if (length < 0) {
			f->ports = NULL;
			error = DNSGAP_ENOMEM;
		}
	}
	if (error != 0 || f->clients_all == 0) {
		dg_finding_free(f);
		return error;
	}
	f->transports[DG_SIDE_UDP] = true;
	return dg_findings_add(&d->findings, f);
}

static void
add_frame(const struct dg_trial *t, struct dg_finding *f)
{
	bool is_silent = t->reached == 0;
	struct dg_frame_name *list = is_silent ? f->silent : f->answered;
	unsigned *count = is_silent ? &f->silent_count : &f->answered_count;

	if (t->frame != 0 && *count < DG_FINDING_FRAMES_MAX)
		list[(*count)++] = (struct dg_frame_name){.frame = t->frame, .file = t->file};
}

static bool
is_low_user(const struct source *s)
{
	return s->low.transactions >= LOW_MIN;
}

/* Ports, transports, frames and times of the low queries of those who send them. */
static int
describe_low(const struct sources *all, struct dg_finding *f)
{
	uint8_t *flags = calloc(DG_PORTS_ALL, sizeof *flags);

	if (flags == NULL)
		return DNSGAP_ENOMEM;
	for (size_t i = 0; i < all->summary->trial_count; i++) {
		const struct dg_trial *t = &all->summary->trials[i];
		struct source at = {.first_ns = t->time_ns, .last_ns = t->time_ns};

		if (!is_low(t->port) || !is_low_user(&all->list[t->client]))
			continue;
		if (flags[t->port] == 0) {
			f->ports_seen++;
			add_frame(t, f);
		}
		flags[t->port] = 1;
		f->transports[t->transport == DG_TRANSPORT_TCP ? DG_SIDE_TCP : DG_SIDE_UDP] =
		    true;
		add_time(&at, f);
	}
	f->ports = dg_ports_text(flags, 1, 0, LOW_RUNS_MAX, NULL);
	free(flags);
	return f->ports != NULL ? 0 : DNSGAP_ENOMEM;
}

static int
tell_low(const struct dg_client_summary *client, const struct source *s, struct dg_finding *f)
{
	char address[DG_ADDR_TEXT_MAX];
	uint64_t sent = s->low.transactions + s->other.transactions;

	dg_addr_text(&client->key.address, (enum dg_family)client->key.family, address);
	return dg_words_add(&f->evidence,
	    "%s sent %" PRIu64 " of %" PRIu64 " transactions (%.1f %%) from ports below 1024 "
	    "other than 53; %" PRIu64 " of them were answered.",
	    address, s->low.transactions, sent,
	    100.0 * (double)s->low.transactions / (double)sent, s->low.reached);
}

static int
add_low(struct dg_diagnosis *d, const struct sources *all)
{
	struct dg_finding *f = dg_finding_new(DG_LOW_PORTS_IN_USE, DG_NOTE);
	int error = f != NULL ? 0 : DNSGAP_ENOMEM;

	for (uint32_t i = 0; error == 0 && i < d->summary->client_count; i++) {
		const struct source *s = &all->list[i];

		if (!is_low_user(s))
			continue;
		add_client(i, f);
		f->inside.transactions += s->low.transactions;
		f->inside.reached += s->low.reached;
		f->outside.transactions += s->other.transactions;
		f->outside.reached += s->other.reached;
		if (f->clients_all <= TOLD_MAX)
			error = tell_low(&d->summary->clients[i], s, f);
	}
	if (error == 0 && f->clients_all > 0)
		error = describe_low(all, f);
	if (error != 0 || f->clients_all == 0) {
		dg_finding_free(f);
		return error;
	}
	f->has_outside = f->outside.transactions > 0;
	return dg_findings_add(&d->findings, f);
}

int
dg_rule_sources(struct dg_diagnosis *d)
{
	const struct dg_summary *summary = d->summary;
	struct sources all = {.summary = summary};
	int error;

	all.list = calloc(summary->client_count + 1, sizeof *all.list);
	if (all.list == NULL)
		return DNSGAP_ENOMEM;
	count_trials(&all);
	error = find_walks(d, &all);
	for (size_t i = 0; error == 0 && i < summary->client_count; i++)
		all.list[i].habit = habit_of(&all.list[i]);
	for (int habit = HABIT_FIXED; error == 0 && habit < HABIT_COUNT; habit++)
		error = add_habit(d, &all, (enum habit)habit);
	if (error == 0)
		error = add_low(d, &all);
	free(all.walks);
	free(all.list);
	return error;
}

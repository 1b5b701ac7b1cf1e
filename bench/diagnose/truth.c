/*
 * truth.c - what is so in a simulated capture, and what somebody who knows it could prove.
 *
 * The oracle is told which ports are at fault, at whom and when.  It holds the trials of the
 * fault's scope and time against each other, inside and outside of the ports, by Fisher's
 * exact test.  What it cannot tell from chance, nobody can.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/limits.h"
#include "sim.h"

bool
sim_is_range(const struct sim_fault *f)
{
	return f->set == SIM_SET_RANGES;
}

static unsigned
parity(uint32_t x)
{
	return (unsigned)__builtin_parity(x);
}

bool
sim_is_in_set(const struct sim_fault *f, uint32_t server, uint32_t client, uint16_t port)
{
	const uint64_t pair = sim_mix(f->hash_seed, (uint64_t)server << 32 | client);
	bool is_in = false;

	switch (f->set) {
	case SIM_SET_RANGES:
	case SIM_SET_LIST:
		break;
	case SIM_SET_PARITY:
		for (unsigned i = 0; i < f->mask_count; i++)
			if (parity(port & f->masks[i]) != (pair >> i & 1))
				return false;
		return true;
	case SIM_SET_HASH:
		return sim_mix(pair, port) % f->bucket_count == 0;
	}
	for (unsigned i = 0; i < f->range_count; i++)
		is_in |= port >= f->ranges[i].first && port <= f->ranges[i].last;
	for (unsigned i = 0; i < f->exception_count; i++)
		is_in &= port != f->exceptions[i];
	return is_in;
}

bool
sim_is_in_scope(
    const struct sim_world *w, const struct sim_fault *f, uint32_t server, uint32_t client)
{
	const uint32_t bit = UINT32_C(1) << (f - w->faults);

	return (w->servers[server].fault_bits & w->clients[client].fault_bits & bit) != 0;
}

bool
sim_is_in_window(const struct sim_world *w, const struct sim_fault *f, int64_t time_ns)
{
	const double share = (double)(time_ns - w->start_ns) / 1e9 / w->length_s;

	return (f->from <= 0 || share >= f->from) && (f->until >= 1 || share < f->until);
}

bool
sim_is_in_fault(const struct sim_world *w, const struct sim_fault *f, uint32_t server,
    uint32_t client, uint16_t port, int64_t time_ns)
{
	return sim_is_in_scope(w, f, server, client) && sim_is_in_window(w, f, time_ns) &&
	    sim_is_in_set(f, server, client, port);
}

static double
ln_choose(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

double
sim_ln_fisher(uint64_t k, uint64_t all, uint64_t dead, uint64_t n)
{
	const uint64_t most = dead < n ? dead : n;
	double term = 1, sum = 1, ln_first;

	if (all == 0 || (double)k <= (double)n * (double)dead / (double)all)
		return 0;
	ln_first = ln_choose((double)dead, (double)k) +
	    ln_choose((double)(all - dead), (double)(n - k)) -
	    ln_choose((double)all, (double)n);
	for (uint64_t x = k; x < most && term > 1e-17 * sum; x++) {
		term *= (double)(dead - x) / (double)(x + 1) * (double)(n - x) /
		    ((double)(all - dead) - (double)(n - x) + 1);
		sum += term;
	}
	return fmin(0, ln_first + log(sum));
}

static double
ln_oracle_of(const struct sim_run *r, const struct sim_fault *f)
{
	const struct sim_world *w = &r->world;
	uint64_t inside = 0, inside_dead = 0, all = 0, dead = 0;

	for (size_t i = 0; i < r->trial_count; i++) {
		const struct dg_trial *t = &r->trials[i];

		if (!sim_is_in_scope(w, f, t->server, t->client) ||
		    !sim_is_in_window(w, f, t->time_ns))
			continue;
		all++;
		dead += sim_trial_is_dead(t);
		if (!sim_is_in_set(f, t->server, t->client, t->port))
			continue;
		inside++;
		inside_dead += sim_trial_is_dead(t);
	}
	return sim_ln_fisher(inside_dead, all, dead, inside);
}

/* Of all faults, as all are to be found. */
static void
find_truth(struct sim_run *r)
{
	const struct sim_world *w = &r->world;

	r->truth = sim_alloc(r->trial_count, sizeof *r->truth);
	for (size_t i = 0; i < r->trial_count; i++) {
		const struct dg_trial *t = &r->trials[i];

		for (size_t f = 0; f < w->fault_count; f++)
			if (sim_is_in_fault(
				w, &w->faults[f], t->server, t->client, t->port, t->time_ns))
				r->truth[i] |= UINT32_C(1) << f;
	}
	r->ln_oracle = w->fault_count > 0 ? -HUGE_VAL : 0;
	for (size_t f = 0; f < w->fault_count; f++)
		r->ln_oracle = fmax(r->ln_oracle, ln_oracle_of(r, &w->faults[f]));
}

/* As the tally does it, by the tally's own table. */
static void
make_trials(struct sim_run *r)
{
	const struct sim_world *w = &r->world;
	const uint64_t secrets[2] = {
	    UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd1b54a32d192ed03)};
	struct dg_trials table;

	dg_trials_init(&table, DG_TRIALS_MAX, secrets);
	for (size_t i = 0; i < w->query_count; i++) {
		const struct sim_query *q = &w->queries[i];
		const uint64_t pair = (uint64_t)q->server << 32 | q->client;
		struct dg_trial one = {
		    .time_ns = q->time_ns,
		    .question = (uint32_t)sim_mix(1, q->question) | 1,
		    .frame = (uint32_t)i + 1,
		    .port = q->port,
		    .server = q->server,
		    .client = q->client,
		    .mark = (uint32_t)sim_mix(pair, q->port),
		    .reached = q->outcome == SIM_ALIVE,
		    .dead = q->outcome == SIM_DEAD || q->outcome == SIM_REFUSED,
		    .refused = q->outcome == SIM_REFUSED,
		    .transport = DG_TRANSPORT_UDP,
		};

		if (q->outcome == SIM_UNDECIDED)
			continue;
		if (dg_trials_add(&table, &one) != 0) {
			fputs("diagnose: no memory\n", stderr);
			exit(1);
		}
	}
	r->trial_count = table.count;
	r->trials = malloc((table.count + 1) * sizeof *r->trials);
	if (r->trials == NULL) {
		fputs("diagnose: no memory\n", stderr);
		exit(1);
	}
	if (table.count > 0)
		memcpy(r->trials, table.rows, table.count * sizeof *r->trials);
	dg_trials_fini(&table);
}

void
sim_run_make(struct sim_run *r)
{
	sim_play(&r->world);
	make_trials(r);
	find_truth(r);
}

void
sim_run_fini(struct sim_run *r)
{
	free(r->trials);
	free(r->truth);
	sim_world_fini(&r->world);
}

void
sim_tell_fault(const struct sim_world *w, const struct sim_fault *f, FILE *out)
{
	size_t servers = 0, clients = 0;

	for (unsigned i = 0; i < f->range_count && i < 3; i++)
		fprintf(out, "%u-%u ", f->ranges[i].first, f->ranges[i].last);
	for (unsigned i = 0; i < f->exception_count; i++)
		fprintf(out, "but %u ", f->exceptions[i]);
	for (unsigned i = 0; i < f->mask_count; i++)
		fprintf(out, "mask %04x ", f->masks[i]);
	for (size_t i = 0; i < w->server_count; i++)
		servers += w->servers[i].fault_bits >> (f - w->faults) & 1;
	for (size_t i = 0; i < w->client_count; i++)
		clients += w->clients[i].fault_bits >> (f - w->faults) & 1;
	fprintf(out, "at %zu of %zu servers, %zu of %zu clients", servers, w->server_count,
	    clients, w->client_count);
	if (f->from > 0 || f->until < 1)
		fprintf(out, ", %.2f to %.2f of the time", f->from, f->until);
	if (f->loss < 1)
		fprintf(out, ", loss %.2f", f->loss);
}

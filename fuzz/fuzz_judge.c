/*
 * fuzz_judge.c - from what was counted to findings: the judge of ports alone, and all rules.
 *
 * Input: three bytes choose what is asked, how many servers and clients there are, and when
 *time begins; then records of six bytes.  A record stands for 1 to 256 queries:
 *
 *	byte 0    outcome (low four bits), over TCP, question the same for all, none, repeated
 *	byte 1    how many, less one
 *	byte 2-3  the first port
 *	byte 4    how ports go on (low two bits), how time does (two), servers (two), clients
 *(two) byte 5    the first server (low four bits) and client
 *
 * The judge gets trials with times and counts that no capture has.  The rules get a tally's
 * summary.  What comes out keeps to its header, and is the same whatever the order that
 * trials, or transactions, came in.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "diagnose/diagnose.h"
#include "fuzz.h"

#define ROWS_MAX 256
#define ENTITIES_MAX 65536u

struct world {
	struct dg_trial rows[ROWS_MAX];
	size_t count;
	uint32_t servers;
	uint32_t clients;
	bool is_same_prefix;
	bool is_same_transport;
	int64_t now_ns;
	int64_t last_ns;
};

/* --- rows from input -------------------------------------------------------- */

static const uint32_t entity_counts[] = {1, 2, 3, 7, 16, 257, 4000, ENTITIES_MAX};
static const int64_t beginnings[] = {
    INT64_C(1700000000) * DG_NS_PER_S, 0, INT64_MAX, DG_TIME_MAX - 100 * DG_NS_PER_S};
static const int64_t time_steps[] = {0, 50000000, 3 * DG_NS_PER_S, 700 * DG_NS_PER_S};

static uint32_t
pick(uint32_t first, unsigned mode, unsigned i, uint32_t count)
{
	static const uint32_t steps[] = {0, 1, 4099, 17};

	return (first * 3001u + i * steps[mode & 3]) % count;
}

static uint16_t
next_port(uint16_t port, unsigned mode)
{
	switch (mode & 3) {
	case 0:
		return port;
	case 1:
		return (uint16_t)(port + 1);
	case 2:
		return (uint16_t)(port * 25173u + 13849u);
	default:
		return (uint16_t)(port - 61);
	}
}

static uint32_t
question_of(uint8_t kind, uint32_t n)
{
	if (kind & 0x20)
		return kind & 0x40 ? 0 : 7;
	return kind & 0x40 ? 1 + n % 5 : 1 + n;
}

/* A trial whose `dead` holds how often it was not reached, and whose `zero` its outcome. */
static void
add_record(struct world *w, struct fuzz_in *in)
{
	uint8_t kind = fuzz_u8(in), times = fuzz_u8(in);
	uint16_t port = fuzz_u16(in);
	uint8_t steps = fuzz_u8(in), who = fuzz_u8(in);
	enum dg_outcome outcome = (enum dg_outcome)((kind & 15) % DG_OUTCOME_COUNT);

	for (unsigned i = 0; i <= times && w->count < ROWS_MAX; i++) {
		/* Alternating. */
		enum dg_outcome o = kind & 0x80 && i % 2 == 1 ? DG_OUTCOME_ANSWERED : outcome;
		bool is_dead = !dg_outcome_is_reached(o);
		int64_t step = time_steps[steps >> 2 & 3];

		w->rows[w->count] = (struct dg_trial){
		    .time_ns = w->now_ns,
		    .question = question_of(kind, (uint32_t)w->count),
		    .frame = (uint32_t)w->count + 1,
		    .port = port,
		    .server = pick(who & 15, steps >> 4, i, w->servers),
		    .client = pick(who >> 4, steps >> 6, i, w->clients),
		    .mark = (uint32_t)w->count * 2654435761u,
		    .reached = is_dead ? 0
			: steps == 255 ? UINT16_MAX
				       : 1,
		    .dead = is_dead    ? 1
			: steps == 255 ? UINT16_MAX
				       : 0,
		    .refused = o == DG_OUTCOME_ICMP_ERROR,
		    .transport = kind & 0x10 && !w->is_same_transport ? DG_TRANSPORT_TCP
								      : DG_TRANSPORT_UDP,
		    .zero = (uint8_t)o,
		};
		w->count++;
		w->last_ns = w->now_ns > w->last_ns ? w->now_ns : w->last_ns;
		port = next_port(port, steps);
		if (w->now_ns <= INT64_MAX - step)
			w->now_ns += step;
	}
}

static struct world *
make_world(struct fuzz_in *in, bool is_judge)
{
	struct world *w = calloc(1, sizeof *w);
	uint8_t sizes = fuzz_u8(in), time = fuzz_u8(in);

	FUZZ_CHECK(w != NULL);
	w->servers = entity_counts[sizes & 7];
	w->clients = entity_counts[sizes >> 3 & 7];
	w->is_same_prefix = sizes >> 6 & 1;
	w->is_same_transport = is_judge;
	w->now_ns = beginnings[time & 3];
	if (!is_judge && w->now_ns > DG_TIME_MAX)
		w->now_ns = DG_TIME_MAX;
	while (in->left > 0 && w->count < ROWS_MAX)
		add_record(w, in);
	for (size_t i = 0; !is_judge && i < w->count; i++)
		if (w->rows[i].time_ns > DG_TIME_MAX)
			w->rows[i].time_ns = DG_TIME_MAX;
	return w;
}

/* Another order of the same rows. */
static void
shuffle(struct dg_trial *rows, size_t count)
{
	uint32_t state = 12345;

	for (size_t i = count; i > 1; i--) {
		size_t j = (state = state * 1664525u + 1013904223u) % i;
		struct dg_trial row = rows[i - 1];

		rows[i - 1] = rows[j];
		rows[j] = row;
	}
}

/* --- the judge -------------------------------------------------------------- */

static void
check_end(const struct dg_range_end *e)
{
	FUZZ_CHECK(e->least <= e->most);
	FUZZ_CHECK(e->probability >= 0 && e->probability <= 1);
}

static void
check_ranges(const struct dg_port_verdict *v)
{
	FUZZ_CHECK(v->range_count <= DG_VERDICT_RANGES_MAX);
	FUZZ_CHECK(v->exception_count <= DG_VERDICT_EXCEPTIONS_MAX);
	FUZZ_CHECK(v->mask_count <= DG_VERDICT_MASKS_MAX);
	for (unsigned i = 0; i < v->range_count; i++) {
		FUZZ_CHECK(v->ranges[i].first <= v->ranges[i].last);
		FUZZ_CHECK(i == 0 || v->ranges[i - 1].last < v->ranges[i].first);
		check_end(&v->firsts[i]);
		check_end(&v->lasts[i]);
	}
	for (unsigned i = 1; i < v->exception_count; i++)
		FUZZ_CHECK(v->exceptions[i - 1] < v->exceptions[i]);
	for (unsigned i = 0; i < v->exception_count; i++)
		FUZZ_CHECK(!dg_verdict_has_port(v, v->exceptions[i]));
	for (size_t i = 1; i < v->port_count; i++)
		FUZZ_CHECK(v->ports[i - 1] < v->ports[i]);
}

static void
check_verdict(const struct world *w, const struct dg_port_verdict *v)
{
	FUZZ_CHECK(v->shape < DG_SHAPE_COUNT && v->scope < DG_SCOPE_COUNT);
	FUZZ_CHECK(v->unit_count >= 1);
	for (size_t i = 0; i < v->unit_count; i++) {
		FUZZ_CHECK(v->units[i].server < w->servers && v->units[i].client < w->clients);
		FUZZ_CHECK(
		    i == 0 || memcmp(&v->units[i - 1], &v->units[i], sizeof *v->units) != 0);
	}
	check_ranges(v);
	FUZZ_CHECK(v->inside_dead <= v->inside_trials && v->inside_refused <= v->inside_dead);
	FUZZ_CHECK(v->outside_dead <= v->outside_trials);
	FUZZ_CHECK(v->inside_dead > 0);
	FUZZ_CHECK(v->ln_p <= log(DG_PORTS_ALPHA)); /* no NaN either */
	FUZZ_CHECK(!isnan(v->ln_bayes));
	FUZZ_CHECK(v->share >= 0 && v->share <= 1);
}

static void
check_result(const struct world *w, const struct dg_port_result *r)
{
	size_t dead = 0;

	for (size_t i = 0; i < w->count; i++)
		dead += w->rows[i].reached == 0;
	FUZZ_CHECK(r->verdict_count <= DG_PORT_VERDICTS_MAX && r->doubt_count <= DG_DOUBTS_MAX);
	FUZZ_CHECK(r->is_all_dead == (w->count > 0 && dead == w->count));
	if (dead == 0 || r->is_all_dead)
		FUZZ_CHECK(r->verdict_count == 0 && r->doubt_count == 0);
	for (size_t i = 0; i < r->verdict_count; i++)
		check_verdict(w, &r->verdicts[i]);
	for (unsigned i = 0; i < r->doubt_count; i++)
		FUZZ_CHECK(r->doubts[i].range.first <= r->doubts[i].range.last &&
		    r->doubts[i].ln_p <= 0);
	for (size_t i = 0; i < r->entity_count; i++)
		FUZZ_CHECK(r->entities[i].trials >= 2);
}

static void
check_same_verdict(const struct dg_port_verdict *a, const struct dg_port_verdict *b)
{
	FUZZ_CHECK(a->shape == b->shape && a->scope == b->scope);
	FUZZ_CHECK(a->unit_count == b->unit_count);
	FUZZ_CHECK(memcmp(a->units, b->units, a->unit_count * sizeof *a->units) == 0);
	FUZZ_CHECK(memcmp(a->ranges, b->ranges, sizeof a->ranges) == 0);
	FUZZ_CHECK(memcmp(a->exceptions, b->exceptions, sizeof a->exceptions) == 0);
	FUZZ_CHECK(memcmp(a->masks, b->masks, sizeof a->masks) == 0);
	FUZZ_CHECK(a->port_count == b->port_count);
	FUZZ_CHECK(memcmp(&a->ln_p, &b->ln_p, sizeof a->ln_p) == 0);
	FUZZ_CHECK(memcmp(&a->ln_bayes, &b->ln_bayes, sizeof a->ln_bayes) == 0);
	FUZZ_CHECK(a->after_ns == b->after_ns && a->before_ns == b->before_ns);
	FUZZ_CHECK(a->inside_trials == b->inside_trials && a->inside_dead == b->inside_dead);
	FUZZ_CHECK(a->outside_trials == b->outside_trials);
	FUZZ_CHECK(
	    a->other_servers == b->other_servers && a->other_clients == b->other_clients);
}

/* Ascending from 0: each a prefix of its own, or by threes. */
static uint32_t *
make_prefixes(uint32_t count, bool is_same)
{
	uint32_t *prefixes = calloc(count, sizeof *prefixes);

	FUZZ_CHECK(prefixes != NULL);
	for (uint32_t i = 0; i < count; i++)
		prefixes[i] = is_same ? i / 3 : i;
	return prefixes;
}

static void
fuzz_judge(struct world *w)
{
	struct dg_port_input input = {
	    .trials = w->rows,
	    .trial_count = w->count,
	    .server_count = w->servers,
	    .client_count = w->clients,
	};
	struct dg_port_result *a, *b;
	uint32_t *servers = make_prefixes(w->servers, w->is_same_prefix);
	uint32_t *clients = make_prefixes(w->clients, w->is_same_prefix);

	input.server_prefixes = servers;
	input.client_prefixes = clients;
	FUZZ_CHECK(dg_ports_judge(&input, &a) == 0);
	check_result(w, a);
	shuffle(w->rows, w->count);
	FUZZ_CHECK(dg_ports_judge(&input, &b) == 0);
	FUZZ_CHECK(a->verdict_count == b->verdict_count && a->doubt_count == b->doubt_count);
	FUZZ_CHECK(a->entity_count == b->entity_count);
	for (size_t i = 0; i < a->verdict_count; i++)
		check_same_verdict(&a->verdicts[i], &b->verdicts[i]);
	dg_ports_free(a);
	dg_ports_free(b);
	free(servers);
	free(clients);
}

/* --- all rules -------------------------------------------------------------- */

/* Every third server and client speaks IPv6; neighbours share a prefix. */
static struct dg_flow
flow_of(const struct world *w, const struct dg_trial *row)
{
	enum dg_family family = row->server % 3 == 2 ? DG_FAMILY_IP6 : DG_FAMILY_IP4;
	uint32_t server = row->server, client = row->client;
	uint8_t s[16] = {32, 1, (uint8_t)(server >> 8), (uint8_t)server};
	uint8_t c[16] = {10, (uint8_t)(client >> 16), (uint8_t)(client >> 8), (uint8_t)client};

	if (w->is_same_prefix) { /* a client may be a server, too: a resolver */
		memcpy(s, (uint8_t[4]){10, 0, (uint8_t)(server >> 8), (uint8_t)server}, 4);
		memcpy(c, (uint8_t[4]){10, 0, (uint8_t)(client >> 8), (uint8_t)client}, 4);
	}
	return (struct dg_flow){
	    .client = dg_addr_make(c, family),
	    .server = dg_addr_make(s, family),
	    .client_port = row->port,
	    .server_port = 53,
	    .family = (uint8_t)family,
	    .transport = row->transport,
	};
}

static void
count_row(struct dg_tally *t, const struct world *w, const struct dg_trial *row)
{
	uint8_t name[] = {3, 'x', 0, 0, 4, 't', 'e', 's', 't', 0};
	enum dg_outcome o = (enum dg_outcome)row->zero;
	bool is_reached = dg_outcome_is_reached(o);
	int64_t latency_ns = o == DG_OUTCOME_LATE ? 6 * DG_NS_PER_S : 20000000;
	struct dg_transaction transaction = {
	    .flow = flow_of(w, row),
	    .outcome = o,
	    .has_question = row->question != 0,
	    .qtype = 1,
	    .qclass = 1,
	    .qname = row->question != 0 ? name : NULL,
	    .qname_length = row->question != 0 ? sizeof name : 0,
	    .has_reply = is_reached,
	    .rcode = is_reached && row->question % 7 == 0 ? 2 : 0,
	    .first_ns = row->time_ns,
	    .reply_ns = is_reached ? row->time_ns + latency_ns : 0,
	    .latency_ns = is_reached ? latency_ns : 0,
	    .query_place = {.frame = row->frame},
	    .ede_code = -1,
	};

	name[2] = (uint8_t)(row->question >> 8);
	name[3] = (uint8_t)row->question;
	FUZZ_CHECK(dg_tally_transaction(t, &transaction) == 0);
}

static void
check_text(const char *text)
{
	FUZZ_CHECK(text != NULL && text[0] != '\0');
	for (const char *at = text; *at != '\0'; at++)
		FUZZ_CHECK((unsigned char)*at >= 0x20);
}

static void
check_finding(const struct dg_summary *s, const struct dg_finding *f)
{
	FUZZ_CHECK(f->code < DG_CODE_COUNT && f->severity < DG_SEVERITY_COUNT);
	FUZZ_CHECK(f->where < DG_WHERE_COUNT);
	FUZZ_CHECK(f->server_count <= DG_FINDING_SUBJECTS_MAX);
	FUZZ_CHECK(f->client_count <= DG_FINDING_SUBJECTS_MAX);
	FUZZ_CHECK(f->bound_count <= DG_FINDING_BOUNDS_MAX);
	FUZZ_CHECK(f->control_count <= DG_FINDING_CONTROLS_MAX);
	FUZZ_CHECK(f->silent_count <= DG_FINDING_FRAMES_MAX);
	FUZZ_CHECK(f->answered_count <= DG_FINDING_FRAMES_MAX);
	for (unsigned i = 0; i < f->server_count; i++)
		FUZZ_CHECK(f->servers[i] < s->server_count);
	for (unsigned i = 0; i < f->client_count; i++)
		FUZZ_CHECK(f->clients[i] < s->client_count);
	FUZZ_CHECK(f->inside.reached <= f->inside.transactions);
	FUZZ_CHECK(!f->has_outside || f->outside.reached <= f->outside.transactions);
	FUZZ_CHECK(!f->has_p || f->ln_p <= 0);
	FUZZ_CHECK(!f->is_suspected || f->severity != DG_FAULT);
	FUZZ_CHECK(f->first_ns == DG_TIME_NONE || f->first_ns <= f->last_ns);
	FUZZ_CHECK(!f->has_window || f->after_ns < f->before_ns);
	check_text(f->summary);
	for (unsigned i = 0; i < f->next.count; i++)
		check_text(f->next.texts[i]);
}

struct diagnosed {
	struct dg_tally tally;
	struct dg_summary *summary;
	struct dg_diagnosis *diagnosis;
};

static struct diagnosed *
diagnose(const struct world *w)
{
	struct diagnosed *d = calloc(1, sizeof *d);
	struct dg_circumstances around = {
	    .timeout_ns = 5 * DG_NS_PER_S,
	    .first_ns = w->count > 0 ? w->rows[0].time_ns : DG_TIME_NONE,
	    .last_ns = w->count > 0 ? w->rows[0].time_ns : DG_TIME_NONE,
	    .is_complete = true,
	};

	FUZZ_CHECK(d != NULL);
	for (size_t i = 0; i < w->count; i++) {
		int64_t time_ns = w->rows[i].time_ns;

		around.first_ns = time_ns < around.first_ns ? time_ns : around.first_ns;
		around.last_ns = time_ns > around.last_ns ? time_ns : around.last_ns;
	}
	dg_tally_init(&d->tally, &FUZZ_KEY);
	for (size_t i = 0; i < w->count; i++)
		count_row(&d->tally, w, &w->rows[i]);
	d->tally.quality.correlate.messages.replies = 1; /* both directions were seen */
	FUZZ_CHECK(dg_tally_flush(&d->tally) == 0);
	FUZZ_CHECK(dg_summary_make(&d->tally, &d->summary) == 0);
	FUZZ_CHECK(dg_diagnose(d->summary, &around, &d->diagnosis) == 0);
	return d;
}

static void
free_diagnosed(struct diagnosed *d)
{
	dg_diagnosis_free(d->diagnosis);
	dg_summary_free(d->summary);
	dg_tally_fini(&d->tally);
	free(d);
}

static void
fuzz_rules(struct world *w)
{
	struct diagnosed *a = diagnose(w), *b;
	const struct dg_findings *x = &a->diagnosis->findings, *y;

	shuffle(w->rows, w->count);
	b = diagnose(w);
	y = &b->diagnosis->findings;
	FUZZ_CHECK(x->count == y->count);
	for (size_t i = 0; i < x->count; i++) {
		check_finding(a->summary, x->list[i]);
		FUZZ_CHECK(strcmp(x->list[i]->summary, y->list[i]->summary) == 0);
		FUZZ_CHECK(x->list[i]->severity == y->list[i]->severity);
		FUZZ_CHECK(x->list[i]->where == y->list[i]->where);
		FUZZ_CHECK(x->list[i]->rivals.count == y->list[i]->rivals.count);
	}
	free_diagnosed(a);
	free_diagnosed(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	bool is_judge = fuzz_u8(&in) & 1;
	struct world *w = make_world(&in, is_judge);

	if (is_judge)
		fuzz_judge(w);
	else
		fuzz_rules(w);
	free(w);
	return 0;
}

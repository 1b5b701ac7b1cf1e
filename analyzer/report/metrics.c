/*
 * metrics.c - counters over a long run.
 */
#include "report/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decode/icmp.h"

#define OTHER "other"

static size_t
find_icmp(const struct dg_metrics *m, const char *name)
{
	size_t i = 0;

	while (i < m->icmp_count && strcmp(m->icmp_names[i], name) != 0)
		i++;
	return i;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every name that an error can have. */
static void
list_icmp(struct dg_metrics *m)
{
	static const enum dg_family families[] = {DG_FAMILY_IP4, DG_FAMILY_IP6};

	m->icmp_names[m->icmp_count++] = OTHER;
	for (unsigned i = 0; i < 2u * 256 * 256; i++) {
		enum dg_family family = families[i >> 16];
		const char *name;

		if (!dg_icmp_is_error(family, (uint8_t)(i >> 8)))
			continue;
		name = dg_icmp_name(family, (uint8_t)(i >> 8), (uint8_t)i);
		if (find_icmp(m, name) == m->icmp_count && m->icmp_count < DG_METRICS_ICMP_MAX)
			m->icmp_names[m->icmp_count++] = name;
	}
	qsort(m->icmp_names, m->icmp_count, sizeof *m->icmp_names, by_name);
}

void
dg_metrics_init(struct dg_metrics *m)
{
	*m = (struct dg_metrics){.cut_ns = DG_TIME_NONE};
	list_icmp(m);
}

static void
add_transactions(struct dg_metrics *m, const struct dg_summary *s)
{
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		struct dg_counts all = dg_side_range(&s->all, r);

		for (unsigned o = 0; o < DG_OUTCOME_COUNT; o++)
			m->transactions[r][DG_SIDE_COUNT][o] += all.outcomes[o];
	}
	for (size_t i = 0; i < s->server_count * DG_SIDE_COUNT * DG_RANGE_COUNT; i++) {
		const struct dg_server_summary *server =
		    &s->servers[i / (DG_SIDE_COUNT * DG_RANGE_COUNT)];
		unsigned side = (unsigned)(i / DG_RANGE_COUNT % DG_SIDE_COUNT);
		unsigned r = (unsigned)(i % DG_RANGE_COUNT);
		struct dg_counts c;

		if (!server->has_side[side])
			continue;
		c = dg_side_range(&server->sides[side], r);
		for (unsigned o = 0; o < DG_OUTCOME_COUNT; o++) {
			m->transactions[r][side][o] += c.outcomes[o];
			m->transactions[r][DG_SIDE_COUNT][o] -= c.outcomes[o];
		}
	}
}

static void
add_messages(struct dg_metrics *m, const struct dg_quality *q)
{
	const struct dg_message_ledger *l = &q->correlate.messages;

	m->messages[DG_METRICS_QUERY] += l->queries;
	m->messages[DG_METRICS_RESEND] += l->resends;
	m->messages[DG_METRICS_REPLY] += l->replies;
	m->messages[DG_METRICS_DUPLICATE_REPLY] += l->duplicate_replies;
	m->messages[DG_METRICS_DUPLICATE_FRAME] += l->duplicate_frames;
	m->messages[DG_METRICS_CONTINUATION] += l->continuations;
	m->messages[DG_METRICS_ORPHAN_REPLY] += l->orphan_replies;
	m->messages[DG_METRICS_MISDIRECTED] += l->misdirected;
	m->messages[DG_METRICS_EVICTED] += l->evicted;
	m->messages[DG_METRICS_MALFORMED] += q->malformed_messages;
	m->messages[DG_METRICS_UNREADABLE] += q->cut_messages;
}

static void
add_latency(struct dg_metrics *m, const struct dg_hist *h)
{
	for (unsigned i = 0; i < DG_METRICS_LATENCY_COUNT; i++)
		m->latency[i] +=
		    dg_hist_count_to(h, (UINT64_C(1) << (DG_METRICS_LATENCY_FIRST + i)) - 1);
	m->latency_count += h->count;
	m->latency_s += h->sum_ns / (uint64_t)DG_NS_PER_S;
	m->latency_ns += h->sum_ns % (uint64_t)DG_NS_PER_S;
	m->latency_s += m->latency_ns / (uint64_t)DG_NS_PER_S;
	m->latency_ns %= (uint64_t)DG_NS_PER_S;
}

static void
add_icmp(struct dg_metrics *m, const struct dg_summary *s)
{
	size_t other = find_icmp(m, OTHER);

	for (size_t i = 0; i < s->icmp_count; i++) {
		const struct dg_icmp_key *k = &s->icmp[i]->key;
		size_t at = find_icmp(m, dg_icmp_name(k->family, k->type, k->code));

		m->icmp[at < m->icmp_count ? at : other] += s->icmp[i]->count;
	}
	m->icmp[other] += s->other_icmp;
}

void
dg_metrics_add(
    struct dg_metrics *m, const struct dg_summary *s, const struct dg_findings *findings)
{
	m->cuts++;
	for (unsigned v = 0; v < DG_VERDICT_COUNT; v++)
		m->frames[v] += s->quality.verdicts[v];
	add_messages(m, &s->quality);
	add_transactions(m, s);
	add_latency(m, &s->all.latency);
	add_icmp(m, s);
	for (unsigned l = 0; l < DG_LIMIT_COUNT; l++)
		m->limits[l] += s->limits_hit[l] ? 1 : 0;
	memset(m->findings, 0, sizeof m->findings);
	for (size_t i = 0; i < findings->count; i++)
		m->findings[findings->list[i]->code][findings->list[i]->severity]++;
}

static uint64_t
greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void
dg_metrics_set_interface(struct dg_metrics *m, size_t n, const struct dg_metrics_interface *now)
{
	struct dg_metrics_interface *i;

	if (n >= DG_METRICS_INTERFACES_MAX)
		return;
	if (n >= m->interface_count)
		m->interface_count = n + 1;
	i = &m->interfaces[n];
	memcpy(i->name, now->name, sizeof i->name);
	i->frames = greater(i->frames, now->frames);
	i->kernel_dropped = greater(i->kernel_dropped, now->kernel_dropped);
	i->interface_dropped = greater(i->interface_dropped, now->interface_dropped);
	i->is_up = now->is_up;
}

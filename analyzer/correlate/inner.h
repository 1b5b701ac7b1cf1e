#ifndef DG_CORRELATE_INNER_H
#define DG_CORRELATE_INNER_H

/*
 * inner.h - what the files of correlate/ share, and nobody else sees.
 */

#include "correlate/correlate.h"
#include "correlate/table.h"

/* Two sightings of one packet lie within this. */
#define DG_SAME_PACKET_NS INT64_C(1000000)
/* ICMP errors kept to recognise a second sighting. */
#define DG_ICMP_RECENT 64

struct dg_recent_icmp {
	uint64_t mark;
	uint64_t flow_hash;
	int64_t time_ns;
};

struct dg_correlate {
	struct dg_correlate_config config;
	struct dg_correlate_sink sink;
	struct dg_table table;
	struct dg_correlate_stats stats;
	int64_t first_ns; /* of the capture; DG_TIME_NONE before it */
	int64_t newest_ns;
	int64_t quiet_until_ns; /* what is over waits until then to be let go */
	struct dg_recent_icmp recent[DG_ICMP_RECENT];
	uint32_t recent_next;
};

/* What is known of a reply when it is matched, at once or after waiting. */
struct dg_reply_facts {
	int64_t time_ns;
	uint64_t mark;
	uint32_t path;
	struct dg_place place;
	uint16_t rcode;
	bool is_truncated;
	bool is_nodata;
	bool has_question;
};

/* match.c */
int dg_match_query(struct dg_correlate *c, const struct dg_key *key, const struct dg_message *m,
    const struct dg_dns_view *view);
int dg_match_reply(
    struct dg_correlate *c, const struct dg_key *key, const struct dg_reply_facts *reply);

/* edge.c: the ends of transactions, and of replies that wait in vain. */
int dg_edge_retire(struct dg_correlate *c, uint32_t index);

/* Makes room for one more entry of this kind.  False when nothing can go for it. */
bool dg_edge_make_room(struct dg_correlate *c, enum dg_entry_kind kind, int *error);

/* Whether a reply or an ICMP error at this time may still belong to it. */
static inline bool
dg_entry_is_open_at(
    const struct dg_entry *e, int64_t time_ns, const struct dg_correlate_config *config)
{
	return time_ns >= e->first_ns - config->skew_ns &&
	    time_ns <= e->first_ns + config->hold_ns;
}

/*
 * Whether the transaction is still remembered at this time: one that was answered in
 * time and never resent is forgotten at its timeout.
 */
static inline bool
dg_entry_is_known_at(
    const struct dg_entry *e, int64_t time_ns, const struct dg_correlate_config *config)
{
	if (!dg_entry_is_open_at(e, time_ns, config))
		return false;
	if (!e->has_reply || e->is_late || e->resends > 0)
		return true;
	return time_ns <= e->first_ns + config->timeout_ns;
}

/* Which has the later t0; of two equal ones, that of the later frame. */
static inline bool
dg_entry_is_later(const struct dg_entry *a, const struct dg_entry *b)
{
	if (a->first_ns != b->first_ns)
		return a->first_ns > b->first_ns;
	if (a->query_place.file != b->query_place.file)
		return a->query_place.file > b->query_place.file;
	return a->query_place.frame > b->query_place.frame;
}

static inline bool
dg_is_same_packet(uint64_t mark_a, int64_t ns_a, uint64_t mark_b, int64_t ns_b)
{
	return mark_a == mark_b && ns_a - ns_b <= DG_SAME_PACKET_NS &&
	    ns_b - ns_a <= DG_SAME_PACKET_NS;
}

#endif

#ifndef DG_EVIDENCE_INNER_H
#define DG_EVIDENCE_INNER_H

/*
 * inner.h - what the files of this room share.
 *
 * A unit is one transaction, known by the frame that it was named by: its first query, or what
 * a pattern found of it.  It is chosen or left out as a whole.
 */

#include "base/limits.h"
#include "base/map.h"
#include "evidence/evidence.h"
#include "evidence/look.h"

#define DG_UNIT_NONE UINT32_MAX

struct dg_unit {
	struct dg_flow flow; /* all zero when it is not known */
	int64_t start_ns;
	uint64_t question;
	struct dg_place place;
	uint64_t mark; /* + 1; of the last query, or SYN, that was seen; 0: none was */
	int64_t mark_ns;
	uint32_t claim;     /* the first of its claims */
	uint32_t claim_end; /* past the last */
	uint32_t frames;    /* that belong to it, as far as they were counted */
	uint32_t met;       /* in this reading */
	uint16_t others;    /* of its claims, the most */
	uint16_t id;
	bool has_flow;
	bool has_id;
	bool has_question;
	bool is_found;       /* by a pattern: it may have begun before */
	bool has_reply;      /* in this reading, so far */
	bool is_asked_again; /* after its reply; known after the second reading, as is: */
	bool has_syn_ack;
	bool is_chosen;
};

/* A claim, once the unit is known that it speaks of. */
struct dg_unit_claim {
	uint32_t unit;
	uint16_t finding;
	uint8_t role;
};

/* A place, and its unit. */
struct dg_unit_place {
	struct dg_place place;
	uint32_t unit;
};

/* What a pattern found; of more than its `max`, every step-th is kept. */
struct dg_watch {
	struct dg_evidence_pattern pattern;
	struct dg_unit *units;
	uint32_t count;
	uint32_t room;
	uint64_t step;
	uint64_t seen;
};

/* A datagram in fragments: its row in the map. */
struct dg_datagram {
	struct dg_datagram_key key;
	int64_t time_ns;
	uint32_t unit; /* + 1; 0: not known */
	bool has_first;
	struct dg_unit first; /* as its first fragment shows it */
};

struct dg_evidence {
	struct dg_evidence_config config;
	const char *codes[DG_EVIDENCE_FINDINGS_MAX];
	size_t finding_count;

	struct dg_evidence_claim *claims; /* as they were given; freed once units are known */
	size_t claim_count;
	size_t claim_room;
	uint64_t claims_dropped;
	struct dg_watch *watches;
	size_t watch_count;
	size_t watch_room;

	struct dg_unit *units; /* by flow, then start; those without a flow first */
	size_t unit_count;
	struct dg_unit_claim *unit_claims; /* by unit, finding, role */
	size_t unit_claim_count;
	struct dg_unit_place *places; /* in order */
	size_t place_count;
	struct dg_map datagrams;

	/* The first and the last packet of all: a query is unanswered only where the capture
	 * goes on, so evidence must, too.  Frame 0: none. */
	struct dg_place first_place;
	struct dg_place last_place;

	uint64_t chosen_frames;
	uint64_t other_frames; /* that belong to units, and are left out */
};

/* What a frame is within its unit. */
enum dg_frame_role {
	DG_ROLE_QUERY,
	DG_ROLE_RESEND,
	DG_ROLE_SAME_AGAIN, /* the same packet, seen a second time */
	DG_ROLE_REPLY,
	DG_ROLE_ICMP,
	DG_ROLE_FRAGMENT,
	DG_ROLE_SYN,
	DG_ROLE_SYN_AGAIN,
	DG_ROLE_SYN_ACK,
	DG_ROLE_RST,
	DG_ROLE_FIN,
	DG_ROLE_ACK,
	DG_ROLE_OTHER,
};

static inline int
dg_place_compare(struct dg_place a, struct dg_place b)
{
	if (a.file != b.file)
		return a.file < b.file ? -1 : 1;
	return a.frame < b.frame ? -1 : a.frame > b.frame;
}

/* units.c: sorts the claims; then, of each frame of the first reading, notes what is claimed
 * and what patterns find; then makes units and their claims of it. */
int dg_units_prepare(struct dg_evidence *e);
int dg_units_look(struct dg_evidence *e, const struct dg_frame *frame, struct dg_fail *fail);
int dg_units_make(struct dg_evidence *e, struct dg_fail *fail);

/* watch.c: what patterns find in a frame; `is_known`: another fragment of its datagram was met
 * before.  0 or DNSGAP_ENOMEM. */
int dg_watch_look(struct dg_evidence *e, const struct dg_frame *frame,
    const struct dg_look *look, bool is_known);
/* A unit as a frame shows it. */
struct dg_unit dg_unit_seen(const struct dg_frame *frame, const struct dg_look *look);
/* The row of a fragment's datagram, an old or a new one; NULL when memory ran out. */
struct dg_datagram *dg_datagram_of(
    struct dg_evidence *e, const struct dg_look *look, int64_t time_ns, bool *is_known);
/* Forgets all datagrams. */
void dg_datagrams_reset(struct dg_evidence *e);

/* match.c: the unit that a frame belongs to (its number), or DG_UNIT_NONE, and as what.  Frames
 * come in the order of reading. */
void dg_match_begin(struct dg_evidence *e);
uint32_t dg_match(
    struct dg_evidence *e, const struct dg_frame *frame, enum dg_frame_role *role);

/* choose.c: marks the units that are written.  0 or DNSGAP_ENOMEM. */
int dg_choose(struct dg_evidence *e);

/* comment.c: what a packet's comment says, added to `b`; then what it is besides, if it is
 * the first or the last of all. */
void dg_comment(struct dg_strbuf *b, const struct dg_evidence *e, const struct dg_unit *u,
    enum dg_frame_role frame_role);
void dg_comment_edge(struct dg_strbuf *b, const struct dg_evidence *e, struct dg_place place);

/* How many frames may be of units: two are for the edges. */
static inline uint64_t
dg_unit_frames_max(const struct dg_evidence *e)
{
	return e->config.max_frames > 2 ? e->config.max_frames - 2 : 0;
}

static inline bool
dg_is_edge(const struct dg_evidence *e, struct dg_place place)
{
	return dg_place_compare(place, e->first_place) == 0 ||
	    dg_place_compare(place, e->last_place) == 0;
}

#endif

/*
 * watch.c - transactions that no claim names, found in the frames themselves: fragments,
 * replies that were refused, SERVFAILs, messages of one direction.
 *
 * Of many, a part is kept that is even over time and depends on nothing but the frames: when
 * the list is full, every second one goes, and from then on every second one comes in.
 */
#include <stdlib.h>
#include <string.h>

#include "dns/parse.h"
#include "dnsgap/error.h"
#include "evidence/inner.h"

#define FIRST_ROOM 64u
/* How long fragments wait for each other; see DG_FRAG_NS. */
#define DATAGRAM_NS DG_FRAG_NS

struct dg_unit
dg_unit_seen(const struct dg_frame *frame, const struct dg_look *look)
{
	struct dg_unit u = {
	    .start_ns = frame->time_ns,
	    .place = frame->place,
	    .has_flow = look->kind != DG_LOOK_NONE && look->kind != DG_LOOK_PIECE,
	};

	if (!u.has_flow)
		return u;
	u.flow = look->flow;
	u.has_id = look->has_id && look->flow.transport == DG_TRANSPORT_UDP;
	u.id = u.has_id ? look->id : 0;
	u.has_question = u.has_id && look->has_question;
	u.question = u.has_question ? look->question : 0;
	return u;
}

void
dg_datagrams_reset(struct dg_evidence *e)
{
	dg_map_fini(&e->datagrams);
	dg_map_init(&e->datagrams, sizeof(struct dg_datagram_key), sizeof(struct dg_datagram),
	    DG_EVIDENCE_DATAGRAMS_MAX, &e->config.secret);
}

/* When the map is full, all are forgotten: the fragments of one datagram come close together.
 */
struct dg_datagram *
dg_datagram_of(
    struct dg_evidence *e, const struct dg_look *look, int64_t time_ns, bool *is_known)
{
	struct dg_datagram *d = dg_map_find(&e->datagrams, &look->datagram);

	*is_known = d != NULL && time_ns - d->time_ns <= DATAGRAM_NS &&
	    d->time_ns - time_ns <= DATAGRAM_NS;
	if (*is_known)
		return d;
	if (d == NULL && dg_map_is_full(&e->datagrams))
		dg_datagrams_reset(e);
	if (d == NULL)
		d = dg_map_add(&e->datagrams, &look->datagram);
	if (d != NULL) {
		d->time_ns = time_ns;
		d->unit = 0;
		d->has_first = false;
	}
	return d;
}

/* Every second one goes. */
static void
thin(struct dg_watch *w)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < w->count; i += 2)
		w->units[kept++] = w->units[i];
	w->count = kept;
	w->step *= 2;
}

static int
keep(struct dg_watch *w, const struct dg_frame *frame, const struct dg_look *look)
{
	if (w->seen++ % w->step != 0)
		return 0;
	if (w->count == w->pattern.max) {
		thin(w);
		if ((w->seen - 1) % w->step != 0)
			return 0;
	}
	if (w->count == w->room) {
		uint32_t room = w->room == 0 ? FIRST_ROOM : 2 * w->room;
		struct dg_unit *more = realloc(w->units, room * sizeof *more);

		if (more == NULL)
			return DNSGAP_ENOMEM;
		w->units = more;
		w->room = room;
	}
	w->units[w->count] = dg_unit_seen(frame, look);
	w->units[w->count++].is_found = true;
	return 0;
}

/* Whether the packet's sender is the one; reports may call it by its pseudonym. */
static bool
is_of_sender(const struct dg_evidence *e, const struct dg_evidence_pattern *p,
    const struct dg_look *look)
{
	struct dg_addr source = look->source;

	if (!p->has_address)
		return true;
	if (p->family != look->family)
		return false;
	if (e->config.anonymiser != NULL)
		dg_anonymise_addr(e->config.anonymiser, (enum dg_family)look->family, &source);
	return memcmp(&source, &p->address, sizeof source) == 0;
}

static bool
is_kind(const struct dg_evidence_pattern *p, const struct dg_look *look, bool is_new_datagram)
{
	switch (p->role) {
	case DG_EVIDENCE_FRAGMENTS:
		return look->is_fragment && is_new_datagram;
	case DG_EVIDENCE_REFUSED:
		return look->kind == DG_LOOK_ICMP && look->is_reply;
	case DG_EVIDENCE_SERVFAIL:
		return look->kind == DG_LOOK_MESSAGE && look->is_reply &&
		    look->rcode == DG_RCODE_SERVFAIL;
	case DG_EVIDENCE_HABIT:
		return look->kind == DG_LOOK_MESSAGE && !look->is_reply;
	case DG_EVIDENCE_ONE_WAY:
		return look->kind == DG_LOOK_MESSAGE;
	default:
		return false;
	}
}

int
dg_watch_look(struct dg_evidence *e, const struct dg_frame *frame, const struct dg_look *look,
    bool is_known)
{
	int error = 0;

	if (look->kind == DG_LOOK_NONE)
		return 0;
	for (size_t i = 0; error == 0 && i < e->watch_count; i++) {
		struct dg_watch *w = &e->watches[i];

		if (is_kind(&w->pattern, look, !is_known) && is_of_sender(e, &w->pattern, look))
			error = keep(w, frame, look);
	}
	return error;
}

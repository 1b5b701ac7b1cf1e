/*
 * comment.c - what a packet's comment says: to which findings it belongs, and as what.
 *
 * Plain ASCII of our own: nothing from a packet is in it.
 */
#include "evidence/inner.h"

static const char *
word_of(enum dg_frame_role frame_role)
{
	switch (frame_role) {
	case DG_ROLE_QUERY:
		return "query";
	case DG_ROLE_RESEND:
		return "resend";
	case DG_ROLE_SAME_AGAIN:
		return "the same query, seen a second time";
	case DG_ROLE_REPLY:
		return "reply";
	case DG_ROLE_ICMP:
		return "ICMP error";
	case DG_ROLE_FRAGMENT:
		return "fragment";
	case DG_ROLE_SYN:
		return "SYN";
	case DG_ROLE_SYN_AGAIN:
		return "SYN, sent again";
	case DG_ROLE_SYN_ACK:
		return "SYN-ACK";
	case DG_ROLE_RST:
		return "RST";
	case DG_ROLE_FIN:
		return "FIN";
	case DG_ROLE_ACK:
		return "ACK";
	case DG_ROLE_OTHER:
		break;
	}
	return "packet";
}

/* What became of it, said of the first packet: the query, or the SYN of a mere attempt. */
static const char *
fate_of(unsigned role, const struct dg_unit *u, enum dg_frame_role frame_role)
{
	bool is_first =
	    frame_role == DG_ROLE_QUERY || (frame_role == DG_ROLE_SYN && !u->has_syn_ack);

	switch (role) {
	case DG_EVIDENCE_SILENT:
		return is_first ? ", not answered" : "";
	case DG_EVIDENCE_ANSWERED:
	case DG_EVIDENCE_CONTROL:
		return frame_role == DG_ROLE_QUERY ? ", answered" : "";
	case DG_EVIDENCE_ASKED_AGAIN:
		if (!u->is_asked_again)
			return frame_role == DG_ROLE_QUERY ? ", answered" : "";
		if (frame_role == DG_ROLE_REPLY)
			return ", seen here";
		return frame_role == DG_ROLE_RESEND && u->has_reply ? ", after the reply" : "";
	case DG_EVIDENCE_REFUSED:
		return frame_role == DG_ROLE_REPLY ? ", refused"
		    : frame_role == DG_ROLE_ICMP   ? " about the reply"
						   : "";
	case DG_EVIDENCE_SERVFAIL:
		return frame_role == DG_ROLE_REPLY ? ", SERVFAIL" : "";
	default:
		return "";
	}
}

void
dg_comment_edge(struct dg_strbuf *b, const struct dg_evidence *e, struct dg_place place)
{
	if (dg_place_compare(place, e->first_place) == 0)
		dg_strbuf_addf(
		    b, "%sthe first packet of the captures", b->size > 0 ? "; " : "");
	if (dg_place_compare(place, e->last_place) == 0)
		dg_strbuf_addf(b, "%sthe last packet of the captures: they go on until here",
		    b->size > 0 ? "; " : "");
}

void
dg_comment(struct dg_strbuf *b, const struct dg_evidence *e, const struct dg_unit *u,
    enum dg_frame_role frame_role)
{
	uint32_t shown = 0;

	for (uint32_t i = u->claim; i < u->claim_end; i++) {
		const struct dg_unit_claim *c = &e->unit_claims[i];
		bool is_control = c->role == DG_EVIDENCE_CONTROL ||
		    (c->role == DG_EVIDENCE_ASKED_AGAIN && !u->is_asked_again);

		if (shown++ == DG_EVIDENCE_COMMENT_FINDINGS_MAX)
			break;
		dg_strbuf_addf(b, "%sfinding %u, %s: %s%s%s", shown > 1 ? "; " : "",
		    c->finding + 1u, e->codes[c->finding], is_control ? "control: " : "",
		    word_of(frame_role), fate_of(c->role, u, frame_role));
	}
	if (u->claim_end - u->claim > DG_EVIDENCE_COMMENT_FINDINGS_MAX)
		dg_strbuf_addf(b, "; and %u more findings",
		    u->claim_end - u->claim - DG_EVIDENCE_COMMENT_FINDINGS_MAX);
}

/*
 * summary.c - the numbers of a finished session.
 */
#include "dnsgap/summary.h"

#include "api/inner.h"

/* The public numbers are ours: the compiler keeps them so. */
_Static_assert((int)DNSGAP_OUTCOMES == (int)DG_OUTCOME_COUNT, "same outcomes");
_Static_assert((int)DNSGAP_UNDECIDED == (int)DG_OUTCOME_UNDECIDED, "same order");
_Static_assert((int)DNSGAP_TCP_REFUSED == (int)DG_OUTCOME_TCP_REFUSED, "same order");
_Static_assert((int)DNSGAP_RANGES == (int)DG_RANGE_COUNT, "same ranges");
_Static_assert((int)DNSGAP_TRANSPORTS == (int)DG_SIDE_COUNT, "same transports");
_Static_assert((int)DNSGAP_TCP == (int)DG_SIDE_TCP, "same order");
_Static_assert(DNSGAP_ADDRESS_TEXT == DG_ADDR_TEXT_MAX, "same room");

const char *
dnsgap_outcome_name(enum dnsgap_outcome outcome)
{
	if ((unsigned)outcome >= DNSGAP_OUTCOMES)
		return NULL;
	return dg_outcome_name((enum dg_outcome)outcome);
}

static uint64_t
outcome_of(const struct dg_side *side, enum dnsgap_range range, enum dnsgap_outcome outcome)
{
	struct dg_counts counts;

	if ((unsigned)range >= DNSGAP_RANGES || (unsigned)outcome >= DNSGAP_OUTCOMES)
		return 0;
	counts = dg_side_range(side, (enum dg_range)range);
	return counts.outcomes[outcome];
}

uint64_t
dnsgap_frames(const struct dnsgap_session *s)
{
	return s->summary != NULL ? s->summary->quality.frames : 0;
}

bool
dnsgap_times(const struct dnsgap_session *s, int64_t *first_ns, int64_t *last_ns)
{
	bool is_found = false;

	for (size_t i = 0; s->summary != NULL && i < dg_input_count(s); i++) {
		const struct dg_input *input = dg_input_at(s, i);

		if (input->first_ns == DG_TIME_NONE)
			continue;
		if (!is_found || input->first_ns < *first_ns)
			*first_ns = input->first_ns;
		if (!is_found || input->last_ns > *last_ns)
			*last_ns = input->last_ns;
		is_found = true;
	}
	return is_found;
}

uint64_t
dnsgap_transactions(const struct dnsgap_session *s)
{
	return s->summary != NULL ? dg_side_all(&s->summary->all).transactions : 0;
}

uint64_t
dnsgap_outcomes(
    const struct dnsgap_session *s, enum dnsgap_range range, enum dnsgap_outcome outcome)
{
	return s->summary != NULL ? outcome_of(&s->summary->all, range, outcome) : 0;
}

uint64_t
dnsgap_transport_outcomes(const struct dnsgap_session *s, enum dnsgap_transport transport,
    enum dnsgap_range range, enum dnsgap_outcome outcome)
{
	uint64_t count = 0;

	if (s->summary == NULL || (unsigned)transport >= DNSGAP_TRANSPORTS)
		return 0;
	for (size_t i = 0; i < s->summary->server_count; i++) {
		const struct dg_server_summary *server = &s->summary->servers[i];

		if (server->has_side[transport])
			count += outcome_of(&server->sides[transport], range, outcome);
	}
	return count;
}

size_t
dnsgap_servers(const struct dnsgap_session *s)
{
	return s->summary != NULL ? s->summary->server_count : 0;
}

bool
dnsgap_server(
    const struct dnsgap_session *s, size_t n, char address[DNSGAP_ADDRESS_TEXT], uint16_t *port)
{
	const struct dg_server_key *key;

	if (n >= dnsgap_servers(s))
		return false;
	key = &s->summary->servers[n].key;
	dg_addr_text(&key->address, key->family, address);
	*port = key->port;
	return true;
}

uint64_t
dnsgap_server_outcomes(const struct dnsgap_session *s, size_t n, enum dnsgap_range range,
    enum dnsgap_outcome outcome)
{
	if (n >= dnsgap_servers(s))
		return 0;
	return outcome_of(&s->summary->servers[n].all, range, outcome);
}

bool
dnsgap_is_one_way(const struct dnsgap_session *s)
{
	return s->summary != NULL && s->summary->is_one_way;
}

bool
dnsgap_hit_limit(const struct dnsgap_session *s)
{
	for (int i = 0; s->summary != NULL && i < DG_LIMIT_COUNT; i++) {
		if (s->summary->limits_hit[i])
			return true;
	}
	return false;
}

/*
 * cut.c - what was counted until now, as a session of its own.
 */
#include "api/inner.h"

/* Placeholders: `cut` builds them. */
int
dnsgap_session_cut(struct dnsgap_session *s, enum dnsgap_cut cut, struct dnsgap_session **out)
{
	(void)cut;
	(void)out;
	return dg_fail_set(&s->fail, DNSGAP_ESTATE, "not built yet");
}

uint64_t
dnsgap_session_open(const struct dnsgap_session *s)
{
	(void)s;
	return 0;
}

int
dnsgap_session_lost(struct dnsgap_session *s, int64_t from_ns, int64_t until_ns)
{
	(void)from_ns;
	(void)until_ns;
	(void)s; return 0;
}

/*
 * cut.c - what was counted until now, as a session of its own.
 *
 * A cut has no engine: nothing can be added to it, and it shares nothing with the session that
 * it was cut from.
 */
#include <stdlib.h>

#include "api/inner.h"

/* A session with nothing in it but what its settings ask for. */
static int
make_cut(const struct dnsgap_session *s, struct dnsgap_session **out)
{
	struct dnsgap_session *cut = calloc(1, sizeof *cut);

	if (cut == NULL)
		return DNSGAP_ENOMEM;
	cut->config = s->config;
	cut->was_fed = true;
	cut->tally = calloc(1, sizeof *cut->tally);
	if (cut->tally == NULL || dg_session_make_anonymiser(cut) != 0 ||
	    dg_filelist_new(cut->config.digest_max, &cut->files) != 0) {
		dnsgap_session_free(cut);
		return DNSGAP_ENOMEM;
	}
	*out = cut;
	return 0;
}

int
dnsgap_session_cut(struct dnsgap_session *s, enum dnsgap_cut cut, struct dnsgap_session **out)
{
	struct dnsgap_session *made;
	int error = dg_session_expect_open(s);

	if (error != 0)
		return error;
	if (cut != DNSGAP_CUT_TAKE && cut != DNSGAP_CUT_COPY)
		return dg_fail_set(&s->fail, DNSGAP_EINVAL, "there is no such cut");
	if (dg_filelist_count(s->files) > 0)
		return dg_fail_set(
		    &s->fail, DNSGAP_ESTATE, "a session that reads files cannot be cut");
	if (make_cut(s, &made) != 0)
		return dg_fail_memory(&s->fail);
	error = dg_engine_settle(s->engine);
	if (error == 0 && cut == DNSGAP_CUT_COPY)
		error = dg_engine_copy(s->engine, s->quiet_ns, made->tally, &made->waiting);
	if (error == 0)
		error = dg_sniffed_cut(s, made, cut == DNSGAP_CUT_COPY);
	if (error != 0) {
		dnsgap_session_free(made);
		return dg_fail_memory(&s->fail);
	}
	if (cut == DNSGAP_CUT_TAKE)
		dg_engine_take(s->engine, made->tally);
	*out = made;
	return 0;
}

uint64_t
dnsgap_session_open(const struct dnsgap_session *s)
{
	return s->engine != NULL ? dg_engine_open(s->engine) : s->waiting;
}

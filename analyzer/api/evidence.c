/*
 * evidence.c - the frames behind a session's findings.
 */
#include "dnsgap/evidence.h"

#include "api/inner.h"

/* Placeholder until the room is merged. */
int
dnsgap_evidence_write(struct dnsgap_session *s, const char *name, uint64_t max_frames,
    dnsgap_write *write, void *context)
{
	(void)name;
	(void)max_frames;
	(void)write;
	(void)context;
	return dg_fail_set(&s->fail, DNSGAP_EINVAL, "evidence cannot be made yet");
}

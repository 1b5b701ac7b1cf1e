/*
 * sniff.c - from interfaces into a session.
 */
#include "api/inner.h"
#include "dnsgap/capture.h"

/* Placeholders: `capture` builds them, and api/capture.c. */
int
dnsgap_session_sniff(struct dnsgap_session *s, struct dnsgap_capture *c, int64_t wait_ns,
    uint64_t max_frames, uint64_t *frames)
{
	(void)c;
	(void)wait_ns;
	(void)max_frames;
	(void)frames;
	return dg_fail_set(&s->fail, DNSGAP_ESTATE, "not built yet");
}

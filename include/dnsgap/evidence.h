#ifndef DNSGAP_EVIDENCE_H
#define DNSGAP_EVIDENCE_H

#include "dnsgap/session.h"

/**
 * A small capture (pcapng) with just the frames behind the findings of a finished session: the
 * silent queries with their resends, answered ones to compare, ICMP errors; at their times,
 * with a comment on each that says which findings it belongs to.
 *
 * Reads the session's files again.  `name` is what reports made afterwards call the capture
 * (they tell its SHA-256 and, at least, how many frames were left out); `max_frames`: 0 is the
 * default, 10,000.
 *
 * Fails with DNSGAP_ESTATE (not finished, or evidence was made before), _EINVAL (fed frames, or
 * standard input: nothing can be read again), _EOPEN (a file is gone or is another one now),
 * _EWRITE, _ENOMEM.
 */
DNSGAP_API int dnsgap_evidence_write(struct dnsgap_session *s, const char *name,
    uint64_t max_frames, dnsgap_write *write, void *context);

#endif

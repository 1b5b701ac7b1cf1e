#ifndef DNSGAP_ERROR_H
#define DNSGAP_ERROR_H

#include "dnsgap/version.h"

/**
 * What a call of the library can return besides 0.
 *
 * A packet never causes one of these: packets get verdicts, which are counted
 * in the summary.  These are about the world: files, memory, wrong calls.
 */
enum dnsgap_error {
	DNSGAP_OK = 0,
	DNSGAP_ENOMEM = -1,   /* memory ran out */
	DNSGAP_EINVAL = -2,   /* a setting or an argument is out of its range */
	DNSGAP_ESTATE = -3,   /* the call does not fit the session's state */
	DNSGAP_EOPEN = -4,    /* a file could not be opened */
	DNSGAP_EFORMAT = -5,  /* a file is no capture, or not one we can read */
	DNSGAP_EWRITE = -7,   /* an output could not be written */
	DNSGAP_ESTOPPED = -8, /* the caller's progress function asked to stop */
};

/**
 * Says in a few words what an error means.  The text is static.
 */
DNSGAP_API const char *dnsgap_error_text(int error);

#endif

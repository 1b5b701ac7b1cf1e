/*
 * error.c - the words of errors, and versions.
 */
#include "dnsgap/error.h"

#include "dnsgap/version.h"

const char *
dnsgap_error_text(int error)
{
	switch ((enum dnsgap_error)error) {
	case DNSGAP_OK:
		return "no error";
	case DNSGAP_ENOMEM:
		return "out of memory";
	case DNSGAP_EINVAL:
		return "a value is out of its range";
	case DNSGAP_ESTATE:
		return "the call came too early or too late";
	case DNSGAP_EOPEN:
		return "a file could not be opened";
	case DNSGAP_EFORMAT:
		return "a file is not a capture";
	case DNSGAP_EWRITE:
		return "an output could not be written";
	case DNSGAP_ESTOPPED:
		return "stopped by the caller";
	}
	return "unknown error";
}

const char *
dnsgap_version(void)
{
	return DNSGAP_VERSION;
}

/*
 * pseudonyms.c - what a session's outputs call addresses, names and files.
 *
 * Names of files name hosts and people, so they are numbered.  What was wrong with a file that
 * could not be opened is told in words of ours, for the reason may quote its first octets.
 */
#include <stdio.h>

#include "api/inner.h"

static void
rename_address(void *context, enum dg_family family, struct dg_addr *address)
{
	dg_anonymise_addr(context, family, address);
}

static size_t
rename_name(void *context, const uint8_t *name, size_t length, uint8_t out[DG_RENAMED_NAME_MAX])
{
	return dg_anonymise_name(context, name, length, out);
}

static void
rename_bytes(void *context, uint8_t *bytes, size_t length)
{
	dg_anonymise_bytes(context, bytes, length);
}

_Static_assert(DG_RENAMED_NAME_MAX == DG_NAME_WIRE_MAX, "names have one room");

struct dg_renamer
dg_pseudonyms(const struct dnsgap_session *s)
{
	return (struct dg_renamer){
	    .context = s->anonymiser,
	    .address = rename_address,
	    .name = rename_name,
	    .bytes = rename_bytes,
	};
}

const char *
dg_input_name(const struct dnsgap_session *s, size_t n, char text[DG_INPUT_NAME_MAX])
{
	if (s->anonymiser == NULL)
		return dg_input_at(s, n)->path;
	snprintf(text, DG_INPUT_NAME_MAX, "capture-%zu", n + 1);
	return text;
}

const char *
dg_input_problem(const struct dnsgap_session *s, size_t n)
{
	const char *problem = dnsgap_session_input_problem(s, n);

	if (s->anonymiser == NULL || problem == NULL || dg_input_at(s, n)->was_opened)
		return problem;
	return "could not be opened as a capture";
}

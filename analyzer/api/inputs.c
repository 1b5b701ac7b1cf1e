/*
 * inputs.c - what the frames of a session came from.
 */
#include <stdlib.h>

#include "api/inner.h"

size_t
dg_input_count(const struct dnsgap_session *s)
{
	return s->sniffed != NULL ? s->sniffed_count : dg_filelist_count(s->files);
}

const struct dg_input *
dg_input_at(const struct dnsgap_session *s, size_t n)
{
	return s->sniffed != NULL ? &s->sniffed[n] : dg_filelist_input(s->files, n);
}

/* Placeholder: `capture` builds it. */
int
dg_sniffed_cut(struct dnsgap_session *s, struct dnsgap_session *out, bool is_copy)
{
	(void)s;
	(void)out;
	(void)is_copy;
	return 0;
}

void
dg_sniffed_fini(struct dnsgap_session *s)
{
	free(s->sniffed);
}

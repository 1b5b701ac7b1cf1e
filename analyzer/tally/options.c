/*
 * options.c - what a server said in the EDNS options of its replies.
 */
#include "tally/options.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

/*
 * Makes room for an entry at `at` of a list whose room is the power of two that its
 * count reaches (after a removal more than that, never less).  Returns the entry, or NULL.
 */
static void *
open_gap(void **list, unsigned count, unsigned at, size_t entry_bytes)
{
	char *entries = *list;

	if ((count & (count - 1)) == 0) {
		entries = realloc(entries, (count != 0 ? 2u * count : 1u) * entry_bytes);
		if (entries == NULL)
			return NULL;
		*list = entries;
	}
	memmove(entries + (at + 1) * entry_bytes, entries + at * entry_bytes,
	    (count - at) * entry_bytes);
	return entries + at * entry_bytes;
}

static int
add_error(struct dg_options *o, uint16_t code, uint64_t count)
{
	struct dg_ede_count *entry;
	void *list = o->ede;
	unsigned at = 0;

	while (at < o->ede_count && o->ede[at].code < code)
		at++;
	if (at < o->ede_count && o->ede[at].code == code) {
		o->ede[at].count += count;
		return 0;
	}
	if (at == DG_EDE_CODES_MAX) {
		o->other_ede += count;
		return 0;
	}
	if (o->ede_count == DG_EDE_CODES_MAX)
		o->other_ede += o->ede[--o->ede_count].count;
	entry = open_gap(&list, o->ede_count, at, sizeof *entry);
	if (entry == NULL)
		return DNSGAP_ENOMEM;
	*entry = (struct dg_ede_count){.count = count, .code = code};
	o->ede = list;
	o->ede_count++;
	return 0;
}

static int
compare_nsid(const struct dg_nsid_count *a, const uint8_t *bytes, uint8_t length)
{
	uint8_t common = a->length < length ? a->length : length;
	int order = memcmp(a->bytes, bytes, common);

	return order != 0 ? order : (int)a->length - (int)length;
}

static int
add_nsid(struct dg_options *o, const uint8_t *bytes, uint8_t length, uint64_t count)
{
	struct dg_nsid_count *entry;
	void *list = o->nsid;
	unsigned at = 0;

	while (at < o->nsid_count && compare_nsid(&o->nsid[at], bytes, length) < 0)
		at++;
	if (at < o->nsid_count && compare_nsid(&o->nsid[at], bytes, length) == 0) {
		o->nsid[at].count += count;
		return 0;
	}
	if (at == DG_NSIDS_MAX) {
		o->other_nsid += count;
		return 0;
	}
	if (o->nsid_count == DG_NSIDS_MAX)
		o->other_nsid += o->nsid[--o->nsid_count].count;
	entry = open_gap(&list, o->nsid_count, at, sizeof *entry);
	if (entry == NULL)
		return DNSGAP_ENOMEM;
	*entry = (struct dg_nsid_count){.count = count, .length = length};
	memcpy(entry->bytes, bytes, length);
	o->nsid = list;
	o->nsid_count++;
	return 0;
}

void
dg_options_fini(struct dg_options *o)
{
	free(o->ede);
	free(o->nsid);
}

int
dg_options_add(struct dg_options *o, const struct dg_edns *e)
{
	int error = 0;

	for (unsigned i = 0; error == 0 && i < e->ede_count; i++)
		error = add_error(o, e->ede[i], 1);
	if (error == 0 && e->has_nsid)
		error = add_nsid(o, e->nsid, e->nsid_length, 1);
	o->cookies += e->has_cookie;
	o->subnets += e->has_subnet;
	return error;
}

int
dg_options_merge(struct dg_options *into, const struct dg_options *from)
{
	int error = 0;

	for (unsigned i = 0; error == 0 && i < from->ede_count; i++)
		error = add_error(into, from->ede[i].code, from->ede[i].count);
	for (unsigned i = 0; error == 0 && i < from->nsid_count; i++)
		error = add_nsid(
		    into, from->nsid[i].bytes, from->nsid[i].length, from->nsid[i].count);
	into->other_ede += from->other_ede;
	into->other_nsid += from->other_nsid;
	into->cookies += from->cookies;
	into->subnets += from->subnets;
	return error;
}

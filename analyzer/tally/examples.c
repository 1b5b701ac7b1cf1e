/*
 * examples.c - the earliest question that was answered, and that was not.
 */
#include "tally/examples.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

static bool
is_before(const struct dg_example *a, const struct dg_example *b)
{
	int order;

	if (b->name == NULL || a->time_ns != b->time_ns)
		return b->name == NULL || a->time_ns < b->time_ns;
	if (a->length != b->length)
		return a->length < b->length;
	order = memcmp(a->name, b->name, a->length);
	return order != 0 ? order < 0 : a->qtype < b->qtype;
}

static int
keep(struct dg_example *into, const struct dg_example *one)
{
	uint8_t *name;

	if (!is_before(one, into))
		return 0;
	name = realloc(into->name, one->length);
	if (name == NULL)
		return DNSGAP_ENOMEM;
	*into = *one;
	into->name = memcpy(name, one->name, one->length);
	return 0;
}

void
dg_examples_fini(struct dg_examples *e)
{
	free(e->reached.name);
	free(e->dead.name);
	*e = (struct dg_examples){0};
}

int
dg_examples_add(struct dg_examples *e, const struct dg_transaction *t)
{
	struct dg_example one = {
	    .time_ns = t->first_ns,
	    .name = (uint8_t *)(uintptr_t)t->qname,
	    .length = t->qname_length,
	    .qtype = t->qtype,
	};

	if (t->qname == NULL || t->outcome == DG_OUTCOME_UNDECIDED)
		return 0;
	return keep(dg_outcome_is_reached(t->outcome) ? &e->reached : &e->dead, &one);
}

int
dg_examples_merge(struct dg_examples *into, const struct dg_examples *from)
{
	int error = 0;

	if (from->reached.name != NULL)
		error = keep(&into->reached, &from->reached);
	if (error == 0 && from->dead.name != NULL)
		error = keep(&into->dead, &from->dead);
	return error;
}

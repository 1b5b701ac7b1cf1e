#ifndef DG_TALLY_EXAMPLES_H
#define DG_TALLY_EXAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "correlate/transaction.h"

/*
 * examples.h - a question that a server answered, and one that it did not: for a person to
 * ask again.
 */

struct dg_example {
	int64_t time_ns;
	uint8_t *name; /* folded, wire form; NULL: there is none */
	uint8_t length;
	uint16_t qtype;
};

/* The earliest of each; of the same time, the least by name, then by type. */
struct dg_examples {
	struct dg_example reached;
	struct dg_example dead; /* decided, and not reached */
};

/* All zero is empty. */
void dg_examples_fini(struct dg_examples *e);

/* Returns 0 or DNSGAP_ENOMEM.  Transactions without a question, and undecided ones, are none.
 */
int dg_examples_add(struct dg_examples *e, const struct dg_transaction *t);
int dg_examples_merge(struct dg_examples *into, const struct dg_examples *from);

#endif

#ifndef DG_ANONYMISE_REWRITER_H
#define DG_ANONYMISE_REWRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anonymise/anonymise.h"
#include "dns/name.h"

/*
 * rewriter.h - a DNS message that is read on one side and written anew on the other.
 *
 * Every function moves on in both, or returns false: then what is there is not understood, or
 * there is no room.  `end` is where what is read must end.
 */

/* Offsets that a compression pointer can tell (RFC 1035 4.1.4). */
#define DG_POINTER_TARGETS 0x4000u

struct dg_rewriter {
	const struct dg_anonymiser *a;
	const uint8_t *in;
	size_t size; /* captured */
	size_t at;
	uint8_t *out;
	size_t room;
	size_t length;
	size_t name_bytes; /* of names so far, uncompressed */
	/* The name before: most records of a message have the same. */
	struct dg_name last;
	uint8_t last_pseudonym[DG_NAME_WIRE_MAX];
	size_t last_length; /* 0: none */
	/* Where the label at each offset of `in` went; 0: nowhere. */
	uint16_t moved[DG_POINTER_TARGETS];
};

void dg_rewriter_init(struct dg_rewriter *w, const struct dg_anonymiser *a, const uint8_t *in,
    size_t size, uint8_t *out, size_t room);

/* Octets as they are; or as many zeros. */
bool dg_rewriter_keep(struct dg_rewriter *w, size_t end, size_t count);
bool dg_rewriter_blank(struct dg_rewriter *w, size_t end, size_t count);

/* Two octets in network order. */
bool dg_rewriter_put16(struct dg_rewriter *w, size_t value);

/*
 * A name's pseudonym, with pointers where the name had them, as long as they lead to the same
 * name as before; written out else.
 */
bool dg_rewriter_name(struct dg_rewriter *w, size_t end);

/*
 * An address, or as many octets as its first `bits` bits take; bits past them in the last
 * octet become 0.
 */
bool dg_rewriter_addr(struct dg_rewriter *w, size_t end, enum dg_family family, unsigned bits);

/* The rest of a record's data of a type (RFC 1035 3.2.2) up to `end`: never more than was. */
bool dg_rewriter_data(struct dg_rewriter *w, size_t end, uint16_t type, uint16_t class);

/* The options of an OPT record (RFC 6891 6.1.2) up to `end`. */
bool dg_rewriter_options(struct dg_rewriter *w, size_t end);

#endif

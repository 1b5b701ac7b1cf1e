#ifndef DG_ANONYMISE_MESSAGE_H
#define DG_ANONYMISE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "anonymise/anonymise.h"

/*
 * message.h - DNS messages (RFC 1035 4.1) in which names and addresses are pseudonyms.
 */

/* How much must be there of a message before it is taken for one. */
enum dg_message_trust {
	/* A name server's port: its header, and its first question if all of that was captured.
	 */
	DG_TRUST_PORT,
	/* The same over TCP, where a segment may begin anywhere: as much, and a sound header.
	 */
	DG_TRUST_STREAM,
	/* Any port: all of it, or as much as was captured and a question at least. */
	DG_TRUST_NOTHING,
};

struct dg_message_in {
	const uint8_t *at;
	size_t size; /* captured */
	size_t wire; /* octets of the message; never less */
	enum dg_message_trust trust;
};

struct dg_message_out {
	size_t taken;   /* octets of the message that were understood */
	size_t written; /* what they became */
	bool is_whole;  /* all records that the header counts, and nothing behind them */
};

/*
 * Writes the message as far as it is understood: whole records, in their order.  Octets past
 * the last record are blanked.  Lengths are as before but for reverse names.  False when it is
 * no message; `out` holds rubbish then.
 */
bool dg_anonymise_message(const struct dg_anonymiser *a, const struct dg_message_in *in,
    uint8_t *out, size_t room, struct dg_message_out *result);

#endif

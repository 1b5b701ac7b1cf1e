/*
 * options.c - EDNS options: the client's subnet gets its pseudonym, all else is blanked but for
 * codes, lengths and the code of an extended error.
 */
#include "anonymise/rewriter.h"
#include "base/cursor.h"

enum option {
	OPTION_CLIENT_SUBNET = 8,
	OPTION_EDE = 15,
};

#define OPTION_HEADER_BYTES 4
#define SUBNET_HEADER_BYTES 4
#define EDE_CODE_BYTES 2

/* Family, prefix lengths, and as many octets of the address as the prefix has (RFC 7871 6). */
static bool
put_subnet(struct dg_rewriter *w, size_t end)
{
	const uint8_t *h = w->in + w->at;
	size_t length = end - w->at;
	unsigned family;

	if (length < SUBNET_HEADER_BYTES)
		return false;
	family = dg_be16(h);
	if (family < 1 || family > 2 || length - SUBNET_HEADER_BYTES != (h[2] + 7u) / 8)
		return false;
	return dg_rewriter_keep(w, end, SUBNET_HEADER_BYTES) &&
	    dg_rewriter_addr(w, end, family == 1 ? DG_FAMILY_IP4 : DG_FAMILY_IP6, h[2]);
}

static bool
put_value(struct dg_rewriter *w, size_t end, unsigned code)
{
	size_t at = w->at, length = w->length;

	if (code == OPTION_CLIENT_SUBNET && put_subnet(w, end))
		return true;
	w->at = at;
	w->length = length;
	if (code == OPTION_EDE && end - at >= EDE_CODE_BYTES &&
	    !dg_rewriter_keep(w, end, EDE_CODE_BYTES))
		return false;
	return dg_rewriter_blank(w, end, end - w->at);
}

bool
dg_rewriter_options(struct dg_rewriter *w, size_t end)
{
	while (end - w->at >= OPTION_HEADER_BYTES) {
		unsigned code = dg_be16(w->in + w->at);
		size_t length = dg_be16(w->in + w->at + 2);

		if (length > end - w->at - OPTION_HEADER_BYTES)
			break;
		if (!dg_rewriter_keep(w, end, OPTION_HEADER_BYTES) ||
		    !put_value(w, w->at + length, code))
			return false;
	}
	/* One that reaches past the record is none. */
	return dg_rewriter_blank(w, end, end - w->at);
}

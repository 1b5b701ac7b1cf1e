/*
 * rdata.c - the data of records: what is in which type, and what becomes of it.
 *
 * A type that is not in the table is blanked: nobody knows whom it names.  So is one that is
 * not made as the table says.
 */
#include <string.h>

#include "anonymise/rewriter.h"
#include "base/cursor.h"

#define CLASS_IN 1
#define CLASS_ANY 255
#define CLASS_NONE 254
#define CLASS_MASK 0x7fff /* multicast DNS uses the highest bit (RFC 6762 10.2) */
#define TYPE_A 1
#define TYPE_AAAA 28

/*
 * A letter for each part.  Kept or blanked is one octet each; what names or numbers can be
 * known again by (serials, key tags, times of signatures, lists of types) is blanked, too.
 *
 *	.  kept      0  blanked     *  all that is left is blanked
 *	n  a name    a  an IPv4 address    A  an IPv6 address
 *	s  a length of one octet and as many, blanked
 *	l  a length of two octets and as many, blanked
 *	b  windows of types (RFC 4034 4.1.2): number and length kept
 *	x  prefixes (RFC 3123): all but the octets of the address kept
 *	p  parameters of a service (RFC 9460 2.2)
 */
static const struct layout {
	uint16_t type;
	const char *parts;
} layouts[] = {
    {TYPE_A, "a"}, {2, "n"},              /* NS */
    {3, "n"},                             /* MD */
    {4, "n"},                             /* MF */
    {5, "n"},                             /* CNAME */
    {6, "nn 0000 .... .... .... ...."},   /* SOA, without its serial */
    {7, "n"},                             /* MB */
    {8, "n"},                             /* MG */
    {9, "n"},                             /* MR */
    {12, "n"},                            /* PTR */
    {14, "nn"},                           /* MINFO */
    {15, ".. n"},                         /* MX */
    {17, "nn"},                           /* RP */
    {18, ".. n"},                         /* AFSDB */
    {21, ".. n"},                         /* RT */
    {24, ".. . . .... 0000 0000 00 n *"}, /* SIG */
    {26, ".. nn"},                        /* PX */
    {TYPE_AAAA, "A"}, {30, "n *"},        /* NXT */
    {33, ".. .. .. n"},                   /* SRV */
    {35, ".. .. sss n"},                  /* NAPTR */
    {36, ".. n"},                         /* KX */
    {39, "n"},                            /* DNAME */
    {42, "x"},                            /* APL */
    {43, "00 . . *"},                     /* DS */
    {46, ".. . . .... 0000 0000 00 n *"}, /* RRSIG */
    {47, "n b"},                          /* NSEC */
    {48, ".. . . *"},                     /* DNSKEY */
    {50, ". . .. s s b"},                 /* NSEC3 */
    {51, ". . .. s"},                     /* NSEC3PARAM */
    {52, ". . . *"},                      /* TLSA */

    {59, "00 . . *"},               /* CDS */
    {60, ".. . . *"},               /* CDNSKEY */
    {62, "0000 .. b"},              /* CSYNC */
    {64, ".. n p"},                 /* SVCB */
    {65, ".. n p"},                 /* HTTPS */
    {107, ".. n"},                  /* LP */
    {250, "n ...... .. l .. .. l"}, /* TSIG */
};

static const char *
find_parts(uint16_t type, uint16_t class)
{
	unsigned plain = class & CLASS_MASK;

	/* Other classes have other addresses (RFC 1035 3.4). */
	if ((type == TYPE_A || type == TYPE_AAAA) && plain != CLASS_IN && plain != CLASS_ANY &&
	    plain != CLASS_NONE)
		return "*";
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		if (layouts[i].type == type)
			return layouts[i].parts;
	}
	return "*";
}

/* A head whose last octet, under the mask, is the length of what follows and is blanked. */
static bool
put_counted(struct dg_rewriter *w, size_t end, size_t head, uint8_t mask)
{
	return dg_rewriter_keep(w, end, head) &&
	    dg_rewriter_blank(w, end, w->in[w->at - 1] & mask);
}

static bool
put_counted_all(struct dg_rewriter *w, size_t end, size_t head, uint8_t mask)
{
	while (w->at < end) {
		if (!put_counted(w, end, head, mask))
			return false;
	}
	return true;
}

static bool
put_long(struct dg_rewriter *w, size_t end)
{
	return dg_rewriter_keep(w, end, 2) &&
	    dg_rewriter_blank(w, end, dg_be16(w->in + w->at - 2));
}

enum parameter {
	PARAMETER_PORT = 3,
	PARAMETER_IP4HINT = 4,
	PARAMETER_IP6HINT = 6,
};

static bool
put_hints(struct dg_rewriter *w, size_t end, enum dg_family family)
{
	while (w->at < end) {
		if (!dg_rewriter_addr(w, end, family, family == DG_FAMILY_IP4 ? 32 : 128))
			return false;
	}
	return true;
}

static bool
put_parameters(struct dg_rewriter *w, size_t end)
{
	while (w->at < end) {
		size_t stop;
		bool is_put;

		if (!dg_rewriter_keep(w, end, 4))
			return false;
		stop = w->at + dg_be16(w->in + w->at - 2);
		if (stop > end)
			return false;
		switch (dg_be16(w->in + w->at - 4)) {
		case PARAMETER_PORT:
			is_put = stop - w->at == 2 && dg_rewriter_keep(w, stop, 2);
			break;
		case PARAMETER_IP4HINT:
			is_put = put_hints(w, stop, DG_FAMILY_IP4);
			break;
		case PARAMETER_IP6HINT:
			is_put = put_hints(w, stop, DG_FAMILY_IP6);
			break;
		default:
			is_put = dg_rewriter_blank(w, stop, stop - w->at);
			break;
		}
		if (!is_put)
			return false;
	}
	return true;
}

static bool
put_part(struct dg_rewriter *w, size_t end, char part)
{
	switch (part) {
	case ' ':
		return true;
	case '.':
		return dg_rewriter_keep(w, end, 1);
	case '0':
		return dg_rewriter_blank(w, end, 1);
	case 'n':
		return dg_rewriter_name(w, end);
	case 'a':
		return dg_rewriter_addr(w, end, DG_FAMILY_IP4, 32);
	case 'A':
		return dg_rewriter_addr(w, end, DG_FAMILY_IP6, 128);
	case 's':
		return put_counted(w, end, 1, 0xff);
	case 'l':
		return put_long(w, end);
	case 'b':
		return put_counted_all(w, end, 2, 0xff);
	case 'x':
		return put_counted_all(w, end, 4, 0x7f);
	case 'p':
		return put_parameters(w, end);
	default:
		return dg_rewriter_blank(w, end, end - w->at);
	}
}

bool
dg_rewriter_data(struct dg_rewriter *w, size_t end, uint16_t type, uint16_t class)
{
	size_t at = w->at, length = w->length;
	const char *part = find_parts(type, class);

	/* Updates ask for records without data (RFC 2136 2.4, 2.5). */
	if (at == end)
		return true;
	while (*part != '\0' && put_part(w, end, *part))
		part++;
	if (*part == '\0' && w->at == end)
		return true;
	w->at = at;
	w->length = length;
	return dg_rewriter_blank(w, end, end - at);
}

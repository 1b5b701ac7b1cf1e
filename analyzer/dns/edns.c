/*
 * edns.c - the options of an OPT record.
 *
 * Each option is at least four octets long, so the walk is bounded by the record.
 */
#include "dns/edns.h"

#include <string.h>

#include "base/copy.h"
#include "base/cursor.h"

enum option {
	OPTION_NSID = 3,
	OPTION_CLIENT_SUBNET = 8,
	OPTION_COOKIE = 10,
	OPTION_EDE = 15,
};

#define OPTION_HEADER_BYTES 4
#define EDE_BYTES_MIN 2

/* IANA, "Extended DNS Error Codes": RFC 8914 5.2 and what was registered since. */
static const char *const ede_names[] = {
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
};

/* The next option; NULL at the end, and when it is broken. */
static const uint8_t *
next_option(struct dg_cur *c, unsigned *code, size_t *length, bool *is_broken)
{
	const uint8_t *header, *value;

	if (c->left == 0)
		return NULL;
	header = dg_cur_take(c, OPTION_HEADER_BYTES);
	value = NULL;
	if (header != NULL) {
		*code = dg_be16(header);
		*length = dg_be16(header + 2);
		value = dg_cur_take(c, *length);
	}
	if (value == NULL)
		*is_broken = true;
	return value;
}

static void
keep_nsid(struct dg_edns *e, const uint8_t *value, size_t length)
{
	if (length == 0 || e->has_nsid)
		return;
	e->has_nsid = true;
	e->nsid_length = (uint8_t)(length < DG_NSID_BYTES_MAX ? length : DG_NSID_BYTES_MAX);
	dg_copy_bytes(e->nsid, value, e->nsid_length);
}

static void
keep_error(struct dg_edns *e, const uint8_t *value, size_t length)
{
	if (length >= EDE_BYTES_MIN && e->ede_count < DG_EDE_KEPT)
		e->ede[e->ede_count++] = dg_be16(value);
}

bool
dg_edns_parse(const struct dg_dns_view *view, struct dg_edns *e)
{
	struct dg_cur c = dg_cur_make(view->opt_data, view->opt_length, view->opt_length);
	const uint8_t *value;
	bool is_broken = false;
	unsigned code;
	size_t length;

	e->ede_count = e->nsid_length = 0;
	e->has_nsid = e->has_cookie = e->has_subnet = false;
	while ((value = next_option(&c, &code, &length, &is_broken)) != NULL) {
		switch (code) {
		case OPTION_NSID:
			keep_nsid(e, value, length);
			break;
		case OPTION_EDE:
			keep_error(e, value, length);
			break;
		case OPTION_COOKIE:
			e->has_cookie = true;
			break;
		case OPTION_CLIENT_SUBNET:
			e->has_subnet = true;
			break;
		default:
			break;
		}
	}
	return e->ede_count > 0 || e->has_nsid || e->has_cookie || e->has_subnet;
}

int32_t
dg_edns_first_error(const uint8_t *data, size_t size, bool *is_broken)
{
	struct dg_cur c = dg_cur_make(data, size, size);
	const uint8_t *value;
	int32_t first = -1;
	unsigned code;
	size_t length;

	while ((value = next_option(&c, &code, &length, is_broken)) != NULL) {
		if (code != OPTION_EDE)
			continue;
		if (length < EDE_BYTES_MIN)
			*is_broken = true;
		else if (first < 0)
			first = dg_be16(value);
	}
	return first;
}

const char *
dg_ede_name(uint16_t code)
{
	return code < sizeof ede_names / sizeof *ede_names ? ede_names[code] : NULL;
}

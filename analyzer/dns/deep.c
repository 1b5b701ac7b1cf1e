/*
 * deep.c - the words of DNS, from ldns; the only user of ldns.
 */
#include "dns/deep.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/parse.h"

/* Takes over `from_ldns`, which is NULL when memory ran out. */
static const char *
keep(char *from_ldns, const char *prefix, uint16_t number, char text[DG_DNS_WORD_MAX])
{
	if (from_ldns != NULL)
		snprintf(text, DG_DNS_WORD_MAX, "%s", from_ldns);
	else
		snprintf(text, DG_DNS_WORD_MAX, "%s%u", prefix, number);
	free(from_ldns);
	return text;
}

/* IANA's words where ldns has none: it stops at 15 (RFC 6891, 8945, 7873). */
#define FIRST_EXTENDED 16
#define LAST_EXTENDED 23
static const char *const extended[] = {
    "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE"};

const char *
dg_dns_rcode_text(uint16_t rcode, char text[DG_DNS_WORD_MAX])
{
	const ldns_lookup_table *row = ldns_lookup_by_id(ldns_rcodes, rcode);

	if (rcode == DG_RCODE_NOTIMP || (rcode >= FIRST_EXTENDED && rcode <= LAST_EXTENDED))
		snprintf(text, DG_DNS_WORD_MAX, "%s",
		    rcode == DG_RCODE_NOTIMP ? "NOTIMP" : extended[rcode - FIRST_EXTENDED]);
	else if (row != NULL && row->name != NULL)
		snprintf(text, DG_DNS_WORD_MAX, "%s", row->name);
	else
		snprintf(text, DG_DNS_WORD_MAX, "RCODE%u", rcode);
	return text;
}

const char *
dg_dns_type_text(uint16_t type, char text[DG_DNS_WORD_MAX])
{
	return keep(ldns_rr_type2str((ldns_rr_type)type), "TYPE", type, text);
}

const char *
dg_dns_class_text(uint16_t class, char text[DG_DNS_WORD_MAX])
{
	return keep(ldns_rr_class2str((ldns_rr_class) class), "CLASS", class, text);
}

const char *
dg_dns_library_version(void)
{
	return ldns_version();
}

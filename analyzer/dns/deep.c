/*
 * deep.c - the words of DNS, from ldns; the only user of ldns.
 */
#include "dns/deep.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/parse.h"

/* Every line of a transaction has three words: snprintf would be half of its cost. */
static const char *
copy(const char *word, char text[DG_DNS_WORD_MAX])
{
	size_t length = strnlen(word, DG_DNS_WORD_MAX - 1);

	memcpy(text, word, length);
	text[length] = '\0';
	return text;
}

/* Takes over `from_ldns`, which is NULL when memory ran out. */
static const char *
keep(char *from_ldns, const char *prefix, uint16_t number, char text[DG_DNS_WORD_MAX])
{
	if (from_ldns != NULL)
		copy(from_ldns, text);
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
		copy(rcode == DG_RCODE_NOTIMP ? "NOTIMP" : extended[rcode - FIRST_EXTENDED],
		    text);
	else if (row != NULL && row->name != NULL)
		copy(row->name, text);
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

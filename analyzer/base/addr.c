/*
 * addr.c - addresses as text, and their order.
 */
#include "base/addr.h"

#include <arpa/inet.h>

const char *
dg_addr_text(const struct dg_addr *a, enum dg_family family, char text[DG_ADDR_TEXT_MAX])
{
	int af = family == DG_FAMILY_IP4 ? AF_INET : AF_INET6;

	if (inet_ntop(af, a->bytes, text, DG_ADDR_TEXT_MAX) == NULL)
		text[0] = '\0';
	return text;
}

int
dg_addr_compare(const struct dg_addr *a, enum dg_family a_family, const struct dg_addr *b,
    enum dg_family b_family)
{
	if (a_family != b_family)
		return a_family < b_family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/*
 * addr.c - addresses as text, and their order.
 */
#include "base/addr.h"

#include <arpa/inet.h>

static const char *
text_of_ip4(const uint8_t bytes[4], char *text)
{
	char *at = text;

	for (int i = 0; i < 4; i++) {
		unsigned byte = bytes[i];

		if (i > 0)
			*at++ = '.';
		if (byte >= 100)
			*at++ = (char)('0' + byte / 100);
		if (byte >= 10)
			*at++ = (char)('0' + byte / 10 % 10);
		*at++ = (char)('0' + byte % 10);
	}
	*at = '\0';
	return text;
}

const char *
dg_addr_text(const struct dg_addr *a, enum dg_family family, char text[DG_ADDR_TEXT_MAX])
{
	if (family == DG_FAMILY_IP4)
		return text_of_ip4(a->bytes, text);
	if (inet_ntop(AF_INET6, a->bytes, text, DG_ADDR_TEXT_MAX) == NULL)
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

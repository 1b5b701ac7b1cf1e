/*
 * suffix.c - names that name nobody.
 *
 * Public suffixes are those that libpsl was built with, so that the same name gets the same
 * pseudonym on every machine that has the same libpsl.  Its private part (github.io, and many
 * a company's) is left out, and so is the rule that any unknown top-level domain is one: both
 * name somebody.  Where a rule takes all names (*.ck), only those that registries use stay.
 *
 * Weak spot: another version of the list may hold another suffix; then the two pseudonyms of a
 * name differ.
 */
#include "anonymise/suffix.h"

#include <libpsl.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

#define TYPES (PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE)
/* Suffixes have at most four labels. */
#define SUFFIX_TEXT_MAX 128
/* A label that nobody registers: what is a suffix with it, is one with any. */
#define ANY_LABEL "dnsgap-asks-for-any-label"

/* RFC 6761, 6762, 7686, 8375, 9476, 2606, 7050, 9462; what networks use without asking; the
 * names in which servers tell about themselves. */
static const char *const special[] = {"alt", "example", "invalid", "local", "localhost",
    "onion", "test", "corp", "home", "internal", "intranet", "lan", "localdomain", "private",
    "arpa", "home.arpa", "in-addr.arpa", "ip6.arpa", "ipv4only.arpa", "resolver.arpa", "bind",
    "authors.bind", "hostname.bind", "version.bind", "server", "id.server", "version.server"};

static const char *const registry[] = {"ac", "co", "com", "edu", "go", "gob", "gov", "gub",
    "info", "mil", "ne", "net", "nom", "or", "org", "sch"};

static bool
is_among(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, list[i]) == 0)
			return true;
	}
	return false;
}

/* The name with dots; false when it is too long, or not all letters, digits and hyphens. */
static bool
write_text(const uint8_t *wire, size_t length, char text[SUFFIX_TEXT_MAX])
{
	size_t size = 0, left = 0;

	if (length < 2 || length > SUFFIX_TEXT_MAX)
		return false;
	for (size_t at = 0; at + 1 < length; at++) {
		char c = (char)wire[at];

		if (left == 0) {
			left = wire[at];
			if (size > 0)
				text[size++] = '.';
			continue;
		}
		left--;
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
		text[size++] = c;
	}
	text[size] = '\0';
	return true;
}

static bool
is_wildcard(const psl_ctx_t *list, const char *text)
{
	const char *rest = strchr(text, '.');
	char other[SUFFIX_TEXT_MAX + sizeof ANY_LABEL];

	if (rest == NULL)
		return false;
	snprintf(other, sizeof other, "%s%s", ANY_LABEL, rest);
	return psl_is_public_suffix2(list, other, TYPES) == 1;
}

bool
dg_suffix_stays(const uint8_t *wire, size_t length)
{
	const psl_ctx_t *list = psl_builtin();
	char text[SUFFIX_TEXT_MAX];
	char *dot;

	if (!write_text(wire, length, text))
		return false;
	if (is_among(text, special, sizeof special / sizeof *special))
		return true;
	if (list == NULL || psl_is_public_suffix2(list, text, TYPES) != 1)
		return false;
	if (!is_wildcard(list, text))
		return true;
	dot = strchr(text, '.');
	if (dot != NULL)
		*dot = '\0';
	return is_among(text, registry, sizeof registry / sizeof *registry);
}

const char *
dg_suffix_library_version(void)
{
	return psl_get_version();
}

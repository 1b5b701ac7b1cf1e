/*
 * filter_check.c - whether an expression may be given to libpcap.
 *
 * pcap_compile() asks DNS for any word that it does not know, as soon as it has read it, and
 * nothing can keep it from that.  So the words are looked at first, cut as libpcap's scanner
 * (1.10, scanner.l) cuts them: every one must be a word of its language, a number or an
 * address, or stand where libpcap looks for something other than a host.  What is not certain
 * is refused.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "source/filter.h"
#include "source/filter_words.h"

/* Longer ones are no words of the language, nor addresses. */
#define WORD_MAX 64
#define WORD_SHOWN 40

/* Behind these a name is one of a port, a protocol, or a thing of libpcap's own. */
static const char *const name_givers[] = {"port", "portrange", "proto", "protochain", "type",
    "subtype", "dir", "direction", "ifname", "on", "reason", "action", "rset", "ruleset"};

/* A piece of an expression. */
struct word {
	const char *text;
	size_t size;
};

static bool
is_one_of(const char *const *list, size_t count, struct word w)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(list[i]) == w.size && memcmp(list[i], w.text, w.size) == 0)
			return true;
	}
	return false;
}

static bool
is_inside(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

/* The word that begins here; it ends with a letter, a digit or a dot. */
static struct word
cut_word(const char *text)
{
	size_t size = 0;

	while (is_inside(text[size]))
		size++;
	while (size > 1 && (text[size - 1] == '-' || text[size - 1] == '_'))
		size--;
	return (struct word){text, size};
}

/* "a", "0:1b:...", "0-1b-...", "0.1b...": so many groups of 1 to 2, or just 4, hexadecimal
 * digits. */
static bool
is_hex_groups(struct word w, char separator, size_t groups, size_t least, size_t most)
{
	size_t digits = 0, seen = 1;

	for (size_t i = 0; i < w.size; i++) {
		if (w.text[i] == separator && digits >= least) {
			seen++;
			digits = 0;
		} else if (!isxdigit((unsigned char)w.text[i]) || ++digits > most) {
			return false;
		}
	}
	return seen == groups && digits >= least;
}

static bool
is_mac(struct word w)
{
	return is_hex_groups(w, ':', 6, 1, 2) || is_hex_groups(w, '-', 6, 1, 2) ||
	    is_hex_groups(w, '.', 6, 1, 2) || is_hex_groups(w, '.', 3, 4, 4) ||
	    is_hex_groups(w, ' ', 1, 12, 12);
}

/* "53", "0x35", "192.0.2.1", "10.1". */
static bool
is_number(struct word w)
{
	size_t groups = 1, digits = 0;

	if (w.size > 2 && w.text[0] == '0' && (w.text[1] == 'x' || w.text[1] == 'X')) {
		for (size_t i = 2; i < w.size; i++) {
			if (!isxdigit((unsigned char)w.text[i]))
				return false;
		}
		return true;
	}
	for (size_t i = 0; i < w.size; i++) {
		if (w.text[i] == '.' && digits > 0) {
			groups++;
			digits = 0;
		} else if (isdigit((unsigned char)w.text[i])) {
			digits++;
		} else {
			return false;
		}
	}
	return digits > 0 && groups <= 4;
}

/* An address with colons: IPv6, or of an Ethernet card.  0 when none begins here, else its
 * length. */
static size_t
colon_address(const char *text)
{
	size_t size = 0, colons = 0;
	char copy[WORD_MAX];
	struct in6_addr address;

	for (; isxdigit((unsigned char)text[size]) || text[size] == ':' || text[size] == '.';
	     size++)
		colons += text[size] == ':';
	if (colons < 2 || size >= sizeof copy)
		return 0;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (inet_pton(AF_INET6, copy, &address) == 1 || is_mac((struct word){text, size}))
		return size;
	return 0;
}

static int
refuse(struct word w, struct dg_fail *fail)
{
	int shown = (int)(w.size < WORD_SHOWN ? w.size : WORD_SHOWN);

	return dg_fail_set(fail, DNSGAP_EINVAL,
	    "the filter has '%.*s%s', which libpcap would look up as the name of a host or "
	    "network, and so ask DNS; write its address, or `port`, `proto` right before the "
	    "name of a port or protocol, or allow it (--resolve-filter)",
	    shown, w.text, w.size > WORD_SHOWN ? "..." : "");
}

/* Looks at each word of the expression; anything else has no way to become a name. */
static int
check_words(const char *text, struct dg_fail *fail)
{
	bool may_be_name = false;

	while (*text != '\0') {
		size_t address = colon_address(text);
		struct word w = {text, 1};

		if (address > 0) {
			text += address;
			may_be_name = false;
			continue;
		}
		if (*text == '\\' || isalnum((unsigned char)*text)) {
			w = *text == '\\' ? (struct word){text, strcspn(text, " !()\n\t")}
					  : cut_word(text);
			if (!may_be_name && !is_number(w) && !is_mac(w) &&
			    !is_one_of(dg_filter_words,
				sizeof dg_filter_words / sizeof *dg_filter_words, w))
				return refuse(w, fail);
			may_be_name =
			    is_one_of(name_givers, sizeof name_givers / sizeof *name_givers, w);
		} else if (!isspace((unsigned char)*text)) {
			may_be_name = false;
		}
		text += w.size;
	}
	return 0;
}

int
dg_filter_check(const char *expression, bool may_resolve, struct dg_fail *fail)
{
	size_t size = strlen(expression);

	if (size > DG_FILTER_BYTES_MAX)
		return dg_fail_set(fail, DNSGAP_EINVAL,
		    "the filter is %zu bytes long, at most %u are taken; name networks instead "
		    "of hosts, or leave the choice to the analysis",
		    size, DG_FILTER_BYTES_MAX);
	return may_resolve ? 0 : check_words(expression, fail);
}

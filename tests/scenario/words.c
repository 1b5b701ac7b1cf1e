/*
 * words.c - the small words of a scenario's line.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

bool
scn_time(const char *text, int64_t *ns)
{
	int64_t value = 0;
	int digits = 0, decimals = -1;

	for (; *text != '\0'; text++) {
		if (*text == '.' && decimals < 0) {
			decimals = 0;
			continue;
		}
		if (*text < '0' || *text > '9' || decimals == 9 || value > INT64_MAX / 100)
			return false;
		value = 10 * value + (*text - '0');
		digits++;
		decimals += decimals >= 0;
	}
	for (int i = decimals < 0 ? 0 : decimals; i < 9; i++)
		value *= 10;
	*ns = value;
	return digits > 0;
}

bool
scn_unsigned(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*value = strtoul(text, &end, 0);
	return *end == '\0' && *value <= max;
}

static const struct {
	const char *word;
	const char *address;
} hosts[] = {
    {"c", "10.0.0.1"},
    {"c2", "10.0.0.2"},
    {"s", "192.0.2.53"},
    {"s2", "192.0.2.54"},
    {"r", "10.0.0.254"},
    {"r2", "198.51.100.254"},
    {"c6", "2001:db8::1"},
    {"s6", "2001:db8::53"},
    {"r6", "2001:db8::fe"},
};

const char *
scn_host(const char *word)
{
	for (size_t i = 0; i < COUNT(hosts); i++) {
		if (strcmp(word, hosts[i].word) == 0)
			return hosts[i].address;
	}
	return NULL;
}

bool
scn_endpoint(char *word, const char **address, uint16_t *port)
{
	char *colon = strchr(word, ':');
	unsigned long number;

	if (colon == NULL || !scn_unsigned(colon + 1, 65535, &number))
		return false;
	*colon = '\0';
	*address = scn_host(word);
	*colon = ':';
	*port = (uint16_t)number;
	return *address != NULL;
}

struct number_word {
	const char *word;
	uint16_t number;
};

static bool
find_word(const struct number_word *list, size_t count, const char *word, uint16_t *number)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].word, word) == 0) {
			*number = list[i].number;
			return true;
		}
	}
	return false;
}

bool
scn_rcode(const char *word, uint16_t *rcode)
{
	static const struct number_word list[] = {
	    {"NOERROR", 0},
	    {"FORMERR", 1},
	    {"SERVFAIL", 2},
	    {"NXDOMAIN", 3},
	    {"NOTIMP", 4},
	    {"REFUSED", 5},
	    {"BADVERS", 16},
	    {"BADCOOKIE", 23},
	};

	return find_word(list, COUNT(list), word, rcode);
}

bool
scn_qtype(const char *word, uint16_t *qtype)
{
	static const struct number_word list[] = {
	    {"A", 1},
	    {"NS", 2},
	    {"SOA", 6},
	    {"PTR", 12},
	    {"MX", 15},
	    {"TXT", 16},
	    {"AAAA", 28},
	    {"HTTPS", 65},
	    {"IXFR", 251},
	    {"AXFR", 252},
	    {"ANY", 255},
	};

	return find_word(list, COUNT(list), word, qtype);
}

bool
scn_icmp_kind(const char *word, bool is_v6, uint8_t *type, uint8_t *code)
{
	static const struct number_word four[] = {
	    {"echo", 8 << 8},
	    {"redirect", 5 << 8},
	    {"network-unreachable", 3 << 8},
	    {"host-unreachable", 3 << 8 | 1},
	    {"port-unreachable", 3 << 8 | 3},
	    {"fragmentation-needed", 3 << 8 | 4},
	    {"administratively-prohibited", 3 << 8 | 13},
	    {"hop-limit-exceeded", 11 << 8},
	    {"reassembly-time-exceeded", 11 << 8 | 1},
	    {"parameter-problem", 12 << 8},
	};
	static const struct number_word six[] = {
	    {"echo", 128 << 8},
	    {"no-route", 1 << 8},
	    {"administratively-prohibited", 1 << 8 | 1},
	    {"address-unreachable", 1 << 8 | 3},
	    {"port-unreachable", 1 << 8 | 4},
	    {"packet-too-big", 2 << 8},
	    {"hop-limit-exceeded", 3 << 8},
	    {"reassembly-time-exceeded", 3 << 8 | 1},
	    {"parameter-problem", 4 << 8},
	};
	uint16_t both = 0;

	if (is_v6 ? !find_word(six, COUNT(six), word, &both)
		  : !find_word(four, COUNT(four), word, &both))
		return false;
	*type = (uint8_t)(both >> 8);
	*code = (uint8_t)both;
	return true;
}

char *
scn_value(char *word, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(word, name, length) != 0 || word[length] != '=')
		return NULL;
	return word + length + 1;
}

/*
 * config.c - settings, checked when they are set.
 */
#include "dnsgap/config.h"

#include <stdlib.h>
#include <string.h>

#include "api/inner.h"
#include "base/clock.h"
#include "base/limits.h"

_Static_assert((int)DNSGAP_ANONYMISER_KEY_BYTES == (int)DG_ANONYMISER_KEY_BYTES, "same key");

#define TIMEOUT_MIN_NS INT64_C(1000)
#define TIMEOUT_MAX_NS (3600 * DG_NS_PER_S)
#define HOLD_MAX_NS (86400 * DG_NS_PER_S)
#define TRANSACTIONS_LIMIT (1u << 24)
#define DEFAULT_TIMEOUT_NS (5 * DG_NS_PER_S)
#define DEFAULT_SKEW_NS INT64_C(10000)

int
dnsgap_config_new(struct dnsgap_config **out)
{
	struct dnsgap_config *c = calloc(1, sizeof *c);

	if (c == NULL)
		return DNSGAP_ENOMEM;
	c->timeout_ns = DEFAULT_TIMEOUT_NS;
	c->skew_ns = DEFAULT_SKEW_NS;
	c->max_transactions = DG_TRANSACTIONS_MAX;
	c->digest_max = DG_DIGEST_BYTES_MAX;
	(void)dnsgap_config_set_server_ports(c, "53");
	*out = c;
	return 0;
}

void
dnsgap_config_set_cuts(struct dnsgap_config *c, bool has_cuts)
{
	c->has_cuts = has_cuts;
}

void
dnsgap_config_free(struct dnsgap_config *c)
{
	if (c != NULL)
		explicit_bzero(c->anonymiser_key, sizeof c->anonymiser_key);
	free(c);
}

int
dnsgap_config_set_timeout(struct dnsgap_config *c, int64_t timeout_ns)
{
	if (timeout_ns < TIMEOUT_MIN_NS || timeout_ns > TIMEOUT_MAX_NS)
		return DNSGAP_EINVAL;
	c->timeout_ns = timeout_ns;
	if (c->hold_ns != 0 && c->hold_ns < timeout_ns)
		c->hold_ns = timeout_ns;
	return 0;
}

int
dnsgap_config_set_hold(struct dnsgap_config *c, int64_t hold_ns)
{
	if (hold_ns < c->timeout_ns || hold_ns > HOLD_MAX_NS)
		return DNSGAP_EINVAL;
	c->hold_ns = hold_ns;
	return 0;
}

int
dnsgap_config_set_skew(struct dnsgap_config *c, int64_t skew_ns)
{
	if (skew_ns < 0 || skew_ns > DG_REORDER_NS)
		return DNSGAP_EINVAL;
	c->skew_ns = skew_ns;
	return 0;
}

int
dnsgap_config_set_max_transactions(struct dnsgap_config *c, uint32_t max)
{
	if (max == 0 || max > TRANSACTIONS_LIMIT)
		return DNSGAP_EINVAL;
	c->max_transactions = max;
	return 0;
}

void
dnsgap_config_set_sha256_max(struct dnsgap_config *c, uint64_t file_bytes)
{
	c->digest_max = file_bytes;
}

/* A port number at *text, which moves past it; -1 when there is none. */
static long
read_port(const char **text)
{
	long port = 0;
	const char *p = *text;

	for (; *p >= '0' && *p <= '9' && port <= 65535; p++)
		port = port * 10 + (*p - '0');
	if (p == *text || port > 65535)
		return -1;
	*text = p;
	return port;
}

int
dnsgap_config_set_server_ports(struct dnsgap_config *c, const char *ports)
{
	struct dg_server_ports set = {{0}};
	const char *p = ports;

	if (strlen(ports) >= sizeof c->server_ports_text)
		return DNSGAP_EINVAL;
	for (;;) {
		long first = read_port(&p), last = first;

		if (first >= 0 && *p == '-') {
			p++;
			last = read_port(&p);
		}
		if (first < 0 || last < first)
			return DNSGAP_EINVAL;
		for (long port = first; port <= last; port++)
			dg_server_ports_add(&set, (uint16_t)port);
		if (*p == '\0')
			break;
		if (*p++ != ',')
			return DNSGAP_EINVAL;
	}
	c->server_ports = set;
	memcpy(c->server_ports_text, ports, strlen(ports) + 1);
	return 0;
}

int
dnsgap_config_set_anonymiser(struct dnsgap_config *c, const unsigned char *key)
{
	c->has_anonymiser = key != NULL;
	if (key != NULL)
		memcpy(c->anonymiser_key, key, sizeof c->anonymiser_key);
	else
		explicit_bzero(c->anonymiser_key, sizeof c->anonymiser_key);
	return 0;
}

int
dnsgap_config_keep_address(struct dnsgap_config *c, const char *text)
{
	return dg_keep_add_address(&c->keep, text);
}

int
dnsgap_config_keep_name(struct dnsgap_config *c, const char *text)
{
	return dg_keep_add_name(&c->keep, text);
}

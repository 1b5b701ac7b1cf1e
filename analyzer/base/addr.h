#ifndef DG_BASE_ADDR_H
#define DG_BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * addr.h - IPv4 and IPv6 addresses in one shape.
 *
 * An IPv4 address fills the first 4 bytes, the rest is zero; the family tells
 * it from the IPv6 address of the same bytes.  Whole structs may be compared
 * and hashed as memory: there is no padding, and every byte is set.
 */

enum dg_family {
	DG_FAMILY_NONE = 0,
	DG_FAMILY_IP4 = 4,
	DG_FAMILY_IP6 = 6,
};

enum dg_transport {
	DG_TRANSPORT_UDP = 17,
	DG_TRANSPORT_TCP = 6,
};

struct dg_addr {
	uint8_t bytes[16];
};

/* Client and server of a message: 40 bytes, no padding, hashed as it lies. */
struct dg_flow {
	struct dg_addr client;
	struct dg_addr server;
	uint16_t client_port;
	uint16_t server_port;
	uint8_t family;    /* enum dg_family */
	uint8_t transport; /* enum dg_transport */
	uint16_t zero;
};

static inline bool
dg_flow_is_same(const struct dg_flow *a, const struct dg_flow *b)
{
	const char *x = (const char *)a, *y = (const char *)b;
	uint64_t difference = 0;

	/* By words, in line: a call of memcmp costs more than the comparison. */
	for (size_t at = 0; at < sizeof *a; at += sizeof(uint64_t)) {
		uint64_t word_x, word_y;

		memcpy(&word_x, x + at, sizeof word_x);
		memcpy(&word_y, y + at, sizeof word_y);
		difference |= word_x ^ word_y;
	}
	return difference == 0;
}

/* Written as a whole: in two pieces, the copy that is made next would wait for both. */
typedef uint32_t dg_addr_words __attribute__((vector_size(16)));

static inline struct dg_addr
dg_addr_of_ip4(const uint8_t *bytes)
{
	dg_addr_words words = {0};
	struct dg_addr a;
	uint32_t word;

	memcpy(&word, bytes, sizeof word);
	words[0] = word;
	memcpy(a.bytes, &words, sizeof words);
	return a;
}

static inline struct dg_addr
dg_addr_of_ip6(const uint8_t *bytes)
{
	struct dg_addr a;

	memcpy(a.bytes, bytes, sizeof a.bytes);
	return a;
}

static inline struct dg_addr
dg_addr_make(const uint8_t *bytes, enum dg_family family)
{
	return family == DG_FAMILY_IP4 ? dg_addr_of_ip4(bytes) : dg_addr_of_ip6(bytes);
}

#define DG_ADDR_TEXT_MAX 46

/**
 * Writes the address as text (RFC 5952 for IPv6) and returns `text`.
 */
const char *dg_addr_text(
    const struct dg_addr *a, enum dg_family family, char text[DG_ADDR_TEXT_MAX]);

/* Orders by family, then by bytes, as a person would sort a list of hosts. */
int dg_addr_compare(const struct dg_addr *a, enum dg_family a_family, const struct dg_addr *b,
    enum dg_family b_family);

#endif

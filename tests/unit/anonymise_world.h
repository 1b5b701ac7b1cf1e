/* anonymise_world.h - an anonymiser, and names and messages to try it on. */

#ifndef ANONYMISE_WORLD_H
#define ANONYMISE_WORLD_H

#include "anonymise/anonymise.h"
#include "dns/name.h"
#include "pkt.h"
#include "rows.h"

static struct dg_anonymiser *world_anonymiser;

static inline void
world_begin(void)
{
	uint8_t key[DG_ANONYMISER_KEY_BYTES];

	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(7 * i + 1);
	if (dg_anonymiser_new(key, &world_anonymiser) != 0)
		abort();
}

static inline void
world_end(void)
{
	dg_anonymiser_free(world_anonymiser);
}

/* The pseudonym of an address, as bytes. */
static inline struct pkt_addr
world_addr(const char *text)
{
	struct pkt_addr in = pkt_addr(text);
	enum dg_family family = in.is_v6 ? DG_FAMILY_IP6 : DG_FAMILY_IP4;
	struct dg_addr addr = dg_addr_make(in.bytes, family);

	dg_anonymise_addr(world_anonymiser, family, &addr);
	memcpy(in.bytes, addr.bytes, sizeof in.bytes);
	return in;
}

/* The pseudonym of a name in wire form; its length. */
static inline size_t
world_name(const char *text, uint8_t out[DG_NAME_WIRE_MAX])
{
	struct pkt_buf wire = {0};
	size_t length;

	pkt_name(&wire, text);
	length = dg_anonymise_name(world_anonymiser, wire.at, wire.len, out);
	pkt_buf_fini(&wire);
	assert_true(length > 0);
	return length;
}

/* Asserts that the name at `offset` is the pseudonym of `text`; where it ends. */
static inline size_t
world_assert_name(const uint8_t *message, size_t size, size_t offset, const char *text)
{
	uint8_t wanted[DG_NAME_WIRE_MAX];
	size_t length = world_name(text, wanted), end = 0;
	struct dg_name name;

	assert_int_equal(dg_name_expand(message, size, offset, &name, &end), DG_NAME_OK);
	assert_int_equal(name.length, length);
	assert_memory_equal(name.bytes, wanted, length);
	return end;
}

/* A reverse name whose pseudonym is longer by `more` octets (or shorter). */
static inline const char *
world_reverse(int more, char text[64])
{
	for (unsigned n = 0; n < 65536; n++) {
		uint8_t out[DG_NAME_WIRE_MAX];

		snprintf(text, 64, "%u.%u.51.10.in-addr.arpa", n & 255, n >> 8);
		if ((int)world_name(text, out) == (int)strlen(text) + 2 + more)
			return text;
	}
	fail();
	return NULL;
}

/* A query as it is sent over TCP. */
static inline void
world_put_prefixed(struct pkt_buf *data, const char *qname)
{
	struct pkt_buf message = {0};

	pkt_dns(&message, &(struct pkt_dns){.id = 9, .qname = qname, .qtype = 12});
	pkt_put16(data, (unsigned)message.len);
	pkt_put(data, message.at, message.len);
	pkt_buf_fini(&message);
}

#endif

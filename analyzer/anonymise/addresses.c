/*
 * addresses.c - which addresses get a pseudonym, and among which ones it lies.
 *
 * Addresses belong to blocks.  Some blocks stay as they are; in the others addresses are
 * replaced by Crypto-PAn, which keeps the block's own bits.  When the result belongs to another
 * block that lies within, or is one that a person keeps, it is replaced again until it is in
 * the block that it came from.  On a block this is a permutation, for Crypto-PAn is one:
 * walking on along its cycle leads back to the address itself at the latest.
 *
 * Two addresses that share a prefix share one afterwards, as long, unless they are in different
 * blocks or the walk of one of them is longer.  Those of one /24 (IPv6: /48), which the
 * diagnosis asks for, go the same way: the only blocks that are narrower hold no host's
 * address, or all link-local ones.  A kept address is the exception: it leaves its neighbours.
 */
#include "anonymise/addresses.h"

#define BITS_IP4 32
#define BITS_IP6 128
/* Of an IPv6 address, before an IPv4 address that it holds. */
#define BITS_BEFORE_IP4 96
#define KEPT (-1)

enum way {
	STAYS,     /* names nobody */
	INSIDE,    /* replaced by another one of the block */
	HOLDS_IP4, /* the last 32 bits are replaced as the IPv4 address that they are */
};

/* The first that fits; the last two take the rest. */
static const struct block {
	uint8_t family;
	uint8_t bits;
	uint8_t way;
	uint8_t first[16];
} blocks[] = {
    /* No address yet (RFC 6890), and everybody (RFC 919). */
    {DG_FAMILY_IP4, 32, STAYS, {0}},
    {DG_FAMILY_IP4, 32, STAYS, {255, 255, 255, 255}},
    {DG_FAMILY_IP4, 8, STAYS, {127}},
    /* Chosen by hosts themselves, often from their MAC address (RFC 3927). */
    {DG_FAMILY_IP4, 16, INSIDE, {169, 254}},
    /* Multicast; first what tells an AS number (RFC 3180) or a prefix (RFC 6034). */
    {DG_FAMILY_IP4, 8, INSIDE, {233}},
    {DG_FAMILY_IP4, 8, INSIDE, {234}},
    {DG_FAMILY_IP4, 4, STAYS, {224}},
    {DG_FAMILY_IP6, 128, STAYS, {0}},
    {DG_FAMILY_IP6, 128, STAYS, {[15] = 1}},
    /* IPv4-mapped (RFC 4291 2.5.5.2), and what NAT64 makes of IPv4 (RFC 6052). */
    {DG_FAMILY_IP6, BITS_BEFORE_IP4, HOLDS_IP4, {[10] = 0xff, 0xff}},
    {DG_FAMILY_IP6, BITS_BEFORE_IP4, HOLDS_IP4, {0x00, 0x64, 0xff, 0x9b}},
    {DG_FAMILY_IP6, 64, INSIDE, {0}},
    /* Link-local: the interface is replaced, it may hold a MAC address. */
    {DG_FAMILY_IP6, 64, INSIDE, {0xfe, 0x80}},
    {DG_FAMILY_IP6, 10, INSIDE, {0xfe, 0x80}},
    /* Multicast; first what tells an address (RFC 4291 2.7.1) or a prefix (RFC 3306, 3956). */
    {DG_FAMILY_IP6, 104, INSIDE, {0xff, 0x02, [11] = 1, 0xff}},
    {DG_FAMILY_IP6, 12, INSIDE, {0xff, 0x30}},
    {DG_FAMILY_IP6, 12, INSIDE, {0xff, 0x70}},
    {DG_FAMILY_IP6, 8, STAYS, {0xff}},
    {DG_FAMILY_IP4, 0, INSIDE, {0}},
    {DG_FAMILY_IP6, 0, INSIDE, {0}},
};

#define BLOCK_COUNT ((int)(sizeof blocks / sizeof *blocks))

static int
block_of(const struct dg_keep *k, enum dg_family family, const struct dg_addr *a, unsigned bits)
{
	if (dg_keep_has_address(k, family, a, bits))
		return KEPT;
	for (int i = 0; i < BLOCK_COUNT; i++) {
		const struct block *b = &blocks[i];

		if (b->family == family && b->bits <= bits &&
		    dg_keep_is_same(b->first, a->bytes, b->bits))
			return i;
	}
	return KEPT; /* no family */
}

bool
dg_addresses_is_block(enum dg_family family, const struct dg_addr *a, unsigned bits)
{
	for (int i = 0; i < BLOCK_COUNT; i++) {
		const struct block *b = &blocks[i];

		if (b->family == family && b->bits == bits && b->way != STAYS &&
		    dg_keep_is_same(b->first, a->bytes, bits))
			return true;
	}
	return false;
}

static void replace_ip4(
    const struct dg_cryptopan *c, const struct dg_keep *k, uint8_t *bytes, unsigned bits);

/* Walks within the block. */
static void
walk(const struct dg_cryptopan *c, const struct dg_keep *k, enum dg_family family,
    struct dg_addr *a, unsigned bits)
{
	int from = block_of(k, family, a, bits);

	if (from == KEPT || blocks[from].way == STAYS)
		return;
	do {
		if (blocks[from].way == HOLDS_IP4)
			replace_ip4(
			    c, k, a->bytes + BITS_BEFORE_IP4 / 8, bits - BITS_BEFORE_IP4);
		else
			dg_cryptopan(c, a->bytes, blocks[from].bits, bits);
	} while (block_of(k, family, a, bits) != from);
}

static void
replace_ip4(
    const struct dg_cryptopan *c, const struct dg_keep *k, uint8_t *bytes, unsigned bits)
{
	struct dg_addr a = dg_addr_make(bytes, DG_FAMILY_IP4);

	walk(c, k, DG_FAMILY_IP4, &a, bits);
	for (unsigned i = 0; i < BITS_IP4 / 8; i++)
		bytes[i] = a.bytes[i];
}

void
dg_addresses_replace(const struct dg_cryptopan *c, const struct dg_keep *k,
    enum dg_family family, struct dg_addr *a, unsigned bits)
{
	unsigned most = family == DG_FAMILY_IP4 ? BITS_IP4 : BITS_IP6;

	walk(c, k, family, a, bits < most ? bits : most);
}

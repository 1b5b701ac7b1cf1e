/*
 * keep.c - what keeps its address or name.
 */
#include "anonymise/keep.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "anonymise/addresses.h"
#include "dnsgap/error.h"

/* More of a block of addresses must not be kept: the rest would be looked for too long. */
#define SHARE_MAX 0.75
#define LABEL_MAX 63

bool
dg_keep_is_same(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	uint8_t mask = (uint8_t)(0xff00u >> bits % 8);

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

bool
dg_keep_has_address(
    const struct dg_keep *k, enum dg_family family, const struct dg_addr *a, unsigned bits)
{
	for (unsigned i = 0; i < k->prefix_count; i++) {
		const struct dg_keep_prefix *p = &k->prefixes[i];

		if (p->family == family && p->bits <= bits &&
		    dg_keep_is_same(p->address.bytes, a->bytes, p->bits))
			return true;
	}
	return false;
}

/* What part of all addresses below the first `bits` bits would be kept. */
static double
share_kept(const struct dg_keep *k, const struct dg_keep_prefix *in, unsigned bits)
{
	double share = 0;

	for (unsigned i = 0; i < k->prefix_count; i++) {
		const struct dg_keep_prefix *p = &k->prefixes[i];
		double part = 1;

		if (p->family != in->family || p->bits <= bits ||
		    !dg_keep_is_same(p->address.bytes, in->address.bytes, bits))
			continue;
		for (unsigned n = bits; n < p->bits; n++)
			part /= 2;
		share += part;
	}
	return share;
}

static bool
read_length(const char *text, unsigned most, uint8_t *bits)
{
	unsigned value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9' && p - text < 3; p++)
		value = value * 10 + (unsigned)(*p - '0');
	if (p == text || *p != '\0' || value > most)
		return false;
	*bits = (uint8_t)value;
	return true;
}

static bool
read_prefix(const char *text, struct dg_keep_prefix *p)
{
	const char *slash = strchr(text, '/');
	size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[DG_ADDR_TEXT_MAX];
	uint8_t bytes[16];
	unsigned most;

	if (length >= sizeof address)
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	p->family = strchr(address, ':') != NULL ? DG_FAMILY_IP6 : DG_FAMILY_IP4;
	most = p->family == DG_FAMILY_IP6 ? 128 : 32;
	if (inet_pton(p->family == DG_FAMILY_IP6 ? AF_INET6 : AF_INET, address, bytes) != 1)
		return false;
	p->address = dg_addr_make(bytes, (enum dg_family)p->family);
	p->bits = (uint8_t)most;
	if (slash != NULL && !read_length(slash + 1, most, &p->bits))
		return false;
	for (unsigned bit = p->bits; bit < most; bit++)
		p->address.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	return true;
}

int
dg_keep_add_address(struct dg_keep *k, const char *text)
{
	struct dg_keep_prefix p = {0};

	if (!read_prefix(text, &p))
		return DNSGAP_EINVAL;
	if (dg_keep_has_address(k, (enum dg_family)p.family, &p.address, p.bits))
		return 0;
	if (k->prefix_count == DG_KEEP_MAX)
		return DNSGAP_EINVAL;
	k->prefixes[k->prefix_count++] = p;
	for (unsigned bits = 0; bits < p.bits; bits++) {
		if (dg_addresses_is_block((enum dg_family)p.family, &p.address, bits) &&
		    share_kept(k, &p, bits) > SHARE_MAX) {
			k->prefix_count--;
			return DNSGAP_EINVAL;
		}
	}
	return 0;
}

/* Takes a label up to its dot or the end; false when it is none. */
static bool
add_label(struct dg_keep_name *n, const char *label, size_t size)
{
	if (size == 0 || size > LABEL_MAX || n->length + size + 2 > DG_NAME_BYTES_MAX)
		return false;
	n->wire[n->length++] = (uint8_t)size;
	for (size_t i = 0; i < size; i++) {
		if (!isgraph((unsigned char)label[i]) || label[i] == '\\')
			return false;
		n->wire[n->length++] = (uint8_t)tolower((unsigned char)label[i]);
	}
	return true;
}

int
dg_keep_add_name(struct dg_keep *k, const char *text)
{
	struct dg_keep_name n = {0};

	if (k->name_count == DG_KEEP_MAX || *text == '\0')
		return DNSGAP_EINVAL;
	if (strcmp(text, ".") == 0)
		text++;
	while (*text != '\0') {
		size_t size = strcspn(text, ".");

		if (!add_label(&n, text, size))
			return DNSGAP_EINVAL;
		text += size + (text[size] == '.');
	}
	n.length++; /* the root's octet is zero */
	k->names[k->name_count++] = n;
	return 0;
}

bool
dg_keep_has_name(const struct dg_keep *k, const uint8_t *wire, size_t length)
{
	for (unsigned i = 0; i < k->name_count; i++) {
		if (k->names[i].length == length && memcmp(k->names[i].wire, wire, length) == 0)
			return true;
	}
	return false;
}

bool
dg_keep_is_above(const struct dg_keep *k, const uint8_t *wire, size_t length)
{
	for (unsigned i = 0; i < k->name_count; i++) {
		const struct dg_keep_name *n = &k->names[i];

		for (size_t at = 0; at + length <= n->length; at += n->wire[at] + 1u) {
			if (n->length - at == length && memcmp(n->wire + at, wire, length) == 0)
				return true;
		}
	}
	return false;
}

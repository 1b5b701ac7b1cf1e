/*
 * names.c - names, label by label, from the root on.
 *
 * What is above a label decides: below public suffixes and the like, labels that make another
 * such name stay; below in-addr.arpa and ip6.arpa those of an address become those of its
 * pseudonym; all others are replaced under their parent's original name.  So names have in
 * common what they had in common, and equal labels under different parents differ.
 *
 * A label under a parent that stays is replaced until it is none that stays, and so no two
 * names become one (addresses.c says why the walk ends).
 *
 * What is above a kept name stays with it: it is shown anyway, and then the end of a name has
 * the end of its pseudonym for a pseudonym, always.
 *
 * Weak spot: labels with octets other than letters, digits, `-` and `_` are hashed, and two of
 * them may meet when they are short.
 */
#include <ctype.h>
#include <string.h>

#include "anonymise/addresses.h"
#include "anonymise/inner.h"
#include "anonymise/labels.h"
#include "anonymise/suffix.h"

#define LABELS_MAX 127
/* Of a MAC's first block; labels.c has others. */
#define FOR_PARENT 1
#define FOR_BYTES 2
/* The longest service name (RFC 6335 5.1), behind its underscore. */
#define SERVICE_MAX 16
#define NIBBLES_MAX 32
#define OCTETS_MAX 4

struct work {
	const struct dg_anonymiser *a;
	const uint8_t *name;              /* as it is, with its case */
	uint8_t folded[DG_NAME_WIRE_MAX]; /* the same, folded */
	size_t length;
	uint8_t starts[LABELS_MAX]; /* where labels begin, the root's left out */
	unsigned count;
	uint8_t out[DG_NAME_WIRE_MAX]; /* filled from its end */
	size_t at;                     /* where it begins by now */
};

static bool
split(struct work *w)
{
	size_t at = 0;

	if (w->length == 0 || w->length > DG_NAME_WIRE_MAX)
		return false;
	while (at < w->length && w->name[at] != 0) {
		uint8_t size = w->name[at];

		if (size > DG_LABEL_BYTES_MAX || at + size + 1u >= w->length)
			return false;
		w->starts[w->count++] = (uint8_t)at;
		w->folded[at++] = size;
		for (unsigned i = 0; i < size; i++, at++)
			w->folded[at] = w->name[at] >= 'A' && w->name[at] <= 'Z'
			    ? (uint8_t)(w->name[at] | 0x20)
			    : w->name[at];
	}
	w->folded[at] = 0;
	return at + 1 == w->length;
}

/* Puts a label before those that are there; false when it does not fit. */
static bool
put(struct work *w, const uint8_t *label, size_t size)
{
	if (size + 1 > w->at)
		return false;
	w->at -= size;
	memmove(w->out + w->at, label, size);
	w->out[--w->at] = (uint8_t)size;
	return true;
}

/* The same label, with letters in capitals where the name has such. */
static bool
put_like(struct work *w, unsigned n, uint8_t *label, size_t size)
{
	const uint8_t *like = w->name + w->starts[n] + 1;

	for (size_t i = 0; i < size; i++) {
		if (like[i] >= 'A' && like[i] <= 'Z' && label[i] >= 'a' && label[i] <= 'z')
			label[i] = (uint8_t)(label[i] & ~0x20);
	}
	return put(w, label, size);
}

static bool
is_label(const struct work *w, unsigned n, const char *text)
{
	const uint8_t *label = w->folded + w->starts[n];

	return label[0] == strlen(text) && memcmp(label + 1, text, label[0]) == 0;
}

/* "_tcp", "_acme-challenge"; what is longer may be made for one name alone. */
static bool
is_service(const uint8_t *label)
{
	if (label[0] < 2 || label[0] > SERVICE_MAX || label[1] != '_')
		return false;
	for (unsigned i = 2; i <= label[0]; i++) {
		if (!isalnum(label[i]) && label[i] != '-')
			return false;
	}
	return true;
}

/* Whether a name stays, if what is above it does. */
static bool
stays(const struct work *w, const uint8_t *folded, size_t length)
{
	return dg_keep_is_above(&w->a->keep, folded, length) || dg_suffix_stays(folded, length);
}

static bool
replace_label(struct work *w, unsigned n, bool is_parent_staying)
{
	const uint8_t *label = w->folded + w->starts[n];
	const uint8_t *parent = label + label[0] + 1;
	size_t size = label[0], rest = w->length - (size_t)(parent - w->folded);
	uint8_t tweak[DG_BLOCK_BYTES], other[DG_NAME_WIRE_MAX];
	bool is_one_to_one;

	dg_cipher_mac(&w->a->names, FOR_PARENT, parent, rest, tweak);
	memcpy(other, label, size + 1 + rest);
	do
		is_one_to_one = dg_label_replace(&w->a->names, tweak, other + 1, size);
	while (is_one_to_one && is_parent_staying && stays(w, other, size + 1 + rest));
	return put_like(w, n, other + 1, size);
}

/* ---- names of addresses ---- */

/* A number from 0 to 255 as dots part them: no zero before another digit.  -1: none. */
static int
octet_of(const uint8_t *label)
{
	int value = 0;

	if (label[0] == 0 || label[0] > 3 || (label[0] > 1 && label[1] == '0'))
		return -1;
	for (unsigned i = 1; i <= label[0]; i++) {
		if (label[i] < '0' || label[i] > '9')
			return -1;
		value = 10 * value + (label[i] - '0');
	}
	return value <= 255 ? value : -1;
}

static int
nibble_of(const uint8_t *label)
{
	if (label[0] != 1 || !isxdigit(label[1]))
		return -1;
	return label[1] <= '9' ? label[1] - '0' : label[1] - 'a' + 10;
}

static bool
put_octet(struct work *w, uint8_t octet)
{
	uint8_t text[3];
	size_t size = 0;

	if (octet >= 100)
		text[size++] = (uint8_t)('0' + octet / 100);
	if (octet >= 10)
		text[size++] = (uint8_t)('0' + octet / 10 % 10);
	text[size++] = (uint8_t)('0' + octet % 10);
	return put(w, text, size);
}

/* The labels of an IPv4 address or prefix before label `n`.  Returns how many; more than there
 * are when they do not fit. */
static unsigned
replace_octets(struct work *w, unsigned n)
{
	struct dg_addr address = {{0}};
	unsigned count = 0;

	while (count < OCTETS_MAX && count < n) {
		int octet = octet_of(w->folded + w->starts[n - count - 1]);

		if (octet < 0)
			break;
		address.bytes[count++] = (uint8_t)octet;
	}
	dg_addresses_replace(&w->a->addresses, &w->a->keep, DG_FAMILY_IP4, &address, 8 * count);
	for (unsigned i = 0; i < count; i++) {
		if (!put_octet(w, address.bytes[i]))
			return n + 1;
	}
	return count;
}

/* Likewise of IPv6; they are as long as they were. */
static unsigned
replace_nibbles(struct work *w, unsigned n)
{
	static const char digits[] = "0123456789abcdef";
	struct dg_addr address = {{0}};
	unsigned count = 0;

	while (count < NIBBLES_MAX && count < n) {
		int nibble = nibble_of(w->folded + w->starts[n - count - 1]);

		if (nibble < 0)
			break;
		address.bytes[count / 2] |= (uint8_t)(count % 2 == 0 ? nibble << 4 : nibble);
		count++;
	}
	dg_addresses_replace(&w->a->addresses, &w->a->keep, DG_FAMILY_IP6, &address, 4 * count);
	for (unsigned i = 0; i < count; i++) {
		uint8_t octet = address.bytes[i / 2];
		uint8_t text = (uint8_t)digits[i % 2 == 0 ? octet >> 4 : octet & 15];

		if (!put_like(w, n - i - 1, &text, 1))
			return n + 1;
	}
	return count;
}

/* Those labels of an address that come before label `n`, if this ends the name of a zone for
 * addresses.  Returns how many; more than `n` when they do not fit. */
static unsigned
replace_address(struct work *w, unsigned n)
{
	if (n + 2 != w->count || !is_label(w, n + 1, "arpa"))
		return 0;
	if (is_label(w, n, "in-addr"))
		return replace_octets(w, n);
	return is_label(w, n, "ip6") ? replace_nibbles(w, n) : 0;
}

/* ---- whole names ---- */

static bool
keep_label(struct work *w, unsigned n)
{
	const uint8_t *label = w->name + w->starts[n];

	return put(w, label + 1, label[0]);
}

/* Without has_addresses, names of addresses are names like any.  False when the result does
 * not fit: the numbers of an address may become longer. */
static bool
replace(struct work *w, bool has_addresses)
{
	bool is_parent_staying = true, is_put = true;
	unsigned n = w->count;

	w->at = DG_NAME_WIRE_MAX;
	w->out[--w->at] = 0;
	while (is_put && n > 0) {
		unsigned count = has_addresses ? replace_address(w, n) : 0;
		const uint8_t *label;

		if (count > 0) {
			is_parent_staying = false;
			is_put = count <= n;
			n -= is_put ? count : 0;
			continue;
		}
		label = w->folded + w->starts[--n];
		if (is_service(label)) {
			is_parent_staying = false;
			is_put = keep_label(w, n);
		} else if (is_parent_staying && stays(w, label, w->length - w->starts[n])) {
			is_put = keep_label(w, n);
		} else {
			is_put = replace_label(w, n, is_parent_staying);
			is_parent_staying = false;
		}
	}
	return is_put;
}

/* Whether the name, or what is above any of its labels, is kept. */
static bool
is_kept(const struct work *w)
{
	for (unsigned n = 0; n < w->count; n++) {
		if (dg_keep_has_name(
			&w->a->keep, w->folded + w->starts[n], w->length - w->starts[n]))
			return true;
	}
	return dg_keep_has_name(&w->a->keep, w->folded + w->length - 1, 1);
}

size_t
dg_anonymise_name(const struct dg_anonymiser *a, const uint8_t *name, size_t length,
    uint8_t out[DG_NAME_WIRE_MAX])
{
	struct work w = {.a = a, .name = name, .length = length};

	if (!split(&w))
		return 0;
	if (is_kept(&w)) {
		memmove(out, name, length);
		return length;
	}
	if (!replace(&w, true) && !replace(&w, false))
		return 0;
	memcpy(out, w.out + w.at, DG_NAME_WIRE_MAX - w.at);
	return DG_NAME_WIRE_MAX - w.at;
}

void
dg_anonymise_bytes(const struct dg_anonymiser *a, uint8_t *bytes, size_t length)
{
	uint8_t block[DG_BLOCK_BYTES];

	dg_cipher_mac(&a->names, FOR_BYTES, bytes, length, block);
	dg_label_fill(&a->names, block, bytes, length);
}

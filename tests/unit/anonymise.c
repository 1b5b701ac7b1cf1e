/*
 * anonymise.c - pseudonyms are one-to-one, keep prefixes and lengths, and leave what names
 * nobody.
 */
#include "anonymise/anonymise.h"

#include <arpa/inet.h>
#include <stdbool.h>

#include "anonymise/keep.h"
#include "anonymise/labels.h"
#include "anonymise/suffix.h"
#include "dnsgap/error.h"
#include "pkt.h"
#include "rows.h"

#define ADDRESSES 65536
#define BASE 36

static const uint8_t key[DG_ANONYMISER_KEY_BYTES] = {21, 34, 23, 141, 51, 164, 207, 128, 19, 10,
    91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132,
    34, 2};

static struct dg_anonymiser *
make(const char *address, const char *name)
{
	struct dg_anonymiser *a;

	assert_int_equal(dg_anonymiser_new(key, &a), 0);
	if (address != NULL)
		assert_int_equal(dg_anonymiser_keep_address(a, address), 0);
	if (name != NULL)
		assert_int_equal(dg_anonymiser_keep_name(a, name), 0);
	return a;
}

/* ---- addresses ---- */

static const struct address_row {
	const char *name;
	const char *address;
	const char *pseudonym;
} address_rows[] = {
    {"published: 128.11.68.132", "128.11.68.132", "135.242.180.132"},
    {"published: 129.118.74.4", "129.118.74.4", "134.136.186.123"},
    {"published: 130.132.252.244", "130.132.252.244", "133.68.164.234"},
    {"published: 24.0.250.221", "24.0.250.221", "100.15.198.226"},
    {"published: 2001:db8::1", "2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"},
    {"no address stays", "0.0.0.0", "0.0.0.0"},
    {"everybody stays", "255.255.255.255", "255.255.255.255"},
    {"loopback stays", "127.0.0.53", "127.0.0.53"},
    {"multicast stays", "224.0.0.251", "224.0.0.251"},
    {"no IPv6 address stays", "::", "::"},
    {"IPv6 loopback stays", "::1", "::1"},
    {"IPv6 multicast stays", "ff02::fb", "ff02::fb"},
    {"an IPv4 address in an IPv6 one is the same", "::ffff:128.11.68.132",
	"::ffff:135.242.180.132"},
    {"an IPv4 address behind NAT64 is the same", "64:ff9b::128.11.68.132",
	"64:ff9b::135.242.180.132"},
    {"loopback in an IPv6 address stays", "::ffff:127.0.0.1", "::ffff:127.0.0.1"},
};

static void
test_address(void **state)
{
	const struct address_row *row = *state;
	struct pkt_addr from = pkt_addr(row->address), to = pkt_addr(row->pseudonym);
	enum dg_family family = from.is_v6 ? DG_FAMILY_IP6 : DG_FAMILY_IP4;
	struct dg_addr a = dg_addr_make(from.bytes, family);
	struct dg_addr expected = dg_addr_make(to.bytes, family);
	struct dg_anonymiser *anonymiser = make(NULL, NULL);

	dg_anonymise_addr(anonymiser, family, &a);
	assert_memory_equal(&a, &expected, sizeof a);
	dg_anonymiser_free(anonymiser);
}

/* 65536 addresses around something special, in steps, and what is kept meanwhile. */
static const struct space {
	const char *name;
	const char *first; /* the two octets from `at` on are counted */
	unsigned at;
	const char *kept;
} spaces[] = {
    {"a /16", "10.1.0.0", 2, NULL},
    {"a /16 of which a /24 is kept", "10.1.0.0", 2, "10.1.2.0/24"},
    {"a /16 of which an address is kept", "10.1.0.0", 2, "10.1.2.3"},
    {"an address in each /16", "0.0.0.1", 0, NULL},
    {"an address in each /16, half of them kept", "0.0.0.1", 0, "128.0.0.0/1"},
    {"an address in each /16, one /3 kept", "0.0.0.1", 0, "64.0.0.0/3"},
    {"IPv4 link-local addresses", "169.254.0.0", 2, "169.254.3.4"},
    {"IPv4 in IPv6, the end", "::ffff:10.1.0.0", 14, "::ffff:10.1.2.0/120"},
    {"IPv4 in IPv6, the start", "::ffff:0.0.0.1", 12, "::ffff:10.1.0.0/112"},
    {"IPv6 networks", "::7", 0, "2001:db8::/32"},
    {"IPv6 hosts", "2001:db8::", 14, "2001:db8::1:0/113"},
    {"IPv6 link-local hosts", "fe80::", 14, "fe80::1"},
    {"IPv6 addresses around ::1", "::", 14, NULL},
};

static int
compare_addresses(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct dg_addr));
}

static bool
is_same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	for (unsigned bit = 0; bit < bits; bit++) {
		if (((a[bit / 8] ^ b[bit / 8]) & (0x80 >> bit % 8)) != 0)
			return false;
	}
	return true;
}

/* No two become one, nothing becomes what is kept, and nothing leaves what it is kept in. */
static void
test_space(void **state)
{
	const struct space *row = *state;
	struct pkt_addr first = pkt_addr(row->first);
	enum dg_family family = first.is_v6 ? DG_FAMILY_IP6 : DG_FAMILY_IP4;
	struct dg_addr *made = calloc(ADDRESSES, sizeof *made);
	struct dg_keep keep = {0};
	struct dg_anonymiser *anonymiser = make(row->kept, NULL);

	assert_non_null(made);
	if (row->kept != NULL)
		assert_int_equal(dg_keep_add_address(&keep, row->kept), 0);
	for (unsigned i = 0; i < ADDRESSES; i++) {
		struct dg_addr a = dg_addr_make(first.bytes, family);
		unsigned bits = first.is_v6 ? 128 : 32;
		bool is_kept;

		a.bytes[row->at] = (uint8_t)(i >> 8);
		a.bytes[row->at + 1] = (uint8_t)i;
		is_kept = dg_keep_has_address(&keep, family, &a, bits);
		made[i] = a;
		dg_anonymise_addr(anonymiser, family, &made[i]);
		assert_int_equal(dg_keep_has_address(&keep, family, &made[i], bits), is_kept);
		if (is_kept)
			assert_memory_equal(&a, &made[i], sizeof a);
	}
	qsort(made, ADDRESSES, sizeof *made, compare_addresses);
	for (unsigned i = 1; i < ADDRESSES; i++)
		assert_true(compare_addresses(&made[i - 1], &made[i]) != 0);
	free(made);
	dg_anonymiser_free(anonymiser);
}

/* Of random pairs: as many bits in common as before, where no walk parts them; always 24 (48).
 */
static void
test_prefixes(void **state)
{
	struct dg_anonymiser *anonymiser = make(NULL, NULL);
	uint64_t seed = 7;
	unsigned same = 0, pairs = 20000;

	(void)state;
	for (unsigned i = 0; i < pairs; i++) {
		enum dg_family family = i % 2 == 0 ? DG_FAMILY_IP4 : DG_FAMILY_IP6;
		unsigned bits = family == DG_FAMILY_IP4 ? 32 : 128, shared, common = 0;
		unsigned network = family == DG_FAMILY_IP4 ? 24 : 48;
		struct dg_addr a = {{0}}, b;

		for (unsigned byte = 0; byte < bits / 8; byte++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			a.bytes[byte] = (uint8_t)(seed >> 56);
		}
		shared = (unsigned)(seed >> 20) % bits;
		b = a;
		b.bytes[shared / 8] ^= (uint8_t)(0x80 >> shared % 8);
		dg_anonymise_addr(anonymiser, family, &a);
		dg_anonymise_addr(anonymiser, family, &b);
		while (is_same_bits(a.bytes, b.bytes, common + 1))
			common++;
		same += common == shared;
		assert_true(common == shared || shared < network);
	}
	/* A sixteenth of IPv4 is multicast, and so on. */
	assert_true(same > pairs * 9 / 10);
	dg_anonymiser_free(anonymiser);
}

/* ---- what is kept ---- */

static const struct keep_row {
	const char *name;
	const char *text;
	bool is_name;
	int error;
} keep_rows[] = {
    {"an address is kept", "10.0.0.2", false, 0},
    {"a prefix is kept", "2001:db8::/32", false, 0},
    {"a prefix with a host's bits is kept", "10.0.0.2/8", false, 0},
    {"everything is kept", "0.0.0.0/0", false, 0},
    {"no text is no address", "", false, DNSGAP_EINVAL},
    {"a name is no address", "example.com", false, DNSGAP_EINVAL},
    {"three octets are no address", "10.0.0", false, DNSGAP_EINVAL},
    {"33 bits are too many", "10.0.0.0/33", false, DNSGAP_EINVAL},
    {"129 bits are too many", "::/129", false, DNSGAP_EINVAL},
    {"a length is a number", "10.0.0.0/x", false, DNSGAP_EINVAL},
    {"a length is there", "10.0.0.0/", false, DNSGAP_EINVAL},
    {"a length is not negative", "10.0.0.0/-1", false, DNSGAP_EINVAL},
    {"an interface is none of it", "fe80::1%eth0", false, DNSGAP_EINVAL},
    {"too long a text", "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111", false,
	DNSGAP_EINVAL},
    {"a name is kept", "example.com", true, 0},
    {"a name with a dot at its end", "Example.COM.", true, 0},
    {"the root is kept", ".", true, 0},
    {"no name", "", true, DNSGAP_EINVAL},
    {"no label before a dot", ".com", true, DNSGAP_EINVAL},
    {"no label between dots", "a..com", true, DNSGAP_EINVAL},
    {"a space", "a b.com", true, DNSGAP_EINVAL},
    {"a control character", "a\x1b.com", true, DNSGAP_EINVAL},
    {"a backslash", "a\\046.com", true, DNSGAP_EINVAL},
    {"a label of 64 octets",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com", true,
	DNSGAP_EINVAL},
};

static void
test_keep(void **state)
{
	const struct keep_row *row = *state;
	struct dg_anonymiser *a = make(NULL, NULL);
	int error = row->is_name ? dg_anonymiser_keep_name(a, row->text)
				 : dg_anonymiser_keep_address(a, row->text);

	assert_int_equal(error, row->error);
	dg_anonymiser_free(a);
}

static void
test_keep_too_many(void **state)
{
	struct dg_keep keep = {0};
	char text[32];

	(void)state;
	for (int i = 0; i < DG_KEEP_MAX; i++) {
		snprintf(text, sizeof text, "10.0.0.%d", i);
		assert_int_equal(dg_keep_add_address(&keep, text), 0);
		assert_int_equal(dg_keep_add_name(&keep, text), 0);
	}
	assert_int_equal(dg_keep_add_address(&keep, "10.0.0.3"), 0); /* is there */
	assert_int_equal(dg_keep_add_address(&keep, "10.0.1.0"), DNSGAP_EINVAL);
	assert_int_equal(dg_keep_add_name(&keep, "x"), DNSGAP_EINVAL);
}

/* What would leave so little that the rest would be looked for for ever. */
static void
test_keep_too_much(void **state)
{
	struct dg_keep keep = {0};

	(void)state;
	assert_int_equal(dg_keep_add_address(&keep, "0.0.0.0/1"), 0);
	assert_int_equal(dg_keep_add_address(&keep, "128.0.0.0/2"), 0);
	assert_int_equal(dg_keep_add_address(&keep, "192.0.0.0/3"), DNSGAP_EINVAL);
	assert_int_equal(dg_keep_add_address(&keep, "169.254.0.0/17"), 0);
	assert_int_equal(keep.prefix_count, 2); /* lies in 128.0.0.0/2 */
	assert_int_equal(dg_keep_add_address(&keep, "fe80::/65"), 0);
	assert_int_equal(dg_keep_add_address(&keep, "fe80::8000:0:0:0/66"), 0);
	assert_int_equal(dg_keep_add_address(&keep, "fe80::c000:0:0:0/67"), DNSGAP_EINVAL);
	keep = (struct dg_keep){0};
	for (int i = 0; i < 4; i++) {
		char text[32];

		/* All of a /30: but that is no block. */
		snprintf(text, sizeof text, "203.0.113.%d", i);
		assert_int_equal(dg_keep_add_address(&keep, text), 0);
	}
}

/* ---- names ---- */

static void
test_labels(void **state)
{
	unsigned length = (unsigned)(uintptr_t)*state, count = 1;
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static uint8_t seen[BASE * BASE * BASE];
	struct dg_cipher c = {0};

	memset(seen, 0, sizeof seen);
	assert_int_equal(dg_cipher_init(&c, key), 0);
	for (unsigned i = 0; i < length; i++)
		count *= BASE;
	for (unsigned n = 0; n < count; n++) {
		uint8_t label[3];
		unsigned value = 0;

		for (unsigned i = 0, rest = n; i < length; i++, rest /= BASE)
			label[i] = (uint8_t)alphabet[rest % BASE];
		assert_true(dg_label_replace(&c, key, label, length));
		for (unsigned i = 0; i < length; i++) {
			const char *at = strchr(alphabet, label[i]);

			assert_true(label[i] != 0 && at != NULL);
			value = value * BASE + (unsigned)(at - alphabet);
		}
		assert_int_equal(seen[value]++, 0);
	}
	dg_cipher_fini(&c);
}

/* Names under a parent that stays: none becomes one that stays. */
static void
test_below_suffix(void **state)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static uint8_t seen[BASE][BASE];
	struct dg_anonymiser *a = make(NULL, "ab.uk");
	unsigned stayed = 0;

	(void)state;
	memset(seen, 0, sizeof seen);
	for (unsigned n = 0; n < BASE * BASE; n++) {
		uint8_t name[] = {2, (uint8_t)alphabet[n / BASE], (uint8_t)alphabet[n % BASE],
		    2, 'u', 'k', 0};
		uint8_t out[DG_NAME_WIRE_MAX];
		bool stays =
		    dg_suffix_stays(name, sizeof name) || (name[1] == 'a' && name[2] == 'b');

		assert_int_equal(dg_anonymise_name(a, name, sizeof name, out), sizeof name);
		if (stays)
			assert_memory_equal(name, out, sizeof name);
		stayed += stays;
		assert_memory_equal(out + 3, name + 3, 4);
		assert_int_equal(seen[strchr(alphabet, out[1]) - alphabet]
				     [strchr(alphabet, out[2]) - alphabet]++,
		    0);
	}
	assert_true(stayed >= 4); /* ac, co, me at least, and the kept one */
	dg_anonymiser_free(a);
}

static const struct suffix_row {
	const char *name;
	bool stays;
} suffix_rows[] = {
    {"com", true},
    {"co.uk", true},
    {"example.com", false},
    {"github.io", false}, /* a company's */
    {"io", true},
    {"mycorp", false}, /* nobody's, so it may name somebody */
    {"xn--p1ai", true},
    {"localhost", true},
    {"test", true},
    {"lan", true},
    {"arpa", true},
    {"in-addr.arpa", true},
    {"home.arpa", true},
    {"version.bind", true},
    {"com.ck", true},
    {"acme.ck", false}, /* the list says *.ck */
    {"c\\000m", false},
    {"", false},
};

static void
test_suffix(void **state)
{
	const struct suffix_row *row = *state;
	struct pkt_buf b = {0};

	pkt_name(&b, row->name);
	assert_int_equal(dg_suffix_stays(b.at, b.len), row->stays);
	pkt_buf_fini(&b);
}

/* What is no name in wire form gives none, however it is cut. */
static void
test_broken_names(void **state)
{
	static const uint8_t broken[][6] = {{3, 'a', 'b', 'c', 'd', 0},
	    {3, 'a', 'b', 'c', 0, 0}, {0, 0, 0, 0, 0, 0}, {0xc0, 12, 0, 0, 0, 0},
	    {64, 'a', 'b', 'c', 'd', 0}, {5, 'a', 'b', 'c', 'd', 0}};
	struct dg_anonymiser *a = make(NULL, NULL);
	uint8_t out[DG_NAME_WIRE_MAX], whole[300], *cut;
	size_t size = 0;

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_int_equal(dg_anonymise_name(a, broken[i], 6, out), 0);
	for (unsigned label = 0; label < 4; label++) {
		memset(whole + size, label == 3 ? 61 : 63, 64);
		size += label == 3 ? 62 : 64;
	}
	whole[size++] = 0;
	assert_int_equal(size, 255);
	assert_int_equal(dg_anonymise_name(a, whole, size, out), 255);
	assert_int_equal(dg_anonymise_name(a, whole, sizeof whole, out), 0);
	for (size_t length = 0; length < size; length++) {
		/* A block of its own, so that a sanitizer sees what is read behind it. */
		cut = malloc(length != 0 ? length : 1);
		assert_non_null(cut);
		memcpy(cut, whole, length);
		assert_int_equal(dg_anonymise_name(a, cut, length, out), 0);
		free(cut);
	}
	dg_anonymiser_free(a);
}

/* The end of a name has the end of its pseudonym; lengths stay; folding does not matter. */
static void
test_ends(void **state)
{
	static const char *const names[] = {"Mail.www.Example.Co.UK", "a.b.c.example",
	    "_sip._tcp.Shop.example.com", "x.\\255.y.de", "www.kept.example",
	    "up.www.kept.example", "4.0.0.10.in-addr.arpa", "8.B.d.0.1.0.0.2.IP6.arpa"};
	struct dg_anonymiser *a = make(NULL, "www.kept.example");

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		uint8_t whole[DG_NAME_WIRE_MAX], end[DG_NAME_WIRE_MAX];
		struct pkt_buf b = {0};
		size_t length;

		pkt_name(&b, names[i]);
		length = dg_anonymise_name(a, b.at, b.len, whole);
		assert_true(length > 0);
		for (size_t at = 0; b.at[at] != 0; at += b.at[at] + 1u) {
			size_t size = dg_anonymise_name(a, b.at + at, b.len - at, end);

			assert_memory_equal(end, whole + length - size, size);
		}
		for (size_t at = 0; at < b.len; at++)
			b.at[at] =
			    b.at[at] >= 'A' && b.at[at] <= 'Z' ? b.at[at] | 0x20 : b.at[at];
		assert_int_equal(dg_anonymise_name(a, b.at, b.len, end), length);
		assert_int_equal(strncasecmp((char *)end, (char *)whole, length), 0);
		pkt_buf_fini(&b);
	}
	dg_anonymiser_free(a);
}

/* Every octet, and every length of a label. */
static void
test_lengths(void **state)
{
	struct dg_anonymiser *a = make(NULL, NULL);

	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		for (unsigned length = 1; length <= 63; length++) {
			uint8_t name[80] = {(uint8_t)length}, out[DG_NAME_WIRE_MAX];

			memset(name + 1, (int)octet, length);
			memcpy(name + 1 + length, "\003com", 5);
			assert_int_equal(
			    dg_anonymise_name(a, name, length + 6, out), length + 6);
			assert_int_equal(out[0], length);
			assert_memory_equal(out + length + 1, name + length + 1, 5);
			for (unsigned i = 1; i <= length; i++)
				assert_true(out[i] == name[i] ? octet < 0x80
							      : out[i] >= '0' && out[i] <= 'z');
		}
	}
	dg_anonymiser_free(a);
}

static void
test_keys(void **state)
{
	uint8_t other_key[DG_ANONYMISER_KEY_BYTES], out[DG_NAME_WIRE_MAX],
	    again[DG_NAME_WIRE_MAX];
	static const uint8_t name[] = "\013dnsgap-test\003com";
	struct dg_anonymiser *a = make(NULL, NULL), *same = make(NULL, NULL), *other;
	struct dg_addr address = {{10, 0, 0, 2}}, x = address, y = address, z = address;

	(void)state;
	for (unsigned bit = 0; bit < 8 * sizeof key; bit += 5) {
		memcpy(other_key, key, sizeof key);
		other_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(dg_anonymiser_new(other_key, &other), 0);
		x = y = z = address;
		dg_anonymise_addr(a, DG_FAMILY_IP4, &x);
		dg_anonymise_addr(same, DG_FAMILY_IP4, &y);
		dg_anonymise_addr(other, DG_FAMILY_IP4, &z);
		assert_memory_equal(&x, &y, sizeof x);
		assert_memory_not_equal(&x, &z, sizeof x);
		assert_int_equal(dg_anonymise_name(a, name, sizeof name, out), sizeof name);
		assert_int_equal(
		    dg_anonymise_name(same, name, sizeof name, again), sizeof name);
		assert_memory_equal(out, again, sizeof name);
		assert_int_equal(
		    dg_anonymise_name(other, name, sizeof name, again), sizeof name);
		assert_memory_not_equal(out, again, sizeof name);
		dg_anonymiser_free(other);
	}
	dg_anonymiser_free(a);
	dg_anonymiser_free(same);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, address_rows, test_address);
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		rows_add(
		    &r, rows_name("one-to-one: %s", spaces[i].name), test_space, &spaces[i]);
	rows_add(&r, "prefixes in common stay in common", test_prefixes, NULL);
	for (size_t i = 0; i < sizeof keep_rows / sizeof *keep_rows; i++)
		rows_add(&r, rows_name("kept or not: %s", keep_rows[i].name), test_keep,
		    &keep_rows[i]);
	rows_add(&r, "no more than the bound is kept", test_keep_too_many, NULL);
	rows_add(&r, "no more than three quarters are kept", test_keep_too_much, NULL);
	for (uintptr_t length = 1; length <= 3; length++)
		rows_add(&r,
		    rows_name("labels of %zu characters are one-to-one", (size_t)length),
		    test_labels, (const void *)length);
	rows_add(
	    &r, "names under uk are one-to-one, and none is a suffix", test_below_suffix, NULL);
	for (size_t i = 0; i < sizeof suffix_rows / sizeof *suffix_rows; i++)
		rows_add(&r,
		    rows_name("%s %s", suffix_rows[i].name,
			suffix_rows[i].stays ? "stays" : "does not stay"),
		    test_suffix, &suffix_rows[i]);
	rows_add(&r, "what is no name gives none", test_broken_names, NULL);
	rows_add(&r, "the end of a name has the end of its pseudonym", test_ends, NULL);
	rows_add(&r, "labels keep their lengths, whatever is in them", test_lengths, NULL);
	rows_add(&r, "the same key the same, another key others", test_keys, NULL);
	return rows_run(&r, "anonymise");
}

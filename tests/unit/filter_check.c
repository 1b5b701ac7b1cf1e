/*
 * filter_check.c - which expressions may be given to libpcap: whatever is let through never
 * asks for the name of a host or network.
 *
 * The oracle is libpcap itself: this program stands in for the functions of the C library that
 * it asks, and counts.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <pcap/pcap.h>

#include "base/limits.h"
#include "rows.h"
#include "source/filter.h"
#include "source/filter_words.h"

#define SHOWN __attribute__((visibility("default")))
#define RANDOM_RUNS 60000

static unsigned asked;

typedef int getaddrinfo_function(
    const char *, const char *, const struct addrinfo *, struct addrinfo **);

SHOWN int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **result)
{
	static getaddrinfo_function *real;
	uint8_t address[sizeof(struct in6_addr)];

	/* glibc asks nobody for what is an address. */
	if (node != NULL && inet_pton(AF_INET6, node, address) != 1 &&
	    (hints == NULL || (hints->ai_flags & AI_NUMERICHOST) == 0)) {
		asked++;
		return EAI_NONAME;
	}
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(node, service, hints, result);
}

SHOWN struct hostent *
gethostbyname(const char *name)
{
	(void)name;
	asked++;
	return NULL;
}

SHOWN int
getnetbyname_r(const char *name, struct netent *entry, char *buffer, size_t size,
    struct netent **result, int *error)
{
	(void)name;
	(void)entry;
	(void)buffer;
	(void)size;
	asked++;
	*result = NULL;
	*error = HOST_NOT_FOUND;
	return 0;
}

SHOWN int
ether_hostton(const char *name, struct ether_addr *address)
{
	(void)name;
	(void)address;
	asked++;
	return -1;
}

/* Whether libpcap understands it, for any of a few link types. */
static bool
compile(const char *expression)
{
	static const int types[] = {DLT_EN10MB, DLT_IEEE802_11, DLT_LINUX_SLL2, DLT_PPP};
	bool is_good = false;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		pcap_t *dead = pcap_open_dead(types[i], 262144);
		struct bpf_program code;

		assert_non_null(dead);
		if (pcap_compile(dead, &code, expression, 0, PCAP_NETMASK_UNKNOWN) == 0) {
			pcap_freecode(&code);
			is_good = true;
		}
		pcap_close(dead);
	}
	return is_good;
}

struct row {
	const char *name;
	const char *expression;
};

static const struct row good[] = {
    {"a port", "port 53"},
    {"a port by its name", "port domain or tcp port domain"},
    {"a range of ports by their names", "portrange ftp-telnet"},
    {"a protocol by its name", "ip proto \\udp"},
    {"an IPv4 address", "host 192.0.2.1"},
    {"a part of an IPv4 address", "net 192.0.2"},
    {"a prefix", "net 192.0.2.0/24 or net 2001:db8::/32"},
    {"a mask", "net 192.0.2.0 mask 255.255.255.0"},
    {"an IPv6 address", "host 2001:db8::1"},
    {"an IPv6 address with an IPv4 one in it", "host ::ffff:192.0.2.1"},
    {"the least IPv6 address", "host ::"},
    {"an Ethernet address", "ether host 00:1b:21:0a:0b:0c"},
    {"an Ethernet address with dashes", "ether src 0-1b-21-a-b-c"},
    {"an Ethernet address in three parts", "ether dst 001b.210a.0b0c"},
    {"an Ethernet address without marks", "ether host 001b210a0b0c"},
    {"bytes and flags", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and ip[6:2]&0x1fff=0"},
    {"types of ICMP", "icmp[icmptype]=icmp-unreach or icmp6[icmp6type]=icmp6-echo"},
    {"a tag", "vlan 5 and ip"},
    {"a label", "mpls 3"},
    {"a session", "pppoes 7 and ip6"},
    {"802.11 by names of libpcap's own", "type mgt subtype beacon"},
    {"a direction", "inbound and not outbound"},
    {"the default filter of the documentation",
	"(port 53) or icmp or icmp6 or (ip[6:2]&0x1fff!=0) or (ip6[6]=44 or ip6[6]=0 or "
	"ip6[6]=60 or ip6[6]=43) or (vlan and (port 53 or icmp or icmp6 or "
	"(ip[6:2]&0x1fff!=0) or ip6[6]=44))"},
    {"words of C", "udp && !(len > 100 || greater 200)"},
};

static const struct row names[] = {
    {"a host", "host ns1.example"},
    {"a word alone", "example"},
    {"a host behind src", "src ns1"},
    {"a network", "net loopback"},
    {"a gateway", "gateway ns1"},
    {"an Ethernet address by its name", "ether host ns1"},
    {"a host behind a port", "port 53 or ns1"},
    {"a name of a port that may be a host's", "port domain or ntp"},
    {"digits that begin a name", "host 1.2.3.4.example"},
    {"more than four numbers", "host 1.2.3.4.5"},
    {"hexadecimal digits that are a name", "host dead.beef"},
    {"a name like two parts of an Ethernet address", "ether host dead.beef"},
    {"a name behind an address that is none", "host fe80::1:zz"},
    {"a keyword that goes on", "ip-x"},
    {"a keyword with capitals", "host IP"},
    {"a name behind a backslash", "host \\host"},
    {"a name in brackets", "(ns1)"},
    {"a name after a broken address", "host 12:34:x"},
    {"a port's name in brackets, where a host may stand", "port (domain)"},
    {"an address and a name in one word", "host 192.0.2.1-ns1"},
    {"a name that ends in a dot", "host ns1."},
    {"a name behind a colon", "host a:ns1"},
};

static void
test_good(void **state)
{
	const struct row *row = *state;
	struct dg_fail fail = {0};

	asked = 0;
	assert_int_equal(dg_filter_check(row->expression, false, &fail), 0);
	assert_true(compile(row->expression));
	assert_int_equal(asked, 0);
}

static void
test_name(void **state)
{
	const struct row *row = *state;
	struct dg_fail fail = {0};

	assert_int_equal(dg_filter_check(row->expression, false, &fail), DNSGAP_EINVAL);
	assert_non_null(strstr(fail.text, "ask DNS"));
	assert_int_equal(dg_filter_check(row->expression, true, &fail), 0);
}

/* These functions are really in the way of libpcap's questions. */
static void
test_oracle(void **state)
{
	(void)state;
	asked = 0;
	(void)compile("host ns1.example");
	assert_true(asked > 0);
	asked = 0;
	(void)compile("net loopback");
	assert_true(asked > 0);
	asked = 0;
	(void)compile("ether host ns1");
	assert_true(asked > 0);
}

/* Alone, or with something before it, none of the words is taken for a name. */
static void
test_words(void **state)
{
	static const char *const before[] = {
	    "", "host ", "ether host ", "net ", "ip[", "port "};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof dg_filter_words / sizeof *dg_filter_words; i++) {
		for (size_t n = 0; n < sizeof before / sizeof *before; n++) {
			snprintf(text, sizeof text, "%s%s", before[n], dg_filter_words[i]);
			asked = 0;
			(void)compile(text);
			if (asked != 0)
				fail_msg("libpcap asked for a name in: %s", text);
		}
	}
}

/* Words and pieces of words, put together by chance. */
static const char *const pieces[] = {"host", "net", "port", "portrange", "proto", "protochain",
    "gateway", "src", "dst", "ether", "ip", "ip6", "tcp", "udp", "icmp", "vlan", "mpls", "type",
    "subtype", "dir", "ifname", "on", "and", "or", "not", "mask", "len", "wlan", "addr1",
    "domain", "ntp", "ns1", "ns1.example", "a", "dead", "beef", "face.b00c", "fe80",
    "::", "::1", "fe80::1", "1:2:3:4:5:6", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "0-1-2-3-4-5",
    "1.2.3.4", "1.2", "1.2.3.4.5", "0x", "0x1f", "0x1g", "53", "53a", "9", "001b210a0b0c", "-",
    "_", ".", ":", "/", "\\", "\\tcp", "$a", "$", "(", ")", "[", "]", "=", "!", "&", "|", "<",
    "\t", " ", " ", " ", " ", " ", " ", "tcp-syn", "icmp-echo", "1.a", "a.1", "A", "x-", "sl",
    "icmptype", "inbound", "reason", "action", "match", "mgt", "\n", "+", "broadcast"};

static void
make_expression(char *out, size_t room, uint64_t *seed)
{
	size_t count = 1 + rows_random(seed) % 8, used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && used + 40 < room; i++) {
		const char *piece =
		    pieces[rows_random(seed) % (sizeof pieces / sizeof *pieces)];

		used += (size_t)snprintf(out + used, room - used, "%s%s", piece,
		    rows_random(seed) % 3 == 0 ? "" : " ");
	}
}

static void
test_random(void **state)
{
	char text[512];
	uint64_t seed = 7;
	unsigned passed = 0, understood = 0;

	(void)state;
	for (unsigned i = 0; i < RANDOM_RUNS; i++) {
		struct dg_fail fail;

		make_expression(text, sizeof text, &seed);
		if (dg_filter_check(text, false, &fail) != 0)
			continue;
		passed++;
		asked = 0;
		understood += compile(text);
		if (asked != 0)
			fail_msg("libpcap asked for a name in: %s", text);
	}
	/* The test says something only when enough of both kinds were tried. */
	assert_true(passed > RANDOM_RUNS / 20);
	assert_true(understood > RANDOM_RUNS / 500);
}

static void
test_long(void **state)
{
	static char text[DG_FILTER_BYTES_MAX + 2];
	struct dg_fail fail;

	(void)state;
	memset(text, ' ', DG_FILTER_BYTES_MAX);
	memcpy(text, "ip", 2);
	assert_int_equal(dg_filter_check(text, false, &fail), 0);
	text[DG_FILTER_BYTES_MAX] = ' ';
	assert_int_equal(dg_filter_check(text, false, &fail), DNSGAP_EINVAL);
	assert_int_equal(dg_filter_check(text, true, &fail), DNSGAP_EINVAL);
	assert_non_null(strstr(fail.text, "65537 bytes"));
}

static void
test_default(void **state)
{
	static const char *const ports[] = {"53", "53,5353,8000-8010", "0", "65535", "0-65535"};

	(void)state;
	for (unsigned reach = 0; reach < 16; reach++) {
		for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
			struct dg_strbuf b = {0};
			struct dg_fail fail;

			dg_filter_default(&b, ports[i], reach);
			assert_int_equal(dg_filter_check(b.text, false, &fail), 0);
			asked = 0;
			assert_true(compile(b.text));
			assert_int_equal(asked, 0);
			dg_strbuf_fini(&b);
		}
	}
}

int
main(void)
{
	struct rows r = {0};

	rows_add(&r, "libpcap's questions are seen here", test_oracle, NULL);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		rows_add(&r, rows_name("%s may stand in a filter", good[i].name), test_good,
		    &good[i]);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		rows_add(&r, rows_name("%s is refused", names[i].name), test_name, &names[i]);
	rows_add(&r, "libpcap knows each of our words as its own", test_words, NULL);
	rows_add(&r, "no expression that is let through asks for a name", test_random, NULL);
	rows_add(&r, "a filter has at most 64 KiB", test_long, NULL);
	rows_add(
	    &r, "the default filter is understood, however far it reaches", test_default, NULL);
	return rows_run(&r, "filter_check");
}

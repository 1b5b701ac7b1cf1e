/*
 * addr.c - addresses as text, their order, and flows without a stray byte.
 */
#include "base/addr.h"

#include <arpa/inet.h>

#include "rows.h"

_Static_assert(sizeof(struct dg_flow) == 40, "hashed as it lies");

/* RFC 5952 section 4, mostly. */
static const struct text_row {
	const char *name;
	const char *given;
	const char *text;
	enum dg_family family;
} text_rows[] = {
    {"the lowest IPv4 address", "0.0.0.0", "0.0.0.0", DG_FAMILY_IP4},
    {"the highest IPv4 address, as long as they get", "255.255.255.255", "255.255.255.255",
	DG_FAMILY_IP4},
    {"an IPv4 address", "192.0.2.1", "192.0.2.1", DG_FAMILY_IP4},
    {"IPv6 all zeros", "0:0:0:0:0:0:0:0", "::", DG_FAMILY_IP6},
    {"IPv6 loopback", "0:0:0:0:0:0:0:1", "::1", DG_FAMILY_IP6},
    {"leading zeros are left out (4.1)", "2001:0db8::0001", "2001:db8::1", DG_FAMILY_IP6},
    {"one field of zeros is not shortened (4.2.2)", "2001:db8:0:1:1:1:1:1",
	"2001:db8:0:1:1:1:1:1", DG_FAMILY_IP6},
    {"the longest run is shortened (4.2.3)", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1",
	DG_FAMILY_IP6},
    {"of two runs the first is shortened (4.2.3)", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1",
	DG_FAMILY_IP6},
    {"letters are small (4.3)", "2001:DB8::ABCD", "2001:db8::abcd", DG_FAMILY_IP6},
    {"a mapped IPv4 address keeps its dots (5)", "::ffff:192.0.2.1", "::ffff:192.0.2.1",
	DG_FAMILY_IP6},
    {"the longest IPv6 address", "fedc:ba98:7654:3210:fedc:ba98:7654:3210",
	"fedc:ba98:7654:3210:fedc:ba98:7654:3210", DG_FAMILY_IP6},
};

static struct dg_addr
parse(const char *text, enum dg_family family)
{
	uint8_t bytes[16] = {0};

	assert_int_equal(
	    inet_pton(family == DG_FAMILY_IP4 ? AF_INET : AF_INET6, text, bytes), 1);
	return dg_addr_make(bytes, family);
}

static void
test_text(void **state)
{
	const struct text_row *row = *state;
	struct dg_addr a = parse(row->given, row->family);
	char text[DG_ADDR_TEXT_MAX];

	assert_ptr_equal(dg_addr_text(&a, row->family, text), text);
	assert_string_equal(text, row->text);
}

/* Ascending: each is less than all that follow. */
static const struct {
	const char *text;
	enum dg_family family;
} sorted[] = {
    {"0.0.0.0", DG_FAMILY_IP4},
    {"1.2.3.4", DG_FAMILY_IP4},
    {"9.255.255.255", DG_FAMILY_IP4},
    {"10.0.0.0", DG_FAMILY_IP4},
    {"127.0.0.1", DG_FAMILY_IP4},
    {"128.0.0.1", DG_FAMILY_IP4},
    {"255.255.255.255", DG_FAMILY_IP4},
    {"::", DG_FAMILY_IP6},
    {"::1", DG_FAMILY_IP6},
    {"102:304::", DG_FAMILY_IP6},
    {"2001:db8::9", DG_FAMILY_IP6},
    {"2001:db8::10", DG_FAMILY_IP6},
    {"ff02::1", DG_FAMILY_IP6},
};

static void
test_order(void **state)
{
	const size_t count = sizeof sorted / sizeof *sorted;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct dg_addr a = parse(sorted[i].text, sorted[i].family);
			struct dg_addr b = parse(sorted[j].text, sorted[j].family);
			int order = dg_addr_compare(&a, sorted[i].family, &b, sorted[j].family);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

static void
test_ip4_rest_is_zero(void **state)
{
	static const uint8_t bytes[16] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
	static const struct dg_addr expected = {{1, 2, 3, 4}};
	struct dg_addr a = dg_addr_make(bytes, DG_FAMILY_IP4);

	(void)state;
	assert_memory_equal(&a, &expected, sizeof a);
	a = dg_addr_make(bytes, DG_FAMILY_IP6);
	assert_memory_equal(&a, bytes, sizeof a);
}

/* Each fact of a flow, changed alone, makes another flow. */
static void
test_flow_facts(void **state)
{
	const struct dg_flow flow = {0};
	struct dg_flow others[6] = {{.client = {{1}}}, {.server = {{1}}}, {.client_port = 1},
	    {.server_port = 1}, {.family = DG_FAMILY_IP4}, {.transport = DG_TRANSPORT_UDP}};

	(void)state;
	assert_true(dg_flow_is_same(&flow, &flow));
	for (size_t i = 0; i < 6; i++)
		assert_false(dg_flow_is_same(&flow, &others[i]));
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, text_rows, test_text);
	rows_add(&r, "addresses are in the order of family, then bytes", test_order, NULL);
	rows_add(&r, "what an IPv4 address leaves of its bytes is zero", test_ip4_rest_is_zero,
	    NULL);
	rows_add(&r, "every fact of a flow tells it from others", test_flow_facts, NULL);
	return rows_run(&r, "addr");
}

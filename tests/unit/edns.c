/*
 * edns.c - options of OPT: read, kept as far as there is room, broken ones passed over.
 */
#include "dns/edns.h"

#include "guard.h"
#include "pkt.h"
#include "rows.h"

static const struct dg_hash_key secret = {1, 2};

/* Codes (RFC 8914, 5001, 7873, 7871) and options of each. */
#define EDE "\0\x0f\0\2\0\x16"                  /* 22 */
#define EDE_WITH_TEXT "\0\x0f\0\6\0\x17\x1b[2J" /* 23, and a terminal's escape */
#define EDE_SHORT "\0\x0f\0\1\0"
#define NSID "\0\3\0\4ns1\xff"
#define NSID_EMPTY "\0\3\0\0"
#define COOKIE                                                                                 \
	"\0\x0a\0\x08"                                                                         \
	"12345678"
#define SUBNET "\0\x08\0\4\0\1\0\0"
#define UNKNOWN "\xff\xfe\0\1x"
#define OVERRUN "\0\x0f\0\xff\0\x16"
#define HALF_HEADER "\0\x0f\0"

struct row {
	const char *name;
	const char *bytes;
	size_t size;
	bool is_any;
	bool is_broken;
	int32_t first;
	unsigned ede_count;
	bool has_nsid;
	bool has_cookie;
	bool has_subnet;
};
#define BYTES(text) text, sizeof(text) - 1

static const struct row rows[] = {
    {"one extended error", BYTES(EDE), 1, 0, 22, 1, 0, 0, 0},
    {"its text is passed over", BYTES(EDE_WITH_TEXT), 1, 0, 23, 1, 0, 0, 0},
    {"the first of several counts", BYTES(UNKNOWN EDE_WITH_TEXT EDE), 1, 0, 23, 2, 0, 0, 0},
    {"four extended errors are kept of five", BYTES(EDE EDE EDE EDE EDE), 1, 0, 22, 4, 0, 0, 0},
    {"an extended error without a code is broken", BYTES(EDE_SHORT EDE), 1, 1, 22, 1, 0, 0, 0},
    {"a name server's ID", BYTES(NSID), 1, 0, -1, 0, 1, 0, 0},
    {"an empty name server's ID is none", BYTES(NSID_EMPTY), 0, 0, -1, 0, 0, 0, 0},
    {"an empty one does not hide the one behind it", BYTES(NSID_EMPTY NSID), 1, 0, -1, 0, 1, 0,
	0},
    {"a cookie", BYTES(COOKIE), 1, 0, -1, 0, 0, 1, 0},
    {"a client subnet", BYTES(SUBNET), 1, 0, -1, 0, 0, 0, 1},
    {"all of them", BYTES(COOKIE SUBNET NSID EDE), 1, 0, 22, 1, 1, 1, 1},
    {"an option that nobody knows", BYTES(UNKNOWN), 0, 0, -1, 0, 0, 0, 0},
    {"no options", BYTES(""), 0, 0, -1, 0, 0, 0, 0},
    {"an overrun is broken", BYTES(OVERRUN), 0, 1, -1, 0, 0, 0, 0},
    {"what stands before an overrun counts", BYTES(COOKIE EDE OVERRUN), 1, 1, 22, 1, 0, 1, 0},
    {"half an option's header is broken", BYTES(COOKIE HALF_HEADER), 1, 1, -1, 0, 0, 1, 0},
};

/* A reply whose OPT holds the options, parsed where the byte after it cannot be read. */
static void
parse(const char *bytes, size_t size, struct dg_dns_view *view)
{
	struct pkt_buf b = {0};

	pkt_dns(&b,
	    &(struct pkt_dns){
		.flags = PKT_QR, .qname = "a", .has_opt = true, .udp_bytes = 512});
	b.at[b.len - 2] = (uint8_t)(size >> 8);
	b.at[b.len - 1] = (uint8_t)size;
	pkt_put(&b, bytes, size);
	assert_int_equal(
	    dg_dns_parse(guard_place(b.at, b.len), b.len, b.len, &secret, view), DG_DNS_OK);
	pkt_buf_fini(&b);
}

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct dg_dns_view view;
	struct dg_edns e;

	parse(row->bytes, row->size, &view);
	assert_int_equal(view.opt_length, row->size);
	assert_int_equal(view.has_broken_records, row->is_broken);
	assert_int_equal(view.ede_code, row->first);
	assert_int_equal(dg_edns_parse(&view, &e), row->is_any);
	assert_int_equal(e.ede_count, row->ede_count);
	if (row->ede_count > 0)
		assert_int_equal(e.ede[0], row->first);
	assert_int_equal(e.has_nsid, row->has_nsid);
	if (row->has_nsid) {
		assert_int_equal(e.nsid_length, 4);
		assert_memory_equal(e.nsid, "ns1\xff", 4);
	}
	assert_int_equal(e.has_cookie, row->has_cookie);
	assert_int_equal(e.has_subnet, row->has_subnet);
}

static void
test_without_opt(void **state)
{
	struct pkt_buf b = {0};
	struct dg_dns_view view;
	struct dg_edns e;

	(void)state;
	memset(&view, 0xee, sizeof view);
	pkt_dns(&b, &(struct pkt_dns){.flags = PKT_QR, .qname = "a"});
	assert_int_equal(dg_dns_parse(b.at, b.len, b.len, &secret, &view), DG_DNS_OK);
	assert_int_equal(view.opt_length, 0);
	assert_int_equal(view.ede_code, -1);
	assert_false(dg_edns_parse(&view, &e));
	pkt_buf_fini(&b);
}

static void
test_long_nsid(void **state)
{
	struct dg_dns_view view;
	struct dg_edns e;
	char option[4 + 300] = "\0\3\1\x2c";

	(void)state;
	memset(option + 4, 'n', 300);
	parse(option, sizeof option, &view);
	assert_true(dg_edns_parse(&view, &e));
	assert_int_equal(e.nsid_length, DG_NSID_BYTES_MAX);
	assert_int_equal(e.nsid[DG_NSID_BYTES_MAX - 1], 'n');
}

/* 16,382 empty options, the most that fit, and an extended error behind them. */
static void
test_most_options(void **state)
{
	static uint8_t options[65534];
	struct dg_dns_view view = {.opt_data = options, .opt_length = sizeof options};
	struct dg_edns e;
	bool is_broken = false;

	(void)state;
	memcpy(options + sizeof options - 6, EDE, 6);
	assert_int_equal(dg_edns_first_error(options, sizeof options, &is_broken), 22);
	assert_false(is_broken);
	assert_true(dg_edns_parse(&view, &e));
	assert_int_equal(e.ede_count, 1);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(dg_ede_name(0), "Other Error");
	assert_string_equal(dg_ede_name(6), "DNSSEC Bogus");
	assert_string_equal(dg_ede_name(15), "Blocked");
	assert_string_equal(dg_ede_name(22), "No Reachable Authority");
	assert_string_equal(dg_ede_name(23), "Network Error");
	assert_string_equal(dg_ede_name(24), "Invalid Data");
	assert_string_equal(dg_ede_name(30), "Invalid Query Type");
	assert_null(dg_ede_name(31));
	assert_null(dg_ede_name(65535));
	for (uint16_t code = 0; code < 31; code++)
		assert_true(strlen(dg_ede_name(code)) > 3);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	rows_add(&r, "a message without OPT has no options", test_without_opt, NULL);
	rows_add(&r, "of a long name server's ID the first 64 octets are kept", test_long_nsid,
	    NULL);
	rows_add(&r, "64 KiB of empty options are walked", test_most_options, NULL);
	rows_add(&r, "extended errors have IANA's names", test_names, NULL);
	return rows_run(&r, "edns");
}

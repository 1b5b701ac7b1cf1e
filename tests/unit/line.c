/*
 * line.c - a transaction's line: byte by byte what the page of the formats promises.
 */
#include "report/line.h"

#include "report/report.h"
#include "rows.h"

static char *files[] = {(char *)(uintptr_t) "\"a.pcap\"", (char *)(uintptr_t) "\"-\""};

static const uint8_t plain_name[] = "\3www\7example";
static const uint8_t odd_name[] = "\5a\"\\.\xff";

#define FLOW4                                                                                  \
	{                                                                                      \
		.client = {{192, 0, 2, 1}}, .server = {{198, 51, 100, 53}},                    \
		.client_port = 1023, .server_port = 53, .family = DG_FAMILY_IP4,               \
		.transport = DG_TRANSPORT_UDP                                                  \
	}
#define FLOW6                                                                                  \
	{                                                                                      \
		.client = {{0x20, 1, 0xd, 0xb8, [15] = 1}},                                    \
		.server = {{0x20, 1, 0xd, 0xb8, [15] = 2}}, .client_port = 65535,              \
		.server_port = 5353, .family = DG_FAMILY_IP6, .transport = DG_TRANSPORT_TCP    \
	}
#define QUESTION                                                                               \
	.has_question = true, .qname = plain_name, .qname_length = sizeof plain_name,          \
	.qtype = 28, .qclass = 1
#define HEAD4                                                                                  \
	",\"transport\":\"udp\",\"client\":\"192.0.2.1\",\"client_port\":1023,"                \
	"\"range\":\"well-known\",\"server\":\"198.51.100.53\",\"server_port\":53,"
#define HEAD6                                                                                  \
	",\"transport\":\"tcp\",\"client\":\"2001:db8::1\",\"client_port\":65535,"             \
	"\"range\":\"ephemeral\",\"server\":\"2001:db8::2\",\"server_port\":5353,"
#define BEGIN "{\"v\":1,\"type\":\"transaction\",\"outcome\":"
#define AAAA                                                                                   \
	"\"QNAME\":\"www.example\",\"QTYPE\":28,\"QTYPEname\":\"AAAA\",\"QCLASS\":1,"          \
	"\"QCLASSname\":\"IN\","
#define NO_QUESTION                                                                            \
	"\"QNAME\":null,\"QTYPE\":null,\"QTYPEname\":null,\"QCLASS\":null,"                    \
	"\"QCLASSname\":null,"
#define NO_REPLY "\"RCODE\":null,\"RCODEname\":null,"
#define TIME "\"time\":\"2023-11-14T22:13:20.000000001Z\","
#define NO_TIMES TIME "\"reply_time\":null,\"latency_ns\":null,"
#define S INT64_C(1700000000000000001)

static const struct row {
	const char *name;
	struct dg_transaction transaction;
	const char *line;
} rows[] = {
    {"answered",
	{.flow = FLOW4,
	    .id = 65535,
	    QUESTION,
	    .outcome = DG_OUTCOME_ANSWERED,
	    .has_reply = true,
	    .rcode = 3,
	    .first_ns = S,
	    .reply_ns = S + 1000,
	    .latency_ns = 1000,
	    .query_place = {0, 1},
	    .reply_place = {1, 2},
	    .ede_code = -1},
	BEGIN "\"answered\"" HEAD4 "\"ID\":65535," AAAA
	      "\"RCODE\":3,\"RCODEname\":\"NXDOMAIN\"," TIME
	      "\"reply_time\":\"2023-11-14T22:13:20.000001001Z\",\"latency_ns\":1000,"
	      "\"resends\":0,\"query\":{\"file\":\"a.pcap\",\"frame\":1},"
	      "\"reply\":{\"file\":\"-\",\"frame\":2}}\n"},
    {"a reply stamped before its query has no negative latency",
	{.flow = FLOW4,
	    QUESTION,
	    .outcome = DG_OUTCOME_ANSWERED,
	    .has_reply = true,
	    .first_ns = S,
	    .reply_ns = S - 1,
	    .query_place = {0, 1},
	    .reply_place = {0, 4294967295u},
	    .is_nodata = true,
	    .ede_code = 22,
	    .resends = 3,
	    .resends_after_reply = 2},
	BEGIN "\"answered\"" HEAD4 "\"ID\":0," AAAA
	      "\"RCODE\":0,\"RCODEname\":\"NOERROR\"," TIME
	      "\"reply_time\":\"2023-11-14T22:13:20.000000000Z\",\"latency_ns\":0,"
	      "\"resends\":3,\"query\":{\"file\":\"a.pcap\",\"frame\":1},"
	      "\"reply\":{\"file\":\"a.pcap\",\"frame\":4294967295},\"resends_after_reply\":2,"
	      "\"nodata\":true,\"ede\":22,\"ede_name\":\"No Reachable Authority\"}\n"},
    {"unanswered, with an ICMP error and half a reply",
	{.flow = FLOW4,
	    QUESTION,
	    .outcome = DG_OUTCOME_ICMP_ERROR,
	    .first_ns = S,
	    .query_place = {0, 1},
	    .is_partial = true,
	    .icmp_place = {1, 9},
	    .icmp_type = 3,
	    .icmp_code = 3,
	    .ede_code = -1},
	BEGIN
	"\"icmp_error\"" HEAD4 "\"ID\":0," AAAA NO_REPLY NO_TIMES
	"\"resends\":0,\"query\":{\"file\":\"a.pcap\",\"frame\":1},\"reply\":null,"
	"\"partial_reply\":true,\"icmp\":{\"file\":\"-\",\"frame\":9,\"type\":3,\"code\":3,"
	"\"name\":\"port-unreachable\"}}\n"},
    {"an attempt that was refused",
	{.flow = FLOW6,
	    .is_attempt = true,
	    .outcome = DG_OUTCOME_TCP_REFUSED,
	    .first_ns = S,
	    .query_place = {0, 1},
	    .end_place = {0, 2},
	    .ede_code = -1},
	BEGIN
	"\"tcp_refused\"" HEAD6 "\"ID\":null," NO_QUESTION NO_REPLY NO_TIMES
	"\"resends\":0,\"query\":{\"file\":\"a.pcap\",\"frame\":1},\"reply\":null,"
	"\"is_attempt\":true,\"end\":{\"file\":\"a.pcap\",\"frame\":2,\"by\":\"server\"}}\n"},
    {"a retry over TCP that the client reset, with losses",
	{.flow = FLOW6,
	    QUESTION,
	    .outcome = DG_OUTCOME_TCP_RESET,
	    .first_ns = S,
	    .query_place = {0, 1},
	    .end_place = {0, 2},
	    .is_end_by_client = true,
	    .linked_place = {1, 7},
	    .is_lost = true,
	    .ede_code = -1},
	BEGIN "\"tcp_reset\"" HEAD6 "\"ID\":0," AAAA NO_REPLY NO_TIMES
	      "\"resends\":0,\"query\":{\"file\":\"a.pcap\",\"frame\":1},\"reply\":null,"
	      "\"lost\":true,\"end\":{\"file\":\"a.pcap\",\"frame\":2,\"by\":\"client\"},"
	      "\"retry_of\":{\"file\":\"-\",\"frame\":7}}\n"},
    {"truncated and retried",
	{.flow = FLOW4,
	    QUESTION,
	    .outcome = DG_OUTCOME_TRUNCATED,
	    .has_reply = true,
	    .first_ns = S,
	    .reply_ns = S,
	    .query_place = {0, 1},
	    .reply_place = {0, 2},
	    .linked_place = {0, 5},
	    .ede_code = 49152},
	BEGIN "\"truncated\"" HEAD4 "\"ID\":0," AAAA
	      "\"RCODE\":0,\"RCODEname\":\"NOERROR\"," TIME
	      "\"reply_time\":\"2023-11-14T22:13:20.000000001Z\",\"latency_ns\":0,"
	      "\"resends\":0,\"query\":{\"file\":\"a.pcap\",\"frame\":1},"
	      "\"reply\":{\"file\":\"a.pcap\",\"frame\":2},\"ede\":49152,"
	      "\"ede_name\":\"Unassigned\",\"tcp_retry\":{\"file\":\"a.pcap\",\"frame\":5}}\n"},
    {"of frames that lie nowhere, with an odd name and numbers without names",
	{.flow = FLOW4,
	    .has_question = true,
	    .qname = odd_name,
	    .qname_length = sizeof odd_name,
	    .qtype = 65280,
	    .qclass = 300,
	    .outcome = DG_OUTCOME_LATE,
	    .has_reply = true,
	    .rcode = 4095,
	    .first_ns = S,
	    .reply_ns = S,
	    .ede_code = -1},
	BEGIN "\"late\"" HEAD4
	      "\"ID\":0,\"QNAME\":\"a\\\\\\\"\\\\\\\\\\\\.\\\\255\",\"QTYPE\":65280,"
	      "\"QTYPEname\":\"TYPE65280\",\"QCLASS\":300,\"QCLASSname\":\"CLASS300\","
	      "\"RCODE\":4095,\"RCODEname\":\"RCODE4095\"," TIME
	      "\"reply_time\":\"2023-11-14T22:13:20.000000001Z\",\"latency_ns\":0,"
	      "\"resends\":0,\"query\":null,\"reply\":null}\n"},
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct dg_strbuf b = {0};

	dg_line_transaction(&b, &row->transaction, files);
	assert_false(b.is_failed);
	assert_string_equal(b.text, row->line);
	dg_strbuf_fini(&b);
}

/* The longest name, each octet of which becomes five characters, in both places of a buffer. */
static void
test_longest(void **state)
{
	uint8_t name[255];
	struct dg_transaction t = {.flow = FLOW6,
	    .id = 65535,
	    .has_question = true,
	    .qname = name,
	    .qname_length = 255,
	    .qtype = 65280,
	    .qclass = 65280,
	    .outcome = DG_OUTCOME_TCP_NO_CONNECTION,
	    .has_reply = true,
	    .rcode = 4000,
	    .resends = UINT32_MAX,
	    .resends_after_reply = UINT32_MAX,
	    .first_ns = INT64_MIN / 2,
	    .reply_ns = INT64_MAX / 2,
	    .query_place = {0, 1},
	    .ede_code = 27};
	struct dg_strbuf b = {0};

	(void)state;
	memset(t.flow.client.bytes, 0xab, 16);
	memset(t.flow.server.bytes, 0xcd, 16);
	memset(name, 0xff, sizeof name);
	name[0] = name[64] = name[128] = 63;
	name[192] = 61;
	name[254] = 0;
	for (int i = 0; i < 3; i++)
		dg_line_transaction(&b, &t, files);
	assert_false(b.is_failed);
	assert_int_equal(b.size % 3, 0);
	assert_memory_equal(b.text, b.text + b.size / 3, b.size / 3);
	assert_true(b.size / 3 > 5 * 250);
	dg_strbuf_fini(&b);
}

static const struct name_row {
	const char *name;
	const char *text;
	const char *json;
} name_rows[] = {
    {"plain", "a.pcap", "\"a.pcap\""},
    {"quotes and backslashes", "a\"\\b", "\"a\\\"\\\\b\""},
    {"control characters", "\033[31m\n\x7f", "\"\\u001B[31m\\n\x7f\""},
    {"no UTF-8", "\xff\xfe", "\"\\\\xff\\\\xfe\""},
    {"UTF-8 that turns text round", "\xe2\x80\xae", "\"\\u202E\""},
    {"a character beyond 16 bits", "\xf0\x9f\x98\x80", "\"\\uD83D\\uDE00\""},
};

static void
test_name(void **state)
{
	const struct name_row *row = *state;
	char *json = dg_report_json_text(row->text);

	assert_string_equal(json, row->json);
	free(json);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("the line of a transaction: %s", rows[i].name), test_row,
		    &rows[i]);
	rows_add(&r, "the longest line fits", test_longest, NULL);
	for (size_t i = 0; i < sizeof name_rows / sizeof *name_rows; i++)
		rows_add(&r, rows_name("a file's name as JSON: %s", name_rows[i].name),
		    test_name, &name_rows[i]);
	return rows_run(&r, "line");
}

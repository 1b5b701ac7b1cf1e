/*
 * anonymised_frames.c - each layer of a packet without hosts and persons.
 *
 * What must come out is built by tests/support/pkt.c, lengths and checksums included, out of
 * the same facts with pseudonyms in them.
 */
#include "anonymise/frames.h"

#include "anonymise_world.h"
#include "base/cursor.h"
#include "frames.h"
#include "guard.h"

#define CLIENT4 "10.51.0.7"
#define SERVER4 "198.51.100.53"
#define CLIENT6 "2001:db8:1::7"
#define SERVER6 "2001:db8:2::53"
#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW 101

static uint8_t bytes[DG_ANONYMISED_BYTES_MAX];

static bool
anonymise(
    uint32_t linktype, const void *at, size_t captured, size_t on_wire, struct dg_frame *out)
{
	const struct dg_frame in = {
	    .data = guard_place(at, captured),
	    .captured = (uint32_t)captured,
	    .on_wire = (uint32_t)on_wire,
	    .linktype = linktype,
	    .time_ns = 77,
	    .place = {1, 2},
	};

	memset(bytes, 0xa5, sizeof bytes);
	if (!dg_anonymise_frame(world_anonymiser, &in, bytes, out))
		return false;
	assert_int_equal(out->linktype, LINKTYPE_RAW);
	assert_ptr_equal(out->data, bytes);
	assert_true(out->captured > 0 && out->captured <= out->on_wire);
	assert_int_equal(out->time_ns, 77);
	assert_int_equal(out->place.file, 1);
	assert_int_equal(out->place.frame, 2);
	return true;
}

static void
assert_whole(const struct dg_frame *out, const struct pkt_buf *wanted)
{
	assert_int_equal(out->captured, wanted->len);
	assert_int_equal(out->on_wire, wanted->len);
	assert_memory_equal(out->data, wanted->at, wanted->len);
}

/* The same facts of hosts that do not exist, without a link; `text` holds the name. */
static struct pkt_facts
disguise(const struct pkt_facts *f, char text[DG_NAME_TEXT_MAX])
{
	struct pkt_facts out = *f;

	out.link = (struct pkt_link){.kind = PKT_LINK_RAW};
	out.ip.src_bytes = world_addr(f->ip.src);
	out.ip.dst_bytes = world_addr(f->ip.dst);
	out.ip.src = out.ip.dst = NULL;
	if (f->dns.qname != NULL) {
		uint8_t wire[DG_NAME_WIRE_MAX];
		size_t length = world_name(f->dns.qname, wire);

		out.dns.qname = dg_name_text(wire, length, text);
	}
	return out;
}

/* What comes out of the frame is the packet of the other facts. */
static void
assert_becomes(const struct pkt_facts *in, const struct pkt_facts *wanted)
{
	struct pkt_buf frame = {0}, packet = {0};
	struct dg_frame out;

	pkt_frame(&frame, in);
	pkt_frame(&packet, wanted);
	assert_true(anonymise(
	    (uint32_t)pkt_linktype(in->link.kind), frame.at, frame.len, frame.len, &out));
	assert_whole(&out, &packet);
	pkt_buf_fini(&frame);
	pkt_buf_fini(&packet);
}

static const struct pkt_vlan vlans[2] = {{0x88a8, 5}, {0, 7}};

#define IP4 .ip = {.src = CLIENT4, .dst = SERVER4, .id = 99}
#define IP6 .ip = {.src = CLIENT6, .dst = SERVER6}
#define QUERY                                                                                  \
	.udp = {.sport = 4001, .dport = 53},                                                   \
	.dns = {.id = 7, .flags = PKT_RD, .qname = "www.example.com"}

static const struct facts_row {
	const char *name;
	struct pkt_facts facts;
} facts_rows[] = {
    {"a query out of Ethernet", {IP4, QUERY}},
    {"a query out of VLANs", {.link = {.vlan_count = 2, .vlans = vlans}, IP4, QUERY}},
    {"a query out of SLL", {.link = {.kind = PKT_LINK_SLL}, IP4, QUERY}},
    {"a query out of SLL2", {.link = {.kind = PKT_LINK_SLL2}, IP6, QUERY}},
    {"a query out of NULL", {.link = {.kind = PKT_LINK_NULL}, IP6, QUERY}},
    {"a query over IPv6", {.link = {.kind = PKT_LINK_RAW}, IP6, QUERY}},
    {"a sum of 0 stays",
	{IP4, .udp = {.sport = 4001, .dport = 53, .checksum = PKT_CHECKSUM_ZERO},
	    .dns = {.id = 7, .qname = "www.example.com"}}},
    {"a query with EDNS",
	{IP6, .udp = {.sport = 53, .dport = 53},
	    .dns = {.qname = "a.b.example.org", .qtype = 28, .has_opt = true, .is_do = true}}},
    {"a message without a question",
	{IP4, .udp = {.sport = 53, .dport = 4001},
	    .dns = {.id = 7, .flags = PKT_QR, .rcode = 5}}},
    {"a server's other port",
	{IP4, .udp = {.sport = 5300, .dport = 4789},
	    .dns = {.id = 0x0800, .flags = PKT_QR, .qname = "www.example.com"}}},
};

static void
test_facts(void **state)
{
	const struct facts_row *row = *state;
	char text[DG_NAME_TEXT_MAX];
	struct pkt_facts wanted = disguise(&row->facts, text);

	assert_becomes(&row->facts, &wanted);
}

/* The lengths of UDP, IP and data grow and shrink with the name, and sums fit. */
static void
test_reverse(void **state)
{
	(void)state;
	for (int more = -1; more <= 1; more++) {
		char name[64], text[DG_NAME_TEXT_MAX];
		struct pkt_facts f = {IP4, .udp = {.sport = 4001, .dport = 53}};
		struct pkt_facts wanted;

		f.dns = (struct pkt_dns){
		    .qname = world_reverse(more, name), .qtype = 12, .has_opt = true};
		wanted = disguise(&f, text);
		assert_becomes(&f, &wanted);
		f.ip = (struct pkt_ip){.src = CLIENT6, .dst = SERVER6};
		wanted = disguise(&f, text);
		assert_becomes(&f, &wanted);
	}
}

/* Wrong sums stay wrong, and do not tell by how much they were. */
static void
test_wrong_sums(void **state)
{
	struct pkt_facts f = {.link = {.kind = PKT_LINK_RAW}, IP4, QUERY};
	struct pkt_buf frame = {0}, right = {0};
	char text[DG_NAME_TEXT_MAX];
	struct pkt_facts wanted = disguise(&f, text);
	struct dg_frame out;
	unsigned ip_sum = 0, udp_sum = 0;

	(void)state;
	pkt_frame(&frame, &f);
	pkt_frame(&right, &wanted);
	for (unsigned by = 1; by < 0xffff; by += 4099) {
		struct pkt_buf wrong = {0};

		pkt_put(&wrong, frame.at, frame.len);
		pkt_set16(&wrong, 10, dg_be16(frame.at + 10) ^ by);
		pkt_set16(&wrong, 26, dg_be16(frame.at + 26) ^ by);
		assert_true(anonymise(LINKTYPE_RAW, wrong.at, wrong.len, wrong.len, &out));
		assert_int_not_equal(dg_be16(out.data + 10), dg_be16(right.at + 10));
		assert_int_not_equal(dg_be16(out.data + 26), dg_be16(right.at + 26));
		assert_true(by == 1 || ip_sum == dg_be16(out.data + 10));
		assert_true(by == 1 || udp_sum == dg_be16(out.data + 26));
		ip_sum = dg_be16(out.data + 10);
		udp_sum = dg_be16(out.data + 26);
		pkt_buf_fini(&wrong);
	}
	/* A card was to write them: 0 stays, over UDP that is none. */
	pkt_set16(&frame, 10, 0);
	pkt_set16(&frame, 26, 0);
	assert_true(anonymise(LINKTYPE_RAW, frame.at, frame.len, frame.len, &out));
	assert_int_equal(dg_be16(out.data + 10), 0);
	assert_int_equal(dg_be16(out.data + 26), 0);
	pkt_buf_fini(&frame);
	pkt_buf_fini(&right);
}

/* Errors with all of a query in them. */
static void
test_quotes(void **state)
{
	static const uint8_t mpls[12] = {0x20, 0, 0, 0, 0, 8, 1, 1, 10, 51, 0, 7};
	static const uint8_t zeros[12];

	(void)state;
	for (unsigned n = 0; n < 8; n++) {
		bool is_v6 = (n & 1) != 0, has_extension = (n & 2) != 0;
		struct pkt_facts query = {.link = {.kind = PKT_LINK_NONE}, QUERY};
		struct pkt_facts error = {0}, quoted, wanted;
		struct pkt_buf before = {0}, after = {0};
		struct pkt_icmp icmp = {.type = is_v6 ? 1 : 3, .code = is_v6 ? 4 : 3}, other;
		char text[DG_NAME_TEXT_MAX], name[64];

		query.ip = (struct pkt_ip){
		    .src = is_v6 ? CLIENT6 : CLIENT4, .dst = is_v6 ? SERVER6 : SERVER4};
		if ((n & 4) != 0)
			query.dns.qname =
			    has_extension ? "host.example.net" : world_reverse(1, name);
		error.ip = (struct pkt_ip){.src = query.ip.dst, .dst = query.ip.src};
		quoted = disguise(&query, text);
		quoted.link.kind = PKT_LINK_NONE;
		pkt_frame(&before, &query);
		pkt_frame(&after, &quoted);
		icmp.has_length = has_extension;
		icmp.extension = has_extension ? mpls : NULL;
		icmp.extension_len = has_extension ? sizeof mpls : 0;
		icmp.quoted = before.at;
		icmp.quoted_len = before.len;
		other = icmp;
		other.extension = has_extension ? zeros : NULL;
		other.quoted = after.at;
		other.quoted_len = after.len;
		error.icmp = &icmp;
		wanted = disguise(&error, text);
		wanted.icmp = &other;
		assert_becomes(&error, &wanted);
		pkt_buf_fini(&before);
		pkt_buf_fini(&after);
	}
}

/* Errors with less of it: as many octets as there were, as far as they are understood. */
static void
test_short_quotes(void **state)
{
	struct pkt_facts query = {.link = {.kind = PKT_LINK_NONE}, IP4, QUERY};
	struct pkt_buf quoted = {0};
	struct pkt_addr client = world_addr(CLIENT4), server = world_addr(SERVER4);

	(void)state;
	pkt_frame(&quoted, &query);
	for (size_t cut = 20; cut < quoted.len; cut++) {
		struct pkt_icmp icmp = {
		    .type = 11, .quoted = quoted.at, .quoted_len = quoted.len, .cut_len = cut};
		struct pkt_facts error = {.link = {.kind = PKT_LINK_RAW},
		    .ip = {.src = "203.0.113.9", .dst = CLIENT4},
		    .icmp = &icmp};
		struct pkt_buf frame = {0};
		struct dg_frame out;
		size_t shown = cut < 24 ? 20 : cut < 28 ? 24 : cut < 28 + 12 ? 28 : 28 + 12;

		pkt_frame(&frame, &error);
		assert_true(anonymise(LINKTYPE_RAW, frame.at, frame.len, frame.len, &out));
		assert_int_equal(out.on_wire, frame.len);
		assert_int_equal(out.captured, 28 + shown);
		assert_memory_equal(out.data + 28 + 12, client.bytes, 4);
		assert_memory_equal(out.data + 28 + 16, server.bytes, 4);
		if (shown >= 24)
			assert_memory_equal(out.data + 28 + 20, quoted.at + 20, 4);
		if (shown == cut)
			assert_int_equal(
			    pkt_sum_fold(pkt_sum(0, out.data + 20, out.captured - 20)), 0);
		pkt_buf_fini(&frame);
	}
	pkt_buf_fini(&quoted);
}

/* ICMP that is no error, and other protocols, in the order of names. */
static const struct cut_row {
	const char *name;
	bool is_v6;
	uint8_t protocol;
	size_t shown; /* octets behind the IP header */
	const char *payload;
	size_t size;
} cut_rows[] = {
    {"of a redirect the router is cut off", false, 1, 4, "\5\1\0\0\12\63\0\1rest of it", 18},
    {"an echo is cut off", false, 1, 4, "\10\0\0\0\0\1\0\2secret", 14},
    {"neighbour discovery is cut off", true, 58, 4,
	"\207\0\0\0\0\0\0\0"
	"0123456789abcdef\1\1macmac",
	32},
    {"another protocol is cut off", false, 132, 0, "12345678", 8},
    {"ESP is cut off", true, 50, 0, "12345678", 8},
    {"UDP that is no message is cut off", false, 17, 8, "\1\0\2\0\0\22\0\0secrets!!!", 18},
    {"a message that is none is cut off", false, 17, 8,
	"\0\65\17\241\0\26\0\0\0\1\0\0\0\1\0\0\0\0\0\0\77x", 22},
    {"UDP of which less is there than its header is cut off", false, 17, 0, "\1\0\2\0", 4},
    {"TCP that is no message is cut off", false, 6, 20,
	"\17\241\0\65\0\0\0\1\0\0\0\2\120\20\3\350\0\0\0\0GET / HTTP", 30},
    {"of TCP options cookies and signatures are blanked", false, 6, 40,
	"\17\241\0\65\0\0\0\1\0\0\0\2\240\2\3\350\0\0\0\0\2\4\5\264\42\6abcd\23\4xy\3\3\7\0\0\0"
	"\0",
	40},
};

static void
test_cut(void **state)
{
	const struct cut_row *row = *state;
	struct pkt_facts f = {.link = {.kind = PKT_LINK_RAW},
	    .ip_payload = row->payload,
	    .ip_payload_len = row->size};
	struct pkt_buf frame = {0};
	struct dg_frame out;
	size_t header = row->is_v6 ? 40 : 20;

	f.ip = (struct pkt_ip){.src = row->is_v6 ? CLIENT6 : CLIENT4,
	    .dst = row->is_v6 ? SERVER6 : SERVER4,
	    .protocol = row->protocol};
	pkt_frame(&frame, &f);
	assert_true(anonymise(LINKTYPE_RAW, frame.at, frame.len, frame.len, &out));
	assert_int_equal(out.on_wire, frame.len);
	assert_int_equal(out.captured, header + row->shown);
	if (row->protocol == 6 && row->shown == 40)
		assert_memory_equal(
		    out.data + header + 20, "\2\4\5\264\1\1\1\1\1\1\1\1\1\1\3\3\7\0\0\0\0", 20);
	pkt_buf_fini(&frame);
}

/* Record route and the like become options that do nothing. */
static void
test_options(void **state)
{
	struct pkt_facts f = {IP4, QUERY}, wanted;
	char text[DG_NAME_TEXT_MAX];

	(void)state;
	f.ip.option_len = 16;
	f.ip.options = "\7\7\4\12\63\0\7\224\4\0\0\203\3\4\0\77";
	wanted = disguise(&f, text);
	wanted.ip.options = "\1\1\1\1\1\1\1\224\4\0\0\1\1\1\0\0";
	assert_becomes(&f, &wanted);
}

/* So do a home address and a padding that is none; the router alert stays. */
static void
test_extensions(void **state)
{
	static const struct pkt_ext exts[] = {
	    {0, 6, "\5\2\0\0\1\0"},
	    {60, 22,
		"\311\20"
		"0123456789abcdef\1\2xy"},
	    {43, 22,
		"\0\0rrrr"
		"0123456789abcdef"},
	};
	static const struct pkt_ext clean[] = {
	    {0, 6, "\5\2\0\0\1\0"},
	    {60, 22, "\1\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\0\0"},
	    {43, 22, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
	};
	struct pkt_facts f = {IP6, QUERY}, wanted;
	char text[DG_NAME_TEXT_MAX];

	(void)state;
	f.ip.ext_count = 3;
	f.ip.exts = exts;
	wanted = disguise(&f, text);
	wanted.ip.exts = clean;
	assert_becomes(&f, &wanted);
}

/* Of the first one what is understood, of others the headers. */
static void
test_fragments(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		bool is_v6 = (n & 1) != 0, is_later = (n & 2) != 0;
		struct pkt_facts f = {.link = {.kind = PKT_LINK_RAW},
		    .udp = {.sport = 53, .dport = 4001, .length = 1400},
		    .dns = {.id = 7,
			.flags = PKT_QR,
			.qname = "www.example.com",
			.answer_count = 3}};
		struct pkt_buf frame = {0};
		struct dg_frame out;
		size_t header = is_v6 ? 48 : 20;

		f.ip = (struct pkt_ip){.src = is_v6 ? SERVER6 : SERVER4,
		    .dst = is_v6 ? CLIENT6 : CLIENT4,
		    .id = 4711,
		    .is_more = true,
		    .fragment_offset = is_later ? 1480 : 0};
		pkt_frame(&frame, &f);
		/* The third answer is not whole in it. */
		assert_true(
		    anonymise(LINKTYPE_RAW, frame.at, frame.len - 1, frame.len - 1, &out));
		assert_int_equal(out.captured, is_later ? header : frame.len - 16);
		assert_int_equal(out.on_wire, frame.len - 1);
		if (!is_later)
			(void)world_assert_name(out.data + header + 8,
			    out.captured - header - 8, 12, "www.example.com");
		pkt_buf_fini(&frame);
	}
}

/* Reverse names in a first fragment keep the places of what follows. */
static void
test_fixed(void **state)
{
	char name[64];
	struct pkt_facts f = {.link = {.kind = PKT_LINK_RAW},
	    IP4,
	    .udp = {.sport = 53, .dport = 4001, .length = 1400}};
	struct pkt_buf frame = {0};
	struct dg_frame out;

	(void)state;
	f.dns = (struct pkt_dns){
	    .flags = PKT_QR, .qname = world_reverse(1, name), .qtype = 12, .answer_count = 2};
	f.ip.is_more = true;
	pkt_frame(&frame, &f);
	assert_true(anonymise(LINKTYPE_RAW, frame.at, frame.len, frame.len, &out));
	assert_int_equal(out.captured, 28);
	assert_int_equal(out.on_wire, frame.len);
	pkt_buf_fini(&frame);
}

/* A segment of TCP with `size` octets of data, and the sum of it all right. */
static void
put_segment(struct pkt_buf *frame, const struct pkt_buf *data)
{
	struct pkt_facts f = {.link = {.kind = PKT_LINK_RAW}, IP4};
	struct pkt_buf tcp = {0}, pseudo = {0};

	pkt_put(&tcp, "\17\241\0\65\0\0\0\1\0\0\0\2\120\30\3\350\0\0\0\0", 20);
	pkt_put(&tcp, data->at, data->len);
	pkt_put(&pseudo, pkt_addr(CLIENT4).bytes, 4);
	pkt_put(&pseudo, pkt_addr(SERVER4).bytes, 4);
	pkt_put16(&pseudo, 6);
	pkt_put16(&pseudo, (unsigned)tcp.len);
	pkt_set16(&tcp, 16,
	    pkt_sum_fold(pkt_sum(pkt_sum(0, pseudo.at, pseudo.len), tcp.at, tcp.len)));
	f.ip.protocol = 6;
	f.ip_payload = tcp.at;
	f.ip_payload_len = tcp.len;
	pkt_frame(frame, &f);
	pkt_buf_fini(&tcp);
	pkt_buf_fini(&pseudo);
}

/* Messages in a segment: two, then one that would grow; or one that goes on in the next. */
static void
test_segments(void **state)
{
	struct pkt_buf data = {0}, frame = {0}, pseudo = {0};
	struct dg_frame out;
	char name[64];
	size_t two;

	(void)state;
	world_put_prefixed(&data, "one.example.com");
	world_put_prefixed(&data, "second.example.com");
	two = data.len;
	put_segment(&frame, &data);
	assert_true(anonymise(LINKTYPE_RAW, frame.at, frame.len, frame.len, &out));
	assert_int_equal(out.captured, 40 + two);
	assert_int_equal(out.on_wire, 40 + two);
	(void)world_assert_name(out.data + 42, two, 12, "one.example.com");
	(void)world_assert_name(out.data + 42 + 33 + 2, two - 35, 12, "second.example.com");
	pkt_put(&pseudo, out.data + 12, 8);
	pkt_put16(&pseudo, 6);
	pkt_put16(&pseudo, (unsigned)(20 + two));
	assert_int_equal(
	    pkt_sum_fold(pkt_sum(pkt_sum(0, pseudo.at, pseudo.len), out.data + 20, 20 + two)),
	    0);
	world_put_prefixed(&data, world_reverse(1, name));
	pkt_buf_clear(&frame);
	put_segment(&frame, &data);
	assert_true(anonymise(LINKTYPE_RAW, frame.at, frame.len, frame.len, &out));
	assert_int_equal(out.captured, 40 + two);
	assert_int_equal(out.on_wire, frame.len);
	/* The second one's type and class are in the next segment. */
	data.len = two - 4;
	pkt_buf_clear(&frame);
	put_segment(&frame, &data);
	assert_true(anonymise(LINKTYPE_RAW, frame.at, frame.len, frame.len, &out));
	assert_int_equal(out.captured, 40 + 35 + 2 + 12);
	pkt_buf_fini(&data);
	pkt_buf_fini(&frame);
	pkt_buf_fini(&pseudo);
}

static const struct {
	const char *name;
	uint32_t linktype;
	const char *hex;
} tunnels[] = {
    {"out of GRE", 228, HEX_OUTER4("2f") "0000 0800 " HEX_QUERY4},
    {"out of IP in IPv6", 229, HEX_OUTER6("04") HEX_QUERY4},
    {"out of VXLAN", 228,
	HEX_OVER_UDP("12b5") "08000000 00000700 " HEX_ETHER("0800") HEX_QUERY4},
    {"out of a VLAN with padding", 1, HEX_ETHER("8100") "0007 0800 " HEX_QUERY4},
};

static void
test_tunnels(void **state)
{
	uint8_t in[FRAMES_BYTES_MAX], plain[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(HEX_QUERY4, in);
	struct dg_frame out;

	(void)state;
	assert_true(anonymise(228, in, size, size, &out));
	assert_int_equal(out.captured, size);
	memcpy(plain, out.data, size);
	for (size_t i = 0; i < sizeof tunnels / sizeof *tunnels; i++) {
		size_t around = frames_bytes(tunnels[i].hex, in);

		assert_true(anonymise(tunnels[i].linktype, in, around, around, &out));
		assert_int_equal(out.captured, size);
		assert_int_equal(out.on_wire, size);
		assert_memory_equal(out.data, plain, size);
	}
}

static void
test_nothing(void **state)
{
	static const uint8_t arp[42] = {[12] = 8, 6};
	struct pkt_facts f = {IP4, QUERY};
	struct pkt_buf frame = {0};
	struct dg_frame out;

	(void)state;
	assert_false(anonymise(LINKTYPE_ETHERNET, arp, sizeof arp, sizeof arp, &out));
	pkt_frame(&frame, &f);
	assert_false(anonymise(147, frame.at, frame.len, frame.len, &out));
	for (size_t n = 0; n < 14 + 20; n++)
		assert_false(anonymise(LINKTYPE_ETHERNET, frame.at, n, frame.len, &out));
	pkt_buf_fini(&frame);
}

/* Of a frame that the capture cut, no more than was understood, and its true length. */
static void
test_prefixes(void **state)
{
	struct pkt_facts f = {.link = {.kind = PKT_LINK_RAW}, IP4, QUERY};
	struct pkt_buf frame = {0};

	(void)state;
	f.dns.has_opt = true;
	pkt_frame(&frame, &f);
	for (size_t n = 20; n < frame.len; n++) {
		size_t question = 28 + 12 + 17 + 4;
		struct dg_frame out;

		assert_true(anonymise(LINKTYPE_RAW, frame.at, n, frame.len, &out));
		assert_int_equal(out.on_wire, frame.len);
		assert_int_equal(out.captured,
		    n < 28             ? 20
			: n < 40       ? 28
			: n < question ? 40
				       : question);
	}
	pkt_buf_fini(&frame);
}

int
main(void)
{
	struct rows r = {0};
	int failed;

	world_begin();
	ROWS_ADD_TABLE(&r, facts_rows, test_facts);
	ROWS_ADD_TABLE(&r, cut_rows, test_cut);
	rows_add(&r, "reverse names change the lengths around them", test_reverse, NULL);
	rows_add(&r, "wrong sums stay wrong and tell nothing", test_wrong_sums, NULL);
	rows_add(&r, "ICMP errors quote pseudonyms", test_quotes, NULL);
	rows_add(&r, "short quotes are shown as far as they are understood", test_short_quotes,
	    NULL);
	rows_add(&r, "IPv4 options with addresses become none", test_options, NULL);
	rows_add(&r, "IPv6 extensions with addresses become padding", test_extensions, NULL);
	rows_add(&r, "fragments are cut", test_fragments, NULL);
	rows_add(&r, "a first fragment keeps its length", test_fixed, NULL);
	rows_add(&r, "segments keep their lengths", test_segments, NULL);
	rows_add(&r, "tunnels leave no trace", test_tunnels, NULL);
	rows_add(&r, "a frame without an IP packet gives nothing", test_nothing, NULL);
	rows_add(&r, "a cut frame stays cut", test_prefixes, NULL);
	failed = rows_run(&r, "anonymised_frames");
	world_end();
	return failed;
}

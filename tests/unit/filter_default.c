/*
 * filter_default.c - which frames the filter keeps that is used when nobody gives one.
 *
 * As in files: there a VLAN tag is in the frame's octets.  What the kernel keeps, which takes
 * the outermost tag off first, tests/live/capture.py tells.
 */
#include "source/filter.h"

#include "frames.h"

#define ETHER 1
#define RAW 101
#define ICMP4 HEX_INNER4("01") "0303 0000 00000000 "
#define ICMP6 HEX_INNER6("3a") "0104 0000 00000000 "
#define TCP4 HEX_INNER4("06") "0035 0fa1 00000001 00000002 5010 0400 0000 0000 "
#define LATER4 "45000000 12340010 40110000 c0000201 c6336402 0001020304050607 "
#define OTHER4 HEX_INNER4("11") HEX_UDP("0fa1", "1f90") "00000000 "
#define OTHER6 HEX_INNER6("11") HEX_UDP("0fa1", "1f90") "00000000 "
#define OPTIONS4 "46000000 12340000 40110000 c0000201 c6336402 01010100 " HEX_DNS
#define HOP6                                                                                   \
	"60000000 00000040 20010db8000000000000000000000001 "                                  \
	"20010db8000000000000000000000002 1100010400000000 " HEX_DNS
#define PIECE6                                                                                 \
	"60000000 00002c40 20010db8000000000000000000000001 "                                  \
	"20010db8000000000000000000000002 1100000900000001 0001020304050607 "
#define TAG(type) "0007 " type " "
#define SESSION4 "1100 0001 003f 0021 "
#define SESSION6 "1100 0001 0052 0057 "
#define LABEL "000010ff "
#define BOTTOM "000011ff "
#define VXLAN "08000000 00000700 "
/* Octets behind a packet, so that no filter fails for want of them. */
#define PAD "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "

/* Kept by: p the plain filter, v with one VLAN tag, t with tunnels over IP, l with links and
 * tunnels, w with these whole. */
static const struct row {
	const char *name;
	uint32_t linktype;
	const char *hex;
	const char *kept;
} rows[] = {
    {"a query over IPv4", ETHER, HEX_ETHER("0800") HEX_QUERY4, "pvtlw"},
    {"a query over IPv6", ETHER, HEX_ETHER("86dd") HEX_QUERY6, "pvtlw"},
    {"a query without Ethernet", RAW, HEX_QUERY4, "pt"},
    {"a segment of TCP", ETHER, HEX_ETHER("0800") TCP4, "pvtlw"},
    {"an ICMP error", ETHER, HEX_ETHER("0800") ICMP4, "pvtlw"},
    {"an ICMPv6 error", ETHER, HEX_ETHER("86dd") ICMP6, "pvtlw"},
    {"a later fragment", ETHER, HEX_ETHER("0800") LATER4, "pvtlw"},
    {"a fragment over IPv6", ETHER, HEX_ETHER("86dd") PIECE6, "pvtlw"},
    {"a hop-by-hop header", ETHER, HEX_ETHER("86dd") HOP6, "pvtlw"},
    {"IPv4 with options", ETHER, HEX_ETHER("0800") OPTIONS4, "pvtlw"},
    {"another port", ETHER, HEX_ETHER("0800") OTHER4, ""},
    {"another port over IPv6", ETHER, HEX_ETHER("86dd") OTHER6, ""},
    {"ARP", ETHER, HEX_ETHER("0806") "0001080006040001" PAD, ""},
    {"a VLAN tag", ETHER, HEX_ETHER("8100") TAG("0800") HEX_QUERY4, "vlw"},
    {"a VLAN tag and IPv6", ETHER, HEX_ETHER("8100") TAG("86dd") HEX_QUERY6, "vlw"},
    {"a VLAN tag and a fragment", ETHER, HEX_ETHER("8100") TAG("0800") LATER4, "vlw"},
    {"a VLAN tag and another port", ETHER, HEX_ETHER("8100") TAG("0800") OTHER4, ""},
    {"a tag of providers", ETHER, HEX_ETHER("88a8") TAG("0800") HEX_QUERY4, "vlw"},
    {"two tags", ETHER, HEX_ETHER("88a8") TAG("8100") TAG("0800") HEX_QUERY4, "lw"},
    {"two tags and IPv6", ETHER, HEX_ETHER("8100") TAG("8100") TAG("86dd") HEX_QUERY6, "lw"},
    {"two tags and ICMP", ETHER, HEX_ETHER("88a8") TAG("8100") TAG("0800") ICMP4, "lw"},
    {"two tags and another port", ETHER, HEX_ETHER("88a8") TAG("8100") TAG("0800") OTHER4 PAD,
	""},
    {"three tags", ETHER, HEX_ETHER("88a8") TAG("8100") TAG("8100") TAG("0800") HEX_QUERY4,
	"lw"},
    {"PPPoE", ETHER, HEX_ETHER("8864") SESSION4 HEX_QUERY4, "lw"},
    {"PPPoE with IPv6", ETHER, HEX_ETHER("8864") SESSION6 HEX_QUERY6, "lw"},
    {"PPPoE with another port", ETHER, HEX_ETHER("8864") SESSION4 OTHER4 PAD, "w"},
    {"PPPoE behind a VLAN tag", ETHER, HEX_ETHER("8100") TAG("8864") SESSION4 HEX_QUERY4, "lw"},
    {"PPPoE with one octet of protocol", ETHER,
	HEX_ETHER("8864") "1100 0001 0052 57" HEX_QUERY6, "lw"},
    {"MPLS", ETHER, HEX_ETHER("8847") BOTTOM HEX_QUERY4, "lw"},
    {"MPLS with IPv6", ETHER, HEX_ETHER("8847") BOTTOM HEX_QUERY6, "lw"},
    {"MPLS of two labels", ETHER, HEX_ETHER("8847") LABEL BOTTOM HEX_QUERY4, "lw"},
    {"MPLS of two labels and a fragment", ETHER, HEX_ETHER("8847") LABEL BOTTOM LATER4 PAD,
	"lw"},
    {"MPLS of three labels", ETHER, HEX_ETHER("8847") LABEL LABEL BOTTOM HEX_QUERY4, "lw"},
    {"MPLS with another port", ETHER, HEX_ETHER("8847") BOTTOM OTHER4 PAD, "w"},
    {"MPLS of two labels with another port", ETHER, HEX_ETHER("8847") LABEL BOTTOM OTHER6 PAD,
	"w"},
    {"MPLS with Ethernet in it", ETHER,
	HEX_ETHER("8847") BOTTOM "00000000" HEX_ETHER("0800") HEX_QUERY4, "lw"},
    {"MPLS behind a VLAN tag", ETHER, HEX_ETHER("8100") TAG("8847") BOTTOM HEX_QUERY4, "lw"},
    {"PBB", ETHER, HEX_ETHER("88e7") "00000007" HEX_ETHER("0800") HEX_QUERY4, "lw"},
    {"NSH", ETHER, HEX_ETHER("894f") "0002 0201 00000001" HEX_QUERY4 PAD, "lw"},
    {"GRE", ETHER, HEX_ETHER("0800") HEX_OUTER4("2f") "0000 0800" HEX_QUERY4, "tlw"},
    {"GRE over IPv6", ETHER, HEX_ETHER("86dd") HEX_OUTER6("2f") "0000 0800" HEX_QUERY4, "tlw"},
    {"GRE behind a VLAN tag", ETHER,
	HEX_ETHER("8100") TAG("0800") HEX_OUTER4("2f") "0000 0800" HEX_QUERY4, "lw"},
    {"GRE without Ethernet", RAW, HEX_OUTER4("2f") "0000 0800" HEX_QUERY4, "t"},
    {"IPv4 in IPv4", ETHER, HEX_ETHER("0800") HEX_OUTER4("04") HEX_QUERY4, "tlw"},
    {"IPv6 in IPv4", ETHER, HEX_ETHER("0800") HEX_OUTER4("29") HEX_QUERY6, "tlw"},
    {"IPv4 in IPv6", ETHER, HEX_ETHER("86dd") HEX_OUTER6("04") HEX_QUERY4, "tlw"},
    {"MPLS in IPv4", ETHER, HEX_ETHER("0800") HEX_OUTER4("89") BOTTOM HEX_QUERY4, "tlw"},
    {"L2TPv3", ETHER, HEX_ETHER("0800") HEX_OUTER4("73") "00000001" HEX_QUERY4, "tlw"},
    {"L2TPv2", ETHER,
	HEX_ETHER("0800") HEX_OVER_UDP("06a5") "0002 0001 0001 ff03 0021" HEX_QUERY4, "tlw"},
    {"GTP", ETHER, HEX_ETHER("0800") HEX_OVER_UDP("0868") "30ff 0000 00000001" HEX_QUERY4,
	"tlw"},
    {"VXLAN", ETHER, HEX_ETHER("0800") HEX_OVER_UDP("12b5") VXLAN HEX_ETHER("0800") HEX_QUERY4,
	"tlw"},
    {"VXLAN on Linux' own port", ETHER,
	HEX_ETHER("0800") HEX_OVER_UDP("2118") VXLAN HEX_ETHER("0800") HEX_QUERY4, "tlw"},
    {"VXLAN-GPE", ETHER, HEX_ETHER("0800") HEX_OVER_UDP("12b6") "0c000001 00000700" HEX_QUERY4,
	"tlw"},
    {"Geneve", ETHER,
	HEX_ETHER("0800") HEX_OVER_UDP("17c1") "00006558 00000700" HEX_ETHER("0800") HEX_QUERY4,
	"tlw"},
    {"MPLS over UDP", ETHER, HEX_ETHER("0800") HEX_OVER_UDP("19eb") BOTTOM HEX_QUERY4, "tlw"},
    {"GRE over UDP", ETHER, HEX_ETHER("0800") HEX_OVER_UDP("1292") "0000 0800" HEX_QUERY4,
	"tlw"},
    {"VXLAN behind a VLAN tag", ETHER,
	HEX_ETHER("8100") TAG("0800") HEX_OVER_UDP("12b5") VXLAN HEX_ETHER("0800") HEX_QUERY4,
	"lw"},
};

static const struct reach {
	char letter;
	unsigned bits;
} reaches[] = {
    {'p', 0},
    {'v', DG_FILTER_VLAN},
    {'t', DG_FILTER_TUNNELS},
    {'l', DG_FILTER_VLAN | DG_FILTER_TUNNELS | DG_FILTER_LINKS},
    {'w', DG_FILTER_VLAN | DG_FILTER_TUNNELS | DG_FILTER_WHOLE},
};

#define REACHES (sizeof reaches / sizeof *reaches)

static struct dg_filter *
make(const char *ports, unsigned reach)
{
	struct dg_strbuf b = {0};
	struct dg_filter *f;
	struct dg_fail fail;

	dg_filter_default(&b, ports, reach);
	assert_int_equal(dg_filter_new(b.text, false, &f, &fail), 0);
	dg_strbuf_fini(&b);
	return f;
}

static void
test_kept(void **state)
{
	const struct row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	struct dg_frame frame = {.data = bytes, .linktype = row->linktype};

	frame.captured = frame.on_wire = (uint32_t)frames_bytes(row->hex, bytes);
	for (size_t i = 0; i < REACHES; i++) {
		struct dg_filter *f = make("53", reaches[i].bits);
		bool is_kept = dg_filter_passes(f, &frame);

		dg_filter_free(f);
		if (is_kept != (strchr(row->kept, reaches[i].letter) != NULL))
			fail_msg("the filter '%c' %s it", reaches[i].letter,
			    is_kept ? "keeps" : "misses");
	}
}

/* Other ports instead of 53, one by one and as a range, wherever a port stands. */
static void
test_ports(void **state)
{
	static const char *const hex[] = {
	    HEX_ETHER("0800") HEX_INNER4("11") HEX_UDP("%s", "0fa1") "00000000" PAD,
	    HEX_ETHER("8100") TAG("86dd") HEX_INNER6("11") HEX_UDP("0fa1", "%s") "00000000" PAD,
	    HEX_ETHER("8864") SESSION4 HEX_INNER4("11") HEX_UDP("0fa1", "%s") "00000000" PAD,
	    HEX_ETHER("8847") LABEL BOTTOM HEX_INNER6("06") HEX_UDP("%s", "0fa1") PAD,
	};
	static const struct {
		unsigned port;
		bool is_kept;
	} ports[] = {{53, false}, {5300, true}, {7999, false}, {8000, true}, {8005, true},
	    {8010, true}, {8011, false}};
	struct dg_filter *f =
	    make("5300,8000-8010", DG_FILTER_VLAN | DG_FILTER_TUNNELS | DG_FILTER_LINKS);

	(void)state;
	for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) {
		for (size_t n = 0; n < sizeof ports / sizeof *ports; n++) {
			char port[8], text[1024];
			uint8_t bytes[FRAMES_BYTES_MAX];
			struct dg_frame frame = {.data = bytes, .linktype = ETHER};
			const char *mark = strchr(hex[i], '%');

			snprintf(port, sizeof port, "%04x", ports[n].port);
			snprintf(text, sizeof text, "%.*s%s%s", (int)(mark - hex[i]), hex[i],
			    port, mark + 2);
			frame.captured = frame.on_wire = (uint32_t)frames_bytes(text, bytes);
			if (dg_filter_passes(f, &frame) != ports[n].is_kept)
				fail_msg("port %u in frame %zu", ports[n].port, i);
		}
	}
	dg_filter_free(f);
}

/* A frame that ends anywhere is kept or not, and nothing is read behind it. */
static void
test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < REACHES; i++) {
		struct dg_filter *f = make("53", reaches[i].bits);

		for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
			uint8_t bytes[FRAMES_BYTES_MAX];
			size_t size = frames_bytes(rows[n].hex, bytes);

			for (size_t cut = 0; cut <= size; cut++) {
				struct dg_frame frame = {.data = guard_place(bytes, cut),
				    .captured = (uint32_t)cut,
				    .on_wire = (uint32_t)size,
				    .linktype = rows[n].linktype};

				(void)dg_filter_passes(f, &frame);
			}
		}
		dg_filter_free(f);
	}
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows_add(&r, rows_name("%s: kept by '%s'", rows[i].name, rows[i].kept),
		    test_kept, &rows[i]);
	rows_add(&r, "the ports of servers are those that were named", test_ports, NULL);
	rows_add(&r, "frames that end anywhere", test_cut, NULL);
	return rows_run(&r, "filter_default");
}

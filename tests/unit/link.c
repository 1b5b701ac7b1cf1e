/*
 * link.c - every link of docs/decoding.md, with its numbers: what it carries, and what tells
 * the way a frame came.
 */
#include "decode/link.h"

#include "frames.h"

#define QUERY .verdict = DG_VERDICT_UDP_OTHER, .is_query = true
#define IS(what) .verdict = DG_VERDICT_##what
#define PATH(at, bytes) .path_at = (at), .path_bytes = (bytes)
#define LLC_SNAP "aaaa03 000000 "
#define SLL(hardware, type) "0000" hardware "0006 0200000000010000" type " "
#define SLL2(hardware, type) type "0000 00000002" hardware "0006 0200000000010000 "
#define TAG8 "8100 0001 88a8 0002 9100 0003 9200 0004 8100 0005 8100 0006 8100 0007 8100 0008 "

static const struct frames_row ethernet_rows[] = {
    {"Ethernet carries IPv4", 1, HEX_ETHER("0800") HEX_QUERY4, QUERY, PATH(0, 14)},
    {"Ethernet carries IPv6", 1, HEX_ETHER("86dd") HEX_QUERY6, QUERY, PATH(0, 14)},
    {"a VLAN tag belongs to the way", 1, HEX_ETHER("8100") "0007 0800" HEX_QUERY4, QUERY,
	PATH(0, 18)},
    {"P1: 8 VLAN tags of all kinds are looked through", 1,
	"020000000002 020000000001" TAG8 "0800" HEX_QUERY4, QUERY, PATH(0, 46)},
    {"9 VLAN tags are malformed", 1,
	"020000000002 020000000001" TAG8 "8100 0009 0800" HEX_QUERY4, IS(MALFORMED)},
    {"ARP is not IP", 1, HEX_ETHER("0806") "0001080006040001 020000000001 0a000001",
	IS(NOT_IP)},
    {"Ethernet of type 0x6558 is not IP", 1, HEX_ETHER("6558") HEX_ETHER("0800") HEX_QUERY4,
	IS(NOT_IP)},
    {"PPPoE discovery is not IP", 1, HEX_ETHER("8863") "1109 0000 0004 01010000", IS(NOT_IP)},
    {"1501 is a type and no length", 1, HEX_ETHER("05dd") LLC_SNAP "0800" HEX_QUERY4,
	IS(NOT_IP)},
    {"1500 is a length: LLC", 1, HEX_ETHER("05dc") LLC_SNAP "0800" HEX_QUERY4, QUERY,
	PATH(0, 22)},
    {"a length of 0 is LLC", 1, HEX_ETHER("0000") LLC_SNAP "0800" HEX_QUERY4, QUERY},
    {"behind a VLAN tag a length is LLC", 1,
	HEX_ETHER("8100") "0007 0041" LLC_SNAP "86dd" HEX_QUERY6, QUERY, PATH(0, 26)},
    {"SNAP of the bridges carries EtherTypes", 1,
	HEX_ETHER("0041") "aaaa03 0000f8 0800" HEX_QUERY4, QUERY},
    {"SNAP carries VLAN tags", 1, HEX_ETHER("0045") LLC_SNAP "8100 0007 0800" HEX_QUERY4,
	QUERY},
    {"SNAP of another organisation is not IP", 1,
	HEX_ETHER("0041") "aaaa03 00000c 2000" HEX_QUERY4, IS(NOT_IP)},
    {"a length in SNAP is not IP", 1,
	HEX_ETHER("0041") LLC_SNAP "0020" LLC_SNAP "0800" HEX_QUERY4, IS(NOT_IP)},
    {"LLC of SNAP's numbers that is not unnumbered is not IP", 1,
	HEX_ETHER("0041") "aaaa13 000000 0800" HEX_QUERY4, IS(NOT_IP)},
    {"LLC for OSI carries IPv4", 1, HEX_ETHER("0041") "fefe03 cc" HEX_QUERY4, QUERY},
    {"LLC for OSI carries IPv6", 1, HEX_ETHER("0041") "fefe03 8e" HEX_QUERY6, QUERY},
    {"LLC for OSI with IS-IS is not IP", 1, HEX_ETHER("0041") "fefe03 83 1b0100", IS(NOT_IP)},
    {"behind a VLAN tag 1500 is a length", 1,
	HEX_ETHER("8100") "0007 05dc" LLC_SNAP "0800" HEX_QUERY4, QUERY},
    {"in SNAP, behind a VLAN tag, 1500 is a length", 1,
	HEX_ETHER("0045") LLC_SNAP "8100 0007 05dc" LLC_SNAP "0800" HEX_QUERY4, QUERY},
    {"half of SNAP's numbers is not IP", 1, HEX_ETHER("0041") "42aa03 000000 0800" HEX_QUERY4,
	IS(NOT_IP)},
    {"the other half of SNAP's numbers is not IP", 1,
	HEX_ETHER("0041") "aa4203 000000 0800" HEX_QUERY4, IS(NOT_IP)},
    {"a bridge's spanning tree is not IP", 1, HEX_ETHER("0026") "424203 0000000000",
	IS(NOT_IP)},
    {"Novell's 802.3 is not IP", 1, HEX_ETHER("0022") "ffff 0022 0000", IS(NOT_IP)},
    {"EtherType IPv4 with IPv6 in it is malformed", 1, HEX_ETHER("0800") HEX_QUERY6,
	IS(MALFORMED)},
};

static const struct frames_row plain_rows[] = {
    {"NULL carries IPv4", 0, "02000000" HEX_QUERY4, QUERY, PATH(0, 4)},
    {"NULL of a big-endian machine carries IPv4", 0, "00000002" HEX_QUERY4, QUERY},
    {"NULL carries IPv6 of Linux", 0, "0a000000" HEX_QUERY6, QUERY},
    {"NULL carries IPv6 of NetBSD", 0, "18000000" HEX_QUERY6, QUERY},
    {"NULL carries IPv6 of FreeBSD", 0, "1c000000" HEX_QUERY6, QUERY},
    {"NULL carries IPv6 of Darwin", 0, "1e000000" HEX_QUERY6, QUERY},
    {"NULL of another family is not IP", 0, "07000000" HEX_QUERY4, IS(NOT_IP)},
    {"LOOP carries IPv4", 108, "00000002" HEX_QUERY4, QUERY, PATH(0, 4)},
    {"LOOP carries IPv6", 108, "0000001e" HEX_QUERY6, QUERY},
    {"LOOP has the network's byte order only", 108, "02000000" HEX_QUERY4, IS(NOT_IP)},
    {"RAW carries IPv4", 101, HEX_QUERY4, QUERY},
    {"RAW carries IPv6", 101, HEX_QUERY6, QUERY},
    {"RAW as number 12", 12, HEX_QUERY6, QUERY},
    {"RAW as number 14", 14, HEX_QUERY4, QUERY},
    {"RAW of version 5 is malformed", 101, "55" HEX_QUERY4, IS(MALFORMED)},
    {"IPV4 carries IPv4", 228, HEX_QUERY4, QUERY},
    {"IPV6 carries IPv6", 229, HEX_QUERY6, QUERY},
    {"IPV4 with IPv6 in it is malformed", 228, HEX_QUERY6, IS(MALFORMED)},
    {"IPV6 with IPv4 in it is malformed", 229, HEX_QUERY4, IS(MALFORMED)},
    {"Linux cooked carries IPv4", 113, SLL("0001", "0800") HEX_QUERY4, QUERY, PATH(0, 16)},
    {"Linux cooked carries IPv6", 113, SLL("0001", "86dd") HEX_QUERY6, QUERY},
    {"Linux cooked carries a VLAN tag", 113, SLL("0001", "8100") "0007 0800" HEX_QUERY4, QUERY,
	PATH(0, 20)},
    {"Linux cooked of type 4 is LLC", 113, SLL("0001", "0004") LLC_SNAP "0800" HEX_QUERY4,
	QUERY, PATH(0, 24)},
    {"Linux cooked of type 1, Novell's, is not IP", 113,
	SLL("0001", "0001") LLC_SNAP "0800" HEX_QUERY4, IS(NOT_IP)},
    {"Linux cooked of netlink is not IP", 113, SLL("0338", "0800") HEX_QUERY4, IS(NOT_IP)},
    {"Linux cooked 2 carries IPv4", 276, SLL2("0001", "0800") HEX_QUERY4, QUERY, PATH(0, 20)},
    {"Linux cooked 2 carries IPv6", 276, SLL2("0001", "86dd") HEX_QUERY6, QUERY},
    {"Linux cooked 2 carries a VLAN tag", 276, SLL2("0001", "88a8") "0007 0800" HEX_QUERY4,
	QUERY, PATH(0, 24)},
    {"Linux cooked 2 of type 4 is LLC", 276, SLL2("0001", "0004") LLC_SNAP "0800" HEX_QUERY4,
	QUERY},
    {"Linux cooked 2 of netlink is not IP", 276, SLL2("0338", "0800") HEX_QUERY4, IS(NOT_IP)},
};

#define PPPOE "1100 0001 0000 "

static const struct frames_row wan_rows[] = {
    {"PPP carries IPv4", 9, "ff03 0021" HEX_QUERY4, QUERY, PATH(0, 4)},
    {"PPP carries IPv6", 9, "ff03 0057" HEX_QUERY6, QUERY},
    {"PPP without address and control", 9, "0021" HEX_QUERY4, QUERY, PATH(0, 2)},
    {"PPP with a protocol of one octet", 9, "21" HEX_QUERY4, QUERY, PATH(0, 1)},
    {"PPP with address, control and one octet", 9, "ff03 57" HEX_QUERY6, QUERY},
    {"PPP carries MPLS", 9, "ff03 0281 000011ff" HEX_QUERY4, QUERY, PATH(0, 4),
	.tunnels = FRAMES_IN(MPLS)},
    {"PPP carries multicast MPLS", 9, "ff03 0283 000011ff" HEX_QUERY4, QUERY,
	.tunnels = FRAMES_IN(MPLS)},
    {"PPP's own control is not IP", 9, "ff03 c021 0101 0004", IS(NOT_IP)},
    {"PPP's address with another control is not IP", 9, "ff13 0021" HEX_QUERY4, IS(NOT_IP)},
    {"PPP with the direction first", 204, "01 ff03 0021" HEX_QUERY4, QUERY, PATH(0, 5)},
    {"PPP in HDLC", 50, "ff03 0021" HEX_QUERY4, QUERY},
    {"PPP in HDLC may be Cisco's", 50, "0f00 0800" HEX_QUERY4, QUERY, PATH(0, 4)},
    {"PPP in HDLC may be Cisco's multicast", 50, "8f00 86dd" HEX_QUERY6, QUERY},
    {"PPP over Ethernet's header first", 51, PPPOE "0021" HEX_QUERY4, QUERY, PATH(0, 8),
	.tunnels = FRAMES_IN(PPPOE)},
    {"PPP over Ethernet of another version is malformed", 51, "2100 0001 0000 0021" HEX_QUERY4,
	IS(MALFORMED)},
    {"Cisco's HDLC carries IPv4", 104, "0f00 0800" HEX_QUERY4, QUERY, PATH(0, 4)},
    {"Cisco's HDLC carries a VLAN tag", 104, "0f00 8100 0007 86dd" HEX_QUERY6, QUERY},
    {"Cisco's HDLC carries MPLS", 104, "0f00 8847 000011ff" HEX_QUERY4, QUERY,
	.tunnels = FRAMES_IN(MPLS)},
    {"Cisco's HDLC with its keepalive is not IP", 104, "8f00 8035 00000002", IS(NOT_IP)},
    {"Cisco's HDLC has no lengths", 104, "0f00 0041" LLC_SNAP "0800" HEX_QUERY4, IS(NOT_IP)},
    {"frame relay carries IPv4", 107, "1841 03cc" HEX_QUERY4, QUERY, PATH(0, 4)},
    {"frame relay carries IPv6", 107, "1841 038e" HEX_QUERY6, QUERY},
    {"frame relay with an address of 3 octets", 107, "184001 03cc" HEX_QUERY4, QUERY},
    {"frame relay with an address of 4 octets", 107, "18400003 03cc" HEX_QUERY4, QUERY},
    {"frame relay's address has 4 octets at most", 107, "18400002 03cc" HEX_QUERY4, QUERY},
    {"frame relay carries SNAP", 107, "1841 0380 000000 0800" HEX_QUERY4, QUERY},
    {"frame relay carries SNAP behind a pad octet", 107, "1841 030080 000000 86dd" HEX_QUERY6,
	QUERY, PATH(0, 10)},
    {"frame relay carries bridged frames that are not IP", 107,
	"1841 030080 0080c2 0007" HEX_ETHER("0800"), IS(NOT_IP)},
    {"frame relay of another NLPID is not IP", 107, "1841 0381 00", IS(NOT_IP)},
    {"frame relay in Cisco's way", 107, "1841 0800" HEX_QUERY4, QUERY, PATH(0, 4)},
    {"frame relay in Cisco's way with a small type is not IP", 107, "1841 0400" HEX_QUERY4,
	IS(NOT_IP)},
};

/* A prefix, with its padding, that is no packet; then the packet of 4 + 57 octets. */
#define NFLOG_LE "02000000 0500 0a00 66000000 0800 0100 08000300 "
#define NFLOG_BE "02000000 0005 000a 66000000 0008 0001 08000300 "

static const struct frames_row container_rows[] = {
    {"PPI carries Ethernet", 192, "0000 0800 01000000" HEX_ETHER("0800") HEX_QUERY4, QUERY,
	PATH(8, 14)},
    {"PPI with fields carries raw IP", 192, "0000 0c00 65000000 aabbccdd" HEX_QUERY4, QUERY},
    {"PPI in PPI is not supported", 192, "0000 0800 c0000000 0000 0800 01000000",
	IS(LINK_UNSUPPORTED)},
    {"PKTAP in PPI is not supported", 192, "0000 0800 02010000 0000", IS(LINK_UNSUPPORTED)},
    {"PPI of an unknown link is not supported", 192, "0000 0800 93000000" HEX_QUERY4,
	IS(LINK_UNSUPPORTED)},
    {"PPI of 7 octets is malformed", 192, "0000 0700 01000000" HEX_ETHER("0800") HEX_QUERY4,
	IS(MALFORMED)},
    {"PKTAP carries Ethernet", 258,
	"10000000 01000000 01000000 aabbccdd" HEX_ETHER("86dd") HEX_QUERY6, QUERY,
	PATH(16, 14)},
    {"PKTAP by Apple's number carries NULL", 149,
	"0c000000 01000000 00000000 02000000" HEX_QUERY4, QUERY, PATH(12, 4)},
    {"PKTAP of 11 octets is malformed", 258,
	"0b000000 01000000 01000000" HEX_ETHER("0800") HEX_QUERY4, IS(MALFORMED)},
    {"PKTAP in PKTAP is not supported", 258, "0c000000 01000000 02010000 00",
	IS(LINK_UNSUPPORTED)},
    {"PKTAP of 4 GiB is malformed", 258, "ffffffff 01000000 01000000" HEX_QUERY4,
	IS(MALFORMED)},
    {"NFLOG of a little-endian machine", 239, NFLOG_LE "3d00 0900" HEX_QUERY4, QUERY,
	PATH(0, 24), .early = DG_VERDICT_NOT_IP},
    {"NFLOG of a big-endian machine", 239, NFLOG_BE "003d 0009" HEX_QUERY4, QUERY, PATH(0, 24),
	.early = DG_VERDICT_NOT_IP},
    {"NFLOG carries IPv6, and ends with its value", 239,
	"0a000000 5100 0900" HEX_QUERY6 "000000 0800 0b00 00000000", QUERY,
	.early = DG_VERDICT_NOT_IP},
    {"NFLOG with an empty value first", 239, "02000000 0400 0100 3d00 0900" HEX_QUERY4, QUERY,
	PATH(0, 12), .early = DG_VERDICT_NOT_IP},
    {"NFLOG of a packet that is not IP", 239, "07000000 0800 0900 00010800", IS(NOT_IP),
	.early = DG_VERDICT_NOT_IP},
    {"NFLOG without a packet is not IP", 239, NFLOG_LE, IS(NOT_IP), .early = DG_VERDICT_NOT_IP},
    {"NFLOG may end without padding", 239, "02000000 0500 0a00 66", IS(NOT_IP),
	.early = DG_VERDICT_NOT_IP},
    {"NFLOG with an empty packet is malformed", 239, "02000000 0400 0900", IS(MALFORMED),
	.early = DG_VERDICT_NOT_IP},
    {"NFLOG's value of 3 octets is malformed", 239, "02000000 0800 0100 08000300 0300 0900",
	IS(MALFORMED), .early = DG_VERDICT_NOT_IP},
    {"NFLOG's value past the end is malformed", 239, "02000000 0800 0100 08000300 0900 0900 00",
	IS(MALFORMED), .early = DG_VERDICT_NOT_IP},
    {"NFLOG in which no byte order fits is malformed", 239, "02000000 0101 0100 0000",
	IS(MALFORMED), .early = DG_VERDICT_NOT_IP},
};

static void
test_supports(void **state)
{
	static const uint32_t known[] = {0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 107, 108, 113,
	    119, 127, 149, 163, 192, 204, 228, 229, 239, 258, 276};
	size_t count = sizeof known / sizeof *known, at = 0;

	(void)state;
	for (uint32_t type = 0; type < 70000; type++) {
		bool is_known = at < count && known[at] == type;

		at += is_known;
		assert_int_equal(dg_decode_supports(type), is_known);
	}
	assert_int_equal(at, count);
}

int
main(void)
{
	static const struct frames_row unsupported_rows[] = {
	    {"a link that is not in the table is not supported", 147, HEX_QUERY4,
		IS(LINK_UNSUPPORTED)},
	};
	struct rows r = {0};

	FRAMES_ADD(&r, ethernet_rows);
	FRAMES_ADD(&r, plain_rows);
	FRAMES_ADD(&r, wan_rows);
	FRAMES_ADD(&r, container_rows);
	FRAMES_ADD(&r, unsupported_rows);
	rows_add(&r, "the links of the table are supported, no other", test_supports, NULL);
	return rows_run(&r, "link");
}

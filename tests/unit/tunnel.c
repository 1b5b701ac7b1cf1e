/*
 * tunnel.c - packets inside packets: every tunnel of docs/decoding.md is looked into, and what
 * only looks like one is not.
 */
#include "decode/next.h"

#include "base/limits.h"
#include "frames.h"

#define QUERY .verdict = DG_VERDICT_UDP_OTHER, .is_query = true
#define IS(what) .verdict = DG_VERDICT_##what
#define IN(what) .tunnels = FRAMES_IN(what)
#define IN2(a, b) .tunnels = FRAMES_IN(a) | FRAMES_IN(b)
#define OUTERS(count) .outer_headers = (count)
#define ETHER 1
#define RAW 101
#define ETHER4 HEX_ETHER("0800") HEX_QUERY4
#define ETHER6 HEX_ETHER("86dd") HEX_QUERY6
#define ARP HEX_ETHER("0806") "0001080006040001"
#define PATH(bytes) .path_at = 0, .path_bytes = (bytes)

#define LABEL "000010ff "
#define BOTTOM "000011ff "
#define LABELS15                                                                               \
	LABEL LABEL LABEL LABEL LABEL LABEL LABEL LABEL LABEL LABEL LABEL LABEL LABEL LABEL    \
	    LABEL

static const struct frames_row shim_rows[] = {
    {"MPLS carries IPv4", ETHER, HEX_ETHER("8847") BOTTOM HEX_QUERY4, QUERY, IN(MPLS),
	PATH(14)},
    {"MPLS carries IPv6", ETHER, HEX_ETHER("8847") LABEL BOTTOM HEX_QUERY6, QUERY, IN(MPLS)},
    {"multicast MPLS is MPLS", ETHER, HEX_ETHER("8848") BOTTOM HEX_QUERY4, QUERY, IN(MPLS)},
    {"MPLS behind a VLAN tag", ETHER, HEX_ETHER("8100") "0007 8847" BOTTOM HEX_QUERY4, QUERY,
	IN(MPLS), PATH(18)},
    {"MPLS with a control word carries Ethernet", ETHER,
	HEX_ETHER("8847") LABEL BOTTOM "00000000" ETHER4, QUERY, IN(MPLS)},
    {"MPLS without a control word carries Ethernet", ETHER,
	HEX_ETHER("8847") BOTTOM "920000000002 020000000001 86dd" HEX_QUERY6, QUERY, IN(MPLS)},
    {"MPLS carries Ethernet with ARP", ETHER, HEX_ETHER("8847") BOTTOM "00000000" ARP,
	IS(NOT_IP), IN(MPLS)},
    {"16 labels are passed", ETHER, HEX_ETHER("8847") LABELS15 BOTTOM HEX_QUERY4, QUERY,
	IN(MPLS)},
    {"17 labels are malformed", ETHER, HEX_ETHER("8847") LABELS15 LABEL BOTTOM HEX_QUERY4,
	IS(MALFORMED)},
    {"MPLS that carries nothing is malformed", ETHER, HEX_ETHER("8847") BOTTOM, IS(MALFORMED),
	IN(MPLS)},
    {"MPLS in IPv4", RAW, HEX_OUTER4("89") BOTTOM HEX_QUERY4, QUERY, IN(MPLS), OUTERS(1)},
    {"MPLS in IPv6", RAW, HEX_OUTER6("89") LABEL BOTTOM HEX_QUERY6, QUERY, IN(MPLS), OUTERS(1)},
    {"MPLS in IPv4 with ARP is another protocol", RAW, HEX_OUTER4("89") BOTTOM "00000000" ARP,
	IS(IP_OTHER), IN(MPLS)},
    {"PPPoE carries IPv4", ETHER, HEX_ETHER("8864") "1100 0001 003f 0021" HEX_QUERY4, QUERY,
	IN(PPPOE), PATH(14)},
    {"PPPoE carries IPv6, with one octet of protocol", ETHER,
	HEX_ETHER("8864") "1100 0001 0052 57" HEX_QUERY6, QUERY, IN(PPPOE)},
    {"PPPoE carries MPLS", ETHER, HEX_ETHER("8864") "1100 0001 003f 0281" BOTTOM HEX_QUERY4,
	QUERY, IN2(PPPOE, MPLS)},
    {"PPPoE with PPP's control is not IP", ETHER, HEX_ETHER("8864") "1100 0001 0006 c021 0901",
	IS(NOT_IP), IN(PPPOE)},
    {"PPPoE of another version is malformed", ETHER,
	HEX_ETHER("8864") "2100 0001 003f 0021" HEX_QUERY4, IS(MALFORMED)},
    {"PPPoE of another code is malformed", ETHER,
	HEX_ETHER("8864") "11a7 0001 003f 0021" HEX_QUERY4, IS(MALFORMED)},
    {"PBB carries Ethernet", ETHER, HEX_ETHER("88e7") "00000007" ETHER4, QUERY, IN(PBB),
	PATH(14)},
    {"PBB carries Ethernet with a VLAN tag", ETHER,
	HEX_ETHER("88a8") "0001 88e7 00000007" HEX_ETHER("8100") "0007 86dd" HEX_QUERY6, QUERY,
	IN(PBB), PATH(18)},
    {"PBB in PBB", ETHER, HEX_ETHER("88e7") "00000007" HEX_ETHER("88e7") "00000008" ETHER4,
	QUERY, IN(PBB)},
};

#define NSH1(next) "0fc2 02" next "00000001 "

static const struct frames_row nsh_rows[] = {
    {"NSH carries IPv4", ETHER, HEX_ETHER("894f") "0002 0201 00000001" HEX_QUERY4, QUERY,
	IN(NSH), PATH(14)},
    {"NSH with TTL and context carries IPv6", ETHER,
	HEX_ETHER("894f") "0fc6 0102 00000001 aaaaaaaa aaaaaaaa aaaaaaaa aaaaaaaa" HEX_QUERY6,
	QUERY, IN(NSH)},
    {"NSH carries Ethernet", ETHER, HEX_ETHER("894f") NSH1("03") ETHER4, QUERY, IN(NSH)},
    {"NSH carries MPLS", ETHER, HEX_ETHER("894f") NSH1("05") BOTTOM HEX_QUERY4, QUERY,
	IN2(NSH, MPLS)},
    {"NSH of another kind is not IP", ETHER, HEX_ETHER("894f") NSH1("04") HEX_QUERY4,
	IS(NOT_IP), IN(NSH)},
    {"NSH of version 1 is malformed", ETHER, HEX_ETHER("894f") "4002 0201 00000001" HEX_QUERY4,
	IS(MALFORMED)},
    {"NSH of 4 octets is malformed", ETHER, HEX_ETHER("894f") "0001 0201 00000001" HEX_QUERY4,
	IS(MALFORMED)},
};

static const struct frames_row ip_rows[] = {
    {"IPv4 in IPv4", RAW, HEX_OUTER4("04") HEX_QUERY4, QUERY, IN(IP4), OUTERS(1)},
    {"IPv6 in IPv4", RAW, HEX_OUTER4("29") HEX_QUERY6, QUERY, IN(IP4), OUTERS(1)},
    {"IPv4 in IPv6", RAW, HEX_OUTER6("04") HEX_QUERY4, QUERY, IN(IP6), OUTERS(1)},
    {"IPv6 in IPv6", RAW, HEX_OUTER6("29") HEX_QUERY6, QUERY, IN(IP6), OUTERS(1)},
    {"IPv4 in IPv6 behind an extension", RAW, HEX_OUTER6("3c") "0400 010400000000" HEX_QUERY4,
	QUERY, IN(IP6), OUTERS(1)},
    {"IPv6 in IPv4 in IPv6", RAW, HEX_OUTER6("04") HEX_OUTER4("29") HEX_QUERY6, QUERY,
	IN2(IP4, IP6), OUTERS(2)},
    {"IPv4 in IPv4 behind AH", RAW,
	HEX_OUTER4("33") "0402 0000 00000001 00000001 00000000" HEX_QUERY4, QUERY, IN(IP4),
	OUTERS(1)},
    {"IPv6 as protocol 4 is malformed", RAW, HEX_OUTER4("04") HEX_QUERY6, IS(MALFORMED),
	IN(IP4)},
    {"IPv4 as protocol 41 is malformed", RAW, HEX_OUTER4("29") HEX_QUERY4, IS(MALFORMED),
	IN(IP4)},
    {"ESP is another protocol", RAW, HEX_OUTER4("32") "00000001 00000001 00000000",
	IS(IP_OTHER)},
    {"ESP in a tunnel is another protocol", RAW, HEX_OUTER4("04") HEX_INNER4("32") "00000001",
	IS(IP_OTHER), IN(IP4)},
    {"L2TPv3 is a tunnel", RAW, HEX_OUTER4("73") "00000001 00000000" ETHER4, IS(TUNNEL)},
    {"TCP in a tunnel is TCP", RAW,
	HEX_OUTER4("04") HEX_INNER4("06") "0fa10035 00000001 00000000 50020000 00000000",
	IS(TCP_OTHER), IN(IP4)},
    {"ICMP in a tunnel is ICMP", RAW, HEX_OUTER4("04") HEX_INNER4("01") "0800 0000 00000000",
	IS(ICMP_OTHER), IN(IP4)},
};

static const struct frames_row gre_rows[] = {
    {"GRE carries IPv4", RAW, HEX_OUTER4("2f") "0000 0800" HEX_QUERY4, QUERY, IN(GRE),
	OUTERS(1)},
    {"GRE in IPv6 carries IPv6", RAW, HEX_OUTER6("2f") "0000 86dd" HEX_QUERY6, QUERY, IN(GRE),
	OUTERS(1)},
    {"GRE with a checksum", RAW, HEX_OUTER4("2f") "8000 0800 12340000" HEX_QUERY4, QUERY,
	IN(GRE), OUTERS(1)},
    {"GRE with a key", RAW, HEX_OUTER4("2f") "2000 0800 00000007" HEX_QUERY4, QUERY, IN(GRE),
	OUTERS(1)},
    {"GRE with a sequence number", RAW, HEX_OUTER4("2f") "1000 0800 00000001" HEX_QUERY4, QUERY,
	IN(GRE), OUTERS(1)},
    {"GRE with all of them", RAW,
	HEX_OUTER4("2f") "b000 0800 12340000 00000007 00000001" HEX_QUERY4, QUERY, IN(GRE),
	OUTERS(1)},
    {"PPTP's flag is none in version 0", RAW, HEX_OUTER4("2f") "0080 0800" HEX_QUERY4, QUERY,
	IN(GRE), OUTERS(1)},
    {"GRE with a route is a tunnel", RAW, HEX_OUTER4("2f") "4000 0800 00000000" HEX_QUERY4,
	IS(TUNNEL)},
    {"GRE of version 2 is a tunnel", RAW, HEX_OUTER4("2f") "0002 0800" HEX_QUERY4, IS(TUNNEL)},
    {"GRE carries Ethernet", RAW, HEX_OUTER4("2f") "2000 6558 00000007" ETHER4, QUERY, IN(GRE),
	OUTERS(1)},
    {"GRE carries MPLS", RAW, HEX_OUTER4("2f") "0000 8847" BOTTOM HEX_QUERY6, QUERY,
	IN2(GRE, MPLS), OUTERS(1)},
    {"GRE carries multicast MPLS", RAW, HEX_OUTER4("2f") "0000 8848" BOTTOM HEX_QUERY6, QUERY,
	IN2(GRE, MPLS), OUTERS(1)},
    {"GRE carries PPP", RAW, HEX_OUTER4("2f") "0000 880b ff03 0021" HEX_QUERY4, QUERY, IN(GRE),
	OUTERS(1)},
    {"GRE carries NSH", RAW, HEX_OUTER4("2f") "0000 894f" NSH1("03") ETHER6, QUERY,
	IN2(GRE, NSH), OUTERS(1)},
    {"GRE of another type is another protocol", RAW, HEX_OUTER4("2f") "0000 2000 02b4",
	IS(IP_OTHER), IN(GRE)},
    {"GRE in GRE", RAW, HEX_OUTER4("2f") "0000 0800" HEX_OUTER4("2f") "0000 86dd" HEX_QUERY6,
	QUERY, IN(GRE), OUTERS(2)},
    {"GRE in UDP", RAW, HEX_OVER_UDP("1292") "2000 0800 00000007" HEX_QUERY4, QUERY, IN(GRE),
	OUTERS(1), .early = DG_VERDICT_UDP_OTHER},
    {"GRE of version 2 in UDP is UDP", RAW, HEX_OVER_UDP("1292") "0002 0800" HEX_QUERY4,
	IS(UDP_OTHER)},
    {"GRE with a route in UDP is a tunnel", RAW, HEX_OVER_UDP("1292") "4000 0800" HEX_QUERY4,
	IS(TUNNEL), .early = DG_VERDICT_UDP_OTHER},
    {"PPTP carries IPv4", RAW, HEX_OUTER4("2f") "3001 880b 003b0007 00000001 0021" HEX_QUERY4,
	QUERY, IN(GRE), OUTERS(1)},
    {"PPTP with an acknowledgement", RAW,
	HEX_OUTER4("2f") "3081 880b 003d0007 00000001 00000001 ff03 0021" HEX_QUERY4, QUERY,
	IN(GRE), OUTERS(1)},
    {"PPTP without a payload is another protocol", RAW,
	HEX_OUTER4("2f") "2081 880b 00000007 00000001", IS(IP_OTHER), IN(GRE)},
    {"PPTP without a key is malformed", RAW,
	HEX_OUTER4("2f") "1001 880b 00000001 0021" HEX_QUERY4, IS(MALFORMED)},
    {"EoIP is a tunnel that nobody looks into", RAW,
	HEX_OUTER4("2f") "2001 6400 002f0007" ETHER4, IS(TUNNEL)},
    {"EoIP's type is none in version 0", RAW, HEX_OUTER4("2f") "2000 6400 002f0007" ETHER4,
	IS(IP_OTHER), IN(GRE)},
    {"PPTP of another type is malformed", RAW,
	HEX_OUTER4("2f") "3001 0800 003b0007 00000001" HEX_QUERY4, IS(MALFORMED)},
    {"ERSPAN type I is Ethernet at once", RAW, HEX_OUTER4("2f") "0000 88be" ETHER4, QUERY,
	IN2(GRE, ERSPAN), OUTERS(1)},
    {"ERSPAN type II has 8 octets", RAW,
	HEX_OUTER4("2f") "1000 88be 00000001 10070001 00000000" ETHER6, QUERY, IN2(GRE, ERSPAN),
	OUTERS(1)},
    {"ERSPAN type III has 12 octets", RAW,
	HEX_OUTER4("2f") "1000 22eb 00000001 20070001 00000000 00000000" ETHER4, QUERY,
	IN2(GRE, ERSPAN), OUTERS(1)},
    {"ERSPAN type III with 8 octets more", RAW,
	HEX_OUTER4("2f") "1000 22eb 00000001 20070001 00000000 00008001"
			 "0000000000000000" ETHER4,
	QUERY, IN2(GRE, ERSPAN), OUTERS(1)},
    {"ERSPAN type III carries IP", RAW,
	HEX_OUTER4("2f") "1000 22eb 00000001 20070001 00000000 00000800" HEX_QUERY6, QUERY,
	IN2(GRE, ERSPAN), OUTERS(1)},
    {"ERSPAN type III with bits beside the kind carries Ethernet", RAW,
	HEX_OUTER4("2f") "1000 22eb 00000001 20070001 00000000 000083f6" ETHER4, QUERY,
	IN2(GRE, ERSPAN), OUTERS(1)},
    {"ERSPAN type III of another kind is another protocol", RAW,
	HEX_OUTER4("2f") "1000 22eb 00000001 20070001 00000000 00000400" HEX_QUERY6,
	IS(IP_OTHER), IN2(GRE, ERSPAN)},
};

#define EARLY .early = DG_VERDICT_UDP_OTHER
#define VXLAN(port) HEX_OVER_UDP(port) "08000000 00000700 "
#define GPE(next) HEX_OVER_UDP("12b6") "0c0000" next "00000700 "

static const struct frames_row vxlan_rows[] = {
    {"VXLAN carries Ethernet", RAW, VXLAN("12b5") ETHER4, QUERY, IN(VXLAN), OUTERS(1), EARLY},
    {"VXLAN in IPv6 in Ethernet", ETHER,
	HEX_ETHER("86dd") HEX_OUTER6("11") HEX_UDP("c350", "12b5") "08000000 00000700" ETHER6,
	QUERY, IN(VXLAN), OUTERS(1), EARLY, PATH(14)},
    {"VXLAN on Linux' port", RAW, VXLAN("2118") ETHER6, QUERY, IN(VXLAN), OUTERS(1), EARLY},
    {"VXLAN with other flags too", RAW, HEX_OVER_UDP("12b5") "88400123 00000700" ETHER4, QUERY,
	IN(VXLAN), OUTERS(1), EARLY},
    {"VXLAN carries VLAN tags", RAW, VXLAN("12b5") HEX_ETHER("8100") "0007 0800" HEX_QUERY4,
	QUERY, IN(VXLAN), OUTERS(1), EARLY},
    {"VXLAN with ARP is another protocol", RAW, VXLAN("12b5") ARP, IS(IP_OTHER), IN(VXLAN),
	EARLY},
    {"VXLAN without its flag is UDP", RAW, HEX_OVER_UDP("12b5") "00000000 00000700" ETHER4,
	IS(UDP_OTHER)},
    {"VXLAN of 7 octets is UDP", RAW, HEX_OVER_UDP("12b5") "08000000 000007", IS(UDP_OTHER)},
    {"VXLAN's port as the source is UDP", RAW,
	HEX_OUTER4("11") HEX_UDP("12b5", "c350") "08000000 00000700" ETHER4, IS(UDP_OTHER)},
    {"VXLAN in VXLAN", RAW, VXLAN("12b5") HEX_ETHER("0800") VXLAN("12b5") ETHER4, QUERY,
	IN(VXLAN), OUTERS(2), EARLY},
    {"VXLAN-GPE without its flag carries Ethernet", RAW,
	HEX_OVER_UDP("12b6") "08000001 00000700" ETHER4, QUERY, IN(VXLAN), OUTERS(1), EARLY},
    {"VXLAN-GPE carries IPv4", RAW, GPE("01") HEX_QUERY4, QUERY, IN(VXLAN), OUTERS(1), EARLY},
    {"VXLAN-GPE carries IPv6", RAW, GPE("02") HEX_QUERY6, QUERY, IN(VXLAN), OUTERS(1), EARLY},
    {"VXLAN-GPE carries Ethernet", RAW, GPE("03") ETHER6, QUERY, IN(VXLAN), OUTERS(1), EARLY},
    {"VXLAN-GPE carries NSH", RAW, GPE("04") NSH1("01") HEX_QUERY4, QUERY, IN2(VXLAN, NSH),
	OUTERS(1), EARLY},
    {"VXLAN-GPE carries MPLS", RAW, GPE("05") BOTTOM HEX_QUERY4, QUERY, IN2(VXLAN, MPLS),
	OUTERS(1), EARLY},
    {"VXLAN-GPE of another kind is another protocol", RAW, GPE("06") HEX_QUERY4, IS(IP_OTHER),
	IN(VXLAN), EARLY},
    {"VXLAN-GPE without VXLAN's flag is UDP", RAW,
	HEX_OVER_UDP("12b6") "04000001 00000700" HEX_QUERY4, IS(UDP_OTHER)},
};

#define GENEVE(first, type) HEX_OVER_UDP("17c1") first "00" type "00000700 "
#define GTP(first, length) HEX_OVER_UDP("0868") first "ff" length "00000001 "

static const struct frames_row overlay_rows[] = {
    {"GENEVE carries Ethernet", RAW, GENEVE("00", "6558") ETHER4, QUERY, IN(GENEVE), OUTERS(1),
	EARLY},
    {"GENEVE carries IPv4", RAW, GENEVE("00", "0800") HEX_QUERY4, QUERY, IN(GENEVE), OUTERS(1),
	EARLY},
    {"GENEVE with options carries IPv6", RAW,
	GENEVE("03", "86dd") "01028001 aabbccdd 00000000" HEX_QUERY6, QUERY, IN(GENEVE),
	OUTERS(1), EARLY},
    {"GENEVE of another type is another protocol", RAW, GENEVE("00", "8847") BOTTOM HEX_QUERY4,
	IS(IP_OTHER), IN(GENEVE), EARLY},
    {"GENEVE's options past the end are malformed", RAW, GENEVE("3f", "0800") HEX_QUERY4,
	IS(MALFORMED), EARLY},
    {"GENEVE of version 1 is UDP", RAW, GENEVE("40", "0800") HEX_QUERY4, IS(UDP_OTHER)},
    {"GENEVE's port as the source is UDP", RAW,
	HEX_OUTER4("11") HEX_UDP("17c1", "c350") "00000800 00000700" HEX_QUERY4, IS(UDP_OTHER)},
    {"GTP-U carries IPv4", RAW, GTP("30", "0039") HEX_QUERY4, QUERY, IN(GTP), OUTERS(1), EARLY},
    {"GTP-U carries IPv6", RAW, GTP("30", "004d") HEX_QUERY6, QUERY, IN(GTP), OUTERS(1), EARLY},
    {"GTP-U with a sequence number", RAW, GTP("32", "003d") "00010000" HEX_QUERY4, QUERY,
	IN(GTP), OUTERS(1), EARLY},
    {"GTP-U's next type counts with its flag only", RAW,
	GTP("31", "003d") "00000085" HEX_QUERY4, QUERY, IN(GTP), OUTERS(1), EARLY},
    {"GTP-U with extension headers", RAW,
	GTP("34", "0049") "00000085 01100985 02000000 00000000" HEX_QUERY4, QUERY, IN(GTP),
	OUTERS(1), EARLY},
    {"GTP-U with an extension flag and none", RAW, GTP("34", "003d") "00000000" HEX_QUERY4,
	QUERY, IN(GTP), OUTERS(1), EARLY},
    {"GTP-U's extension of no length is malformed", RAW,
	GTP("34", "0041") "00000085 00100900" HEX_QUERY4, IS(MALFORMED), EARLY},
    {"GTP-U's extension past the end is malformed", RAW,
	GTP("34", "0041") "00000085 ff100900" HEX_QUERY4, IS(MALFORMED), EARLY},
    {"GTP-U ends where its length says", RAW, GTP("30", "001b") HEX_QUERY4, IS(MALFORMED),
	IN(GTP), EARLY},
    {"GTP-U that carries no IP is another protocol", RAW, GTP("30", "0004") "ff030021",
	IS(IP_OTHER), IN(GTP), EARLY},
    {"GTP-U's echo is UDP", RAW, HEX_OVER_UDP("0868") "32010004 00000000 00010000",
	IS(UDP_OTHER)},
    {"GTP's version 2 is UDP", RAW, HEX_OVER_UDP("0868") "48ff0004 00000000 00010000",
	IS(UDP_OTHER)},
    {"GTP' is UDP", RAW, HEX_OVER_UDP("0868") "20ff0039 00000001" HEX_QUERY4, IS(UDP_OTHER)},
    {"MPLS in UDP", RAW, HEX_OVER_UDP("19eb") BOTTOM HEX_QUERY4, QUERY, IN(MPLS), OUTERS(1),
	EARLY},
    {"L2TP carries PPP", RAW, HEX_OVER_UDP("06a5") "0002 00010002 ff03 0021" HEX_QUERY4, QUERY,
	IN(L2TP), OUTERS(1), EARLY},
    {"L2TP by its port as the source", RAW,
	HEX_OUTER4("11") HEX_UDP("06a5", "c350") "0002 00010002 0057" HEX_QUERY6, QUERY,
	IN(L2TP), OUTERS(1), EARLY},
    {"L2TP with a length", RAW, HEX_OVER_UDP("06a5") "4002 0043 00010002 0021" HEX_QUERY4,
	QUERY, IN(L2TP), OUTERS(1), EARLY},
    {"L2TP with sequence numbers", RAW,
	HEX_OVER_UDP("06a5") "0802 00010002 00010001 0021" HEX_QUERY4, QUERY, IN(L2TP),
	OUTERS(1), EARLY},
    {"L2TP with an offset", RAW, HEX_OVER_UDP("06a5") "0202 00010002 0003aaaaaa 21" HEX_QUERY4,
	QUERY, IN(L2TP), OUTERS(1), EARLY},
    {"L2TP with all of them", RAW,
	HEX_OVER_UDP("06a5") "4a02 0050 00010002 00010001 0000 ff03 0021" HEX_QUERY4, QUERY,
	IN(L2TP), OUTERS(1), EARLY},
    {"L2TP's offset past the end is malformed", RAW,
	HEX_OVER_UDP("06a5") "0202 00010002 0200 21" HEX_QUERY4, IS(MALFORMED), EARLY},
    {"L2TP's control is UDP", RAW, HEX_OVER_UDP("06a5") "c802 000c 00010000 00010001",
	IS(UDP_OTHER)},
    {"L2TP of version 3 is UDP", RAW, HEX_OVER_UDP("06a5") "0003 0000 00000001" HEX_QUERY4,
	IS(UDP_OTHER)},
};

/* Between a server's port and a tunnel's: the bytes look like VXLAN, GENEVE, GTP-U. */
static const struct port_row {
	const char *name;
	const char *hex;
	uint16_t source;
	uint16_t destination;
} port_rows[] = {
    {"a DNS reply to port 4789 is DNS",
	HEX_OUTER4("11") HEX_UDP("0035", "12b5") "08000000 00000700" ETHER4, 53, 4789},
    {"a DNS reply to port 2152 is DNS",
	HEX_OUTER4("11") HEX_UDP("0035", "0868") "30ff0039 00000001" HEX_QUERY4, 53, 2152},
    {"a DNS reply to port 6081 is DNS",
	HEX_OUTER4("11") HEX_UDP("0035", "17c1") "00000800 00000700" HEX_QUERY4, 53, 6081},
    {"a DNS reply to port 1701 is DNS",
	HEX_OUTER4("11") HEX_UDP("0035", "06a5") "0002 00010002 0021" HEX_QUERY4, 53, 1701},
    {"a DNS query from port 1701 is DNS",
	HEX_OUTER4("11") HEX_UDP("06a5", "0035") "0002 00010002 0021" HEX_QUERY4, 1701, 53},
    {"a DNS reply to port 6635 is DNS",
	HEX_OUTER4("11") HEX_UDP("0035", "19eb") BOTTOM HEX_QUERY4, 53, 6635},
};

static void
test_port(void **state)
{
	const struct port_row *row = *state;
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(row->hex, bytes);
	struct dg_packet packet;
	enum dg_verdict verdict;

	assert_int_equal(
	    frames_decode(RAW, bytes, size, size, &packet, &verdict), DG_DECODED_UDP);
	assert_int_equal(packet.ports.source, row->source);
	assert_int_equal(packet.ports.destination, row->destination);
	assert_int_equal(packet.payload.left, size - 28);
	assert_int_equal(packet.tunnels, 0);
	assert_int_equal(packet.outer_headers, 0);
}

/* `outers` IPv4 headers around a query. */
static size_t
nest(unsigned outers, uint8_t *bytes)
{
	uint8_t *at = bytes;

	for (unsigned i = 0; i < outers; i++)
		at += frames_bytes(HEX_OUTER4("04"), at);
	return (size_t)(at - bytes) + frames_bytes(HEX_QUERY4, at);
}

static void
test_sixteen_headers(void **state)
{
	uint8_t bytes[2 * FRAMES_BYTES_MAX];
	size_t size = nest(15, bytes);
	struct dg_packet packet;
	enum dg_verdict verdict;

	(void)state;
	frames_assert_query(frames_decode(RAW, bytes, size, size, &packet, &verdict), &packet);
	assert_int_equal(packet.outer_headers, 15);
	size = nest(16, bytes);
	assert_int_equal(
	    frames_decode(RAW, bytes, size, size, &packet, &verdict), DG_DECODED_OTHER);
	assert_int_equal(verdict, DG_VERDICT_TUNNEL);
}

static void
test_deep(void **state)
{
	static uint8_t bytes[1000 * 20 + FRAMES_BYTES_MAX];
	size_t size = nest(1000, bytes);
	struct dg_packet packet;
	enum dg_verdict verdict;

	(void)state;
	for (size_t n = 16 * 20; n <= size; n += 999) {
		assert_int_equal(
		    frames_decode(RAW, bytes, n, size, &packet, &verdict), DG_DECODED_OTHER);
		assert_int_equal(verdict, DG_VERDICT_TUNNEL);
	}
}

/* Headers without IP around each other have no limit but the frame's size, and need no stack.
 */
static void
test_deep_ethernet(void **state)
{
	static uint8_t bytes[5000 * 18 + FRAMES_BYTES_MAX];
	uint8_t *at = bytes;
	size_t size;
	struct dg_packet packet;
	enum dg_verdict verdict;

	(void)state;
	for (int i = 0; i < 5000; i++)
		at += frames_bytes(HEX_ETHER("88e7") "00000007", at);
	size = (size_t)(at - bytes) + frames_bytes(ETHER4, at);
	frames_assert_query(
	    frames_decode(ETHER, bytes, size, size, &packet, &verdict), &packet);
	assert_int_equal(packet.tunnels, FRAMES_IN(PBB));
	assert_int_equal(packet.outer_headers, 0);
}

static uint64_t
mark_of(const char *hex)
{
	uint8_t bytes[FRAMES_BYTES_MAX];
	size_t size = frames_bytes(hex, bytes);
	struct dg_packet packet;
	enum dg_verdict verdict;

	frames_assert_query(frames_decode(RAW, bytes, size, size, &packet, &verdict), &packet);
	return packet.outer_mark;
}

#define BETWEEN(source, destination) "45000000 00090000 20040000 " source destination HEX_QUERY4

/* Outer addresses tell the way, and nothing else of the outer headers does. */
static void
test_mark(void **state)
{
	uint64_t mark = mark_of(BETWEEN("0a000001", "0a000002"));

	(void)state;
	assert_true(mark == mark_of("45000000 77770000 1f040000 0a000001 0a000002" HEX_QUERY4));
	assert_true(mark != mark_of(BETWEEN("0a000002", "0a000001")));
	assert_true(mark != mark_of(BETWEEN("0a000001", "0a000003")));
	assert_true(mark != mark_of(BETWEEN("0a000003", "0a000002")));
	assert_true(mark != mark_of(HEX_OUTER4("04") HEX_OUTER4("04") HEX_QUERY4));
	assert_true(mark_of(HEX_QUERY4) == 0);
}

static void
test_names(void **state)
{
	static const char *const names[] = {"mpls", "pppoe", "pbb", "nsh", "gre", "erspan",
	    "vxlan", "geneve", "gtp", "l2tp", "ip-in-ipv4", "ip-in-ipv6"};

	(void)state;
	assert_int_equal(sizeof names / sizeof *names, DG_TUNNEL_COUNT);
	for (int i = 0; i < DG_TUNNEL_COUNT; i++)
		assert_string_equal(dg_tunnel_name(i), names[i]);
}

int
main(void)
{
	struct rows r = {0};

	FRAMES_ADD(&r, shim_rows);
	FRAMES_ADD(&r, nsh_rows);
	FRAMES_ADD(&r, ip_rows);
	FRAMES_ADD(&r, gre_rows);
	FRAMES_ADD(&r, vxlan_rows);
	FRAMES_ADD(&r, overlay_rows);
	ROWS_ADD_TABLE(&r, port_rows, test_port);
	rows_add(&r, "16 IP headers are read, 17 are a tunnel", test_sixteen_headers, NULL);
	rows_add(&r, "P2: IP in IP 1000 deep is a tunnel", test_deep, NULL);
	rows_add(
	    &r, "5000 Ethernet headers around each other are read", test_deep_ethernet, NULL);
	rows_add(&r, "the outer addresses tell the way", test_mark, NULL);
	rows_add(&r, "tunnels have the names of the report", test_names, NULL);
	return rows_run(&r, "tunnel");
}

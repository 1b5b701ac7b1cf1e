/*
 * wifi.c - IEEE 802.11: which frames carry packets, and the radio headers before them.
 */
#include "decode/link.h"

#include "frames.h"

#define QUERY .verdict = DG_VERDICT_UDP_OTHER, .is_query = true
#define IS(what) .verdict = DG_VERDICT_##what
#define PATH(at) .path_at = (at), .path_bytes = 18

/* Duration, three addresses, sequence number. */
#define REST "2c00 020000000001 020000000002 020000000003 1000 "
#define DATA "0801 " REST
#define QOS(control) "8801 " REST control "00 "
#define SNAP4 "aaaa03 000000 0800 "
#define SNAP6 "aaaa03 000000 86dd "
#define PACKET4 SNAP4 HEX_QUERY4
#define PACKET6 SNAP6 HEX_QUERY6
/* Receiver, sender, length of the first subframe of an A-MSDU. */
#define SUBFRAME "020000000004 020000000005 0041 "

static const struct frames_row plain_rows[] = {
    {"a data frame carries IPv4", 105, DATA PACKET4, QUERY, PATH(4)},
    {"a data frame carries IPv6", 105, DATA PACKET6, QUERY, PATH(4)},
    {"a data frame from the access point", 105, "0802 " REST PACKET4, QUERY, PATH(4)},
    {"a data frame between stations", 105, "0800 " REST PACKET4, QUERY},
    {"data with an acknowledgement carry data", 105, "1801 " REST PACKET4, QUERY},
    {"a bridge has four addresses", 105, "0803 " REST "020000000004" PACKET4, QUERY, PATH(4)},
    {"QoS takes 2 octets", 105, QOS("00") PACKET4, QUERY, PATH(4)},
    {"QoS with four addresses", 105, "8803 " REST "020000000004 0000" PACKET6, QUERY, PATH(4)},
    {"QoS with the order bit takes 4 more", 105, "8881 " REST "0000 aabbccdd" PACKET4, QUERY},
    {"the order bit without QoS takes nothing", 105, "0881 " REST PACKET4, QUERY},
    {"the first subframe of an A-MSDU", 105, QOS("80") SUBFRAME PACKET4, QUERY, PATH(4)},
    {"four addresses and an A-MSDU", 105, "8803 " REST "020000000004 8000" SUBFRAME PACKET4,
	QUERY},
    {"without QoS there is no A-MSDU", 105, "0803 " REST "800000000004" PACKET4, QUERY},
    {"a protected frame is a tunnel", 105, "0841 " REST "0000000020000000 aabbccdd",
	IS(TUNNEL)},
    {"a protected QoS frame is a tunnel", 105, "8841 " REST "8000 0000000020000000 aabbccdd",
	IS(TUNNEL)},
    {"a frame of data that carries none is not IP", 105, "4801 " REST, IS(NOT_IP)},
    {"QoS that carries no data is not IP", 105, "c801 " REST "0000", IS(NOT_IP)},
    {"a beacon is not IP", 105, "8000 0000 ffffffffffff", IS(NOT_IP)},
    {"an acknowledgement is not IP", 105, "d400 0000 020000000001", IS(NOT_IP)},
    {"a frame of the reserved type is not IP", 105, "0c01 " REST PACKET4, IS(NOT_IP)},
    {"another SAP is not IP", 105, DATA "424203 00", IS(NOT_IP)},
    {"802.11 carries VLAN tags", 105, DATA "aaaa03 000000 8100 0007 86dd" HEX_QUERY6, QUERY,
	PATH(4)},
};

/* What radiotap's words say: 1 TSFT, 2 flags, 4 rate. */
static const struct frames_row radio_rows[] = {
    {"radiotap without fields", 127, "0000 0800 00000000" DATA PACKET4, QUERY, PATH(12)},
    {"radiotap with flags", 127, "0000 0900 02000000 10" DATA PACKET4, QUERY, PATH(13)},
    {"radiotap with other flags does not pad", 127, "0000 0900 02000000 df" QOS("00") PACKET4,
	QUERY, PATH(13)},
    {"radiotap whose words fill it", 127, "0000 0c00 00000080 00000000" DATA PACKET4, QUERY,
	PATH(16)},
    {"radiotap with flags that pad the header", 127,
	"0000 0900 02000000 20" QOS("00") "0000" PACKET4, QUERY, PATH(13)},
    {"a header of 24 octets is not padded", 127, "0000 0900 02000000 20" DATA PACKET4, QUERY},
    {"four addresses are padded", 127,
	"0000 0900 02000000 20 0803" REST "020000000004 ffff" PACKET4, QUERY},
    {"radiotap with a clock before the flags", 127,
	"0000 1100 03000000 2020202020202020 00" QOS("00") PACKET4, QUERY},
    {"radiotap with a clock before the flags that pad", 127,
	"0000 1100 03000000 0000000000000000 20" QOS("00") "0000" PACKET4, QUERY, PATH(21)},
    {"radiotap with two words of what is present", 127,
	"0000 0d00 02000080 00000000 20" QOS("00") "0000" PACKET4, QUERY},
    {"radiotap with two words, the clock aligned behind them", 127,
	"0000 1900 03000080 00000000 20202020 0000000000000000 20" QOS("00") "0000" PACKET4,
	QUERY, PATH(29)},
    {"radiotap without flags does not pad", 127, "0000 0900 04000000 20" QOS("00") PACKET4,
	QUERY},
    {"radiotap of 7 octets is malformed", 127, "0000 0700 00000000" DATA PACKET4,
	IS(MALFORMED)},
    {"radiotap's flags past its length are malformed", 127,
	"0000 0800 02000000 00" DATA PACKET4, IS(MALFORMED)},
    {"radiotap's words past its length are malformed", 127,
	"0000 0a00 00000080 0000" DATA PACKET4, IS(MALFORMED)},
    {"radiotap past the frame is malformed", 127, "0000 ffff 00000000" DATA PACKET4,
	IS(MALFORMED)},
    {"a protected frame behind radiotap is a tunnel", 127, "0000 0800 00000000 0842" REST,
	IS(TUNNEL)},
    {"AVS says its length", 163, "80211001 0000000c aabbccdd" DATA PACKET4, QUERY, PATH(16)},
    {"AVS under Prism's number", 119, "80211002 00000008" DATA PACKET6, QUERY, PATH(12)},
    {"AVS of 7 octets is malformed", 163, "80211001 00000007" DATA PACKET4, IS(MALFORMED)},
    {"radiotap in PPI", 192,
	"0000 0800 7f000000 0000 0900 02000000 20" QOS("00") "0000" PACKET4, QUERY, PATH(21)},
};

#define OF16 "00000000 00000000 00000000 00000000 "
#define PRISM "00000044 00000090 " OF16 OF16 OF16 OF16 OF16 OF16 OF16 OF16 "0000000000000000 "

static const struct frames_row prism_rows[] = {
    {"Prism has 144 octets", 119, PRISM DATA PACKET4, QUERY, PATH(148)},
    {"Prism under AVS' number", 163, PRISM DATA PACKET6, QUERY, PATH(148)},
};

int
main(void)
{
	struct rows r = {0};

	FRAMES_ADD(&r, plain_rows);
	FRAMES_ADD(&r, radio_rows);
	FRAMES_ADD(&r, prism_rows);
	return rows_run(&r, "wifi");
}

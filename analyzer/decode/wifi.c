/*
 * wifi.c - IEEE 802.11 data frames, and the radio headers that capturing software puts first.
 */
#include "decode/link.h"

#define RADIOTAP_MIN 8
#define RADIOTAP_HAS_TSFT 0x1u
#define RADIOTAP_HAS_FLAGS 0x2u
#define RADIOTAP_HAS_WORD 0x80000000u /* one more word of what is present */
#define RADIOTAP_PADS_DATA 0x20
#define PRISM_BYTES 144
#define AVS_MAGIC 0x80211000u
#define AVS_MIN 8

#define CONTROL_BYTES 2 /* frame control */
#define HEADER_BYTES 24
#define ADDRESSES_AT 4
#define ADDRESSES_BYTES 18
#define FOURTH_ADDRESS_BYTES 6
#define QOS_BYTES 2
#define HT_BYTES 4
#define SUBFRAME_BYTES 14

/* Octet 0 of frame control. */
#define TYPE_MASK 0x0c
#define TYPE_DATA 0x08
#define SUBTYPE_NO_DATA 0x40
#define SUBTYPE_QOS 0x80

/* Octet 1 of frame control. */
#define TO_AND_FROM_DS 0x03
#define PROTECTED 0x40
#define ORDER 0x80

#define QOS_AMSDU 0x80

/*
 * Where the flags field stands: behind the words that say what is present, and the TSFT
 * field, which is aligned to its 8 octets.  0 when there is none; past `length` it is wrong.
 */
static size_t
radiotap_flags_at(const uint8_t *h, size_t length)
{
	uint32_t present = dg_le32(h + 4), word = present;
	size_t at = RADIOTAP_MIN;

	while ((word & RADIOTAP_HAS_WORD) != 0) {
		if (at + 4 > length)
			return length;
		word = dg_le32(h + at);
		at += 4;
	}
	if ((present & RADIOTAP_HAS_TSFT) != 0)
		at = (at + 7) / 8 * 8 + 8;
	return (present & RADIOTAP_HAS_FLAGS) != 0 ? at : 0;
}

static bool
strip_radiotap(struct dg_cur *c, bool *is_padded)
{
	struct dg_cur whole = *c;
	const uint8_t *h = dg_cur_take(c, RADIOTAP_MIN);
	size_t length, flags_at;

	if (h == NULL)
		return false;
	length = dg_le16(h + 2);
	if (length < RADIOTAP_MIN) {
		c->is_short = true;
		return false;
	}
	h = dg_cur_take(&whole, length);
	*c = whole;
	if (h == NULL)
		return false;
	flags_at = radiotap_flags_at(h, length);
	if (flags_at >= length) {
		c->is_short = true;
		return false;
	}
	*is_padded = flags_at != 0 && (h[flags_at] & RADIOTAP_PADS_DATA) != 0;
	return true;
}

static bool
strip_prism(struct dg_cur *c)
{
	struct dg_cur ahead = *c;
	uint32_t magic = dg_cur_u32(&ahead), length = dg_cur_u32(&ahead);

	if (dg_cur_failed(&ahead)) {
		*c = ahead;
		return false;
	}
	if ((magic & ~0xfu) != AVS_MAGIC)
		return dg_cur_take(c, PRISM_BYTES) != NULL;
	if (length < AVS_MIN) {
		c->is_short = true;
		return false;
	}
	return dg_cur_take(c, length) != NULL;
}

static enum dg_next
strip_header(struct dg_cur *c, bool is_padded, struct dg_packet *packet)
{
	struct dg_cur whole = *c;
	const uint8_t *h = dg_cur_take(c, CONTROL_BYTES);
	size_t length = HEADER_BYTES, qos_at = 0;

	if (h == NULL)
		return DG_NEXT_FAILED;
	if ((h[0] & TYPE_MASK) != TYPE_DATA || (h[0] & SUBTYPE_NO_DATA) != 0)
		return DG_NEXT_NOTHING;
	if ((h[1] & TO_AND_FROM_DS) == TO_AND_FROM_DS)
		length += FOURTH_ADDRESS_BYTES;
	if ((h[0] & SUBTYPE_QOS) != 0) {
		qos_at = length;
		length += QOS_BYTES;
		if ((h[1] & ORDER) != 0)
			length += HT_BYTES;
	}
	if (is_padded)
		length = (length + 3) / 4 * 4;
	h = dg_cur_take(&whole, length);
	*c = whole;
	if (h == NULL)
		return DG_NEXT_FAILED;
	packet->path = h + ADDRESSES_AT;
	packet->path_bytes = ADDRESSES_BYTES;
	if ((h[1] & PROTECTED) != 0)
		return DG_NEXT_OPAQUE;
	if (qos_at != 0 && (h[qos_at] & QOS_AMSDU) != 0 &&
	    dg_cur_take(c, SUBFRAME_BYTES) == NULL)
		return DG_NEXT_FAILED;
	return dg_llc_strip(c);
}

enum dg_next
dg_wifi_strip(uint32_t linktype, struct dg_cur *c, struct dg_packet *packet)
{
	bool is_padded = false, is_ready = true;

	if (linktype == DG_LINKTYPE_IEEE802_11_RADIOTAP)
		is_ready = strip_radiotap(c, &is_padded);
	else if (linktype != DG_LINKTYPE_IEEE802_11)
		is_ready = strip_prism(c);
	packet->path = c->at;
	packet->path_bytes = 0;
	return is_ready ? strip_header(c, is_padded, packet) : DG_NEXT_FAILED;
}

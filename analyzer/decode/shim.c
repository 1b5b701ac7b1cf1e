/*
 * shim.c - what stands between a link's header and the packet: MPLS, PBB, NSH.
 */
#include "base/limits.h"
#include "decode/next.h"

#define LABEL_BYTES 4
#define CONTROL_WORD_BYTES 4
#define ITAG_BYTES 4
#define NSH_MIN 8

enum nsh_next {
	NSH_IP4 = 1,
	NSH_IP6 = 2,
	NSH_ETHERNET = 3,
	NSH_MPLS = 5,
};

/*
 * Labels do not say what they carry: the first nibble has to (RFC 4928 3).  A pseudowire
 * begins with a control word, whose nibble is 0 (RFC 4385), or with Ethernet at once.
 */
static enum dg_next
below_labels(struct dg_cur *c)
{
	struct dg_cur ahead = *c;
	unsigned nibble = dg_cur_u8(&ahead) >> 4;

	if (dg_cur_failed(&ahead)) {
		*c = ahead;
		return DG_NEXT_FAILED;
	}
	if (nibble == 4)
		return DG_NEXT_IP4;
	if (nibble == 6)
		return DG_NEXT_IP6;
	if (nibble == 0 && dg_cur_take(c, CONTROL_WORD_BYTES) == NULL)
		return DG_NEXT_FAILED;
	return DG_NEXT_ETHERNET;
}

enum dg_next
dg_mpls_strip(struct dg_cur *c, uint32_t *tunnels)
{
	for (int labels = 0; labels < DG_MPLS_LABELS_MAX; labels++) {
		const uint8_t *h = dg_cur_take(c, LABEL_BYTES);

		if (h == NULL)
			return DG_NEXT_FAILED;
		if ((h[2] & 0x01) != 0) {
			*tunnels |= 1u << DG_TUNNEL_MPLS;
			return below_labels(c);
		}
	}
	return dg_next_malformed(c);
}

enum dg_next
dg_pbb_strip(struct dg_cur *c, uint32_t *tunnels)
{
	if (dg_cur_take(c, ITAG_BYTES) == NULL)
		return DG_NEXT_FAILED;
	*tunnels |= 1u << DG_TUNNEL_PBB;
	return DG_NEXT_ETHERNET;
}

enum dg_next
dg_nsh_strip(struct dg_cur *c, uint32_t *tunnels)
{
	const uint8_t *h = dg_cur_take(c, NSH_MIN);
	size_t length;

	if (h == NULL)
		return DG_NEXT_FAILED;
	length = (h[1] & 0x3fu) * 4;
	if (h[0] >> 6 != 0 || length < NSH_MIN)
		return dg_next_malformed(c);
	if (dg_cur_take(c, length - NSH_MIN) == NULL)
		return DG_NEXT_FAILED;
	*tunnels |= 1u << DG_TUNNEL_NSH;
	switch (h[3]) {
	case NSH_IP4:
		return DG_NEXT_IP4;
	case NSH_IP6:
		return DG_NEXT_IP6;
	case NSH_ETHERNET:
		return DG_NEXT_ETHERNET;
	case NSH_MPLS:
		return DG_NEXT_MPLS;
	default:
		return DG_NEXT_NOTHING;
	}
}

/*
 * filter_default.c - the filter for DNS that is used when a person gives none.
 *
 * Words that shift all that follows them (vlan, mpls, pppoes) can stand only once, and last; so
 * behind everything but one VLAN tag, the places of IP are written out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/filter.h"

/* A port of the list at *text, "53" or "53-60", which moves behind it; false at its end. */
static bool
next_ports(const char **text, unsigned *first, unsigned *last)
{
	char *end;

	if (**text == '\0')
		return false;
	*first = *last = (unsigned)strtoul(*text, &end, 10);
	if (*end == '-')
		*last = (unsigned)strtoul(end + 1, &end, 10);
	*text = *end == ',' ? end + 1 : "";
	return true;
}

/* "port 53 or portrange 5300-5399": UDP, TCP and SCTP, either direction. */
static void
add_ports(struct dg_strbuf *b, const char *ports)
{
	unsigned first, last;
	const char *separator = "";

	while (next_ports(&ports, &first, &last)) {
		if (first == last)
			dg_strbuf_addf(b, "%sport %u", separator, first);
		else
			dg_strbuf_addf(b, "%sportrange %u-%u", separator, first, last);
		separator = " or ";
	}
}

/* The same of a TCP or UDP header that begins `at` octets into an Ethernet frame. */
static void
add_ports_at(struct dg_strbuf *b, const char *ports, const char *at)
{
	unsigned first, last;
	const char *separator = "";

	while (next_ports(&ports, &first, &last)) {
		for (unsigned side = 0; side <= 2; side += 2) {
			if (first == last)
				dg_strbuf_addf(
				    b, "%sether[%s+%u:2]=%u", separator, at, side, first);
			else
				dg_strbuf_addf(b,
				    "%s(ether[%s+%u:2]>=%u and ether[%s+%u:2]<=%u)", separator,
				    at, side, first, at, side, last);
			separator = " or ";
		}
	}
}

/* An IPv4 or IPv6 packet that begins `at` octets into an Ethernet frame. */
static void
add_ip_at(struct dg_strbuf *b, const char *ports, unsigned at)
{
	char header4[64], header6[16];

	snprintf(header4, sizeof header4, "%u+((ether[%u]&0xf)*4)", at, at);
	snprintf(header6, sizeof header6, "%u", at + 40);
	dg_strbuf_addf(b,
	    "((ether[%u]&0xf0=0x40 and (ether[%u]=1 or ether[%u:2]&0x1fff!=0 or "
	    "((ether[%u]=6 or ether[%u]=17) and (",
	    at, at + 9, at + 6, at + 9, at + 9);
	add_ports_at(b, ports, header4);
	dg_strbuf_addf(b,
	    ")))) or (ether[%u]&0xf0=0x60 and (ether[%u]=58 or ether[%u]=44 or ether[%u]=0 or "
	    "ether[%u]=60 or ether[%u]=43 or ((ether[%u]=6 or ether[%u]=17) and (",
	    at, at + 6, at + 6, at + 6, at + 6, at + 6, at + 6, at + 6);
	add_ports_at(b, ports, header6);
	dg_strbuf_add(b, ")))))");
}

/*
 * Tags in each other, MPLS and PPPoE.  The outermost VLAN tag is not in the octets that the
 * kernel filters, but it is in those of a file, so both places are looked at.
 */
static void
add_links(struct dg_strbuf *b, const char *ports, bool is_whole)
{
	dg_strbuf_add(b,
	    " or ((ether[12:2]=0x8100 or ether[12:2]=0x88a8 or "
	    "ether[12:2]=0x9100) and (");
	if (is_whole) {
		dg_strbuf_add(b,
		    "ether[16:2]=0x8847 or ether[16:2]=0x8864 or "
		    "ether[16:2]=0x8100 or ether[16:2]=0x88a8 or ");
		add_ip_at(b, ports, 18);
		dg_strbuf_add(b,
		    ")) or ether proto 0x8847 or ether proto 0x8848 or "
		    "ether proto 0x8864");
		return;
	}
	add_ip_at(b, ports, 18);
	dg_strbuf_add(b, " or ((ether[16:2]=0x8100 or ether[16:2]=0x88a8) and ");
	add_ip_at(b, ports, 22);
	dg_strbuf_add(b, ") or (ether[16:2]=0x8864 and ");
	add_ip_at(b, ports, 26);
	dg_strbuf_add(b, ") or ether[16:2]=0x8847)) or (ether proto 0x8864 and ");
	add_ip_at(b, ports, 22);
	/* The bottom of the stack of labels has a bit; a control word makes it something else.
	 */
	dg_strbuf_add(
	    b, ") or ((ether proto 0x8847 or ether proto 0x8848) and ((ether[16]&1=1 and ");
	add_ip_at(b, ports, 18);
	dg_strbuf_add(b, ") or (ether[16]&1=0 and ether[20]&1=1 and ");
	add_ip_at(b, ports, 22);
	dg_strbuf_add(b,
	    ") or (ether[16]&1=0 and ether[20]&1=0) or (ether[16]&1=1 and "
	    "ether[18]&0xf0=0)))");
}

/* IP in IP, GRE, L2TP, and over UDP L2TP, GTP, VXLAN, Geneve: all that is in them. */
static void
add_tunnels(struct dg_strbuf *b)
{
	dg_strbuf_add(b,
	    " or ip proto 4 or ip proto 41 or ip proto 47 or ip proto 115"
	    " or ip6[6]=4 or ip6[6]=41 or ip6[6]=47 or ip6[6]=115"
	    " or (udp and (port 1701 or port 2152 or port 4789 or port 8472"
	    " or port 4790 or port 6081))");
}

void
dg_filter_default(struct dg_strbuf *b, const char *ports, unsigned reach)
{
	dg_strbuf_add(b, "(");
	add_ports(b, ports);
	dg_strbuf_add(b,
	    ") or icmp or icmp6 or (ip[6:2]&0x1fff!=0) or "
	    "(ip6[6]=44 or ip6[6]=0 or ip6[6]=60 or ip6[6]=43)");
	if ((reach & DG_FILTER_TUNNELS) != 0)
		add_tunnels(b);
	if ((reach & (DG_FILTER_LINKS | DG_FILTER_WHOLE)) != 0)
		add_links(b, ports, (reach & DG_FILTER_WHOLE) != 0);
	if ((reach & DG_FILTER_VLAN) == 0)
		return;
	dg_strbuf_add(b, " or (vlan and (");
	add_ports(b, ports);
	dg_strbuf_add(b, " or icmp or icmp6 or (ip[6:2]&0x1fff!=0) or ip6[6]=44");
	if ((reach & DG_FILTER_TUNNELS) != 0)
		add_tunnels(b);
	dg_strbuf_add(b, "))");
}

/*
 * filter_default.c - the filter for DNS that is used when a person gives none.
 *
 * Words that shift all that follows them (vlan, mpls, pppoes) can stand only once, and last; so
 * behind everything but one VLAN tag, the places of IP are written out.
 */
#include <stdio.h>
#include <stdlib.h>

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

/* An IPv4 or IPv6 packet that begins `at` octets into an Ethernet frame; also, when is_any,
 * what is neither. */
static void
add_ip_at(struct dg_strbuf *b, const char *ports, unsigned at, bool is_any)
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
	dg_strbuf_add(b, "))))");
	if (is_any)
		dg_strbuf_addf(
		    b, " or (ether[%u]&0xf0!=0x40 and ether[%u]&0xf0!=0x60)", at, at);
	dg_strbuf_add(b, ")");
}

/* Everything with this type, `at` octets into a frame, that is a tunnel without a look inside.
 */
static void
add_whole_at(struct dg_strbuf *b, unsigned at, bool has_labels)
{
	dg_strbuf_addf(b, "ether[%u:2]=0x88e7 or ether[%u:2]=0x894f", at, at);
	if (has_labels)
		dg_strbuf_addf(b,
		    " or ether[%u:2]=0x8847 or ether[%u:2]=0x8848 or ether[%u:2]=0x8864", at,
		    at, at);
}

/* Labels, and a session's header, of a frame without a tag. */
static void
add_labels(struct dg_strbuf *b, const char *ports)
{
	dg_strbuf_add(b,
	    " or (ether[12:2]=0x8864 and ((ether[20:2]!=0x0021 and "
	    "ether[20:2]!=0x0057) or ");
	add_ip_at(b, ports, 22, false);
	/* The bottom of the stack of labels has a bit; what is no IP there is Ethernet. */
	dg_strbuf_add(b,
	    ")) or ((ether[12:2]=0x8847 or ether[12:2]=0x8848) and "
	    "((ether[16]&1=1 and ");
	add_ip_at(b, ports, 18, true);
	dg_strbuf_add(b, ") or (ether[16]&1=0 and ether[20]&1=1 and ");
	add_ip_at(b, ports, 22, true);
	dg_strbuf_add(b, ") or (ether[16]&1=0 and ether[20]&1=0)))");
}

/*
 * Tags in each other, MPLS and PPPoE; PBB and NSH whole.  The outermost VLAN tag is not in the
 * octets that the kernel filters, but it is in those of a file, so both places are looked at.
 */
static void
add_links(struct dg_strbuf *b, const char *ports, bool is_whole)
{
	dg_strbuf_add(b, " or ");
	add_whole_at(b, 12, is_whole);
	if (!is_whole)
		add_labels(b, ports);
	dg_strbuf_add(b,
	    " or ((ether[12:2]=0x8100 or ether[12:2]=0x88a8 or "
	    "ether[12:2]=0x9100 or ether[12:2]=0x9200) and (");
	add_whole_at(b, 16, true);
	dg_strbuf_add(b, " or ((ether[16:2]=0x0800 or ether[16:2]=0x86dd) and ");
	add_ip_at(b, ports, 18, false);
	dg_strbuf_add(b, ") or ((ether[16:2]=0x8100 or ether[16:2]=0x88a8) and ");
	add_ip_at(b, ports, 22, true);
	dg_strbuf_add(b, ")))");
}

/* IP in IP, GRE, L2TP, MPLS over IP; over UDP L2TP, GTP, GRE, VXLAN, Geneve, MPLS: all that is
 * in them. */
static void
add_tunnels(struct dg_strbuf *b)
{
	static const unsigned protocols[] = {4, 41, 47, 115, 137};
	static const unsigned ports[] = {1701, 2152, 4754, 4789, 4790, 6081, 6635, 8472};

	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		dg_strbuf_addf(b, " or ip proto %u or ip6[6]=%u", protocols[i], protocols[i]);
	dg_strbuf_add(b, " or (udp and (");
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		dg_strbuf_addf(b, "%sport %u", i > 0 ? " or " : "", ports[i]);
	dg_strbuf_add(b, "))");
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

/*
 * live_ring.c - one interface, by libpcap: opened, filtered, read.
 *
 * TPACKET_V3: the kernel fills blocks and hands each over when it is full, or after
 * DG_LIVE_BLOCK_MS.  libpcap gives a block back with its last frame, before the caller could
 * know that it was the last, so frames are copied out of it.
 *
 * Between activation and filter the ring may take frames that the filter would not.  libpcap
 * lets these through the same program itself (pcap_setfilter_linux, blocks_to_filter_in_
 * userland), so none is seen.
 */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "source/filter.h"
#include "source/linktype.h"
#include "source/live_inner.h"

struct ring {
	pcap_t *pcap;
	uint32_t linktype;
	bool is_nano;
	bool has_ring;    /* else it is no interface: nflog and the like */
	uint32_t dropped; /* as libpcap counted, without a ring */
	bool (*take)(void *context, const struct dg_frame *f);
	void *context;
};

static void
ring_close(void *context)
{
	struct ring *r = context;

	if (r->pcap != NULL)
		pcap_close(r->pcap);
	free(r);
}

static uint64_t
ring_drops(void *context)
{
	struct ring *r = context;
	struct pcap_stat stat = {0};
	uint64_t dropped = 0;

	if (r->has_ring) {
		(void)dg_links_ring_drops(pcap_fileno(r->pcap), &dropped);
		return dropped;
	}
	/* libpcap's counters have 32 bits. */
	if (pcap_stats(r->pcap, &stat) != 0)
		return 0;
	dropped = dg_counter_growth(r->dropped, stat.ps_drop);
	r->dropped = stat.ps_drop;
	return dropped;
}

static void
on_frame(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct ring *r = (struct ring *)user;
	struct dg_frame frame = {
	    .data = bytes,
	    .captured = h->caplen < h->len ? h->caplen : h->len,
	    .on_wire = h->len,
	    .time_ns = (int64_t)h->ts.tv_sec * 1000000000 +
		(int64_t)h->ts.tv_usec * (r->is_nano ? 1 : 1000),
	    .linktype = r->linktype,
	};

	if (frame.captured > DG_FRAME_BYTES_MAX)
		frame.captured = DG_FRAME_BYTES_MAX;
	if (!r->take(r->context, &frame))
		pcap_breakloop(r->pcap);
}

static int
ring_read(void *context, int max, bool (*take)(void *context, const struct dg_frame *f),
    void *take_context, const char **problem)
{
	struct ring *r = context;
	struct pollfd readable = {.fd = pcap_get_selectable_fd(r->pcap), .events = POLLIN};
	int got;

	/* libpcap calls it an error when nflog has nothing. */
	if (!r->has_ring && poll(&readable, 1, 0) <= 0)
		return 0;

	/*
	 * That it went down.  libpcap would ask for the interface by its name from now on, and
	 * take one that was renamed for lost; rtnetlink tells it by its number.
	 */
	(void)dg_links_take_error(pcap_fileno(r->pcap));
	r->take = take;
	r->context = take_context;
	got = pcap_dispatch(r->pcap, max, on_frame, (u_char *)r);
	if (got == PCAP_ERROR)
		*problem = pcap_geterr(r->pcap);
	return got == PCAP_ERROR_BREAK ? max : got;
}

static const struct dg_ring_methods methods = {ring_read, ring_drops, ring_close};

/* How many letters must be put in, taken out or changed; names are short. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[IF_NAMESIZE + 1], previous, above;
	size_t length = strnlen(b, IF_NAMESIZE);

	for (size_t i = 0; i <= length; i++)
		row[i] = (unsigned)i;
	for (size_t i = 0; a[i] != '\0' && i < IF_NAMESIZE; i++) {
		previous = row[0]++;
		for (size_t n = 0; n < length; n++) {
			above = row[n + 1];
			row[n + 1] = previous + (a[i] != b[n]);
			if (above + 1 < row[n + 1])
				row[n + 1] = above + 1;
			if (row[n] + 1 < row[n + 1])
				row[n + 1] = row[n] + 1;
			previous = above;
		}
	}
	return row[length];
}

static int
fail_missing(const char *name, struct dg_fail *fail)
{
	struct if_nameindex *all = if_nameindex();
	char hint[64] = "";
	unsigned best = 3; /* farther ones are others */

	for (size_t i = 0; all != NULL && all[i].if_index != 0; i++) {
		unsigned d = distance(name, all[i].if_name);

		if (d < best) {
			best = d;
			snprintf(hint, sizeof hint, "; did you mean %s?", all[i].if_name);
		}
	}
	if (all != NULL)
		if_freenameindex(all);
	return dg_fail_set(fail, DNSGAP_EOPEN,
	    "%s: there is no such interface%s `dnsgap live -D` lists those that there are",
	    name, hint[0] != '\0' ? hint : ";");
}

static int
fail_activate(struct ring *r, const char *name, int status, struct dg_fail *fail)
{
	const char *text = pcap_geterr(r->pcap);

	if (status == PCAP_ERROR_NO_SUCH_DEVICE)
		return fail_missing(name, fail);
	if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED)
		return dg_fail_set(fail, DNSGAP_EOPEN,
		    "%s: no right to capture; run it as root, or give the program the right: "
		    "setcap cap_net_raw+ep \"$(command -v dnsgap)\"",
		    name);
	if (status == PCAP_ERROR_IFACE_NOT_UP)
		return dg_fail_set(fail, DNSGAP_EOPEN,
		    "%s: the interface is down; bring it up first: ip link set %s up", name,
		    name);
	return dg_fail_set(fail, DNSGAP_EOPEN, "%s: %s%s%s", name, pcap_statustostr(status),
	    text[0] != '\0' ? ": " : "", text);
}

static int
set_linktype(struct ring *r, const char *interface, const char *wanted, struct dg_fail *fail)
{
	int dlt = wanted != NULL ? pcap_datalink_name_to_val(wanted) : -1;

	if (wanted != NULL && dlt < 0)
		return dg_fail_set(fail, DNSGAP_EINVAL,
		    "%s is not the name of a link type; tcpdump -i %s -L lists those that %s "
		    "has",
		    wanted, interface, interface);
	if (wanted != NULL && pcap_set_datalink(r->pcap, dlt) != 0)
		return dg_fail_set(fail, DNSGAP_EINVAL,
		    "%s: has no link type %s; tcpdump -i %s -L lists those that it has",
		    interface, wanted, interface);
	/* It tells the interface of each frame; where there is only the older one, that does.
	 */
	if (wanted == NULL && pcap_datalink(r->pcap) == DLT_LINUX_SLL)
		(void)pcap_set_datalink(r->pcap, DLT_LINUX_SLL2);
	r->linktype = dg_linktype_of_dlt(pcap_datalink(r->pcap));
	return 0;
}

static int
activate(
    struct ring *r, const struct dg_live_settings *s, const char *name, struct dg_fail *fail)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	uint64_t dropped;
	int status;

	r->pcap = pcap_create(name, text);
	if (r->pcap == NULL)
		return dg_fail_set(fail, DNSGAP_EOPEN, "%s: %s", name, text);
	pcap_set_snaplen(r->pcap, (int)s->snap_bytes);
	pcap_set_promisc(r->pcap, s->is_promiscuous && strcmp(name, "any") != 0);
	pcap_set_timeout(r->pcap, DG_LIVE_BLOCK_MS);
	pcap_set_buffer_size(r->pcap, s->ring_bytes > INT_MAX ? INT_MAX : (int)s->ring_bytes);
	r->is_nano = pcap_set_tstamp_precision(r->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
	status = pcap_activate(r->pcap);
	if (status < 0)
		return fail_activate(r, name, status, fail);
	r->has_ring = dg_links_ring_drops(pcap_fileno(r->pcap), &dropped);
	status = set_linktype(r, name, s->linktype, fail);
	if (status == 0 && pcap_setnonblock(r->pcap, 1, text) != 0)
		status = dg_fail_set(fail, DNSGAP_EOPEN, "%s: %s", name, text);
	return status;
}

/* Compiles and sets a filter; false when it cannot be, with the reason. */
static bool
try_filter(struct ring *r, const char *text, char why[PCAP_ERRBUF_SIZE])
{
	struct bpf_program code;
	bool is_good;

	if (pcap_compile(r->pcap, &code, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		snprintf(why, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(r->pcap));
		return false;
	}
	if (code.bf_len > DG_FILTER_STEPS_MAX) {
		snprintf(why, PCAP_ERRBUF_SIZE,
		    "it has %u steps, and the kernel takes %u; name networks instead of hosts",
		    code.bf_len, DG_FILTER_STEPS_MAX);
		is_good = false;
	} else {
		is_good = pcap_setfilter(r->pcap, &code) == 0;
		if (!is_good)
			snprintf(why, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(r->pcap));
	}
	pcap_freecode(&code);
	return is_good;
}

/* The default filter, with as much as the interface's link type allows. */
static int
set_default_filter(
    struct ring *r, const struct dg_live_settings *s, char **filter, struct dg_fail *fail)
{
	static const unsigned reaches[] = {
	    DG_FILTER_VLAN | DG_FILTER_TUNNELS | DG_FILTER_LINKS,
	    DG_FILTER_VLAN | DG_FILTER_TUNNELS | DG_FILTER_WHOLE,
	    DG_FILTER_TUNNELS,
	    DG_FILTER_VLAN,
	    0,
	};
	char why[PCAP_ERRBUF_SIZE] = "";

	for (size_t i = s->has_tunnels ? 0 : 3; i < sizeof reaches / sizeof *reaches; i++) {
		struct dg_strbuf b = {0};
		char *text;

		dg_filter_default(&b, s->ports, reaches[i]);
		text = dg_strbuf_take(&b);
		if (text == NULL)
			return dg_fail_memory(fail);
		if (try_filter(r, text, why)) {
			*filter = text;
			return 0;
		}
		free(text);
	}
	/* Of nflog libpcap filters nothing: who sends it frames has chosen them. */
	*filter = strdup("");
	return *filter != NULL ? 0 : dg_fail_memory(fail);
}

static int
set_filter(struct ring *r, const struct dg_live_settings *s, const char *name, char **filter,
    struct dg_fail *fail)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int error;

	if (s->filter == NULL)
		return set_default_filter(r, s, filter, fail);
	error = dg_filter_check(s->filter, s->may_resolve, fail);
	if (error != 0)
		return error;
	if (s->filter[0] != '\0' && !try_filter(r, s->filter, why))
		return dg_fail_set(
		    fail, DNSGAP_EINVAL, "the filter cannot be used on %s: %s", name, why);
	*filter = strdup(s->filter);
	return *filter != NULL ? 0 : dg_fail_memory(fail);
}

int
dg_live_ring_open(const struct dg_live_settings *s, const char *name,
    struct dg_live_source *source, struct dg_fail *fail)
{
	struct ring *r = calloc(1, sizeof *r);
	struct dg_live_interface *shown = &source->shown;
	int error;

	if (r == NULL)
		return dg_fail_memory(fail);
	source->ring = r;
	source->methods = &methods;
	shown->name = strdup(name);
	if (shown->name == NULL)
		return dg_fail_memory(fail);
	error = activate(r, s, name, fail);
	if (error == 0)
		error = set_filter(r, s, name, &shown->filter, fail);
	if (error != 0)
		return error;
	shown->linktype = r->linktype;
	shown->snap_bytes = s->snap_bytes;
	shown->is_up = true;
	snprintf(source->called, sizeof source->called, "%s", name);
	source->fd = pcap_get_selectable_fd(r->pcap);
	source->index = strcmp(name, "any") == 0 ? 0 : (int)if_nametoindex(name);
	return 0;
}

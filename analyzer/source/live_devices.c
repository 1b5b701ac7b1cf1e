/*
 * live_devices.c - the interfaces of this machine, as a list for a person.
 */
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "source/live.h"

struct device {
	char *name;
	char *about;
};

struct dg_live_devices {
	struct device *rows;
	size_t count;
};

/* "up, running, loopback, 192.0.2.1's link": what libpcap knows. */
static char *
describe(const pcap_if_t *d)
{
	struct dg_strbuf b = {0};
	bpf_u_int32 state = d->flags & PCAP_IF_CONNECTION_STATUS;

	dg_strbuf_add(&b, (d->flags & PCAP_IF_UP) != 0 ? "up" : "down");
	if ((d->flags & PCAP_IF_RUNNING) != 0)
		dg_strbuf_add(&b, ", running");
	if ((d->flags & PCAP_IF_LOOPBACK) != 0)
		dg_strbuf_add(&b, ", loopback");
	if ((d->flags & PCAP_IF_WIRELESS) != 0)
		dg_strbuf_add(&b, ", wireless");
	if (state == PCAP_IF_CONNECTION_STATUS_DISCONNECTED)
		dg_strbuf_add(&b, ", disconnected");
	if (d->description != NULL)
		dg_strbuf_addf(&b, "; %s", d->description);
	return dg_strbuf_take(&b);
}

static int
fill(struct dg_live_devices *d, const pcap_if_t *first)
{
	size_t count = 0;

	for (const pcap_if_t *p = first; p != NULL; p = p->next)
		count++;
	d->rows = calloc(count + 1, sizeof *d->rows);
	if (d->rows == NULL)
		return DNSGAP_ENOMEM;
	for (const pcap_if_t *p = first; p != NULL; p = p->next) {
		struct device *row = &d->rows[d->count++];

		row->name = strdup(p->name);
		row->about = describe(p);
		if (row->name == NULL || row->about == NULL)
			return DNSGAP_ENOMEM;
	}
	return 0;
}

int
dg_live_devices_new(struct dg_live_devices **out, struct dg_fail *fail)
{
	struct dg_live_devices *d = calloc(1, sizeof *d);
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_if_t *first = NULL;
	int error;

	if (d == NULL)
		return dg_fail_memory(fail);
	if (pcap_findalldevs(&first, text) != 0) {
		free(d);
		return dg_fail_set(
		    fail, DNSGAP_EOPEN, "the interfaces cannot be listed: %s", text);
	}
	error = fill(d, first);
	pcap_freealldevs(first);
	if (error != 0) {
		dg_live_devices_free(d);
		return dg_fail_memory(fail);
	}
	*out = d;
	return 0;
}

void
dg_live_devices_free(struct dg_live_devices *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; d->rows != NULL && i < d->count; i++) {
		free(d->rows[i].name);
		free(d->rows[i].about);
	}
	free(d->rows);
	free(d);
}

const char *
dg_live_device(const struct dg_live_devices *d, size_t n, const char **about)
{
	if (n >= d->count)
		return NULL;
	*about = d->rows[n].about;
	return d->rows[n].name;
}

/*
 * capture.c - interfaces and settings, until they are opened.
 */
#include "api/capture.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dnsgap/config.h"
#include "source/filter.h"

_Static_assert((int)DNSGAP_CAPTURE_INTERFACES == DG_LIVE_INTERFACES_MAX, "the same bound");

#define SNAP_MIN 64u
#define RING_MIN (UINT64_C(64) << 10)
#define RING_MAX (UINT64_C(2) << 30)
/* Longer names are none that any system has. */
#define NAME_MAX_BYTES 64

int
dnsgap_capture_new(struct dnsgap_capture **out)
{
	struct dnsgap_capture *c = calloc(1, sizeof *c);

	if (c == NULL)
		return DNSGAP_ENOMEM;
	c->snap_bytes = DG_FRAME_BYTES_MAX;
	c->ring_bytes = DG_LIVE_RING_BYTES;
	c->is_promiscuous = true;
	c->ports = strdup("53");
	if (c->ports == NULL) {
		free(c);
		return DNSGAP_ENOMEM;
	}
	*out = c;
	return 0;
}

void
dnsgap_capture_free(struct dnsgap_capture *c)
{
	if (c == NULL)
		return;
	dg_live_close(c->live);
	dg_live_devices_free(c->devices);
	for (size_t i = 0; i < c->count; i++)
		free(c->names[i]);
	free(c->filter);
	free(c->ports);
	free(c->linktype);
	free(c);
}

const char *
dnsgap_capture_error(const struct dnsgap_capture *c)
{
	return c->fail.text;
}

/* Whether settings may still be changed. */
static int
check_closed(struct dnsgap_capture *c)
{
	if (c->live == NULL)
		return 0;
	return dg_fail_set(&c->fail, DNSGAP_ESTATE, "the capture is open already");
}

/* Puts a copy of a text in place of another. */
static int
replace(struct dnsgap_capture *c, char **place, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return dg_fail_memory(&c->fail);
	free(*place);
	*place = copy;
	return 0;
}

int
dnsgap_capture_add(struct dnsgap_capture *c, const char *interface)
{
	int error = check_closed(c);

	if (error != 0)
		return error;
	if (interface[0] == '\0' || strlen(interface) > NAME_MAX_BYTES)
		return dg_fail_set(&c->fail, DNSGAP_EINVAL,
		    "'%.64s' is not the name of an interface; `dnsgap live -D` lists them",
		    interface);
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->names[i], interface) == 0)
			return dg_fail_set(
			    &c->fail, DNSGAP_EINVAL, "%s is named twice", interface);
	}
	if (c->count == DNSGAP_CAPTURE_INTERFACES)
		return dg_fail_set(&c->fail, DNSGAP_EINVAL,
		    "at most %d interfaces can be sniffed at once; `any` takes all",
		    DNSGAP_CAPTURE_INTERFACES);
	error = replace(c, &c->names[c->count], interface);
	c->count += error == 0;
	return error;
}

int
dnsgap_capture_set_filter(struct dnsgap_capture *c, const char *expression, bool may_resolve)
{
	int error = check_closed(c);

	if (error == 0)
		error = dg_filter_check(expression, may_resolve, &c->fail);
	if (error == 0)
		error = replace(c, &c->filter, expression);
	c->may_resolve = may_resolve;
	return error;
}

int
dnsgap_capture_set_tunnels(struct dnsgap_capture *c, bool has_tunnels)
{
	int error = check_closed(c);

	if (error == 0)
		c->has_tunnels = has_tunnels;
	return error;
}

int
dnsgap_capture_set_server_ports(struct dnsgap_capture *c, const char *ports)
{
	struct dnsgap_config *checked;
	int error = check_closed(c);

	if (error != 0)
		return error;
	if (dnsgap_config_new(&checked) != 0)
		return dg_fail_memory(&c->fail);
	error = dnsgap_config_set_server_ports(checked, ports);
	dnsgap_config_free(checked);
	if (error != 0)
		return dg_fail_set(&c->fail, error, "'%.64s' is not a list of ports", ports);
	return replace(c, &c->ports, ports);
}

int
dnsgap_capture_set_snaplen(struct dnsgap_capture *c, uint32_t bytes)
{
	int error = check_closed(c);

	if (error != 0)
		return error;
	if (bytes < SNAP_MIN || bytes > DG_FRAME_BYTES_MAX)
		return dg_fail_set(&c->fail, DNSGAP_EINVAL,
		    "%u to %u bytes of a frame can be kept, not %u", SNAP_MIN,
		    DG_FRAME_BYTES_MAX, bytes);
	c->snap_bytes = bytes;
	return 0;
}

int
dnsgap_capture_set_buffer(struct dnsgap_capture *c, uint64_t bytes)
{
	int error = check_closed(c);

	if (error != 0)
		return error;
	if (bytes < RING_MIN || bytes > RING_MAX)
		return dg_fail_set(&c->fail, DNSGAP_EINVAL, "a ring has 64 KiB to 2 GiB");
	c->ring_bytes = bytes;
	return 0;
}

int
dnsgap_capture_set_promiscuous(struct dnsgap_capture *c, bool is_promiscuous)
{
	int error = check_closed(c);

	if (error == 0)
		c->is_promiscuous = is_promiscuous;
	return error;
}

int
dnsgap_capture_set_linktype(struct dnsgap_capture *c, const char *name)
{
	int error = check_closed(c);

	return error == 0 ? replace(c, &c->linktype, name) : error;
}

int
dnsgap_capture_open(struct dnsgap_capture *c)
{
	struct dg_live_settings settings = {
	    .names = (const char *const *)c->names,
	    .count = c->count,
	    .filter = c->filter,
	    .may_resolve = c->may_resolve,
	    .has_tunnels = c->has_tunnels,
	    .ports = c->ports,
	    .snap_bytes = c->snap_bytes,
	    .ring_bytes = c->ring_bytes,
	    .is_promiscuous = c->is_promiscuous,
	    .linktype = c->linktype,
	};
	int error = check_closed(c);

	if (error != 0)
		return error;
	if (c->count == 0)
		return dg_fail_set(&c->fail, DNSGAP_EINVAL,
		    "no interface is named; `dnsgap live -D` lists them");
	return dg_live_open(&settings, &c->live, &c->fail);
}

const char *
dnsgap_capture_filter(const struct dnsgap_capture *c, size_t n)
{
	if (c->live == NULL || n >= dg_live_count(c->live))
		return NULL;
	return dg_live_interface(c->live, n)->filter;
}

bool
dnsgap_capture_interface(
    const struct dnsgap_capture *c, size_t n, struct dnsgap_interface_counts *out)
{
	const struct dg_live_interface *shown;

	if (c->live == NULL || n >= dg_live_count(c->live))
		return false;
	shown = dg_live_interface(c->live, n);
	*out = (struct dnsgap_interface_counts){
	    .name = shown->name,
	    .linktype = shown->linktype,
	    .frames = shown->frames,
	    .kernel_dropped = shown->kernel_dropped,
	    .interface_dropped = shown->interface_dropped,
	    .is_up = shown->is_up,
	    .is_gone = shown->is_gone,
	};
	return true;
}

const char *
dnsgap_capture_notice(struct dnsgap_capture *c)
{
	return c->live != NULL ? dg_live_notice(c->live) : NULL;
}

void
dnsgap_capture_set_tap(struct dnsgap_capture *c, dnsgap_tap *tap, void *context)
{
	c->tap = tap;
	c->tap_context = context;
}

const char *
dnsgap_capture_device(struct dnsgap_capture *c, size_t n, const char **about)
{
	if (n == 0) {
		dg_live_devices_free(c->devices);
		c->devices = NULL;
		if (dg_live_devices_new(&c->devices, &c->fail) != 0)
			return NULL;
	}
	return c->devices != NULL ? dg_live_device(c->devices, n, about) : NULL;
}

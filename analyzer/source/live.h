#ifndef DG_SOURCE_LIVE_H
#define DG_SOURCE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "base/frame.h"

/*
 * live.h - interfaces that are sniffed: opened once, then read without any right.
 */

struct dg_live_settings {
	const char *const *names; /* of interfaces, or "any" */
	size_t count;             /* 1 to DG_LIVE_INTERFACES_MAX */
	const char *filter;       /* NULL: the default one */
	bool may_resolve;
	bool has_tunnels;
	const char *ports; /* of servers, checked: "53,5300-5399" */
	uint32_t snap_bytes;
	uint64_t ring_bytes;
	bool is_promiscuous;
	const char *linktype; /* libpcap's name; NULL: as the interface has it */
};

struct dg_live;

/* Opens everything.  DNSGAP_EOPEN, _EINVAL, _ENOMEM with a text that says what to do.  The
 * settings need not outlive it. */
int dg_live_open(const struct dg_live_settings *s, struct dg_live **out, struct dg_fail *fail);
void dg_live_close(struct dg_live *l);

struct dg_live_interface {
	char *name;
	char *filter; /* at work */
	uint32_t linktype;
	uint32_t snap_bytes;
	uint64_t frames; /* handed on */
	uint64_t kernel_dropped;
	uint64_t interface_dropped;
	bool is_up;
	bool is_gone;
	uint64_t downs;   /* how often it went down */
	int64_t down_ns;  /* when it last went down, by the kernel's clock */
	int64_t up_ns;    /* when it last came up again */
	const char *lost; /* why it is gone; static */
};

size_t dg_live_count(const struct dg_live *l);

/* Lives as long as the capture, and changes with each turn. */
const struct dg_live_interface *dg_live_interface(const struct dg_live *l, size_t n);

/* What was noticed: a line at a time, NULL when there is no more; lives until the next call. */
const char *dg_live_notice(struct dg_live *l);

/* Who is told of what came; other than 0 ends the turn with that error. */
struct dg_live_sink {
	void *context;
	/*
	 * So many frames of the n-th interface were dropped between these times, or, with count
	 * 0, it could not bring any.  Told before any frame that came after them.
	 */
	int (*lost)(void *context, size_t n, uint64_t count, int64_t from_ns, int64_t until_ns);
	/* Frames in order; `place` has the interface's number and the frame's. */
	int (*frames)(void *context, const struct dg_frame *frames, size_t count);
};

/**
 * Waits at most wait_ns until there are frames, and hands on what one turn brings, at most
 * max_frames (0: no limit); *frames is how many.  A signal ends the wait.  0, DNSGAP_ESTOPPED
 * when no interface is left and everything was handed on, _ENOMEM, or what the sink returned.
 */
int dg_live_turn(struct dg_live *l, int64_t wait_ns, uint64_t max_frames,
    const struct dg_live_sink *sink, uint64_t *frames, struct dg_fail *fail);

/* The kernel's time until which all frames were handed on that were captured; 0 before the
 * first is sure. */
int64_t dg_live_quiet_ns(const struct dg_live *l);

/* Hands on what had come by now, at most max_frames (0: no limit): what lies in blocks that the
 * kernel has yet to hand over, and what is held back to be put in order. */
int dg_live_drain(struct dg_live *l, uint64_t max_frames, const struct dg_live_sink *sink,
    struct dg_fail *fail);

/* The interfaces of this machine. */
struct dg_live_devices;
int dg_live_devices_new(struct dg_live_devices **out, struct dg_fail *fail);
void dg_live_devices_free(struct dg_live_devices *d);
/* NULL past the last; `about` lives as the list does. */
const char *dg_live_device(const struct dg_live_devices *d, size_t n, const char **about);

#endif

#ifndef DNSGAP_CAPTURE_H
#define DNSGAP_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsgap/session.h"

/**
 * Sniffing: interfaces that are opened once, with rights, and then read without any.
 *
 * Name interfaces and settings, open, give up rights; then hand it to dnsgap_session_sniff
 * again and again.  A capture belongs to one thread at a time, and is read by one session.  It
 * sends nothing.
 */
struct dnsgap_capture;

/* Returns 0 or DNSGAP_ENOMEM; the caller frees it, after the last session that reads it. */
DNSGAP_API int dnsgap_capture_new(struct dnsgap_capture **out);
DNSGAP_API void dnsgap_capture_free(struct dnsgap_capture *c);

/* The text of the last error that a call on this capture returned; lives until the next. */
DNSGAP_API const char *dnsgap_capture_error(const struct dnsgap_capture *c);

/*
 * Before dnsgap_capture_open.  Each returns 0, or DNSGAP_EINVAL (with a text), _ENOMEM,
 * _ESTATE.
 */

/* An interface by its name, or "any"; each once, at most DNSGAP_CAPTURE_INTERFACES. */
DNSGAP_API int dnsgap_capture_add(struct dnsgap_capture *c, const char *interface);
#define DNSGAP_CAPTURE_INTERFACES 16

/* A filter in pcap's language instead of the default one, at most 64 KiB.  Host names in it are
 * refused unless may_resolve: libpcap would ask DNS for them.  "" takes everything. */
DNSGAP_API int dnsgap_capture_set_filter(
    struct dnsgap_capture *c, const char *expression, bool may_resolve);

/* Adds QinQ, MPLS, PPPoE, GRE and other tunnels to the default filter. */
DNSGAP_API int dnsgap_capture_set_tunnels(struct dnsgap_capture *c, bool has_tunnels);

/* Ports in the default filter, as dnsgap_config_set_server_ports has them. */
DNSGAP_API int dnsgap_capture_set_server_ports(struct dnsgap_capture *c, const char *ports);

/* Bytes kept of each frame, 64 to 262,144 (the default). */
DNSGAP_API int dnsgap_capture_set_snaplen(struct dnsgap_capture *c, uint32_t bytes);

/* The ring of each interface, 64 KiB to 2 GiB; default 64 MiB. */
DNSGAP_API int dnsgap_capture_set_buffer(struct dnsgap_capture *c, uint64_t bytes);

/* Whether interfaces also bring what is addressed to others; default true. */
DNSGAP_API int dnsgap_capture_set_promiscuous(struct dnsgap_capture *c, bool is_promiscuous);

/* A link type by libpcap's name, for interfaces that have several. */
DNSGAP_API int dnsgap_capture_set_linktype(struct dnsgap_capture *c, const char *name);

/**
 * Opens everything: afterwards no right, no file and no further socket is needed.  Fails with
 * DNSGAP_EOPEN, _EINVAL (the filter; nothing to open), _ENOMEM, _ESTATE, with a text that says
 * what to do.
 */
DNSGAP_API int dnsgap_capture_open(struct dnsgap_capture *c);

/* The filter at work on the n-th interface, as text; lives as long as the capture. */
DNSGAP_API const char *dnsgap_capture_filter(const struct dnsgap_capture *c, size_t n);

/* Counters since the capture was opened, of one interface. */
struct dnsgap_interface_counts {
	const char *name; /* lives as long as the capture */
	uint32_t linktype;
	uint64_t frames;            /* handed to a session */
	uint64_t kernel_dropped;    /* for want of room in the ring */
	uint64_t interface_dropped; /* by the interface or its driver, as the system tells it */
	bool is_up;
	bool is_gone; /* deleted, or it failed: nothing more will come */
};

/* False past the last interface. */
DNSGAP_API bool dnsgap_capture_interface(
    const struct dnsgap_capture *c, size_t n, struct dnsgap_interface_counts *out);

/* What was noticed since the last call (an interface went down, came up, was deleted, was
 * renamed; frames were dropped), one line at a time, NULL when there is no more; lives until
 * the next call. Names of interfaces stand in it as they are. */
DNSGAP_API const char *dnsgap_capture_notice(struct dnsgap_capture *c);

/* A frame as it was captured. */
struct dnsgap_frame {
	const void *data;
	uint32_t captured;
	uint32_t on_wire;
	int64_t time_ns;   /* since 1970 */
	uint32_t linktype; /* LINKTYPE_ number of the pcap format */
	size_t interface;  /* as in dnsgap_capture_interface */
};

/* Is told of each frame before it is analysed, in the order of analysis; other than 0: no more.
 */
typedef int dnsgap_tap(void *context, const struct dnsgap_frame *frame);
DNSGAP_API void dnsgap_capture_set_tap(
    struct dnsgap_capture *c, dnsgap_tap *tap, void *context);

/* The n-th interface that could be sniffed here: its name, and a line about it ("up, running,
 * loopback"), static until the next call.  Fills a list at n = 0.  NULL past the last. */
DNSGAP_API const char *dnsgap_capture_device(
    struct dnsgap_capture *c, size_t n, const char **about);

/**
 * Waits at most wait_ns for frames and analyses what has come, at most max_frames (0: what one
 * turn brings); *frames is told how many.  Several interfaces are joined in order of time.
 * A signal ends the wait early.  Frames that are dropped make open transactions undecided.
 *
 * 0; DNSGAP_ESTOPPED when no interface is left that could bring anything (what had come is
 * analysed); _ENOMEM; _ESTATE when the session is finished or reads files.
 */
DNSGAP_API int dnsgap_session_sniff(struct dnsgap_session *s, struct dnsgap_capture *c,
    int64_t wait_ns, uint64_t max_frames, uint64_t *frames);

/**
 * Before the last dnsgap_session_finish: analyses what had come by now, at most max_frames (0:
 * no limit), be it still in the kernel (which takes as long as it keeps a block that is not
 * full, some 60 ms) or held back to be put in order of time.  0 or DNSGAP_ENOMEM.
 */
DNSGAP_API int dnsgap_session_drain(
    struct dnsgap_session *s, struct dnsgap_capture *c, uint64_t max_frames);

#endif

#ifndef DG_LIVE_PACKETS_H
#define DG_LIVE_PACKETS_H

#include <stdint.h>
#include <sys/types.h>

#include "dnsgap/capture.h"
#include "live/outdir.h"

/*
 * packets.h - `-w`: the packets, kept beside the reports, as tcpdump does: -C megabytes (10^6)
 * a file, -G seconds a file with a strftime name, -W files at most.
 */

struct dg_packets_settings {
	const char *name;    /* within the folder; with -G a strftime format in local time */
	uint64_t file_bytes; /* -C; 0: no limit */
	int64_t file_ns;     /* -G; 0: no limit */
	uint32_t files_max;  /* -W; 0: no limit */
	uint32_t snap_bytes;
	uint32_t linktype; /* LINKTYPE_ number, as dg_packets_linktype tells it */
	bool may_replace;
};

struct dg_packets;

/* The link type that all these interfaces of an open capture have.  0, or EINVAL with a text: a
 * file holds packets of one. */
int dg_packets_linktype(const struct dnsgap_interface_counts *interfaces, size_t count,
    uint32_t *linktype, char text[DG_LIVE_TEXT_MAX]);

/**
 * Opens the first file.  The folder outlives it.  0 or an errno with a text.
 */
int dg_packets_new(struct dg_outdir *d, const struct dg_packets_settings *settings,
    struct dg_packets **out, char text[DG_LIVE_TEXT_MAX]);

/* Gives the first file to the user that the process is about to become; where that cannot be it
 * stays the maker's, and open. */
void dg_packets_give(const struct dg_packets *p, uid_t uid, gid_t gid);

/* A dnsgap_tap; `context` is a dg_packets.  Nanoseconds; classic pcap of one link type.  After
 * an error it keeps nothing more until dg_packets_reopen, and dg_packets_trouble tells; it
 * returns 0 all the same.  1 when dg_packets_is_full. */
int dg_packets_tap(void *context, const struct dnsgap_frame *frame);

/* Whether -G came to the end of its -W files: tcpdump ends then. */
bool dg_packets_is_full(const struct dg_packets *p);

/* Frames that were not kept, in all. */
uint64_t dg_packets_lost(const struct dg_packets *p);

/**
 * HUP: ends the file and begins another: with -G one of the time now, with -C the next number,
 * else one of the same name when the file was moved away; a file that still has the name that
 * is due is gone on with.  When another has it, "-2" and so on follow.  0 or an errno with a
 * text.
 */
int dg_packets_reopen(struct dg_packets *p, char text[DG_LIVE_TEXT_MAX]);

/* Hands on what is buffered, at least once a second from the loop.  0 or an errno, which
 * dg_packets_trouble tells. */
int dg_packets_flush(struct dg_packets *p);

/* Trouble since the last call, or NULL; lives until the next call. */
const char *dg_packets_trouble(struct dg_packets *p);

/* Ends the file and frees.  0 or an errno with a text. */
int dg_packets_close(struct dg_packets *p, char text[DG_LIVE_TEXT_MAX]);

#endif

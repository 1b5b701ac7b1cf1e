#ifndef DG_LIVE_PACKETNAME_H
#define DG_LIVE_PACKETNAME_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "live/packets.h"

/*
 * packetname.h - the names of files of packets, as tcpdump 4.99 gives them: with -G the name is
 * a strftime format; with -C a number follows but for the first file, or with -W always, with
 * zeros before it.
 */

struct dg_packet_names {
	char format[NAME_MAX + 1];
	int64_t file_s;      /* -G, or 0 */
	bool has_numbers;    /* -C */
	uint32_t files_max;  /* -W, or 0 */
	int64_t began_s;     /* when this -G file was due: its name */
	uint32_t time_count; /* -G files that are over */
	uint32_t number;     /* -C files since then */
	bool has_wrapped;    /* -W brought numbers back to files of this run */
};

/* 0, or EINVAL with a text: a slash; a name that -G does not change. */
int dg_packet_names_init(struct dg_packet_names *n, const struct dg_packets_settings *settings,
    int64_t now_ns, char text[DG_LIVE_TEXT_MAX]);

/* The name that is due.  0 or an errno. */
int dg_packet_name(const struct dg_packet_names *n, char name[NAME_MAX + 1]);

/* The same when there was a file of this name: "-2" and so on follow. */
int dg_packet_name_again(
    const struct dg_packet_names *n, unsigned times, char name[NAME_MAX + 1]);

/* Whether -G's time is over; whether -W allows no further file then. */
bool dg_packet_names_is_time(const struct dg_packet_names *n, int64_t time_ns);
bool dg_packet_names_is_last(const struct dg_packet_names *n);

/* Names are of this time from now on; next_time counts a file for -W. */
void dg_packet_names_set_time(struct dg_packet_names *n, int64_t time_ns);
void dg_packet_names_next_time(struct dg_packet_names *n, int64_t time_ns);
void dg_packet_names_next_size(struct dg_packet_names *n);

/* Whether the name that is due is that of a file that this run made, to be replaced. */
bool dg_packet_names_is_own(const struct dg_packet_names *n);

#endif

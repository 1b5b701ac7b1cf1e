#ifndef DG_SOURCE_LINKS_H
#define DG_SOURCE_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * links.h - what Linux tells about network interfaces: that they go, come and are dropped from.
 */

/* Room for an interface's name and its NUL. */
#define DG_LINK_NAME_MAX 16

enum dg_link_change {
	DG_LINK_STATE, /* its state may be another one */
	DG_LINK_GONE,
};

struct dg_link_event {
	enum dg_link_change change;
	int index;
	bool is_up;                  /* it was not taken down */
	bool has_carrier;            /* there is another end */
	char name[DG_LINK_NAME_MAX]; /* "" when the message has none */
};

typedef void dg_link_handler(void *context, const struct dg_link_event *event);

/* Takes a datagram of rtnetlink apart; tells of each interface in it.  False when it is
 * damaged: then what comes behind the damage is not looked at. */
bool dg_links_parse(const void *bytes, size_t size, dg_link_handler *handler, void *context);

/* The socket on which the kernel tells of changes.  0, or DNSGAP_EOPEN with a text. */
int dg_links_open(int *fd, struct dg_fail *fail);

/* Asks for the state of all interfaces, which then come like changes.  False when that cannot
 * be done. */
bool dg_links_ask(int fd);

/* Takes what the kernel has told.  False when it told more than the socket could hold, so that
 * something was missed. */
bool dg_links_read(int fd, dg_link_handler *handler, void *context);

/*
 * Frames that an interface or its driver lost for want of room before anybody saw them:
 * rx_missed_errors and rx_fifo_errors, as tcpdump counts.  Not rx_dropped, which also has
 * frames of protocols that nobody wanted (Linux, Documentation/networking/statistics.rst).
 */
#define DG_LINK_COUNTERS 2
struct dg_link_drops {
	int fds[DG_LINK_COUNTERS]; /* -1: there is none */
	uint64_t last[DG_LINK_COUNTERS];
};

void dg_link_drops_open(struct dg_link_drops *d, const char *interface);
void dg_link_drops_close(struct dg_link_drops *d);

/* How many since the last call, or since it was opened. */
uint64_t dg_link_drops_take(struct dg_link_drops *d);

/* How far a counter went, that may be one of 32 bits which came round, or begin anew. */
uint64_t dg_counter_growth(uint64_t before, uint64_t now);

/* Takes the error that waits at a socket, so that nobody else finds it; an errno, or 0. */
int dg_links_take_error(int fd);

/* Frames that the kernel dropped at a packet socket for want of room, since the last call.
 * False for other sockets. */
bool dg_links_ring_drops(int fd, uint64_t *dropped);

#endif

#ifndef DG_SOURCE_LIVE_INNER_H
#define DG_SOURCE_LIVE_INNER_H

#include "base/strbuf.h"
#include "source/join.h"
#include "source/links.h"
#include "source/live.h"

/*
 * live_inner.h - what live*.c share.
 */

/* Where an interface's frames lie: libpcap's ring, or what a test puts in its place. */
struct dg_ring_methods {
	/* Tells `take` of at most `max` frames, whose bytes live during that call; it returns
	 * false for no more.  How many, or -1 when it is broken, with a text. */
	int (*read)(void *ring, int max, bool (*take)(void *context, const struct dg_frame *f),
	    void *context, const char **problem);
	/* Frames dropped for want of room since the last call. */
	uint64_t (*drops)(void *ring);
	void (*close)(void *ring);
};

struct dg_live_source {
	struct dg_live_interface shown;
	const struct dg_ring_methods *methods;
	void *ring;
	int fd;    /* to wait for; -1: none */
	int index; /* of the kernel; 0: of all interfaces, which never go */
	struct dg_link_drops drops;
	int64_t drops_ns;              /* by the steady clock: when they were last looked at */
	uint64_t untold;               /* frames dropped of which no notice tells */
	int64_t told_ns;               /* when one last did */
	int64_t counted_ns;            /* the same by the kernel's clock */
	int64_t broken_ns;             /* since when it fails; 0: it does not */
	bool is_told;                  /* that it fails */
	int64_t leaving_ns;            /* since when nothing new comes; 0: it is there */
	char called[DG_LINK_NAME_MAX]; /* its name now */
};

struct dg_live {
	struct dg_live_source sources[DG_LIVE_INTERFACES_MAX];
	size_t count;
	struct dg_join *join;
	uint64_t forced;  /* of the join, as far as it was told */
	int links;        /* -1: none */
	int64_t last_ns;  /* by the kernel's clock: when drops were last looked at */
	int64_t quiet_ns; /* by the same: all from before it was handed on */
	int64_t (*now_kernel)(void);
	int64_t (*now_steady)(void);
	char *notices[DG_LIVE_NOTICES_MAX];
	size_t notice_count;
	uint64_t notices_lost;
	char *notice; /* that the caller has */
	struct dg_batch batch;
};

/* A libpcap ring; fills in what `source` shows of it. */
int dg_live_ring_open(const struct dg_live_settings *s, const char *name,
    struct dg_live_source *source, struct dg_fail *fail);

/* Adds a line; with many that nobody has taken it is only counted. */
void dg_live_note(struct dg_live *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif

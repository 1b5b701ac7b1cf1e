#ifndef DG_CLI_LIVE_LOG_H
#define DG_CLI_LIVE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live/schedule.h"

/*
 * live_log.h - lines on standard error, each with its time; of one kind never many a second.
 */

enum dg_log_kind {
	DG_LOG_NEWS, /* asked for, or rare: never held back */
	DG_LOG_CAPTURE,
	DG_LOG_REPORT,
	DG_LOG_METRICS,
	DG_LOG_PACKETS,
	DG_LOG_TRANSACTIONS,
	DG_LOG_KINDS
};

/* Lines that wait while the screen has the terminal; the oldest give way. */
#define DG_LOG_WAITING_MAX 16

struct dg_log {
	struct dg_rate rates[DG_LOG_KINDS];
	bool is_waiting; /* the screen has the terminal that standard error is */
	char *waiting[DG_LOG_WAITING_MAX];
	uint64_t waited; /* lines that ever had to */
	int64_t last_ns; /* steady, of the last of them */
};

/* "2026-11-22T01:02:03Z TEXT", made harmless for a terminal. */
void dg_log_say(struct dg_log *l, enum dg_log_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The screen takes the terminal, or has given it back: then what waited is said. */
void dg_log_wait(struct dg_log *l, bool is_waiting);

/* The last line that waits, without its date, as long as it is news; "" when there is none. */
void dg_log_last(const struct dg_log *l, char *text, size_t size);

/* How many lines of a kind were not said; frees what waits. */
void dg_log_fini(struct dg_log *l);

/* Clocks, in ns: the wall's, and one that nobody sets. */
int64_t dg_wall_ns(void);
int64_t dg_steady_ns(void);

#endif

/*
 * live_log.c - lines on standard error.
 *
 * What is said again and again (a disk that is full, an interface that comes and goes) is said
 * a few times, then once a second with the number of those between.
 */
#include "cli/live_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/escape.h"

#define LINE_MAX_BYTES 1024
/* "2026-11-22T01:02:03" */
#define SECOND_CHARACTERS 19
#define DATE_CHARACTERS 11
/* How long the screen shows a line. */
#define NEWS_NS (30 * DG_NS_PER_S)

static int64_t
ns_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * DG_NS_PER_S + now.tv_nsec;
}

int64_t
dg_wall_ns(void)
{
	return ns_of(CLOCK_REALTIME);
}

int64_t
dg_steady_ns(void)
{
	return ns_of(CLOCK_MONOTONIC);
}

static void
put(struct dg_log *l, char *line)
{
	if (line == NULL)
		return;
	if (l->is_waiting) {
		char **place = &l->waiting[l->waited++ % DG_LOG_WAITING_MAX];

		free(*place);
		*place = line;
		l->last_ns = dg_steady_ns();
		return;
	}
	fputs(line, stderr);
	free(line);
}

void
dg_log_say(struct dg_log *l, enum dg_log_kind kind, const char *format, ...)
{
	char text[LINE_MAX_BYTES], time_text[DG_TIME_TEXT_MAX];
	struct dg_strbuf b = {0};
	uint64_t held = 0;
	va_list args;

	if (kind != DG_LOG_NEWS && !dg_rate_allow(&l->rates[kind], dg_steady_ns(), &held))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	dg_time_text(dg_wall_ns(), time_text);
	dg_strbuf_addf(&b, "%.*sZ ", SECOND_CHARACTERS, time_text);
	dg_escape_terminal(&b, text);
	if (held > 0)
		dg_strbuf_addf(&b, " (and %llu like it before)", (unsigned long long)held);
	dg_strbuf_add(&b, "\n");
	put(l, dg_strbuf_take(&b));
}

void
dg_log_wait(struct dg_log *l, bool is_waiting)
{
	uint64_t first = l->waited > DG_LOG_WAITING_MAX ? l->waited - DG_LOG_WAITING_MAX : 0;

	l->is_waiting = is_waiting;
	if (is_waiting)
		return;
	if (first > 0)
		fprintf(
		    stderr, "(%llu earlier lines are not shown)\n", (unsigned long long)first);
	for (; first < l->waited; first++) {
		char **place = &l->waiting[first % DG_LOG_WAITING_MAX];

		put(l, *place);
		*place = NULL;
	}
	l->waited = 0;
}

void
dg_log_last(const struct dg_log *l, char *text, size_t size)
{
	const char *line;

	text[0] = '\0';
	if (l->waited == 0 || dg_steady_ns() - l->last_ns > NEWS_NS)
		return;
	line = l->waiting[(l->waited - 1) % DG_LOG_WAITING_MAX];
	if (strlen(line) > DATE_CHARACTERS)
		snprintf(text, size, "%.*s", (int)(strlen(line) - DATE_CHARACTERS - 1),
		    line + DATE_CHARACTERS);
}

void
dg_log_fini(struct dg_log *l)
{
	static const char *const names[DG_LOG_KINDS] = {
	    [DG_LOG_CAPTURE] = "interfaces",
	    [DG_LOG_REPORT] = "reports",
	    [DG_LOG_METRICS] = "metrics",
	    [DG_LOG_PACKETS] = "packets",
	    [DG_LOG_TRANSACTIONS] = "lines of transactions",
	};

	dg_log_wait(l, false);
	for (int kind = 0; kind < DG_LOG_KINDS; kind++) {
		uint64_t held = l->rates[kind].held;

		if (held > 0)
			dg_log_say(l, DG_LOG_NEWS, "%llu more lines about %s were not shown",
			    (unsigned long long)held, names[kind]);
	}
}

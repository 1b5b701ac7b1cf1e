/*
 * packetname.c - the names of files of packets.
 *
 * Held against tcpdump's own (tests/property/keep.py, tests/live/rotation.py).  One thing is
 * otherwise on purpose: a name that -G does not change is refused, where tcpdump writes over
 * its own file.
 *
 * Time zones: local time, as tcpdump has it, read when the first name is made; a sandboxed
 * process cannot read them again.
 */
#include "live/packetname.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static int64_t
seconds_of(int64_t time_ns)
{
	int64_t seconds = time_ns / NS_PER_S;

	return time_ns % NS_PER_S < 0 ? seconds - 1 : seconds;
}

/* The format with its times put in, without a number. */
static int
expand(const struct dg_packet_names *n, int64_t seconds, char name[NAME_MAX + 1])
{
	/* Through a pointer: the format is a person's, and meant to be. */
	size_t (*const format)(char *, size_t, const char *, const struct tm *) = strftime;
	time_t t = (time_t)seconds;
	struct tm tm;

	if (n->file_s == 0) {
		memcpy(name, n->format, sizeof(n->format));
		return 0;
	}
	if (localtime_r(&t, &tm) == NULL)
		return EOVERFLOW;
	if (format(name, NAME_MAX + 1, n->format, &tm) == 0)
		return ENAMETOOLONG;
	return dg_outdir_is_name(name) ? 0 : EINVAL;
}

int
dg_packet_names_init(struct dg_packet_names *n, const struct dg_packets_settings *settings,
    int64_t now_ns, char text[DG_LIVE_TEXT_MAX])
{
	char first[NAME_MAX + 1], second[NAME_MAX + 1];
	int error;

	*n = (struct dg_packet_names){
	    .file_s = settings->file_ns / NS_PER_S,
	    .has_numbers = settings->file_bytes > 0,
	    .files_max = settings->files_max,
	    .began_s = seconds_of(now_ns),
	};
	if (!dg_outdir_is_name(settings->name)) {
		(void)snprintf(
		    text, DG_LIVE_TEXT_MAX, "-w %s: is no name for a file", settings->name);
		return EINVAL;
	}
	memcpy(n->format, settings->name, strlen(settings->name) + 1);
	tzset();
	error = expand(n, n->began_s, first);
	if (error == 0)
		error = expand(n, n->began_s + n->file_s, second);
	if (error != 0) {
		(void)snprintf(text, DG_LIVE_TEXT_MAX,
		    "-w %s: gives no name for a file; with -G it is a format of strftime(3), "
		    "without slashes",
		    settings->name);
		return EINVAL;
	}
	if (n->file_s == 0 || settings->may_replace || strcmp(first, second) != 0)
		return 0;
	(void)snprintf(text, DG_LIVE_TEXT_MAX,
	    "-w %s: is the same %" PRId64 " s later; put the time in, as in "
	    "NAME-%%Y%%m%%d-%%H%%M%%S.pcap",
	    settings->name, n->file_s);
	return EINVAL;
}

/* How many digits hold the numbers below `count`. */
static int
digits_of(uint32_t count)
{
	int digits = 0;

	for (uint32_t most = count - 1; count > 0 && most > 0; most /= 10)
		digits++;
	return digits;
}

int
dg_packet_name(const struct dg_packet_names *n, char name[NAME_MAX + 1])
{
	int error = expand(n, n->began_s, name), digits = digits_of(n->files_max), added;
	size_t size, room;

	if (error != 0 || !n->has_numbers || (n->number == 0 && digits == 0))
		return error;
	size = strlen(name);
	room = NAME_MAX + 1 - size;
	added = snprintf(name + size, room, "%0*" PRIu32, digits, n->number);
	return added < 0 || (size_t)added >= room ? ENAMETOOLONG : 0;
}

int
dg_packet_name_again(const struct dg_packet_names *n, unsigned times, char name[NAME_MAX + 1])
{
	int error = dg_packet_name(n, name), added;
	size_t size, room;

	if (error != 0)
		return error;
	size = strlen(name);
	room = NAME_MAX + 1 - size;
	added = snprintf(name + size, room, "-%u", times);
	return added < 0 || (size_t)added >= room ? ENAMETOOLONG : 0;
}

bool
dg_packet_names_is_time(const struct dg_packet_names *n, int64_t time_ns)
{
	int64_t passed = seconds_of(time_ns) - n->began_s;

	/* A clock that was set back by more than a period does not stop rotation. */
	return n->file_s > 0 && (passed >= n->file_s || passed <= -n->file_s);
}

bool
dg_packet_names_is_last(const struct dg_packet_names *n)
{
	return !n->has_numbers && n->files_max > 0 && n->time_count + 1 >= n->files_max;
}

void
dg_packet_names_set_time(struct dg_packet_names *n, int64_t time_ns)
{
	if (n->file_s == 0)
		return;
	n->began_s = seconds_of(time_ns);
	n->number = 0;
	n->has_wrapped = false;
}

void
dg_packet_names_next_time(struct dg_packet_names *n, int64_t time_ns)
{
	dg_packet_names_set_time(n, time_ns);
	n->time_count++;
}

void
dg_packet_names_next_size(struct dg_packet_names *n)
{
	n->number++;
	if (n->files_max > 0 && n->number >= n->files_max) {
		n->number = 0;
		n->has_wrapped = true;
	}
}

bool
dg_packet_names_is_own(const struct dg_packet_names *n)
{
	return n->has_wrapped;
}

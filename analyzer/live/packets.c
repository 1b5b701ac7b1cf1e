/*
 * packets.c - `-w`: classic pcap with nanoseconds, under its name from the beginning, so that a
 * person can follow it while it grows.
 *
 * On the disk there are only whole records, but for the moment of a write: what a full disk cut
 * off is taken back.  A file that was there is never written over without may_replace, except
 * those that -C and -W of this run made before.
 *
 * Weak spot: it is written by the thread that captures.  While a disk hangs, frames wait in the
 * kernel's ring, and what does not fit there is dropped and counted.
 */
#include "live/packets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "live/packetname.h"

/* The header of a file and of a record, in this machine's order of bytes. */
#define MAGIC_NS 0xa1b23c4du
#define FILE_HEADER_BYTES 24
#define RECORD_HEADER_BYTES 16

struct dg_packets {
	struct dg_outdir *dir;
	struct dg_packets_settings settings;
	struct dg_packet_names names;
	int fd; /* -1: nothing is kept */
	char name[NAME_MAX + 1];
	bool is_full;
	bool is_torn; /* what a failed write left could not be taken back */
	bool has_told_linktype;
	uint64_t bytes;   /* of the file, with those that wait */
	uint64_t written; /* of them, on the disk: whole records */
	size_t waiting;
	uint64_t lost;      /* frames that were not kept */
	uint64_t lost_told; /* those that somebody was told of */
	bool has_trouble;
	char trouble[DG_LIVE_TEXT_MAX];
	uint8_t buffer[DG_PACKETS_BUFFER_BYTES];
};

_Static_assert(DG_PACKETS_BUFFER_BYTES >= DG_FRAME_BYTES_MAX + RECORD_HEADER_BYTES,
    "the largest frame fits the buffer");

/* --- bytes --------------------------------------------------------------------- */

static void
put_words(uint8_t *at, const uint32_t *words, size_t count)
{
	memcpy(at, words, count * sizeof(*words));
}

/* Ends without a further word: what is there stays. */
static void
let_go(struct dg_packets *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
	p->waiting = 0;
}

/* Where the record at `at` of the buffer ends. */
static size_t
record_end(const struct dg_packets *p, size_t at)
{
	uint32_t captured;

	memcpy(&captured, p->buffer + at + 8, sizeof(captured));
	return at + RECORD_HEADER_BYTES + captured;
}

/* Of what waits only `done` bytes came to the disk: takes back what is no whole record, counts
 * the others as lost. */
static void
take_back(struct dg_packets *p, size_t done)
{
	size_t at = p->written == 0 ? FILE_HEADER_BYTES : 0, whole = done < at ? 0 : at;

	while (at < p->waiting) {
		at = record_end(p, at);
		if (at <= done)
			whole = at;
		else
			p->lost++;
	}
	p->is_torn = ftruncate(p->fd, (off_t)(p->written + whole)) != 0;
}

/* Writes what waits.  0 or an errno: then the file ends with a whole record. */
static int
hand_on(struct dg_packets *p)
{
	size_t done = 0;

	while (done < p->waiting) {
		ssize_t put = write(p->fd, p->buffer + done, p->waiting - done);

		if (put >= 0) {
			done += (size_t)put;
		} else if (errno != EINTR) {
			int error = errno;

			take_back(p, done);
			return error;
		}
	}
	p->written += done;
	p->waiting = 0;
	return 0;
}

static void
say(struct dg_packets *p, const char *text)
{
	(void)snprintf(p->trouble, sizeof(p->trouble), "%s", text);
	p->has_trouble = true;
}

/* Keeps nothing more; says why. */
static int
give_up(struct dg_packets *p, int error)
{
	char text[DG_LIVE_TEXT_MAX];
	const char *advice = "";

	if (error == ENOSPC || error == EDQUOT)
		advice = "; make room, then send HUP";
	else if (error == EFBIG)
		advice = "; -C makes several files, HUP begins another";
	(void)snprintf(text, sizeof(text), "%s%s: %s; no packets are kept any more%s%s",
	    dg_outdir_before(p->dir), p->name, strerror(error), advice,
	    p->is_torn ? "; its last packet is cut off" : "");
	say(p, text);
	let_go(p);
	return error;
}

/* --- files --------------------------------------------------------------------- */

/* Opens p->name anew.  0 or an errno. */
static int
begin_file(struct dg_packets *p, bool may_replace)
{
	const uint32_t header[] = {
	    MAGIC_NS, 0, 0, 0, p->settings.snap_bytes, p->settings.linktype};
	const uint16_t version[] = {2, 4};

	if (may_replace && unlinkat(dg_outdir_fd(p->dir), p->name, 0) != 0 && errno != ENOENT)
		return errno;
	p->fd = dg_outdir_create(p->dir, p->name);
	if (p->fd < 0)
		return errno;
	put_words(p->buffer, header, sizeof(header) / sizeof(header[0]));
	memcpy(p->buffer + 4, version, sizeof(version));
	p->waiting = FILE_HEADER_BYTES;
	p->bytes = FILE_HEADER_BYTES;
	p->written = 0;
	p->is_torn = false;
	return 0;
}

/*
 * Begins a file while nobody may be there to choose another name: when it is taken (a clock set
 * back, an hour that comes twice in autumn, a file that broke off) it gets a number.
 */
static int
begin_next(struct dg_packets *p)
{
	bool may_replace = p->settings.may_replace || dg_packet_names_is_own(&p->names);
	char text[DG_LIVE_TEXT_MAX];
	int error = dg_packet_name(&p->names, p->name);

	if (error == 0)
		error = begin_file(p, may_replace);
	for (unsigned n = 2; error == EEXIST && n <= DG_PACKETS_SAME_NAME_MAX; n++) {
		error = dg_packet_name_again(&p->names, n, p->name);
		if (error == 0)
			error = begin_file(p, false);
		if (error != 0)
			continue;
		(void)snprintf(text, sizeof(text),
		    "%s%s: goes on in this file, for there was one", dg_outdir_before(p->dir),
		    p->name);
		say(p, text);
	}
	return error == 0 ? 0 : give_up(p, error);
}

/* Ends the file, begins the next. */
static int
turn_over(struct dg_packets *p)
{
	int error = hand_on(p);

	if (error == 0 && close(p->fd) != 0 && errno != EINTR)
		error = errno;
	else if (error != 0)
		(void)close(p->fd);
	p->fd = -1;
	return error != 0 ? give_up(p, error) : begin_next(p);
}

int
dg_packets_linktype(const struct dnsgap_interface_counts *interfaces, size_t count,
    uint32_t *linktype, char text[DG_LIVE_TEXT_MAX])
{
	text[0] = '\0';
	if (count == 0)
		return EINVAL;
	for (size_t n = 1; n < count; n++) {
		if (interfaces[n].linktype == interfaces[0].linktype)
			continue;
		(void)snprintf(text, DG_LIVE_TEXT_MAX,
		    "-w keeps packets of one link type, but %s has %" PRIu32
		    " and %s has %" PRIu32
		    "; take interfaces of one kind, `-i any`, or a dnsgap for each",
		    interfaces[0].name, interfaces[0].linktype, interfaces[n].name,
		    interfaces[n].linktype);
		return EINVAL;
	}
	*linktype = interfaces[0].linktype;
	return 0;
}

static int64_t
now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int
dg_packets_new(struct dg_outdir *d, const struct dg_packets_settings *settings,
    struct dg_packets **out, char text[DG_LIVE_TEXT_MAX])
{
	struct dg_packets *p;
	int error;

	text[0] = '\0';
	p = malloc(sizeof(*p));
	if (p == NULL)
		return dg_outdir_trouble(d, settings->name, ENOMEM, text);
	memset(p, 0, offsetof(struct dg_packets, buffer));
	p->dir = d;
	p->settings = *settings;
	p->fd = -1;
	error = dg_packet_names_init(&p->names, settings, now(), text);
	if (error != 0)
		goto fail;
	error = dg_packet_name(&p->names, p->name);
	if (error == 0)
		error = begin_file(p, settings->may_replace);
	if (error != 0) {
		(void)dg_outdir_trouble(
		    d, p->name[0] != '\0' ? p->name : settings->name, error, text);
		goto fail;
	}
	error = hand_on(p);
	if (error != 0) {
		(void)dg_outdir_trouble(d, p->name, error, text);
		let_go(p);
		(void)unlinkat(dg_outdir_fd(d), p->name, 0);
		goto fail;
	}
	*out = p;
	return 0;
fail:
	free(p);
	return error;
}

void
dg_packets_give(const struct dg_packets *p, uid_t uid, gid_t gid)
{
	if (p->fd >= 0 && fchown(p->fd, uid, gid) != 0)
		return;
}

/* Whether a file is over before a frame of this time; then the next one begins. */
static int
rotate(struct dg_packets *p, int64_t time_ns)
{
	if (dg_packet_names_is_time(&p->names, time_ns)) {
		if (dg_packet_names_is_last(&p->names)) {
			p->is_full = true;
			return dg_packets_flush(p);
		}
		dg_packet_names_next_time(&p->names, time_ns);
		return turn_over(p);
	}
	/* As tcpdump has it: the packet that makes it too large is still in it. */
	if (p->settings.file_bytes > 0 && p->bytes > p->settings.file_bytes) {
		dg_packet_names_next_size(&p->names);
		return turn_over(p);
	}
	return 0;
}

static int
add_record(struct dg_packets *p, const struct dnsgap_frame *frame)
{
	uint32_t captured = frame->captured;
	int64_t seconds = frame->time_ns / 1000000000, rest = frame->time_ns % 1000000000;
	int error;

	if (captured > DG_FRAME_BYTES_MAX)
		captured = DG_FRAME_BYTES_MAX;
	if (rest < 0) {
		rest += 1000000000;
		seconds--;
	}
	if (sizeof(p->buffer) - p->waiting < RECORD_HEADER_BYTES + captured) {
		error = hand_on(p);
		if (error != 0)
			return give_up(p, error);
	}
	put_words(p->buffer + p->waiting,
	    (uint32_t[]){(uint32_t)seconds, (uint32_t)rest, captured, frame->on_wire}, 4);
	p->waiting += RECORD_HEADER_BYTES;
	if (captured > 0)
		memcpy(p->buffer + p->waiting, frame->data, captured);
	p->waiting += captured;
	p->bytes += RECORD_HEADER_BYTES + captured;
	return 0;
}

int
dg_packets_tap(void *context, const struct dnsgap_frame *frame)
{
	struct dg_packets *p = context;
	char text[DG_LIVE_TEXT_MAX];

	if (p->fd >= 0 && !p->is_full && frame->linktype == p->settings.linktype)
		(void)rotate(p, frame->time_ns);
	if (p->is_full)
		return 1;
	if (p->fd >= 0 && frame->linktype != p->settings.linktype) {
		p->lost++;
		if (p->has_told_linktype)
			return 0;
		p->has_told_linktype = true;
		(void)snprintf(text, sizeof(text),
		    "%s%s: holds link type %" PRIu32 ", packets of %" PRIu32 " are not kept",
		    dg_outdir_before(p->dir), p->name, p->settings.linktype, frame->linktype);
		say(p, text);
		return 0;
	}
	if (p->fd < 0 || add_record(p, frame) != 0)
		p->lost++;
	return 0;
}

/* Whether what is written still has its name; it may have been moved away. */
static bool
has_its_name(const struct dg_packets *p)
{
	struct stat open, named;

	return p->fd >= 0 && fstat(p->fd, &open) == 0 &&
	    fstatat(dg_outdir_fd(p->dir), p->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

int
dg_packets_reopen(struct dg_packets *p, char text[DG_LIVE_TEXT_MAX])
{
	char next[NAME_MAX + 1];
	int error;

	text[0] = '\0';
	if (p->is_full)
		return 0;
	dg_packet_names_set_time(&p->names, now());
	if (p->settings.file_bytes > 0 && p->settings.file_ns == 0)
		dg_packet_names_next_size(&p->names);
	if (dg_packet_name(&p->names, next) == 0 && strcmp(next, p->name) == 0 &&
	    has_its_name(p))
		error = dg_packets_flush(p);
	else
		error = p->fd >= 0 ? turn_over(p) : begin_next(p);
	if (error != 0) {
		(void)snprintf(text, DG_LIVE_TEXT_MAX, "%s", p->trouble);
		p->has_trouble = false;
	} else if (p->lost > p->lost_told) {
		(void)snprintf(p->trouble, sizeof(p->trouble),
		    "%s%s: packets are kept again; %" PRIu64 " were not",
		    dg_outdir_before(p->dir), p->name, p->lost - p->lost_told);
		p->has_trouble = true;
		p->lost_told = p->lost;
	}
	return error;
}

int
dg_packets_flush(struct dg_packets *p)
{
	int error = p->fd >= 0 ? hand_on(p) : 0;

	return error != 0 ? give_up(p, error) : 0;
}

bool
dg_packets_is_full(const struct dg_packets *p)
{
	return p->is_full;
}

uint64_t
dg_packets_lost(const struct dg_packets *p)
{
	return p->lost;
}

const char *
dg_packets_trouble(struct dg_packets *p)
{
	if (!p->has_trouble)
		return NULL;
	p->has_trouble = false;
	return p->trouble;
}

int
dg_packets_close(struct dg_packets *p, char text[DG_LIVE_TEXT_MAX])
{
	int error;

	text[0] = '\0';
	if (p == NULL)
		return 0;
	error = dg_packets_flush(p);
	if (error != 0)
		(void)snprintf(text, DG_LIVE_TEXT_MAX, "%s", p->trouble);
	else if (p->fd >= 0 && fsync(p->fd) != 0 && errno != EINTR && errno != EINVAL)
		error = dg_outdir_trouble(p->dir, p->name, errno, text);
	let_go(p);
	free(p);
	return error;
}

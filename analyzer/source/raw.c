/*
 * raw.c - the bytes of a file as they lie on the disk.
 */
#include "source/raw.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long a silent pipe is waited for before asking whether to go on. */
#define WAIT_MS 200

static void
end_early(struct dg_raw *r)
{
	r->at_end = true;
	r->is_broken = true;
}

/*
 * Waits until a pipe or device has something.  A signal may come between asking
 * and waiting, so the wait is short and asks again.  False to stop.
 */
static bool
await_bytes(struct dg_raw *r)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};

	if (r->is_regular || r->stop == NULL)
		return true;
	for (;;) {
		if (r->stop->is_wanted(r->stop->context)) {
			snprintf(r->problem, sizeof r->problem, "interrupted");
			return false;
		}
		if (poll(&p, 1, WAIT_MS) > 0)
			return true;
	}
}

/* Counts what was read into the digest, or gives that up when the file is too large. */
static void
digest(struct dg_raw *r, const void *bytes, size_t size)
{
	r->total += size;
	if (r->digest != NULL && r->total > r->digest_max) {
		dg_digest_free(r->digest);
		r->digest = NULL;
	}
	if (r->digest != NULL)
		dg_digest_add(r->digest, bytes, size);
}

size_t
dg_raw_read(struct dg_raw *r, void *bytes, size_t size)
{
	ssize_t got;

	if (r->at_end)
		return 0;
	do {
		if (!await_bytes(r)) {
			end_early(r);
			return 0;
		}
		got = read(r->fd, bytes, size);
	} while (got < 0 && (errno == EINTR || (errno == EAGAIN && r->stop != NULL)));
	if (got < 0) {
		snprintf(r->problem, sizeof r->problem, "reading failed at byte %llu: %s",
		    (unsigned long long)r->total, strerror(errno));
		end_early(r);
	}
	if (got <= 0) {
		r->at_end = true;
		return 0;
	}
	digest(r, bytes, (size_t)got);
	return (size_t)got;
}

size_t
dg_raw_fill(struct dg_raw *r)
{
	if (r->at == r->end) {
		r->at = 0;
		r->end = dg_raw_read(r, r->bytes, sizeof r->bytes);
	}
	return r->end - r->at;
}

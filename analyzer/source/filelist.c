/*
 * filelist.c - several captures joined in order of time.
 *
 * Every file is opened once to see when it begins and is closed again when there are too
 * many to keep.  Then the file whose next frame is the oldest gives it;
 * a file is opened again only when its time has come, so that a year of rotated
 * files needs one descriptor.
 *
 * A file that cannot be opened keeps its place in the list, with its problem.
 */
#include "source/filelist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"

struct item {
	struct dg_input input;
	size_t given;             /* its place among the files as they were named */
	struct dg_pcapfile *file; /* NULL while closed, and when it is over */
	const struct dg_frame *frames;
	size_t count;
	size_t at;
	int64_t begins_ns;
	uint64_t size;
	struct timespec changed; /* when it was named, like its size */
	bool is_regular;
	bool is_over;
};

struct dg_filelist {
	struct item *items;
	size_t count;
	size_t room;
	size_t first_open; /* items before it are over */
	struct dg_stop stop;
	bool is_ready;
	uint64_t digest_max;
	struct dg_filter *filter; /* or NULL; not for the look at the files' beginnings */
};

int
dg_filelist_new(uint64_t digest_max, struct dg_filelist **out)
{
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		return DNSGAP_ENOMEM;
	(*out)->digest_max = digest_max;
	return 0;
}

void
dg_filelist_free(struct dg_filelist *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++) {
		dg_pcapfile_close(l->items[i].file);
		dg_input_fini(&l->items[i].input);
		free(l->items[i].input.path);
	}
	free(l->items);
	free(l);
}

int
dg_filelist_add(struct dg_filelist *l, const char *path)
{
	struct item *item;
	struct stat st;

	if (l->count == l->room) {
		size_t room = l->room == 0 ? 8 : l->room * 2;
		struct item *more = realloc(l->items, room * sizeof *more);

		if (more == NULL)
			return DNSGAP_ENOMEM;
		l->items = more;
		l->room = room;
	}
	item = &l->items[l->count];
	memset(item, 0, sizeof *item);
	item->given = l->count;
	item->input.first_ns = item->input.last_ns = DG_TIME_NONE;
	item->input.digest_max = l->digest_max;
	item->input.path = strdup(path);
	if (item->input.path == NULL)
		return DNSGAP_ENOMEM;
	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		item->is_regular = true;
		item->size = (uint64_t)st.st_size;
		item->changed = st.st_mtim;
	}
	l->count++;
	return 0;
}

/* The next frames of an open file; closes it at its end. */
static int
refill(struct item *item, struct dg_fail *fail)
{
	int error = dg_pcapfile_next(item->file, &item->frames, &item->count, fail);

	item->at = 0;
	if (error == 0 && item->count == 0) {
		dg_pcapfile_close(item->file);
		item->file = NULL;
		item->is_over = true;
	}
	return error;
}

/* Opens a file and reads its first frames.  A file that is none is over at once. */
static int
open_item(struct dg_filelist *l, size_t n, struct dg_filter *filter, struct dg_fail *fail)
{
	struct item *item = &l->items[n];
	struct dg_fail reason;
	int error;

	item->input.filter = filter;
	error = dg_pcapfile_open(&item->input, (uint32_t)n,
	    l->stop.is_wanted != NULL ? &l->stop : NULL, &item->file, &reason);

	if (error == DNSGAP_ENOMEM) {
		*fail = reason;
		return error;
	}
	if (error != 0) {
		size_t path_length =
		    strlen(item->input.path) + 2; /* "PATH: " is said already */

		item->is_over = true;
		item->input.problem =
		    strdup(strlen(reason.text) > path_length ? reason.text + path_length
							     : reason.text);
		return item->input.problem != NULL ? 0 : dg_fail_memory(fail);
	}
	return refill(item, fail);
}

static void
forget(struct item *item)
{
	char *path = item->input.path;

	dg_pcapfile_close(item->file);
	item->file = NULL;
	item->count = 0;
	dg_input_fini(&item->input);
	item->input = (struct dg_input){.path = path, .digest_max = item->input.digest_max};
	item->input.first_ns = item->input.last_ns = DG_TIME_NONE;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Compares names as a person does: runs of digits by their number, a.pcap9 before a.pcap10. */
static int
compare_names(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		size_t a_digits = 0, b_digits = 0;

		if (!is_digit(*a) || !is_digit(*b)) {
			if (*a != *b)
				return (uint8_t)*a < (uint8_t)*b ? -1 : 1;
			a++;
			b++;
			continue;
		}
		a += strspn(a, "0");
		b += strspn(b, "0");
		while (is_digit(a[a_digits]))
			a_digits++;
		while (is_digit(b[b_digits]))
			b_digits++;
		if (a_digits != b_digits)
			return a_digits < b_digits ? -1 : 1;
		if (memcmp(a, b, a_digits) != 0)
			return memcmp(a, b, a_digits);
		a += a_digits;
		b += b_digits;
	}
	return (*a != '\0') - (*b != '\0');
}

/*
 * By the first time; files that begin in the same nanosecond by their names, as tcpdump -C
 * numbers them, so that the order in which they were given is of no matter.
 */
static int
compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order;

	if (x->begins_ns != y->begins_ns)
		return x->begins_ns < y->begins_ns ? -1 : 1;
	order = compare_names(x->input.path, y->input.path);
	if (order == 0)
		order = strcmp(x->input.path, y->input.path);
	if (order == 0)
		order = x->given < y->given ? -1 : x->given > y->given;
	return order;
}

/*
 * Sees when each file begins, and sorts them.  Open files carry their number in
 * their frames, so all that are to be read again are opened after the sort.
 */
static int
get_ready(struct dg_filelist *l, struct dg_fail *fail)
{
	l->is_ready = true;
	for (size_t i = 0; l->count > 1 && i < l->count; i++) {
		struct item *item = &l->items[i];
		int error;

		item->begins_ns = DG_TIME_NONE;
		if (!item->is_regular)
			continue; /* a pipe can be opened but once: it goes first */
		error = open_item(l, i, NULL, fail);
		if (error != 0)
			return error;
		if (item->count > 0)
			item->begins_ns = item->frames[0].time_ns;
		item->is_over = false;
		forget(item);
	}
	qsort(l->items, l->count, sizeof *l->items, compare_items);
	return 0;
}

/* The item whose next frame is the oldest; `rival_ns` is the next one's time. */
static struct item *
find_oldest(struct dg_filelist *l, int64_t *rival_ns)
{
	struct item *best = NULL;

	*rival_ns = INT64_MAX;
	for (size_t i = l->first_open; i < l->count; i++) {
		struct item *item = &l->items[i];
		int64_t time_ns;

		if (item->is_over)
			continue;
		time_ns = item->count > 0 ? item->frames[item->at].time_ns : item->begins_ns;
		if (best == NULL) {
			best = item;
		} else if (time_ns < best->frames[best->at].time_ns) {
			*rival_ns = best->frames[best->at].time_ns;
			best = item;
		} else if (time_ns < *rival_ns) {
			*rival_ns = time_ns;
		}
		if (item->file == NULL)
			break; /* all that follow begin later */
	}
	return best;
}

/* Opens what is closed and begins before the oldest frame at hand. */
static int
open_due(struct dg_filelist *l, struct dg_fail *fail)
{
	int64_t oldest = INT64_MAX;

	while (l->first_open < l->count && l->items[l->first_open].is_over)
		l->first_open++;
	for (size_t i = l->first_open; i < l->count; i++) {
		struct item *item = &l->items[i];
		int error;

		if (item->is_over)
			continue;
		if (item->file == NULL) {
			if (item->begins_ns > oldest)
				break;
			error = open_item(l, i, l->filter, fail);
			if (error != 0)
				return error;
		}
		if (!item->is_over && item->frames[item->at].time_ns < oldest)
			oldest = item->frames[item->at].time_ns;
	}
	return 0;
}

static int
next(void *context, struct dg_batch *batch, struct dg_fail *fail)
{
	struct dg_filelist *l = context;
	int error = 0;

	batch->count = 0;
	if (!l->is_ready)
		error = get_ready(l, fail);
	for (size_t i = l->first_open; error == 0 && i < l->count; i++) {
		struct item *item = &l->items[i];

		/* Frames of the last batch may be forgotten only now. */
		if (item->file != NULL && item->at == item->count)
			error = refill(item, fail);
	}
	if (error == 0)
		error = open_due(l, fail);
	while (error == 0 && batch->count < DG_BATCH_FRAMES) {
		int64_t rival_ns;
		struct item *item = find_oldest(l, &rival_ns);

		if (item == NULL || item->file == NULL)
			break;
		do
			batch->frames[batch->count++] = item->frames[item->at++];
		while (item->at < item->count && batch->count < DG_BATCH_FRAMES &&
		    item->frames[item->at].time_ns <= rival_ns);
		if (item->at == item->count)
			break; /* it must be refilled, which moves its frames */
	}
	return error;
}

void
dg_filelist_set_filter(struct dg_filelist *l, struct dg_filter *filter)
{
	l->filter = filter;
}

void
dg_filelist_set_stop(struct dg_filelist *l, struct dg_stop stop)
{
	l->stop = stop;
}

struct dg_source
dg_filelist_source(struct dg_filelist *l)
{
	return (struct dg_source){.next = next, .context = l};
}

size_t
dg_filelist_count(const struct dg_filelist *l)
{
	return l->count;
}

const struct dg_input *
dg_filelist_input(const struct dg_filelist *l, size_t n)
{
	return &l->items[n].input;
}

void
dg_filelist_progress(const struct dg_filelist *l, uint64_t *done, uint64_t *all)
{
	*done = *all = 0;
	for (size_t i = 0; i < l->count; i++) {
		*done += l->items[i].input.bytes;
		*all += l->items[i].size;
	}
}

/* A file that is to be read again: it must be there, and what it was. */
static int
check_item(const struct item *item, struct dg_fail *fail)
{
	const char *path = item->input.path;
	struct stat st;

	if (!item->is_regular)
		return dg_fail_set(fail, DNSGAP_EINVAL,
		    "%s cannot be read again; write the capture to a file first, and read that",
		    strcmp(path, "-") == 0 ? "standard input" : path);
	if (stat(path, &st) != 0)
		return dg_fail_set(
		    fail, DNSGAP_EOPEN, "%s cannot be read again: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != item->size ||
	    st.st_mtim.tv_sec != item->changed.tv_sec ||
	    st.st_mtim.tv_nsec != item->changed.tv_nsec)
		return dg_fail_set(fail, DNSGAP_EOPEN,
		    "%s is not the file that was read: it was changed meanwhile", path);
	return 0;
}

int
dg_filelist_again(
    const struct dg_filelist *before, struct dg_filelist **out, struct dg_fail *fail)
{
	struct dg_filelist *l;
	int error = 0;

	if (dg_filelist_new(before->digest_max, &l) != 0)
		return dg_fail_memory(fail);
	for (size_t i = 0; error == 0 && i < before->count; i++) {
		const struct item *item = &before->items[i];

		if (item->input.was_opened)
			error = check_item(item, fail);
		if (error == 0 && dg_filelist_add(l, item->input.path) != 0)
			error = dg_fail_memory(fail);
		if (error == 0)
			l->items[i].begins_ns = item->begins_ns;
		/* What was none stays out of it, whatever it is by now. */
		if (error == 0)
			l->items[i].is_over = !item->input.was_opened;
	}
	l->is_ready = true;
	l->filter = before->filter;
	if (error == 0)
		*out = l;
	else
		dg_filelist_free(l);
	return error;
}

int
dg_filelist_compare(
    const struct dg_filelist *before, const struct dg_filelist *again, struct dg_fail *fail)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct dg_input *a = &before->items[i].input;
		const struct dg_input *b = &again->items[i].input;

		if (a->was_opened && check_item(&before->items[i], fail) != 0)
			return fail->code;
		if (a->frames != b->frames ||
		    (a->sha256[0] != '\0' && b->sha256[0] != '\0' &&
			strcmp(a->sha256, b->sha256) != 0))
			return dg_fail_set(fail, DNSGAP_EOPEN,
			    "%s is not the file that was read: its contents are others",
			    a->path);
	}
	return 0;
}

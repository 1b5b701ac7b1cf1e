/*
 * join.c - frames of several interfaces put in order of time.
 *
 * Each interface has a queue of chunks.  A chunk's bytes never move; it is used again once its
 * frames have gone, and the caller came back.
 */
#include "source/join.h"

#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"

/* A frame fits into every chunk that is not full. */
#define CHUNK_BYTES (DG_BATCH_BYTES + DG_FRAME_BYTES_MAX)
/* Chunks that are kept for later, so that a busy capture asks for no memory. */
#define SPARE_CHUNKS 8

struct chunk {
	struct chunk *next;
	size_t count;
	size_t at; /* frames before it have gone */
	size_t used;
	struct dg_frame frames[DG_BATCH_FRAMES];
	int64_t taken_ns[DG_BATCH_FRAMES];
	uint8_t bytes[];
};

struct queue {
	struct chunk *first; /* NULL, or may be one whose frames have all gone: then the last */
	struct chunk *last;
	int64_t empty_ns; /* when it was last found empty */
	bool is_closed;
};

struct dg_join {
	int64_t slack_ns;
	uint64_t bytes_max;
	uint64_t bytes;
	uint64_t forced;
	struct chunk *gone; /* of the last batch */
	struct chunk *spare;
	size_t spare_count;
	size_t count;
	struct queue queues[];
};

struct dg_join *
dg_join_new(size_t interfaces, int64_t slack_ns, uint64_t bytes_max)
{
	struct dg_join *j = calloc(1, sizeof *j + interfaces * sizeof *j->queues);

	if (j == NULL)
		return NULL;
	j->slack_ns = slack_ns;
	j->bytes_max = bytes_max;
	j->count = interfaces;
	for (size_t i = 0; i < interfaces; i++)
		j->queues[i].empty_ns = INT64_MIN / 2;
	return j;
}

static void
free_chunks(struct chunk *c)
{
	while (c != NULL) {
		struct chunk *next = c->next;

		free(c);
		c = next;
	}
}

void
dg_join_free(struct dg_join *j)
{
	if (j == NULL)
		return;
	for (size_t i = 0; i < j->count; i++)
		free_chunks(j->queues[i].first);
	free_chunks(j->gone);
	free_chunks(j->spare);
	free(j);
}

/* Keeps what the caller no longer looks at. */
static void
recycle(struct dg_join *j)
{
	while (j->gone != NULL) {
		struct chunk *c = j->gone;

		j->gone = c->next;
		if (j->spare_count == SPARE_CHUNKS) {
			free(c);
			continue;
		}
		c->next = j->spare;
		j->spare = c;
		j->spare_count++;
	}
}

/* The chunk that takes the next frame. */
static struct chunk *
open_chunk(struct dg_join *j, struct queue *q)
{
	struct chunk *c = q->last;

	if (c != NULL && c->at == c->count)
		c->at = c->count = c->used = 0;
	if (c != NULL && c->count < DG_BATCH_FRAMES && c->used < DG_BATCH_BYTES)
		return c;
	c = j->spare;
	if (c != NULL) {
		j->spare = c->next;
		j->spare_count--;
	} else {
		c = malloc(sizeof *c + CHUNK_BYTES);
		if (c == NULL)
			return NULL;
	}
	c->next = NULL;
	c->count = c->at = c->used = 0;
	if (q->last != NULL)
		q->last->next = c;
	else
		q->first = c;
	q->last = c;
	return c;
}

int
dg_join_add(struct dg_join *j, size_t n, const struct dg_frame *frame, int64_t now_ns)
{
	struct chunk *c;
	struct dg_frame *own;

	recycle(j);
	c = open_chunk(j, &j->queues[n]);
	if (c == NULL)
		return DNSGAP_ENOMEM;
	own = &c->frames[c->count];
	*own = *frame;
	own->data = memcpy(c->bytes + c->used, frame->data, frame->captured);
	c->taken_ns[c->count++] = now_ns;
	c->used += frame->captured;
	j->bytes += frame->captured + sizeof *frame;
	return 0;
}

void
dg_join_empty(struct dg_join *j, size_t n, int64_t now_ns)
{
	j->queues[n].empty_ns = now_ns;
}

void
dg_join_close(struct dg_join *j, size_t n)
{
	j->queues[n].is_closed = true;
}

static bool
has_frames(const struct queue *q)
{
	return q->first != NULL && q->first->at < q->first->count;
}

static const struct dg_frame *
head(const struct queue *q)
{
	return &q->first->frames[q->first->at];
}

/* The queue whose next frame is the oldest; the first of equals.  NULL when all are empty.
 * `rival_ns` is the next one's time, `limit_ns` when a frame must have been taken to go. */
static struct queue *
find_oldest(struct dg_join *j, int64_t *rival_ns, int64_t *limit_ns)
{
	struct queue *best = NULL;

	*rival_ns = *limit_ns = INT64_MAX;
	for (size_t i = 0; i < j->count; i++) {
		struct queue *q = &j->queues[i];

		if (!has_frames(q)) {
			if (!q->is_closed && q->empty_ns - j->slack_ns < *limit_ns)
				*limit_ns = q->empty_ns - j->slack_ns;
		} else if (best == NULL || head(q)->time_ns < head(best)->time_ns) {
			*rival_ns = best != NULL ? head(best)->time_ns : INT64_MAX;
			best = q;
		} else if (head(q)->time_ns < *rival_ns) {
			*rival_ns = head(q)->time_ns;
		}
	}
	return best;
}

static bool
may_go(struct dg_join *j, const struct queue *q, int64_t limit_ns, bool is_all)
{
	if (is_all || q->first->taken_ns[q->first->at] <= limit_ns)
		return true;
	if (j->bytes <= j->bytes_max)
		return false;
	j->forced++;
	return true;
}

/* A chunk all of whose frames have gone is over, but the last one takes further frames. */
static void
advance(struct dg_join *j, struct queue *q)
{
	struct chunk *c = q->first;

	if (++c->at < c->count || c->next == NULL)
		return;
	q->first = c->next;
	c->next = j->gone;
	j->gone = c;
}

/* Frames of one queue, as long as they are older than the rival's. */
static bool
take_run(struct dg_join *j, struct queue *q, int64_t rival_ns, int64_t limit_ns, size_t max,
    bool is_all, struct dg_batch *batch)
{
	do {
		if (!may_go(j, q, limit_ns, is_all))
			return false;
		j->bytes -= head(q)->captured + sizeof *head(q);
		batch->frames[batch->count++] = *head(q);
		advance(j, q);
	} while (batch->count < max && has_frames(q) && head(q)->time_ns < rival_ns);
	return true;
}

void
dg_join_next(struct dg_join *j, size_t max, bool is_all, struct dg_batch *batch)
{
	recycle(j);
	batch->count = 0;
	if (max > DG_BATCH_FRAMES)
		max = DG_BATCH_FRAMES;
	while (batch->count < max) {
		int64_t rival_ns, limit_ns;
		struct queue *q = find_oldest(j, &rival_ns, &limit_ns);

		if (q == NULL || !take_run(j, q, rival_ns, limit_ns, max, is_all, batch))
			break;
	}
}

int64_t
dg_join_due(struct dg_join *j)
{
	int64_t rival_ns, limit_ns;
	const struct queue *q = find_oldest(j, &rival_ns, &limit_ns);

	return q != NULL ? q->first->taken_ns[q->first->at] + j->slack_ns : INT64_MAX;
}

uint64_t
dg_join_bytes(const struct dg_join *j)
{
	return j->bytes;
}

uint64_t
dg_join_forced(const struct dg_join *j)
{
	return j->forced;
}

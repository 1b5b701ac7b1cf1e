/*
 * run.c - frames go through a shard; what it tells is written down.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "engine/shard.h"
#include "scenario.h"

static int
note_transaction(void *context, const struct dg_transaction *t)
{
	struct scn_result *r = context;
	struct scn_transaction *kept = &r->transactions[r->transaction_count];

	if (r->transaction_count == SCN_FRAMES_MAX)
		return DNSGAP_ENOMEM;
	r->transaction_count++;
	kept->t = *t;
	kept->t.qname = NULL;
	if (t->qname != NULL)
		memcpy(kept->qname, t->qname, t->qname_length);
	return 0;
}

static int
note_icmp(void *context, const struct dg_icmp_event *e)
{
	struct scn_result *r = context;

	if (r->event_count == SCN_FRAMES_MAX)
		return DNSGAP_ENOMEM;
	r->events[r->event_count++] = *e;
	return 0;
}

/* Each in memory of its own size, so that a read past its end is seen. */
static size_t
make_frames(const struct scenario *s, struct dg_frame *frames)
{
	size_t count = 0;

	for (size_t i = 0; i < s->frame_count; i++) {
		const struct scn_frame *from = &s->frames[i];
		uint8_t *data = malloc(from->captured > 0 ? from->captured : 1);

		if (data == NULL)
			abort();
		memcpy(data, from->bytes.at, from->captured);
		if (from->is_unseen) {
			free(data);
			continue;
		}
		frames[count++] = (struct dg_frame){
		    .data = data,
		    .captured = (uint32_t)from->captured,
		    .on_wire = (uint32_t)from->bytes.len,
		    .time_ns = from->time_ns,
		    .linktype = from->linktype,
		    .place = {.file = 0, .frame = (uint32_t)i + 1},
		};
	}
	return count;
}

static int
feed(struct dg_shard *shard, const struct scn_way *way, const struct dg_frame *frames,
    size_t count)
{
	size_t at = 0;
	int turn = 0, error = 0;

	while (error == 0 && at < count) {
		size_t batch;

		if (way->batches[turn] == 0)
			turn = 0;
		batch = way->batches[turn++];
		if (batch > count - at)
			batch = count - at;
		error = dg_shard_feed(shard, frames + at, batch);
		at += batch;
	}
	return error;
}

void
scn_run(const struct scenario *s, const struct scn_way *way, struct scn_result *result)
{
	struct dg_shard_config config = {
	    .correlate =
		{
		    .timeout_ns = s->timeout_ns,
		    .hold_ns = s->hold_ns,
		    .skew_ns = s->skew_ns,
		    .max_transactions = s->max_transactions,
		},
	    .server_ports = s->ports,
	    .secret = way->secret,
	};
	struct dg_correlate_sink sink = {result, note_transaction, note_icmp, NULL};
	static struct dg_frame frames[SCN_FRAMES_MAX];
	static struct dg_tally tally;
	struct dg_shard *shard;
	size_t count = make_frames(s, frames);

	memset(result, 0, sizeof *result);
	dg_tally_init(&tally, &way->secret);
	result->error = dg_shard_new(&config, &sink, &tally, &shard);
	if (result->error == 0) {
		result->error = feed(shard, way, frames, count);
		if (result->error == 0)
			result->error = dg_shard_finish(shard);
		dg_shard_free(shard);
	}
	result->quality = tally.quality;
	dg_tally_fini(&tally);
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)frames[i].data);
}

/*
 * run.c - frames go through a shard; what it tells is written down.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsgap/error.h"
#include "engine/shard.h"
#include "scenario.h"

/* Field by field into zeros: what lies between fields must not enter a comparison. */
static void
copy_transaction(struct dg_transaction *to, const struct dg_transaction *from)
{
	memset(to, 0, sizeof *to);
	to->flow = from->flow;
	to->id = from->id;
	to->is_attempt = from->is_attempt;
	to->outcome = from->outcome;
	to->has_question = from->has_question;
	to->qtype = from->qtype;
	to->qclass = from->qclass;
	to->qname_length = from->qname_length;
	to->has_reply = from->has_reply;
	to->is_nodata = from->is_nodata;
	to->rcode = from->rcode;
	to->resends = from->resends;
	to->resends_after_reply = from->resends_after_reply;
	to->first_ns = from->first_ns;
	to->reply_ns = from->reply_ns;
	to->latency_ns = from->latency_ns;
	to->query_place = from->query_place;
	to->reply_place = from->reply_place;
	to->is_partial = from->is_partial;
	to->is_lost = from->is_lost;
	to->end_place = from->end_place;
	to->is_end_by_client = from->is_end_by_client;
	to->linked_place = from->linked_place;
	to->icmp_place = from->icmp_place;
	to->icmp_type = from->icmp_type;
	to->icmp_code = from->icmp_code;
	to->ede_code = from->ede_code;
}

/* Who is told: the result, and a tally, as in the program. */
struct listeners {
	struct scn_result *result;
	struct dg_tally *tally;
};

static int
note_transaction(void *context, const struct dg_transaction *t)
{
	const struct listeners *l = context;
	struct scn_result *r = l->result;
	struct scn_transaction *kept = &r->transactions[r->transaction_count];

	if (r->transaction_count == SCN_FRAMES_MAX)
		return DNSGAP_ENOMEM;
	r->transaction_count++;
	copy_transaction(&kept->t, t);
	if (t->qname != NULL)
		memcpy(kept->qname, t->qname, t->qname_length);
	return dg_tally_transaction(l->tally, t);
}

static int
note_icmp(void *context, const struct dg_icmp_event *e)
{
	const struct listeners *l = context;
	struct scn_result *r = l->result;

	if (r->event_count == SCN_FRAMES_MAX)
		return DNSGAP_ENOMEM;
	r->events[r->event_count++] = *e;
	return dg_tally_icmp(l->tally, e);
}

static int
note_orphan(void *context, const struct dg_flow *flow)
{
	const struct listeners *l = context;

	return dg_tally_orphan(l->tally, flow);
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

/* Tells of the losses before this frame; returns how many frames come before the next. */
static size_t
tell_losses(struct dg_shard *shard, const struct scenario *s, size_t *told,
    const struct dg_frame *frames, size_t count)
{
	size_t before = 0;

	while (*told < s->loss_count && frames[0].place.frame > s->losses[*told].before) {
		dg_shard_lost(shard, s->losses[*told].from_ns, s->losses[*told].until_ns);
		++*told;
	}
	while (before < count &&
	    (*told == s->loss_count || frames[before].place.frame <= s->losses[*told].before))
		before++;
	return before;
}

static int
feed(const struct scenario *s, struct dg_shard *shard, const struct scn_way *way,
    const struct dg_frame *frames, size_t count)
{
	size_t at = 0, told = 0;
	int turn = 0, error = 0;

	while (error == 0 && at < count) {
		size_t batch, before = tell_losses(shard, s, &told, frames + at, count - at);

		if (way->batches[turn] == 0)
			turn = 0;
		batch = way->batches[turn++];
		if (batch > before)
			batch = before;
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
	static struct dg_frame frames[SCN_FRAMES_MAX];
	static struct dg_tally tally;
	struct listeners listeners = {result, &tally};
	struct dg_correlate_sink sink = {.context = &listeners,
	    .transaction = note_transaction,
	    .icmp = note_icmp,
	    .orphan = note_orphan};
	struct dg_shard *shard;
	size_t count = make_frames(s, frames);

	memset(result, 0, sizeof *result);
	dg_tally_init(&tally, &way->secret);
	result->error = dg_shard_new(&config, &sink, &tally, &shard);
	if (result->error == 0) {
		result->error = feed(s, shard, way, frames, count);
		if (result->error == 0)
			result->error = dg_shard_finish(shard);
		if (result->error == 0)
			result->error = dg_tally_flush(&tally);
		dg_shard_free(shard);
	}
	result->quality = tally.quality;
	if (result->error == 0)
		result->error = scn_findings_make(s, &tally, result);
	dg_tally_fini(&tally);
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)frames[i].data);
}

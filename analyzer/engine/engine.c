/*
 * engine.c - from a source to a tally, in one thread.
 */
#include "engine/engine.h"

#include <stdlib.h>

#include "decode/packet.h"
#include "dns/deep.h"
#include "engine/asked.h"
#include "source/pcapfile.h"
#include "tally/merge.h"

struct dg_engine {
	struct dg_shard *shard;
	struct dg_hash_key secret;
	struct dg_tally tally;
	struct dg_asked asked;
	dg_engine_listener *listener; /* or NULL */
	void *listener_context;
	struct dg_batch batch;
};

static int
on_transaction(void *context, const struct dg_transaction *t)
{
	struct dg_engine *e = context;
	int error = dg_tally_transaction(&e->tally, t);

	if (error == 0 && e->listener != NULL)
		error = e->listener(e->listener_context, t);
	return error;
}

static struct dg_transaction *
room(void *context)
{
	struct dg_engine *e = context;

	return dg_tally_room(&e->tally);
}

static int
on_icmp(void *context, const struct dg_icmp_event *event)
{
	struct dg_engine *e = context;

	return dg_tally_icmp(&e->tally, event);
}

static int
on_orphan(void *context, const struct dg_flow *flow)
{
	struct dg_engine *e = context;

	return dg_tally_orphan(&e->tally, flow);
}

int
dg_engine_new(const struct dg_shard_config *config, struct dg_engine **out)
{
	struct dg_engine *e = calloc(1, sizeof *e);
	struct dg_correlate_sink sink = {
	    .transaction = on_transaction, .room = room, .icmp = on_icmp, .orphan = on_orphan};

	if (e == NULL)
		return DNSGAP_ENOMEM;
	e->secret = config->secret;
	dg_tally_init(&e->tally, &config->secret);
	dg_asked_init(&e->asked, &config->secret);
	sink.context = e;
	if (dg_shard_new(config, &sink, &e->tally, &e->shard) != 0) {
		dg_engine_free(e);
		return DNSGAP_ENOMEM;
	}
	*out = e;
	return 0;
}

void
dg_engine_free(struct dg_engine *e)
{
	if (e == NULL)
		return;
	dg_shard_free(e->shard);
	dg_tally_fini(&e->tally);
	dg_asked_fini(&e->asked);
	free(e);
}

void
dg_engine_set_listener(struct dg_engine *e, dg_engine_listener *listener, void *context)
{
	e->listener = listener;
	e->listener_context = context;
}

int
dg_engine_feed(struct dg_engine *e, const struct dg_frame *frame)
{
	return dg_shard_feed(e->shard, frame, 1);
}

void
dg_engine_lost(struct dg_engine *e, int64_t from_ns, int64_t until_ns)
{
	dg_shard_lost(e->shard, from_ns, until_ns);
}

uint64_t
dg_engine_open(const struct dg_engine *e)
{
	return e->shard != NULL ? dg_shard_open(e->shard) : 0;
}

int
dg_engine_feed_batch(struct dg_engine *e, const struct dg_frame *frames, size_t count)
{
	return dg_shard_feed(e->shard, frames, count);
}

int
dg_engine_run(struct dg_engine *e, struct dg_source source, uint64_t max_frames,
    int (*progress)(void *context), void *context, struct dg_fail *fail)
{
	uint64_t left = max_frames != 0 ? max_frames : UINT64_MAX;

	while (left > 0) {
		size_t count;
		int error = source.next(source.context, &e->batch, fail);
		if (error != 0 || e->batch.count == 0)
			return error;
		count = e->batch.count < left ? e->batch.count : (size_t)left;
		left -= count;
		error = dg_shard_feed(e->shard, e->batch.frames, count);
		if (error == DNSGAP_ENOMEM)
			return dg_fail_memory(fail);
		if (error != 0)
			return dg_fail_set(fail, error, "transactions could not be written");
		if (progress != NULL && progress(context) != 0)
			return dg_fail_set(fail, DNSGAP_ESTOPPED, "stopped");
	}
	return 0;
}

int
dg_engine_finish(struct dg_engine *e)
{
	int error = dg_shard_finish(e->shard);

	if (error == 0)
		error = dg_tally_flush(&e->tally);
	if (error == 0)
		(void)dg_asked_mark(&e->asked, &e->tally);
	/* What comes now needs memory, too. */
	dg_shard_free(e->shard);
	e->shard = NULL;
	return error;
}

int
dg_engine_settle(struct dg_engine *e)
{
	return dg_tally_flush(&e->tally);
}

int
dg_engine_copy(struct dg_engine *e, int64_t now_ns, struct dg_tally *out, uint64_t *waiting)
{
	struct dg_correlate_sink sink = {.context = out,
	    .transaction = dg_tally_transaction,
	    .icmp = dg_tally_icmp,
	    .orphan = dg_tally_orphan};
	int error;

	dg_tally_init(out, &e->secret);
	dg_shard_count(e->shard, &e->tally.quality);
	error = dg_tally_merge(out, &e->tally);
	if (error == 0)
		error = dg_shard_look(e->shard, now_ns, &sink, out, waiting);
	if (error == 0)
		error = dg_tally_flush(out);
	if (error == 0)
		(void)dg_asked_mark(&e->asked, out);
	return error;
}

void
dg_engine_take(struct dg_engine *e, struct dg_tally *out)
{
	struct dg_history history;

	dg_shard_count(e->shard, &e->tally.quality);
	dg_shard_forget_counts(e->shard);
	history = dg_tally_history(&e->tally);
	*out = e->tally;
	/* What is open asks, too; an orphan of such a server is rare, and a walk is long. */
	if (dg_asked_mark(&e->asked, out) > 0)
		dg_shard_each_open(e->shard, dg_asked_mark_flow, out);
	dg_asked_add(&e->asked, out, dg_shard_newest_ns(e->shard));
	dg_tally_init(&e->tally, &e->secret);
	e->tally.history = history;
}

struct dg_tally *
dg_engine_tally(struct dg_engine *e)
{
	return &e->tally;
}

bool
dg_engine_supports(uint32_t linktype)
{
	return dg_decode_supports(linktype);
}

const char *
dg_engine_library_version(enum dg_library library)
{
	return library == DG_LIBRARY_PCAP ? dg_pcapfile_library_version()
					  : dg_dns_library_version();
}

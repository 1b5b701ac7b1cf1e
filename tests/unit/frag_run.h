/* frag_run.h - fragments made and fed, for the tests of frag.c. */

#ifndef FRAG_RUN_H
#define FRAG_RUN_H

#include "base/limits.h"
#include "reassembly/frag.h"
#include "rows.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1700000000) * SECOND)
#define TOLD_MAX 64

static const struct dg_hash_key secret = {1, 2};

struct run {
	struct dg_frag *frag;
	struct dg_frag_datagram told[TOLD_MAX]; /* the first ones */
	uint64_t told_count;
	uint64_t told_ends[DG_FRAG_END_COUNT];
	int answer; /* of the sink */
	struct dg_frag_news news; /* of the last fragment */
	bool is_whole;            /* as it says */
	uint64_t whole_count;
	struct dg_packet packet;
	uint8_t bytes[70000];
};

static inline int
on_datagram(void *context, const struct dg_frag_datagram *d)
{
	struct run *run = context;

	if (run->told_count < TOLD_MAX)
		run->told[run->told_count] = *d;
	run->told_count++;
	run->told_ends[d->end]++;
	return run->answer;
}

static inline struct run *
run_new(void)
{
	struct run *run = calloc(1, sizeof *run);
	struct dg_frag_sink sink = {run, on_datagram};

	assert_non_null(run);
	assert_int_equal(dg_frag_new(&secret, &sink, &run->frag), 0);
	return run;
}

/* Every datagram is told exactly once, and as it is counted. */
static inline void
run_free(struct run *run)
{
	const struct dg_frag_stats *s = dg_frag_stats(run->frag);

	assert_int_equal(dg_frag_finish(run->frag), 0);
	assert_true(s->datagrams == run->told_count);
	for (int end = 0; end < DG_FRAG_END_COUNT; end++)
		assert_true(s->ends[end] == run->told_ends[end]);
	assert_true(s->ends[DG_FRAG_WHOLE] == run->whole_count);
	assert_true(s->evicted <= s->ends[DG_FRAG_INCOMPLETE]);
	dg_frag_free(run->frag);
	free(run);
}

static inline uint8_t
octet(uint32_t place)
{
	return (uint8_t)(place * 7 + (place >> 8) + 3);
}

struct piece {
	uint32_t offset;
	uint32_t size;
	uint32_t captured;
	uint32_t id;
	bool has_more;
	bool is_other;
	uint8_t family;
};

/* The packet as dg_decode leaves it; a first one holds UDP ports when 8 octets are there. */
static inline void
make_packet(struct run *run, const struct piece *p)
{
	struct dg_packet *packet = &run->packet;
	struct dg_ip *ip = &packet->ip;

	memset(packet, 0xee, sizeof *packet);
	for (uint32_t i = 0; i < p->size; i++)
		run->bytes[i] = octet(p->offset + i);
	if (p->is_other && p->size > 0)
		run->bytes[p->size - 1] ^= 0xff;
	packet->path = run->bytes;
	packet->path_bytes = 14;
	packet->outer_mark = 0;
	packet->tunnels = 0;
	packet->outer_headers = 0;
	packet->has_ports = p->offset == 0 && p->captured >= 8;
	packet->payload = (struct dg_cur){0};
	if (packet->has_ports)
		packet->payload = dg_cur_make(run->bytes + 8, p->captured - 8, SIZE_MAX);
	packet->ports = (struct dg_ports){.source = 53, .destination = 4001};
	*ip = (struct dg_ip){
	    .source = {{10, 0, 0, 53}},
	    .destination = {{10, 0, 0, 1}},
	    .family = p->family,
	    .protocol = DG_PROTOCOL_UDP,
	    .fragment_protocol = DG_PROTOCOL_UDP,
	    .is_fragment = true,
	    .is_later_fragment = p->offset > 0,
	    .ttl = 64,
	    .id = p->id,
	    .fragment = dg_cur_make(run->bytes, p->captured, p->size),
	    .fragment_offset = p->offset,
	    .has_more = p->has_more,
	};
	ip->payload = ip->fragment;
}

static inline void
feed_packet(struct run *run, int64_t time_ns)
{
	assert_int_equal(dg_frag_feed(run->frag, &run->packet, time_ns, &run->news), 0);
	run->is_whole = run->news.is_whole;
	run->whole_count += run->is_whole;
}

static inline void
feed(struct run *run, const struct piece *p, int64_t time_ns)
{
	make_packet(run, p);
	feed_packet(run, time_ns);
}

#endif

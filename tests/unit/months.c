/*
 * months.c - 10,000 cuts of a minute each, in packet time: memory stays flat.
 *
 * Every minute brings clients, servers and names that were never seen, connections that nobody
 * finishes, fragments without their rest, replies that nobody asked for and errors that quote
 * little.  Now and then the clock steps, frames are lost, and a flood comes.
 */
#include <malloc.h>
#include <unistd.h>

#include "dnsgap/config.h"
#include "dnsgap/render.h"
#include "dnsgap/session.h"
#include "dnsgap/summary.h"
#include "pkt.h"
#include "rows.h"

#define S INT64_C(1000000000)
#define MINUTE (60 * S)
#define START (INT64_C(1700000000) * S)
#define ETHERNET 1

#ifdef __SANITIZE_ADDRESS__
#define CUTS 1000 /* a sanitizer keeps what was freed: memory is not measured */
#else
#define CUTS 10000
#endif
#define WARM 100
#define FLOOD 60000
#define FLOOD_AT 150
#define FORGOTTEN 25 /* minutes after it */
/* What a minute leaves open differs from that of another minute by less than this. */
#define SLACK_BYTES (1 << 20)
#define SLACK_RSS_BYTES (8 << 20)

struct run {
	struct dnsgap_session *session;
	struct pkt_buf frame;
	int64_t now_ns;
	uint64_t seed;
	uint64_t frames;       /* fed */
	uint64_t transactions; /* that must come of them */
	uint64_t counted_frames;
	uint64_t counted; /* transactions in cuts */
};

static void
feed(struct run *r, const struct pkt_facts *facts)
{
	pkt_buf_clear(&r->frame);
	pkt_frame(&r->frame, facts);
	assert_int_equal(dnsgap_session_feed(r->session, ETHERNET, r->now_ns, r->frame.at,
			     r->frame.len, r->frame.len),
	    0);
	r->frames++;
}

static unsigned
draw(struct run *r, unsigned below)
{
	return (unsigned)(rows_random(&r->seed) >> 33) % below;
}

/* An address that was hardly seen before. */
static struct pkt_addr
somebody(struct run *r, uint8_t net)
{
	uint64_t n = rows_random(&r->seed);

	return (struct pkt_addr){
	    .bytes = {net, (uint8_t)(n >> 40), (uint8_t)(n >> 32), (uint8_t)(n >> 24)}};
}

/* Mostly short, now and then of 200 octets. */
static void
make_name(struct run *r, char name[256])
{
	int at = snprintf(name, 256, "h%llx.z%u", (unsigned long long)rows_random(&r->seed),
	    draw(r, 1000000));

	while (draw(r, 8) == 0 && at < 180)
		at += snprintf(
		    name + at, 256 - (size_t)at, ".a-rather-long-label-%u", draw(r, 10));
	snprintf(name + at, 256 - (size_t)at, ".example");
}

static void
ask(struct run *r, bool is_answered)
{
	struct pkt_facts f = {
	    .ip = {.src_bytes = somebody(r, 10), .dst_bytes = somebody(r, 198)},
	    .udp = {.sport = (uint16_t)(1024 + draw(r, 60000)), .dport = 53},
	    .dns = {.id = (uint16_t)draw(r, 65536), .flags = PKT_RD}};
	struct pkt_facts reply = f;
	char name[256];

	make_name(r, name);
	f.dns.qname = reply.dns.qname = name;
	feed(r, &f);
	r->transactions++;
	r->now_ns += S / 100;
	if (!is_answered)
		return;
	reply.ip.src_bytes = f.ip.dst_bytes;
	reply.ip.dst_bytes = f.ip.src_bytes;
	reply.udp.sport = 53;
	reply.udp.dport = f.udp.sport;
	reply.dns.flags = PKT_QR | PKT_RD | (draw(r, 9) == 0 ? PKT_TC : 0);
	reply.dns.rcode = draw(r, 4) == 0 ? 2 : 0;
	feed(r, &reply);
}

/* A reply that nobody asked for. */
static void
answer_nobody(struct run *r)
{
	char name[256];

	make_name(r, name);
	feed(r,
	    &(struct pkt_facts){
		.ip = {.src_bytes = somebody(r, 198), .dst_bytes = somebody(r, 10)},
		.udp = {.sport = 53, .dport = (uint16_t)(1024 + draw(r, 60000))},
		.dns = {.id = 7, .flags = PKT_QR, .qname = name}});
}

/* A segment with these flags, and `size` octets that lie `gap` behind what is expected. */
static void
send_segment(struct run *r, const struct pkt_addr ends[2], uint16_t port, uint8_t flags,
    uint32_t seq, unsigned size)
{
	uint8_t segment[20 + 400] = {(uint8_t)(port >> 8), (uint8_t)port, 0, 53,
	    (uint8_t)(seq >> 24), (uint8_t)(seq >> 16), (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0,
	    0, 1, 0x50, flags, 255, 255};

	feed(r,
	    &(struct pkt_facts){
		.ip = {.src_bytes = ends[0], .dst_bytes = ends[1], .protocol = 6},
		.ip_payload = segment,
		.ip_payload_len = 20 + size});
}

/* One that nobody answers; one under way of which octets wait for others that never come. */
static void
connect_to_nobody(struct run *r)
{
	struct pkt_addr ends[2] = {somebody(r, 10), somebody(r, 198)};
	uint16_t port = (uint16_t)(1024 + draw(r, 60000));
	uint32_t seq = draw(r, 1u << 30);

	send_segment(r, ends, port, 0x02, seq, 0);
	r->transactions++;
	r->now_ns += S / 100;
	ends[0] = somebody(r, 10);
	send_segment(r, ends, port, 0x02, seq, 0);
	send_segment(r, ends, port, 0x10, seq + 1, 0);
	send_segment(r, ends, port, 0x18, seq + 100, 400);
}

/* The beginning of one datagram, and the end of another. */
static void
send_fragments(struct run *r)
{
	uint8_t bytes[64] = {0, 53, 16, 0, 1, 0};
	struct pkt_facts f = {.ip = {.src_bytes = somebody(r, 198),
				  .dst_bytes = somebody(r, 10),
				  .id = draw(r, 65536),
				  .protocol = 17,
				  .is_more = true},
	    .ip_payload = bytes,
	    .ip_payload_len = sizeof bytes};

	feed(r, &f);
	f.ip.src_bytes = somebody(r, 198);
	f.ip.is_more = false;
	f.ip.fragment_offset = 1480;
	feed(r, &f);
}

/* An error that quotes nothing but addresses and ports. */
static void
refuse(struct run *r)
{
	struct pkt_buf quoted = {0};
	struct pkt_icmp icmp = {.type = 3, .code = 3, .cut_len = 28};
	struct pkt_facts query = {.link = {.kind = PKT_LINK_NONE},
	    .ip = {.src_bytes = somebody(r, 10), .dst_bytes = somebody(r, 198)},
	    .udp = {.sport = (uint16_t)(1024 + draw(r, 60000)), .dport = 53},
	    .dns = {.id = 1, .qname = "a.example"}};

	pkt_frame(&quoted, &query);
	icmp.quoted = quoted.at;
	icmp.quoted_len = quoted.len;
	feed(r,
	    &(struct pkt_facts){
		.ip = {.src_bytes = somebody(r, 172), .dst_bytes = query.ip.src_bytes},
		.icmp = &icmp});
	pkt_buf_fini(&quoted);
}

static void
live_a_minute(struct run *r, unsigned minute)
{
	int64_t begin_ns = r->now_ns;

	if (minute % 1000 == 500)
		begin_ns = r->now_ns -= 60 * MINUTE;
	if (minute % 1000 == 700)
		begin_ns = r->now_ns += 24 * 60 * MINUTE;
	for (unsigned i = 0; i < 12; i++)
		ask(r, i % 2 == 0);
	for (unsigned i = 0; i < 2; i++) {
		connect_to_nobody(r);
		send_fragments(r);
		answer_nobody(r);
		refuse(r);
	}
	if (minute % 7 == 3)
		assert_int_equal(dnsgap_session_lost(r->session, r->now_ns, r->now_ns + S), 0);
	if (minute % 3000 == FLOOD_AT) {
		for (unsigned i = 0; i < FLOOD; i++) {
			ask(r, false);
			r->now_ns -= S / 100 - 1000;
		}
	}
	r->now_ns = begin_ns + MINUTE;
}

static int
swallow(void *context, const void *bytes, size_t size)
{
	(void)context;
	(void)bytes;
	(void)size;
	return 0;
}

static void
look_at(struct run *r, struct dnsgap_session *cut, bool is_taken, bool is_rendered)
{
	assert_int_equal(dnsgap_session_finish(cut), 0);
	if (is_rendered)
		assert_int_equal(dnsgap_render_json(cut, swallow, NULL), 0);
	if (is_taken) {
		r->counted_frames += dnsgap_frames(cut);
		r->counted += dnsgap_transactions(cut);
	}
}

static void
take(struct run *r, unsigned minute)
{
	struct dnsgap_session *cut;

	if (minute % 25 == 0) {
		assert_int_equal(dnsgap_session_cut(r->session, DNSGAP_CUT_COPY, &cut), 0);
		look_at(r, cut, false, minute % 100 == 0);
		dnsgap_session_free(cut);
	}
	assert_int_equal(dnsgap_session_cut(r->session, DNSGAP_CUT_TAKE, &cut), 0);
	look_at(r, cut, true, minute % 50 == 0);
	dnsgap_session_free(cut);
}

static size_t
used_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static size_t
resident_bytes(void)
{
	unsigned long all = 0, resident = 0;
	FILE *file;

	malloc_trim(0);
	file = fopen("/proc/self/statm", "re");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &all, &resident), 2);
	fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* Not soon after a flood: then more is open, and the servers that were asked are remembered. */
static void
check_memory(unsigned minute, size_t *base, size_t *base_resident)
{
	size_t used, resident;

	if (minute % 3000 >= FLOOD_AT && minute % 3000 < FLOOD_AT + FORGOTTEN)
		return;
	used = used_bytes();
	resident =
	    minute % 50 == 0 || minute % 3000 == FLOOD_AT + FORGOTTEN ? resident_bytes() : 0;
	if (minute == WARM) {
		*base = used;
		*base_resident = resident;
	}
	if (minute <= WARM)
		return;
	if (used > *base + SLACK_BYTES || resident > *base_resident + SLACK_RSS_BYTES)
		fail_msg("minute %u: %zu bytes in use and %zu resident, after %zu and %zu",
		    minute, used, resident, *base, *base_resident);
}

static void
test_months(void **state)
{
	struct run r = {.now_ns = START, .seed = 20261122};
	struct dnsgap_config *config;
	size_t base = 0, base_resident = 0;

	(void)state;
	assert_int_equal(dnsgap_config_new(&config), 0);
	assert_int_equal(dnsgap_session_new(config, &r.session), 0);
	dnsgap_config_free(config);
	for (unsigned minute = 0; minute < CUTS; minute++) {
		live_a_minute(&r, minute);
		take(&r, minute);
#ifndef __SANITIZE_ADDRESS__
		check_memory(minute, &base, &base_resident);
#endif
	}
	(void)check_memory;
	(void)base;
	(void)base_resident;
	assert_int_equal(r.counted + dnsgap_session_open(r.session), r.transactions);
	assert_int_equal(dnsgap_session_finish(r.session), 0);
	r.counted += dnsgap_transactions(r.session);
	r.counted_frames += dnsgap_frames(r.session);
	assert_int_equal(r.counted, r.transactions);
	assert_int_equal(r.counted_frames, r.frames);
	dnsgap_session_free(r.session);
	pkt_buf_fini(&r.frame);
}

int
main(void)
{
	struct rows r = {0};

	rows_add(
	    &r, rows_name("memory is flat over %d cuts of a minute", CUTS), test_months, NULL);
	return rows_run(&r, "months");
}

/*
 * fuzz_frag.c - fragments become datagrams, as in a plain second way: for each octet of
 * each datagram the fragment that brought it.
 *
 * Input: records of nine bytes.
 *
 *	0     the datagram (5 bits), more are to come, an octet differs; 0x80: time passes
 *	1-2   the offset, in units of 8 octets; 0x8000: a small one
 *	3-4   the size; 0x8000: a small one
 *	5-6   0: all was captured; else what was, modulo the size + 1
 *	7-8   which octet differs
 *
 * Time passes: byte 1 is the number of seconds, byte 2 whether back or after a step.
 */
#include <string.h>

#include "base/limits.h"
#include "fuzz.h"
#include "reassembly/frag.h"

#define DATAGRAMS 32
#define OCTETS 65536
#define SECOND INT64_C(1000000000)

/* What a packet is told by, besides its bytes. */
struct mark {
	uint16_t number; /* of the record; 0 is none */
	bool has_ports;
};

/* A datagram in the plain way. */
struct plain {
	bool is_known;
	bool is_refused;
	bool is_done; /* whole; it knows second sightings for a while */
	int64_t done_ns;
	uint64_t done_number; /* of the whole ones */
	uint64_t order;       /* in which they began */
	int64_t begun_ns;
	uint32_t end; /* 0: not known */
	struct mark first;
	uint32_t used;           /* no octet from here on was ever touched */
	uint16_t owners[OCTETS]; /* the record that brought each octet */
	uint8_t bytes[OCTETS];
	bool is_captured[OCTETS];
};

struct piece {
	uint8_t datagram;
	uint32_t offset;
	size_t size;
	uint32_t captured;
	bool has_more;
	uint8_t *bytes; /* exactly those captured */
	struct mark mark;
};

struct test {
	struct dg_frag *frag;
	struct plain *plains[DATAGRAMS]; /* made when first needed */
	struct dg_frag_stats expected;   /* as far as it is known when */
	int64_t now_ns;
	int64_t newest_ns;
	bool is_finishing;
	enum dg_frag_end ends[2]; /* that a fragment must bring */
	struct mark ended_first[2];
	unsigned end_count;
	unsigned end_seen;
	bool is_feeding;
};

/* --- datagrams by number ---------------------------------------------------- */

/* The bits are family, sender, receiver, ID, protocol; of IPv6 the protocol is no part. */
static void
set_key(struct dg_ip *ip, uint8_t n)
{
	ip->family = n & 1 ? DG_FAMILY_IP6 : DG_FAMILY_IP4;
	ip->source = (struct dg_addr){{10, 0, n & 2}};
	ip->destination = (struct dg_addr){{10, 1, n & 4}};
	ip->id = n & 8 ? 7 : 8;
	ip->fragment_protocol = n & 16 ? DG_PROTOCOL_UDP : DG_PROTOCOL_TCP;
	ip->protocol = ip->fragment_protocol;
}

static struct plain *
plain_of(struct test *t, uint8_t n)
{
	struct plain **p = &t->plains[n & 1 ? n & 15 : n];

	if (*p == NULL)
		*p = calloc(1, sizeof **p);
	FUZZ_CHECK(*p != NULL);
	return *p;
}

static bool
is_over(const struct test *t, const struct plain *p)
{
	return t->newest_ns - p->begun_ns > 30 * SECOND;
}

/* --- the plain way ---------------------------------------------------------- */

static void
expect_end(struct test *t, struct plain *p, enum dg_frag_end end)
{
	t->ends[t->end_count] = end;
	t->ended_first[t->end_count++] = p->first;
	t->expected.ends[end]++;
	p->is_known = false;
}

static enum dg_frag_end
lost_end(const struct plain *p)
{
	return p->is_refused ? DG_FRAG_REFUSED : DG_FRAG_INCOMPLETE;
}

static bool
is_duplicate(const struct plain *p, const struct piece *x)
{
	for (size_t i = 0; i < x->size; i++) {
		size_t at = x->offset + i;

		if (at >= OCTETS - 1 || p->owners[at] == 0)
			return false;
		if (i < x->captured && p->is_captured[at] && p->bytes[at] != x->bytes[i])
			return false;
	}
	return true;
}

static bool
is_refused(const struct plain *p, const struct piece *x)
{
	size_t end = x->offset + x->size;

	if (x->size > OCTETS || end > OCTETS - 1)
		return true;
	for (size_t at = x->offset; at < end; at++) {
		if (p->owners[at] != 0)
			return true;
	}
	if (x->has_more)
		return x->size % 8 != 0 || (p->end != 0 && end > p->end);
	for (size_t at = end; at < p->used; at++) {
		if (p->owners[at] != 0)
			return true;
	}
	return p->end != 0 && p->end != end;
}

static void
put(struct plain *p, const struct piece *x)
{
	for (size_t i = 0; i < x->size; i++) {
		size_t at = x->offset + i;

		p->owners[at] = x->mark.number;
		p->is_captured[at] = i < x->captured;
		p->bytes[at] = i < x->captured ? x->bytes[i] : 0;
	}
	if (p->used < x->offset + x->size)
		p->used = (uint32_t)(x->offset + x->size);
	if (!x->has_more)
		p->end = (uint32_t)(x->offset + x->size);
}

static bool
is_whole(const struct plain *p)
{
	for (uint32_t at = 0; at < p->end; at++) {
		if (p->owners[at] == 0)
			return false;
	}
	return p->end != 0;
}

static void
clear(struct plain *p)
{
	memset(p->owners, 0, p->used * sizeof *p->owners);
	p->is_refused = false;
	p->end = 0;
	p->first = (struct mark){0};
	p->used = 0;
}

/* Within 1 ms of the fragment that made it whole, unless 64 others became whole since. */
static bool
is_second_sighting(const struct test *t, const struct plain *p, const struct piece *x)
{
	int64_t since = t->now_ns - p->done_ns;

	return p->is_done && since <= 1000000 && since >= -1000000 &&
	    t->expected.ends[DG_FRAG_WHOLE] - p->done_number < 64 &&
	    x->size <= OCTETS && is_duplicate(p, x);
}

/* Returns whether it makes its datagram whole. */
static bool
feed_plain(struct test *t, struct plain *p, const struct piece *x)
{
	t->expected.fragments++;
	if (x->size == 0) {
		t->expected.duplicates += !p->is_known || !p->is_refused || is_over(t, p);
		return false;
	}
	if (is_second_sighting(t, p, x)) {
		t->expected.duplicates++;
		return false;
	}
	p->is_done = false;
	if (p->is_known && is_over(t, p))
		expect_end(t, p, lost_end(p));
	if (!p->is_known) {
		clear(p);
		p->is_known = true;
		p->begun_ns = t->now_ns;
		p->order = ++t->expected.datagrams;
	}
	if (x->offset == 0 && p->first.number == 0)
		p->first = x->mark;
	if (p->is_refused)
		return false;
	if (is_duplicate(p, x)) {
		t->expected.duplicates++;
	} else if (is_refused(p, x)) {
		p->is_refused = true;
	} else {
		put(p, x);
		if (is_whole(p)) {
			expect_end(t, p, DG_FRAG_WHOLE);
			p->is_done = true;
			p->done_ns = t->now_ns;
			p->done_number = t->expected.ends[DG_FRAG_WHOLE];
			return true;
		}
	}
	return false;
}

/* --- what is told ------------------------------------------------------------ */

static uint8_t
datagram_number(const struct test *t, const struct dg_frag_datagram *d)
{
	uint8_t n = (uint8_t)(d->sender.bytes[2] | d->receiver.bytes[2] |
	    (d->family == DG_FAMILY_IP6 ? 1 : 0));
	uint64_t least = UINT64_MAX;
	uint8_t found = n;

	/* ID and protocol are not told: it must be the one of these that began first. */
	for (uint8_t more = 0; more < 32; more = (uint8_t)(more + 8)) {
		const struct plain *p = t->plains[n | more];

		if (p != NULL && p->is_known && p->order < least) {
			least = p->order;
			found = n | more;
		}
	}
	FUZZ_CHECK(least != UINT64_MAX);
	return found;
}

static void
check_told(const struct dg_frag_datagram *d, enum dg_frag_end end, struct mark first)
{
	FUZZ_CHECK(d->end == end);
	FUZZ_CHECK(d->has_first == (first.number != 0));
	FUZZ_CHECK(d->has_ports == first.has_ports);
	FUZZ_CHECK(d->source_port == (first.has_ports ? first.number : 0));
	FUZZ_CHECK(d->destination_port == (first.has_ports ? 53 : 0));
}

static int
on_datagram(void *context, const struct dg_frag_datagram *d)
{
	struct test *t = context;
	struct plain *p;

	if (t->is_feeding) {
		FUZZ_CHECK(t->end_seen < t->end_count);
		check_told(d, t->ends[t->end_seen], t->ended_first[t->end_seen]);
		t->end_seen++;
		return 0;
	}
	p = plain_of(t, datagram_number(t, d));
	FUZZ_CHECK(t->is_finishing || is_over(t, p));
	check_told(d, lost_end(p), p->first);
	t->expected.ends[d->end]++;
	p->is_known = false;
	return 0;
}

static void
check_whole(const struct plain *p, const struct dg_packet *packet, uint8_t datagram,
    uint16_t last)
{
	const struct dg_ip *ip = &packet->ip;
	struct dg_ip same = {0};

	set_key(&same, datagram);
	FUZZ_CHECK(ip->family == same.family && ip->id == same.id);
	FUZZ_CHECK(memcmp(&ip->source, &same.source, sizeof same.source) == 0);
	FUZZ_CHECK(memcmp(&ip->destination, &same.destination, sizeof same.source) == 0);
	FUZZ_CHECK(ip->protocol == ip->fragment_protocol);
	FUZZ_CHECK(!ip->is_fragment && !ip->is_later_fragment && !ip->has_more);
	FUZZ_CHECK(packet->outer_mark == last);
	FUZZ_CHECK(ip->ttl == (uint8_t)last);
	FUZZ_CHECK(ip->fragment.wire == p->end && ip->fragment.left <= p->end);
	FUZZ_CHECK(!dg_cur_failed(&ip->fragment));
	for (uint32_t at = 0; at < ip->fragment.left; at++)
		FUZZ_CHECK(p->is_captured[at] && ip->fragment.at[at] == p->bytes[at]);
	FUZZ_CHECK(ip->fragment.left == p->end || !p->is_captured[ip->fragment.left]);
}

static void
check_stats(const struct test *t)
{
	const struct dg_frag_stats *s = dg_frag_stats(t->frag);
	uint64_t known = 0;

	FUZZ_CHECK(memcmp(s, &t->expected, sizeof *s) == 0);
	for (unsigned n = 0; n < DATAGRAMS; n++)
		known += t->plains[n] != NULL && t->plains[n]->is_known;
	FUZZ_CHECK(s->datagrams ==
	    known + s->ends[DG_FRAG_WHOLE] + s->ends[DG_FRAG_INCOMPLETE] +
		s->ends[DG_FRAG_REFUSED]);
}

/* --- records ----------------------------------------------------------------- */

static void
finish(struct test *t)
{
	t->is_finishing = true;
	FUZZ_CHECK(dg_frag_finish(t->frag) == 0);
	t->is_finishing = false;
	for (unsigned n = 0; n < DATAGRAMS; n++) {
		FUZZ_CHECK(t->plains[n] == NULL || !t->plains[n]->is_known);
		if (t->plains[n] != NULL)
			t->plains[n]->is_done = false;
	}
}

static void
pass_time(struct test *t, uint8_t seconds, uint8_t how)
{
	if ((how & 3) == 3) {
		finish(t);
		t->now_ns = t->newest_ns = 1000 * SECOND;
	} else if ((how & 3) == 2) {
		t->now_ns = t->newest_ns - seconds * (SECOND / 256);
	} else {
		t->now_ns = t->newest_ns + seconds * SECOND / (how & 1 ? 8 : 1);
	}
	t->newest_ns = t->now_ns > t->newest_ns ? t->now_ns : t->newest_ns;
}

/* What began first is over when its time has come. */
static void
advance(struct test *t)
{
	const struct plain *first = NULL;

	FUZZ_CHECK(dg_frag_advance(t->frag, t->newest_ns) == 0);
	for (unsigned n = 0; n < DATAGRAMS; n++) {
		const struct plain *p = t->plains[n];

		if (p != NULL && p->is_known && (first == NULL || p->order < first->order))
			first = p;
	}
	FUZZ_CHECK(first == NULL || !is_over(t, first));
}

static struct piece
read_piece(struct fuzz_in *in, uint8_t what, uint16_t number)
{
	uint16_t offset = fuzz_u16(in), size = fuzz_u16(in), cut = fuzz_u16(in);
	uint16_t other = fuzz_u16(in);
	struct piece x = {.datagram = what & 31, .has_more = what & 32};

	x.offset = (offset & 0x8000 ? offset & 7u : offset & 0x1fffu) * 8;
	x.size = size & 0x8000 ? size & 63u : size;
	x.captured = (uint32_t)(cut == 0 ? x.size : cut % (x.size + 1));
	x.mark.number = number;
	x.mark.has_ports = x.offset == 0 && x.captured >= 8;
	x.bytes = malloc(x.captured > 0 ? x.captured : 1);
	FUZZ_CHECK(x.bytes != NULL);
	for (uint32_t i = 0; i < x.captured; i++)
		x.bytes[i] = (uint8_t)((x.offset + i) * 7 + ((x.offset + i) >> 8));
	if ((what & 64) && x.captured > 0)
		x.bytes[other % x.captured] ^= 1;
	if (cut == 0xffff)
		x.size = SIZE_MAX;
	return x;
}

static void
feed(struct test *t, const struct piece *x)
{
	struct plain *p = plain_of(t, x->datagram);
	struct dg_packet packet;
	struct dg_ip *ip = &packet.ip;
	struct dg_frag_news news;
	bool must_be_whole;

	memset(&packet, 0xee, sizeof packet);
	set_key(ip, x->datagram);
	ip->is_fragment = true;
	ip->is_later_fragment = x->offset > 0;
	ip->fragment_offset = x->offset;
	ip->has_more = x->has_more;
	ip->ttl = (uint8_t)x->mark.number;
	ip->fragment = ip->payload = dg_cur_make(x->bytes, x->captured, x->size);
	packet.outer_mark = x->mark.number;
	packet.has_ports = x->mark.has_ports;
	if (packet.has_ports)
		packet.payload = dg_cur_make(x->bytes + 8, x->captured - 8, SIZE_MAX);
	packet.ports = (struct dg_ports){.source = x->mark.number, .destination = 53};
	t->end_count = t->end_seen = 0;
	must_be_whole = feed_plain(t, p, x);
	t->is_feeding = true;
	FUZZ_CHECK(dg_frag_feed(t->frag, &packet, t->now_ns, &news) == 0);
	t->is_feeding = false;
	FUZZ_CHECK(t->end_seen == t->end_count);
	FUZZ_CHECK(news.is_whole == must_be_whole);
	/* The mark is the first's when, and only when, it was this one's turn to be it. */
	FUZZ_CHECK(news.is_first == (p->first.number == x->mark.number));
	if (news.is_whole)
		check_whole(p, &packet, x->datagram, x->mark.number);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	struct test t = {.now_ns = 1000 * SECOND, .newest_ns = 1000 * SECOND};
	struct dg_frag_sink sink = {&t, on_datagram};

	FUZZ_CHECK(dg_frag_new(&FUZZ_KEY, &sink, &t.frag) == 0);
	for (uint16_t number = 1; in.left > 0 && number < 300; number++) {
		uint8_t what = fuzz_u8(&in);

		if (what & 0x80) {
			uint8_t seconds = fuzz_u8(&in);

			pass_time(&t, seconds, fuzz_u8(&in));
		} else {
			struct piece x = read_piece(&in, what, number);

			advance(&t);
			feed(&t, &x);
			free(x.bytes);
		}
		check_stats(&t);
	}
	finish(&t);
	check_stats(&t);
	FUZZ_CHECK(dg_frag_stats(t.frag)->evicted == 0);
	dg_frag_free(t.frag);
	for (unsigned n = 0; n < DATAGRAMS; n++)
		free(t.plains[n]);
	return 0;
}

/*
 * frag.c - fragments become datagrams, each sentence of docs/matching.md, "Fragments".
 *
 * Most rows are a script of fragments, run for IPv4 and for IPv6:
 *
 *	OFFSET+SIZE   octets of a datagram in which each octet follows from its place
 *	m             more are to come
 *	!             its last octet is another
 *	cN            the capture holds N of them
 *	kN            of datagram N (0 when not said)
 *	tN            N seconds after the start (that of the one before when not said)
 *	FINISH        the clock steps back, or the capture ends
 */
#include "frag_run.h"

/* --- scripts ---------------------------------------------------------------- */

static const struct script {
	const char *name;
	const char *text;
	uint64_t duplicates, whole, incomplete, refused;
	uint32_t left, wire; /* of the last whole datagram */
} scripts[] = {
    /* What a whole one is. */
    {"two fragments are a datagram", "0+16m 16+5", 0, 1, 0, 0, 21, 21},
    {"three out of order are a datagram", "24+9 8+16m 0+8m", 0, 1, 0, 0, 33, 33},
    {"in reverse order they are a datagram", "16+8 8+8m 0+8m", 0, 1, 0, 0, 24, 24},
    {"a datagram of 65,535 octets is whole", "0+32768m 32768+32767", 0, 1, 0, 0, 65535, 65535},
    {"pieces across blocks of memory fit", "0+2040m 2040+16m 2056+4096m 6152+1", 0, 1, 0, 0,
	6153, 6153},
    {"a fragment that is all of it is whole", "0+9", 0, 1, 0, 0, 9, 9},
    {"a tiny first fragment is a fragment", "0+8m 8+100", 0, 1, 0, 0, 108, 108},
    {"without the first it is incomplete", "8+8m 16+8", 0, 0, 1, 0, 0, 0},
    {"without the middle it is incomplete", "0+8m 16+8", 0, 0, 1, 0, 0, 0},
    {"without the last it is incomplete", "0+8m 8+8m", 0, 0, 1, 0, 0, 0},
    {"two datagrams at once are two", "k1 0+8m k2 0+16m k2 16+4 k1 8+8", 0, 2, 0, 0, 16, 16},
    {"the same numbers come again", "0+8m 8+8 t1 0+16m 16+8", 0, 2, 0, 0, 24, 24},
    {"after the end a fragment begins another", "0+8m 8+8 t1 8+8", 0, 1, 1, 0, 16, 16},
    {"a second sighting of the last is a duplicate", "0+8m 8+8 8+8 0+8m", 2, 1, 0, 0, 16, 16},
    {"other bytes after the end begin another", "0+8m 8+8 0+8m!", 0, 1, 1, 0, 16, 16},
    {"what was not there after the end begins another", "0+8m 8+8 16+8", 0, 1, 1, 0, 16, 16},
    /* Duplicates. */
    {"the same fragment again is a duplicate", "0+8m 0+8m 8+8", 1, 1, 0, 0, 16, 16},
    {"the last one again is a duplicate", "8+8 8+8 8+8 0+8m", 2, 1, 0, 0, 16, 16},
    {"a part that is equal is a duplicate", "0+24m 8+8m 24+1", 1, 1, 0, 0, 25, 25},
    {"equal bytes of two fragments are a duplicate", "0+8m 8+8m 0+16m 16+8", 1, 1, 0, 0, 24,
	24},
    {"a duplicate says nothing of the end", "0+8m 8+8m 8+8", 1, 0, 1, 0, 0, 0},
    {"a duplicate's length may be odd", "0+16m 0+9m 16+4", 1, 1, 0, 0, 20, 20},
    {"a duplicate across blocks is one", "0+4096m 2000+96m 4096+8", 1, 1, 0, 0, 4104, 4104},
    {"a fragment without bytes is a duplicate", "0+8m 8+0m 8+0 8+8", 2, 1, 0, 0, 16, 16},
    {"one without bytes at the start is a duplicate", "0+0m 0+8m 8+8", 1, 1, 0, 0, 16, 16},
    {"one without bytes begins no datagram", "8+0", 1, 0, 0, 0, 0, 0},
    {"one without bytes behind a whole one is a duplicate", "0+8m 8+8 8+0 8+8", 2, 1, 0, 0, 16,
	16},
    {"one without bytes is no duplicate of a refused one for 30 s",
	"0+8m 0+8m! t30 8+0 t31 8+0", 1, 0, 0, 1, 0, 0},
    /* Overlaps (RFC 5722). */
    {"the same place with other bytes is refused", "0+8m 0+8m! 8+8", 0, 0, 0, 1, 0, 0},
    {"an overlap of some octets is refused", "0+16m 8+16m 24+8", 0, 0, 0, 1, 0, 0},
    {"an overlap of what follows is refused", "16+16m 0+24m 32+8", 0, 0, 0, 1, 0, 0},
    {"one around another is refused", "8+8m 0+24m 24+8", 0, 0, 0, 1, 0, 0},
    {"one that fills a gap and more is refused", "0+8m 16+8m 0+24m", 0, 0, 0, 1, 0, 0},
    {"an overlap across blocks is refused", "4096+8m 2040+4096m", 0, 0, 0, 1, 0, 0},
    {"an octet that differs across blocks is refused", "0+4096m 0+4096m!", 0, 0, 0, 1, 0, 0},
    {"what follows a refusal is refused", "0+8m 0+8m! 0+8m 8+8m 16+1", 0, 0, 0, 1, 0, 0},
    {"a refused one has no duplicates", "0+8m 0+8m! 0+8m 8+0m", 0, 0, 0, 1, 0, 0},
    {"a refused one is refused at a step of the clock", "0+8m 0+8m! FINISH 0+8m 8+8", 0, 1, 0,
	1, 16, 16},
    {"a refused one is known for 30 s", "0+8m 0+8m! t30 0+8m 8+8", 0, 0, 0, 1, 0, 0},
    {"a refused one is forgotten after 30 s", "0+8m 0+8m! t31 0+8m 8+8", 0, 1, 0, 1, 16, 16},
    {"a refusal does not touch another datagram", "0+8m k1 0+8m 0+8m! k0 8+8", 0, 1, 0, 1, 16,
	16},
    /* Lengths. */
    {"octet 65,535 is the last", "65528+7", 0, 0, 1, 0, 0, 0},
    {"one that reaches past it is refused", "65528+8", 0, 0, 0, 1, 0, 0},
    {"one that reaches far past it is refused", "65528+60000m", 0, 0, 0, 1, 0, 0},
    {"more than 65,535 octets in all are refused", "0+40000m 40000+25536m 0+8m", 0, 0, 0, 1, 0,
	0},
    {"one too long is refused with what was there", "0+8m 65528+16 8+8", 0, 0, 0, 1, 0, 0},
    {"not the last and no multiple of 8 is refused", "0+12m 16+8", 0, 0, 0, 1, 0, 0},
    {"the last may have any length", "0+8m 8+1", 0, 1, 0, 0, 9, 9},
    /* The end. */
    {"a second, later end is refused", "8+8 16+8 0+8m", 0, 0, 0, 1, 0, 0},
    {"a second, earlier end is refused", "16+8 8+4 0+8m", 0, 0, 0, 1, 0, 0},
    {"bytes past the end are refused", "8+8 16+8m 0+8m", 0, 0, 0, 1, 0, 0},
    {"an end before bytes is refused", "16+8m 0+8 8+8m", 0, 0, 0, 1, 0, 0},
    {"an end right behind all bytes fits", "0+8m 8+8m 16+8", 0, 1, 0, 0, 24, 24},
    /* Cut by the capture. */
    {"a cut last fragment cuts the datagram", "0+8m 8+8c3", 0, 1, 0, 0, 11, 16},
    {"a cut first fragment cuts the datagram", "0+16mc10 16+8", 0, 1, 0, 0, 10, 24},
    {"the first cut counts", "16+8c1 0+8m 8+8mc2", 0, 1, 0, 0, 10, 24},
    {"the first cut counts, in order too", "0+8m 8+8mc2 16+8c1", 0, 1, 0, 0, 10, 24},
    {"nothing captured is a datagram all the same", "0+8mc0 8+8c0", 0, 1, 0, 0, 0, 16},
    {"a cut across blocks", "0+2048mc2048 2048+4096mc3000 6144+1", 0, 1, 0, 0, 5048, 6145},
    {"a duplicate fills no gap", "0+16mc3 0+16m 16+8", 1, 1, 0, 0, 3, 24},
    {"a cut duplicate cuts nothing", "0+16m 0+16mc3 16+8", 1, 1, 0, 0, 24, 24},
    {"what was not captured cannot differ", "0+16mc15 0+16m! 16+8", 1, 1, 0, 0, 15, 24},
    {"what was not captured is no difference", "0+16m 0+16m!c15 16+8", 1, 1, 0, 0, 24, 24},
    {"what was not captured is nothing of before", "0+16m 16+8 k1 0+16mc3 0+16m!", 1, 1, 1, 0,
	24, 24},
    {"what was captured can differ", "0+16mc9 0+16mc12 0+9m! 16+8", 1, 0, 0, 1, 0, 0},
    {"cut bytes are in the way of others", "0+16mc3 8+16m", 0, 0, 0, 1, 0, 0},
    {"a cut one reaches past octet 65,535", "65528+8c0", 0, 0, 0, 1, 0, 0},
    /* Time. */
    {"30 s later it is whole", "0+8m t30 8+8", 0, 1, 0, 0, 16, 16},
    {"more than 30 s later there are two", "0+8m t31 8+8", 0, 0, 2, 0, 0, 0},
    {"30 s count from the first, not the last", "0+8m t20 8+8m t31 16+8", 0, 0, 2, 0, 0, 0},
    {"an earlier fragment moves no time", "t10 0+8m t9 8+8m t40 16+8", 0, 1, 0, 0, 24, 24},
    {"an earlier one gives no more time", "t10 0+8m t9 8+8m t41 16+8", 0, 0, 2, 0, 0, 0},
    {"one over behind one that is not, is over", "t10 k1 0+8m t9 k2 0+8m t40 k2 8+8 k1 8+8", 0,
	1, 2, 0, 16, 16},
    {"a step of the clock ends all", "0+8m k1 0+8m FINISH k0 8+8 k1 8+8", 0, 0, 4, 0, 0, 0},
    {"after a step times may be smaller", "t100 0+8m FINISH t5 0+8m t35 8+8", 0, 1, 1, 0, 16,
	16},
};

static uint32_t
number(const char **text)
{
	uint32_t n = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		n = n * 10 + (uint32_t)(**text - '0');
	return n;
}

/* Reads "OFFSET+SIZE" and what follows without a space. */
static struct piece
read_piece(const char **text, uint32_t id, uint8_t family)
{
	struct piece p = {.id = id, .family = family};

	p.offset = number(text);
	assert_true(**text == '+');
	(*text)++;
	p.size = p.captured = number(text);
	for (; **text != ' ' && **text != 0;) {
		char option = *(*text)++;

		if (option == 'c')
			p.captured = number(text);
		p.has_more |= option == 'm';
		p.is_other |= option == '!';
	}
	return p;
}

struct expect {
	uint64_t fragments;
	struct dg_cur whole; /* of the last */
};

/* Feeds a script, and looks at the octets of all that becomes whole. */
static void
play(struct run *run, const char *text, uint8_t family, struct expect *seen)
{
	int64_t now = START, newest = START;
	uint32_t id = 0;

	while (*text != 0) {
		struct piece p;

		if (*text == 'k' || *text == 't') {
			char what = *text++;
			uint32_t n = number(&text);

			id = what == 'k' ? n : id;
			now = what == 't' ? START + n * SECOND : now;
		} else if (*text == 'F') {
			text += strlen("FINISH");
			assert_int_equal(dg_frag_finish(run->frag), 0);
			newest = 0;
		} else if (*text != ' ') {
			p = read_piece(&text, id, family);
			newest = now > newest ? now : newest;
			assert_int_equal(dg_frag_advance(run->frag, newest), 0);
			feed(run, &p, now);
			seen->fragments++;
			if (run->is_whole)
				seen->whole = run->packet.ip.fragment;
		} else {
			text++;
		}
		for (uint32_t i = 0; run->is_whole && i < seen->whole.left; i++)
			assert_int_equal(seen->whole.at[i], octet(i));
		run->is_whole = false;
	}
}

static void
test_script(const struct script *row, uint8_t family)
{
	struct run *run = run_new();
	const struct dg_frag_stats *s = dg_frag_stats(run->frag);
	struct expect seen = {0};

	play(run, row->text, family, &seen);
	assert_int_equal(dg_frag_finish(run->frag), 0);
	assert_int_equal(s->fragments, seen.fragments);
	assert_int_equal(s->duplicates, row->duplicates);
	assert_int_equal(s->ends[DG_FRAG_WHOLE], row->whole);
	assert_int_equal(s->ends[DG_FRAG_INCOMPLETE], row->incomplete);
	assert_int_equal(s->ends[DG_FRAG_REFUSED], row->refused);
	assert_int_equal(s->datagrams, row->whole + row->incomplete + row->refused);
	assert_int_equal(s->evicted, 0);
	assert_int_equal(seen.whole.left, row->left);
	assert_int_equal(seen.whole.wire, row->wire);
	run_free(run);
}

static void
test_script_ip4(void **state)
{
	test_script(*state, DG_FAMILY_IP4);
}

static void
test_script_ip6(void **state)
{
	test_script(*state, DG_FAMILY_IP6);
}

/* --- what makes a datagram's fragments ---------------------------------------- */

enum change {
	CHANGE_NOTHING,
	CHANGE_ID,
	CHANGE_SENDER,
	CHANGE_RECEIVER,
	CHANGE_SWAP,
	CHANGE_PROTOCOL,
	CHANGE_PAYLOAD_PROTOCOL,
	CHANGE_FAMILY,
	CHANGE_TTL,
};

static const struct key_row {
	const char *name;
	uint8_t family;
	enum change change;
	bool is_same;
} key_rows[] = {
    {"equal addresses, protocol and ID are one IPv4 datagram", 4, CHANGE_NOTHING, true},
    {"equal addresses and ID are one IPv6 datagram", 6, CHANGE_NOTHING, true},
    {"another ID is another datagram", 4, CHANGE_ID, false},
    {"another ID is another IPv6 datagram", 6, CHANGE_ID, false},
    {"the same ID of another sender is another datagram", 4, CHANGE_SENDER, false},
    {"the same ID to another receiver is another datagram", 4, CHANGE_RECEIVER, false},
    {"the same ID of another IPv6 flow is another datagram", 6, CHANGE_RECEIVER, false},
    {"the same ID in the other direction is another datagram", 4, CHANGE_SWAP, false},
    {"another protocol is another IPv4 datagram", 4, CHANGE_PROTOCOL, false},
    {"another protocol is the same IPv6 datagram (RFC 8200 4.5)", 6, CHANGE_PROTOCOL, true},
    {"what follows an AH is not in the key", 4, CHANGE_PAYLOAD_PROTOCOL, true},
    {"the other family is another datagram", 4, CHANGE_FAMILY, false},
    {"another TTL is the same datagram", 4, CHANGE_TTL, true},
};

static void
change_packet(struct dg_ip *ip, enum change change)
{
	struct dg_addr sender = ip->source;

	ip->id += change == CHANGE_ID;
	ip->source.bytes[3] ^= change == CHANGE_SENDER;
	ip->destination.bytes[3] ^= change == CHANGE_RECEIVER;
	if (change == CHANGE_SWAP) {
		ip->source = ip->destination;
		ip->destination = sender;
	}
	if (change == CHANGE_PROTOCOL)
		ip->protocol = ip->fragment_protocol = DG_PROTOCOL_TCP;
	if (change == CHANGE_PAYLOAD_PROTOCOL)
		ip->protocol = DG_PROTOCOL_FRAGMENT;
	if (change == CHANGE_FAMILY)
		ip->family = DG_FAMILY_IP6;
	ip->ttl = change == CHANGE_TTL ? 63 : ip->ttl;
}

static void
test_key(void **state)
{
	const struct key_row *row = *state;
	struct run *run = run_new();

	feed(run, &(struct piece){0, 8, 8, 7, true, false, row->family}, START);
	make_packet(run, &(struct piece){8, 8, 8, 7, false, false, row->family});
	change_packet(&run->packet.ip, row->change);
	feed_packet(run, START);
	assert_int_equal(run->is_whole, row->is_same);
	assert_int_equal(dg_frag_stats(run->frag)->datagrams, row->is_same ? 1 : 2);
	run_free(run);
}

/* --- what comes out ----------------------------------------------------------- */

static const struct piece first_of_16 = {0, 8, 8, 7, true, false, DG_FAMILY_IP4};
static const struct piece last_of_16 = {8, 8, 8, 7, false, false, DG_FAMILY_IP4};

/* In either order: all is as the last one came, but for the first one's protocol. */
static void
check_packet(bool is_first_last)
{
	struct run *run = run_new();
	const struct dg_packet *packet = &run->packet;

	for (int i = 0; i < 2; i++) {
		bool is_first = (i == 0) != is_first_last;

		make_packet(run, is_first ? &first_of_16 : &last_of_16);
		run->packet.ip.family = DG_FAMILY_IP6; /* of IPv4 the protocol is in the key */
		run->packet.ip.ttl = is_first ? 61 : 50;
		run->packet.outer_mark = is_first ? 99 : 98;
		run->packet.tunnels = is_first ? 5 : 6;
		run->packet.outer_headers = is_first ? 2 : 3;
		run->packet.ip.fragment_protocol = is_first ? DG_PROTOCOL_AH : DG_PROTOCOL_TCP;
		feed_packet(run, START);
		assert_int_equal(run->news.is_first, is_first);
	}
	assert_true(run->is_whole);
	assert_ptr_equal(packet->path, run->bytes);
	assert_int_equal(packet->path_bytes, 14);
	assert_true(packet->outer_mark == (is_first_last ? 99 : 98));
	assert_int_equal(packet->tunnels, is_first_last ? 5 : 6);
	assert_int_equal(packet->outer_headers, is_first_last ? 2 : 3);
	assert_int_equal(packet->ip.ttl, is_first_last ? 61 : 50);
	assert_int_equal(packet->ip.id, 7);
	assert_int_equal(packet->ip.family, DG_FAMILY_IP6);
	assert_int_equal(packet->ip.protocol, DG_PROTOCOL_AH);
	assert_int_equal(packet->ip.fragment_protocol, DG_PROTOCOL_AH);
	assert_false(packet->ip.is_fragment || packet->ip.is_later_fragment);
	assert_false(packet->ip.has_more);
	assert_int_equal(packet->ip.fragment_offset, 0);
	assert_int_equal(packet->ip.fragment.left, 16);
	assert_int_equal(packet->ip.source.bytes[3], 53);
	assert_int_equal(packet->ip.destination.bytes[3], 1);
	run_free(run);
}

static void
test_packet(void **state)
{
	(void)state;
	check_packet(false);
	check_packet(true);
}

static const struct told_row {
	const char *name;
	const char *text;
	bool is_short; /* the first is no UDP, or too short for ports */
	enum dg_frag_end end;
	bool has_first, has_ports;
} told_rows[] = {
    {"a whole one tells its ports", "0+8m 8+8", false, DG_FRAG_WHOLE, true, true},
    {"its first may come last", "8+8 0+8m", false, DG_FRAG_WHOLE, true, true},
    {"an incomplete one tells its ports", "0+8m", false, DG_FRAG_INCOMPLETE, true, true},
    {"a refused one tells its ports", "0+8m 0+8m!", false, DG_FRAG_REFUSED, true, true},
    {"a first that is refused was seen", "8+8m 0+16m", false, DG_FRAG_REFUSED, true, true},
    {"a first after the refusal was seen", "8+8m 8+8m! 0+8m", false, DG_FRAG_REFUSED, true,
	true},
    {"without the first there are no ports", "8+8", false, DG_FRAG_INCOMPLETE, false, false},
    {"one without bytes is no first", "0+0m 8+8", false, DG_FRAG_INCOMPLETE, false, false},
    {"a first without ports is a first", "0+8mc7", false, DG_FRAG_INCOMPLETE, true, false},
    {"the first that came first counts", "0+8mc7 0+8m", false, DG_FRAG_INCOMPLETE, true, false},
};

static void
test_told(void **state)
{
	const struct told_row *row = *state;
	struct run *run = run_new();
	struct expect seen = {0};
	const struct dg_frag_datagram *d = &run->told[0];

	play(run, row->text, DG_FAMILY_IP6, &seen);
	assert_int_equal(dg_frag_finish(run->frag), 0);
	assert_int_equal(run->told_count, 1);
	assert_int_equal(d->end, row->end);
	assert_int_equal(d->family, DG_FAMILY_IP6);
	assert_int_equal(d->sender.bytes[3], 53);
	assert_int_equal(d->receiver.bytes[3], 1);
	assert_int_equal(d->has_first, row->has_first);
	assert_int_equal(d->has_ports, row->has_ports);
	assert_int_equal(d->protocol, row->has_ports ? DG_PROTOCOL_UDP : 0);
	assert_int_equal(d->source_port, row->has_ports ? 53 : 0);
	assert_int_equal(d->destination_port, row->has_ports ? 4001 : 0);
	run_free(run);
}

/* The first one that has octet 0 is so once, though it be refused. */
static void
test_first(void **state)
{
	static const struct {
		struct piece piece;
		bool is_first;
	} steps[] = {
	    {{8, 8, 8, 7, true, false, DG_FAMILY_IP4}, false},
	    {{0, 0, 0, 7, true, false, DG_FAMILY_IP4}, false},
	    {{0, 16, 16, 7, true, false, DG_FAMILY_IP4}, true},
	    {{0, 8, 8, 7, true, false, DG_FAMILY_IP4}, false},
	    {{0, 8, 8, 8, true, false, DG_FAMILY_IP4}, true},
	    {{0, 8, 8, 8, true, false, DG_FAMILY_IP4}, false},
	    {{8, 8, 8, 8, false, false, DG_FAMILY_IP4}, false},
	    {{0, 8, 8, 8, true, false, DG_FAMILY_IP4}, false}, /* seen again */
	};
	struct run *run = run_new();

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		feed(run, &steps[i].piece, START);
		assert_int_equal(run->news.is_first, steps[i].is_first);
	}
	run_free(run);
}

/* Told as soon as time has come, not at the next fragment. */
static void
test_advance(void **state)
{
	struct run *run = run_new();

	(void)state;
	feed(run, &first_of_16, START);
	assert_int_equal(dg_frag_advance(run->frag, START + DG_FRAG_NS), 0);
	assert_int_equal(run->told_count, 0);
	assert_int_equal(dg_frag_advance(run->frag, START + DG_FRAG_NS + 1), 0);
	assert_int_equal(run->told_count, 1);
	assert_int_equal(dg_frag_finish(run->frag), 0);
	assert_int_equal(run->told_count, 1);
	run_free(run);
}

/* Whoever is told may stop the run, at each end that there is. */
static void
test_sink_error(void **state)
{
	struct run *run = run_new();

	(void)state;
	run->answer = -5;
	feed(run, &first_of_16, START);
	make_packet(run, &last_of_16);
	assert_int_equal(dg_frag_feed(run->frag, &run->packet, START, &run->news), -5);
	assert_false(run->news.is_whole);
	run->whole_count++;
	feed(run, &first_of_16, START + SECOND);
	assert_int_equal(dg_frag_advance(run->frag, START + 32 * SECOND), -5);
	feed(run, &first_of_16, START + 32 * SECOND);
	assert_int_equal(dg_frag_finish(run->frag), -5);
	assert_int_equal(run->told_count, 3);
	run->answer = 0;
	run_free(run);
}

int
main(void)
{
	struct rows r = {0};

	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		const struct script *row = &scripts[i];

		rows_add(&r, rows_name("IPv4: %s", row->name), test_script_ip4, row);
		rows_add(&r, rows_name("IPv6: %s", row->name), test_script_ip6, row);
	}
	ROWS_ADD_TABLE(&r, key_rows, test_key);
	ROWS_ADD_TABLE(&r, told_rows, test_told);
	rows_add(&r, "a whole packet is as its last fragment came", test_packet, NULL);
	rows_add(&r, "the first one that has octet 0 is so once", test_first, NULL);
	rows_add(&r, "an incomplete one is told when time has come", test_advance, NULL);
	rows_add(&r, "an error of the sink comes back", test_sink_error, NULL);
	return rows_run(&r, "frag");
}

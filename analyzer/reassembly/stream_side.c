/*
 * stream_side.c - one direction of a connection: octets become messages.
 *
 * Invariants: between two segments everything that waits lies behind `expected`, and nothing
 * waits while the beginning is sought.
 */
#include "dns/name.h"
#include "dnsgap/error.h"
#include "reassembly/stream_inner.h"

#define LENGTH_BYTES 2u
#define HEADER_BYTES 12u
/* A header, the root's name, type and class. */
#define QUERY_LEAST 17u
#define OPCODE_MOST 6
/* Where a name of the greatest length ends. */
#define BEGINNING_BYTES (LENGTH_BYTES + HEADER_BYTES + DG_NAME_BYTES_MAX)

static bool
is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

void
dg_side_begin(struct dg_stream_side *side, uint32_t seq)
{
	side->is_begun = true;
	side->has_expected = true;
	side->expected = seq;
}

bool
dg_side_is_holding(const struct dg_stream_side *side)
{
	return side->waiting != DG_POOL_NONE || side->kept.size > 0;
}

void
dg_side_drop(struct dg_pool *pieces, struct dg_stream_side *side)
{
	dg_segments_free(pieces, &side->waiting);
	dg_rope_free(pieces, &side->kept);
}

/* --- what is lost ----------------------------------------------------------- */

static void
see(struct dg_stream_side *side, uint32_t seq)
{
	if (!side->has_seen || is_before(side->seen, seq))
		side->seen = seq;
	side->has_seen = true;
}

/* Something that the server sent is not in the capture. */
static int
lose(const struct dg_stream_hand *h)
{
	return h->is_client ? 0 : dg_stream_tell(h, DG_STREAM_LOST);
}

/* Whether `seq` lies behind all that is known of the stream's octets, if anything is. */
static bool
is_past_known(const struct dg_stream_side *side, uint32_t seq)
{
	if (side->is_begun ? !is_before(side->expected, seq)
			   : side->has_seen && !is_before(side->seen, seq))
		return false;
	if (side->has_acked && !is_before(side->acked, seq))
		return false;
	return side->is_begun || side->has_seen || side->has_acked;
}

/* --- messages --------------------------------------------------------------- */

static void
forget_message(const struct dg_stream_hand *h)
{
	dg_rope_free(&h->table->pieces, &h->side->kept);
	h->side->position = 0;
	h->side->is_cut = false;
}

/* The octet behind the message's last is next. */
static int
end_message(const struct dg_stream_hand *h)
{
	struct dg_stream_side *side = h->side;
	uint32_t size = side->kept.size;
	bool is_lost = side->is_cut && size < HEADER_BYTES;

	(void)dg_rope_copy(&h->table->pieces, side->kept.head, 0, h->table->whole, size);
	forget_message(h);
	return is_lost ? 0 : dg_stream_tell_message(h, h->table->whole, size, side->length);
}

/* Takes what there is of the two octets of a length; returns how many. */
static uint32_t
take_length(struct dg_stream_side *side, const uint8_t *bytes, uint32_t n)
{
	uint32_t taken = 0;

	for (; taken < n && side->position < LENGTH_BYTES; taken++, side->position++)
		side->length = (uint16_t)(side->length << 8 | bytes[taken]);
	if (side->position == LENGTH_BYTES && side->length == 0)
		side->position = 0;
	return taken;
}

/* Takes what there is of the message at hand, one octet at least. */
static int
take_body(const struct dg_stream_hand *h, const uint8_t *bytes, uint32_t n)
{
	struct dg_stream_side *side = h->side;
	int status = 0;

	if (side->position == LENGTH_BYTES && n == side->length) {
		side->position = 0;
		return dg_stream_tell_message(h, bytes, n, n);
	}
	if (!side->is_cut) {
		status = dg_stream_make_room(h, dg_pieces_for(n));
		if (status == 0 && !dg_rope_add(&h->table->pieces, &side->kept, bytes, n))
			status = DNSGAP_ENOMEM;
	}
	if (status != 0)
		return status;
	side->position += n;
	return side->position == LENGTH_BYTES + side->length ? end_message(h) : 0;
}

/* Octets in order. */
static int
take_bytes(const struct dg_stream_hand *h, const uint8_t *bytes, uint32_t n)
{
	struct dg_stream_side *side = h->side;
	int status = 0;

	side->expected += n;
	while (n > 0 && status == 0) {
		uint32_t some;

		if (side->position < LENGTH_BYTES) {
			some = take_length(side, bytes, n);
		} else {
			some = LENGTH_BYTES + side->length - side->position;
			some = some < n ? some : n;
			status = take_body(h, bytes, some);
		}
		bytes += some;
		n -= some;
	}
	return status;
}

/* The next `n` octets are not in the capture: the stream goes on behind them. */
static int
give_up(const struct dg_stream_hand *h, uint32_t n)
{
	struct dg_stream_side *side = h->side;
	int status;

	h->table->stats.holes++;
	side->expected += n;
	see(side, side->expected);
	status = lose(h);
	if (status != 0)
		return status;
	if (side->position < LENGTH_BYTES || n > LENGTH_BYTES + side->length - side->position) {
		forget_message(h);
		side->is_begun = false;
		return 0;
	}
	side->is_cut = true;
	side->position += n;
	return side->position == LENGTH_BYTES + side->length ? end_message(h) : 0;
}

/* Octets in order, of which the capture cut off the last. */
static int
take_octets(const struct dg_stream_hand *h, const struct dg_octets *o)
{
	int status = take_bytes(h, o->data, o->captured);

	return status == 0 && o->wire > o->captured ? give_up(h, o->wire - o->captured)
						    : status;
}

/* --- where a stream begins -------------------------------------------------- */

static bool
begins_like_message(const struct dg_octets *o, bool is_query)
{
	struct dg_cur c = dg_cur_make(o->data, o->captured, o->wire);
	const uint8_t *h;
	struct dg_name name;

	if (o->captured < LENGTH_BYTES + QUERY_LEAST)
		return false;
	h = dg_cur_take(&c, LENGTH_BYTES + HEADER_BYTES);
	if (h == NULL || dg_be16(h) < QUERY_LEAST)
		return false;
	if (h[4] >> 7 != !is_query || (h[4] >> 3 & 15) > OPCODE_MOST || dg_be16(h + 6) != 1)
		return false;
	return dg_name_fold(&c, &name) == DG_NAME_OK;
}

/* A segment's octets while the beginning is sought: whether it is there. */
static int
seek(const struct dg_stream_hand *h, const struct dg_octets *o)
{
	struct dg_stream_side *side = h->side;
	bool has_gap;

	if (!begins_like_message(o, h->is_client)) {
		h->table->stats.skipped++;
		see(side, o->seq + o->wire);
		return lose(h);
	}
	has_gap = is_past_known(side, o->seq);
	dg_side_begin(side, o->seq);
	return has_gap ? lose(h) : 0;
}

/* --- what waits ------------------------------------------------------------- */

/* Leaves out the octets before `seq`.  False when none are left. */
static bool
trim(struct dg_octets *o, uint32_t seq)
{
	uint32_t old = seq - o->seq;

	if (!is_before(o->seq, seq))
		return true;
	if (old >= o->wire)
		return false;
	if (old < o->captured) {
		o->data += old;
		o->captured -= old;
	} else {
		o->captured = 0;
	}
	o->seq = seq;
	o->wire -= old;
	return true;
}

/* A waiting segment's octets, past `skip` of them, piece after piece. */
static int
take_pieces(const struct dg_stream_hand *h, uint32_t first, uint32_t skip)
{
	const struct dg_pool *pool = &h->table->pieces;
	const struct dg_piece *head = dg_piece_at(pool, first), *piece;
	uint32_t end = head->captured, begin = 0;
	int status = 0;

	for (uint32_t at = first; begin < end && status == 0; begin += DG_PIECE_BYTES) {
		uint32_t size = end - begin < DG_PIECE_BYTES ? end - begin : DG_PIECE_BYTES;
		uint32_t old = skip > begin ? skip - begin : 0;

		piece = dg_piece_at(pool, at);
		at = piece->next;
		if (old < size)
			status = take_bytes(h, piece->bytes + old, size - old);
	}
	if (status != 0 || head->wire == head->captured)
		return status;
	return give_up(h, head->wire - (skip > head->captured ? skip : head->captured));
}

/* The first waiting segment, past `skip` octets. */
static int
take_segment(const struct dg_stream_hand *h, uint32_t first, uint32_t skip)
{
	const struct dg_pool *pool = &h->table->pieces;
	const struct dg_piece *head = dg_piece_at(pool, first);
	struct dg_octets o = {.seq = head->seq + skip, .wire = head->wire - skip};
	int status;

	if (!h->side->is_begun) {
		o.data = h->table->whole;
		o.captured = head->captured > skip ? head->captured - skip : 0;
		if (o.captured > BEGINNING_BYTES)
			o.captured = BEGINNING_BYTES;
		(void)dg_rope_copy(pool, first, skip, h->table->whole, o.captured);
		status = seek(h, &o);
		if (status != 0 || !h->side->is_begun)
			return status;
	}
	return take_pieces(h, first, skip);
}

/* Takes what waits as far as it is in order. */
static int
take_waiting(const struct dg_stream_hand *h)
{
	struct dg_stream_side *side = h->side;
	struct dg_pool *pool = &h->table->pieces;
	int status = 0;

	while (side->waiting != DG_POOL_NONE && status == 0) {
		const struct dg_piece *head = dg_piece_at(pool, side->waiting);
		uint32_t first, skip = 0;

		if (is_before(head->seq, side->expected))
			skip = side->expected - head->seq;
		else if (side->is_begun && head->seq != side->expected)
			return 0;
		first = dg_segments_take(pool, &side->waiting);
		side->waiting_count--;
		if (skip < head->wire)
			status = take_segment(h, first, skip);
		dg_segment_free(pool, first);
	}
	return status;
}

/* A FIN that waits, once every octet before it is there. */
static int
take_fin(const struct dg_stream_hand *h)
{
	struct dg_stream_side *side = h->side;
	struct dg_connection *c = h->connection;

	if (!side->has_fin || (side->is_begun && is_before(side->expected, side->fin)))
		return 0;
	side->has_fin = false;
	if (side->is_begun && side->expected == side->fin)
		side->expected++;
	if (h->is_client || c->is_closed)
		return 0;
	c->is_closed = true;
	return dg_stream_tell(h, DG_STREAM_CLOSED);
}

/* Whether what is expected will not come any more, and something waits behind it. */
static bool
is_hopeless(const struct dg_stream_side *side)
{
	if (!side->is_begun || (side->waiting == DG_POOL_NONE && !side->has_fin))
		return false;
	return side->waiting_count >= DG_STREAM_SEGMENTS_MAX ||
	    (side->has_acked && is_before(side->expected, side->acked));
}

/* How many octets are missing before what waits. */
static uint32_t
hole_size(const struct dg_stream_hand *h)
{
	const struct dg_stream_side *side = h->side;
	uint32_t to_fin = side->fin - side->expected, to_segment;

	if (side->waiting == DG_POOL_NONE)
		return to_fin;
	to_segment = dg_piece_at(&h->table->pieces, side->waiting)->seq - side->expected;
	return side->has_fin && to_fin < to_segment ? to_fin : to_segment;
}

/* Goes on as far as the stream can. */
static int
settle(const struct dg_stream_hand *h)
{
	int status;

	do {
		uint32_t before = h->side->expected;

		status = take_waiting(h);
		if (status == 0)
			status = take_fin(h);
		if (status == 0 && h->side->expected != before)
			continue; /* octets may wait behind a FIN, too, however wrong that is */
		if (status != 0 || !is_hopeless(h->side))
			return status;
		status = give_up(h, hole_size(h));
	} while (status == 0);
	return status;
}

/* Keeps copies of what is new; `*has_new` says whether anything is. */
static int
keep_waiting(const struct dg_stream_hand *h, const struct dg_octets *octets, bool *has_new)
{
	struct dg_stream_side *side = h->side;
	struct dg_octets o = *octets;
	unsigned added;
	int status;

	if (o.captured > DG_STREAM_SEGMENT_BYTES_MAX)
		o.captured = DG_STREAM_SEGMENT_BYTES_MAX;
	/* Each run of new octets ends a piece of its own. */
	status = dg_stream_make_room(h, dg_pieces_for(o.captured) + side->waiting_count + 1u);
	if (status != 0)
		return status;
	if (!dg_segments_add(&h->table->pieces, &side->waiting, side->expected, &o, &added))
		return DNSGAP_ENOMEM;
	side->waiting_count = (uint8_t)(side->waiting_count + added);
	*has_new = added > 0;
	return 0;
}

/* --- what segments bring ---------------------------------------------------- */

int
dg_side_octets(const struct dg_stream_hand *h, const struct dg_octets *octets)
{
	struct dg_stream_stats *stats = &h->table->stats;
	struct dg_stream_side *side = h->side;
	struct dg_octets o = *octets;
	bool has_new = true, is_early;
	int status = 0;

	if (side->has_expected && !trim(&o, side->expected)) {
		stats->resent++;
		return 0;
	}
	if (!side->is_begun) {
		status = seek(h, &o);
		if (status != 0 || !side->is_begun)
			return status;
	}
	is_early = o.seq != side->expected;
	if (side->waiting == DG_POOL_NONE && !is_early)
		status = take_octets(h, &o);
	else
		status = keep_waiting(h, &o, &has_new);
	if (!has_new)
		stats->resent++;
	else if (is_early)
		stats->out_of_order++;
	return status != 0 ? status : settle(h);
}

int
dg_side_fin(const struct dg_stream_hand *h, uint32_t seq)
{
	struct dg_stream_side *side = h->side;

	if (side->has_fin || (side->has_expected && is_before(seq, side->expected)))
		return 0;
	side->has_fin = true;
	side->fin = seq;
	return settle(h);
}

int
dg_side_acknowledge(const struct dg_stream_hand *h, uint32_t ack)
{
	struct dg_stream_side *side = h->side;
	/* One octet more may be a FIN that the capture does not hold. */
	bool is_loss = is_past_known(side, ack - 1);
	uint64_t holes = h->table->stats.holes;
	int status;

	if (!side->has_acked || is_before(side->acked, ack))
		side->acked = ack;
	side->has_acked = true;
	status = settle(h);
	/* A hole that was given up was told as a loss. */
	if (status != 0 || !is_loss || h->table->stats.holes != holes)
		return status;
	return lose(h);
}

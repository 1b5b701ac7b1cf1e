/*
 * message.c - a DNS message, record by record.
 *
 * Every message is written anew, never patched: the same way serves those whose lengths change
 * and those whose lengths stay.  Pointers go where they went (rewriter.c), so a message without
 * reverse names keeps the place of every octet.
 *
 * A record that is not understood, or that the capture cut, ends the message.
 */
#include "anonymise/message.h"

#include "anonymise/rewriter.h"
#include "base/cursor.h"
#include "base/limits.h"

#define HEADER_BYTES 12
#define TYPE_CLASS_BYTES 4
#define FIXED_BYTES 10 /* type, class, TTL, length of the data */
#define TYPE_OPT 41
#define FLAG_ZERO 0x0040 /* RFC 1035 4.1.1: Z */
#define OPCODE_MAX 6     /* IANA: DSO */
#define QUESTION_MIN 5   /* the root, type, class */
#define RECORD_MIN 11

/* Undoes what was done since. */
struct mark {
	size_t at;
	size_t length;
};

static struct mark
mark(const struct dg_rewriter *w)
{
	return (struct mark){w->at, w->length};
}

static bool
go_back(struct dg_rewriter *w, struct mark m)
{
	w->at = m.at;
	w->length = m.length;
	return false;
}

static bool
put_question(struct dg_rewriter *w)
{
	struct mark begin = mark(w);

	if (!dg_rewriter_name(w, w->size) || !dg_rewriter_keep(w, w->size, TYPE_CLASS_BYTES))
		return go_back(w, begin);
	return true;
}

static bool
put_record(struct dg_rewriter *w)
{
	struct mark begin = mark(w);
	size_t data_length, data, end;
	uint16_t type, class;
	bool is_put;

	if (!dg_rewriter_name(w, w->size) || !dg_rewriter_keep(w, w->size, FIXED_BYTES))
		return go_back(w, begin);
	type = dg_be16(w->in + w->at - 10);
	class = dg_be16(w->in + w->at - 8);
	data_length = dg_be16(w->in + w->at - 2);
	if (data_length > w->size - w->at)
		return go_back(w, begin);
	end = w->at + data_length;
	data = w->length;
	is_put = type == TYPE_OPT ? dg_rewriter_options(w, end)
				  : dg_rewriter_data(w, end, type, class);
	data_length = w->length - data;
	if (!is_put || data_length > UINT16_MAX)
		return go_back(w, begin);
	w->out[data - 2] = (uint8_t)(data_length >> 8);
	w->out[data - 1] = (uint8_t)data_length;
	return true;
}

/* Returns how many were understood. */
static size_t
put_all(struct dg_rewriter *w, bool (*put)(struct dg_rewriter *), size_t count)
{
	size_t n = 0;

	while (n < count && put(w))
		n++;
	return n;
}

/* Whether no more is counted than fits: most octets that are no header count more. */
static bool
counts_fit(const struct dg_message_in *in, size_t questions)
{
	size_t records =
	    (size_t)dg_be16(in->at + 6) + dg_be16(in->at + 8) + dg_be16(in->at + 10);

	return HEADER_BYTES + questions * QUESTION_MIN + records * RECORD_MIN <= in->wire;
}

static bool
are_flags_sound(const struct dg_message_in *in)
{
	unsigned flags = dg_be16(in->at + 2);

	return (flags & FLAG_ZERO) == 0 && (flags >> 11 & 15) <= OPCODE_MAX;
}

/* Whether what was understood is enough to believe that this is a message. */
static bool
is_message(const struct dg_message_in *in, size_t questions, size_t understood, bool is_whole)
{
	bool is_cut = in->wire > in->size;

	if (is_whole)
		return true;
	switch (in->trust) {
	case DG_TRUST_PORT:
		return understood > 0 ||
		    ((questions == 0 || is_cut) && counts_fit(in, questions));
	case DG_TRUST_STREAM:
		return is_cut && questions == 1 && are_flags_sound(in) &&
		    counts_fit(in, questions);
	default:
		return is_cut && understood > 0 && understood == questions &&
		    counts_fit(in, questions);
	}
}

bool
dg_anonymise_message(const struct dg_anonymiser *a, const struct dg_message_in *in,
    uint8_t *out, size_t room, struct dg_message_out *result)
{
	struct dg_rewriter w;
	size_t questions, records, understood;
	bool is_all;

	dg_rewriter_init(&w, a, in->at, in->size, out, room);
	if (!dg_rewriter_keep(&w, in->size, HEADER_BYTES))
		return false;
	questions = dg_be16(in->at + 4);
	records = (size_t)dg_be16(in->at + 6) + dg_be16(in->at + 8) + dg_be16(in->at + 10);
	understood = put_all(&w, put_question, questions);
	is_all = understood == questions && put_all(&w, put_record, records) == records;
	result->is_whole = is_all && w.at == in->wire;
	if (!is_message(in, questions, understood, result->is_whole))
		return false;
	if (is_all)
		(void)dg_rewriter_blank(&w, in->size, in->size - w.at);
	result->taken = w.at;
	result->written = w.length;
	return true;
}

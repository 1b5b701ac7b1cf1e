/*
 * ldns.c - ldns as a second opinion about messages.
 *
 * Messages are made at random, from fixed seeds, and then harmed.  Where ldns and we both
 * read one, we must have read the same.  Where only one reads it, the reason must be
 * one of enum reason, and each is checked, not guessed.
 *
 * ldns 1.8.3 leaks on a second TSIG or OPT record and crashes in printing some options
 * (hence nothing is printed); no message here is made with two of them.
 */
#include "dns/parse.h"

#include <ldns/ldns.h>

#include "guard.h"
#include "pkt.h"
#include "rows.h"

static const struct dg_hash_key secret = {1, 2};

enum reason {
	REASON_SAME,
	/* We read on when what lies behind the first question is broken. */
	REASON_BEHIND_QUESTION,
	/* The first question has nothing before it that a pointer could mean. */
	REASON_POINTER_IN_QUESTION,
	/* ldns goes on behind the data it knows, wherever RDLENGTH says that they end. */
	REASON_LENGTH_IGNORED,
	/* Two OPT records, or one whose owner is not the root. */
	REASON_OPT,
	/* Both refuse it. */
	REASON_REFUSED,
	REASON_COUNT
};

static void
make_name(struct pkt_buf *b, bool may_point, uint64_t *seed)
{
	unsigned labels = (unsigned)(rows_random(seed) % 6);

	if (may_point && rows_random(seed) % 3 == 0) {
		pkt_put16(b, 0xc00c);
		return;
	}
	for (unsigned i = 0; i < labels; i++) {
		uint64_t shape = rows_random(seed);
		unsigned length = 1 + (unsigned)(shape >> 8) % (shape % 16 == 0 ? 50 : 8);

		pkt_put8(b, length);
		while (length-- > 0)
			pkt_put8(b,
			    shape % 8 == 0 ? (unsigned)(rows_random(seed) & 0xff)
					   : 'A' + (unsigned)(rows_random(seed) % 58));
	}
	if (may_point && rows_random(seed) % 4 == 0)
		pkt_put16(b, 0xc00c);
	else
		pkt_put8(b, 0);
}

/* A question's name has no pointer. */
static void
make_question(struct pkt_buf *b, uint64_t *seed)
{
	static const uint16_t types[] = {1, 2, 6, 12, 15, 16, 28, 33, 43, 48, 65, 255, 65280};

	make_name(b, false, seed);
	pkt_put16(b, types[rows_random(seed) % 13]);
	pkt_put16(b, rows_random(seed) % 8 == 0 ? (unsigned)(rows_random(seed) & 0xffff) : 1);
}

static void
make_record(struct pkt_buf *b, uint64_t *seed)
{
	size_t length_at;

	make_name(b, true, seed);
	switch (rows_random(seed) % 5) {
	case 0:
		pkt_put(b, "\0\1\0\1\0\0\0\7\0\4\300\0\2\1", 14); /* A */
		return;
	case 1:
		pkt_put(b, "\0\34\0\1\0\0\0\7\0\20 \1\r\270\0\0\0\0\0\0\0\0\0\0\0\1", 26);
		return;
	case 2:
		pkt_put(b, "\0\20\0\1\0\0\0\7\0\7\2hi\3you", 17); /* TXT */
		return;
	case 3:
		pkt_put(b, "\377\0\0\1\0\0\0\7\0\3abc", 13); /* unknown: RFC 3597 */
		return;
	default:
		pkt_put(b, "\0\5\0\1\0\0\0\7", 8); /* CNAME */
		length_at = b->len;
		pkt_put16(b, 0);
		make_name(b, true, seed);
		pkt_set16(b, length_at, (unsigned)(b->len - length_at - 2));
	}
}

static void
make_opt(struct pkt_buf *b, uint64_t *seed)
{
	uint64_t n = rows_random(seed);
	unsigned data = (unsigned)(n >> 60);

	pkt_put8(b, 0);
	pkt_put16(b, 41);
	pkt_put16(b, (unsigned)(n & 0xffff));
	pkt_put8(b, n >> 16 & 1 ? (unsigned)(n >> 20 & 0xff) : 0);
	pkt_put8(b, n >> 17 & 1 ? (unsigned)(n >> 28 & 0xff) : 0);
	pkt_put16(b, n >> 18 & 1 ? 0x8000 : 0);
	pkt_put16(b, n >> 19 & 1 ? data + 4 : 0);
	if ((n >> 19 & 1) == 0)
		return;
	pkt_put16(b, (unsigned)(n >> 36 & 15));
	pkt_put16(b, data);
	while (data-- > 0)
		pkt_put8(b, (unsigned)(rows_random(seed) & 0xff));
}

static void
make_message(struct pkt_buf *b, uint64_t *seed)
{
	uint64_t n = rows_random(seed);
	unsigned questions = n % 16 == 0 ? 0 : n % 16 == 1 ? 2 : 1;
	unsigned answers = n >> 8 & 3, authorities = n >> 12 & 1, additionals = n >> 16 & 1;
	bool has_opt = (n >> 20 & 3) != 0;

	pkt_put16(b, (unsigned)(n >> 48));
	pkt_put16(b, (unsigned)(n >> 32 & 0xffff));
	pkt_put16(b, questions);
	pkt_put16(b, answers);
	pkt_put16(b, authorities);
	pkt_put16(b, additionals + has_opt);
	if (questions == 0)
		pkt_set16(b, 6, answers = 0); /* 0xc00c would not be a name */
	for (unsigned i = 0; i < questions; i++)
		make_question(b, seed);
	if (questions == 0) {
		pkt_set16(b, 8, 0);
		pkt_set16(b, 10, has_opt);
		authorities = additionals = 0;
	}
	for (unsigned i = 0; i < answers + authorities + additionals; i++)
		make_record(b, seed);
	if (has_opt)
		make_opt(b, seed);
}

enum harm {
	HARM_NONE,
	HARM_ONE_OCTET,
	HARM_SOME_OCTETS,
	HARM_COUNTS,
	HARM_CUT,
	HARM_QUESTION,
	HARM_NOISE,
};

static void
change(struct pkt_buf *b, size_t first, size_t last, uint64_t *seed)
{
	static const uint8_t telling[] = {0, 1, 12, 40, 63, 64, 0x80, 0xc0, 0xff};
	uint64_t n = rows_random(seed);
	uint8_t *octet;

	if (last > b->len)
		last = b->len;
	if (first >= last)
		return;
	octet = &b->at[first + (n >> 32) % (last - first)];
	if (n % 3 == 0)
		*octet = telling[(n >> 8) % sizeof telling];
	else if (n % 3 == 1)
		*octet ^= (uint8_t)(1u << (n >> 8 & 7));
	else
		*octet = (uint8_t)(n >> 16);
}

static void
harm(struct pkt_buf *b, enum harm how, uint64_t *seed)
{
	switch (how) {
	case HARM_NONE:
		break;
	case HARM_ONE_OCTET:
		change(b, 0, b->len, seed);
		break;
	case HARM_SOME_OCTETS:
		for (int i = 0; i < 5; i++)
			change(b, 0, b->len, seed);
		break;
	case HARM_COUNTS:
		change(b, 4, 12, seed);
		break;
	case HARM_CUT:
		b->len = rows_random(seed) % (b->len + 1);
		break;
	case HARM_QUESTION:
		change(b, 12, 24, seed);
		break;
	case HARM_NOISE:
		for (size_t i = 12; i < b->len; i++)
			b->at[i] = (uint8_t)rows_random(seed);
		break;
	}
}

#define WALK_MAX 64

/* The records, walked as RFC 1035 says and no more. */
struct walk {
	bool is_broken;
	bool has_broken_options; /* in the first OPT that is the root's */
	unsigned count;
	unsigned types[WALK_MAX];
	unsigned opts;       /* among the additional ones */
	unsigned owned_opts; /* of these: not the root's */
};

/* The end of the name at `at`, or 0. */
static size_t
end_of_name(const struct pkt_buf *b, size_t at)
{
	size_t first = at;

	while (at < b->len && b->at[at] > 0 && b->at[at] < 64)
		at += b->at[at] + 1u;
	if (at >= b->len || at - first > 254 || (b->at[at] >= 64 && b->at[at] < 192))
		return 0;
	at += b->at[at] == 0 ? 1 : 2;
	return at <= b->len ? at : 0;
}

/* RFC 6891 6.1.2: code, length, so many octets; RFC 8914: an error's code has two. */
static bool
are_options_broken(const uint8_t *at, size_t size)
{
	while (size >= 4) {
		size_t length = dg_be16(at + 2);

		if (length > size - 4 || (dg_be16(at) == 15 && length < 2))
			return true;
		at += 4 + length;
		size -= 4 + length;
	}
	return size > 0;
}

static struct walk
walk_records(const struct pkt_buf *b)
{
	struct walk w = {0};
	unsigned before = dg_be16(b->at + 6) + (unsigned)dg_be16(b->at + 8);
	unsigned all = before + dg_be16(b->at + 10);
	size_t at = 12;

	for (unsigned i = dg_be16(b->at + 4); i > 0; i--) {
		at = end_of_name(b, at);
		if (at == 0 || at + 4 > b->len)
			return (struct walk){.is_broken = true};
		at += 4;
	}
	for (; w.count < all && w.count < WALK_MAX; w.count++) {
		bool is_root = at < b->len && b->at[at] == 0;
		bool is_opt;

		at = end_of_name(b, at);
		if (at == 0 || at + 10 > b->len || at + 10 + dg_be16(b->at + at + 8) > b->len) {
			w.is_broken = true;
			return w;
		}
		w.types[w.count] = dg_be16(b->at + at);
		is_opt = w.types[w.count] == 41 && w.count >= before;
		if (is_opt && is_root && w.opts == w.owned_opts)
			w.has_broken_options =
			    are_options_broken(b->at + at + 10, dg_be16(b->at + at + 8));
		w.opts += is_opt;
		w.owned_opts += is_opt && !is_root;
		at += 10u + dg_be16(b->at + at + 8);
	}
	return w;
}

/* Whether ldns found the same records: it takes OPT and TSIG out of the list. */
static bool
is_same_walk(const struct walk *w, const ldns_pkt *p)
{
	ldns_rr_list *lists[3] = {
	    ldns_pkt_answer(p), ldns_pkt_authority(p), ldns_pkt_additional(p)};
	unsigned before =
	    (unsigned)(ldns_rr_list_rr_count(lists[0]) + ldns_rr_list_rr_count(lists[1]));
	size_t list = 0, at = 0;

	if (w->is_broken)
		return false;
	for (unsigned i = 0; i < w->count; i++) {
		if (i >= before && (w->types[i] == 41 || w->types[i] == 250))
			continue;
		while (list < 3 && at == ldns_rr_list_rr_count(lists[list])) {
			list++;
			at = 0;
		}
		if (list == 3 ||
		    ldns_rr_get_type(ldns_rr_list_rr(lists[list], at)) != w->types[i])
			return false;
		at++;
	}
	while (list < 3 && at == ldns_rr_list_rr_count(lists[list])) {
		list++;
		at = 0;
	}
	return list == 3;
}

static void
assert_same_question(const struct dg_dns_view *v, const ldns_pkt *p)
{
	ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(p), 0);
	ldns_rdf *ours, *theirs = ldns_rdf_clone(ldns_rr_owner(question));

	assert_true(v->has_question);
	ours = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, v->qname.length, v->qname.bytes);
	ldns_dname2canonical(theirs);
	assert_int_equal(ldns_rdf_compare(ours, theirs), 0);
	assert_int_equal(v->qtype, ldns_rr_get_type(question));
	assert_int_equal(v->qclass, ldns_rr_get_class(question));
	ldns_rdf_deep_free(ours);
	ldns_rdf_deep_free(theirs);
}

static void
assert_same_header(const struct dg_dns_view *v, const ldns_pkt *p)
{
	assert_int_equal(v->id, ldns_pkt_id(p));
	assert_int_equal(v->is_reply, ldns_pkt_qr(p));
	assert_int_equal(v->is_truncated, ldns_pkt_tc(p));
	assert_int_equal(v->opcode, ldns_pkt_get_opcode(p));
	assert_int_equal(v->rcode & 15, ldns_pkt_get_rcode(p));
	assert_int_equal(v->question_count, ldns_pkt_qdcount(p));
	assert_int_equal(v->answer_count, ldns_pkt_ancount(p));
	assert_int_equal(v->authority_count, ldns_pkt_nscount(p));
	assert_int_equal(v->has_question, v->question_count > 0);
	if (v->question_count > 0)
		assert_same_question(v, p);
}

static void
assert_same_edns(const struct dg_dns_view *v, const ldns_pkt *p)
{
	bool has_tsig = ldns_pkt_tsig(p) != NULL;

	assert_int_equal(v->additional_count, ldns_pkt_arcount(p) + v->has_opt + has_tsig);
	assert_int_equal(v->rcode >> 4, ldns_pkt_edns_extended_rcode(p));
	assert_int_equal(v->has_opt ? v->edns_udp_size : 0, ldns_pkt_edns_udp_size(p));
	assert_int_equal(v->has_opt && v->wants_dnssec, ldns_pkt_edns_do(p));
	assert_int_equal(v->has_opt ? v->edns_version : 0, ldns_pkt_edns_version(p));
}

/* Both read it. */
static enum reason
compare_read(const struct pkt_buf *b, const struct dg_dns_view *v, const ldns_pkt *p)
{
	struct walk w = walk_records(b);

	assert_same_header(v, p);
	/* Without additional records we do not look at the others: no OPT can be there. */
	if (v->additional_count > 0)
		assert_int_equal(v->has_broken_records, w.is_broken || w.has_broken_options);
	if (!w.is_broken)
		assert_int_equal(v->has_opt, w.opts > w.owned_opts);
	if (!is_same_walk(&w, p))
		return REASON_LENGTH_IGNORED;
	if (w.opts > 1 || w.owned_opts > 0)
		return REASON_OPT;
	assert_same_edns(v, p);
	return REASON_SAME;
}

/* Whether ldns reads the message when it ends behind its first question. */
static bool
is_readable_so_far(const struct pkt_buf *b, const struct dg_dns_view *v)
{
	uint8_t part[12 + 255 + 4];
	size_t size = 12u + (v->has_question ? v->qname.length + 4u : 0);
	ldns_pkt *p = NULL;
	bool is_readable;

	memcpy(part, b->at, size);
	memset(part + 4, 0, 8);
	part[5] = v->has_question;
	is_readable = ldns_wire2pkt(&p, part, size) == LDNS_STATUS_OK;
	ldns_pkt_free(p);
	return is_readable;
}

static bool
has_pointer_in_question(const struct pkt_buf *b)
{
	size_t at = 12;

	while (at < b->len && b->at[at] != 0 && b->at[at] < 64)
		at += b->at[at] + 1u;
	return at < b->len && b->at[at] >= 0xc0;
}

static enum reason
compare(const struct pkt_buf *b)
{
	struct dg_dns_view view = {0};
	ldns_pkt *p = NULL;
	const uint8_t *at = guard_place(b->at, b->len);
	bool is_ours = dg_dns_parse(at, b->len, b->len, &secret, &view) == DG_DNS_OK;
	bool is_theirs = ldns_wire2pkt(&p, b->at, b->len) == LDNS_STATUS_OK;
	enum reason reason = REASON_REFUSED;

	if (is_ours && is_theirs) {
		reason = compare_read(b, &view, p);
	} else if (is_ours) {
		assert_true(is_readable_so_far(b, &view));
		reason = REASON_BEHIND_QUESTION;
	} else if (is_theirs) {
		assert_true(has_pointer_in_question(b));
		reason = REASON_POINTER_IN_QUESTION;
	}
	ldns_pkt_free(p);
	return reason;
}

/* So many of `count` must be read by both, or the row says little. */
static const struct row {
	const char *name;
	enum harm harm;
	unsigned count;
	unsigned same_min;
	uint64_t seed;
} rows[] = {
    {"valid messages are read as ldns reads them", HARM_NONE, 5000, 5000, 1},
    {"messages with one octet changed", HARM_ONE_OCTET, 10000, 4000, 2},
    {"messages with up to five octets changed", HARM_SOME_OCTETS, 10000, 1000, 3},
    {"messages with a count changed", HARM_COUNTS, 5000, 250, 4},
    {"messages that end early", HARM_CUT, 20000, 100, 5},
    {"messages with a question changed", HARM_QUESTION, 10000, 1000, 6},
    {"headers with noise behind them", HARM_NOISE, 5000, 1, 7},
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	unsigned reasons[REASON_COUNT] = {0};
	uint64_t seed = row->seed;

	for (unsigned i = 0; i < row->count; i++) {
		struct pkt_buf b = {0};

		make_message(&b, &seed);
		harm(&b, row->harm, &seed);
		reasons[compare(&b)]++;
		pkt_buf_fini(&b);
	}
	print_message(
	    "# same %u, behind the question %u, a pointer in it %u, length ignored %u, "
	    "OPT %u, refused %u\n",
	    reasons[REASON_SAME], reasons[REASON_BEHIND_QUESTION],
	    reasons[REASON_POINTER_IN_QUESTION], reasons[REASON_LENGTH_IGNORED],
	    reasons[REASON_OPT], reasons[REASON_REFUSED]);
	assert_in_range(reasons[REASON_SAME], row->same_min, row->count);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	return rows_run(&r, "ldns");
}

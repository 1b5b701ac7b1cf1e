/*
 * parse.c - messages: valid, broken and cut, each with what must still be known of it.
 */
#include "dns/parse.h"

#include "guard.h"
#include "pkt.h"
#include "rows.h"

static const struct dg_hash_key secret = {1, 2};

static void
put_header(struct pkt_buf *b, unsigned questions, unsigned answers, unsigned authorities,
    unsigned additionals)
{
	pkt_put16(b, 0x1234);
	pkt_put16(b, PKT_RD);
	pkt_put16(b, questions);
	pkt_put16(b, answers);
	pkt_put16(b, authorities);
	pkt_put16(b, additionals);
}

static void
put_question(struct pkt_buf *b, const char *name)
{
	pkt_name(b, name);
	pkt_put16(b, 28);
	pkt_put16(b, 1);
}

/* A record; `claimed` is its RDLENGTH, `there` what follows. */
static void
put_record(struct pkt_buf *b, const char *owner, unsigned type, unsigned class, uint32_t ttl,
    unsigned claimed, size_t there)
{
	pkt_name(b, owner);
	pkt_put16(b, type);
	pkt_put16(b, class);
	pkt_put32(b, ttl);
	pkt_put16(b, claimed);
	for (size_t i = 0; i < there; i++)
		pkt_put8(b, 0);
}

static void
make_nothing(struct pkt_buf *b)
{
	(void)b;
}

static void
make_11_octets(struct pkt_buf *b)
{
	put_header(b, 1, 0, 0, 0);
	b->len--;
}

static void
make_header_of(struct pkt_buf *b)
{
	put_header(b, 0, 0, 0, 0);
}

static void
make_question_missing(struct pkt_buf *b)
{
	put_header(b, 1, 0, 0, 0);
}

static void
make_counts(struct pkt_buf *b)
{
	put_header(b, 0, 65535, 65535, 65535);
}

static void
make_all_counts(struct pkt_buf *b)
{
	put_header(b, 65535, 65535, 65535, 65535);
}

static void
make_query(struct pkt_buf *b)
{
	put_header(b, 1, 0, 0, 0);
	put_question(b, "Www.Example");
}

static void
make_half_type(struct pkt_buf *b)
{
	make_query(b);
	b->len -= 3;
}

static void
make_65535_questions(struct pkt_buf *b)
{
	put_header(b, 65535, 0, 0, 0);
	put_question(b, "www.example");
}

static void
make_two_questions(struct pkt_buf *b)
{
	put_header(b, 2, 0, 0, 1);
	put_question(b, "www.example");
	put_question(b, "other.example");
	put_record(b, ".", 41, 4096, 0x8000, 0, 0);
}

static void
make_second_missing(struct pkt_buf *b)
{
	put_header(b, 2, 0, 0, 0);
	put_question(b, "www.example");
}

static void
make_question_of(struct pkt_buf *b, const void *name, size_t size)
{
	put_header(b, 1, 0, 0, 0);
	pkt_put(b, name, size);
	pkt_put32(b, 0x001c0001);
}

static void
make_pointer_question(struct pkt_buf *b)
{
	make_question_of(b, "\xc0\x0c", 2);
}

static void
make_header_pointer(struct pkt_buf *b)
{
	make_question_of(b, "\1a\xc0\x00", 4);
}

static void
make_bits_01(struct pkt_buf *b)
{
	make_question_of(b, "\x41\x01", 2);
}

static void
make_bits_10(struct pkt_buf *b)
{
	make_question_of(b, "\x81\x01", 2);
}

static void
make_long_name(struct pkt_buf *b, unsigned last)
{
	put_header(b, 1, 0, 0, 0);
	for (unsigned i = 0; i < 4; i++) {
		unsigned length = i < 3 ? 63 : last;

		pkt_put8(b, length);
		while (length-- > 0)
			pkt_put8(b, 'A');
	}
	pkt_put8(b, 0);
	pkt_put32(b, 0x001c0001);
}

static void
make_255(struct pkt_buf *b)
{
	make_long_name(b, 61);
}

static void
make_256(struct pkt_buf *b)
{
	make_long_name(b, 62);
}

static void
make_opt(struct pkt_buf *b)
{
	pkt_dns(b,
	    &(struct pkt_dns){.qname = "www.example",
		.qtype = 28,
		.has_opt = true,
		.is_do = true,
		.udp_bytes = 4096});
}

static void
make_opt_behind_records(struct pkt_buf *b)
{
	put_header(b, 1, 1, 1, 3);
	put_question(b, "www.example");
	put_record(b, "www.example", 28, 1, 300, 16, 16);
	put_record(b, "example", 2, 1, 300, 1, 1);
	put_record(b, "ns.example", 1, 1, 300, 4, 4);
	put_record(b, ".", 41, 4096, 0x8000, 0, 0);
	put_record(b, "ns2.example", 1, 1, 300, 0, 0);
}

static void
make_two_opts(struct pkt_buf *b)
{
	put_header(b, 1, 0, 0, 2);
	put_question(b, "www.example");
	put_record(b, ".", 41, 4096, 0x8000, 0, 0);
	put_record(b, ".", 41, 512, 0x01000000, 0, 0);
}

static void
make_opt_answer(struct pkt_buf *b)
{
	put_header(b, 1, 1, 0, 1);
	put_question(b, "www.example");
	put_record(b, ".", 41, 4096, 0x8000, 0, 0);
	put_record(b, "a", 1, 1, 0, 4, 4);
}

static void
make_opt_owned(struct pkt_buf *b)
{
	put_header(b, 1, 0, 0, 1);
	put_question(b, "www.example");
	put_record(b, "a", 41, 4096, 0x8000, 0, 0);
}

static void
make_opt_overrun(struct pkt_buf *b)
{
	put_header(b, 1, 0, 0, 1);
	put_question(b, "www.example");
	put_record(b, ".", 41, 4096, 0x8000, 4, 0);
	pkt_put32(b, 0x000affff); /* a cookie of 65,535 octets that are not there */
}

static void
make_rdlength_past_end(struct pkt_buf *b)
{
	put_header(b, 1, 1, 0, 1);
	put_question(b, "www.example");
	put_record(b, "www.example", 28, 1, 300, 17, 16);
}

static void
make_record_missing(struct pkt_buf *b)
{
	put_header(b, 1, 0, 0, 2);
	put_question(b, "www.example");
	put_record(b, ".", 41, 4096, 0x8000, 0, 0);
}

static void
make_owner_bits_10(struct pkt_buf *b)
{
	put_header(b, 1, 1, 0, 1);
	put_question(b, "www.example");
	pkt_put(b, "\x81x\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
}

static void
make_trailing(struct pkt_buf *b)
{
	make_opt(b);
	pkt_put(b, "garbage", 7);
}

static void
make_answers(struct pkt_buf *b)
{
	pkt_dns(b,
	    &(struct pkt_dns){.flags = PKT_QR | PKT_TC,
		.qname = "www.example",
		.qtype = 28,
		.answer_count = 20,
		.has_opt = true,
		.is_do = true,
		.udp_bytes = 4096});
}

static const struct row {
	const char *name;
	void (*make)(struct pkt_buf *);
	enum dg_dns_status status;
	bool has_question;
	bool has_opt;
	bool is_broken;
	size_t question_end; /* 12 when nothing follows the header that is needed */
} rows[] = {
    {"no octets are no message", make_nothing, DG_DNS_MALFORMED, 0, 0, 0, 12},
    {"11 octets are no message", make_11_octets, DG_DNS_MALFORMED, 0, 0, 0, 12},
    {"a header alone with no question is a message", make_header_of, DG_DNS_OK, 0, 0, 0, 12},
    {"a header alone with a question announced is none", make_question_missing,
	DG_DNS_MALFORMED, 0, 0, 0, 12},
    {"counts of 65535 in 12 octets cost nothing and are broken", make_counts, DG_DNS_OK, 0, 0,
	1, 12},
    {"a QDCOUNT of 65535 in 12 octets is no message", make_all_counts, DG_DNS_MALFORMED, 0, 0,
	0, 12},
    {"a query is read", make_query, DG_DNS_OK, 1, 0, 0, 29},
    {"a question without all of its type and class is none", make_half_type, DG_DNS_MALFORMED,
	0, 0, 0, 29},
    {"of 65535 questions announced the one that is there counts", make_65535_questions,
	DG_DNS_OK, 1, 0, 1, 29},
    {"of two questions the first counts, and OPT is found behind them", make_two_questions,
	DG_DNS_OK, 1, 1, 0, 29},
    {"a second question that is missing is broken", make_second_missing, DG_DNS_OK, 1, 0, 1,
	29},
    {"a question's name cannot be a pointer", make_pointer_question, DG_DNS_MALFORMED, 0, 0, 0,
	18},
    {"a question's name cannot point into the header", make_header_pointer, DG_DNS_MALFORMED, 0,
	0, 0, 20},
    {"a question with label bits 01 is none", make_bits_01, DG_DNS_MALFORMED, 0, 0, 0, 18},
    {"a question with label bits 10 is none", make_bits_10, DG_DNS_MALFORMED, 0, 0, 0, 18},
    {"a question of 255 octets is read", make_255, DG_DNS_OK, 1, 0, 0, 271},
    {"a question of 256 octets is refused", make_256, DG_DNS_MALFORMED, 0, 0, 0, 272},
    {"OPT is found", make_opt, DG_DNS_OK, 1, 1, 0, 29},
    {"OPT is found among records", make_opt_behind_records, DG_DNS_OK, 1, 1, 0, 29},
    {"of two OPTs the first counts", make_two_opts, DG_DNS_OK, 1, 1, 0, 29},
    {"OPT among the answers is none", make_opt_answer, DG_DNS_OK, 1, 0, 0, 29},
    {"OPT of another owner than the root is none", make_opt_owned, DG_DNS_OK, 1, 0, 0, 29},
    {"an option that overruns OPT is broken and leaves OPT readable", make_opt_overrun,
	DG_DNS_OK, 1, 1, 1, 29},
    {"an RDLENGTH past the end is broken", make_rdlength_past_end, DG_DNS_OK, 1, 0, 1, 29},
    {"a record that is missing is broken and OPT before it is kept", make_record_missing,
	DG_DNS_OK, 1, 1, 1, 29},
    {"an owner with label bits 10 is broken", make_owner_bits_10, DG_DNS_OK, 1, 0, 1, 29},
    {"octets after the last record do no harm", make_trailing, DG_DNS_OK, 1, 1, 0, 29},
    {"a reply with many answers is read", make_answers, DG_DNS_OK, 1, 1, 0, 29},
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct pkt_buf b = {0};
	struct dg_dns_view view;

	row->make(&b);
	assert_int_equal(
	    dg_dns_parse(guard_place(b.at, b.len), b.len, b.len, &secret, &view), row->status);
	pkt_buf_fini(&b);
	if (row->status != DG_DNS_OK)
		return;
	assert_int_equal(view.has_question, row->has_question);
	assert_int_equal(view.question_hash != 0, row->has_question);
	assert_int_equal(view.has_opt, row->has_opt);
	assert_int_equal(view.has_broken_records, row->is_broken);
	if (row->has_question) {
		assert_int_equal(view.qtype, 28);
		assert_int_equal(view.qclass, 1);
		assert_int_equal(view.qname.bytes[1] >= 'a', true);
	}
	if (row->has_opt) {
		assert_int_equal(view.edns_udp_size, 4096);
		assert_true(view.wants_dnssec);
		assert_int_equal(view.rcode, 0);
	}
}

/* Cut by the capture: never malformed and never broken, unless it is with all octets. */
static void
test_prefixes_cut(void **state)
{
	const struct row *row = *state;
	struct pkt_buf b = {0};
	struct dg_dns_view view;

	row->make(&b);
	for (size_t n = 0; n < b.len; n++) {
		enum dg_dns_status status =
		    dg_dns_parse(guard_place(b.at, n), n, b.len, &secret, &view);

		if (row->status == DG_DNS_MALFORMED && status == DG_DNS_MALFORMED)
			continue;
		assert_int_equal(status,
		    n < 12                      ? DG_DNS_CUT_HEADER
			: n < row->question_end ? DG_DNS_CUT
						: DG_DNS_OK);
		if (n >= 12)
			assert_true(row->is_broken || !view.has_broken_records);
	}
	pkt_buf_fini(&b);
}

/* All there was: never cut. */
static void
test_prefixes_short(void **state)
{
	const struct row *row = *state;
	struct pkt_buf b = {0};
	struct dg_dns_view view;

	row->make(&b);
	for (size_t n = 0; n < b.len; n++) {
		enum dg_dns_status status =
		    dg_dns_parse(guard_place(b.at, n), n, n, &secret, &view);

		assert_int_equal(status,
		    row->status == DG_DNS_OK && n >= row->question_end ? DG_DNS_OK
								       : DG_DNS_MALFORMED);
	}
	pkt_buf_fini(&b);
}

/* Cut in a second question: nobody can tell whether the rest is whole. */
static void
test_cut_second_question(void **state)
{
	struct pkt_buf b = {0};
	struct dg_dns_view view;

	(void)state;
	make_two_questions(&b);
	for (size_t n = 29; n < b.len; n++) {
		assert_int_equal(
		    dg_dns_parse(guard_place(b.at, n), n, b.len, &secret, &view), DG_DNS_OK);
		assert_false(view.has_broken_records);
	}
	pkt_buf_fini(&b);
}

/* What is wrong in the captured part is wrong, however much was cut behind it. */
static void
test_wrong_before_cut(void **state)
{
	struct pkt_buf b = {0};
	struct dg_dns_view view;

	(void)state;
	make_owner_bits_10(&b);
	assert_int_equal(
	    dg_dns_parse(guard_place(b.at, b.len), b.len, b.len + 100, &secret, &view),
	    DG_DNS_OK);
	assert_true(view.has_broken_records);
	pkt_buf_fini(&b);
}

/* Each bit of the header that is read, alone. */
static void
test_header_bits(void **state)
{
	(void)state;
	for (unsigned flags = 0; flags < 65536; flags++) {
		uint8_t m[12] = {0xab, 0xcd, (uint8_t)(flags >> 8), (uint8_t)flags};
		struct dg_dns_view view;

		assert_int_equal(dg_dns_parse(m, 12, 12, &secret, &view), DG_DNS_OK);
		assert_int_equal(view.id, 0xabcd);
		assert_int_equal(view.is_reply, flags >> 15);
		assert_int_equal(view.opcode, flags >> 11 & 15);
		assert_int_equal(view.is_truncated, flags >> 9 & 1);
		assert_int_equal(view.rcode, flags & 15);
	}
}

static void
test_extended_rcode(void **state)
{
	(void)state;
	for (uint16_t rcode = 0; rcode < 4096; rcode++) {
		struct pkt_buf b = {0};
		struct dg_dns_view view;

		pkt_dns(&b,
		    &(struct pkt_dns){
			.flags = PKT_QR, .qname = "a", .rcode = rcode, .has_opt = true});
		assert_int_equal(dg_dns_parse(b.at, b.len, b.len, &secret, &view), DG_DNS_OK);
		assert_int_equal(view.rcode, rcode);
		assert_false(view.wants_dnssec);
		assert_int_equal(view.edns_version, 0);
		pkt_buf_fini(&b);
	}
}

static uint64_t
hash_of(const char *name, unsigned type, unsigned class, const struct dg_hash_key *key)
{
	struct pkt_buf b = {0};
	struct dg_dns_view view;

	pkt_dns(&b,
	    &(struct pkt_dns){
		.qname = name, .qtype = (uint16_t)type, .qclass = (uint16_t) class});
	assert_int_equal(dg_dns_parse(b.at, b.len, b.len, key, &view), DG_DNS_OK);
	pkt_buf_fini(&b);
	return view.question_hash;
}

static void
test_question_hash(void **state)
{
	static const struct dg_hash_key other = {1, 3};
	uint64_t hash = hash_of("www.example", 1, 1, &secret);

	(void)state;
	assert_true(hash == hash_of("wWw.EXAMPLE", 1, 1, &secret));
	assert_true(hash != hash_of("www.examplf", 1, 1, &secret));
	assert_true(hash != hash_of("www\\.example", 1, 1, &secret));
	assert_true(hash != hash_of("www.example", 2, 1, &secret));
	assert_true(hash != hash_of("www.example", 1, 3, &secret));
	assert_true(hash != hash_of("www.example", 1, 1, &other));
}

/* A message of 64 KiB: a name of 127 labels, and as many questions or records as fit. */
static void
make_full(struct pkt_buf *b, bool is_questions)
{
	size_t each = is_questions ? 6 : 12;

	put_header(b, is_questions ? 65535 : 1, 0, 0, is_questions ? 0 : 65535);
	for (int i = 0; i < 127; i++)
		pkt_put(b, "\1a", 2);
	pkt_put(b, "\0\0\x1c\0\1", 5);
	while (b->len + each <= 65535)
		pkt_put(b, "\xc0\x0c\0\1\0\1\0\0\0\0\0\0", each);
}

static void
test_full(void **state)
{
	struct pkt_buf b = {0};
	struct dg_dns_view view;

	make_full(&b, *state != NULL);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(
		    dg_dns_parse(guard_place(b.at, b.len), b.len, b.len, &secret, &view),
		    DG_DNS_OK);
	}
	assert_int_equal(view.qname.length, 255);
	assert_true(view.has_broken_records);
	pkt_buf_fini(&b);
}

/* 5,956 records of 11 octets, the smallest there are, and OPT the last of them. */
static void
test_most_records(void **state)
{
	struct pkt_buf b = {0};
	struct dg_dns_view view;
	unsigned count = (65535 - 12) / 11;

	(void)state;
	put_header(&b, 0, 0, 0, count);
	for (unsigned i = 1; i < count; i++)
		put_record(&b, ".", 1, 1, 0, 0, 0);
	put_record(&b, ".", 41, 4096, 0, 0, 0);
	assert_int_equal(
	    dg_dns_parse(guard_place(b.at, b.len), b.len, b.len, &secret, &view), DG_DNS_OK);
	assert_true(view.has_opt);
	assert_false(view.has_broken_records);
	pkt_buf_fini(&b);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rows_add(&r, rows_name("no prefix that was cut is wrong: %s", rows[i].name),
		    test_prefixes_cut, &rows[i]);
		rows_add(&r, rows_name("no prefix that was all is cut: %s", rows[i].name),
		    test_prefixes_short, &rows[i]);
	}
	rows_add(
	    &r, "a cut in the second question breaks nothing", test_cut_second_question, NULL);
	rows_add(&r, "what is wrong before a cut is wrong", test_wrong_before_cut, NULL);
	rows_add(
	    &r, "every bit of the flags is read as RFC 1035 places it", test_header_bits, NULL);
	rows_add(&r, "every rcode of 12 bits is put together", test_extended_rcode, NULL);
	rows_add(&r, "a question's hash is of its folded name, type and class",
	    test_question_hash, NULL);
	rows_add(&r, "64 KiB of questions with names of 127 labels are read", test_full, "q");
	rows_add(&r, "64 KiB of records with names of 127 labels are read", test_full, NULL);
	rows_add(&r, "the most records that fit are all looked at", test_most_records, NULL);
	return rows_run(&r, "parse");
}

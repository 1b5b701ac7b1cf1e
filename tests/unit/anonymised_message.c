/*
 * anonymised_message.c - what becomes of each part of a DNS message.
 */
#include "anonymise/message.h"

#include "anonymise_world.h"
#include "base/cursor.h"
#include "guard.h"

#define NAME "www.example.com"
#define NAME_BYTES 17
#define QUESTION_END (12 + NAME_BYTES + 4)
#define ROOM 4096

/* A reply with a question and one record of NAME; the data ends the message. */
static void
begin_reply(struct pkt_buf *b, unsigned records)
{
	pkt_put16(b, 7);
	pkt_put16(b, PKT_QR);
	pkt_put16(b, 1);
	pkt_put16(b, records);
	pkt_put32(b, 0);
	pkt_name(b, NAME);
	pkt_put16(b, 1);
	pkt_put16(b, 1);
}

static void
put_record(struct pkt_buf *b, unsigned type, unsigned class, const void *data, size_t size)
{
	pkt_put16(b, 0xc00c);
	pkt_put16(b, type);
	pkt_put16(b, class);
	pkt_put32(b, 300);
	pkt_put16(b, (unsigned)size);
	pkt_put(b, data, size);
}

static bool
rewrite(const struct pkt_buf *b, size_t captured, enum dg_message_trust trust,
    uint8_t out[ROOM], struct dg_message_out *m)
{
	const struct dg_message_in in = {
	    .at = guard_place(b->at, captured),
	    .size = captured,
	    .wire = b->len,
	    .trust = trust,
	};

	/* What is not written must not be looked at. */
	memset(out, 0xa5, ROOM);
	return dg_anonymise_message(world_anonymiser, &in, out, ROOM, m);
}

/*
 * A letter for each octet of the data: k kept, 0 blanked, ? a name's or an address's (another
 * test's).  The data has no zeros where it must be blanked.
 */
static const struct data_row {
	const char *name;
	uint16_t type;
	const char *data;
	size_t size;
	const char *marks;
} data_rows[] = {
    {"TXT is blanked", 16, "\4abcd\2ef", 8, "00000000"},
    {"an unknown type is blanked", 65280, "\1\2\3\4", 4, "0000"},
    {"no data stay none", 1, "", 0, ""},
    {"an A record of another length is blanked", 1, "\12\1\2\3\4", 5, "00000"},
    {"of SOA the serial is blanked and the times stay", 6,
	"\xc0\x0c\xc0\x0c\1\2\3\4\1\1\1\1\2\2\2\2\3\3\3\3\4\4\4\4", 24,
	"????0000kkkkkkkkkkkkkkkk"},
    {"SOA with an octet too many is blanked", 6,
	"\xc0\x0c\xc0\x0c\1\2\3\4\1\1\1\1\2\2\2\2\3\3\3\3\4\4\4\4\5", 25,
	"0000000000000000000000000"},
    {"of MX the preference stays", 15, "\0\12\xc0\x0c", 4, "kk??"},
    {"of SRV priority, weight and port stay", 33, "\0\1\0\2\0\65\xc0\x0c", 8, "kkkkkk??"},
    {"of NAPTR the texts are blanked", 35, "\0\1\0\2\1u\3abc\2xy\xc0\x0c", 15,
	"kkkkk0k000k00??"},
    {"of DS tag and digest are blanked", 43, "\1\2\10\2abcd", 8, "00kk0000"},
    {"of DNSKEY the key is blanked", 48, "\1\1\3\10keykey", 10, "kkkk000000"},
    {"of RRSIG times, tag and signature are blanked", 46,
	"\0\1\10\2\0\0\1\1"
	"aaaabbbbcc\xc0\x0csig",
	23, "kkkkkkkk0000000000??000"},
    {"of NSEC the types are blanked", 47, "\xc0\x0c\0\2ab", 6, "??kk00"},
    {"of NSEC3 salt, hash and types are blanked", 50, "\1\0\0\12\2sa\3abc\0\1a", 14,
	"kkkkk00k000kk0"},
    {"of TSIG the MAC is blanked", 250, "\xc0\x0cttttttff\0\2mm\0\7\0\0\0\1o", 21,
	"??kkkkkkkkkk00kkkkkk0"},
    {"of APL the prefixes are blanked", 42, "\0\1\20\2\12\1\0\1\10\201\12", 11, "kkkk00kkkk0"},
    {"of CAA all is blanked", 257, "\1\5issueca.example", 17, "00000000000000000"},
    {"of HTTPS the port stays, other values are blanked", 65,
	"\0\1\xc0\x0c\0\1\0\3\2h2\0\3\0\2\1\273", 17, "kk??kkkk000kkkkkk"},
    {"a parameter past the record's end blanks it", 65, "\0\1\xc0\x0c\0\1\0\11h2", 10,
	"0000000000"},
    {"of NSID, cookie and padding the values are blanked", 41,
	"\0\3\0\4host\0\12\0\10abcdefgh\0\14\0\2pp", 26, "kkkk0000kkkk00000000kkkk00"},
    {"of an extended error the code stays, the text does not", 41, "\0\17\0\5\0\26why", 9,
	"kkkkkk000"},
    {"an option past the record's end is blanked", 41, "\0\3\0\11host", 8, "00000000"},
    {"a subnet with too few octets is blanked", 41, "\0\10\0\6\0\1\30\1\12\1", 10,
	"kkkk000000"},
};

static void
test_data(void **state)
{
	const struct data_row *row = *state;
	struct pkt_buf b = {0};
	struct dg_message_out m;
	uint8_t out[ROOM];
	size_t at = QUESTION_END + 12;

	begin_reply(&b, 1);
	put_record(&b, row->type, 1, row->data, row->size);
	assert_true(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_true(m.is_whole);
	assert_int_equal(m.taken, b.len);
	assert_int_equal(m.written, b.len);
	/* Header, type and class of the question, and a record's fixed part. */
	assert_memory_equal(out, b.at, 12);
	assert_memory_equal(out + QUESTION_END - 4, b.at + QUESTION_END - 4, 4 + 12);
	for (size_t i = 0; i < row->size; i++) {
		if (row->marks[i] == 'k')
			assert_int_equal(out[at + i], b.at[at + i]);
		else if (row->marks[i] == '0')
			assert_int_equal(out[at + i], 0);
	}
	pkt_buf_fini(&b);
}

/* Types whose data is one name, after as many octets. */
static const struct name_row {
	const char *name;
	uint16_t type;
	uint8_t before;
} name_rows[] = {
    {"NS", 2, 0},
    {"CNAME", 5, 0},
    {"PTR", 12, 0},
    {"MX", 15, 2},
    {"AFSDB", 18, 2},
    {"SRV", 33, 6},
    {"KX", 36, 2},
    {"DNAME", 39, 0},
    {"SVCB", 64, 2},
    {"HTTPS", 65, 2},
};

static void
test_name(void **state)
{
	const struct name_row *row = *state;
	struct pkt_buf b = {0}, data = {0};
	struct dg_message_out m;
	uint8_t out[ROOM];

	/* A label, and a pointer to "example.com". */
	pkt_put(&data, "\0\1\0\2\0\3", row->before);
	pkt_put(&data, "\4mail\xc0\x10", 7);
	begin_reply(&b, 1);
	put_record(&b, row->type, 1, data.at, data.len);
	assert_true(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_int_equal(m.written, b.len);
	(void)world_assert_name(out, m.written, 12, NAME);
	(void)world_assert_name(out, m.written, QUESTION_END, NAME);
	(void)world_assert_name(
	    out, m.written, QUESTION_END + 12 + row->before, "mail.example.com");
	pkt_buf_fini(&data);
	pkt_buf_fini(&b);
}

static void
test_addresses(void **state)
{
	struct pkt_buf b = {0};
	struct dg_message_out m;
	struct pkt_addr four = pkt_addr("10.1.2.3"), six = pkt_addr("2001:db8::7");
	struct pkt_addr new_four = world_addr("10.1.2.3"), new_six = world_addr("2001:db8::7");
	uint8_t out[ROOM];
	size_t at = QUESTION_END + 12;

	(void)state;
	begin_reply(&b, 3);
	put_record(&b, 1, 1, four.bytes, 4);
	put_record(&b, 28, 0x8001, six.bytes, 16); /* multicast DNS sets the highest bit */
	put_record(&b, 1, 3, four.bytes, 4);       /* CHAOS: no IPv4 address */
	assert_true(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_memory_equal(out + at, new_four.bytes, 4);
	assert_memory_equal(out + at + 4 + 12, new_six.bytes, 16);
	assert_memory_equal(out + at + 4 + 12 + 16 + 12, "\0\0\0\0", 4);
	pkt_buf_fini(&b);
}

static void
test_hints(void **state)
{
	static const uint8_t data[] = {0, 1, 0, 0, 4, 0, 8, 10, 1, 2, 3, 10, 1, 2, 4};
	struct pkt_addr first = world_addr("10.1.2.3"), second = world_addr("10.1.2.4");
	struct pkt_buf b = {0};
	struct dg_message_out m;
	uint8_t out[ROOM];

	(void)state;
	begin_reply(&b, 1);
	put_record(&b, 65, 1, data, sizeof data);
	assert_true(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_memory_equal(out + QUESTION_END + 12 + 7, first.bytes, 4);
	assert_memory_equal(out + QUESTION_END + 12 + 11, second.bytes, 4);
	pkt_buf_fini(&b);
}

static void
test_subnet(void **state)
{
	static const uint8_t options[] = {0, 8, 0, 7, 0, 1, 22, 24, 10, 1, 2};
	struct pkt_buf b = {0};
	struct dg_message_out m;
	struct pkt_addr host = world_addr("10.1.3.77");
	uint8_t out[ROOM];
	const uint8_t *option = out + QUESTION_END + 12;

	(void)state;
	begin_reply(&b, 1);
	put_record(&b, 41, 1232, options, sizeof options);
	assert_true(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_memory_equal(option, options, 8);
	/* What the pseudonym of an address in 10.1.0.0/22 begins with, and zeros. */
	assert_memory_equal(option + 8, host.bytes, 2);
	assert_int_equal(option[10], host.bytes[2] & 0xfc);
	pkt_buf_fini(&b);
}

/* Reverse names become longer and shorter, and pointers past them go along. */
static void
test_lengths(void **state)
{
	struct pkt_buf b = {0}, data = {0};
	char longer[64], shorter[64];
	struct dg_message_out m;
	uint8_t out[ROOM];
	size_t at, host;

	(void)state;
	world_reverse(1, longer);
	world_reverse(-1, shorter);
	pkt_put(&b, "\0\7\x81\x80\0\1\0\3\0\0\0\0", 12);
	pkt_name(&b, longer);
	pkt_put(&b, "\0\14\0\1", 4);
	host = b.len + 12;
	pkt_name(&data, "host.example.com");
	put_record(&b, 12, 1, data.at, data.len);
	/* Of the name in the data before; then a name of another length in data. */
	pkt_put16(&b, (unsigned)(0xc000 | host));
	pkt_put(&b, "\0\1\0\1\0\0\0\0\0\4\12\1\2\3", 14);
	pkt_buf_clear(&data);
	pkt_name(&data, shorter);
	put_record(&b, 12, 1, data.at, data.len);
	assert_true(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_true(m.is_whole);
	assert_int_equal(m.taken, b.len);
	assert_int_equal(m.written, b.len); /* one more and one less */
	at = world_assert_name(out, m.written, 12, longer) + 4;
	assert_int_equal(at, 12 + strlen(longer) + 2 + 1 + 4);
	at = world_assert_name(out, m.written, at, longer) + 10;
	at = world_assert_name(out, m.written, at, "host.example.com");
	assert_int_equal(dg_be16(out + at), 0xc000 | (host + 1));
	at = world_assert_name(out, m.written, at, "host.example.com") + 10 + 4;
	at = world_assert_name(out, m.written, at, longer);
	assert_int_equal(dg_be16(out + at + 8), strlen(shorter) + 2 - 1);
	(void)world_assert_name(out, m.written, at + 10, shorter);
	pkt_buf_fini(&data);
	pkt_buf_fini(&b);
}

/* A pointer into what is blanked is written out. */
static void
test_pointer_into_text(void **state)
{
	struct pkt_buf b = {0};
	struct dg_message_out m;
	uint8_t out[ROOM];
	size_t text, at;

	(void)state;
	begin_reply(&b, 2);
	text = b.len + 12;
	put_record(&b, 16, 1, "\3dns\7example\3com\0", 17);
	at = b.len;
	put_record(&b, 2, 1, (const uint8_t[]){0xc0, (uint8_t)text}, 2);
	assert_true(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_int_equal(m.written, b.len + 17 - 2);
	assert_int_equal(dg_be16(out + at + 10), 17);
	(void)world_assert_name(out, m.written, at + 12, "dns.example.com");
	pkt_buf_fini(&b);
}

/* What was captured of a message: whole records, never a part of one. */
static void
test_prefixes(void **state)
{
	struct pkt_buf b = {0};
	struct dg_message_out m;
	uint8_t out[ROOM];

	(void)state;
	begin_reply(&b, 2);
	put_record(&b, 1, 1, "\12\1\2\3", 4);
	put_record(&b, 1, 1, "\12\1\2\4", 4);
	for (size_t n = 0; n < b.len; n++) {
		bool is_message = rewrite(&b, n, DG_TRUST_PORT, out, &m);
		size_t wanted = n < QUESTION_END ? 12
		    : n < QUESTION_END + 16      ? QUESTION_END
						 : QUESTION_END + 16;

		assert_int_equal(is_message, n >= 12);
		if (is_message) {
			assert_int_equal(m.taken, wanted);
			assert_int_equal(m.written, wanted);
			assert_false(m.is_whole);
		}
		assert_int_equal(rewrite(&b, n, DG_TRUST_NOTHING, out, &m), n >= QUESTION_END);
		assert_int_equal(rewrite(&b, n, DG_TRUST_STREAM, out, &m), n >= 12);
	}
	pkt_buf_fini(&b);
}

static void
test_trust(void **state)
{
	static const uint8_t text[40] = "GET / HTTP/1.1\r\nHost: www.example.com\r\n";
	struct pkt_buf b = {0};
	struct dg_message_out m;
	uint8_t out[ROOM];

	(void)state;
	pkt_put(&b, text, sizeof text);
	assert_false(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_false(rewrite(&b, b.len, DG_TRUST_PORT, out, &m));
	assert_false(rewrite(&b, b.len / 2, DG_TRUST_STREAM, out, &m));
	pkt_buf_clear(&b);
	/* A message with something behind it: it is blanked, where messages are expected. */
	begin_reply(&b, 0);
	pkt_put(&b, "secret", 6);
	assert_false(rewrite(&b, b.len, DG_TRUST_NOTHING, out, &m));
	assert_true(rewrite(&b, b.len, DG_TRUST_PORT, out, &m));
	assert_int_equal(m.written, b.len);
	assert_memory_equal(out + QUESTION_END, "\0\0\0\0\0\0", 6);
	pkt_buf_fini(&b);
}

/* The first record that cannot be read ends what is shown. */
static void
test_broken(void **state)
{
	struct pkt_buf b = {0};
	struct dg_message_out m;
	uint8_t out[ROOM];

	(void)state;
	begin_reply(&b, 2);
	put_record(&b, 1, 1, "\12\1\2\3", 4);
	pkt_put(&b, "\xc0\xff\0\1\0\1\0\0\0\0\0\4\12\1\2\3", 16);
	assert_true(rewrite(&b, b.len, DG_TRUST_PORT, out, &m));
	assert_int_equal(m.taken, QUESTION_END + 16);
	assert_int_equal(m.written, QUESTION_END + 16);
	pkt_buf_fini(&b);
}

/* Octets of names are counted: a message of long ones is not worked on for ever. */
static void
test_many_names(void **state)
{
	struct pkt_buf b = {0};
	static uint8_t out[65536];
	struct dg_message_out m;
	struct dg_message_in in = {.trust = DG_TRUST_PORT};

	(void)state;
	begin_reply(&b, 4000);
	/* A name of 127 labels, and pointers to it and to its second label by turns. */
	for (unsigned i = 0; i < 126; i++)
		pkt_put(&b, "\1a", 2);
	pkt_put8(&b, 0);
	pkt_put(&b, "\0\20\0\1\0\0\0\0\0\0", 10);
	for (unsigned i = 0; i < 3900; i++) {
		size_t name = QUESTION_END + (i % 2 == 0 ? 0 : 2);

		pkt_put16(&b, (unsigned)(0xc000 | name));
		pkt_put(&b, "\0\20\0\1\0\0\0\0\0\0", 10);
	}
	in.at = b.at;
	in.size = in.wire = b.len;
	assert_true(dg_anonymise_message(world_anonymiser, &in, out, sizeof out, &m));
	assert_false(m.is_whole);
	assert_true(m.written < b.len);
	/* 2^18 octets of names of 253. */
	assert_in_range(m.written, 1000 * 12, 1100 * 12 + QUESTION_END + 263);
	pkt_buf_fini(&b);
}

int
main(void)
{
	struct rows r = {0};
	int failed;

	world_begin();
	ROWS_ADD_TABLE(&r, data_rows, test_data);
	for (size_t i = 0; i < sizeof name_rows / sizeof *name_rows; i++)
		rows_add(&r,
		    rows_name("the name in %s becomes its pseudonym", name_rows[i].name),
		    test_name, &name_rows[i]);
	rows_add(
	    &r, "addresses become pseudonyms, in the Internet's class", test_addresses, NULL);
	rows_add(&r, "addresses of a service become pseudonyms", test_hints, NULL);
	rows_add(&r, "a client's subnet becomes the prefix of its hosts", test_subnet, NULL);
	rows_add(&r, "reverse names change lengths, and pointers follow", test_lengths, NULL);
	rows_add(
	    &r, "a pointer into what is blanked is written out", test_pointer_into_text, NULL);
	rows_add(&r, "a cut message is shown by whole records", test_prefixes, NULL);
	rows_add(&r, "what is no message is shown by no octet", test_trust, NULL);
	rows_add(&r, "a broken record ends what is shown", test_broken, NULL);
	rows_add(&r, "names in one message have a limit", test_many_names, NULL);
	failed = rows_run(&r, "anonymised_message");
	world_end();
	return failed;
}

/*
 * fuzz_dns.c - a message is parsed, and parsed again by plain slow code.
 *
 * Input: one byte says how many octets the capture cut off, the rest is what
 * it holds.
 */
#include <ctype.h>
#include <string.h>

#include "dns/deep.h"
#include "dns/edns.h"
#include "dns/parse.h"
#include "fuzz.h"

#define HEADER 12

/* What the plain reading finds. */
struct plain {
	enum dg_dns_status status;
	bool has_question;
	bool has_opt;
	bool is_vague; /* a name past the question is too long: no opinion */
	bool has_broken_records;
	uint8_t name[255];
	unsigned name_length;
	unsigned type;
	unsigned class;
	unsigned rcode;
	unsigned udp_size;
	size_t end;                  /* of the question */
	size_t options, options_end; /* of OPT; equal without any */
};

struct message {
	const uint8_t *bytes;
	size_t size;
	size_t wire;
};

/* Why octet `at` cannot be had; OK when it can. */
static enum dg_dns_status
reach(const struct message *m, size_t at)
{
	if (at < m->size)
		return DG_DNS_OK;
	return at < m->wire ? DG_DNS_CUT : DG_DNS_MALFORMED;
}

static unsigned
two(const struct message *m, size_t at)
{
	return (unsigned)m->bytes[at] * 256 + m->bytes[at + 1];
}

static enum dg_dns_status
plain_question(const struct message *m, struct plain *p)
{
	size_t at = HEADER;
	enum dg_dns_status status;

	for (;;) {
		unsigned label;

		status = reach(m, at);
		if (status != DG_DNS_OK)
			return status;
		label = m->bytes[at];
		if (label > 63)
			return DG_DNS_MALFORMED;
		if (p->name_length + 1 + label + (label > 0) > 255)
			return DG_DNS_MALFORMED;
		status = reach(m, at + label);
		if (status != DG_DNS_OK)
			return status;
		p->name[p->name_length++] = (uint8_t)label;
		for (unsigned i = 1; i <= label; i++)
			p->name[p->name_length++] = (uint8_t)tolower(m->bytes[at + i]);
		at += 1 + label;
		if (label == 0)
			break;
	}
	status = reach(m, at + 3);
	if (status != DG_DNS_OK)
		return status;
	p->has_question = true;
	p->type = two(m, at);
	p->class = two(m, at + 2);
	p->end = at + 4;
	return DG_DNS_OK;
}

/* Past the name at `at`; 0 when it ends badly, with the status in *status. */
static size_t
plain_skip(const struct message *m, size_t at, struct plain *p, enum dg_dns_status *status)
{
	size_t begin = at;

	for (;;) {
		unsigned label;

		*status = reach(m, at);
		if (*status != DG_DNS_OK)
			return 0;
		label = m->bytes[at];
		if (label >= 192) {
			*status = reach(m, at + 1);
			return *status == DG_DNS_OK ? at + 2 : 0;
		}
		if (label > 63) {
			*status = DG_DNS_MALFORMED;
			return 0;
		}
		at += 1 + label;
		if (at - begin + (label != 0) > 255)
			p->is_vague = true;
		if (label == 0)
			return at;
	}
}

static void
plain_records(const struct message *m, struct plain *p)
{
	unsigned questions = two(m, 4), before = two(m, 6) + two(m, 8), extra = two(m, 10);
	enum dg_dns_status status = DG_DNS_OK;
	size_t at = p->end;

	for (unsigned n = 1; status == DG_DNS_OK && n < questions; n++) {
		at = plain_skip(m, at, p, &status);
		if (status == DG_DNS_OK)
			status = reach(m, at + 3);
		at += 4;
	}
	for (unsigned n = 0; extra > 0 && status == DG_DNS_OK && n < before + extra; n++) {
		size_t name = at, fixed = plain_skip(m, at, p, &status);

		if (status == DG_DNS_OK)
			status = reach(m, fixed + 9);
		if (status == DG_DNS_OK)
			status = reach(m, fixed + 9 + two(m, fixed + 8));
		if (status != DG_DNS_OK)
			break;
		at = fixed + 10 + two(m, fixed + 8);
		if (n >= before && m->bytes[name] == 0 && two(m, fixed) == 41 && !p->has_opt) {
			p->has_opt = true;
			p->udp_size = two(m, fixed + 2);
			p->rcode += 16u * m->bytes[fixed + 4];
			p->options = fixed + 10;
			p->options_end = at;
		}
	}
	p->has_broken_records = status == DG_DNS_MALFORMED;
}

/* The options, from the record's beginning to its end or to one that is broken. */
static void
check_options(const struct message *m, const struct dg_dns_view *view, struct plain *p)
{
	unsigned errors = 0, cookies = 0, subnets = 0;
	size_t at = p->options, nsid = 0, nsid_size = 0;
	struct dg_edns e;
	int32_t first = -1;

	while (at < p->options_end) {
		unsigned code, size;

		if (at + 4 > p->options_end || at + 4 + two(m, at + 2) > p->options_end) {
			p->has_broken_records = true;
			break;
		}
		code = two(m, at);
		size = two(m, at + 2);
		at += 4;
		cookies += code == 10;
		subnets += code == 8;
		if (code == 3 && size > 0 && nsid == 0) {
			nsid = at;
			nsid_size = size < 64 ? size : 64;
		}
		if (code == 15 && size < 2) {
			p->has_broken_records = true;
		} else if (code == 15) {
			first = first < 0 ? (int32_t)two(m, at) : first;
			errors++;
		}
		at += size;
	}
	FUZZ_CHECK(view->ede_code == first);
	FUZZ_CHECK(view->opt_length == p->options_end - p->options);
	FUZZ_CHECK(dg_edns_parse(view, &e) == (errors + cookies + subnets + nsid > 0));
	FUZZ_CHECK(e.ede_count == (errors < 4 ? errors : 4));
	FUZZ_CHECK(errors == 0 || e.ede[0] == first);
	FUZZ_CHECK(e.has_cookie == (cookies > 0) && e.has_subnet == (subnets > 0));
	FUZZ_CHECK(e.has_nsid == (nsid > 0) && e.nsid_length == nsid_size);
	FUZZ_CHECK(memcmp(e.nsid, m->bytes + nsid, nsid_size) == 0);
}

static struct plain
plain_parse(const struct message *m)
{
	struct plain p = {.end = HEADER};

	if (m->size < HEADER) {
		p.status = m->wire < HEADER ? DG_DNS_MALFORMED : DG_DNS_CUT_HEADER;
		return p;
	}
	p.rcode = m->bytes[3] & 15;
	if (two(m, 4) > 0)
		p.status = plain_question(m, &p);
	if (p.status == DG_DNS_OK)
		plain_records(m, &p);
	return p;
}

static enum dg_dns_status
parse(const struct message *m, struct dg_dns_view *view)
{
	memset(view, 0xee, sizeof *view);
	return dg_dns_parse(m->bytes, m->size, m->wire, &FUZZ_KEY, view);
}

static void
check_same(const struct message *m, const struct dg_dns_view *view, struct plain *p)
{
	FUZZ_CHECK(view->id == two(m, 0));
	FUZZ_CHECK(view->is_reply == (m->bytes[2] >= 128));
	FUZZ_CHECK(view->is_truncated == ((m->bytes[2] & 2) != 0));
	FUZZ_CHECK(view->opcode == (m->bytes[2] >> 3) % 16);
	FUZZ_CHECK(view->question_count == two(m, 4));
	FUZZ_CHECK(view->answer_count == two(m, 6));
	FUZZ_CHECK(view->authority_count == two(m, 8));
	FUZZ_CHECK(view->additional_count == two(m, 10));
	FUZZ_CHECK(view->has_question == p->has_question);
	if (p->status != DG_DNS_OK)
		return;
	if (p->has_question) {
		FUZZ_CHECK(view->qtype == p->type && view->qclass == p->class);
		FUZZ_CHECK(view->qname.length == p->name_length);
		FUZZ_CHECK(memcmp(view->qname.bytes, p->name, p->name_length) == 0);
	} else {
		FUZZ_CHECK(view->question_hash == 0);
	}
	if (p->is_vague)
		return;
	check_options(m, view, p);
	FUZZ_CHECK(view->has_broken_records == p->has_broken_records);
	FUZZ_CHECK(view->has_opt == p->has_opt);
	FUZZ_CHECK(view->rcode == p->rcode);
	if (p->has_opt)
		FUZZ_CHECK(view->edns_udp_size == p->udp_size);
}

/* A cut takes knowledge away; it never makes a message wrong. */
static void
check_cuts(const struct message *m, enum dg_dns_status whole, const struct dg_dns_view *all)
{
	size_t step = m->size / 128 + 1;

	for (size_t n = 0; n < m->size; n += step) {
		struct message cut = {m->bytes, n, m->wire};
		struct dg_dns_view view;
		enum dg_dns_status status = parse(&cut, &view);

		FUZZ_CHECK(status != DG_DNS_MALFORMED || whole == DG_DNS_MALFORMED);
		FUZZ_CHECK(status != DG_DNS_OK || whole == DG_DNS_OK);
		if (status != DG_DNS_OK)
			continue;
		FUZZ_CHECK(view.question_hash == all->question_hash);
		FUZZ_CHECK(!view.has_broken_records || all->has_broken_records);
		FUZZ_CHECK(!view.has_opt || all->has_opt);
	}
}

/* Upper and lower case are one question (RFC 4343); another type is another one. */
static void
check_hash(const struct message *m, const struct dg_dns_view *view)
{
	uint8_t *bytes = malloc(m->size);
	struct message other = {bytes, m->size, m->wire};
	struct dg_dns_view seen;

	FUZZ_CHECK(bytes != NULL);
	memcpy(bytes, m->bytes, m->size);
	for (size_t i = HEADER; i < HEADER + (size_t)view->qname.length; i++) {
		if (isalpha(bytes[i]) && isalpha(bytes[i] ^ 0x20) &&
		    view->qname.bytes[i - HEADER] > 63)
			bytes[i] ^= 0x20;
	}
	FUZZ_CHECK(parse(&other, &seen) == DG_DNS_OK);
	FUZZ_CHECK(seen.question_hash == view->question_hash);
	bytes[HEADER + view->qname.length] ^= 1;
	FUZZ_CHECK(parse(&other, &seen) == DG_DNS_OK);
	FUZZ_CHECK(seen.question_hash != view->question_hash);
	free(bytes);
}

static void
check_word(const char *text)
{
	size_t length = strlen(text);

	FUZZ_CHECK(length > 0 && length < DG_DNS_WORD_MAX);
	for (size_t i = 0; i < length; i++)
		FUZZ_CHECK(text[i] > ' ' && text[i] < 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	size_t more = fuzz_u8(&in);
	struct message m = {in.at, in.left, in.left + more};
	struct dg_dns_view view;
	enum dg_dns_status status = parse(&m, &view);
	struct plain p = plain_parse(&m);
	char word[DG_DNS_WORD_MAX];

	FUZZ_CHECK(status == p.status);
	check_cuts(&m, status, &view);
	if (status == DG_DNS_MALFORMED || status == DG_DNS_CUT_HEADER)
		return 0;
	check_same(&m, &view, &p);
	check_word(dg_dns_rcode_text(view.rcode, word));
	if (status == DG_DNS_OK && view.has_question) {
		check_hash(&m, &view);
		check_word(dg_dns_type_text(view.qtype, word));
		check_word(dg_dns_class_text(view.qclass, word));
	}
	return 0;
}

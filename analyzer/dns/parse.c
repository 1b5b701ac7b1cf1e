/*
 * parse.c - header, first question and OPT of a DNS message.
 *
 * Records are walked only to find OPT, and only as far as bytes go: counts of
 * 65,535 in a message of 12 bytes cost nothing.  A message whose records are
 * broken is still a query or a reply; only its OPT may be missed.
 */
#include "dns/parse.h"

#include "base/cursor.h"
#include "dns/edns.h"

#define HEADER_BYTES 12
#define TYPE_OPT 41
#define FIXED_BYTES 10 /* of a record, behind its owner */

enum flag {
	FLAG_QR = 0x8000,
	FLAG_TC = 0x0200,
};

static void
read_header(const uint8_t *h, struct dg_dns_view *view)
{
	unsigned flags = dg_be16(h + 2);

	view->id = dg_be16(h);
	view->is_reply = (flags & FLAG_QR) != 0;
	view->is_truncated = (flags & FLAG_TC) != 0;
	view->opcode = flags >> 11 & 15;
	view->rcode = flags & 15;
	view->question_count = dg_be16(h + 4);
	view->answer_count = dg_be16(h + 6);
	view->authority_count = dg_be16(h + 8);
	view->additional_count = dg_be16(h + 10);
	view->has_question = false;
	view->question_hash = 0;
	view->has_opt = false;
	view->opt_data = NULL;
	view->opt_length = 0;
	view->has_broken_records = false;
	view->ede_code = -1;
}

/*
 * A label of type, class and name, which is padded with zeros: compared among
 * the questions of one flow and ID, never a place in a table.
 */
static uint64_t
hash_question(
    const struct dg_hash_key *key, const struct dg_name *name, const uint8_t type_class[4])
{
	uint64_t hash = key->k0 ^ ((uint64_t)dg_be32(type_class) << 8 | name->length);

	hash = dg_hash_multiply(hash, key->k1);
	for (unsigned word = 0; word < DG_NAME_WORDS(name->length); word++)
		hash = dg_hash_multiply(hash + dg_hash_load(name->bytes + 8 * word), key->k1);
	return dg_hash_multiply(hash ^ key->k1, key->k0);
}

static enum dg_dns_status
read_question(struct dg_cur *c, const struct dg_hash_key *key, struct dg_dns_view *view)
{
	enum dg_name_status status = dg_name_fold(c, &view->qname);
	const uint8_t *type_class;

	if (status != DG_NAME_OK)
		return status == DG_NAME_CUT ? DG_DNS_CUT : DG_DNS_MALFORMED;
	type_class = dg_cur_take(c, 4);
	if (type_class == NULL)
		return c->is_cut ? DG_DNS_CUT : DG_DNS_MALFORMED;
	view->qtype = dg_be16(type_class);
	view->qclass = dg_be16(type_class + 2);
	view->question_hash = hash_question(key, &view->qname, type_class);
	view->has_question = true;
	return DG_DNS_OK;
}

/*
 * The OPT record, which is all here: class is the UDP size, TTL holds the rest of the
 * fixed part.
 */
static void
read_opt(const uint8_t fixed[FIXED_BYTES], struct dg_dns_view *view)
{
	view->has_opt = true;
	view->edns_udp_size = dg_be16(fixed + 2);
	view->rcode = (uint16_t)(view->rcode | fixed[4] << 4);
	view->edns_version = fixed[5];
	view->wants_dnssec = (fixed[6] & 0x80) != 0;
	view->opt_length = dg_be16(fixed + 8);
	if (view->opt_length == 0)
		return;
	view->opt_data = fixed + FIXED_BYTES;
	view->ede_code =
	    dg_edns_first_error(view->opt_data, view->opt_length, &view->has_broken_records);
}

/* One record, the slow way; false when it is broken or cut. */
static bool
skip_odd_record(struct dg_cur *c, struct dg_dns_view *view, bool may_be_opt)
{
	bool is_root = c->left > 0 && c->at[0] == 0;
	const uint8_t *fixed;

	if (dg_name_skip(c) != DG_NAME_OK)
		return false;
	fixed = dg_cur_take(c, FIXED_BYTES);
	if (fixed == NULL || dg_cur_take(c, dg_be16(fixed + 8)) == NULL)
		return false;
	if (may_be_opt && is_root && dg_be16(fixed) == TYPE_OPT && !view->has_opt)
		read_opt(fixed, view);
	return true;
}

/*
 * The length of a record whose owner is the root or a pointer, as nearly every owner is, and
 * which is all here; 0 for every other.
 */
static inline size_t
plain_record(const uint8_t *at, size_t left, size_t *name)
{
	size_t fixed, bytes;

	if (left < 1 + FIXED_BYTES)
		return 0;
	*name = at[0] == 0 ? 1 : 2;
	fixed = *name + FIXED_BYTES;
	if (left < fixed || (at[0] != 0 && at[0] < 0xc0))
		return 0;
	bytes = fixed + dg_be16(at + fixed - 2);
	return bytes <= left ? bytes : 0;
}

static bool
skip_record(struct dg_cur *c, struct dg_dns_view *view, bool may_be_opt)
{
	const uint8_t *at = c->at;
	size_t name, bytes = plain_record(at, c->left, &name);

	if (bytes == 0)
		return skip_odd_record(c, view, may_be_opt);
	c->at += bytes;
	c->left -= bytes;
	c->wire -= bytes;
	if (may_be_opt && name == 1 && dg_be16(at + 1) == TYPE_OPT && !view->has_opt)
		read_opt(at + 1, view);
	return true;
}

static void
find_opt(struct dg_cur *c, struct dg_dns_view *view)
{
	uint32_t before = (uint32_t)view->answer_count + view->authority_count;
	uint32_t all = before + view->additional_count;

	for (uint32_t n = 1; n < view->question_count; n++) {
		if (dg_name_skip(c) != DG_NAME_OK || dg_cur_take(c, 4) == NULL) {
			view->has_broken_records |= !c->is_cut;
			return;
		}
	}
	if (view->additional_count == 0)
		return;
	for (uint32_t n = 0; n < all && n < DG_RECORDS_MAX; n++) {
		if (!skip_record(c, view, n >= before)) {
			view->has_broken_records |= !c->is_cut;
			return;
		}
	}
}

enum dg_dns_status
dg_dns_parse(const uint8_t *message, size_t size, size_t wire_size,
    const struct dg_hash_key *key, struct dg_dns_view *view)
{
	struct dg_cur c = dg_cur_make(message, size, wire_size);
	const uint8_t *header = dg_cur_take(&c, HEADER_BYTES);

	if (header == NULL)
		return c.is_cut ? DG_DNS_CUT_HEADER : DG_DNS_MALFORMED;
	read_header(header, view);
	if (view->question_count > 0) {
		enum dg_dns_status status = read_question(&c, key, view);

		if (status != DG_DNS_OK)
			return status;
	}
	find_opt(&c, view);
	return DG_DNS_OK;
}

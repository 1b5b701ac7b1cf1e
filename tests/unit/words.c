/*
 * words.c - the words for rcodes, types and classes: those of ldns, none too long, none of two
 * numbers.
 */
#include "dns/deep.h"

#include "rows.h"

static const struct row {
	const char *name;
	const char *(*text)(uint16_t number, char text[DG_DNS_WORD_MAX]);
	uint16_t number;
} rows[] = {
    {"NOERROR", dg_dns_rcode_text, 0},
    {"FORMERR", dg_dns_rcode_text, 1},
    {"SERVFAIL", dg_dns_rcode_text, 2},
    {"NXDOMAIN", dg_dns_rcode_text, 3},
    {"NOTIMP", dg_dns_rcode_text, 4},
    {"REFUSED", dg_dns_rcode_text, 5},
    {"YXDOMAIN", dg_dns_rcode_text, 6},
    {"YXRRSET", dg_dns_rcode_text, 7},
    {"NXRRSET", dg_dns_rcode_text, 8},
    {"NOTAUTH", dg_dns_rcode_text, 9},
    {"NOTZONE", dg_dns_rcode_text, 10},
    {"RCODE11", dg_dns_rcode_text, 11},
    {"RCODE15", dg_dns_rcode_text, 15},
    {"BADVERS", dg_dns_rcode_text, 16},
    {"BADKEY", dg_dns_rcode_text, 17},
    {"RCODE24", dg_dns_rcode_text, 24},
    {"RCODE4095", dg_dns_rcode_text, 4095},
    {"RCODE65535", dg_dns_rcode_text, 65535},
    {"TYPE0", dg_dns_type_text, 0},
    {"A", dg_dns_type_text, 1},
    {"NS", dg_dns_type_text, 2},
    {"CNAME", dg_dns_type_text, 5},
    {"SOA", dg_dns_type_text, 6},
    {"PTR", dg_dns_type_text, 12},
    {"MX", dg_dns_type_text, 15},
    {"TXT", dg_dns_type_text, 16},
    {"AAAA", dg_dns_type_text, 28},
    {"SRV", dg_dns_type_text, 33},
    {"NAPTR", dg_dns_type_text, 35},
    {"OPT", dg_dns_type_text, 41},
    {"DS", dg_dns_type_text, 43},
    {"RRSIG", dg_dns_type_text, 46},
    {"DNSKEY", dg_dns_type_text, 48},
    {"NSEC3PARAM", dg_dns_type_text, 51},
    {"TLSA", dg_dns_type_text, 52},
    {"SVCB", dg_dns_type_text, 64},
    {"HTTPS", dg_dns_type_text, 65},
    {"IXFR", dg_dns_type_text, 251},
    {"AXFR", dg_dns_type_text, 252},
    {"ANY", dg_dns_type_text, 255},
    {"CAA", dg_dns_type_text, 257},
    {"TYPE65280", dg_dns_type_text, 65280},
    {"TYPE65535", dg_dns_type_text, 65535},
    {"CLASS0", dg_dns_class_text, 0},
    {"IN", dg_dns_class_text, 1},
    {"CH", dg_dns_class_text, 3},
    {"HS", dg_dns_class_text, 4},
    {"NONE", dg_dns_class_text, 254},
    {"ANY", dg_dns_class_text, 255},
    {"CLASS256", dg_dns_class_text, 256},
    {"CLASS65535", dg_dns_class_text, 65535},
};

static void
test_word(void **state)
{
	const struct row *row = *state;
	char text[DG_DNS_WORD_MAX];

	assert_ptr_equal(row->text(row->number, text), text);
	assert_string_equal(text, row->name);
}

/* Whatever the number: a word, whole, in capitals, and no other number's. */
static void
assert_words(const char *(*text_of)(uint16_t, char[DG_DNS_WORD_MAX]), const char *prefix)
{
	for (uint32_t number = 0; number < 65536; number++) {
		char text[DG_DNS_WORD_MAX];
		size_t size = strlen(text_of((uint16_t)number, text));

		assert_in_range(size, 1, DG_DNS_WORD_MAX - 2);
		assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"), size);
		if (strncmp(text, prefix, strlen(prefix)) == 0)
			assert_true(strtoul(text + strlen(prefix), NULL, 10) == number);
	}
}

static void
test_every_rcode(void **state)
{
	(void)state;
	assert_words(dg_dns_rcode_text, "RCODE");
}

static void
test_every_type(void **state)
{
	(void)state;
	assert_words(dg_dns_type_text, "TYPE");
}

static void
test_every_class(void **state)
{
	(void)state;
	assert_words(dg_dns_class_text, "CLASS");
}

static void
test_version(void **state)
{
	(void)state;
	assert_true(dg_dns_library_version()[0] != '\0');
}

int
main(void)
{
	static const char *const kinds[] = {"rcode", "type", "class"};
	struct rows r = {0};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int kind = rows[i].text == dg_dns_rcode_text ? 0
		    : rows[i].text == dg_dns_type_text       ? 1
							     : 2;

		rows_add(&r,
		    rows_name("%s %u is %s", kinds[kind], rows[i].number, rows[i].name),
		    test_word, &rows[i]);
	}
	rows_add(&r, "every rcode has a short word", test_every_rcode, NULL);
	rows_add(&r, "every type has a short word", test_every_type, NULL);
	rows_add(&r, "every class has a short word", test_every_class, NULL);
	rows_add(&r, "the library has a version", test_version, NULL);
	return rows_run(&r, "words");
}

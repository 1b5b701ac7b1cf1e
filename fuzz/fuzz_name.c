/*
 * fuzz_name.c - names: folded, expanded, skipped, written as text.
 *
 * Input: two bytes are an offset, one says how many octets the capture cut off, the
 * rest is a message.
 */
#include <ctype.h>
#include <string.h>

#include "dns/name.h"
#include "fuzz.h"

#define HEADER 12

static void
check_name(const struct dg_name *name)
{
	size_t at = 0;

	FUZZ_CHECK(name->length >= 1);
	while (name->bytes[at] != 0) {
		FUZZ_CHECK(name->bytes[at] <= 63);
		at += 1u + name->bytes[at];
		FUZZ_CHECK(at < name->length);
	}
	FUZZ_CHECK(at + 1 == name->length);
}

/* Reads text back into wire form (RFC 1035 5.1), the plain way. */
static size_t
read_text(const char *text, uint8_t wire[DG_NAME_TEXT_MAX])
{
	size_t label = 0, out = 1;

	wire[0] = 0;
	if (strcmp(text, ".") == 0)
		return 1;
	for (; *text != '\0'; text++) {
		if (*text == '.') {
			wire[label] = (uint8_t)(out - label - 1);
			label = out++;
		} else if (*text == '\\' && isdigit((unsigned char)text[1])) {
			wire[out++] = (uint8_t)((text[1] - '0') * 100 +
						(text[2] - '0') * 10 + (text[3] - '0'));
			text += 3;
		} else {
			text += *text == '\\';
			wire[out++] = (uint8_t)*text;
		}
	}
	wire[label] = (uint8_t)(out - label - 1);
	wire[out++] = 0;
	return out;
}

static void
check_text(const struct dg_name *name)
{
	char text[DG_NAME_TEXT_MAX];
	uint8_t wire[DG_NAME_TEXT_MAX];

	memset(text, 'x', sizeof text);
	FUZZ_CHECK(dg_name_text(name->bytes, name->length, text) == text);
	FUZZ_CHECK(memchr(text, '\0', sizeof text) != NULL);
	for (const char *c = text; *c != '\0'; c++)
		FUZZ_CHECK(*c > ' ' && *c < 0x7f);
	FUZZ_CHECK(read_text(text, wire) == name->length);
	FUZZ_CHECK(memcmp(wire, name->bytes, name->length) == 0);
}

/* Whether `a` is `b` in lower case. */
static bool
is_lower_of(const struct dg_name *a, const struct dg_name *b)
{
	if (a->length != b->length)
		return false;
	for (unsigned i = 0; i < a->length; i++) {
		if (a->bytes[i] != tolower(b->bytes[i]))
			return false;
	}
	return true;
}

static void
check_fold(const uint8_t *bytes, size_t size, size_t wire)
{
	struct dg_cur c = dg_cur_make(bytes, size, wire), again;
	struct dg_name name, twice, expanded;
	uint8_t *message;
	size_t end;
	enum dg_name_status status = dg_name_fold(&c, &name);

	FUZZ_CHECK(status != DG_NAME_CUT || wire > size);
	if (status != DG_NAME_OK)
		return;
	check_name(&name);
	FUZZ_CHECK(c.at == bytes + name.length && c.left == size - name.length);
	check_text(&name);

	again = dg_cur_make(name.bytes, name.length, name.length);
	FUZZ_CHECK(dg_name_fold(&again, &twice) == DG_NAME_OK);
	FUZZ_CHECK(is_lower_of(&twice, &name));

	message = calloc(1, HEADER + size);
	FUZZ_CHECK(message != NULL);
	memcpy(message + HEADER, bytes, size);
	FUZZ_CHECK(dg_name_expand(message, HEADER + size, HEADER, &expanded, &end) ==
		   DG_NAME_OK);
	FUZZ_CHECK(end == HEADER + (size_t)name.length);
	FUZZ_CHECK(is_lower_of(&name, &expanded));
	free(message);

	again = dg_cur_make(bytes, size, wire);
	FUZZ_CHECK(dg_name_skip(&again) == DG_NAME_OK);
	FUZZ_CHECK(again.at == c.at);
}

/*
 * Expansion as one would first write it: a copy of each run of labels, and a list of
 * all places where a run began.  False when the name is not allowed.
 */
static bool
plain_expand(
    const uint8_t *m, size_t size, size_t at, uint8_t *out, size_t *length, size_t *end)
{
	size_t runs[DG_NAME_HOPS_MAX + 2], run_count = 0;

	*length = 0;
	*end = 0;
	runs[run_count++] = at;
	for (;;) {
		if (at >= size)
			return false;
		if (m[at] >= 192) {
			size_t target;

			if (at + 2 > size)
				return false;
			target = (m[at] - 192u) * 256u + m[at + 1];
			for (size_t i = 0; i < run_count; i++) {
				if (target >= runs[i])
					return false;
			}
			if (target < HEADER || run_count > DG_NAME_HOPS_MAX)
				return false;
			if (*end == 0)
				*end = at + 2;
			at = runs[run_count++] = target;
			continue;
		}
		if (m[at] > 63 || at + m[at] >= size || *length + m[at] + 1 > 255)
			return false;
		for (size_t i = 0; i <= m[at]; i++)
			out[(*length)++] = m[at + i];
		if (m[at] == 0) {
			if (*end == 0)
				*end = at + 1;
			return true;
		}
		at += m[at] + 1u;
	}
}

static void
check_expand(const uint8_t *message, size_t size, size_t offset)
{
	struct dg_name name;
	uint8_t plain[255];
	size_t end = 0, plain_length, plain_end;
	struct dg_cur c;
	enum dg_name_status status = dg_name_expand(message, size, offset, &name, &end);
	bool is_good =
	    plain_expand(message, size, offset, plain, &plain_length, &plain_end);

	FUZZ_CHECK(status == (is_good ? DG_NAME_OK : DG_NAME_MALFORMED));
	if (status != DG_NAME_OK)
		return;
	check_name(&name);
	check_text(&name);
	FUZZ_CHECK(name.length == plain_length);
	FUZZ_CHECK(memcmp(name.bytes, plain, plain_length) == 0);
	FUZZ_CHECK(end == plain_end && end > offset && end <= size);
	c = dg_cur_make(message + offset, size - offset, size - offset);
	FUZZ_CHECK(dg_name_skip(&c) == DG_NAME_OK);
	FUZZ_CHECK(c.at == message + end);
}

static void
check_skip(const uint8_t *bytes, size_t size, size_t wire)
{
	struct dg_cur c = dg_cur_make(bytes, size, wire);
	enum dg_name_status whole = dg_name_skip(&c);

	FUZZ_CHECK(whole != DG_NAME_CUT || wire > size);
	if (whole == DG_NAME_OK)
		FUZZ_CHECK(c.at > bytes && c.left == size - (size_t)(c.at - bytes));
	for (size_t n = 0; n < size && n < 300; n++) {
		struct dg_name name;
		enum dg_name_status status;

		c = dg_cur_make(bytes, n, wire);
		status = dg_name_skip(&c);
		FUZZ_CHECK(status == whole || status == DG_NAME_CUT);
		c = dg_cur_make(bytes, n, wire);
		status = dg_name_fold(&c, &name);
		FUZZ_CHECK(status == DG_NAME_CUT || n >= 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	size_t offset = fuzz_u16(&in);
	size_t more = fuzz_u8(&in);

	check_expand(in.at, in.left, offset);
	offset = offset < in.left ? offset : in.left;
	check_fold(in.at + offset, in.left - offset, in.left - offset + more);
	check_skip(in.at + offset, in.left - offset, in.left - offset + more);
	return 0;
}

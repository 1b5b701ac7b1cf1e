/*
 * doc_words.c - the words of a document: which are a machine's, and what labels are called.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "report/doc.h"

/* Around a word that came by dg_doc_code: characters that it cannot hold itself. */
#define CODE_ON '\x0e'
#define CODE_OFF '\x0f'

#define ADDRESS_LETTERS "0123456789abcdefABCDEF:."
#define DIGITS "0123456789"

void
dg_doc_code(struct dg_strbuf *b, const char *text)
{
	dg_strbuf_addf(b, "%c", CODE_ON);
	for (const char *p = text; *p != '\0'; p++) {
		if (iscntrl((unsigned char)*p))
			dg_strbuf_addf(b, "\\x%02x", (unsigned char)*p);
		else
			dg_strbuf_add_bytes(b, p, 1);
	}
	dg_strbuf_addf(b, "%c", CODE_OFF);
}

void
dg_doc_plain(struct dg_strbuf *b, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p != CODE_ON && *p != CODE_OFF)
			dg_strbuf_add_bytes(b, p, 1);
	}
	dg_strbuf_add(b, "");
}

/* How long the address at p is, with its prefix length or port; 0 when there is none. */
static size_t
address_length(const char *p)
{
	size_t size = strspn(p, ADDRESS_LETTERS), digits;
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	/* The end of a sentence. */
	while (size > 0 && (p[size - 1] == '.' || (p[size - 1] == ':' && p[size] == ' ')))
		size--;
	if (size < 2 || size >= sizeof text)
		return 0;
	memcpy(text, p, size);
	text[size] = '\0';
	if (inet_pton(AF_INET, text, bytes) != 1 && inet_pton(AF_INET6, text, bytes) != 1)
		return 0;
	if (p[size] == '/' || p[size] == '#') {
		digits = strspn(p + size + 1, DIGITS);
		size += digits > 0 ? digits + 1 : 0;
	}
	return isalnum((unsigned char)p[size]) || p[size] == '_' ? 0 : size;
}

/* The code that begins at p: how long it is with what stands around it; 0: none. */
static size_t
code_length(const char *p, bool is_begin, struct dg_run *run)
{
	const char *end = NULL;
	size_t size = 0;

	if (*p == CODE_ON || *p == '`')
		end = strchr(p + 1, *p == '`' ? '`' : CODE_OFF);
	else if (is_begin)
		size = address_length(p);
	if (size > 0) {
		*run = (struct dg_run){p, size, true};
		return size;
	}
	if (end == NULL || end == p + 1)
		return 0;
	*run = (struct dg_run){p + 1, (size_t)(end - p) - 1, true};
	return (size_t)(end - p) + 1;
}

bool
dg_run_next(const char **at, struct dg_run *run)
{
	const char *p = *at;
	struct dg_run code;

	if (*p == '\0')
		return false;
	*at += code_length(p, true, run);
	if (*at > p)
		return true;
	for (p++; *p != '\0'; p++) {
		if (code_length(p, strchr(" (,;", p[-1]) != NULL, &code) > 0)
			break;
	}
	*run = (struct dg_run){*at, (size_t)(p - *at), false};
	*at = p;
	return true;
}

const char *
dg_label_full(const char *label)
{
	static const struct {
		const char *label;
		const char *full;
	} labels[] = {
	    {"fault", "Fault"},
	    {"warning", "Warning"},
	    {"note", "Note"},
	    {"seen", "What was seen"},
	    {"controls", "Controls"},
	    {"sure", "How sure"},
	    {"or else", "What else it can be"},
	    {"untested", "What was not tested"},
	    {"reproduce", "How to reproduce"},
	    {"next", "What to check first"},
	    {"avoid", "What to avoid"},
	    {"when", "When"},
	    {"besides", "Besides"},
	    {"captured", "Captured"},
	    {"frames", "Frames in the capture"},
	};

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		if (strcmp(labels[i].label, label) == 0)
			return labels[i].full;
	}
	return label;
}

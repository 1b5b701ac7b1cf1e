/*
 * words.c - what a finding says to people.
 *
 * What a rule has said already stays: only a summary that is missing is made, and what every
 * finding of the code has comes behind what this one has.
 */
#include "diagnose/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose/diagnose.h"
#include "diagnose/explain.h"
#include "dnsgap/error.h"

/* Texts that begin with so many equal words say the same. */
#define SAME_WORDS 4
#define UDP_SOCKETS "ss -ulpn"
#define TCP_SOCKETS "ss -tlpn"

int
dg_words_take(struct dg_words *w, char *text)
{
	int error = text != NULL ? dg_words_add(w, "%s", text) : DNSGAP_ENOMEM;

	free(text);
	return error;
}

static void
say_port(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	if (f->server_count > 0)
		dg_strbuf_addf(b, "%u", s->servers[f->servers[0]].key.port);
	else
		dg_strbuf_add(b, "53");
}

static void
say_sender(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f)
{
	char text[DG_ADDR_TEXT_MAX];

	if (f->has_sender)
		dg_strbuf_add(
		    b, dg_addr_text(&f->sender, (enum dg_family)f->sender_family, text));
	else if (dg_has_servers(f))
		dg_say_servers(b, s, f);
	else
		dg_strbuf_add(b, "the sender of the errors");
}

/* The words that stand for what a finding is about.  False: none stands at the text. */
static bool
say_subject(struct dg_strbuf *b, const struct dg_summary *s, const struct dg_finding *f,
    const char *word, size_t length)
{
	if (length == 6 && memcmp(word, "SERVER", 6) == 0) {
		if (dg_has_servers(f))
			dg_say_servers(b, s, f);
		else
			dg_strbuf_add(b, "the servers");
	} else if (length == 6 && memcmp(word, "CLIENT", 6) == 0) {
		if (dg_has_clients(f))
			dg_say_clients(b, s, f);
		else
			dg_strbuf_add(b, "the client");
	} else if (length == 6 && memcmp(word, "SENDER", 6) == 0) {
		say_sender(b, s, f);
	} else if (length == 4 && memcmp(word, "PORT", 4) == 0) {
		say_port(b, s, f);
	} else {
		return false;
	}
	return true;
}

/* "ask whoever runs it" becomes "Ask whoever runs it."; names of programs, and IPv6
 * addresses, stay small.  0 or DNSGAP_ENOMEM. */
static int
make_sentence(char **text)
{
	size_t length = strlen(*text);
	char *longer;

	if (length == 0 || strchr(".?!", (*text)[length - 1]) == NULL) {
		longer = realloc(*text, length + 2);
		if (longer == NULL)
			return DNSGAP_ENOMEM;
		longer[length] = '.';
		longer[length + 1] = '\0';
		*text = longer;
	}
	if (islower((unsigned char)(*text)[0]) && strncmp(*text, "dns", 3) != 0 &&
	    (*text)[strcspn(*text, " :")] != ':')
		(*text)[0] = (char)toupper((unsigned char)(*text)[0]);
	return 0;
}

static int
make_sentences(struct dg_words *w)
{
	int error = 0;

	for (unsigned i = 0; error == 0 && i < w->count; i++)
		error = make_sentence(&w->texts[i]);
	return error;
}

/* Whether the finding says it already, in other words: the first few are the same. */
static bool
is_there(const struct dg_words *w, const char *text)
{
	const char *end = text;

	for (int words = 0; words < SAME_WORDS && *end != '\0'; words++)
		end += strcspn(end, " ") + (end[strcspn(end, " ")] == ' ');
	for (unsigned i = 0; i < w->count; i++) {
		if (strncasecmp(w->texts[i], text, (size_t)(end - text)) == 0)
			return true;
	}
	return false;
}

/* A static text of the code, about this finding. */
static int
add_text(
    struct dg_words *w, const struct dg_summary *s, const struct dg_finding *f, const char *p)
{
	struct dg_strbuf b = {0};

	if (is_there(w, p) || (dg_is_tcp_only(f) && !f->has_icmp && strstr(p, "ICMP") != NULL))
		return 0;
	while (*p != '\0') {
		size_t length = 0;

		while (isupper((unsigned char)p[length]))
			length++;
		if (dg_is_tcp_only(f) && strncmp(p, UDP_SOCKETS, strlen(UDP_SOCKETS)) == 0) {
			dg_strbuf_add(&b, TCP_SOCKETS);
			length = strlen(UDP_SOCKETS);
		} else if (length == 0)
			dg_strbuf_add_bytes(&b, p, length = 1);
		else if (!say_subject(&b, s, f, p, length))
			dg_strbuf_add_bytes(&b, p, length);
		p += length;
	}
	return dg_words_take(w, dg_strbuf_take(&b));
}

/* Whether all servers are silent: then none of them is to be asked why. */
static bool
is_about_all_servers(const struct dg_finding *f)
{
	return f->code <= DG_PORTS_HASH && !dg_has_servers(f) &&
	    (f->where == DG_WHERE_NEAR_OBSERVER || f->where == DG_WHERE_ONE_CLIENT);
}

static bool
is_about_servers(const char *text)
{
	static const char *const begins[] = {"ask whoever runs SERVER", "a server that"};

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
		if (strncmp(text, begins[i], strlen(begins[i])) == 0)
			return true;
	}
	return false;
}

static int
add_texts(struct dg_words *w, const struct dg_summary *s, const struct dg_finding *f,
    const char *const *texts)
{
	int error = 0;

	for (; error == 0 && *texts != NULL; texts++) {
		if (!is_about_all_servers(f) || !is_about_servers(*texts))
			error = add_text(w, s, f, *texts);
	}
	return error != 0 ? error : make_sentences(w);
}

/* The numbers before what else a rule has seen. */
static int
number_first(const struct dg_summary *s, struct dg_finding *f)
{
	struct dg_words besides = f->evidence;
	int error;

	f->evidence = (struct dg_words){0};
	error = dg_make_evidence(s, f);
	for (unsigned i = 0; i < besides.count; i++) {
		if (error == 0)
			error = dg_words_add(&f->evidence, "%s", besides.texts[i]);
		free(besides.texts[i]);
	}
	if (error == 0 && f->untested != NULL)
		error = make_sentence(&f->untested);
	return error != 0 ? error : make_sentences(&f->evidence);
}

int
dg_finding_words(const struct dg_summary *s, struct dg_finding *f)
{
	const struct dg_explanation *e = dg_explanation(f->code);
	int error = 0;

	if (f->summary == NULL)
		error = dg_make_summary(s, f);
	if (error == 0)
		error = number_first(s, f);
	if (error == 0)
		error = add_texts(&f->rivals, s, f, e->rivals);
	if (error == 0 && is_about_all_servers(f))
		error = add_text(&f->next, s, f,
		    "look for rules that match by source port on CLIENT, on an address "
		    "translator "
		    "before it, and on the first routers");
	if (error == 0)
		error = add_texts(&f->next, s, f, e->check);
	if (error == 0)
		error = add_texts(&f->avoid, s, f, e->avoid);
	if (error == 0)
		error = dg_make_commands(s, f);
	return error;
}

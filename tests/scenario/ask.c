/*
 * ask.c - a line that stands for many queries, each with another name and port, and for what
 * came of them.
 *
 * Ports and losses come from a hash of a running number: they look random and never change.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scenario.h"

#define WORD_MAX 64

/* What a line asks for. */
struct ask {
	const struct scn_words *words;
	int64_t time_ns;
	unsigned long times;
	int64_t step_ns;
	unsigned long first_port;
	unsigned long last_port;
	unsigned long lost;     /* of 1,000 */
	int64_t delay_ns;       /* of the reply */
	int64_t again_ns;       /* after the reply the query comes again; 0: not */
	const char *refused_by; /* host that sends an ICMP error instead of the reply */
	const char *refusal;
	const char *refuser; /* host that sends an ICMP error about the reply */
	bool is_truncated;
};

static unsigned long
hash(unsigned long n)
{
	uint64_t x = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned long)((x ^ x >> 31) >> 16);
}

static bool
take_range(char *text, struct ask *a)
{
	char *dash = strchr(text, '-');

	if (dash == NULL)
		return scn_unsigned(text, 65535, &a->first_port) &&
		    scn_unsigned(text, 65535, &a->last_port);
	*dash = '\0';
	return scn_unsigned(text, 65535, &a->first_port) &&
	    scn_unsigned(dash + 1, 65535, &a->last_port) && a->first_port <= a->last_port;
}

/* "r:host-unreachable" */
static bool
take_refusal(char *text, struct ask *a)
{
	char *colon = strchr(text, ':');

	if (colon == NULL)
		return false;
	*colon = '\0';
	a->refused_by = text;
	a->refusal = colon + 1;
	return true;
}

static bool
take_word(char *word, struct ask *a)
{
	char *v;

	if ((v = scn_value(word, "times")) != NULL)
		return scn_unsigned(v, SCN_FRAMES_MAX, &a->times);
	if ((v = scn_value(word, "step")) != NULL)
		return scn_time(v, &a->step_ns);
	if ((v = scn_value(word, "ports")) != NULL)
		return take_range(v, a);
	if ((v = scn_value(word, "lost")) != NULL)
		return scn_unsigned(v, 1000, &a->lost);
	if ((v = scn_value(word, "delay")) != NULL)
		return scn_time(v, &a->delay_ns);
	if ((v = scn_value(word, "again")) != NULL)
		return scn_time(v, &a->again_ns);
	if ((v = scn_value(word, "refused")) != NULL)
		return take_refusal(v, a);
	if ((v = scn_value(word, "refuser")) != NULL) {
		a->refuser = v;
		return true;
	}
	a->is_truncated = strcmp(word, "tc") == 0;
	return a->is_truncated;
}

/* Builds one line of the words given, at a time. */
static bool
build(struct scenario *s, int line, int64_t time_ns, char words[][WORD_MAX], int count)
{
	struct scn_words w = {.line = line, .count = count + 1};
	char time[WORD_MAX];

	snprintf(time, sizeof time, "%lld.%09lld", (long long)(time_ns / DG_NS_PER_S),
	    (long long)(time_ns % DG_NS_PER_S));
	w.at[0] = time;
	for (int i = 0; i < count; i++)
		w.at[i + 1] = words[i];
	return scn_build(s, &w);
}

static bool
build_message(
    struct scenario *s, const struct ask *a, unsigned n, int64_t time_ns, bool is_query)
{
	unsigned long span = a->last_port - a->first_port + 1;
	char client[WORD_MAX], server[WORD_MAX], words[8][WORD_MAX];
	int count = 7;

	snprintf(
	    client, sizeof client, "%s:%lu", a->words->at[2], a->first_port + hash(n) % span);
	snprintf(server, sizeof server, "%s:53", a->words->at[4]);
	snprintf(words[0], WORD_MAX, "%s", is_query ? client : server);
	snprintf(words[1], WORD_MAX, ">");
	snprintf(words[2], WORD_MAX, "%s", is_query ? server : client);
	snprintf(words[3], WORD_MAX, "%s", is_query ? "Q" : "R");
	snprintf(words[4], WORD_MAX, "id=%u", n & 0xffff);
	snprintf(words[5], WORD_MAX, "n%u.example", n);
	snprintf(words[6], WORD_MAX, "A");
	if (!is_query && a->is_truncated)
		snprintf(words[count++], WORD_MAX, "tc");
	return build(s, a->words->line, time_ns, words, count);
}

/* An error about the frame before. */
static bool
build_error(struct scenario *s, const struct ask *a, const char *from, const char *to,
    const char *kind, int64_t time_ns)
{
	char words[7][WORD_MAX];

	snprintf(words[0], WORD_MAX, "%s", from);
	snprintf(words[1], WORD_MAX, ">");
	snprintf(words[2], WORD_MAX, "%s", to);
	snprintf(words[3], WORD_MAX, "ICMP");
	snprintf(words[4], WORD_MAX, "%s", kind);
	snprintf(words[5], WORD_MAX, "quoting");
	snprintf(words[6], WORD_MAX, "%zu", s->frame_count);
	return build(s, a->words->line, time_ns, words, 7);
}

static bool
build_one(struct scenario *s, const struct ask *a, int64_t time_ns)
{
	unsigned n = s->asked++;
	int64_t reply_ns = time_ns + a->delay_ns;
	const char *client = a->words->at[2], *server = a->words->at[4];

	if (!build_message(s, a, n, time_ns, true))
		return false;
	if (a->refused_by != NULL)
		return build_error(s, a, a->refused_by, client, a->refusal, reply_ns);
	if (hash(n + 1000003) % 1000 < a->lost)
		return true;
	if (!build_message(s, a, n, reply_ns, false))
		return false;
	if (a->refuser != NULL)
		return build_error(
		    s, a, a->refuser, server, "port-unreachable", reply_ns + 1000000);
	return a->again_ns == 0 || build_message(s, a, n, reply_ns + a->again_ns, true);
}

bool
scn_build_ask(struct scenario *s, const struct scn_words *w)
{
	struct ask a = {
	    .words = w,
	    .times = 1,
	    .step_ns = DG_NS_PER_S / 10,
	    .first_port = 1024,
	    .last_port = 65535,
	    .delay_ns = DG_NS_PER_S / 100,
	};

	if (w->count < 5 || !scn_time(w->at[0], &a.time_ns) || strcmp(w->at[3], ">") != 0 ||
	    scn_host(w->at[2]) == NULL || scn_host(w->at[4]) == NULL)
		return scn_fail(s, w->line, "an 'ask' line is TIME ask HOST > HOST ...");
	for (int i = 5; i < w->count; i++) {
		if (!take_word(w->at[i], &a))
			return scn_fail(s, w->line, "'%s' is not understood", w->at[i]);
	}
	s->is_sorted = true;
	for (unsigned long n = 0; n < a.times; n++) {
		if (!build_one(s, &a, a.time_ns + (int64_t)n * a.step_ns))
			return false;
	}
	return true;
}

/*
 * parse.c - the text of a scenario.
 *
 * Blank lines part scenarios; a part with nothing but remarks is a heading.  A word that is not
 * known makes the scenario fail: a test that skipped what it does not understand would prove
 * nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scenario.h"

bool
scn_fail(struct scenario *s, int line, const char *format, ...)
{
	va_list list;
	int used;

	if (s->error[0] != '\0')
		return false;
	used = snprintf(s->error, sizeof s->error, "%s:%d: ", s->file, line);
	va_start(list, format);
	if (used > 0 && (size_t)used < sizeof s->error)
		vsnprintf(s->error + used, sizeof s->error - (size_t)used, format, list);
	va_end(list);
	return false;
}

/* The next line, without its end; NULL at the end of the text. */
static char *
take_line(char **text)
{
	char *line = *text;
	char *end;

	if (*line == '\0')
		return NULL;
	end = strchr(line, '\n');
	if (end == NULL) {
		*text = line + strlen(line);
		return line;
	}
	*end = '\0';
	*text = end + 1;
	return line;
}

static bool
split(struct scenario *s, char *text, int line, struct scn_words *words)
{
	char *state;

	words->line = line;
	words->count = 0;
	for (char *w = strtok_r(text, " \t", &state); w != NULL;
	     w = strtok_r(NULL, " \t", &state)) {
		if (words->count == SCN_WORDS_MAX)
			return scn_fail(s, line, "more than %d words", SCN_WORDS_MAX);
		words->at[words->count++] = w;
	}
	return true;
}

static void
add_sentence(struct scenario *s, const char *text)
{
	size_t used = strlen(s->name);

	text += 1 + strspn(text + 1, " ");
	snprintf(s->name + used, sizeof s->name - used, "%s%s", used > 0 ? " " : "", text);
}

static bool
set_ports(struct scenario *s, const struct scn_words *w)
{
	char *state;

	memset(&s->ports, 0, sizeof s->ports);
	for (char *p = strtok_r(w->at[1], ",", &state); p != NULL;
	     p = strtok_r(NULL, ",", &state)) {
		unsigned long port;

		if (!scn_unsigned(p, 65535, &port))
			return scn_fail(s, w->line, "'%s' is not a port", p);
		dg_server_ports_add(&s->ports, (uint16_t)port);
	}
	return true;
}

/* "timeout 2" and the like.  Sets `known` when the first word is one of them. */
static bool
set_setting(struct scenario *s, const struct scn_words *w, bool *known)
{
	const char *word = w->at[0];
	int64_t *time = strcmp(word, "timeout") == 0 ? &s->timeout_ns
	    : strcmp(word, "hold") == 0              ? &s->hold_ns
	    : strcmp(word, "skew") == 0              ? &s->skew_ns
						     : NULL;
	bool is_ports = strcmp(word, "server-ports") == 0;
	bool is_max = strcmp(word, "max-transactions") == 0;
	bool is_dropped = strcmp(word, "dropped") == 0;
	unsigned long max;

	*known = time != NULL || is_ports || is_max || is_dropped;
	if (!*known)
		return true;
	if (w->count != 2)
		return scn_fail(s, w->line, "'%s' takes one value", word);
	if (s->frame_count > 0)
		return scn_fail(s, w->line, "settings come before frames");
	if (is_ports)
		return set_ports(s, w);
	if (time != NULL && !scn_time(w->at[1], time))
		return scn_fail(s, w->line, "'%s' is not a time", w->at[1]);
	if (is_dropped) {
		if (!scn_unsigned(w->at[1], UINT32_MAX, &max))
			return scn_fail(s, w->line, "'%s' is not a number", w->at[1]);
		s->dropped = max;
	}
	if (is_max) {
		if (!scn_unsigned(w->at[1], SCN_FRAMES_MAX, &max) || max == 0)
			return scn_fail(s, w->line, "'%s' is not a number", w->at[1]);
		s->max_transactions = (uint32_t)max;
	}
	return true;
}

/* "ledger orphan_replies=1 duplicate_frames=2" */
static bool
add_numbers(struct scenario *s, const struct scn_words *w)
{
	for (int i = 1; i < w->count; i++) {
		char *equals = strchr(w->at[i], '=');
		unsigned long value;

		if (equals == NULL || !scn_unsigned(equals + 1, UINT32_MAX, &value))
			return scn_fail(s, w->line, "'%s' is not name=number", w->at[i]);
		*equals = '\0';
		if (!scn_number_exists(w->at[0], w->at[i]))
			return scn_fail(s, w->line, "no number '%s %s'", w->at[0], w->at[i]);
		if (s->number_count == SCN_LINES_MAX)
			return scn_fail(s, w->line, "too many numbers");
		s->numbers[s->number_count++] = (struct scn_number){
		    .line = w->line, .group = w->at[0], .name = w->at[i], .value = value};
	}
	return true;
}

static bool
add_expect(
    struct scenario *s, const struct scn_words *w, struct scn_expect *list, size_t *count)
{
	struct scn_expect *e = &list[*count];
	unsigned long times;

	if (*count == SCN_LINES_MAX || w->count < 2)
		return scn_fail(s, w->line, "too many, or an empty one");
	e->words = *w;
	e->count = 1;
	if (scn_unsigned(w->at[1], SCN_FRAMES_MAX, &times)) {
		e->count = (unsigned)times;
		e->words.count--;
		memmove(e->words.at + 1, e->words.at + 2,
		    sizeof *w->at * (size_t)(e->words.count - 1));
	}
	if (e->words.count < 2)
		return scn_fail(s, w->line, "nothing is expected");
	++*count;
	return true;
}

/* "lost 1 2", and "lost 1 2 times=5 step=10" */
static bool
add_losses(struct scenario *s, const struct scn_words *w)
{
	int64_t from, until, step = 0;
	unsigned long times = 1;

	if ((w->count != 3 && w->count != 5) || !scn_time(w->at[1], &from) ||
	    !scn_time(w->at[2], &until))
		return scn_fail(s, w->line, "'lost' takes two times");
	if (w->count == 5) {
		const char *count = scn_value(w->at[3], "times");
		const char *every = scn_value(w->at[4], "step");

		if (count == NULL || every == NULL ||
		    !scn_unsigned(count, SCN_LOSSES_MAX, &times) || !scn_time(every, &step))
			return scn_fail(s, w->line, "times=N step=SECONDS");
	}
	for (unsigned long i = 0; i < times; i++) {
		if (s->loss_count == SCN_LOSSES_MAX)
			return scn_fail(s, w->line, "too many losses");
		s->losses[s->loss_count++] =
		    (struct scn_loss){.from_ns = SCN_EPOCH_NS + from + (int64_t)i * step,
			.until_ns = SCN_EPOCH_NS + until + (int64_t)i * step,
			.before = s->frame_count};
	}
	return true;
}

static bool
parse_line(struct scenario *s, const struct scn_words *w)
{
	const char *first = w->at[0];
	bool known;

	if (w->count > 1 && strcmp(w->at[1], "ask") == 0)
		return scn_build_ask(s, w);
	if (strcmp(first, "finding") == 0 || strcmp(first, "no") == 0) {
		if (s->finding_count == SCN_LINES_MAX || w->count < 2)
			return scn_fail(s, w->line, "too many, or an empty one");
		s->findings[s->finding_count++] = *w;
		return true;
	}
	if (first[0] >= '0' && first[0] <= '9')
		return scn_build(s, w);
	if (strcmp(first, "end") == 0)
		return scn_build_end(s, w);
	if (strcmp(first, "lost") == 0)
		return add_losses(s, w);
	if (strcmp(first, "expect") == 0)
		return add_expect(s, w, s->expects, &s->expect_count);
	if (strcmp(first, "event") == 0) {
		s->has_events = true;
		if (w->count == 2 && strcmp(w->at[1], "none") == 0)
			return true;
		return add_expect(s, w, s->events, &s->event_count);
	}
	if (!set_setting(s, w, &known) || known)
		return s->error[0] == '\0';
	if (scn_number_exists(first, NULL))
		return add_numbers(s, w);
	return scn_fail(s, w->line, "'%s' begins no line of a scenario", first);
}

static void
start(struct scenario *s, const char *file, int line)
{
	memset(s, 0, sizeof *s);
	s->file = file;
	s->line = line;
	s->timeout_ns = 5 * DG_NS_PER_S;
	s->skew_ns = 10000;
	s->max_transactions = 1000;
	dg_server_ports_add(&s->ports, 53);
}

static int
compare_times(const void *left, const void *right)
{
	const struct scn_frame *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Frames that go by time come after a loss when they are later. */
static void
sort_frames(struct scenario *s)
{
	qsort(s->frames, s->frame_count, sizeof *s->frames, compare_times);
	for (size_t i = 0; i < s->loss_count; i++) {
		size_t at = 0;

		while (at < s->frame_count && s->frames[at].time_ns <= s->losses[i].until_ns)
			at++;
		s->losses[i].before = at;
	}
}

bool
scn_next(struct scenario *s, const char *file, char **text, int *line)
{
	bool is_begun = false, is_remark = true;
	char *at;

	while ((at = take_line(text)) != NULL) {
		struct scn_words words;

		++*line;
		at += strspn(at, " \t");
		if (*at == '\0') {
			if (is_begun && !is_remark)
				break;
			is_begun = false;
			continue;
		}
		if (!is_begun)
			start(s, file, *line);
		is_begun = true;
		if (*at == '#') {
			if (s->frame_count == 0)
				add_sentence(s, at);
			continue;
		}
		is_remark = false;
		if (s->error[0] == '\0' && split(s, at, *line, &words))
			parse_line(s, &words);
	}
	if (!is_begun || is_remark)
		return false;
	if (s->name[0] == '\0')
		scn_fail(s, s->line, "a scenario begins with the sentence it proves");
	if (s->frame_count == 0)
		scn_fail(s, s->line, "a scenario without a frame proves nothing");
	for (size_t i = 0; i < s->frame_count; i++)
		s->frames[i].number = i;
	if (s->is_sorted)
		sort_frames(s);
	if (s->hold_ns == 0)
		s->hold_ns = 6 * s->timeout_ns;
	return true;
}

void
scn_fini(struct scenario *s)
{
	for (size_t i = 0; i < s->frame_count; i++)
		pkt_buf_fini(&s->frames[i].bytes);
	s->frame_count = 0;
}

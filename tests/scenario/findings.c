/*
 * findings.c - what the diagnosis says of a run, and what it is to say.
 *
 * Each finding is written down as a line of words; an expectation is met by a line that has all
 * of its words.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decode/icmp.h"
#include "diagnose/diagnose.h"
#include "scenario.h"

static void
put_address(FILE *out, const char *name, const struct dg_addr *a, uint8_t family)
{
	char text[DG_ADDR_TEXT_MAX];

	fprintf(out, " %s=%s", name, dg_addr_text(a, (enum dg_family)family, text));
}

static void
put_time(FILE *out, const char *name, int64_t time_ns)
{
	if (time_ns != DG_TIME_NONE && time_ns != INT64_MAX)
		fprintf(out, " %s=%.3f", name, (double)(time_ns - SCN_EPOCH_NS) / 1e9);
}

/* One word of it, to be found by a part of it. */
static void
put_text(FILE *out, const char *text)
{
	fprintf(out, " :");
	for (; *text != '\0'; text++)
		fputc(*text == ' ' || *text == '\n' ? '_' : *text, out);
}

static void
put_words(FILE *out, const struct dg_words *w)
{
	for (unsigned i = 0; i < w->count; i++)
		put_text(out, w->texts[i]);
}

static void
put_finding(FILE *out, const struct dg_summary *s, const struct dg_finding *f)
{
	const char *where = dg_where_name(f->where);

	fprintf(out, "%s %s", dg_code_name(f->code), dg_severity_name(f->severity));
	for (unsigned i = 0; i < f->server_count; i++)
		put_address(out, "server", &s->servers[f->servers[i]].key.address,
		    s->servers[f->servers[i]].key.family);
	for (unsigned i = 0; i < f->client_count; i++)
		put_address(out, "client", &s->clients[f->clients[i]].key.address,
		    s->clients[f->clients[i]].key.family);
	if (f->has_sender)
		put_address(out, "sender", &f->sender, f->sender_family);
	if (f->has_icmp)
		fprintf(out, " icmp=%s",
		    dg_icmp_name((enum dg_family)f->sender_family, f->icmp_type, f->icmp_code));
	if (f->ports != NULL)
		fprintf(out, " ports=%s", f->ports);
	fprintf(out, " where=%s", where != NULL ? where : "none");
	fprintf(out, " servers=%ju clients=%ju", (uintmax_t)f->servers_all,
	    (uintmax_t)f->clients_all);
	if (f->transports[DG_SIDE_UDP])
		fprintf(out, " udp");
	if (f->transports[DG_SIDE_TCP])
		fprintf(out, " tcp");
	fprintf(out, " inside=%ju/%ju", (uintmax_t)f->inside.reached,
	    (uintmax_t)f->inside.transactions);
	if (f->has_outside)
		fprintf(out, " outside=%ju/%ju", (uintmax_t)f->outside.reached,
		    (uintmax_t)f->outside.transactions);
	fprintf(out, " %s", f->is_suspected ? "suspected" : "sure");
	fprintf(out, " p=%s", f->has_p ? "yes" : "no");
	put_time(out, "first", f->first_ns);
	put_time(out, "last", f->last_ns);
	if (f->has_window && f->after_ns != INT64_MIN)
		put_time(out, "after", f->after_ns);
	if (f->has_window)
		put_time(out, "before", f->before_ns);
	put_words(out, &f->evidence);
	put_words(out, &f->rivals);
	if (f->untested != NULL)
		put_text(out, f->untested);
	fprintf(out, "\n");
}

int
scn_findings_make(
    const struct scenario *s, const struct dg_tally *tally, struct scn_result *result)
{
	struct dg_circumstances c = {
	    .timeout_ns = s->timeout_ns,
	    .first_ns = s->frames[0].time_ns,
	    .last_ns = s->frames[s->frame_count - 1].time_ns,
	    .dropped = s->dropped,
	    .has_dropped = s->dropped > 0,
	    .is_complete = true,
	};
	FILE *out = fmemopen(result->findings, sizeof result->findings, "w");
	struct dg_summary *summary = NULL;
	struct dg_diagnosis *d = NULL;
	int error = dg_summary_make(tally, &summary);

	if (error == 0)
		error = dg_diagnose(summary, &c, &d);
	for (size_t i = 0; error == 0 && i < d->findings.count; i++)
		put_finding(out, summary, d->findings.list[i]);
	dg_diagnosis_free(d);
	dg_summary_free(summary);
	fclose(out);
	return error;
}

/* Whether a sentence of a line says it: "says=with_these_words". */
static bool
says(const char *line, size_t length, const char *what)
{
	return memmem(line, length, what, strlen(what)) != NULL;
}

/* Whether a line has a word; "server=s" stands for the host's address. */
static bool
has_word(const char *line, size_t length, const char *word)
{
	char wanted[SCN_NAME_MAX];
	const char *equals = strchr(word, '=');
	const char *host = equals != NULL ? scn_host(equals + 1) : NULL;
	size_t size;

	if (strncmp(word, "says=", 5) == 0)
		return says(line, length, word + 5);
	if (host != NULL)
		snprintf(wanted, sizeof wanted, "%.*s=%s", (int)(equals - word), word, host);
	else
		snprintf(wanted, sizeof wanted, "%s", word);
	size = strlen(wanted);
	for (const char *at = line; at + size <= line + length; at++) {
		bool begins = at == line || at[-1] == ' ';
		bool ends = at + size == line + length || at[size] == ' ';

		if (begins && ends && memcmp(at, wanted, size) == 0)
			return true;
	}
	return false;
}

static bool
has_words(const char *line, size_t length, const struct scn_words *w)
{
	for (int i = 1; i < w->count; i++) {
		if (!has_word(line, length, w->at[i]))
			return false;
	}
	return true;
}

/* Finds a line with all words that is not taken yet, and takes it. */
static bool
take_line(const char *text, const struct scn_words *w, bool *is_taken)
{
	const char *end;

	for (int n = 0; *text != '\0' && n < SCN_LINES_MAX; n++, text = end + 1) {
		end = strchr(text, '\n');
		if (is_taken[n] || !has_words(text, (size_t)(end - text), w))
			continue;
		is_taken[n] = true;
		return true;
	}
	return false;
}

/* "no findings", "no fault", "no outage ..." */
static bool
check_absent(const char *text, const struct scn_words *w)
{
	bool is_taken[SCN_LINES_MAX] = {false};

	if (strcmp(w->at[1], "findings") == 0)
		return text[0] == '\0';
	return !take_line(text, w, is_taken);
}

/* A fault that is not expected is wrong in every scenario that speaks of findings. */
static bool
check_other_faults(const struct scenario *s, const char *text, const bool *is_taken)
{
	static char fault[] = "fault", no[] = "no";
	const struct scn_words w = {.count = 2, .at = {no, fault}};
	bool taken[SCN_LINES_MAX];

	memcpy(taken, is_taken, sizeof taken);
	if (!take_line(text, &w, taken))
		return true;
	printf("# %s:%d: a fault that nobody expects\n", s->file, s->line);
	return false;
}

bool
scn_check_findings(const struct scenario *s, const struct scn_result *r)
{
	bool is_taken[SCN_LINES_MAX] = {false};
	const char *text = r->findings;
	bool good = true;

	if (s->finding_count == 0)
		return true;
	for (size_t i = 0; i < s->finding_count; i++) {
		const struct scn_words *w = &s->findings[i];
		bool is_met = strcmp(w->at[0], "no") == 0 ? check_absent(text, w)
							  : take_line(text, w, is_taken);

		if (is_met)
			continue;
		printf("# %s:%d: not so: %s %s ...\n", s->file, w->line, w->at[0], w->at[1]);
		good = false;
	}
	good &= check_other_faults(s, text, is_taken);
	for (const char *at = text; !good && *at != '\0'; at = strchr(at, '\n') + 1)
		printf("#   %.*s\n", (int)strcspn(at, "\n"), at);
	return good;
}

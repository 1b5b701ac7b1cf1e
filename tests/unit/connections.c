/*
 * connections.c - docs/matching.md, "TCP" and partial replies, sentence by sentence, without
 * frames.
 *
 * A row is a script of steps, `SECONDS WORD FACT...` with commas between; the step's number is
 * the number of its frame.  Words:
 *
 *	syn, stands, refused, reset, closed, lost    turns of the connection
 *	ask, answer                                  messages
 *	icmp                                         an error
 *	tick                                         time passes
 *	back                                         the clock steps back to SECONDS
 *
 * Facts: seq= id= q= (question) type= port= (client's) mark= ede= code= kind= (ICMP type), and
 * udp, tc, bare (no question), partial, client (who reset), reply (what ICMP quotes), wayN.
 * What comes out is written as words too, transactions in the order of their first frame.
 *
 * Every script runs twice: once as it stands, and once with time moving in small
 * steps between, for how soon memory is freed must change nothing.
 */
#include "connection_rows.h"
#include "connection_world.h"

static void
read_fact(struct facts *f, const char *word)
{
	const struct {
		const char *form;
		uint32_t *number;
	} numbers[] = {
	    {"seq=%u", &f->seq},
	    {"id=%u", &f->id},
	    {"q=%u", &f->q},
	    {"type=%u", &f->type},
	    {"port=%u", &f->port},
	    {"mark=%u", &f->mark},
	    {"kind=%u", &f->kind},
	    {"code=%u", &f->code},
	    {"way=%u", &f->way},
	};
	const struct {
		const char *word;
		bool *is;
	} bools[] = {
	    {"udp", &f->is_udp},
	    {"tc", &f->is_tc},
	    {"bare", &f->is_bare},
	    {"partial", &f->is_partial},
	    {"client", &f->is_by_client},
	    {"reply", &f->is_about_reply},
	};
	int found = sscanf(word, "ede=%d", &f->ede) == 1;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const char *form = numbers[i].form;
		size_t length = strcspn(form, "=") + 1;

		if (strncmp(word, form, length) == 0) {
			*numbers[i].number = (uint32_t)strtoul(word + length, NULL, 10);
			found = 1;
		}
	}
	for (size_t i = 0; i < sizeof bools / sizeof *bools; i++) {
		if (strcmp(word, bools[i].word) == 0) {
			*bools[i].is = true;
			found = 1;
		}
	}
	if (!found)
		fail_msg("what is '%s'?", word);
}

static void
play(struct world *w, const char *script, bool is_in_steps)
{
	char *text = strdup(script), *rest_steps = text, *step;
	uint32_t frame = 0;

	while ((step = strtok_r(rest_steps, ",", &rest_steps)) != NULL) {
		struct facts f = plain();
		char *rest = step, *word = strtok_r(rest, " ", &rest);

		f.frame = ++frame;
		f.seconds = strtod(word, NULL);
		word = strtok_r(rest, " ", &rest);
		assert_non_null(word);
		snprintf(f.word, sizeof f.word, "%s", word);
		while ((word = strtok_r(rest, " ", &rest)) != NULL)
			read_fact(&f, word);
		do_step(w, &f, is_in_steps);
	}
	free(text);
	assert_int_equal(dg_correlate_finish(w->c), 0);
}

static int
compare_told(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* The counts that are not 0, as words. */
static void
write_counts(const struct dg_correlate_stats *s, char *text, size_t room)
{
	const struct {
		const char *word;
		uint64_t count;
	} counts[] = {
	    {"resends", s->messages.resends},
	    {"duplicate-replies", s->messages.duplicate_replies},
	    {"duplicates", s->messages.duplicate_frames},
	    {"orphans", s->messages.orphan_replies},
	    {"continuations", s->messages.continuations},
	    {"syn-duplicates", s->syn_duplicate_frames},
	    {"made", s->attempts_made},
	    {"linked", s->retries_linked},
	    {"partial", s->partial_replies},
	    {"lost", s->lost_replies},
	    {"matched", s->icmp_matched},
	    {"unmatched", s->icmp_unmatched},
	    {"ambiguous", s->icmp_ambiguous},
	    {"evicted", s->evicted_transactions},
	    {"same-id", s->evicted_same_id},
	};
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		if (counts[i].count > 0)
			at += (size_t)snprintf(text + at, room - at, "%s%s=%llu",
			    at > 0 ? " " : "", counts[i].word,
			    (unsigned long long)counts[i].count);
	}
}

static void
run_row(const struct row *row, bool is_in_steps)
{
	struct world *w = world_new(1000);
	char text[1024] = "", counts[256];
	size_t at = 0;

	play(w, row->script, is_in_steps);
	assert_true(w->count <= TOLD_MAX);
	qsort(w->told, w->count, sizeof *w->told, compare_told);
	for (uint64_t i = 0; i < w->count; i++)
		at += (size_t)snprintf(
		    text + at, sizeof text - at, "%s%s", i > 0 ? "; " : "", w->told[i].text);
	assert_string_equal(text, row->transactions);
	write_counts(dg_correlate_stats(w->c), counts, sizeof counts);
	assert_string_equal(counts, row->counts);
	check_laws(w);
	world_free(w);
}

static void
test_row(void **state)
{
	run_row(*state, false);
	run_row(*state, true);
}

static const struct kind_row {
	const char *name;
	enum dg_family family;
	uint8_t type;
	uint8_t code;
	const char *kind;
} kinds[] = {
    {"a port that is closed", DG_FAMILY_IP4, 3, 3, "unreachable"},
    {"fragmentation needed", DG_FAMILY_IP4, 3, 4, "too-big"},
    {"time exceeded in transit", DG_FAMILY_IP4, 11, 0, "hop-limit"},
    {"time exceeded in reassembly", DG_FAMILY_IP4, 11, 1, "reassembly-timeout"},
    {"a wrong parameter", DG_FAMILY_IP4, 12, 0, "parameter"},
    {"ICMPv6: no route", DG_FAMILY_IP6, 1, 0, "unreachable"},
    {"ICMPv6: a port that is closed", DG_FAMILY_IP6, 1, 4, "unreachable"},
    {"ICMPv6: packet too big", DG_FAMILY_IP6, 2, 0, "too-big"},
    {"ICMPv6: hop limit", DG_FAMILY_IP6, 3, 0, "hop-limit"},
    {"ICMPv6: time exceeded in reassembly", DG_FAMILY_IP6, 3, 1, "reassembly-timeout"},
    {"ICMPv6: a wrong parameter", DG_FAMILY_IP6, 4, 1, "parameter"},
};

static void
test_kind(void **state)
{
	const struct kind_row *row = *state;

	assert_string_equal(
	    dg_icmp_kind_name(dg_icmp_kind_of(row->family, row->type, row->code)), row->kind);
}

int
main(void)
{
	struct rows r = {0};

	ROWS_ADD_TABLE(&r, rows, test_row);
	ROWS_ADD_TABLE(&r, kinds, test_kind);
	return rows_run(&r, "connections");
}

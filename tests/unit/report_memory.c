/*
 * report_memory.c - memory runs out anywhere while a report for people is made: there is none
 * then, or it is whole, and nothing leaks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "failing.h"
#include "findings.h"
#include "report/report.h"
#include "report/screen.h"
#include "rows.h"

static struct world world;
static struct dg_finding *list[DG_CODE_COUNT];
static struct dg_diagnosis diagnosis = {.findings = {list, DG_CODE_COUNT, DG_CODE_COUNT}};
static const struct dg_report_evidence evidence = {"e.pcapng", "89abcdef", 1234, 5};
static const struct dg_report_input inputs[2] = {
    {.file = "a`.pcap", .format = "pcap", .sha256 = "0123abcd", .last_ns = 7, .problem = "cut"},
    {.file = "b.pcap", .first_ns = INT64_MIN, .last_ns = INT64_MIN}};
static struct dg_report report = {.diagnosis = &diagnosis,
    .inputs = inputs,
    .input_count = 2,
    .version = "test",
    .server_ports = "53",
    .timeout_ns = 5000000000,
    .is_anonymised = true,
    .evidence = &evidence};

/* Every code, tables with rows, more than fits at first. */
static void
make_report(void)
{
	world_init(&world);
	for (int code = 0; code < DG_CODE_COUNT; code++) {
		list[code] = code == 0 ? finding_ports() : finding_make((enum dg_code)code);
		list[code]->silent[0] = (struct dg_frame_name){7, 0};
		list[code]->silent_count = 1;
		for (int i = 0; code < 2 && i < 9; i++)
			assert_int_equal(dg_words_add(&list[code]->rivals, "%01024d", i), 0);
		assert_int_equal(dg_finding_words(&world.summary, list[code]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		world.servers[i].has_side[DG_SIDE_UDP] = true;
		world.servers[i].has_side[DG_SIDE_TCP] = true;
		world.servers[i].all.outcomes[DG_PART_LOW][DG_OUTCOME_UNANSWERED] = 7;
	}
	world.summary.all.outcomes[DG_PART_LOW][DG_OUTCOME_UNANSWERED] = 21;
	report.summary = &world.summary;
}

typedef char *make_text(const struct dg_report *r);

static char *
make_plain(const struct dg_report *r)
{
	return dg_report_text(r, &(struct dg_text_style){.columns = 80});
}

static char *
make_coloured(const struct dg_report *r)
{
	return dg_report_text(
	    r, &(struct dg_text_style){.columns = 80, .has_colour = true, .has_utf8 = true});
}

static char *
make_screen(const struct dg_report *r)
{
	return dg_report_screen(r,
	    &(struct dg_screen_look){
		{.columns = 80, .has_colour = true, .has_utf8 = true}, 50, "status", 7});
}

static const struct form {
	const char *name;
	make_text *make;
	long least; /* allocations that it takes at least */
} forms[] = {
    {"plain text", make_plain, 100},
    {"text in colours", make_coloured, 100},
    {"Markdown", dg_report_markdown, 100},
    {"a screen", make_screen, 100},
    {"a line for a log", dg_report_log_line, 3},
};

static void
test_form(void **state)
{
	const struct form *form = *state;
	char *whole, *text;
	long all;

	calls = 0;
	whole = form->make(&report);
	all = calls;
	assert_non_null(whole);
	assert_true(all >= form->least);
	for (long n = 0; n < all; n++) {
		calls_left = n;
		text = form->make(&report);
		calls_left = -1;
		if (text != NULL && strcmp(text, whole) != 0)
			fail_msg("allocation %ld of %ld failed, and a part is left", n, all);
		free(text);
	}
	free(whole);
}

int
main(void)
{
	struct rows r = {0};
	int status;

	make_report();
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		rows_add(
		    &r, rows_name("no memory for %s", forms[i].name), test_form, &forms[i]);
	status = rows_run(&r, "report_memory");
	for (int code = 0; code < DG_CODE_COUNT; code++)
		dg_finding_free(list[code]);
	return status;
}

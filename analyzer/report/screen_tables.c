/*
 * screen_tables.c - the tables of a screen.
 */
#include "report/screen_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/build.h"

#define GAP 1
#define COLUMNS_MAX 8
#define COUNT_WIDTH 9
#define PERCENT_WIDTH 5
#define BAR_WIDTH_MAX 40
#define BAR_WIDTH_MIN 6
#define RANGE_WIDTH 11
/* IPv4 with a port, and most of IPv6 that servers have; as much as IPv6 can have; IPv4. */
#define SERVER_WIDTH 21
#define SERVER_WIDTH_LONG 39
#define SERVER_WIDTH_MIN 15
#define CUT_OUT ".."

struct column {
	const char *title;
	const char *short_title; /* where the whole one has no room */
	const char *colour;      /* of counts that are not "-" */
	size_t width;            /* at least; of numbers that are wider it is more */
	int rank;                /* the highest goes first when all do not fit; 0 stays */
	bool is_left;
	bool is_gone;
};

enum range_column {
	RANGE_NAME,
	RANGE_ASKED,
	RANGE_REACHED,
	RANGE_SILENT,
	RANGE_REFUSED,
	RANGE_UNDECIDED,
	RANGE_SHARE,
	RANGE_COLUMNS
};

static const struct column range_columns[RANGE_COLUMNS] = {
    [RANGE_NAME] = {"client port", NULL, NULL, RANGE_WIDTH, 0, true, false},
    [RANGE_ASKED] = {"asked", NULL, NULL, COUNT_WIDTH, 0, false, false},
    [RANGE_REACHED] = {"reached", NULL, "32", COUNT_WIDTH, 3, false, false},
    [RANGE_SILENT] = {"silent", NULL, "31", COUNT_WIDTH, 0, false, false},
    [RANGE_REFUSED] = {"refused", NULL, "33", COUNT_WIDTH, 2, false, false},
    [RANGE_UNDECIDED] = {"undecided", NULL, NULL, COUNT_WIDTH, 1, false, false},
    [RANGE_SHARE] = {"", NULL, NULL, PERCENT_WIDTH, 0, false, false},
};

/* What stands in a row. */
struct row {
	char cells[COLUMNS_MAX][DG_NUMBER_TEXT_MAX];
	double share; /* of a bar; negative: none */
};

static void
number_or_dash(uint64_t n, char text[DG_NUMBER_TEXT_MAX])
{
	if (n == 0)
		snprintf(text, DG_NUMBER_TEXT_MAX, "-");
	else
		dg_grouped(n, text);
}

static size_t
width_of(const struct column *columns, size_t count)
{
	size_t all = 0;

	for (size_t c = 0; c < count; c++)
		all += columns[c].is_gone ? 0 : columns[c].width + (all > 0 ? GAP : 0);
	return all;
}

/* Leaves out columns until the others fit. */
static void
fit(struct column *columns, size_t count, size_t room)
{
	while (width_of(columns, count) > room) {
		struct column *last = NULL;

		for (size_t c = 0; c < count; c++) {
			if (columns[c].is_gone || columns[c].rank == 0)
				continue;
			if (last == NULL || columns[c].rank > last->rank)
				last = &columns[c];
		}
		if (last == NULL)
			return;
		last->is_gone = true;
	}
}

static void
widen(struct column *columns, size_t count, const struct row *row)
{
	for (size_t c = 1; c < count; c++) {
		if (strlen(row->cells[c]) > columns[c].width)
			columns[c].width = strlen(row->cells[c]);
	}
}

static void
add_titles(struct dg_page *p, const struct column *columns, size_t count)
{
	for (size_t c = 0; c < count; c++) {
		bool is_short = columns[c].short_title != NULL &&
		    strlen(columns[c].title) > columns[c].width;

		if (columns[c].is_gone)
			continue;
		dg_page_skip(p, c > 0 ? GAP : 0);
		dg_page_cell(p, "1", is_short ? columns[c].short_title : columns[c].title,
		    columns[c].width, !columns[c].is_left);
	}
}

static void
add_cells(struct dg_page *p, const struct column *columns, size_t count, const struct row *row)
{
	for (size_t c = 1; c < count; c++) {
		const char *text = row->cells[c];

		if (columns[c].is_gone)
			continue;
		dg_page_skip(p, GAP);
		dg_page_cell(p, strcmp(text, "-") == 0 ? NULL : columns[c].colour, text,
		    columns[c].width, true);
	}
}

static struct row
range_row(const struct dg_counts *c)
{
	struct dg_ratio ratio = dg_ratio_make(c);
	struct row row = {.share = ratio.decided > 0 ? ratio.value : -1};

	number_or_dash(c->transactions, row.cells[RANGE_ASKED]);
	number_or_dash(ratio.reached, row.cells[RANGE_REACHED]);
	number_or_dash(dg_counts_silent(c), row.cells[RANGE_SILENT]);
	number_or_dash(dg_counts_refused(c), row.cells[RANGE_REFUSED]);
	number_or_dash(c->outcomes[DG_OUTCOME_UNDECIDED], row.cells[RANGE_UNDECIDED]);
	dg_percent(row.cells[RANGE_SHARE], ratio.reached, ratio.decided);
	return row;
}

void
dg_screen_ranges(struct dg_page *p, const struct dg_summary *s, bool has_all)
{
	struct column columns[RANGE_COLUMNS];
	struct row rows[DG_RANGE_COUNT + 1];
	struct dg_counts counts = dg_side_all(&s->all);
	size_t used, bar;

	memcpy(columns, range_columns, sizeof columns);
	rows[DG_RANGE_COUNT] = range_row(&counts);
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		counts = dg_side_range(&s->all, r);
		rows[r] = range_row(&counts);
	}
	for (unsigned r = 0; r <= DG_RANGE_COUNT; r++)
		widen(columns, RANGE_COLUMNS, &rows[r]);
	fit(columns, RANGE_COLUMNS, p->style.columns);
	used = width_of(columns, RANGE_COLUMNS) + GAP;
	bar = p->style.columns > used ? p->style.columns - used : 0;
	bar = bar > BAR_WIDTH_MAX ? BAR_WIDTH_MAX : bar < BAR_WIDTH_MIN ? 0 : bar;
	add_titles(p, columns, RANGE_COLUMNS);
	dg_page_end(p);
	for (unsigned r = 0; r < DG_RANGE_COUNT + (has_all ? 1 : 0); r++) {
		const char *name = r < DG_RANGE_COUNT ? dg_range_facts(r)->name : "all";

		dg_page_cell(p, NULL, name, columns[RANGE_NAME].width, false);
		add_cells(p, columns, RANGE_COLUMNS, &rows[r]);
		dg_page_skip(p, GAP);
		if (bar > 0)
			dg_page_bar(p, "32", rows[r].share, bar);
		dg_page_end(p);
	}
}

enum server_column {
	SERVER_NAME,
	SERVER_ASKED,
	SERVER_VAIN,
	SERVER_RANGES,
	SERVER_COLUMNS = SERVER_RANGES + DG_RANGE_COUNT
};

/* Titles of ranges are their first ports where names have no room. */
static const struct column server_columns[SERVER_COLUMNS] = {
    [SERVER_NAME] = {"server", NULL, NULL, SERVER_WIDTH_MIN, 0, true, false},
    [SERVER_ASKED] = {"asked", NULL, NULL, COUNT_WIDTH, 2, false, false},
    [SERVER_VAIN] = {"in vain", NULL, "31", COUNT_WIDTH, 1, false, false},
    [SERVER_RANGES + DG_RANGE_WELL_KNOWN] = {"well-known", "0+", NULL, 6, 0, false, false},
    [SERVER_RANGES + DG_RANGE_REGISTERED] = {"registered", "1024+", NULL, 6, 0, false, false},
    [SERVER_RANGES + DG_RANGE_EPHEMERAL] = {"ephemeral", "49152+", NULL, 6, 0, false, false},
};

static struct row
server_row(const struct dg_server_summary *s)
{
	struct dg_counts all = dg_side_all(&s->all);
	struct row row = {.share = -1};

	number_or_dash(all.transactions, row.cells[SERVER_ASKED]);
	number_or_dash(
	    dg_counts_decided(&all) - dg_counts_reached(&all), row.cells[SERVER_VAIN]);
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		struct dg_counts c = dg_side_range(&s->all, r);
		struct dg_ratio ratio = dg_ratio_make(&c);

		dg_percent(row.cells[SERVER_RANGES + r], ratio.reached, ratio.decided);
	}
	return row;
}

/* A name in so many columns: of one that is longer, both ends. */
static void
add_name(struct dg_page *p, const char *name, size_t width)
{
	size_t size = strlen(name), end = width / 2;
	char text[DG_SERVER_TEXT_MAX + sizeof CUT_OUT];

	if (size > width && width > 2 * strlen(CUT_OUT))
		snprintf(text, sizeof text, "%.*s%s%s", (int)(width - end - strlen(CUT_OUT)),
		    name, CUT_OUT, name + size - end);
	else
		snprintf(text, sizeof text, "%s", name);
	dg_page_cell(p, NULL, text, width, false);
}

/* Fits the columns to the page and to the servers that will be shown. */
static void
fit_servers(const struct dg_page *p, const struct dg_server_summary *const *order, size_t shown,
    struct column columns[SERVER_COLUMNS])
{
	size_t longest = SERVER_WIDTH, others;

	memcpy(columns, server_columns, sizeof server_columns);
	for (size_t i = 0; i < shown; i++) {
		struct row row = server_row(order[i]);
		char name[DG_SERVER_TEXT_MAX];
		size_t size = strlen(dg_server_text(order[i], name));

		widen(columns, SERVER_COLUMNS, &row);
		longest = size > longest ? size : longest;
	}
	for (unsigned r = 0; r < DG_RANGE_COUNT; r++) {
		struct column *c = &columns[SERVER_RANGES + r];

		if (p->style.columns >= SERVER_WIDTH_LONG + 2 * (COUNT_WIDTH + GAP) +
			DG_RANGE_COUNT * (RANGE_WIDTH + GAP))
			c->width = RANGE_WIDTH;
	}
	fit(columns, SERVER_COLUMNS, p->style.columns);
	others = width_of(columns, SERVER_COLUMNS) - columns[SERVER_NAME].width;
	if (longest > SERVER_WIDTH && longest < SERVER_WIDTH_LONG)
		longest = SERVER_WIDTH_LONG;
	if (longest > p->style.columns - others)
		longest = p->style.columns - others;
	columns[SERVER_NAME].width = longest;
}

void
dg_screen_servers(struct dg_page *p, const struct dg_summary *s, unsigned rows)
{
	const struct dg_server_summary **order = dg_servers_worst(s);
	size_t shown = s->server_count < rows ? s->server_count : rows;
	struct column columns[SERVER_COLUMNS];

	if (order == NULL) {
		p->b.is_failed = true;
		return;
	}
	if (shown < s->server_count && shown > 0)
		shown--;
	fit_servers(p, order, shown, columns);
	add_titles(p, columns, SERVER_COLUMNS);
	dg_page_end(p);
	for (size_t i = 0; i < shown; i++) {
		struct row row = server_row(order[i]);
		char name[DG_SERVER_TEXT_MAX];

		add_name(p, dg_server_text(order[i], name), columns[SERVER_NAME].width);
		add_cells(p, columns, SERVER_COLUMNS, &row);
		dg_page_end(p);
	}
	if (shown < s->server_count) {
		char more[DG_NUMBER_TEXT_MAX];

		snprintf(more, sizeof more, "and %zu more", s->server_count - shown);
		dg_page_add(p, NULL, more);
		dg_page_end(p);
	}
	free(order);
}

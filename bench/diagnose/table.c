/*
 * table.c - what was measured, as text or Markdown.
 *
 * Sizes are weighed as they come in practice, for a total of sizes that were run equally often
 * would be one of huge captures, where everything is easy: 50 and 200 queries 20 each, 1,000
 * queries 15, 10,000 queries 5, 100,000 queries 2.  Where a row says "n of m", these are runs,
 * not weighed.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define COLUMNS_MAX 12
#define CELL_BYTES 96

struct rows {
	bool is_markdown;
	unsigned width[COLUMNS_MAX];
	unsigned column_count;
};

/* Weighed sums over some of the plan's cells. */
struct sums {
	double n[SIM_SCORES];
	uint64_t raw[SIM_SCORES];
};

static double
weight_of(const struct sim_cell *c)
{
	const double weight = c->size <= 200 ? 20
	    : c->size <= 1000                ? 15
	    : c->size <= 10000               ? 5
					     : 2;

	return c->runs > 0 ? weight / c->runs : 0;
}

struct filter {
	const struct sim_family *family; /* or NULL: all */
	bool has_fault;
	uint32_t size; /* or 0 */
	double loss;   /* or -1 */
};

static struct sums
sum(const struct sim_plan *p, struct filter which)
{
	struct sums s = {0};

	for (size_t i = 0; i < p->cell_count; i++) {
		const struct sim_cell *c = &p->cells[i];

		if (c->has_fault != which.has_fault ||
		    (which.family != NULL && which.family != c->family) ||
		    (which.size != 0 && which.size != c->size) ||
		    (which.loss >= 0 && (which.loss < c->loss || which.loss > c->loss)))
			continue;
		for (size_t k = 0; k < SIM_SCORES; k++) {
			s.n[k] += weight_of(c) * (double)c->scores.n[k];
			s.raw[k] += c->scores.n[k];
		}
	}
	return s;
}

static const char *
percent(char text[CELL_BYTES], double part, double whole, int digits)
{
	if (whole <= 0)
		return "-";
	snprintf(text, CELL_BYTES, "%.*f %%", digits, 100 * part / whole);
	return text;
}

static const char *
share(char text[CELL_BYTES], const struct sums *s, enum sim_score part, enum sim_score whole,
    int digits)
{
	return percent(text, s->n[part], s->n[whole], digits);
}

static void
print_row(const struct rows *r, const char *const *cells)
{
	for (unsigned i = 0; i < r->column_count; i++) {
		if (r->is_markdown)
			printf("| %s ", cells[i]);
		else
			printf("%s%-*s", i == 0 ? "" : "  ", (int)r->width[i], cells[i]);
	}
	puts(r->is_markdown ? "|" : "");
}

static void
print_head(const struct rows *r, const char *title, const char *const *cells)
{
	printf("\n%s%s\n\n", r->is_markdown ? "### " : "", title);
	print_row(r, cells);
	for (unsigned i = 0; r->is_markdown && i < r->column_count; i++)
		fputs(i + 1 < r->column_count ? "| --- " : "| --- |\n", stdout);
}

static void
print_healthy(const struct sim_plan *p, const struct rows *r)
{
	const struct sums s = sum(p, (struct filter){.loss = -1});
	const char *worst = "none";
	double worst_rate = 0;
	char name[CELL_BYTES * 2], a[CELL_BYTES], b[CELL_BYTES], c[CELL_BYTES], d[CELL_BYTES];

	for (size_t i = 0; i < p->cell_count; i++) {
		struct sums one;

		if (p->cells[i].has_fault)
			continue;
		one = sum(p, (struct filter){.family = p->cells[i].family, .loss = -1});
		if (one.n[SIM_RUNS] > 0 && one.n[SIM_BLAMED] / one.n[SIM_RUNS] > worst_rate) {
			worst_rate = one.n[SIM_BLAMED] / one.n[SIM_RUNS];
			worst = p->cells[i].family->name;
		}
	}
	snprintf(name, sizeof name, "healthy captures with a port set blamed (%llu of %llu)",
	    (unsigned long long)s.raw[SIM_BLAMED], (unsigned long long)s.raw[SIM_RUNS]);
	print_row(r,
	    (const char *[]){name, share(a, &s, SIM_BLAMED, SIM_RUNS, 2),
		share(b, &s, SIM_THRESHOLD, SIM_RUNS, 1),
		share(c, &s, SIM_FISHER, SIM_RUNS, 1)});
	snprintf(name, sizeof name, "the worst family of them: %s", worst);
	print_row(r, (const char *[]){name, percent(d, worst_rate, 1, 2), "", ""});
}

static void
print_found(const struct sim_plan *p, const struct rows *r)
{
	const struct sums s = sum(p, (struct filter){.has_fault = true, .loss = -1});
	char name[CELL_BYTES * 2], a[CELL_BYTES], b[CELL_BYTES], c[CELL_BYTES];

	snprintf(name, sizeof name, "faults found (an oracle at 1 %%: %s)",
	    share(a, &s, SIM_ORACLE, SIM_RUNS, 0));
	print_row(r,
	    (const char *[]){name, share(a, &s, SIM_FOUND, SIM_RUNS, 1),
		share(b, &s, SIM_THRESHOLD, SIM_RUNS, 1),
		share(c, &s, SIM_FISHER, SIM_RUNS, 1)});
	print_row(r,
	    (const char *[]){"found when the oracle's p <= 1e-4",
		share(a, &s, SIM_SURE4_FOUND, SIM_SURE4, 1),
		share(b, &s, SIM_THRESHOLD_SURE4, SIM_SURE4, 1),
		share(c, &s, SIM_FISHER_SURE4, SIM_SURE4, 1)});
	print_row(r,
	    (const char *[]){"found when the oracle's p <= 1e-6",
		share(a, &s, SIM_SURE6_FOUND, SIM_SURE6, 1),
		share(b, &s, SIM_THRESHOLD_SURE6, SIM_SURE6, 1),
		share(c, &s, SIM_FISHER_SURE6, SIM_SURE6, 1)});
	for (size_t i = 0; i < p->size_count; i++) {
		const struct sums one =
		    sum(p, (struct filter){.has_fault = true, .size = p->sizes[i], .loss = -1});

		snprintf(name, sizeof name, "found of %u queries (oracle %s)", p->sizes[i],
		    share(a, &one, SIM_ORACLE, SIM_RUNS, 0));
		print_row(r,
		    (const char *[]){name, share(a, &one, SIM_FOUND, SIM_RUNS, 1),
			share(b, &one, SIM_THRESHOLD, SIM_RUNS, 1),
			share(c, &one, SIM_FISHER, SIM_RUNS, 1)});
	}
}

static void
print_right(const struct sim_plan *p, const struct rows *r)
{
	const struct sums s = sum(p, (struct filter){.has_fault = true, .loss = -1});
	char a[CELL_BYTES], b[CELL_BYTES], c[CELL_BYTES];

	print_row(r,
	    (const char *[]){"both ends at the nearest observed ports (of hard ranges found)",
		share(a, &s, SIM_ENDS, SIM_ENDS_OF, 1), "", ""});
	print_row(r,
	    (const char *[]){"every observed port rightly classed (of hard sets found)",
		share(a, &s, SIM_CLASSED, SIM_CLASSED_OF, 1), "", ""});
	print_row(r,
	    (const char *[]){"exceptions found (of those seen)",
		share(a, &s, SIM_EXCEPTIONS, SIM_EXCEPTIONS_OF, 1), "", ""});
	print_row(r,
	    (const char *[]){"scope right (of faults found)",
		share(a, &s, SIM_SCOPE, SIM_FOUND, 1), "", ""});
	snprintf(b, sizeof b, "%llu of %llu", (unsigned long long)s.raw[SIM_SCOPE_SURE_WRONG],
	    (unsigned long long)s.raw[SIM_SCOPE_SURE]);
	print_row(r, (const char *[]){"scope wrong (of those stated as confirmed)", b, "", ""});
	print_row(r,
	    (const char *[]){"a blame off the truth beside or instead of the right one",
		share(a, &s, SIM_OFF, SIM_RUNS, 2),
		share(b, &s, SIM_THRESHOLD_OFF, SIM_RUNS, 1),
		share(c, &s, SIM_FISHER_OFF, SIM_RUNS, 1)});
}

/* What nobody could do better. */
static void
print_limits(const struct sim_plan *p, const struct rows *r)
{
	const struct sums s = sum(p, (struct filter){.has_fault = true, .loss = -1});
	char a[CELL_BYTES];

	print_row(r,
	    (const char *[]){"odds of 10 : 1 without the ports, when the oracle's p <= 1e-4",
		share(a, &s, SIM_KNOWABLE4, SIM_SURE4, 1), "", ""});
	print_row(r,
	    (const char *[]){"the same, when it is <= 1e-6",
		share(a, &s, SIM_KNOWABLE6, SIM_SURE6, 1), "", ""});
	print_row(r,
	    (const char *[]){"ranges with an end that chance hides, when it is <= 1e-4",
		share(a, &s, SIM_ENDS_HIDDEN, SIM_ENDS_TOLD, 1), "", ""});
}

/* One line a family: what was found, or blamed, by size and by base loss. */
static void
print_families(const struct sim_plan *p, bool has_fault)
{
	struct rows r = {.is_markdown = p->is_markdown, .width = {20}};
	const enum sim_score part = has_fault ? SIM_FOUND : SIM_BLAMED;
	char texts[COLUMNS_MAX][CELL_BYTES];
	const char *cells[COLUMNS_MAX] = {"family"};
	unsigned at = 1;

	for (size_t i = 0; i < p->size_count && at < COLUMNS_MAX - 4; i++, at++)
		snprintf(texts[at], CELL_BYTES, "%u", p->sizes[i]);
	for (size_t i = 0; i < p->loss_count && at < COLUMNS_MAX - 1; i++, at++)
		snprintf(texts[at], CELL_BYTES, "loss %g %%", 100 * p->losses[i]);
	if (has_fault)
		snprintf(texts[at++], CELL_BYTES, "p <= 1e-6");
	for (unsigned i = 1; i < at; i++) {
		cells[i] = texts[i];
		r.width[i] = has_fault ? 9 : 10;
	}
	r.column_count = at;
	print_head(&r,
	    has_fault ? "Found by size (of an oracle's), by base loss, and when the oracle's p "
			"<= 1e-6"
		      : "Healthy captures blamed, by size and by base loss",
	    cells);
	for (size_t c = 0; c < p->cell_count; c++) {
		const struct sim_family *family = p->cells[c].family;

		if (p->cells[c].has_fault != has_fault ||
		    (c > 0 && p->cells[c - 1].family == family))
			continue;
		cells[0] = family->name;
		at = 1;
		for (size_t i = 0; i < p->size_count && at < COLUMNS_MAX - 4; i++, at++) {
			const struct sums s =
			    sum(p, (struct filter){family, has_fault, p->sizes[i], -1});
			const double runs = s.n[SIM_RUNS] > 0 ? s.n[SIM_RUNS] : 1;

			if (has_fault)
				snprintf(texts[at], CELL_BYTES, "%.0f (%.0f)",
				    100 * s.n[part] / runs, 100 * s.n[SIM_ORACLE] / runs);
			else
				snprintf(
				    texts[at], CELL_BYTES, "%.2f %%", 100 * s.n[part] / runs);
		}
		for (size_t i = 0; i < p->loss_count && at < COLUMNS_MAX - 1; i++, at++) {
			const struct sums s =
			    sum(p, (struct filter){family, has_fault, 0, p->losses[i]});

			(void)percent(texts[at], s.n[part], s.n[SIM_RUNS], has_fault ? 0 : 2);
		}
		if (has_fault) {
			const struct sums s = sum(p, (struct filter){family, true, 0, -1});

			snprintf(texts[at], CELL_BYTES, "-");
			(void)share(texts[at], &s, SIM_SURE6_FOUND, SIM_SURE6, 0);
		}
		print_row(&r, cells);
	}
}

/* What the diagnosis costs, by size. */
static void
print_time(const struct sim_plan *p)
{
	for (size_t i = 0; i < p->size_count; i++) {
		uint64_t runs = 0, us = 0;

		for (size_t c = 0; c < p->cell_count; c++) {
			if (p->cells[c].size != p->sizes[i])
				continue;
			runs += p->cells[c].scores.n[SIM_RUNS];
			us += p->cells[c].scores.n[SIM_MICROSECONDS];
		}
		printf("%s%u queries: %llu runs, %.3f ms of CPU for a diagnosis\n",
		    i == 0 ? "\n" : "", p->sizes[i], (unsigned long long)runs,
		    runs > 0 ? (double)us / 1000 / (double)runs : 0);
	}
}

void
sim_print_tables(const struct sim_plan *p)
{
	const struct rows r = {
	    .is_markdown = p->is_markdown, .width = {64, 10, 10, 10}, .column_count = 4};

	print_head(&r, "What is found, and what is blamed wrongly",
	    (const char *[]){"figure", "dnsgap", "threshold", "Fisher"});
	print_healthy(p, &r);
	print_found(p, &r);
	print_right(p, &r);
	if (p->has_limits)
		print_limits(p, &r);
	print_families(p, false);
	print_families(p, true);
	print_time(p);
}

void
sim_print_cells(const struct sim_plan *p)
{
	puts("family\thas_fault\tsize\tloss\truns\tblamed\tfound\toff\tsure9\tsure9_"
	     "found\tsure_wrong");
	for (size_t i = 0; i < p->cell_count; i++) {
		const struct sim_cell *c = &p->cells[i];
		const uint64_t *n = c->scores.n;

		printf("%s\t%d\t%u\t%g\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\n",
		    c->family->name, c->has_fault, c->size, c->loss,
		    (unsigned long long)n[SIM_RUNS], (unsigned long long)n[SIM_BLAMED],
		    (unsigned long long)n[SIM_FOUND], (unsigned long long)n[SIM_OFF],
		    (unsigned long long)n[SIM_SURE9], (unsigned long long)n[SIM_SURE9_FOUND],
		    (unsigned long long)n[SIM_SCOPE_SURE_WRONG]);
	}
}

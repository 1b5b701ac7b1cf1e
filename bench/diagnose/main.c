/*
 * main.c - the evaluation of the diagnosis of ports: `make bench-diagnose`.
 *
 *   diagnose [--runs N] [--runs-large N] [--sizes N,...] [--losses P,...] [--families GLOB]
 *            [--seed N] [--jobs N] [--verbose] [--only-seed N] [--markdown] [--cells]
 *            [--dump FILE] [--cost] [--servers N] [--list]
 *
 * A run's seed depends on --seed, its family, size, loss and number only; processes share the
 * runs out among them and add up, so the tables are the same with any --jobs.  --runs counts
 * for each family, size and loss; --runs-large is for more than 1,000 queries, and a tenth of
 * it for more than 10,000.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim.h"

#define LIST_MAX 8
#define JOBS_MAX 64
#define LARGE 1000      /* queries; fewer runs above, for they cost more and differ less */
#define HUGE_SIZE 10000 /* a tenth of these above */
#define DEFAULT_SEED 20070413

struct options {
	uint32_t runs;
	uint32_t runs_large;
	uint32_t sizes[LIST_MAX];
	size_t size_count;
	double losses[LIST_MAX];
	size_t loss_count;
	const char *families;
	uint64_t seed;
	unsigned jobs;
	uint64_t only_seed;
	uint32_t servers;
	const char *dump;
	bool has_only_seed, is_verbose, is_markdown, is_cells, is_cost, is_list, has_limits;
};

static int
fail(const char *what, const char *value)
{
	fprintf(stderr, "diagnose: %s: %s\n", what, value);
	exit(1);
}

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno != 0 || end == text || *end != '\0')
		fail("not a number", text);
	return n;
}

static void
read_list(const char *list, struct options *o, bool is_losses)
{
	char *text = strdup(list), *end;
	size_t count = 0;

	if (text == NULL)
		fail("no memory for", list);
	for (char *s = strtok(text, ","); s != NULL; s = strtok(NULL, ",")) {
		const double x = strtod(s, &end);

		if (end == s || *end != '\0' || count == LIST_MAX || x < 0 ||
		    (is_losses ? x >= 1 : x < 1 || x > 1e8))
			fail("not a list of at most 8 sizes, or losses below 1", s);
		if (is_losses)
			o->losses[count++] = x;
		else
			o->sizes[count++] = (uint32_t)x;
	}
	*(is_losses ? &o->loss_count : &o->size_count) = count;
	free(text);
}

static void
read_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {{"runs", 1, NULL, 'r'},
	    {"runs-large", 1, NULL, 'R'}, {"sizes", 1, NULL, 's'}, {"losses", 1, NULL, 'l'},
	    {"families", 1, NULL, 'f'}, {"seed", 1, NULL, 'S'}, {"jobs", 1, NULL, 'j'},
	    {"verbose", 0, NULL, 'v'}, {"only-seed", 1, NULL, 'o'}, {"markdown", 0, NULL, 'm'},
	    {"cells", 0, NULL, 'c'}, {"dump", 1, NULL, 'd'}, {"cost", 0, NULL, 'C'},
	    {"servers", 1, NULL, 'n'}, {"list", 0, NULL, 'L'}, {"limits", 0, NULL, 'k'},
	    {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'r':
			o->runs = (uint32_t)number(optarg);
			break;
		case 'R':
			o->runs_large = (uint32_t)number(optarg);
			break;
		case 's':
		case 'l':
			read_list(optarg, o, c == 'l');
			break;
		case 'f':
			o->families = optarg;
			break;
		case 'S':
			o->seed = number(optarg);
			break;
		case 'j':
			o->jobs = (unsigned)number(optarg);
			break;
		case 'o':
			o->only_seed = number(optarg);
			o->has_only_seed = true;
			break;
		case 'd':
			o->dump = optarg;
			break;
		case 'n':
			o->servers = (uint32_t)number(optarg);
			break;
		case 'v':
			o->is_verbose = true;
			break;
		case 'm':
			o->is_markdown = true;
			break;
		case 'c':
			o->is_cells = true;
			break;
		case 'C':
			o->is_cost = true;
			break;
		case 'L':
			o->is_list = true;
			break;
		case 'k':
			o->has_limits = true;
			break;
		default:
			exit(1);
		}
	}
	if (optind < argc)
		fail("not an option", argv[optind]);
	if (o->jobs < 1 || o->jobs > JOBS_MAX || o->runs < 1 || o->servers < 1)
		fail("out of range", "--jobs, --runs or --servers");
}

static uint32_t
runs_of(const struct options *o, uint32_t size)
{
	uint32_t runs = o->runs_large;

	if (o->has_only_seed || o->dump != NULL)
		return 1;
	if (size <= LARGE)
		return o->runs;
	if (size > HUGE_SIZE)
		runs = runs / 10 > 0 ? runs / 10 : 1;
	return runs < o->runs ? runs : o->runs;
}

static void
add_family(struct sim_plan *p, const struct options *o, const struct sim_family *family,
    bool has_fault)
{
	if (fnmatch(o->families, family->name, FNM_EXTMATCH) != 0)
		return;
	for (size_t i = 0; i < o->size_count; i++) {
		for (size_t k = 0; k < o->loss_count; k++)
			p->cells[p->cell_count++] = (struct sim_cell){
			    .family = family,
			    .has_fault = has_fault,
			    .size = o->sizes[i],
			    .loss = o->losses[k],
			    .runs = runs_of(o, o->sizes[i]),
			};
	}
}

static void
make_plan(struct sim_plan *p, const struct options *o)
{
	size_t healthy_count, fault_count, hash_count;
	const struct sim_family *healthy = sim_families_healthy(&healthy_count);
	const struct sim_family *fault = sim_families_fault(&fault_count);
	const struct sim_family *hash = sim_families_hash(&hash_count);
	const size_t count = healthy_count + fault_count + hash_count;

	*p = (struct sim_plan){.sizes = o->sizes,
	    .size_count = o->size_count,
	    .losses = o->losses,
	    .loss_count = o->loss_count,
	    .seed = o->seed,
	    .is_markdown = o->is_markdown,
	    .has_limits = o->has_limits,
	    .cells = sim_alloc(count * LIST_MAX * LIST_MAX, sizeof *p->cells)};
	for (size_t i = 0; i < healthy_count; i++)
		add_family(p, o, &healthy[i], false);
	for (size_t i = 0; i < fault_count; i++)
		add_family(p, o, &fault[i], true);
	for (size_t i = 0; i < hash_count; i++)
		add_family(p, o, &hash[i], true);
	if (p->cell_count == 0)
		fail("no such family", o->families);
}

static uint64_t
seed_of(const struct sim_cell *c, const struct options *o, uint32_t run)
{
	uint64_t seed = o->seed;

	if (o->has_only_seed)
		return o->only_seed;
	for (const char *s = c->family->name; *s != '\0'; s++)
		seed = sim_mix(seed, (unsigned char)*s);
	seed = sim_mix(seed, c->size);
	seed = sim_mix(seed, (uint64_t)(c->loss * 1e6 + .5));
	return sim_mix(seed, run);
}

static void
run_one(struct sim_cell *c, const struct options *o, uint32_t run, size_t index, FILE *out)
{
	const uint64_t seed = seed_of(c, o, run);
	struct sim_run r = {0};
	char *text = NULL;
	size_t size;
	FILE *told = out != NULL ? open_memstream(&text, &size) : NULL;
	bool is_fine;

	sim_world_init(&r.world, seed, c->size, c->loss);
	c->family->make(&r.world);
	sim_run_make(&r);
	is_fine = sim_evaluate(&r, &c->scores, told);
	if (o->has_limits)
		sim_limit_add(&r, &c->scores);
	if (told != NULL)
		fclose(told);
	if (out != NULL && !is_fine)
		fprintf(out,
		    "%08zu%08u --families %s --sizes %u --losses %g --only-seed 0x%016" PRIx64
		    ":%s",
		    index, run, c->family->name, c->size, c->loss, seed, text);
	free(text);
	if (o->dump != NULL) {
		FILE *file = fopen(o->dump, "w");

		if (file == NULL)
			fail("cannot be written", o->dump);
		sim_dump(&r.world, file);
		if (fclose(file) != 0)
			fail("cannot be written", o->dump);
	}
	sim_run_fini(&r);
}

static void
work(struct sim_plan *p, const struct options *o, unsigned job, FILE *out)
{
	for (size_t i = 0; i < p->cell_count; i++)
		for (uint32_t run = 0; run < p->cells[i].runs; run++)
			if ((i + run) % o->jobs == job)
				run_one(&p->cells[i], o, run, i, out);
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What the workers wrote, in the order of the runs. */
static void
print_told(FILE *const *outs, unsigned jobs)
{
	char **lines = NULL, *line = NULL;
	size_t count = 0, room = 0;

	for (unsigned i = 0; i < jobs; i++) {
		rewind(outs[i]);
		while (getline(&line, &room, outs[i]) > 0) {
			lines = reallocarray(lines, count + 1, sizeof *lines);
			if (lines == NULL)
				exit(1);
			lines[count++] = line;
			line = NULL;
			room = 0;
		}
		free(line);
		line = NULL;
	}
	if (count > 0)
		qsort(lines, count, sizeof *lines, compare_lines);
	for (size_t i = 0; i < count; i++) {
		fputs(lines[i] + 17, stdout);
		free(lines[i]);
	}
	free(lines);
}

static bool
read_all(int from, void *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		const ssize_t got = read(from, (char *)bytes + done, size - done);

		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

static void
work_and_send(struct sim_plan *p, const struct options *o, unsigned job, FILE *out, int into)
{
	work(p, o, job, out);
	if (out != NULL)
		fflush(out);
	for (size_t i = 0; i < p->cell_count; i++)
		if (write(into, &p->cells[i].scores, sizeof p->cells[i].scores) !=
		    (ssize_t)sizeof p->cells[i].scores)
			_exit(1);
	_exit(0);
}

/* Each process does its share and sends its sums. */
static void
share_out(struct sim_plan *p, const struct options *o)
{
	FILE *outs[JOBS_MAX] = {NULL};
	int pipes[JOBS_MAX][2], status;
	pid_t children[JOBS_MAX];

	for (unsigned job = 0; job < o->jobs; job++) {
		if (o->is_verbose && (outs[job] = tmpfile()) == NULL)
			fail("no file for what is told", strerror(errno));
		if (pipe(pipes[job]) != 0 || (children[job] = fork()) < 0)
			fail("no process", strerror(errno));
		if (children[job] == 0)
			work_and_send(p, o, job, outs[job], pipes[job][1]);
		close(pipes[job][1]);
	}
	for (unsigned job = 0; job < o->jobs; job++) {
		for (size_t i = 0; i < p->cell_count; i++) {
			struct sim_scores s;

			if (!read_all(pipes[job][0], &s, sizeof s))
				fail("a process ended early", "no table");
			for (size_t k = 0; k < SIM_SCORES; k++)
				p->cells[i].scores.n[k] += s.n[k];
		}
		close(pipes[job][0]);
		if (waitpid(children[job], &status, 0) < 0 || status != 0)
			fail("a process failed", "no table");
	}
	if (o->is_verbose)
		print_told(outs, o->jobs);
}

int
main(int argc, char **argv)
{
	struct options o = {.runs = 200,
	    .runs_large = 50,
	    .sizes = {50, 200, 1000, 10000, 100000},
	    .size_count = 5,
	    .losses = {0, .01, .05, .2},
	    .loss_count = 4,
	    .families = "*",
	    .seed = DEFAULT_SEED,
	    .jobs = 2,
	    .servers = 10000};
	struct sim_plan plan;
	uint64_t runs = 0;

	read_options(&o, argc, argv);
	if (o.is_cost)
		return sim_cost(o.seed, o.servers);
	make_plan(&plan, &o);
	for (size_t i = 0; i < plan.cell_count; i++) {
		runs += plan.cells[i].runs;
		if (o.is_list && (i == 0 || plan.cells[i].family != plan.cells[i - 1].family))
			printf("%-20s %s %s\n", plan.cells[i].family->name,
			    plan.cells[i].has_fault ? "fault  " : "healthy",
			    plan.cells[i].family->about);
	}
	if (o.is_list)
		return 0;
	share_out(&plan, &o);
	if (o.is_cells) {
		sim_print_cells(&plan);
	} else {
		fputs("Command:", stdout);
		for (int i = 0; i < argc; i++)
			printf(" %s", i == 0 ? "diagnose" : argv[i]);
		printf("\nSeed: %" PRIu64 "; %" PRIu64 " captures\n", o.seed, runs);
		sim_print_tables(&plan);
	}
	free(plan.cells);
	return 0;
}

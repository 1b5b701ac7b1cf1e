/*
 * main.c - mkpcap: writes a capture of made-up DNS traffic, and the truth
 * about it, for the benchmark and for tests that need a large input.
 */

#include "options.h"
#include "output.h"
#include "traffic.h"
#include "truth.h"
#include "world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	EXIT_USAGE = 1,
	EXIT_OUTPUT = 3,
};

static int
fail(const char *what)
{
	fprintf(stderr, "mkpcap: %s: %s\n", what, strerror(errno));
	return EXIT_OUTPUT;
}

static int
write_truth(struct mk_truth *truth, const char *path)
{
	FILE *out = fopen(path, "w");
	int failed;

	if (out == NULL)
		return fail(path);
	mk_truth_write(truth, out);
	failed = ferror(out);
	if (fclose(out) != 0 || failed != 0)
		return fail(path);
	return 0;
}

/* A file that could not be finished is closed, and still an error. */
static int
write_capture(struct mk_world *world, struct mk_truth *truth)
{
	const struct mk_options *o = world->options;
	struct mk_output output;
	int status = 0;

	if (mk_output_open(&output, o->out_path, pkt_linktype(o->link), o->is_nano) != 0)
		return fail(o->out_path);
	if (mk_traffic_run(world, &output, truth) != 0)
		status = fail(o->out_path);
	if (mk_output_close(&output) != 0 && status == 0)
		status = fail(o->out_path);
	return status;
}

static int
run(const struct mk_options *o)
{
	struct mk_world world;
	struct mk_truth truth;
	int status;

	if (mk_world_init(&world, o) != 0)
		return fail("no memory");
	if (mk_truth_init(&truth, o->server_count) != 0) {
		mk_world_fini(&world);
		return fail("no memory");
	}
	status = write_capture(&world, &truth);
	if (status == 0 && o->truth_path != NULL)
		status = write_truth(&truth, o->truth_path);
	mk_truth_fini(&truth);
	mk_world_fini(&world);
	return status;
}

int
main(int argc, char **argv)
{
	struct mk_options options;
	int parsed = mk_options_parse(&options, argc, argv);
	int status = EXIT_USAGE;

	if (parsed >= 0)
		status = parsed > 0 ? 0 : run(&options);
	mk_options_fini(&options);
	return status;
}

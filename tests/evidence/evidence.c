/*
 * evidence.c - makes evidence by the public library, without the program:
 *
 *   evidence [OPTION...] OUT MAX FILE...
 *
 * writes the capture to OUT and the report, which names it, to standard output; or says what
 * failed, and its status is the error's number.
 *
 *   --again        makes evidence twice, which must fail
 *   --fed          feeds a frame by hand
 *   --frames N     reads no more than so many
 *   --no-sha256    without hashes of the inputs
 *   --flip PATH    changes an octet in the middle of PATH before evidence is made, and keeps
 *                  its time of change
 *   --touch PATH   the same, and does not keep it
 *   --gone PATH    removes it
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dnsgap/config.h"
#include "dnsgap/evidence.h"
#include "dnsgap/render.h"

static int
put(void *context, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, context) == size ? 0 : -1;
}

/* Other octets, the same size and time of change. */
static int
flip(const char *path, bool keeps_time)
{
	struct stat st;
	struct timespec times[2];
	uint8_t octet = 0;
	int fd = open(path, O_RDWR), bad;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	bad = pread(fd, &octet, 1, st.st_size / 2) != 1;
	octet ^= 0x55;
	bad |= pwrite(fd, &octet, 1, st.st_size / 2) != 1;
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (keeps_time)
		bad |= futimens(fd, times) != 0;
	close(fd);
	return bad ? -1 : 0;
}

struct wishes {
	const char *flip;
	const char *touch;
	const char *gone;
	bool is_again;
	bool is_fed;
	bool has_hashes;
	uint64_t max_input_frames;
};

static int
run(struct dnsgap_session *s, char **files, const struct wishes *w)
{
	static const uint8_t frame[60] = {0};
	int error = 0;

	for (; error == 0 && *files != NULL; files++)
		error = dnsgap_session_add_file(s, *files);
	if (error == 0)
		error = dnsgap_session_set_max_frames(s, w->max_input_frames);
	if (error == 0 && w->is_fed)
		error = dnsgap_session_feed(s, 1, 0, frame, sizeof frame, sizeof frame);
	if (error == 0)
		error = dnsgap_session_run(s, NULL, NULL);
	if (error == 0)
		error = dnsgap_session_finish(s);
	if (error == 0 && w->flip != NULL)
		error = flip(w->flip, true);
	if (error == 0 && w->gone != NULL)
		error = unlink(w->gone);
	if (error == 0 && w->touch != NULL)
		error = flip(w->touch, false);
	return error;
}

static int
make(struct dnsgap_session *s, const char *out, unsigned long long max, bool is_again)
{
	FILE *f = fopen(out, "wb");
	int error = f != NULL ? dnsgap_evidence_write(s, out, max, put, f) : -1;

	if (error == 0 && is_again)
		error = dnsgap_evidence_write(s, out, max, put, f);
	if (f != NULL && fclose(f) != 0)
		error = -1;
	return error;
}

int
main(int argc, char **argv)
{
	struct dnsgap_config *config;
	struct dnsgap_session *s;
	struct wishes w = {.has_hashes = true};
	unsigned long long max;
	int error, at = 1;

	for (; at < argc && argv[at][0] == '-' && argv[at][1] == '-'; at++) {
		if (strcmp(argv[at], "--again") == 0)
			w.is_again = true;
		else if (strcmp(argv[at], "--fed") == 0)
			w.is_fed = true;
		else if (strcmp(argv[at], "--no-sha256") == 0)
			w.has_hashes = false;
		else if (strcmp(argv[at], "--flip") == 0 && at + 1 < argc)
			w.flip = argv[++at];
		else if (strcmp(argv[at], "--touch") == 0 && at + 1 < argc)
			w.touch = argv[++at];
		else if (strcmp(argv[at], "--gone") == 0 && at + 1 < argc)
			w.gone = argv[++at];
		else if (strcmp(argv[at], "--frames") == 0 && at + 1 < argc)
			sscanf(argv[++at], "%lu", &w.max_input_frames);
	}
	if (argc - at < 3 || sscanf(argv[at + 1], "%llu", &max) != 1 ||
	    dnsgap_config_new(&config) != 0)
		return 99;
	if (!w.has_hashes)
		dnsgap_config_set_sha256_max(config, 0);
	if (dnsgap_session_new(config, &s) != 0)
		return 99;
	dnsgap_config_free(config);
	error = run(s, argv + at + 2, &w);
	if (error == 0)
		error = make(s, argv[at], max, w.is_again);
	if (error == 0)
		error = dnsgap_render_json(s, put, stdout);
	if (error != 0)
		fprintf(stderr, "%d: %s\n", error, dnsgap_session_error(s));
	dnsgap_session_free(s);
	return -error;
}

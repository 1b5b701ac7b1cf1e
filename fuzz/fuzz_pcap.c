/*
 * fuzz_pcap.c - a capture file is read, packed or not, alone and joined with itself.
 *
 * Input: the file's bytes.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "decode/packet.h"
#include "fuzz.h"
#include "source/filelist.h"

/* Packed input can hold millions of frames; the first ones will do. */
#define FRAMES_ENOUGH 3000

/* A file without a name that holds the input, made anew for each. */
static int
make_file(const uint8_t *data, size_t size, char path[64])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0);
	for (size_t at = 0; at < size;) {
		ssize_t put = write(fd, data + at, size - at);

		FUZZ_CHECK(put > 0);
		at += (size_t)put;
	}
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static void
check_frame(const struct dg_frame *f)
{
	static const struct dg_server_ports server_ports = {{1ull << 53}};
	struct dg_packet packet;
	enum dg_verdict verdict;

	FUZZ_CHECK(f->captured <= f->on_wire);
	FUZZ_CHECK(f->captured <= DG_FRAME_BYTES_MAX);
	FUZZ_CHECK(f->time_ns >= 0 && f->time_ns <= DG_TIME_MAX + 10 * DG_NS_PER_S);
	(void)dg_decode(f, &server_ports, &packet, &verdict);
	FUZZ_CHECK(verdict < DG_VERDICT_COUNT);
}

static void
check_input(const struct dg_input *input, uint64_t frames, bool is_whole)
{
	uint64_t by_interface = 0;

	for (size_t i = 0; i < input->interface_count; i++)
		by_interface += input->interfaces[i].frames;
	FUZZ_CHECK(by_interface == input->frames);
	FUZZ_CHECK(input->interface_count <= DG_INTERFACES_MAX);
	FUZZ_CHECK(input->frames >= frames);
	FUZZ_CHECK((input->first_ns == DG_TIME_NONE) == (input->last_ns == DG_TIME_NONE));
	FUZZ_CHECK(input->first_ns <= input->last_ns);
	FUZZ_CHECK(input->bad_times <= 2 * input->frames);
	FUZZ_CHECK(input->inconsistent_lengths <= input->frames);
	if (!is_whole)
		return;
	FUZZ_CHECK(input->frames == frames);
	FUZZ_CHECK((frames > 0) == (input->first_ns != DG_TIME_NONE));
	if (input->problem != NULL)
		FUZZ_CHECK(strlen(input->problem) > 0);
	else
		FUZZ_CHECK(strlen(input->sha256) == 64 && input->format != NULL);
}

/* Reads the file `copies` times over, joined.  Returns how many frames there were. */
static uint64_t
read_all(const char *path, unsigned copies, uint64_t enough)
{
	struct dg_batch *batch = malloc(sizeof *batch);
	struct dg_filelist *list;
	struct dg_source source;
	struct dg_fail fail;
	uint64_t seen[2] = {0}, sum, done, all;

	FUZZ_CHECK(batch != NULL && dg_filelist_new(UINT64_MAX, &list) == 0);
	for (unsigned i = 0; i < copies; i++)
		FUZZ_CHECK(dg_filelist_add(list, path) == 0);
	source = dg_filelist_source(list);
	do {
		FUZZ_CHECK(source.next(source.context, batch, &fail) == 0);
		FUZZ_CHECK(batch->count <= DG_BATCH_FRAMES);
		for (size_t i = 0; i < batch->count; i++) {
			const struct dg_frame *f = &batch->frames[i];

			check_frame(f);
			FUZZ_CHECK(f->place.file < copies);
			FUZZ_CHECK(f->place.frame == ++seen[f->place.file]);
		}
		sum = seen[0] + seen[1];
	} while (batch->count > 0 && sum < enough);
	FUZZ_CHECK(dg_filelist_count(list) == copies);
	for (unsigned i = 0; i < copies; i++)
		check_input(dg_filelist_input(list, i), seen[i], batch->count == 0);
	dg_filelist_progress(list, &done, &all);
	FUZZ_CHECK(done <= all);
	dg_filelist_free(list);
	free(batch);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd = make_file(data, size, path);
	uint64_t frames = read_all(path, 1, FRAMES_ENOUGH);

	if (frames < FRAMES_ENOUGH)
		FUZZ_CHECK(read_all(path, 2, 2 * FRAMES_ENOUGH) == 2 * frames);
	close(fd);
	return 0;
}

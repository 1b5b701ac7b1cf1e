/*
 * live_packets.c - files of packets: their bytes, HUP, and what a full disk leaves.
 */
#include <signal.h>
#include <sys/resource.h>

#include "packets_world.h"

/* --- bytes --------------------------------------------------------------------- */

static void
test_bytes(void **state)
{
	/* What `tcpdump --nano -w` writes on a machine of this order of bytes. */
	static const uint32_t header[] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, 1};
	struct world w;
	uint8_t *bytes;
	size_t size;

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x.pcap"}), 0);
	assert_int_equal(feed(&w, TIME + 7, 3, ETHERNET), 0);
	assert_int_equal(feed(&w, TIME + 8, 0, ETHERNET), 0);
	assert_int_equal(dg_packets_flush(w.packets), 0);
	bytes = slurp(&w, "x.pcap", &size);
	assert_int_equal(size, 24 + 16 + 3 + 16);
	if (word((const uint8_t[]){1, 0, 0, 0}) == 1)
		assert_memory_equal(bytes, header, sizeof(header));
	assert_int_equal(word(bytes + 24), 1790000000);
	assert_int_equal(word(bytes + 28), 7);
	assert_int_equal(word(bytes + 32), 3);
	assert_int_equal(word(bytes + 36), 8);
	assert_memory_equal(bytes + 40, "\3\3\3", 3);
	assert_int_equal(word(bytes + 43 + 4), 8);
	free(bytes);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	world_close(&w);
}

static void
test_waiting(void **state)
{
	struct world w;
	size_t size;

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
	/* A header is there at once: whoever follows the file finds a capture. */
	free(slurp(&w, "x", &size));
	assert_int_equal(size, 24);
	for (int i = 0; i < 10; i++)
		assert_int_equal(feed(&w, TIME, 262144, ETHERNET), 0);
	assert_null(dg_packets_trouble(w.packets));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_int_equal(records_in(&w, "x"), 10);
	world_close(&w);
}

static void
test_linktype(void **state)
{
	struct dnsgap_interface_counts rows[] = {
	    {.name = "eth0", .linktype = 1}, {.name = "tun0", .linktype = 101}};
	char text[DG_LIVE_TEXT_MAX];
	uint32_t linktype = 0;
	struct world w;

	(void)state;
	assert_int_equal(dg_packets_linktype(rows, 1, &linktype, text), 0);
	assert_int_equal(linktype, 1);
	assert_int_equal(dg_packets_linktype(rows, 2, &linktype, text), EINVAL);
	assert_non_null(strstr(text, "tun0 has 101"));
	world_open(&w);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_int_equal(feed(&w, TIME, 10, 101), 0);
	assert_non_null(strstr(dg_packets_trouble(w.packets), "link type 1"));
	assert_int_equal(dg_packets_lost(w.packets), 1);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_int_equal(records_in(&w, "x"), 2);
	world_close(&w);
}

/* --- HUP ----------------------------------------------------------------------- */

static void
test_reopen_moved(void **state)
{
	struct world w;
	char moved[512];

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_int_equal(dg_packets_reopen(w.packets, w.text), 0);
	assert_string_equal(names_in(&w), "x");
	(void)snprintf(moved, sizeof(moved), "%s", path_of(&w, "x.1"));
	assert_int_equal(rename(path_of(&w, "x"), moved), 0);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_int_equal(dg_packets_reopen(w.packets, w.text), 0);
	assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
	assert_null(dg_packets_trouble(w.packets));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_int_equal(records_in(&w, "x.1"), 2);
	assert_int_equal(records_in(&w, "x"), 1);
	world_close(&w);
}

static void
test_reopen_numbers(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	assert_int_equal(begin(&w,
			     &(struct dg_packets_settings){
				 .name = "x", .file_bytes = 100000, .files_max = 2}),
	    0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(feed(&w, TIME, 10, ETHERNET), 0);
		assert_int_equal(dg_packets_reopen(w.packets, w.text), 0);
	}
	assert_null(dg_packets_trouble(w.packets));
	assert_int_equal(dg_packets_close(w.packets, w.text), 0);
	assert_string_equal(names_in(&w), "x0 x1");
	world_close(&w);
}

/* --- a full disk ------------------------------------------------------------------ */

/* No file grows beyond so many bytes. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Whatever the limit cuts through (a file's header, a record's, a record), what is left are
 * whole records, and after room was made it goes on in another file. */
static void
test_full(void **state)
{
	(void)state;
	for (rlim_t bytes = 24; bytes < 24 + 3 * 116; bytes++) {
		struct world w;
		size_t whole = (size_t)(bytes - 24) / 116;

		world_open(&w);
		limit_files(bytes);
		assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
		for (int i = 0; i < 3; i++)
			assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
		assert_int_equal(dg_packets_flush(w.packets), EFBIG);
		assert_non_null(strstr(dg_packets_trouble(w.packets), "HUP"));
		assert_null(dg_packets_trouble(w.packets));
		assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
		assert_int_equal(dg_packets_lost(w.packets), 3 - whole + 1);
		assert_int_equal(records_in(&w, "x"), whole);
		limit_files(RLIM_INFINITY);
		assert_int_equal(dg_packets_reopen(w.packets, w.text), 0);
		assert_non_null(strstr(dg_packets_trouble(w.packets), "were not"));
		assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
		assert_int_equal(dg_packets_close(w.packets, w.text), 0);
		assert_int_equal(records_in(&w, "x-2"), 1);
		world_close(&w);
	}
}

static void
test_full_at_once(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	limit_files(10);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), EFBIG);
	limit_files(RLIM_INFINITY);
	assert_false(has(&w, "x"));
	world_close(&w);
}

static void
test_full_at_the_end(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	limit_files(200);
	assert_int_equal(begin(&w, &(struct dg_packets_settings){.name = "x"}), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(feed(&w, TIME, 100, ETHERNET), 0);
	assert_int_equal(dg_packets_close(w.packets, w.text), EFBIG);
	limit_files(RLIM_INFINITY);
	assert_non_null(strstr(w.text, "/x: "));
	assert_int_equal(records_in(&w, "x"), 1);
	world_close(&w);
}

int
main(void)
{
	struct rows rows = {0};

	(void)setenv("TZ", "UTC", 1);
	rows_add(&rows, "a file has tcpdump's header and whole records", test_bytes, NULL);
	rows_add(&rows, "the largest frames fit", test_waiting, NULL);
	rows_add(&rows, "a file holds one link type", test_linktype, NULL);
	rows_add(&rows, "HUP begins anew what was moved away", test_reopen_moved, NULL);
	rows_add(&rows, "HUP counts on with -C", test_reopen_numbers, NULL);
	rows_add(&rows, "a full disk leaves whole records, HUP goes on", test_full, NULL);
	rows_add(&rows, "a disk full at once leaves nothing", test_full_at_once, NULL);
	rows_add(&rows, "a disk full at the end is told", test_full_at_the_end, NULL);
	return rows_run(&rows, "live_packets");
}

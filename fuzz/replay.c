/*
 * replay.c - runs a target once for each file given, and prints TAP.
 *
 * The input lies right before an unreadable page, so that a read of one byte too
 * many ends the program even without sanitizers; a broken law ends it too.
 * What `make check` runs are the files of fuzz/corpus.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

/* Room for `size` bytes that end where a page begins that cannot be read. */
static uint8_t *
before_wall(size_t size, void **map, size_t *map_bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	uint8_t *at;

	*map_bytes = room + page;
	*map = mmap(
	    NULL, *map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*map == MAP_FAILED)
		return NULL;
	at = *map;
	if (mprotect(at + room, page, PROT_NONE) != 0)
		return NULL;
	return at + room - size;
}

static bool
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *bytes;
	void *map;
	size_t size, map_bytes;

	if (file == NULL || fstat(fileno(file), &st) != 0 || !S_ISREG(st.st_mode)) {
		printf(
		    "# %s: %s\n", path, file == NULL ? strerror(errno) : "is not a file");
		if (file != NULL)
			fclose(file);
		return false;
	}
	size = (size_t)st.st_size;
	bytes = before_wall(size, &map, &map_bytes);
	if (bytes == NULL || fread(bytes, 1, size, file) != size) {
		printf("# %s: cannot be read\n", path);
		fclose(file);
		return false;
	}
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, size);
	munmap(map, map_bytes);
	return true;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	printf("1..%d\n", argc);
	fflush(stdout);
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("ok 1 - no input at all\n");
	for (int i = 1; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');
		bool is_ok;

		printf("# %s\n", argv[i]);
		fflush(stdout);
		is_ok = replay(argv[i]);
		failed += !is_ok;
		printf("%s %d - %s\n", is_ok ? "ok" : "not ok", i + 1,
		    slash != NULL ? slash + 1 : argv[i]);
	}
	return failed > 0;
}

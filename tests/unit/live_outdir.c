/*
 * live_outdir.c - files in a folder are whole under their names, or not there: whatever fails,
 * and whenever the program is killed.
 */
#include "live/outdir.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows.h"

struct world {
	char path[64];
	struct dg_outdir *dir;
	char text[DG_LIVE_TEXT_MAX];
};

/* Two of them can be used at once. */
static char *
path_join(const char *folder, const char *name)
{
	static char paths[2][512];
	static size_t turn;
	char *path = paths[turn++ % 2];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void
world_open(struct world *w)
{
	*w = (struct world){.path = "/tmp/dnsgap-outdir-XXXXXX"};
	assert_non_null(mkdtemp(w->path));
	assert_int_equal(dg_outdir_open(w->path, &w->dir, w->text), 0);
}

/* Names in the folder, also those that begin with a dot, sorted, with blanks between them. */
static const char *
names_in(const char *path)
{
	static char text[8192];
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	text[0] = '\0';
	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		size_t size = strlen(text);

		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			(void)snprintf(text + size, sizeof(text) - size, "%s%s",
			    size > 0 ? " " : "", name);
		free(entries[i]);
	}
	free(entries);
	return text;
}

static void
world_close(struct world *w)
{
	DIR *list = opendir(w->path);
	struct dirent *entry;

	assert_non_null(list);
	while ((entry = readdir(list)) != NULL)
		if (unlinkat(dirfd(list), entry->d_name, 0) != 0)
			(void)unlinkat(dirfd(list), entry->d_name, AT_REMOVEDIR);
	closedir(list);
	dg_outdir_close(w->dir);
	assert_int_equal(rmdir(w->path), 0);
}

static void
make(const struct world *w, const char *name)
{
	int fd = openat(dg_outdir_fd(w->dir), name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

/* Writes a file of so many bytes.  0 or an errno. */
static int
put(struct world *w, const char *name, bool may_replace, size_t size)
{
	static char bytes[4096];
	struct dg_outfile *file;
	int error = dg_outfile_open(w->dir, name, may_replace, &file, w->text);

	if (error != 0)
		return error;
	for (size_t done = 0; done < size; done += sizeof(bytes))
		if (dg_outfile_write(file, bytes,
			size - done < sizeof(bytes) ? size - done : sizeof(bytes)) != 0)
			break;
	return dg_outfile_close(file, true, w->text);
}

static void
skip_aloud(const char *why)
{
	print_message("# skipped: %s\n", why);
	skip();
}

/* --- the folder ---------------------------------------------------------------- */

static void
test_folder(void **state)
{
	struct dg_outdir *other;
	struct world w;
	char path[128];
	struct stat st;

	(void)state;
	world_open(&w);
	(void)snprintf(path, sizeof(path), "%s/new", w.path);
	assert_int_equal(dg_outdir_open(path, &other, w.text), 0);
	assert_int_equal(dg_outdir_check(other, w.text), 0);
	assert_string_equal(names_in(path), "");
	dg_outdir_close(other);
	assert_int_equal(symlink("new", path_join(w.path, "link")), 0);
	assert_int_equal(dg_outdir_open(path_join(w.path, "link"), &other, w.text), 0);
	assert_int_equal(fstat(dg_outdir_fd(other), &st), 0);
	dg_outdir_close(other);
	assert_int_equal(dg_outdir_open(path_join(w.path, "no/new"), &other, w.text), ENOENT);
	assert_non_null(strstr(w.text, "make the folder"));
	make(&w, "file");
	assert_int_equal(dg_outdir_open(path_join(w.path, "file"), &other, w.text), ENOTDIR);
	assert_non_null(strstr(w.text, "name a folder"));
	world_close(&w);
}

static void
test_check(void **state)
{
	struct world w;
	pid_t child;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip_aloud("only root can become another user");
	world_open(&w);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (setresuid(65534, 65534, 65534) != 0)
			_exit(1);
		_exit(dg_outdir_check(w.dir, w.text) == EACCES &&
			    strstr(w.text, "user 65534 can make no files there") != NULL
			? 0
			: 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(names_in(w.path), "");
	world_close(&w);
}

static void
test_give(void **state)
{
	struct dg_outdir *made;
	struct world w;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip_aloud("only root can give folders away");
	world_open(&w);
	/* It was there: it stays root's. */
	dg_outdir_give(w.dir, 65534, 65534);
	assert_int_equal(fstat(dg_outdir_fd(w.dir), &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(dg_outdir_open(path_join(w.path, "made"), &made, w.text), 0);
	dg_outdir_give(made, 65534, 65534);
	assert_int_equal(fstat(dg_outdir_fd(made), &st), 0);
	assert_int_equal(st.st_uid, 65534);
	dg_outdir_close(made);
	world_close(&w);
}

/* --- leftovers ----------------------------------------------------------------- */

#define LEFT ".dnsgap-live-0123456789abcdef"

static const struct leftover {
	const char *name;
	const char *file;
	bool is_folder;
	bool is_removed;
} leftovers[] = {
    {"what a killed run left aside is removed", LEFT, false, true},
    {"a folder of this name stays", LEFT, true, false},
    {"what `read` has aside stays", ".dnsgap-Ab3dEf", false, false},
    {"a longer name stays", LEFT "0", false, false},
    {"a shorter name stays", ".dnsgap-live-0123456789abcde", false, false},
    {"a name with other letters stays", ".dnsgap-live-0123456789abcdeF", false, false},
    {"another file stays", "dnsgap-live-0123456789abcdef", false, false},
};

static void
test_leftover(void **state)
{
	const struct leftover *row = *state;
	struct dg_outdir *other;
	struct world w;

	world_open(&w);
	dg_outdir_close(w.dir);
	w.dir = NULL;
	if (row->is_folder) {
		assert_int_equal(mkdir(path_join(w.path, row->file), 0700), 0);
	} else {
		int fd = open(path_join(w.path, row->file), O_WRONLY | O_CREAT, 0600);

		assert_true(fd >= 0 && close(fd) == 0);
	}
	assert_int_equal(dg_outdir_open(w.path, &other, w.text), 0);
	assert_string_equal(names_in(w.path), row->is_removed ? "" : row->file);
	dg_outdir_close(other);
	world_close(&w);
}

static void
test_two_runs(void **state)
{
	struct dg_outdir *other;
	struct dg_outfile *file;
	struct world w;

	(void)state;
	world_open(&w);
	assert_int_equal(dg_outfile_open(w.dir, "x", false, &file, w.text), 0);
	assert_int_equal(dg_outdir_open(w.path, &other, w.text), 0);
	assert_int_equal(dg_outfile_write(file, "whole", 5), 0);
	assert_int_equal(dg_outfile_close(file, true, w.text), 0);
	dg_outdir_close(other);
	assert_string_equal(names_in(w.path), "x");
	world_close(&w);
}

/* --- files --------------------------------------------------------------------- */

static void
test_aside(void **state)
{
	struct dg_outfile *file;
	struct world w;
	struct stat st;

	(void)state;
	world_open(&w);
	assert_int_equal(dg_outfile_open(w.dir, "x", false, &file, w.text), 0);
	assert_int_equal(dg_outfile_write(file, "half", 4), 0);
	assert_non_null(strstr(names_in(w.path), ".dnsgap-live-"));
	assert_null(strchr(names_in(w.path), ' '));
	assert_int_equal(dg_outfile_close(file, true, w.text), 0);
	assert_string_equal(names_in(w.path), "x");
	assert_int_equal(stat(path_join(w.path, "x"), &st), 0);
	assert_int_equal(st.st_size, 4);
	world_close(&w);
}

static void
test_bad(void **state)
{
	struct dg_outfile *file;
	struct world w;

	(void)state;
	world_open(&w);
	assert_int_equal(dg_outfile_open(w.dir, "x", false, &file, w.text), 0);
	assert_int_equal(dg_outfile_write(file, "half", 4), 0);
	assert_int_equal(dg_outfile_close(file, false, w.text), 0);
	assert_string_equal(names_in(w.path), "");
	world_close(&w);
}

static const char *const bad_names[] = {"", ".", "..", "a/b", "/etc/passwd", "../x"};

static void
test_bad_names(void **state)
{
	char longest[NAME_MAX + 2];
	struct world w;

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
		assert_int_equal(put(&w, bad_names[i], true, 1), EINVAL);
	memset(longest, 'x', sizeof(longest));
	longest[NAME_MAX + 1] = '\0';
	assert_int_equal(put(&w, longest, true, 1), EINVAL);
	assert_string_equal(names_in(w.path), "");
	longest[NAME_MAX] = '\0';
	assert_int_equal(put(&w, longest, true, 1), 0);
	world_close(&w);
}

static void
test_existing(void **state)
{
	struct world w;
	struct stat st;

	(void)state;
	world_open(&w);
	make(&w, "x");
	assert_int_equal(put(&w, "x", false, 10), EEXIST);
	assert_non_null(strstr(w.text, "--force"));
	assert_string_equal(names_in(w.path), "x");
	assert_int_equal(put(&w, "x", true, 10), 0);
	assert_int_equal(stat(path_join(w.path, "x"), &st), 0);
	assert_int_equal(st.st_size, 10);
	/* A link gives way; what it points to stays. */
	make(&w, "target");
	assert_int_equal(symlink("target", path_join(w.path, "link")), 0);
	assert_int_equal(put(&w, "link", false, 10), EEXIST);
	assert_int_equal(put(&w, "link", true, 10), 0);
	assert_int_equal(stat(path_join(w.path, "target"), &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(mkdir(path_join(w.path, "folder"), 0700), 0);
	assert_int_equal(put(&w, "folder", true, 10), EISDIR);
	world_close(&w);
}

static void
test_too_large(void **state)
{
	struct rlimit limit;
	struct world w;

	(void)state;
	world_open(&w);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = 10000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(put(&w, "x", true, 20000), EFBIG);
	assert_non_null(strstr(w.text, "ulimit"));
	assert_string_equal(names_in(w.path), "");
	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(put(&w, "x", true, 20000), 0);
	world_close(&w);
}

/* In a child with a small disk of its own: 0, the number of what went wrong, or 77. */
static int
on_full_disk(void)
{
	struct world w = {.path = "/tmp"};

	if ((geteuid() == 0 ? unshare(CLONE_NEWNS) : unshare(CLONE_NEWUSER | CLONE_NEWNS)) !=
		0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", 0, "size=64k") != 0)
		return 77;
	if (dg_outdir_open(w.path, &w.dir, w.text) != 0 || put(&w, "m", true, 1000) != 0)
		return 1;
	if (put(&w, "x", false, 1 << 20) != ENOSPC || strstr(w.text, "make room") == NULL)
		return 2;
	if (strcmp(names_in(w.path), "m") != 0)
		return 3;
	/* What was there stays whole when its successor finds no room. */
	if (put(&w, "m", true, 1 << 20) != ENOSPC || strcmp(names_in(w.path), "m") != 0)
		return 4;
	/* And there is room again. */
	return put(&w, "x", false, 40000) == 0 ? 0 : 5;
}

static void
test_full_disk(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(on_full_disk());
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_aloud("no disk of its own can be had here");
	assert_int_equal(status, 0);
}

/* --- killed --------------------------------------------------------------------- */

#define WHOLE_BYTES 200000

static void
write_for_ever(struct world *w)
{
	for (unsigned i = 0;; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "r%u", i % 3);
		if (put(w, name, true, WHOLE_BYTES) != 0)
			_exit(1);
	}
}

/* However a writer ends, what has a name is whole; the next run tidies up. */
static void
test_killed(void **state)
{
	uint64_t seed = 88172645463325252;
	struct world w;
	size_t found = 0, left = 0;

	(void)state;
	world_open(&w);
	for (int round = 0; round < 60; round++) {
		pid_t child = fork();
		int status;
		char name[8];

		assert_true(child >= 0);
		if (child == 0)
			write_for_ever(&w);
		(void)usleep((useconds_t)(rows_random(&seed) % 12000));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		left += strstr(names_in(w.path), ".dnsgap-live-") != NULL;
		for (int i = 0; i < 3; i++) {
			struct stat st;

			(void)snprintf(name, sizeof(name), "r%d", i);
			if (fstatat(dg_outdir_fd(w.dir), name, &st, 0) != 0)
				continue;
			assert_int_equal(st.st_size, WHOLE_BYTES);
			found++;
		}
		dg_outdir_close(w.dir);
		assert_int_equal(dg_outdir_open(w.path, &w.dir, w.text), 0);
		assert_null(strstr(names_in(w.path), ".dnsgap-live-"));
	}
	/* Else it proved nothing. */
	assert_true(found > 0 && left > 0);
	world_close(&w);
}

int
main(void)
{
	struct rows rows = {0};

	rows_add(&rows, "a folder is opened or made, and nothing else", test_folder, NULL);
	rows_add(
	    &rows, "whether files can be made is tried, and leaves none", test_check, NULL);
	rows_add(&rows, "a folder that was made is given to the user", test_give, NULL);
	ROWS_ADD_TABLE(&rows, leftovers, test_leftover);
	rows_add(
	    &rows, "the second run in a folder leaves the first alone", test_two_runs, NULL);
	rows_add(&rows, "a file has its name when it is whole", test_aside, NULL);
	rows_add(&rows, "what went wrong leaves no file", test_bad, NULL);
	rows_add(&rows, "names that lead elsewhere are refused", test_bad_names, NULL);
	rows_add(&rows, "what exists gives way only when it may", test_existing, NULL);
	rows_add(&rows, "a file that may not grow leaves nothing", test_too_large, NULL);
	rows_add(&rows, "a full disk leaves what was there", test_full_disk, NULL);
	rows_add(&rows, "a kill at any moment leaves whole files", test_killed, NULL);
	return rows_run(&rows, "live_outdir");
}

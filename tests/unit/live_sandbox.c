/*
 * live_sandbox.c - what a sandboxed process can still do, asked of the system itself: with both
 * fences, and with seccomp alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/rights.h"
#include "rows.h"

/* A child ends with an errno, 0 when the attempt succeeded, or this when it came to nothing. */
#define NOT_TRIED 200
#define LANDLOCK_MISSING 201

static int folder = -1, wire = -1, plain = -1;
static char folder_path[] = "/tmp/dnsgap-sandbox-XXXXXX";

static int
result_of(long result)
{
	return result < 0 ? errno : 0;
}

static int
try_execve(void)
{
	char *arguments[] = {"/bin/true", NULL};

	return result_of(execve(arguments[0], arguments, NULL));
}

static int
try_socket(void)
{
	return result_of(socket(AF_INET, SOCK_DGRAM, 0));
}

static int
try_netlink(void)
{
	return result_of(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
try_ptrace(void)
{
	return result_of(ptrace(PTRACE_TRACEME, 0, 0, 0));
}

static int
try_read(void)
{
	return result_of(open("/etc/passwd", O_RDONLY));
}

static int
try_read_beside(void)
{
	return result_of(openat(folder, "/etc/passwd", O_RDONLY));
}

static int
try_read_above(void)
{
	return result_of(openat(folder, "../../etc/passwd", O_RDONLY));
}

static int
try_append(void)
{
	return result_of(openat(folder, "there", O_WRONLY | O_APPEND));
}

static int
try_read_own(void)
{
	return result_of(openat(folder, "there", O_RDONLY));
}

static int
try_make_over(void)
{
	return result_of(openat(folder, "/etc/passwd", DG_OUTDIR_OPEN_FLAGS, 0600));
}

static int
try_make_elsewhere(void)
{
	return result_of(
	    openat(folder, "/tmp/dnsgap-sandbox-made", DG_OUTDIR_OPEN_FLAGS, 0600));
}

static int
try_make_here(void)
{
	return result_of(openat(folder, "new", DG_OUTDIR_OPEN_FLAGS, 0600));
}

static int
try_make_from_nowhere(void)
{
	return result_of(
	    openat(AT_FDCWD, "/tmp/dnsgap-sandbox-made", DG_OUTDIR_OPEN_FLAGS, 0600));
}

static int
try_openat2(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {.flags = O_RDONLY};

	return result_of(syscall(SYS_openat2, folder, "/etc/passwd", &how, sizeof(how)));
}

static int
try_remove_elsewhere(void)
{
	return result_of(unlink("/tmp/dnsgap-sandbox-none"));
}

static int
try_remove_folder(void)
{
	return result_of(unlinkat(folder, "none", AT_REMOVEDIR));
}

static int
try_make_folder(void)
{
	return result_of(mkdirat(folder, "sub", 0700));
}

static int
try_link(void)
{
	return result_of(symlinkat("/etc/passwd", folder, "link"));
}

static int
try_chmod(void)
{
	return result_of(fchmodat(folder, "there", 0777, 0));
}

static int
try_fork(void)
{
	return result_of(fork());
}

static void *
nothing(void *unused)
{
	return unused;
}

static int
try_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, nothing, NULL) == 0 ? 0 : EPERM;
}

static int
try_kill(void)
{
	return result_of(kill(getppid(), 0));
}

static int
try_kill_itself(void)
{
	return result_of(syscall(SYS_tgkill, getpid(), getpid(), SIGTERM));
}

static int
try_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int
try_turn_to_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NOT_TRIED
			       : result_of(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
try_typing(void)
{
	char c = 'x';

	return result_of(ioctl(0, TIOCSTI, &c));
}

static int
try_send(void)
{
	return result_of(sendto(0, "x", 1, 0, NULL, 0));
}

/* A socket that was open before; the kernel takes no request from it. */
static int
try_write_to_wire(void)
{
	return result_of(syscall(SYS_write, wire, "x", 1));
}

/* The kernel looks at the lower half of a descriptor. */
static int
try_write_to_wire_hidden(void)
{
	return result_of(syscall(SYS_write, (uint64_t)wire | UINT64_C(1) << 32, "x", 1));
}

static int
try_write_to_file(void)
{
	return result_of(syscall(SYS_write, plain, "x", 1));
}

static int
try_setuid(void)
{
	return result_of(setuid(0));
}

static int
try_io_uring(void)
{
	return result_of(syscall(SYS_io_uring_setup, 1, NULL));
}

static const struct attempt {
	const char *name;
	int (*act)(void);
	int alone;    /* errno with seccomp alone */
	int together; /* and with landlock */
} attempts[] = {
    {"no program can be started", try_execve, EPERM, EPERM},
    {"no socket can be had", try_socket, EPERM, EPERM},
    {"nor one of netlink", try_netlink, EPERM, EPERM},
    {"nobody can be traced", try_ptrace, EPERM, EPERM},
    {"/etc/passwd cannot be opened", try_read, EPERM, EPERM},
    {"nor beside the folder's descriptor", try_read_beside, EPERM, EPERM},
    {"nor from the folder upwards", try_read_above, EPERM, EPERM},
    {"nor by openat2", try_openat2, EPERM, EPERM},
    {"no file of the folder can be opened again for writing", try_append, EPERM, EPERM},
    {"nor for reading", try_read_own, EPERM, EPERM},
    {"what exists cannot be made again", try_make_over, EEXIST, EEXIST},
    {"a file can be made in the folder", try_make_here, 0, 0},
    {"landlock keeps from making one elsewhere", try_make_elsewhere, 0, EACCES},
    {"none can be made without the folder", try_make_from_nowhere, EPERM, EPERM},
    {"nothing can be removed elsewhere", try_remove_elsewhere, EPERM, EPERM},
    {"no folder can be removed", try_remove_folder, EPERM, EPERM},
    {"no folder can be made", try_make_folder, EPERM, EPERM},
    {"no link can be made", try_link, EPERM, EPERM},
    {"no mode can be changed", try_chmod, EPERM, EPERM},
    {"no process can be started", try_fork, EPERM, EPERM},
    {"no thread can be started", try_thread, EPERM, EPERM},
    {"nobody can be sent a signal", try_kill, EPERM, EPERM},
    {"not even itself, but to abort", try_kill_itself, EPERM, EPERM},
    {"no memory can be had to run code", try_code, EPERM, EPERM},
    {"nor be turned into such", try_turn_to_code, EPERM, EPERM},
    {"nothing can be typed into the terminal", try_typing, EPERM, EPERM},
    {"nothing can be sent", try_send, EPERM, EPERM},
    {"nothing can be written to a socket that sniffs or asks", try_write_to_wire, EPERM, EPERM},
    {"nor in disguise", try_write_to_wire_hidden, EPERM, EPERM},
    {"files that are open can be written", try_write_to_file, 0, 0},
    {"no user can be become", try_setuid, EPERM, EPERM},
    {"no calls can go through io_uring", try_io_uring, EPERM, EPERM},
};

enum fences {
	FENCES_NONE,
	FENCES_SECCOMP,
	FENCES_BOTH,
};

static void
put_up(enum fences fences)
{
	struct dg_sandbox_state state = {.folders = {folder}, .folder_count = 1};

	if (fences == FENCES_BOTH && dg_sandbox_files(&folder, 1, &state) != 0)
		_exit(NOT_TRIED);
	if (fences == FENCES_BOTH && state.landlock_abi == 0)
		_exit(LANDLOCK_MISSING);
	if (fences == FENCES_SECCOMP)
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (fences != FENCES_NONE && (dg_sandbox_calls(&state) != 0 || !state.has_seccomp))
		_exit(NOT_TRIED);
}

/* What an attempt gives in a child. */
static int
in_child(const struct attempt *attempt, enum fences fences)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		put_up(fences);
		_exit(attempt->act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)unlinkat(folder, "new", 0);
	(void)unlinkat(folder, "link", 0);
	(void)unlinkat(folder, "sub", AT_REMOVEDIR);
	(void)unlink("/tmp/dnsgap-sandbox-made");
	/* Only without fences: the attempt to end itself. */
	if (fences == FENCES_NONE && WIFSIGNALED(status))
		return 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
skip_aloud(const char *why)
{
	print_message("# skipped: %s\n", why);
	skip();
}

static void
test_alone(void **state)
{
	const struct attempt *attempt = *state;

	/* Else the refusal would say nothing about the fence. */
	if (attempt->act != try_setuid || geteuid() == 0)
		assert_int_not_equal(in_child(attempt, FENCES_NONE), EPERM);
	assert_int_equal(in_child(attempt, FENCES_SECCOMP), attempt->alone);
}

static void
test_together(void **state)
{
	const struct attempt *attempt = *state;
	int result = in_child(attempt, FENCES_BOTH);

	if (result == LANDLOCK_MISSING)
		skip_aloud("the system has no landlock");
	assert_int_equal(result, attempt->together);
}

/* A thread that waits until the fence stands, then asks for a socket. */
static pthread_mutex_t fence = PTHREAD_MUTEX_INITIALIZER;

static void *
ask_later(void *result)
{
	int *error = result;

	pthread_mutex_lock(&fence);
	*error = try_socket();
	pthread_mutex_unlock(&fence);
	return NULL;
}

static void
test_threads(void **state)
{
	struct dg_sandbox_state sandbox = {.folder_count = 0};
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		pthread_t thread;
		int error = NOT_TRIED;

		pthread_mutex_lock(&fence);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    pthread_create(&thread, NULL, ask_later, &error) != 0 ||
		    dg_sandbox_calls(&sandbox) != 0)
			_exit(NOT_TRIED);
		pthread_mutex_unlock(&fence);
		pthread_join(thread, NULL);
		_exit(error);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), EPERM);
}

/* All that a run does with its folders, in the sandbox; a child's result. */
static int
work(void)
{
	char text[DG_LIVE_TEXT_MAX], path[64];
	struct dg_sandbox_state state;
	struct dg_outfile *file;
	struct dg_outdir *dir;
	int fd, error;

	(void)snprintf(path, sizeof(path), "%s/reports", folder_path);
	if (dg_outdir_open(path, &dir, text) != 0)
		return 1;
	fd = dg_outdir_fd(dir);
	if (dg_sandbox_files(&fd, 1, &state) != 0 || dg_sandbox_calls(&state) != 0)
		return 2;
	if (dg_outdir_check(dir, text) != 0)
		return 3;
	for (int i = 0; i < 4; i++) {
		char name[64], stamp[DG_STAMP_MAX];

		dg_outdir_stamp(1000 + i, stamp);
		(void)snprintf(name, sizeof(name), "r-%s.json", stamp);
		if (dg_outfile_open(dir, name, false, &file, text) != 0 ||
		    dg_outfile_write(file, "{}\n", 3) != 0 ||
		    dg_outfile_close(file, true, text) != 0)
			return 4;
	}
	if (dg_outfile_open(dir, "r-1970-01-01T00-16-43Z.json", false, &file, text) != 0 ||
	    dg_outfile_close(file, true, text) != EEXIST)
		return 5;
	if (dg_outfile_open(dir, "m.prom", true, &file, text) != 0 ||
	    dg_outfile_close(file, true, text) != 0)
		return 6;
	error = dg_outdir_keep(dir, "r-", 2, text);
	dg_outdir_close(dir);
	return error;
}

static void
test_work(void **state)
{
	static const char *const left[] = {
	    "r-1970-01-01T00-16-42Z.json", "r-1970-01-01T00-16-43Z.json", "m.prom"};
	pid_t child = fork();
	char path[128];
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(work());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/reports/%s", folder_path, left[i]);
		assert_int_equal(unlink(path), 0);
	}
	/* Nothing else is left. */
	(void)snprintf(path, sizeof(path), "%s/reports", folder_path);
	assert_int_equal(rmdir(path), 0);
}

static void
test_too_many(void **state)
{
	int folders[DG_SANDBOX_FOLDERS_MAX + 1] = {0};
	struct dg_sandbox_state sandbox;

	(void)state;
	assert_int_equal(
	    dg_sandbox_files(folders, DG_SANDBOX_FOLDERS_MAX + 1, &sandbox), EINVAL);
}

int
main(void)
{
	struct rows rows = {0};
	int failed, fd;

	if (mkdtemp(folder_path) == NULL)
		return 1;
	folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(folder, "there", O_WRONLY | O_CREAT, 0600);
	plain = open("/dev/null", O_WRONLY | O_CLOEXEC);
	wire = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || close(fd) != 0 || wire < 0 || plain < 0)
		return 1;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const char *name = attempts[i].name;

		rows_add(&rows, rows_name("seccomp alone: %s", name), test_alone, &attempts[i]);
		rows_add(
		    &rows, rows_name("with landlock: %s", name), test_together, &attempts[i]);
	}
	rows_add(&rows, "a thread that was there is bound, too", test_threads, NULL);
	rows_add(
	    &rows, "reports and metrics can be written, kept and replaced", test_work, NULL);
	rows_add(
	    &rows, "too many folders are refused before anything is done", test_too_many, NULL);
	failed = rows_run(&rows, "live_sandbox");
	(void)unlinkat(folder, "there", 0);
	(void)rmdir(folder_path);
	return failed;
}

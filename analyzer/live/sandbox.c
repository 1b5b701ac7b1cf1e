/*
 * sandbox.c - what a process that reads hostile packets can still do: next to nothing.
 *
 * Two fences.  Landlock knows paths, so it says where files can be made, named and removed.
 * Seccomp knows no paths but holds without landlock, too: files can only be opened with
 * DG_OUTDIR_OPEN_FLAGS, that is, made; so nothing that exists can be opened by any path.
 * Nothing can be sent, either: sockets are only read.
 * What both together do not hold off: metadata of any file (stat), writing to files that are
 * open, and work without end.
 *
 * The calls were measured (docs/decisions/0028-sandbox.md).  Whoever needs another one adds it
 * here with its reason, and narrows it by its arguments where they can be seen.
 */
#include "live/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- landlock: where ------------------------------------------------------------- */

/*
 * As the system's own header has them in Linux 6.12, for the one we are built with may be
 * older (landlock(7)).
 */
struct ruleset {
	uint64_t files;
	uint64_t net;    /* since ABI 4 */
	uint64_t scoped; /* since ABI 6 */
};

#define FILES_OF_ABI_1 ((UINT64_C(1) << 13) - 1)
#define FILES_REFER (UINT64_C(1) << 13)     /* ABI 2 */
#define FILES_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define FILES_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define NET_BIND_CONNECT_TCP UINT64_C(3)
#define SCOPE_SOCKETS_SIGNALS UINT64_C(3)

/* What a report, a metrics file and a file of packets need in their folder. */
#define FILES_GRANTED                                                                          \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                         \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | FILES_TRUNCATE)

static uint64_t
handled_files(int abi)
{
	return FILES_OF_ABI_1 | (abi >= 2 ? FILES_REFER : 0) | (abi >= 3 ? FILES_TRUNCATE : 0) |
	    (abi >= 5 ? FILES_IOCTL_DEV : 0);
}

/* A ruleset that allows nothing yet, or -1. */
static int
ruleset_new(int abi)
{
	struct ruleset rules = {.files = handled_files(abi)};
	size_t size = sizeof(rules.files);

	if (abi >= 4) {
		rules.net = NET_BIND_CONNECT_TCP;
		size = offsetof(struct ruleset, scoped);
	}
	if (abi >= 6) {
		rules.scoped = SCOPE_SOCKETS_SIGNALS;
		size = sizeof(rules);
	}
	return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

/* 0 or an errno. */
static int
ruleset_apply(int ruleset, int abi, const int *folders, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct landlock_path_beneath_attr rule = {
		    .allowed_access = FILES_GRANTED & handled_files(abi),
		    .parent_fd = folders[i]};

		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
			0) != 0)
			return errno;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : errno;
}

/* Whether the fence stands: the root folder must not open. */
static int
try_files(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	close(fd);
	return ENOTSUP;
}

int
dg_sandbox_files(const int *folders, size_t count, struct dg_sandbox_state *state)
{
	int ruleset, error;
	long abi;

	*state = (struct dg_sandbox_state){0};
	if (count > DG_SANDBOX_FOLDERS_MAX)
		return EINVAL;
	if (count > 0)
		memcpy(state->folders, folders, count * sizeof(*folders));
	state->folder_count = count;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1) {
		(void)snprintf(state->missing, sizeof(state->missing),
		    "the system has no landlock: files could be made, renamed and removed "
		    "wherever this user may");
		return 0;
	}
	state->landlock_abi = (int)abi;
	ruleset = ruleset_new(state->landlock_abi);
	if (ruleset < 0)
		return errno;
	error = ruleset_apply(ruleset, state->landlock_abi, folders, count);
	close(ruleset);
	return error != 0 ? error : try_files();
}

/* --- seccomp: what --------------------------------------------------------------- */

static const int calls[] = {
    /* Packets, and the interfaces' news. */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(getsockopt), SCMP_SYS(read), SCMP_SYS(pread64),
    /* What is open is listed, cut and made durable; writing is below. */
    SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(getdents64), SCMP_SYS(ftruncate),
    SCMP_SYS(fsync), SCMP_SYS(close),
    /* Memory; mmap and mprotect are below. */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    /* The C library sizes qsort()'s memory, and malloc()'s arenas, by the machine. */
    SCMP_SYS(sysinfo), SCMP_SYS(sched_getaffinity),
    /* Two threads; the younger may just be starting. */
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
    /* Signals, and waits that they end. */
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    /* Time, where the system has no quicker way; names of files on their way. */
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
#ifdef __SANITIZE_ADDRESS__
    /* The sanitizer's own, when a thread ends. */
    SCMP_SYS(sigaltstack),
#endif
    /* The end. */
    SCMP_SYS(exit), SCMP_SYS(exit_group)};

/* Of ioctl: the terminal as it is and as it was; whether an interface is still there.  Not
 * TIOCSTI, which types for the person. */
static const unsigned long ioctls[] = {
    TIOCGWINSZ, TCGETS, TCSETS, TCSETSW, TCSETSF, SIOCGIFNAME, SIOCGIFFLAGS, SIOCGIFINDEX};

static int
allow(scmp_filter_ctx filter, int call, unsigned count, const struct scmp_arg_cmp *arguments)
{
	return -seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, count, arguments);
}

/* Memory, but never to be run: code that is brought in has no place. */
static int
allow_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp not_run = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int error = allow(filter, SCMP_SYS(mmap), 1, &not_run);

	return error != 0 ? error : allow(filter, SCMP_SYS(mprotect), 1, &not_run);
}

/* abort() of the C library, when it finds its memory broken. */
static int
allow_abort(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp me[] = {
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()), SCMP_A2(SCMP_CMP_EQ, SIGABRT)};

	return allow(filter, SCMP_SYS(tgkill), 2, me);
}

/* Whether write() to it would send something: a frame, or a request to the kernel. */
static bool
is_wire(int fd)
{
	int domain = 0;
	socklen_t size = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	    (domain == AF_PACKET || domain == AF_NETLINK);
}

/*
 * Writing to all but what sends.  Descriptors are named one by one, as far as there are any
 * that send, and by a mask beyond; "greater than" would not do, for the system looks at the
 * lower half of the number only.  There are no descriptors but these: the limit says so.
 */
static int
allow_write(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp beyond = SCMP_A0(SCMP_CMP_MASKED_EQ,
	    ~(scmp_datum_t)(DG_SANDBOX_DESCRIPTORS / 2 - 1), DG_SANDBOX_DESCRIPTORS / 2);
	const struct rlimit limit = {DG_SANDBOX_DESCRIPTORS, DG_SANDBOX_DESCRIPTORS};
	int error = allow(filter, SCMP_SYS(write), 1, &beyond);

	for (int fd = 0; error == 0 && fd < DG_SANDBOX_DESCRIPTORS; fd++) {
		const struct scmp_arg_cmp one = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd);

		if (fd >= DG_SANDBOX_DESCRIPTORS / 2)
			error = is_wire(fd) ? EMFILE : 0;
		else if (!is_wire(fd))
			error = allow(filter, SCMP_SYS(write), 1, &one);
	}
	if (error == 0 && setrlimit(RLIMIT_NOFILE, &limit) != 0)
		error = errno;
	return error;
}

static int
allow_narrow(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp get = SCMP_A1(SCMP_CMP_EQ, F_GETFL),
				  set = SCMP_A1(SCMP_CMP_EQ, F_SETFL),
				  open_one = SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH);
	int error = allow(filter, SCMP_SYS(fcntl), 1, &get);

	if (error == 0)
		error = allow(filter, SCMP_SYS(fcntl), 1, &set);
	/* fstat() of the C library. */
	if (error == 0)
		error = allow(filter, SCMP_SYS(newfstatat), 1, &open_one);
	for (size_t i = 0; error == 0 && i < sizeof(ioctls) / sizeof(ioctls[0]); i++) {
		const struct scmp_arg_cmp request = SCMP_A1(SCMP_CMP_EQ, ioctls[i]);

		error = allow(filter, SCMP_SYS(ioctl), 1, &request);
	}
	if (error == 0)
		error = allow_memory(filter);
	if (error == 0)
		error = allow_write(filter);
	return error != 0 ? error : allow_abort(filter);
}

/*
 * What outdir.c does in a folder: make, name, remove, look whether it is a plain file.  Paths
 * cannot be seen here, so "/etc/passwd" and ".." pass; but what is there cannot be opened, and
 * the rest is landlock's.
 */
static int
allow_folder(scmp_filter_ctx filter, int folder)
{
	const scmp_datum_t fd = (scmp_datum_t)folder;
	const struct scmp_arg_cmp make[] = {SCMP_A0(SCMP_CMP_EQ, fd),
	    SCMP_A2(SCMP_CMP_EQ, DG_OUTDIR_OPEN_FLAGS)},
				  name[] = {SCMP_A0(SCMP_CMP_EQ, fd), SCMP_A2(SCMP_CMP_EQ, fd)},
				  same[] = {SCMP_A0(SCMP_CMP_EQ, fd), SCMP_A2(SCMP_CMP_EQ, fd),
				      SCMP_A4(SCMP_CMP_EQ, 0)},
				  remove[] = {SCMP_A0(SCMP_CMP_EQ, fd),
				      SCMP_A2(SCMP_CMP_EQ, 0)},
				  look[] = {SCMP_A0(SCMP_CMP_EQ, fd),
				      SCMP_A3(SCMP_CMP_EQ, AT_SYMLINK_NOFOLLOW)};
	int error = allow(filter, SCMP_SYS(openat), 2, make);

	if (error == 0)
		error = allow(filter, SCMP_SYS(renameat2), 2, name);
	/* The C library's renameat2() without flags. */
	if (error == 0)
		error = allow(filter, SCMP_SYS(renameat), 2, name);
	if (error == 0)
		error = allow(filter, SCMP_SYS(linkat), 3, same);
	if (error == 0)
		error = allow(filter, SCMP_SYS(unlinkat), 2, remove);
	return error != 0 ? error : allow(filter, SCMP_SYS(newfstatat), 2, look);
}

/* 0 or an errno. */
static int
fill(scmp_filter_ctx filter, const struct dg_sandbox_state *state)
{
	int error = -seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	for (size_t i = 0; error == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		error = allow(filter, calls[i], 0, NULL);
	if (error == 0)
		error = allow_narrow(filter);
	for (size_t i = 0; error == 0 && i < state->folder_count; i++)
		error = allow_folder(filter, state->folders[i]);
	return error;
}

/* Whether the fence stands: a socket must not be had. */
static int
try_calls(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno == EPERM ? 0 : errno;
	close(fd);
	return ENOTSUP;
}

static void
add_missing(struct dg_sandbox_state *state, const char *what)
{
	size_t size = strlen(state->missing);

	(void)snprintf(state->missing + size, sizeof(state->missing) - size, "%s%s",
	    size > 0 ? "; " : "", what);
}

int
dg_sandbox_calls(struct dg_sandbox_state *state)
{
	scmp_filter_ctx filter;
	int error;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
		add_missing(state, "the system has no seccomp: all system calls are left");
		if (state->landlock_abi > 0 && state->landlock_abi < 6)
			add_missing(state, "its landlock is too old to make up for it");
		return 0;
	}
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (filter == NULL)
		return ENOMEM;
	error = fill(filter, state);
	if (error == 0)
		error = -seccomp_load(filter);
	seccomp_release(filter);
	if (error == 0)
		error = try_calls();
	state->has_seccomp = error == 0;
	return error;
}

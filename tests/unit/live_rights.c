/*
 * live_rights.c - who a process is after it gave up its rights, as /proc says.
 */
#include "live/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rows.h"

#define NOBODY 65534
/* What a child ends with when it could not be made as the row wants it. */
#define CANNOT 77

enum beginning {
	AS_ROOT,      /* with groups */
	AS_OTHER,     /* another user, with cap_net_raw, as from a file's capabilities */
	AS_MAPPED,    /* root of a user namespace without any other user */
	AS_CONTAINED, /* root without CAP_SETUID */
};

static const struct row {
	const char *name;
	enum beginning from;
	struct dg_user user;
	bool has_user;
	int error;
	const char *says;
	long uid;
	bool has_bounds; /* the bounding set is left, for want of a right to clear it */
} rows_of_drops[] = {
    {"root becomes the user", AS_ROOT, {.uid = NOBODY, .gid = NOBODY}, true, 0, "", NOBODY,
	false},
    {"root that stays root has no capabilities", AS_ROOT, {.is_asked = true}, true, 0, "", 0,
	false},
    {"root must become somebody", AS_ROOT, {.uid = 0}, false, EINVAL, "no user", 0, false},
    {"a user with a capability loses it", AS_OTHER, {.uid = NOBODY}, false, 0, "", 1000, true},
    {"another user that nobody asked for is passed over", AS_OTHER,
	{.uid = NOBODY, .gid = NOBODY}, true, 0, "", 1000, true},
    {"another user that was asked for is refused", AS_OTHER,
	{.uid = NOBODY, .gid = NOBODY, .is_asked = true}, true, EPERM, "only root", 0, false},
    {"a namespace without the user: capabilities go", AS_MAPPED,
	{.uid = NOBODY, .gid = NOBODY, .name = "nobody"}, true, 0, "has no user nobody", 0,
	false},
    {"a namespace with the user: groups of outside may stay", AS_MAPPED, {.uid = 0, .gid = 0},
	true, 0, "", 0, false},
    {"a container's root that cannot change is refused", AS_CONTAINED,
	{.uid = NOBODY, .gid = NOBODY}, true, EPERM, "CAP_SETUID", 0, false},
};

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) != 0)
		_exit(CANNOT);
}

static void
set_capabilities(uint32_t mask)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{.effective = mask, .permitted = mask}};

	if (syscall(SYS_capset, &header, data) != 0)
		_exit(CANNOT);
}

/* In a user namespace of its own, root and nobody else. */
static void
be_mapped(void)
{
	char map[32], groups[32];

	(void)snprintf(map, sizeof(map), "0 %lu 1", (unsigned long)geteuid());
	(void)snprintf(groups, sizeof(groups), "0 %lu 1", (unsigned long)getegid());
	if (unshare(CLONE_NEWUSER) != 0)
		_exit(CANNOT);
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", map);
	put("/proc/self/gid_map", groups);
}

static void
become(enum beginning from)
{
	const gid_t groups[] = {4, 24};

	if (from == AS_MAPPED) {
		be_mapped();
		return;
	}
	if (geteuid() != 0)
		_exit(CANNOT);
	if (from == AS_CONTAINED) {
		set_capabilities(1u << CAP_NET_RAW | 1u << CAP_SETPCAP);
		return;
	}
	if (setgroups(2, groups) != 0)
		_exit(CANNOT);
	if (from == AS_OTHER) {
		if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
		    setresgid(1000, 1000, 1000) != 0 || setresuid(1000, 1000, 1000) != 0)
			_exit(CANNOT);
		set_capabilities(1u << CAP_NET_RAW);
	}
}

/* A line of /proc/self/status, opened before rights went. */
static void
line_of(FILE *status, const char *name, char line[256])
{
	size_t size = strlen(name);

	rewind(status);
	while (fgets(line, 256, status) != NULL)
		if (strncmp(line, name, size) == 0 && line[size] == ':')
			return;
	_exit(10);
}

static bool
is_empty(FILE *status, const char *name)
{
	char line[256];

	line_of(status, name, line);
	return strstr(line, ":\t0000000000000000\n") != NULL;
}

/* 0, or which thing is not as it should be. */
static int
look(FILE *status, const struct row *row)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
	unsigned long ids[4];
	struct rlimit limit;
	char line[256];

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (!is_empty(status, sets[i]))
			return 11;
	if (is_empty(status, "CapBnd") == row->has_bounds)
		return 12;
	line_of(status, "Uid", line);
	if (sscanf(line, "Uid: %lu %lu %lu %lu", &ids[0], &ids[1], &ids[2], &ids[3]) != 4)
		return 13;
	for (int i = 0; i < 4; i++)
		if ((long)ids[i] != row->uid)
			return 14;
	line_of(status, "Groups", line);
	if (row->from == AS_ROOT &&
	    strspn(line + strlen("Groups:"), " \t\n") != strlen(line) - strlen("Groups:"))
		return 15;
	line_of(status, "NoNewPrivs", line);
	if (strcmp(line, "NoNewPrivs:\t1\n") != 0)
		return 16;
	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
		return 17;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 18;
	return row->uid != 0 && setuid(0) == 0 ? 19 : 0;
}

static int
in_child(const struct row *row)
{
	char text[DG_LIVE_TEXT_MAX];
	FILE *status;
	int error;

	become(row->from);
	status = fopen("/proc/self/status", "re");
	if (status == NULL)
		return CANNOT;
	error = dg_rights_drop(row->has_user ? &row->user : NULL, text);
	if (error != row->error)
		return 2;
	if (row->says[0] == '\0' ? text[0] != '\0' : strstr(text, row->says) == NULL)
		return 3;
	error = error != 0 ? 0 : look(status, row);
	(void)fclose(status);
	return error;
}

static void
test_drop(void **state)
{
	const struct row *row = *state;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(in_child(row));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT) {
		print_message("# skipped: %s\n",
		    row->from == AS_MAPPED ? "user namespaces cannot be made here"
					   : "only root can begin so");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_find(void **state)
{
	char text[DG_LIVE_TEXT_MAX], name[80];
	struct dg_user user;

	(void)state;
	assert_int_equal(dg_rights_find("root", &user, text), 0);
	assert_int_equal(user.uid, 0);
	assert_true(user.is_asked);
	assert_int_equal(dg_rights_find(NULL, &user, text), 0);
	assert_int_not_equal(user.uid, 0);
	assert_false(user.is_asked);
	assert_int_equal(dg_rights_find("no such user", &user, text), EINVAL);
	assert_non_null(strstr(text, "-Z"));
	assert_int_equal(dg_rights_find("", &user, text), EINVAL);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(dg_rights_find(name, &user, text), EINVAL);
}

int
main(void)
{
	struct rows rows = {0};

	rows_add(&rows, "users are found by name; without one it is not root", test_find, NULL);
	ROWS_ADD_TABLE(&rows, rows_of_drops, test_drop);
	return rows_run(&rows, "live_rights");
}

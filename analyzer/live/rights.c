/*
 * rights.c - who the process is once everything is open: a user without rights.
 *
 * In this order: bounding set (needs CAP_SETPCAP), groups (CAP_SETGID), group, user, what is
 * left of capabilities.  Nothing is believed: all of it is asked of the system again, and
 * becoming root is tried.
 *
 * Security bits are not set: they decide what execve gives to root, and neither execve
 * (seccomp, no_new_privs) nor anything to give (bounding set) is left.
 */
#include "live/rights.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEFAULT_USER "dnsgap"
#define OTHER_USER "nobody"

int
dg_rights_find(const char *name, struct dg_user *out, char text[DG_LIVE_TEXT_MAX])
{
	const char *wanted = name != NULL ? name : DEFAULT_USER;
	const struct passwd *entry;

	text[0] = '\0';
	errno = 0;
	entry = getpwnam(wanted);
	if (entry == NULL && name == NULL) {
		wanted = OTHER_USER;
		entry = getpwnam(wanted);
	}
	if (entry == NULL || strlen(wanted) >= sizeof(out->name)) {
		(void)snprintf(text, DG_LIVE_TEXT_MAX,
		    "user %s is not known here; name one with -Z", wanted);
		return errno != 0 && errno != ENOENT ? errno : EINVAL;
	}
	*out = (struct dg_user){
	    .uid = entry->pw_uid, .gid = entry->pw_gid, .is_asked = name != NULL};
	memcpy(out->name, wanted, strlen(wanted) + 1);
	return 0;
}

static int
refuse(char text[DG_LIVE_TEXT_MAX], const char *what, int error)
{
	(void)snprintf(
	    text, DG_LIVE_TEXT_MAX, "rights are not given up: %s: %s", what, strerror(error));
	return error;
}

/*
 * Whether an ID means anybody in this user namespace (user_namespaces(7)): the lines of the map
 * have an ID inside, one outside, and how many.
 */
static bool
is_mapped(const char *map, unsigned long id)
{
	FILE *file = fopen(map, "re");
	unsigned long first, outside, count;
	bool is_found = false;

	/* A system without user namespaces knows every ID. */
	if (file == NULL)
		return true;
	while (!is_found && fscanf(file, "%lu %lu %lu", &first, &outside, &count) == 3)
		is_found = id >= first && id - first < count;
	(void)fclose(file);
	return is_found;
}

/* Whether a user namespace forbids setgroups(): groups of outside stay then, for good. */
static bool
is_setgroups_denied(void)
{
	FILE *file = fopen("/proc/self/setgroups", "re");
	char word[8] = "";
	bool is_denied;

	if (file == NULL)
		return false;
	is_denied = fscanf(file, "%7s", word) == 1 && strcmp(word, "deny") == 0;
	(void)fclose(file);
	return is_denied;
}

/* Becomes the user, for good. */
static int
change_user(const struct dg_user *user, char text[DG_LIVE_TEXT_MAX])
{
	const char *advice =
	    "the user cannot be changed (that takes CAP_SETUID and CAP_SETGID, "
	    "or start as the user)";

	if (setgroups(0, NULL) != 0 && !(errno == EPERM && is_setgroups_denied()))
		return refuse(text, advice, errno);
	if (setresgid(user->gid, user->gid, user->gid) != 0)
		return refuse(text, advice, errno);
	if (setresuid(user->uid, user->uid, user->uid) != 0)
		return refuse(text, advice, errno);
	return 0;
}

/* Whether the process is to become another user; says so when it should and cannot. */
static int
decide(const struct dg_user *user, bool *is_changing, char text[DG_LIVE_TEXT_MAX])
{
	*is_changing = false;
	if (user == NULL)
		return geteuid() == 0 ? refuse(text, "no user to become", EINVAL) : 0;
	if (geteuid() != 0) {
		if (user->is_asked && user->uid != geteuid())
			return refuse(text, "only root can become the user of -Z", EPERM);
		return 0;
	}
	*is_changing = is_mapped("/proc/self/uid_map", user->uid) &&
	    is_mapped("/proc/self/gid_map", user->gid);
	if (!*is_changing)
		(void)snprintf(text, DG_LIVE_TEXT_MAX,
		    "this user namespace has no user %s (%lu): the user stays, without "
		    "capabilities",
		    user->name, (unsigned long)user->uid);
	return 0;
}

/* Asks the system whether it is so. */
static int
verify(const struct dg_user *user, bool was_root, char text[DG_LIVE_TEXT_MAX])
{
	uid_t uids[3];
	gid_t gids[3];

	if (getresuid(&uids[0], &uids[1], &uids[2]) != 0 ||
	    getresgid(&gids[0], &gids[1], &gids[2]) != 0)
		return refuse(text, "users cannot be asked for", errno);
	for (size_t i = 0; user != NULL && i < 3; i++)
		if (uids[i] != user->uid || gids[i] != user->gid)
			return refuse(text, "an ID is left", EPERM);
	if (user != NULL && getgroups(0, NULL) != 0 && !is_setgroups_denied())
		return refuse(text, "groups are left", EPERM);
	if (capng_get_caps_process() != 0 ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE ||
	    capng_have_capabilities(CAPNG_SELECT_AMBIENT) != CAPNG_NONE)
		return refuse(text, "capabilities are left", EPERM);
	if (was_root && capng_have_capabilities(CAPNG_SELECT_BOUNDS) != CAPNG_NONE)
		return refuse(text, "the bounding set is left", EPERM);
	if (uids[0] != 0 && (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0))
		return refuse(text, "root can be had back", EPERM);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return refuse(text, "no_new_privs is not set", EPERM);
	return 0;
}

/* Packets, names and keys are in memory: it lands in no core file, and no process of the same
 * user may read it. */
static int
hide(char text[DG_LIVE_TEXT_MAX])
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return refuse(text, "core files cannot be turned off", errno);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return refuse(text, "the process cannot be hidden from others", errno);
	return 0;
}

int
dg_rights_drop(const struct dg_user *user, char text[DG_LIVE_TEXT_MAX])
{
	bool has_bounds, is_changing;
	int error;

	text[0] = '\0';
	error = decide(user, &is_changing, text);
	if (error != 0)
		return error;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return refuse(text, "no_new_privs", errno);
	if (capng_get_caps_process() != 0)
		return refuse(text, "capabilities cannot be asked for", EPERM);
	/* Without it the bounding set stays, and nobody can draw on it: no_new_privs. */
	has_bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
	capng_clear(CAPNG_SELECT_ALL);
	if (has_bounds && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return refuse(text, "the bounding set", EPERM);
	if (is_changing) {
		error = change_user(user, text);
		if (error != 0)
			return error;
	}
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 || capng_apply(CAPNG_SELECT_AMBIENT) != 0)
		return refuse(text, "capabilities", EPERM);
	error = hide(text);
	return error != 0 ? error : verify(is_changing ? user : NULL, has_bounds, text);
}

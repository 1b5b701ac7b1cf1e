#ifndef DG_LIVE_RIGHTS_H
#define DG_LIVE_RIGHTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "live/outdir.h"

/*
 * rights.h - who the process is once everything is open: a user without rights, in a sandbox.
 *
 * In this order: everything is opened; dg_rights_find (names need files); dg_rights_drop;
 * dg_sandbox_files (landlock); threads are started; dg_sandbox_calls (seccomp, all threads).
 */

struct dg_user {
	uid_t uid;
	gid_t gid;
	char name[64];
};

/* The user that -Z names; with NULL `dnsgap` where there is one, else `nobody`.  0 or an errno
 * with a text. */
int dg_rights_find(const char *name, struct dg_user *out, char text[DG_LIVE_TEXT_MAX]);

/**
 * Gives up groups, group, user and all capabilities (also bounding and ambient), and sets
 * no_new_privs.  Without root only capabilities and no_new_privs are left to set; `user` may be
 * NULL then.  It is tried afterwards whether they are gone.  0 or an errno with a text.
 */
int dg_rights_drop(const struct dg_user *user, char text[DG_LIVE_TEXT_MAX]);

/* What a sandbox could not do here, for a person to know; "" when it holds whole. */
struct dg_sandbox_state {
	int landlock_abi; /* 0: the system has none */
	bool has_seccomp;
	char missing[DG_LIVE_TEXT_MAX];
};

/* No file can be opened any more but below these folders.  0 (also when the system has no
 * landlock, see `missing`) or an errno. */
int dg_sandbox_files(const int *folders, size_t count, struct dg_sandbox_state *state);

/* No system call is left but those of a running capture: no execve, no socket, no ptrace.
 * Refused ones fail with EPERM.  0 (also when the system has no seccomp) or an errno. */
int dg_sandbox_calls(struct dg_sandbox_state *state);

#endif

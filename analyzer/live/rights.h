#ifndef DG_LIVE_RIGHTS_H
#define DG_LIVE_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/limits.h"
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
	bool is_asked; /* a person named it */
};

/* The user that -Z names; with NULL `dnsgap` where there is one, else `nobody`.  0 or an errno
 * with a text. */
int dg_rights_find(const char *name, struct dg_user *out, char text[DG_LIVE_TEXT_MAX]);

/**
 * Gives up groups, group, user and all capabilities (also bounding and ambient), and sets
 * no_new_privs.  No core file is written from then on, and only root may look into the process.
 * Without root only capabilities and no_new_privs are left to set; `user` may be NULL then, and
 * another user that nobody asked for is passed over.  It is tried afterwards whether all is
 * gone.
 *
 * 0, and a text when there is something that a person should know (in a user namespace that
 * does not have the user it cannot be changed to), or an errno with a text.  Call it before
 * threads are started.
 */
int dg_rights_drop(const struct dg_user *user, char text[DG_LIVE_TEXT_MAX]);

/* What a sandbox could not do here, for a person to know; "" when it holds whole. */
struct dg_sandbox_state {
	int landlock_abi; /* 0: the system has none */
	bool has_seccomp;
	int folders[DG_SANDBOX_FOLDERS_MAX]; /* the only ones in which files can be made */
	size_t folder_count;
	char missing[DG_LIVE_TEXT_MAX];
};

/**
 * No file can be opened any more, made, named or removed but below these folders, whose
 * descriptors stay the caller's; there only what a report needs.  No TCP connection, no signal
 * to others and no ioctl on a device that is opened later, where the system's landlock knows of
 * them.  0 (also when the system has no landlock, see `missing`) or an errno (EINVAL: more
 * folders than DG_SANDBOX_FOLDERS_MAX).  Only for the calling thread and those it starts
 * afterwards.
 */
int dg_sandbox_files(const int *folders, size_t count, struct dg_sandbox_state *state);

/**
 * No system call is left but those of a running capture: no execve, no socket, no ptrace. Files
 * can only be made anew, in the folders that dg_sandbox_files was told: what exists cannot be
 * opened, landlock or not.  Refused calls fail with EPERM.  Of all threads.  0 (also when the
 * system has no seccomp) or an errno.
 */
int dg_sandbox_calls(struct dg_sandbox_state *state);

#endif

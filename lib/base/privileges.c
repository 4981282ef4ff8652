/* SPDX-License-Identifier: ISC */

/*
 * Dropping root privileges: see privileges.h.
 *
 * Groups are changed before the user, because afterwards the process is not
 * allowed to.  A drop that can be undone counts as failed.
 */

#include "base/privileges.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

bool
privileges_are_root(void)
{
	return geteuid() == 0;
}

int
privileges_user_exists(const char *user)
{
	errno = 0;
	if (getpwnam(user) != NULL)
		return 1;
	switch (errno) {
	case 0:
	case ENOENT:
	case ESRCH:
		return 0;
	default:
		return -1;
	}
}

static const struct passwd *
find_user(const char *user)
{
	const struct passwd *pw;

	errno = 0;
	if ((pw = getpwnam(user)) != NULL)
		return pw;
	if (errno != 0)
		log_warn(M_USER_LOOKUP_FAILED, "cannot look up user %s", user);
	else
		log_warnx(M_USER_UNKNOWN, "user %s: no such user", user);
	return NULL;
}

/*
 * No program that is executed later gets another capability than these, neither
 * by its file nor as an ambient one.  Without the right to limit the bounding
 * set there is none to gain, or PR_SET_NO_NEW_PRIVS keeps it away.
 */
static void
limit_later_programs(uint64_t kept)
{
	unsigned int n;

	for (n = 0; prctl(PR_CAPBSET_READ, n, 0, 0, 0) >= 0; n++) {
		if (n < 64 && (kept & UINT64_C(1) << n) != 0)
			continue;
		(void)prctl(PR_CAPBSET_DROP, n, 0, 0, 0);
		(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, n, 0, 0);
	}
}

int
privileges_drop_but_group(const char *user, gid_t group)
{
	const struct passwd *pw;
	gid_t effective;

	if (!privileges_are_root())
		return 0;
	if ((pw = find_user(user)) == NULL)
		return -1;
	limit_later_programs(0);
	effective = group != (gid_t)-1 ? group : pw->pw_gid;
	if (setgroups(1, &pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, effective, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1) {
		log_warn(M_PRIVILEGES_NOT_DROPPED, "cannot switch to user %s",
		    user);
		return -1;
	}
	if (pw->pw_uid != 0 && setuid(0) != -1) {
		log_warnx(M_PRIVILEGES_NOT_DROPPED,
		    "cannot drop root privileges: user %s: they can be "
		    "regained", user);
		return -1;
	}
	return 0;
}

int
privileges_drop_group(void)
{
	gid_t real, effective, saved;

	if (getresgid(&real, &effective, &saved) == -1 ||
	    setresgid(real, real, real) == -1) {
		log_warn(M_PRIVILEGES_NOT_DROPPED, "cannot drop group %u",
		    (unsigned int)getegid());
		return -1;
	}
	if (geteuid() != 0 && effective != real &&
	    setegid(effective) != -1) {
		log_warnx(M_PRIVILEGES_NOT_DROPPED,
		    "cannot drop group %u: it can be regained",
		    (unsigned int)effective);
		return -1;
	}
	return 0;
}

int
privileges_drop(const char *user)
{
	return privileges_drop_but_group(user, (gid_t)-1);
}

/* A process that has no others asks for nothing: a filter may refuse it. */
static int
limit_capabilities(uint64_t kept)
{
	struct __user_cap_data_struct old[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_data_struct new[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	unsigned int i;

	limit_later_programs(kept);
	memset(old, 0, sizeof(old));
	if (syscall(SYS_capget, &header, old) == -1)
		return -1;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		new[i].permitted = old[i].permitted &
		    (uint32_t)(kept >> 32 * i);
		new[i].effective = old[i].effective & new[i].permitted;
		/* Without it, an ambient one would be lost. */
		new[i].inheritable = old[i].inheritable & new[i].permitted;
	}
	if (memcmp(old, new, sizeof(old)) == 0)
		return 0;
	return (int)syscall(SYS_capset, &header, new);
}

int
privileges_lock_but(uint64_t capabilities)
{
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1) {
		log_warn(M_LOCKDOWN_FAILED, "cannot disable core dumps");
		return -1;
	}
	if (limit_capabilities(capabilities) == -1) {
		log_warn(M_LOCKDOWN_FAILED, "cannot drop capabilities");
		return -1;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		log_warn(M_LOCKDOWN_FAILED, "cannot set no_new_privs");
		return -1;
	}
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1) {
		log_warn(M_LOCKDOWN_FAILED, "cannot disable tracing");
		return -1;
	}
	return 0;
}

int
privileges_lock(void)
{
	return privileges_lock_but(0);
}

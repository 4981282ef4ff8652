/* SPDX-License-Identifier: ISC */

/*
 * Asking before a state is written, a domain archived, or a private key
 * destroyed: see master.h.
 *
 * A store is one of a fleet if it has the file .fleet/marks, which is made when
 * the host enters it, or .fleet/members, which is made just before.  Without
 * the marks nothing is changed until the host has entered again: alone, it
 * would revoke keys that other hosts sign with.
 */

#include "store/master.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>

#include "store/fleet_file.h"
#include "store/private.h"

#define MARKS	KS_FLEET_FOLDER "/marks"
#define MEMBERS	KS_FLEET_FOLDER "/members"

void
ks_set_master(struct keystore *ks, const struct ks_master *master)
{
	ks->master = master;
}

int64_t
ks_lock_term(const struct ks_lock *lock)
{
	return lock == NULL ? 0 : lock->term;
}

void
ks_set_mirror(struct keystore *ks)
{
	ks->is_mirror = true;
}

/* What cannot be examined may be there: its folder may be unreadable. */
static bool
has_file(const struct keystore *ks, const char *path)
{
	struct stat st;

	return ks->fd != -1 && (fstatat(ks->fd, path, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT);
}

bool
ks_is_in_fleet(const struct keystore *ks)
{
	return has_file(ks, MARKS) || has_file(ks, MEMBERS);
}

const char *
ks_fleet_absence(const struct keystore *ks)
{
	return has_file(ks, MEMBERS) ? "this host has lost .fleet/marks, or "
	    "has not finished entering a fleet: run 'countersign-key fleet "
	    "init' with --members and --change, as 'countersign-key fleet "
	    "list' prints them on another host" :
	    "this host is in no fleet yet: run 'countersign-key fleet init'";
}

/* Whether this process may write without asking. */
static int
check_alone(struct ks_lock *lock, struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = -1
	};

	if (lock->ks->is_mirror || !ks_is_in_fleet(lock->ks))
		return 0;
	return place_fail(&place, error, KS_E_ARG, "the key directory belongs "
	    "to a fleet, and is changed only through its database: use the "
	    "configuration that has the section fleet, or, if this host has "
	    "left the fleet, remove %s/" KS_FLEET_FOLDER, lock->ks->path);
}

int
store_ask_write(struct ks_lock *lock, const struct ks_state *state,
    struct ks_error *error)
{
	const struct ks_master *master = lock->ks->master;
	struct ks_error ignored;

	if (master == NULL)
		return check_alone(lock, error);
	return master->write(master->context, lock->term, state,
	    error == NULL ? &ignored : error);
}

int
store_ask_end(struct ks_lock *lock, struct ks_error *error)
{
	const struct ks_master *master = lock->ks->master;
	struct ks_error ignored;

	if (master == NULL)
		return check_alone(lock, error);
	return master->end(master->context, lock->term, lock->domain,
	    error == NULL ? &ignored : error);
}

int
store_ask_destroy(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	const struct ks_master *master = lock->ks->master;
	struct ks_error ignored;

	if (master == NULL)
		return check_alone(lock, error);
	return master->destroy(master->context, lock->term, lock->domain,
	    selector, error == NULL ? &ignored : error);
}

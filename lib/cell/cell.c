/* SPDX-License-Identifier: ISC */

/*
 * The way into a cell: see cell.h.
 *
 * Landlock comes before seccomp, because its calls are in no table.  Both bind
 * the calling thread and those that it starts later: another thread would
 * remain outside, which is why the caller must not have one yet.
 *
 * Fails if the kernel refuses what it has, or if a path of the cell is missing.
 * If memory runs out, libseccomp may call abort(3) instead of failing.  That is
 * no worse than another failed start: the process does not serve yet, and the
 * master, or systemd, starts it again.
 */

#include "cell/cell.h"

#include "base/log.h"
#include "base/privileges.h"
#include "cell/private.h"

static int
set_limits(const struct cell *cell)
{
	struct rlimit limit;
	size_t i;

	for (i = 0; i < cell->nlimits; i++) {
		if (getrlimit(cell->limits[i].resource, &limit) == -1)
			goto fail;
		if (limit.rlim_max > cell->limits[i].value)
			limit.rlim_max = cell->limits[i].value;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(cell->limits[i].resource, &limit) == -1)
			goto fail;
	}
	return 0;
fail:
	log_warn(M_LOCKDOWN_FAILED, "cannot set limit %d",
	    (int)cell->limits[i].resource);
	return -1;
}

static void
log_lacks(const char *landlock, const char *filter)
{
	if (landlock[0] == '\0' && filter[0] == '\0')
		return;
	log_info(M_CELL_INCOMPLETE, "this machine cannot confine the process "
	    "completely: %s%s%s", landlock,
	    landlock[0] != '\0' && filter[0] != '\0' ? "; " : "", filter);
}

int
cell_enter(const struct cell *cell)
{
	char landlock[CELL_LACK_SIZE], filter[CELL_LACK_SIZE];

	landlock[0] = '\0';
	if (privileges_lock_but(cell->capabilities) == -1 ||
	    set_limits(cell) == -1 ||
	    (!cell->is_open && landlock_enter(cell, landlock) == -1) ||
	    filter_enter(cell, filter) == -1)
		return -1;
	log_lacks(landlock, filter);
	return 0;
}

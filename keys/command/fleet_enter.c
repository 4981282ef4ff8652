/* SPDX-License-Identifier: ISC */

/*
 * "fleet enter": enter the domains that were in the key store of this host
 * before it entered the fleet, and of which the database has no rows.
 *
 * To write a state is to write it to the database first, so each state is
 * written as it is.  A domain that the fleet has is not changed, whichever host
 * entered it; killed at any moment, the same command goes on.
 */

#include "command/fleet_enter.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "command/domain_list.h"
#include "command/lease.h"
#include "store/fleet_file.h"
#include "store/master.h"
#include "store/wait.h"

/* Whether the mirror has rows of the domain; -1 on failure. */
static int
is_known(const struct tool *tool, const char *domain, struct ks_error *error)
{
	char *text;
	size_t len;
	int r;

	r = ks_fleet_read_rows(tool->ks, domain, &text, &len, error);
	if (r == 0)
		ks_fleet_free(text, len);
	return r == 0 ? 1 : r == KS_E_NOKEY ? 0 : -1;
}

/* Write the state of a domain as it is.  Returns 0 or KS_E_*. */
static int
write_domain(const struct tool *tool, const char *domain, size_t *nkeys,
    struct ks_error *error)
{
	struct ks_state state;
	struct ks_lock *lock;
	int r;

	if ((r = lease_begin(tool, NULL, NULL, error)) != 0 ||
	    (r = ks_lock_wait(tool->ks, domain, false, tool->wait_s, &lock,
	    error)) != 0)
		return r;
	if ((r = ks_state_read(tool->ks, domain, &state, error)) == 0 &&
	    (r = ks_recover(lock, &state, tool->clock(), error)) == 0)
		r = ks_state_write(lock, &state, error);
	*nkeys = state.nkeys;
	ks_state_finish(&state);
	ks_unlock(lock);
	return r;
}

static int
enter_domain(const struct tool *tool, const char *domain, size_t *ndone)
{
	struct ks_error error;
	size_t nkeys;
	int known;

	if ((known = is_known(tool, domain, &error)) == 1)
		return TOOL_DONE;
	if (known == -1 || write_domain(tool, domain, &nkeys, &error) != 0) {
		warnx("%s: %s", domain, error.text);
		return TOOL_FAILED;
	}
	(void)printf("%s: %zu key%s\n", domain, nkeys, nkeys == 1 ? "" : "s");
	(*ndone)++;
	return TOOL_DONE;
}

static int
enter_all(struct tool *tool)
{
	struct domain_list list;
	struct ks_error error;
	size_t i, ndone = 0;
	int status;

	if (lease_begin(tool, NULL, NULL, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	status = domain_list_init(&list, tool, 0, NULL);
	for (i = 0; i < list.n; i++)
		if (enter_domain(tool, list.names[i], &ndone) != TOOL_DONE)
			status = TOOL_FAILED;
	(void)printf("%zu domain%s entered\n", ndone, ndone == 1 ? "" : "s");
	domain_list_finish(&list);
	return status;
}

int
fleet_enter(struct tool *tool)
{
	int status;

	if (!lease_attach(tool))
		return TOOL_FAILED;
	if (tool->lease == NULL) {
		warnx("fleet enter: %s", ks_fleet_absence(tool->ks));
		return TOOL_NOT_YET;
	}
	status = enter_all(tool);
	lease_detach(tool);
	return status;
}

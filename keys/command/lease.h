/* SPDX-License-Identifier: ISC */

/*
 * Changing the keys of a fleet: under its lease, and through its database,
 * which countersign-fleet(8) is asked for.
 *
 * On a host that is in no fleet, all of this does nothing.  On one that is, a
 * state is written only after the database took it, and a change of DNS begins
 * only under the lease, whichever command makes it.  The lease is taken before
 * a domain is locked; if it is lost after that, that domain is not changed.
 */

#ifndef COMMAND_LEASE_H
#define COMMAND_LEASE_H

#include "command/tool.h"

struct rotation_run;

/*
 * Ask the database before the key store is written.  Prints an error and
 * returns false if that is not possible.
 */
bool	lease_attach(struct tool *tool);

/* Give the lease back, if it was taken, and free all. */
void	lease_detach(struct tool *tool);

/* Let the steps of a run note their changes of DNS. */
void	lease_use(const struct tool *tool, struct rotation_run *run);

enum lease_end {
	LEASE_TAKEN,		/* or not needed */
	LEASE_HELD,		/* by another host, which was printed */
	LEASE_FAILED		/* printed */
};

/*
 * Take it now, and wait until changes of DNS of earlier holders have ended;
 * then look how those ended that were not noted.
 */
enum lease_end lease_take(const struct tool *tool, struct rotation_run *run);

/*
 * Take it now, before a domain is opened, so that the mirror has brought all
 * that there is.  Waits for seconds only.  Without a run, changes of DNS of
 * earlier holders are not looked for; otherwise those in that domain are.
 * Returns 0 or KS_E_*.
 */
int	lease_begin(const struct tool *tool, struct rotation_run *run,
	    const char *domain, struct ks_error *error);

/*
 * Take it if no other host has it and the database can be reached; true also on
 * a host that is in no fleet.  Otherwise prints why not.
 */
bool	lease_try(const struct tool *tool);

/* Whether a change of DNS did not begin, because it could not be noted. */
bool	lease_was_refused(const struct tool *tool);

/* Called now and then by a long run: it loses the lease if it is stopped. */
void	lease_keep(const struct tool *tool);

#endif /* COMMAND_LEASE_H */

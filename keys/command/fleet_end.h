/* SPDX-License-Identifier: ISC */

/*
 * Ending the keys that DNS shows as revoked, and using again those that it
 * shows again: by countersign-fleet, or without it (fleet_here.h).
 */

#ifndef FLEET_END_H
#define FLEET_END_H

#include "command/tool.h"
#include "kept/pending.h"

struct talk;

/* Zeroed but for the first: nothing was found. */
struct fleet_end {
	struct tool		*tool;		/* borrowed */
	struct talk		*talk;	/* NULL: the daemon does not run */
	struct fleet_pending	 ended, shown;	/* found, and not told yet */
	struct fleet_pending_file pending;	/* without the daemon */
	int64_t			 asked_ms;	/* fleet_end_ask_status() */
	int64_t			 done_ms;	/* fleet_end_all() */
	bool			 is_away;	/* the database */
	bool			 is_stuck;	/* nobody can end keys now */
	int			 status;	/* an enum tool_exit */
};

void	fleet_end_finish(struct fleet_end *end);

/* Print why something failed, which the exit status then says. */
void	fleet_end_fail(struct fleet_end *end, const char *text);

/*
 * Learn whether the daemon runs, and has a database.  Returns 0, KS_E_NOKEY if
 * it does not run, or another KS_E_*.
 */
int	fleet_end_ask_status(struct fleet_end *end, struct ks_error *error);

/* A key is to end, or is used again: print that, with the evidence. */
void	fleet_end_find(struct fleet_end *end, bool is_shown,
	    const char *domain, const char *selector, const char *evidence);

/* Tell the daemon what was found.  Returns 0, or KS_E_* if it does not hear. */
int	fleet_end_tell(struct fleet_end *end, struct ks_error *error);

/*
 * End what was found, and use again what is shown, be there a daemon or not.
 * If that failed, is_stuck is set, and what to do was printed.
 */
void	fleet_end_all(struct fleet_end *end);

#endif /* FLEET_END_H */

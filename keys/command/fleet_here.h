/* SPDX-License-Identifier: ISC */

/*
 * What countersign-fleet does at once, on a host on which it does not run: keep
 * which keys must not sign here, and end these keys.
 */

#ifndef FLEET_HERE_H
#define FLEET_HERE_H

#include "command/tool.h"
#include "kept/pending.h"
#include "life/key_change.h"

/* What to do if countersign-fleet hangs; after why nothing could be written. */
#define FLEET_HERE_STOP	"if it goes on, stop countersign-fleet"

/* From now on, states are written here without asking the database. */
void	fleet_here_begin(struct tool *tool);

/*
 * Add keys to those that are pending, and take out those of gone that are no
 * marks; either may be NULL.  Returns 0, KS_E_LOCKED if countersign-fleet runs,
 * or another KS_E_*; then nothing was changed.
 */
int	fleet_here_keep(struct keystore *ks, const struct fleet_pending *more,
	    const struct fleet_pending *gone, struct ks_error *error);

/*
 * Change the state of a domain, which is locked, as the keys say that are
 * pending, if countersign-fleet has not done it.  Returns 0 or KS_E_*.
 *
 * pending      read here, if it is not what is on disk
 */
int	fleet_here_take(struct key_change *change,
	    struct fleet_pending_file *pending, struct ks_error *error);

/*
 * Make the state of a domain, which is locked, again as its rows say, and the
 * keys that are pending without those of gone that are no marks.  To be called
 * before gone is taken out there.  As fleet_here_take().
 */
int	fleet_here_take_back(struct key_change *change,
	    struct fleet_pending_file *pending,
	    const struct fleet_pending *gone, struct ks_error *error);

/* Whether this host was expelled, as far as its own member list says. */
bool	fleet_here_is_expelled(const struct tool *tool);

/* Whether the rows that this host took have that key.  Returns 0 or KS_E_*. */
int	fleet_here_has_row(struct keystore *ks, const char *domain,
	    const char *selector, bool *has, struct ks_error *error);

#endif /* FLEET_HERE_H */

/* SPDX-License-Identifier: ISC */

/*
 * Many new domains at once: a stage is a key store of its own, in
 *
 *	keydir/.fleet/incoming
 *
 * where nothing is synced.  When its domains are complete, one syncfs(2) brings
 * all of them to the disk, and then their folders are moved into the key
 * directory.  So a domain appears there only when it is complete and on disk,
 * as if each of its files had been synced, which takes 14 times for a domain.
 * Domains that exist in the key directory cannot be changed in this way.
 *
 * What a killed process leaves in the stage is removed when it is opened again.
 * One process at a time has it.
 */

#ifndef STAGE_H
#define STAGE_H

#include "store/keystore.h"

/*
 * Make and empty the folder, and open it; ks_close() closes it.  It borrows
 * what ks borrows, such as its sealer.  Returns 0 or KS_E_*.
 */
int	ks_stage_open(struct keystore *ks, struct keystore **stage,
	    struct ks_error *error);

/*
 * Whether the key directory has nothing of that name (normalized), so that the
 * domain can be made in the stage.
 */
bool	ks_stage_takes(const struct keystore *ks, const char *domain);

/*
 * Sync all domains of the stage and move them into ks, waiting up to wait_s for
 * its lock.  When this returns 0, they are there, and survive a power failure.
 * Returns KS_E_LOCKED if one of them exists there now, or keys are to be sealed
 * since the stage was opened: repeat with a new stage; KS_E_SYSTEM.  After an
 * error some of them may have been moved.
 */
int	ks_stage_commit(struct keystore *ks, struct keystore *stage,
	    unsigned int wait_s, struct ks_error *error);

#endif /* STAGE_H */

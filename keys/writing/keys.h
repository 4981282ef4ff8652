/* SPDX-License-Identifier: ISC */

/*
 * Room keys/writing: the lease, and the rows that this host writes to the
 * database; DESIGN is keys/fleet/DESIGN.
 *
 * Writing keys: what the holder of the lease changes in the database (DESIGN,
 * section 8).
 *
 * A client that holds the lock of a domain is about to replace its state.  Each
 * key that differs from the row that this host has becomes a new row, signed by
 * this host, and all of them are written at once, or none.  Then they are kept
 * here, in the name of the client, who has the lock; the state is the client's
 * to write.  If one of the two processes is killed, the mirror completes it.
 */

#ifndef WRITING_KEYS_H
#define WRITING_KEYS_H

#include "mirror/mirror.h"
#include "writing/lease.h"

struct fleet_writer {
	struct fleet_mirror		*mirror;
	struct fleet_db			*db;
	const struct fleet_lease	*lease;		/* held */
};

/*
 * Write what differs in these lines of a state, each with its newline.  *change
 * is the fleet's change number after it.  Returns 0; KS_E_EXISTS if it is
 * refused: the domain is not here as the database has it, or a rule is broken;
 * KS_E_SYSTEM if the database is away, and whether it took effect is not known;
 * or another KS_E_*.
 */
int	fleet_write_state(const struct fleet_writer *writer,
	    const char *domain, const char *lines, size_t len,
	    int64_t *change, struct ks_error *error);

/*
 * Write that the private key of a removed key is destroyed: from then on, its
 * row has none, and the other hosts destroy theirs.  As fleet_write_state().
 */
int	fleet_write_destroyed(const struct fleet_writer *writer,
	    const char *domain, const char *selector, int64_t *change,
	    struct ks_error *error);

/* Write that all keys of a domain are removed.  As fleet_write_state(). */
int	fleet_write_gone(const struct fleet_writer *writer,
	    const char *domain, int64_t *change, struct ks_error *error);

/*
 * Whether this host has all rows of a domain, and no change of DNS of an
 * earlier holder may be under way in it: else KS_E_EXISTS, or another KS_E_*.
 */
int	fleet_write_check(const struct fleet_writer *writer,
	    const char *domain, struct ks_error *error);

#endif /* WRITING_KEYS_H */

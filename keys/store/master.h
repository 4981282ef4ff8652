/* SPDX-License-Identifier: ISC */

/*
 * A store whose truth is elsewhere: that of a host in a fleet.
 *
 * The database decides what the keys are, so whoever writes a state asks first,
 * and writes it only if the database took it.  A process that cannot ask does
 * not write such a store at all; only the mirror does, which brings what was
 * decided.
 */

#ifndef MASTER_H
#define MASTER_H

#include "store/keystore.h"

struct ks_master {
	/*
	 * A domain was locked: the term in which that was, a number.  What is
	 * decided from then on is asked for in that term.
	 */
	int64_t	(*term)(void *context);
	/*
	 * A state is about to replace the one on disk; the caller holds the
	 * domain's lock.  Returns 0 if it was accepted, or KS_E_*.
	 */
	int	(*write)(void *context, int64_t term,
		    const struct ks_state *state, struct ks_error *error);
	/* A domain is about to be archived. */
	int	(*end)(void *context, int64_t term, const char *domain,
		    struct ks_error *error);
	/* The private key of a removed key is about to be destroyed. */
	int	(*destroy)(void *context, int64_t term, const char *domain,
		    const char *selector, struct ks_error *error);
	void	*context;
};

/* Ask that one from now on; it is borrowed. */
void	ks_set_master(struct keystore *ks, const struct ks_master *master);

/* The term in which a domain was locked; 0: there is no master, or no lock. */
int64_t	ks_lock_term(const struct ks_lock *lock);

/* From now on this process writes what was decided, and asks nobody. */
void	ks_set_mirror(struct keystore *ks);

/*
 * Whether the store belongs to a fleet: also if the host has lost what it
 * remembers of that, since others sign with the same keys.
 */
bool	ks_is_in_fleet(const struct keystore *ks);

/* Why a host whose countersign-fleet is in no fleet is not, for people. */
const char *ks_fleet_absence(const struct keystore *ks);

/*
 * Use the lock of a domain that another process has, and lends for as long as
 * it waits for this one.  ks_unlock() ends it.  Returns 0 or KS_E_*.
 */
int	ks_lock_lent(struct keystore *ks, const char *domain,
	    struct ks_lock **lock, struct ks_error *error);

#endif /* MASTER_H */

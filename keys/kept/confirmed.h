/* SPDX-License-Identifier: ISC */

/*
 * What the hosts of the fleet have confirmed, as this host believes it.
 *
 * The newest of each host that was seen, and the last of this host, is on disk:
 * in keydir/.fleet/confirmed, a line "host NAME CHANGE AT" for each, sorted by
 * name, after the first line "countersign-fleet-confirmed 1".  So a
 * confirmation that somebody puts back, from before a key could not be used any
 * more, is noticed.  The exceptions are in memory only, and come again with the
 * next look at the database.
 */

#ifndef KEPT_CONFIRMED_H
#define KEPT_CONFIRMED_H

#include "signed/report.h"

struct fleet_confirmed_host {
	char			 name[FLEET_NAME_SIZE];
	int64_t			 change, at;	/* of the newest seen */
	bool			 is_current;	/* the database has it */
	int64_t			 members;
	char			 rows[FLEET_HEX_SIZE];
	struct fleet_exceptions	 exceptions;
};

/* Zeroed: nobody has confirmed anything. */
struct fleet_confirmed {
	struct fleet_confirmed_host	*hosts;		/* sorted by name */
	size_t				 nhosts;
	bool				 has_changed;
};

/* Read the file; nothing if there is none.  Returns 0 or KS_E_*. */
int	fleet_confirmed_read(struct keystore *ks,
	    struct fleet_confirmed *confirmed, struct ks_error *error);

/* Write the file, if anything has changed.  Returns 0 or KS_E_*. */
int	fleet_confirmed_write(struct keystore *ks,
	    struct fleet_confirmed *confirmed, struct ks_error *error);
void	fleet_confirmed_finish(struct fleet_confirmed *confirmed);

/* Nobody's confirmation is current, until it is taken again. */
void	fleet_confirmed_begin(struct fleet_confirmed *confirmed);

/*
 * Verify one, and put it in place of the one of its host.  Returns 0,
 * KS_E_NOMEM, KS_E_DAMAGED if it is not believed, or KS_E_EXISTS if a newer one
 * was seen here.
 */
int	fleet_confirmed_take(struct fleet_confirmed *confirmed,
	    const struct fleet_members *members,
	    const struct fleet_found_confirmation *found,
	    struct ks_error *error);

/*
 * Note what this host is about to confirm, at that second, or, so that it is
 * newer than the one before, a later one: *at.  Returns 0 or KS_E_NOMEM.
 */
int	fleet_confirmed_note(struct fleet_confirmed *confirmed,
	    const char *self, int64_t change, int64_t *at);

/* What is known of a host, or NULL. */
const struct fleet_confirmed_host *fleet_confirmed_find(
	    const struct fleet_confirmed *confirmed, const char *name);

/*
 * Whether a host has a key as the row of that number says: it has confirmed
 * that number or a higher one, without an exception.
 */
bool	fleet_confirmed_has(const struct fleet_confirmed *confirmed,
	    const char *name, const char *domain, const char *selector,
	    int64_t change);

/*
 * An admitted host, but self, that confirms the same number without exceptions,
 * and has other rows; NULL: none.
 */
const struct fleet_confirmed_host *fleet_confirmed_differing(
	    const struct fleet_confirmed *confirmed,
	    const struct fleet_members *members,
	    const struct fleet_confirmation *self);

/* The admitted host, but self, that has confirmed the highest number. */
const struct fleet_confirmed_host *fleet_confirmed_highest(
	    const struct fleet_confirmed *confirmed,
	    const struct fleet_members *members, const char *self);

/* The admitted host, but self, that confirms with the newest member list. */
const struct fleet_confirmed_host *fleet_confirmed_newest(
	    const struct fleet_confirmed *confirmed,
	    const struct fleet_members *members, const char *self);

#endif /* KEPT_CONFIRMED_H */

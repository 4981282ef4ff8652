/* SPDX-License-Identifier: ISC */

/*
 * The mirror: what the database has, in the key store of this host (DESIGN,
 * section 7).
 *
 * Rows with numbers above the cursor are read in pages; their domains are read
 * whole, in one snapshot, and taken one after the other.  Memory holds one page
 * and its domains, and one blob; no transaction is open while the store is
 * written.  The cursor moves only over rows that are believed, so one that is
 * not hides nothing; it is read again at each poll.
 */

#ifndef FLEET_MIRROR_H
#define FLEET_MIRROR_H

#include "fleet/database.h"
#include "fleet/marks.h"
#include "fleet/take.h"

#define FLEET_PAGE	200	/* rows; see page */
#define FLEET_MAX_BAD_PAGES 50	/* without a row that is believed */

struct fleet_mirror {
	struct fleet_db		*db;
	struct fleet_members	*list;		/* in force */
	/* fetch, context and members are set by the mirror. */
	struct fleet_taker	 taker;
	struct fleet_marks	 marks;
	size_t			 page;		/* rows at once, 1 to 1000 */
	int64_t			 now_ms;	/* of the database, at a poll */
	int64_t			 lease_token;
	int64_t			 members;	/* newest version there */
};

struct fleet_polled {
	size_t	ndomains;	/* looked at */
	size_t	nchanged;
	size_t	nrefused;	/* rows and keys */
};

/*
 * Look at what is new.  Returns 0; KS_E_SYSTEM if the database is away, or the
 * store cannot be written: what was taken stays, and the next poll goes on;
 * KS_E_EXISTS if the database is an older one, or that of another fleet:
 * nothing was taken; or another KS_E_*.
 */
int	fleet_mirror_poll(struct fleet_mirror *mirror, const char *version,
	    int64_t clock_ms, struct fleet_polled *polled,
	    struct ks_error *error);

/*
 * Read the member list of this host, with all versions.  anchor is the digest
 * of one, as a person told it, or NULL.  KS_E_NOKEY: there is none.
 */
int	fleet_mirror_load_members(struct keystore *ks,
	    struct fleet_members *members, const char *anchor,
	    struct ks_error *error);

/* Put new versions in force; a poll begins with it.  Returns 0 or KS_E_*. */
int	fleet_mirror_members(struct fleet_mirror *mirror,
	    struct ks_error *error);

/*
 * Compare all rows with all that is here, and take again what differs.  Polling
 * goes first: it compares the marks.  Returns as fleet_mirror_poll().
 */
int	fleet_mirror_sweep(struct fleet_mirror *mirror,
	    struct fleet_polled *polled, struct ks_error *error);

/* Read one domain from the database, and take it.  Returns 0 or KS_E_*. */
int	fleet_mirror_take(struct fleet_mirror *mirror, const char *domain,
	    struct fleet_polled *polled, struct ks_error *error);

#endif /* FLEET_MIRROR_H */

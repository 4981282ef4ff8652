/* SPDX-License-Identifier: ISC */

/*
 * The lease: who may change DNS and keys (DESIGN, section 8).
 *
 * The database gives it out, with a token that rises, and refuses what comes
 * with an older one.  DNS cannot do that, so the holder looks at its own
 * monotonic clock before it begins a change: enough time must be left for the
 * longest one.  Each change is noted before it begins, with the time that it
 * may take, so whoever takes the lease next waits for those alone of which
 * nobody noted how they ended: that time, beyond the end of the lease; or from
 * when the host of the holder saw that it lives no more.
 */

#ifndef WRITING_LEASE_H
#define WRITING_LEASE_H

#include "database/connection.h"

#define FLEET_LEASE_S	600
/* Of the lease that must be left when a change of DNS begins: the longest one,
 * a hook; an update cannot be taken later, since its TSIG is out of date. */
#define FLEET_GRACE_MS	310000
/* How long a change may go on of which a database has lost all. */
#define FLEET_HOLD_S	(FLEET_LEASE_S + FLEET_GRACE_MS / 1000)

/* What helps against times that no host has noted there. */
#define FLEET_LEASE_ADVICE "see Times of the lease in countersign-fleet(8)"

/* Zeroed: not held. */
struct fleet_lease {
	int64_t	token;
	int64_t	until_ms;	/* of monotonic_ms(): never later than there */
	int64_t	quiet_ms;	/* changes of earlier holders have ended */
	bool	is_far;		/* quiet_ms is later than any change takes */
	char	holder[65];	/* who has it, if this host does not */
	bool	is_held;
};

/*
 * Take the lease, or renew it if a tenth of it is over.  FLEET_DB_DONE also if
 * another host has it, unless for a time that no host takes.  After anything
 * but that, it is not held.  A lease that ended is taken again, with another
 * token: what was decided before may not hold any more.
 */
enum fleet_db_result fleet_lease_hold(struct fleet_lease *lease,
	    struct fleet_db *db, unsigned int seconds,
	    struct fleet_db_error *error);

/*
 * Renew the lease, or do so if a tenth of it is over, but never take it again:
 * one that has ended is not held then, with FLEET_DB_DONE, nor is it after
 * anything but that.
 */
enum fleet_db_result fleet_lease_renew(struct fleet_lease *lease,
	    struct fleet_db *db, unsigned int seconds,
	    struct fleet_db_error *error);
enum fleet_db_result fleet_lease_keep(struct fleet_lease *lease,
	    struct fleet_db *db, unsigned int seconds,
	    struct fleet_db_error *error);

/*
 * Milliseconds for which a change of DNS may not begin yet; 0: it may; -1: the
 * lease is not held for longer than grace_ms, which is FLEET_GRACE_MS but in
 * tests.
 */
int64_t	fleet_lease_wait(const struct fleet_lease *lease, int64_t grace_ms);

/* Give it back.  It is not held then, whatever the result. */
enum fleet_db_result fleet_lease_release(struct fleet_lease *lease,
	    struct fleet_db *db, struct fleet_db_error *error);

/*
 * The same, while changes may be under way, of a command that has ended: no
 * more begin, and these take their time at most from now on.
 */
enum fleet_db_result fleet_lease_abandon(struct fleet_lease *lease,
	    struct fleet_db *db, struct fleet_db_error *error);

/*
 * Note a change of DNS that is about to begin, and how it ended: done,
 * unchanged, later, conflict or failed.  was and wanted are TXT values, or NULL
 * for no record.
 */
struct fleet_intent {
	int64_t		 id;		/* of one that was found */
	const char	*domain, *selector, *record, *was, *wanted;
	int64_t		 span_ms;	/* it may take, once it has begun */
};
enum fleet_db_result fleet_intent_begin(const struct fleet_lease *lease,
	    struct fleet_db *db, const struct fleet_intent *intent,
	    int64_t *id, struct fleet_db_error *error);
enum fleet_db_result fleet_intent_end(const struct fleet_lease *lease,
	    struct fleet_db *db, int64_t id, const char *outcome,
	    struct fleet_db_error *error);

/*
 * Call each for the intents of earlier holders that have not ended.  If it
 * returns true, the change was settled: DNS shows either what was, or what was
 * wanted, at every server.
 */
enum fleet_db_result fleet_intents_settle(const struct fleet_lease *lease,
	    struct fleet_db *db,
	    bool (*each)(void *context, const struct fleet_intent *intent),
	    void *context, size_t *nopen, struct fleet_db_error *error);

#endif /* WRITING_LEASE_H */

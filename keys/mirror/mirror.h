/* SPDX-License-Identifier: ISC */

/*
 * Room keys/mirror: the fleet's database, taken into the key store of this
 * host; DESIGN is keys/fleet/DESIGN.
 *
 * The mirror: what the database has, in the key store of this host (DESIGN,
 * section 7).
 *
 * Rows with numbers above the cursor are read in pages; their domains are read
 * whole, in one snapshot, and taken one after the other.  Memory holds one page
 * and its domains, and one blob; no transaction is open while the store is
 * written.  The cursor moves only over rows that are believed, so one that is
 * not hides nothing; it is read again at each poll.
 */

#ifndef MIRROR_H
#define MIRROR_H

#include "database/connection.h"
#include "epochs/file.h"
#include "epochs/hostkeys.h"
#include "kept/confirmed.h"
#include "kept/marks.h"
#include "kept/used.h"
#include "mirror/reported.h"
#include "mirror/take.h"

#define FLEET_PAGE	200	/* rows; see page */
#define FLEET_MAX_BAD_PAGES 50	/* without a row that is believed */
#define FLEET_MAX_RETRIES 500	/* domains with exceptions, at once */
/* Polls, behind what another host has, or with other rows. */
#define FLEET_MAX_BEHIND 3
#define FLEET_CLOCK_MS	60000	/* that a clock may be off */

struct fleet_mirror {
	struct fleet_db		*db;
	struct fleet_members	*list;		/* in force */
	/*
	 * fetch, context, members and exceptions are set by the mirror; and
	 * open_blob, if it is NULL.
	 */
	struct fleet_taker	 taker;
	/* This host; without keys, it opens no blobs and confirms nothing. */
	const char		*host;
	const struct fleet_hostkeys *keys;
	struct fleet_epochs	 epochs;
	struct fleet_exceptions	 exceptions;	/* of this host */
	struct fleet_pending	 pending;	/* what rows do not say yet */
	struct fleet_confirmed	 confirmed;	/* by the others */
	struct fleet_confirmation sent;		/* the last one */
	unsigned char		 sent_signature[FLEET_SIGNATURE];
	struct fleet_reported	 reported;	/* last uses, of this host */
	unsigned int		 sent_by;	/* fleet_db_connection() */
	unsigned int		 nbehind;	/* polls */
	unsigned int		 nunlisted;
	bool			 has_locked;	/* a domain, in this look */
	bool			 has_retried;	/* all exceptions, in it */
	bool			 is_held_up;	/* marks, by a lock there */
	bool			 is_unkept;	/* the list, on disk */
	unsigned int		 ndiffering;
	int64_t			 clock_off_ms;	/* at a poll; 0: not off */
	struct fleet_marks	 marks;
	struct fleet_used	 used;		/* for people */
	size_t			 page;		/* rows at once, 1 to 1000 */
	/* Called between pages, with taker.context; or NULL. */
	void			(*between)(void *context);
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
 * What a poll begins with: connect, and compare what the database says of
 * itself with the marks.  Returns as fleet_mirror_poll().
 */
int	fleet_mirror_hello(struct fleet_mirror *mirror, const char *version,
	    int64_t clock_ms, struct ks_error *error);

/*
 * The fleet's change number as the database has it: this host may write the
 * next ones.  Returns 0; KS_E_EXISTS if it is lower than what this host has
 * seen, or so much higher that no host can have come there; or another KS_E_*.
 */
#define FLEET_MAX_AHEAD	1000000
int	fleet_mirror_number(struct fleet_mirror *mirror, int64_t *change,
	    struct ks_error *error);

/*
 * The fleet has come to that change number: this host has a row of it, or the
 * database has said that it took one.  It counts for what is compared next,
 * even if it cannot be kept on disk.  Returns 0 or KS_E_*.
 */
int	fleet_mirror_raise(struct fleet_mirror *mirror, int64_t change,
	    struct ks_error *error);

/*
 * Whether the database has the key of an epoch for an admitted host, signed by
 * one; rows that are not signed so are told by alarm().  Returns as
 * fleet_mirror_poll().
 */
int	fleet_mirror_finds_epoch(struct fleet_mirror *mirror,
	    unsigned int epoch, bool *is_there, struct ks_error *error);

/*
 * Compare the clock of the database with that of this host, as a poll does.
 * Returns 0; KS_E_EXISTS if they differ by more than FLEET_CLOCK_MS; or another
 * KS_E_*.
 */
int	fleet_mirror_clock(struct fleet_mirror *mirror,
	    struct ks_error *error);

/*
 * Whether this host does not have the key of the newest epoch, or of one that
 * an admitted host has.  A key that was given only to hosts that were expelled
 * is lost, and lacks nowhere.  Returns as fleet_mirror_poll().
 */
int	fleet_mirror_lacks_epoch(struct fleet_mirror *mirror, bool *is_lacking,
	    struct ks_error *error);

#define FLEET_NOT_ADMITTED "this host is not admitted itself: run " \
	"'countersign-key fleet admit' on a host of the fleet, or, if it was " \
	"expelled, see Another name in countersign-fleet(8)"
#define FLEET_ROLE_ADVICE "connect as the role of this name, which " \
	"countersign.add_host() makes"

/* Set what the taker borrows; a poll does it, too. */
void	fleet_mirror_prepare(struct fleet_mirror *mirror);

/*
 * The names of the admitted hosts as an array of PostgreSQL, which the caller
 * frees: with changing, as they are when that host has been admitted, or
 * expelled if it is in the list.  NULL: out of memory.
 */
char	*fleet_admitted_names(const struct fleet_members *members,
	    const char *changing);

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
 * Whether this host is in no member list yet: then it takes members, and no
 * rows, whose keys it could not open.
 */
bool	fleet_mirror_is_waiting(const struct fleet_mirror *mirror);

/*
 * Whether it has the key of the list's epoch.  Without it, it takes one page a
 * poll, so that not every key becomes an exception.
 */
bool	fleet_mirror_has_epoch(const struct fleet_mirror *mirror);

/*
 * Compare all rows with all that is here, and take again what differs.  Polling
 * goes first: it compares the marks.  Returns as fleet_mirror_poll().
 */
int	fleet_mirror_sweep(struct fleet_mirror *mirror,
	    struct fleet_polled *polled, struct ks_error *error);

/*
 * Read what this host keeps besides the marks: the keys of epochs, if it has
 * keys of its own, its exceptions, and what others have confirmed.  Returns 0
 * or KS_E_*.  fleet_mirror_finish() frees it.
 */
int	fleet_mirror_load(struct fleet_mirror *mirror, struct ks_error *error);
void	fleet_mirror_finish(struct fleet_mirror *mirror);

/*
 * Take the keys of epochs that are not known here; a poll does it before it
 * takes rows.  Returns 0 or KS_E_*.
 */
int	fleet_mirror_wraps(struct fleet_mirror *mirror,
	    struct ks_error *error);

/*
 * After a poll that returned 0: try domains with exceptions again, look at what
 * the others have confirmed, and confirm what this host has.  A host whose
 * clock is off does not confirm; nor does one without keys.  Each that is so,
 * and a database that seems to withhold rows, is told by alarm(), under the
 * names "clock", "confirm" and "withheld" in place of a domain.  Returns 0 or
 * KS_E_*.
 */
int	fleet_mirror_confirm(struct fleet_mirror *mirror,
	    struct fleet_polled *polled, struct ks_error *error);

/*
 * Report the last use of each key of the store that has ended, and was not
 * reported yet.  All domains are read, so it should not be called often: *next
 * is the second in which a further key can be reported, or KS_NEVER.  As
 * fleet_mirror_confirm().
 */
int	fleet_mirror_report(struct fleet_mirror *mirror, int64_t *next,
	    struct ks_error *error);

/*
 * Ask the database which keys this host has reported; a sweep does it, since
 * the database may have lost some.  Returns 0 or KS_E_*.
 */
int	fleet_mirror_reported(struct fleet_mirror *mirror,
	    struct ks_error *error);

/*
 * Call each for every admitted host: whether it has reported the last use of a
 * key, as the state says that it ended, in a report that is believed.  Returns
 * 0 or KS_E_*.
 */
struct fleet_mirror_use {
	const char	*host;
	bool		 is_known;
	int64_t		 last;		/* KS_NEVER: it never signed */
};
int	fleet_mirror_uses(struct fleet_mirror *mirror, const char *domain,
	    const struct ks_key *key,
	    void (*each)(void *context, const struct fleet_mirror_use *use),
	    void *context, struct ks_error *error);

/*
 * Which hosts have reported the last use of a key of that state, and the latest
 * of these.  *nmissing is the number of admitted hosts without a report that is
 * believed, and missing names the first; nobody reports a key that never was to
 * sign.  *last is KS_NEVER if no host has signed with it.  Returns 0 or KS_E_*.
 */
int	fleet_mirror_used(struct fleet_mirror *mirror,
	    const struct ks_state *state, const char *selector,
	    size_t *nmissing, char missing[FLEET_NAME_SIZE], int64_t *last,
	    struct ks_error *error);

/* Whether a statement worked; otherwise *r and the error say why not. */
bool	fleet_mirror_worked(enum fleet_db_result result,
	    const struct fleet_db_error *why, int *r, struct ks_error *error);

/*
 * Whether a failure is that of one domain, such as a file that is damaged, or
 * not a file: it does not stop the others.
 */
bool	fleet_mirror_is_of_domain(int r);

/*
 * In a walk over all domains: note that one failed with r, and go on.  Returns
 * 0, or r if it is not the failure of one domain.  fleet_faults_end() gives the
 * result of the walk, r if that failed by itself: with faults it is
 * KS_E_DAMAGED, and the error names the first one.
 */
struct fleet_faults {
	size_t		n;
	struct ks_error	first;
};
int	fleet_faults_note(struct fleet_faults *faults, int r,
	    const struct ks_error *error);
int	fleet_faults_end(const struct fleet_faults *faults, int r,
	    struct ks_error *error);

/*
 * Call each with the kept rows of each domain of the store, until it fails;
 * a domain whose rows cannot be read is noted as a fault.  Returns 0, what each
 * returned, or KS_E_*; the caller ends with fleet_faults_end().
 */
int	fleet_mirror_each_kept(struct fleet_mirror *mirror,
	    int (*each)(void *, const char *, struct fleet_kept *),
	    void *context, struct fleet_faults *faults, struct ks_error *error);

/* Read one domain from the database, and take it.  Returns 0 or KS_E_*. */
int	fleet_mirror_take(struct fleet_mirror *mirror, const char *domain,
	    struct fleet_polled *polled, struct ks_error *error);

#endif /* MIRROR_H */

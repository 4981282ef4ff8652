/* SPDX-License-Identifier: ISC */

/*
 * Keys that this host must not sign with, whatever the database says of them:
 * the file keydir/.fleet/pending, with the first line
 * "countersign-fleet-pending 1", and then, sorted by domain and selector,
 * lines
 *
 *	mark DOMAIN SELECTOR AT		a person marked it as compromised, at
 *					that second, and the database does not
 *					have that yet
 *	here DOMAIN SELECTOR AT		DNS shows everywhere that it is revoked,
 *					and no row says so
 *
 * A line goes when a row that this host took says the same.  Until then no row
 * takes it back.  A key may have both lines; they have the earlier time.
 */

#ifndef KEPT_PENDING_H
#define KEPT_PENDING_H

#include "signed/lines.h"
#include "store/fleet_file.h"

/*
 * Keys of each kind, so that what DNS shows leaves no mark without room; and
 * octets of their lines, of which KS_MAX_FLEET_FILE can be read again.
 */
#define FLEET_MAX_PENDING	100000
#define FLEET_MAX_PENDING_TEXT	(KS_MAX_FLEET_FILE / 2 - 64)

/* What a host that was expelled says to a mark: it would write no row of it. */
#define FLEET_PENDING_EXPELLED "this host was expelled from the fleet, so no " \
	"other host would hear of the mark: run this command on a host of " \
	"the fleet"

struct fleet_pending_key {
	char	*domain;
	char	 selector[KS_SELECTOR_SIZE];
	int64_t	 at;
	bool	 is_mark;	/* to be written to the database */
	bool	 is_here;	/* or both */
};

/* Zeroed: none. */
struct fleet_pending {
	struct fleet_pending_key	*list;	/* sorted */
	size_t				 n, size;
	/* Of marks, and of all. */
	size_t				 nmarks, markslen, len;
};

/* Read the file; nothing if there is none.  Returns 0 or KS_E_*. */
int	fleet_pending_read(struct keystore *ks,
	    struct fleet_pending *pending, struct ks_error *error);
int	fleet_pending_write(struct keystore *ks,
	    const struct fleet_pending *pending, struct ks_error *error);
void	fleet_pending_finish(struct fleet_pending *pending);

/* The file as it is on disk, for one who only reads it.  Zeroed: not read. */
struct fleet_pending_file {
	struct fleet_pending	 pending;
	int			 fd;	/* if it was read; -1: there is none */
	bool			 was_read;
};

/* Read it, if it was not read, or was replaced since.  Returns 0 or KS_E_*. */
int	fleet_pending_renew(struct keystore *ks,
	    struct fleet_pending_file *file, struct ks_error *error);
void	fleet_pending_close(struct fleet_pending_file *file);

/*
 * Add a key, as a mark or because of DNS.  One that is there stays what it is,
 * too, and keeps its time, if that is the earlier one.  Returns 0, KS_E_NOMEM,
 * or KS_E_ARG if there are too many of its kind.
 */
int	fleet_pending_add(struct fleet_pending *pending, const char *domain,
	    const char *selector, int64_t at, bool is_mark,
	    struct ks_error *error);

/* Add one as it is in another list; the same. */
int	fleet_pending_copy(struct fleet_pending *pending,
	    const struct fleet_pending_key *key, struct ks_error *error);

/* DNS shows a key again.  Whether that changes something; a mark stays. */
bool	fleet_pending_show(struct fleet_pending *pending, const char *domain,
	    const char *selector);

/* Whether a key is there; *i is where it is, or would be. */
bool	fleet_pending_find(const struct fleet_pending *pending,
	    const char *domain, const char *selector, size_t *i);
void	fleet_pending_remove(struct fleet_pending *pending, size_t i);

/* Whether there is a mark that the database does not have. */
bool	fleet_pending_has_marks(const struct fleet_pending *pending);

/*
 * Change a state that was made from rows: keys that are pending are
 * compromised. Where the key in reserve can take over, it does, at the time at
 * which the compromised one ends; so it is also if a row has such an end, and
 * no row says yet who takes over.  A key that DNS shows as revoked ends in any
 * case; another one goes on without a reserve.
 *
 * An end stays an end: a key that is pending only since a later second has
 * taken over before, and is what it would be if it had been marked then.
 */
void	fleet_pending_apply(const struct fleet_pending *pending,
	    struct ks_state *state);

/*
 * Whether that one marks or ends a key of a state, all else that is pending
 * left out: so it may be pending although the key is compromised, but signs on.
 */
bool	fleet_pending_changes(const struct fleet_pending_key *pending,
	    struct ks_state *state);

#endif /* KEPT_PENDING_H */

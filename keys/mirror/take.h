/* SPDX-License-Identifier: ISC */

/*
 * Taking a domain from the database into the key store.
 *
 * Each row is judged; rows that are news are kept (kept/rows.h), and then the
 * state and the key files are made as the kept rows say, on the road of a push
 * from another host (store/replica.h).  A row that is not believed changes
 * nothing, and does not hinder others.  If the process is killed anywhere, the
 * same call completes what was begun.
 */

#ifndef MIRROR_TAKE_H
#define MIRROR_TAKE_H

#include "kept/pending.h"
#include "kept/rows.h"
#include "kept/seen.h"
#include "mirror/judge.h"
#include "signed/exceptions.h"

#define FLEET_OF_MEMBERS	"members"
#define FLEET_OF_EPOCH		"epoch"
#define FLEET_OF_USE		"use"	/* why says of which key */

struct fleet_taker {
	struct keystore			*ks;
	const struct fleet_members	*members;
	struct fleet_seen		*seen;
	/* What is refused, so that it is not confirmed; or NULL. */
	struct fleet_exceptions		*exceptions;
	/* What rows do not say yet; or NULL. */
	const struct fleet_pending	*pending;
	int64_t				(*clock)(void);
	unsigned int			 wait_s;	/* for locks */
	/*
	 * Get the blob of a row; the caller frees it.  Returns 0, KS_E_NOKEY
	 * if the row is not there any more, or KS_E_SYSTEM if the database is
	 * away, which ends the call.
	 */
	int	(*fetch)(void *context, const struct fleet_found *found,
		    unsigned char **blob, size_t *len,
		    struct ks_error *error);
	/* The private key in a blob; the caller frees *pkey. */
	int	(*open_blob)(void *context, const struct fleet_row *row,
		    const void *blob, size_t len, EVP_PKEY **pkey,
		    struct ks_error *error);
	/*
	 * A row that is ignored, or a key that cannot be used here.  In place
	 * of a domain, these say what it is about; change is then the number
	 * of that list or epoch.
	 */
	void	(*alarm)(void *context, const char *domain,
		    const char *selector, int64_t change, const char *why);
	void	*context;
};

struct fleet_taken {
	int64_t	highest;	/* number of a row that is believed; or 0 */
	size_t	nrefused;	/* rows that are not, or keys not usable */
	bool	has_changed;	/* the store was changed */
};

/*
 * Take a domain whose rows, all of them, are found, without blobs.  The strings
 * and octets are borrowed.  Returns 0, also if rows were refused, or KS_E_*:
 * then what is on disk may be incomplete, and the call must be repeated.  In
 * either case the domain's exceptions are those of this call.
 */
int	fleet_take(const struct fleet_taker *taker, const char *domain,
	    const struct fleet_found *found, size_t nfound,
	    struct fleet_taken *taken, struct ks_error *error);

/*
 * Make the state of a domain again from the rows that were taken before, and
 * from what is pending.  Returns 0 or KS_E_*.
 */
int	fleet_take_kept(const struct fleet_taker *taker, const char *domain,
	    struct ks_error *error);

#endif /* MIRROR_TAKE_H */

/* SPDX-License-Identifier: ISC */

/*
 * What a host says of itself, and signs: what it has (a confirmation, DESIGN,
 * section 2.5), and when it last used a key (a use, section 2.6).
 *
 * Only the host itself can say so: its text counts only under its own name, and
 * while it is admitted.  A confirmation that was put back is older than one
 * that the reader saw: see fleet/confirmed.h.
 */

#ifndef SIGNED_REPORT_H
#define SIGNED_REPORT_H

#include "signed/exceptions.h"
#include "signed/members.h"

struct fleet_confirmation {
	char	 host[FLEET_NAME_SIZE];
	int64_t	 change;		/* all rows up to it are in its store */
	int64_t	 members;		/* the version of its member list */
	int64_t	 at;			/* by its clock */
	char	 rows[FLEET_HEX_SIZE];	/* fleet_seen_digest() */
	size_t	 nexceptions;
	char	 digest[FLEET_HEX_SIZE];	/* of their text */
};

/*
 * Make the octets, which the host is to sign.  The text of the exceptions is
 * that of fleet_exceptions_print().  The caller frees *octets.  Returns 0,
 * KS_E_NOMEM, KS_E_CRYPTO or KS_E_ARG.
 */
int	fleet_confirmation_make(struct fleet_confirmation *confirmation,
	    const char *fleet, const struct fleet_exceptions *exceptions,
	    const char *text, size_t textlen, char **octets, size_t *len,
	    struct ks_error *error);

/* A row of the table confirmation, as it came; borrowed. */
struct fleet_found_confirmation {
	const char		*host;
	int64_t			 change;	/* the column */
	const void		*octets, *signature, *exceptions;
	size_t			 len, signaturelen, exceptionslen;
};

/*
 * Verify one, and read its exceptions, which the caller frees.  Returns 0,
 * KS_E_NOMEM, or KS_E_DAMAGED: it says nothing, and the error why.
 */
int	fleet_confirmation_verify(const struct fleet_members *members,
	    const struct fleet_found_confirmation *found,
	    struct fleet_confirmation *confirmation,
	    struct fleet_exceptions *exceptions, struct ks_error *error);

struct fleet_use {
	char	 host[FLEET_NAME_SIZE];
	char	 domain[DKIMSIG_DOMAIN_SIZE];
	char	 selector[KS_SELECTOR_SIZE];
	int64_t	 last;			/* KS_NEVER: it never signed */
	int64_t	 at;
};

/* As fleet_confirmation_make(). */
int	fleet_use_make(const struct fleet_use *use, const char *fleet,
	    char **octets, size_t *len, struct ks_error *error);

/* A row of the table use, as it came; borrowed. */
struct fleet_found_use {
	const char	*host, *domain, *selector;
	const void	*octets, *signature;
	size_t		 len, signaturelen;
};

/*
 * Verify one: that the host says that it has stopped to sign with a key of this
 * reader's state, after the end that is known here.  As
 * fleet_confirmation_verify().
 */
int	fleet_use_verify(const struct fleet_members *members,
	    const struct fleet_found_use *found, const struct ks_key *key,
	    struct fleet_use *use, struct ks_error *error);

/*
 * The second after which a host may say that it has stopped: KS_HANDOVER after
 * the end of the key.  KS_NEVER: the key has no end.  A compromised key has
 * ended already (0), where its mark is known.
 */
int64_t	fleet_use_due(const struct ks_key *key);

#endif /* SIGNED_REPORT_H */

/* SPDX-License-Identifier: ISC */

/*
 * The From field by its grammar: RFC 5322 sections 3.2 to 3.4, 3.6.2 and 4,
 * with UTF-8 as in RFC 6532 and groups as in RFC 6854.
 */

#ifndef RFC5322_H
#define RFC5322_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

#define RFC5322_MAX_COMMENTS	32	/* comments in one another */

/* Four octets for each one of the longest name, as in UTF-8. */
#define RFC5322_DOMAIN_SIZE	(4 * DKIMSIG_MAX_DOMAIN)

enum rfc5322_domain_kind {
	RFC5322_DOMAIN_ABSENT,	/* a local part alone, or <> */
	RFC5322_DOMAIN_NAME,
	RFC5322_DOMAIN_LITERAL
};

/* What stands after the "@" of a mailbox. */
struct rfc5322_domain {
	enum rfc5322_domain_kind kind;
	/* Of a name: without comments and white space; no NUL. */
	char		 text[RFC5322_DOMAIN_SIZE];
	size_t		 len;
	bool		 is_long;	/* text has only the beginning */
	bool		 is_apart;	/* blanks or comments were in it */
};

/* What a From field says. */
struct rfc5322_from {
	size_t		 nmailboxes;	/* outside groups */
	size_t		 nmembers;	/* mailboxes in groups */
	size_t		 ngroups;
	/* Of the last mailbox; of the only one when there is one. */
	struct rfc5322_domain domain;
};

/*
 * Read the value of a From field, folds included, to its end.
 *
 * Returns 0, DKIMSIG_E_SYNTAX, or DKIMSIG_E_TOOBIG for comments nested over
 * RFC5322_MAX_COMMENTS.
 */
int	rfc5322_from(struct view value, struct rfc5322_from *from);

/* Takes one mailbox's domain; the domain is borrowed for the call. */
typedef void rfc5322_visit(void *arg, const struct rfc5322_domain *domain);

/*
 * As rfc5322_from(), with each octet over 127 counted as a character where
 * UTF-8 has none, and with a call of visit for each mailbox, those of groups
 * too.  The calls mean nothing if an error is returned.
 */
int	rfc5322_mailboxes(struct view value, rfc5322_visit *visit, void *arg,
	    struct rfc5322_from *from);

#endif /* RFC5322_H */

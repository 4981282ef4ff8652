/* SPDX-License-Identifier: ISC */

/*
 * Parser for the From field: RFC 5322 sections 3.2 to 3.4, 3.6.2 and 4, with
 * UTF-8 as in RFC 6532 and groups as in RFC 6854.
 */

#ifndef RFC5322_H
#define RFC5322_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

#define RFC5322_MAX_COMMENTS	32	/* nesting depth of comments */

/* The longest name, if each of its characters is four octets of UTF-8. */
#define RFC5322_DOMAIN_SIZE	(4 * DKIMSIG_MAX_DOMAIN)

enum rfc5322_domain_kind {
	RFC5322_DOMAIN_ABSENT,	/* a local part alone, or <> */
	RFC5322_DOMAIN_NAME,
	RFC5322_DOMAIN_LITERAL
};

/* What follows the "@" of a mailbox, and what precedes it. */
struct rfc5322_domain {
	enum rfc5322_domain_kind kind;
	/* A name, without comments and white space; not NUL-terminated. */
	char		 text[RFC5322_DOMAIN_SIZE];
	size_t		 len;
	bool		 is_truncated;	/* text has only the beginning */
	bool		 has_cfws;	/* it contained blanks or comments */
	/* All from the beginning of the addr-spec to its "@", as it is in the
	 * field; nothing for <>. */
	struct view	 local;
	bool		 has_route;	/* before that */
};

/* The contents of a From field. */
struct rfc5322_from {
	size_t		 nmailboxes;	/* outside groups */
	size_t		 nmembers;	/* mailboxes in groups */
	size_t		 ngroups;
	/* The domain of the last mailbox outside groups. */
	struct rfc5322_domain domain;
};

/*
 * Parse the whole value of a From field, folds included.
 *
 * Returns 0, DKIMSIG_E_SYNTAX, or DKIMSIG_E_TOOBIG if comments are nested more
 * than RFC5322_MAX_COMMENTS deep.
 */
int	rfc5322_from(struct view value, struct rfc5322_from *from);

/* Called with the domain of one mailbox, borrowed for the call. */
typedef void rfc5322_visit(void *arg, const struct rfc5322_domain *domain);

/*
 * As rfc5322_from(), but an octet over 127 that is not part of UTF-8 counts as
 * a character, and visit is called for each mailbox, including those in groups.
 * If an error is returned, the caller must ignore the calls.
 */
int	rfc5322_mailboxes(struct view value, rfc5322_visit *visit, void *arg,
	    struct rfc5322_from *from);

#endif /* RFC5322_H */

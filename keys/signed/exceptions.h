/* SPDX-License-Identifier: ISC */

/*
 * What a host does not confirm although its number is not above the one that it
 * confirms (DESIGN, section 2.5): keys that it cannot use, and rows that it
 * refused.  As a text, in the confirmation and in keydir/.fleet/exceptions:
 *
 *	DOMAIN SELECTOR CHANGE WHY
 *
 * a line for each, sorted by domain and selector in the order of octets.  The
 * selector "-" stands for the whole domain.  WHY is for people, and may have
 * blanks.
 *
 * The file is written before the cursor moves, so an exception is not forgotten
 * by a host that is killed.  A domain is taken again until it has none.
 */

#ifndef SIGNED_EXCEPTIONS_H
#define SIGNED_EXCEPTIONS_H

#include <sys/tree.h>

#include "signed/lines.h"

#define FLEET_WHY_SIZE		128	/* NUL included */
#define FLEET_MAX_EXCEPTIONS	100000
#define FLEET_MAX_EXCEPTIONS_TEXT 16777000	/* octets */

struct fleet_exception {
	RB_ENTRY(fleet_exception) by_key;
	char	*domain;
	char	 selector[KS_SELECTOR_SIZE];
	int64_t	 change;		/* 0: no row is known */
	char	 why[FLEET_WHY_SIZE];
	unsigned int round;		/* when it was added */
};

/* Zeroed: none. */
struct fleet_exceptions {
	RB_HEAD(fleet_exception_tree, fleet_exception) tree;
	size_t			 n;
	bool			 is_full;	/* one could not be added */
	unsigned int		 round;		/* for those that are added */
	char			 written[FLEET_HEX_SIZE]; /* digest of it */
};

void	fleet_exceptions_finish(struct fleet_exceptions *exceptions);

/*
 * Add one, in place of the one with its domain and selector.  What a text
 * cannot have is replaced by "?" in why, and why is cut off.  Names that no key
 * has, which anybody can write into the database, are left out.  Returns 0 or
 * KS_E_NOMEM.
 */
int	fleet_exceptions_add(struct fleet_exceptions *exceptions,
	    const char *domain, const char *selector, int64_t change,
	    const char *why);

/* Remove those of a domain; whether there were any. */
bool	fleet_exceptions_forget(struct fleet_exceptions *exceptions,
	    const char *domain);

/* The one of a whole domain, or else of that key; or NULL. */
const struct fleet_exception *fleet_exceptions_find(
	    const struct fleet_exceptions *exceptions, const char *domain,
	    const char *selector);

/* The first one of a domain after that one ("": of all), or NULL. */
const struct fleet_exception *fleet_exceptions_after(
	    const struct fleet_exceptions *exceptions, const char *domain);

/*
 * The text, which is empty if there are none.  The caller frees it.  Returns 0,
 * KS_E_NOMEM, or KS_E_ARG if it would be too large.
 */
int	fleet_exceptions_print(const struct fleet_exceptions *exceptions,
	    char **text, size_t *len, struct ks_error *error);

/* Read a text in that form only.  Returns 0, KS_E_NOMEM or KS_E_DAMAGED. */
int	fleet_exceptions_parse(struct fleet_exceptions *exceptions,
	    const void *text, size_t len, struct ks_error *error);

/*
 * The file; none if there is no file.  It is written only if it differs.
 * Return 0, KS_E_ARG if there are too many, or another KS_E_*.
 */
int	fleet_exceptions_read(struct keystore *ks,
	    struct fleet_exceptions *exceptions, struct ks_error *error);
int	fleet_exceptions_write(struct keystore *ks,
	    struct fleet_exceptions *exceptions, struct ks_error *error);

#endif /* SIGNED_EXCEPTIONS_H */

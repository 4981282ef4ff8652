/* SPDX-License-Identifier: ISC */

/*
 * Patterns of addresses: LOCAL@DOMAIN, or !LOCAL@DOMAIN for an exclusion.
 *
 * In LOCAL, "*" matches any octets, also none.  DOMAIN is a name, or
 * "*.PARENT" for all its subdomains.  ASCII case is ignored; other characters
 * are compared in Normalization Form C.
 */

#ifndef ADDRESS_PATTERN_H
#define ADDRESS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

#define ADDRESS_MAX_LOCAL	256	/* octets of a local part */
/* "!", a local part, "@", "*.", a domain and NUL. */
#define ADDRESS_PATTERN_SIZE	(1 + ADDRESS_MAX_LOCAL + 1 + 2 + \
				DKIMSIG_DOMAIN_SIZE)

enum address_pattern_fault {
	ADDRESS_PATTERN_OK,
	ADDRESS_PATTERN_NO_MEMORY,
	ADDRESS_PATTERN_NO_AT,		/* or nothing before it */
	ADDRESS_PATTERN_BAD_LOCAL,	/* quotes, controls, or not UTF-8 */
	ADDRESS_PATTERN_LONG_LOCAL,
	ADDRESS_PATTERN_EXCLAMATION,	/* LOCAL itself begins with "!" */
	ADDRESS_PATTERN_BAD_DOMAIN
};

/*
 * Convert a pattern to the form in which it is compared: the local part without
 * quotes and in Normalization Form C, the domain normalized.  buf has room for
 * ADDRESS_PATTERN_SIZE octets.
 */
enum address_pattern_fault address_pattern_parse(const char *text, char *buf);

/*
 * A copy of a local part in the form in which it is compared; NULL when out of
 * memory, or, with errno 0, if it is not UTF-8.
 */
char	*address_local_copy(const char *local);

/* The domain of a pattern in the form of address_pattern_parse(). */
const char *address_pattern_domain(const char *pattern);

/*
 * Whether a list allows an address in the forms above: no exclusion matches,
 * and another pattern does, or the list has only exclusions.
 */
bool	address_pattern_list_allows(const struct text_list *list,
	    const char *local, const char *domain);

/* Whether a list names each address that it allows, without "*" before "@". */
bool	address_pattern_list_is_closed(const struct text_list *list);

/* Whether two lists may allow the same address; true if that is not known. */
bool	address_pattern_lists_meet(const struct text_list *a,
	    const struct text_list *b);

#endif /* ADDRESS_PATTERN_H */

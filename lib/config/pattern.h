/* SPDX-License-Identifier: ISC */

/*
 * Patterns of the configuration, with "*" as wildcard.  There are no other
 * special characters and no escapes.
 */

#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a domain pattern matches only one name. */
bool	pattern_is_name(const char *pattern);

/*
 * Whether a domain name or selector matches a pattern; ASCII case is ignored.
 * "*." at the beginning matches one or more labels; any other "*" matches part
 * of one label, which may be empty: "*.gappssmtp.com",
 * "example-com.*.gappssmtp.com".  A final dot of the name is ignored.
 */
bool	pattern_domain_matches(const char *pattern, const char *name);

/*
 * Whether a text, which may contain NUL, matches a pattern; ASCII case is
 * ignored.  "*" matches any octets, also none.
 */
bool	pattern_text_matches(const char *pattern, const char *text,
	    size_t textlen);

/*
 * Whether there is a name that matches both domain patterns.  For patterns that
 * are longer than any name the answer is true.
 */
bool	pattern_domains_meet(const char *a, const char *b);

#endif /* PATTERN_H */

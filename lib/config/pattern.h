/* SPDX-License-Identifier: ISC */

/*
 * Patterns of the configuration, in which "*" stands for what is not known
 * beforehand.  There is no other special character and no escape.
 */

#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a pattern of domains matches one name only. */
bool	pattern_is_name(const char *pattern);

/*
 * A domain name or selector against a pattern, ASCII case ignored.  "*."
 * in front stands for one label or more; any other "*" for a part of one
 * label, "" included: "*.gappssmtp.com", "example-com.*.gappssmtp.com".  A
 * final dot of the name is ignored.
 */
bool	pattern_domain_matches(const char *pattern, const char *name);

/*
 * Any text, which may have a NUL in it, against a pattern, ASCII case ignored;
 * "*" stands for any run of octets.
 */
bool	pattern_text_matches(const char *pattern, const char *text,
	    size_t textlen);

/*
 * Whether some name matches both patterns of domains.  A pattern that is
 * longer than any name is taken to meet each other one.
 */
bool	pattern_domains_meet(const char *a, const char *b);

#endif /* PATTERN_H */

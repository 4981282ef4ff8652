/* SPDX-License-Identifier: ISC */

/*
 * JSON values, RFC 8259.
 */

#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_ESCAPE_SIZE	16	/* two of \uXXXX and a NUL */

/*
 * The first character of the text, of len octets but at least one, as it
 * stands within a JSON string; returns how many octets it was.
 */
size_t	json_escape(const char *text, size_t len,
	    char escaped[JSON_ESCAPE_SIZE]);

/*
 * A string of len octets: printable ASCII as it is, all else escaped.  An
 * octet that is not part of UTF-8 is written as if Latin-1.
 */
void	json_string(FILE *fp, const char *text, size_t len);

/* A time as an RFC 3339 string, or null where there is none: rfc3339.h. */
void	json_time(FILE *fp, int64_t seconds);

#endif /* JSON_H */

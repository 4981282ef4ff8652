/* SPDX-License-Identifier: ISC */

/*
 * JSON values, RFC 8259.
 */

#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_FORMAT		1	/* docs/formats.md */
#define JSON_ESCAPE_SIZE	16	/* two of \uXXXX and a NUL */

/*
 * Whether the value of an option --json, or NULL if it has none, asks for the
 * format that we write.
 */
bool	json_is_our_format(const char *value);

/*
 * Escape the first character of a text of len octets, at least one, for a JSON
 * string.  Returns the number of octets consumed.
 */
size_t	json_escape(const char *text, size_t len,
	    char escaped[JSON_ESCAPE_SIZE]);

/*
 * Write a string of len octets: printable ASCII unchanged, everything else
 * escaped.  An octet that is not valid UTF-8 is written as if it were Latin-1.
 */
void	json_print_string(FILE *fp, const char *text, size_t len);

/* Write a text as a string; null for NULL and "". */
void	json_print_text(FILE *fp, const char *text);

/*
 * Write words for people as one word for programs: "Not yet" as "not-yet".
 * Only ASCII letters, digits and spaces; null for NULL and "".
 */
void	json_print_word(FILE *fp, const char *words);

/* Write a time as an RFC 3339 string, or null if rfc3339_print() refuses it. */
void	json_print_time(FILE *fp, int64_t seconds);

#endif /* JSON_H */

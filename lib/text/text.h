/* SPDX-License-Identifier: ISC */

/*
 * Room lib/text: octets of text, as blanks, capitals and hexadecimal digits, and
 * lists.
 *
 * Pure, so that rooms that do no input or output may see it.
 */

#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A space or a tab: WSP, RFC 5234 appendix B.1. */
static inline bool
text_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* What folding white space is made of: those, CR and LF. */
static inline bool
text_is_blank(char c)
{
	return text_is_wsp(c) || c == '\r' || c == '\n';
}

/* A letter of ASCII in lower case, any other octet as it is. */
static inline char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The same for a whole text, in place. */
void	text_lower_all(char *text);

/* Whether all of len octets are blanks. */
bool	text_is_all_blank(const char *text, size_t len);

/* The text without the blanks at both ends; sets *len. */
const char *text_trim(const char *text, size_t *len);

/* Whether it is one of n texts, capitals or not. */
bool	text_is_listed(const char *const *texts, size_t n, const char *text);

/* The value of a hexadecimal digit, capital or small; -1 for others. */
int	text_hex(char c);

#endif /* TEXT_H */

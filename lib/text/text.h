/* SPDX-License-Identifier: ISC */

/*
 * Room lib/text: ASCII helpers: blanks, case, hexadecimal digits, word lists.
 *
 * No input or output, so that every room may use it.
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

/* A character of folding white space: space, tab, CR or LF. */
static inline bool
text_is_blank(char c)
{
	return text_is_wsp(c) || c == '\r' || c == '\n';
}

/* An ASCII letter in lower case; any other octet unchanged. */
static inline char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Convert a whole text in place. */
void	text_lower_all(char *text);

/* Whether all of len octets are blanks. */
bool	text_is_all_blank(const char *text, size_t len);

/* Trim the blanks at both ends; *len is updated. */
const char *text_trim(const char *text, size_t *len);

/* Whether text is one of n texts, ignoring case. */
bool	text_is_listed(const char *const *texts, size_t n, const char *text);

/*
 * Write a text as one word of a POSIX shell, in quotes if it needs them.
 * Returns false if that needs more than size octets, or if the text has control
 * characters, which nobody should copy from a terminal; word is then "".
 */
bool	text_shell_word(const char *text, char *word, size_t size);

/* The value of a hexadecimal digit in either case; -1 for any other octet. */
int	text_hex(char c);

#endif /* TEXT_H */

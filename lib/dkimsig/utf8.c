/* SPDX-License-Identifier: ISC */

/*
 * UTF-8, RFC 3629 section 4.
 *
 * The grammar is a table.  Overlong forms, surrogates and code points over
 * U+10FFFF have no row in it, so they need no extra check.
 */

#include "dkimsig/utf8.h"

/* Ranges of the first and the second octet, and the length. */
static const struct {
	unsigned char	first_min, first_max, second_min, second_max;
	size_t		length;
} rows[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static size_t
row_of(unsigned char first)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (first >= rows[i].first_min && first <= rows[i].first_max)
			break;
	return i;
}

size_t
utf8_length(const char *p, size_t len)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t i, row;

	if (len == 0)
		return 0;
	row = row_of(s[0]);
	if (row == sizeof(rows) / sizeof(rows[0]) || rows[row].length > len)
		return 0;
	if (rows[row].length > 1 && (s[1] < rows[row].second_min ||
	    s[1] > rows[row].second_max))
		return 0;
	for (i = 2; i < rows[row].length; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return rows[row].length;
}

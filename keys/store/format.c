/* SPDX-License-Identifier: ISC */

/*
 * The number of a format in the first line of a file: see format.h.
 *
 * Strict, as all readers of these files are: decimal digits without a leading
 * zero, up to a space or the end of the line.  A number too large for an
 * unsigned int is later than any.  Pure.
 */

#include "store/format.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

bool
store_format_is_later(const char *text, size_t len, const char *word,
    unsigned int known)
{
	const size_t wordlen = strlen(word);
	unsigned int digit, number = 0;
	size_t i;

	if (len <= wordlen || memcmp(text, word, wordlen) != 0 ||
	    text[wordlen] == '0')
		return false;
	for (i = wordlen; i < len && isdigit((unsigned char)text[i]); i++) {
		digit = (unsigned int)(text[i] - '0');
		if (number > (UINT_MAX - digit) / 10)
			number = UINT_MAX;
		else
			number = number * 10 + digit;
	}
	return (i == len || text[i] == ' ' || text[i] == '\n') &&
	    number > known;
}

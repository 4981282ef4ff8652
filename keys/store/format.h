/* SPDX-License-Identifier: ISC */

/*
 * Files of a later version, which this one cannot read.
 *
 * Each file begins with a line that has a word and the number of its format.
 * A higher number is no damage, and the remedy is another one, so messages
 * tell the two apart.
 */

#ifndef STORE_FORMAT_H
#define STORE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#define FORMAT_LATER	"written by a later version of countersign, in a " \
			"format that this version does not know"

/*
 * Whether a text of len octets begins with the word, which ends with a space,
 * and with a number above known.
 */
bool	store_format_is_later(const char *text, size_t len, const char *word,
	    unsigned int known);

#endif /* STORE_FORMAT_H */

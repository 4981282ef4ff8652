/* SPDX-License-Identifier: ISC */

/*
 * How similar two names are, for a person who has misspelled one.
 *
 * Names are short, so that all pairs of their letters can be compared, in a row
 * on the stack; longer names are not similar to any.  Nothing here fails.
 */

#include "text/distance.h"

#include <string.h>

#include "text/text.h"

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Row by row: row[j] is the distance of the first i and j letters. */
size_t
text_distance(const char *a, const char *b)
{
	size_t row[TEXT_DISTANCE_MAX], i, j, diagonal, above, alen, blen;

	alen = strlen(a);
	blen = strlen(b);
	if (alen >= TEXT_DISTANCE_MAX || blen >= TEXT_DISTANCE_MAX)
		return TEXT_DISTANCE_MAX;
	for (j = 0; j <= blen; j++)
		row[j] = j;
	for (i = 1; i <= alen; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= blen; j++) {
			above = row[j];
			row[j] = least(above + 1, row[j - 1] + 1, diagonal +
			    (text_lower(a[i - 1]) != text_lower(b[j - 1])));
			diagonal = above;
		}
	}
	return row[blen];
}

const char *
text_nearest(const char *const *names, size_t n, const char *name)
{
	const char *nearest = NULL;
	size_t best = TEXT_NEAREST + 1, d, i;

	for (i = 0; i < n; i++) {
		d = text_distance(name, names[i]);
		if (d < best && d < strlen(name)) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}

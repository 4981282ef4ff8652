/* SPDX-License-Identifier: ISC */

/*
 * How similar two names are, for "did you mean ...?".
 */

#ifndef TEXT_DISTANCE_H
#define TEXT_DISTANCE_H

#include <stddef.h>

#define TEXT_DISTANCE_MAX	32	/* names are shorter, or not compared */
#define TEXT_NEAREST		2	/* wrong letters in a name to suggest */

/*
 * The Levenshtein distance: how many letters must be added, removed or changed
 * to turn b into a.  Case is ignored.  TEXT_DISTANCE_MAX if a name is not
 * shorter than that.
 */
size_t	text_distance(const char *a, const char *b);

/*
 * The first of n names with the fewest wrong letters, at most TEXT_NEAREST and
 * not all of them; NULL if there is none.
 */
const char *text_nearest(const char *const *names, size_t n,
	    const char *name);

#endif /* TEXT_DISTANCE_H */

/* SPDX-License-Identifier: ISC */

/*
 * Which header fields DKIM2 signatures cover: all but a few.
 */

#ifndef DKIM2_COVERED_H
#define DKIM2_COVERED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a DKIM2 signature breaks if a field of that name is removed: the
 * field is hashed, or belongs to DKIM2 itself.
 */
bool	dkim2_covers(const char *name, size_t namelen);

/* Whether it covers a field that a pattern of names may match; "*" stands for
 * any octets. */
bool	dkim2_covers_pattern(const char *pattern);

#endif /* DKIM2_COVERED_H */

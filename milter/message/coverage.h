/* SPDX-License-Identifier: ISC */

/*
 * Which fields of a message a signature does not cover, out of those that some
 * source requires.  h= counts the fields of a name from the bottom, so of n
 * fields with m mentions the topmost n - m are left out (RFC 6376 section
 * 5.4.2).
 */

#ifndef COVERAGE_H
#define COVERAGE_H

#include <stddef.h>

struct coverage;

/* names must be sorted, ignoring case, and are borrowed.  NULL when out of
 * memory. */
struct coverage *coverage_new(const char *const *names, size_t nnames);
void	coverage_free(struct coverage *coverage);

/* Count a field of the message; trailing blanks in its name are ignored. */
void	coverage_field(struct coverage *coverage, const char *name,
	    size_t namelen);

/*
 * Store in left_out the names that h= mentions less often than the message has
 * such fields, and return their number.  left_out needs room for all names; the
 * texts are those given to coverage_new().
 */
size_t	coverage_left_out(struct coverage *coverage,
	    const char *const *mentions, size_t nmentions,
	    const char **left_out);

#endif /* COVERAGE_H */

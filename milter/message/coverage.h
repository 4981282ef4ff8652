/* SPDX-License-Identifier: ISC */

/*
 * Which fields of a message a signature leaves out, of those that matter to
 * somebody.  h= counts the fields of a name from the bottom, so of n fields
 * with m mentions the n - m topmost are left out (RFC 6376 section 5.4.2).
 */

#ifndef COVERAGE_H
#define COVERAGE_H

#include <stddef.h>

struct coverage;

/* names are sorted without regard to case, and borrowed.  NULL: no memory. */
struct coverage *coverage_new(const char *const *names, size_t nnames);
void	coverage_free(struct coverage *coverage);

/* A field of the message; blanks at the end of its name are ignored. */
void	coverage_field(struct coverage *coverage, const char *name,
	    size_t namelen);

/*
 * The names of which the h= list has fewer mentions than there are fields,
 * borrowed from those of coverage_new(), into left_out, with room for all of
 * them; their number is returned.
 */
size_t	coverage_left_out(struct coverage *coverage,
	    const char *const *mentions, size_t nmentions,
	    const char **left_out);

#endif /* COVERAGE_H */

/* SPDX-License-Identifier: ISC */

/*
 * Names of header fields, as they come, looked up in the lists of the
 * configuration.  All who read the fields of a message look here, so that
 * none takes a name for another one than the others do.
 */

#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>

#include "config/config.h"

/* The length of a name without the blanks at its end, which are no part of it
 * (RFC 5322 section 4.5.8). */
size_t	names_length(const char *name, size_t namelen);

/*
 * Where a list, sorted without regard to case, has a name in any case; names->n
 * if it has not.  Blanks at the end of the name are ignored.
 */
size_t	names_find(const struct text_list *names, const char *name,
	    size_t namelen);

#endif /* NAMES_H */

/* SPDX-License-Identifier: ISC */

/*
 * Looking up the header fields of a message in the lists of the configuration.
 * All readers of these fields use these functions, so that they agree on which
 * field a name means.
 */

#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>

#include "config/config.h"

/* The length of a name without blanks at its end, which are not part of it
 * (RFC 5322 section 4.5.8). */
size_t	names_length(const char *name, size_t namelen);

/*
 * The index of a name in a list, which is sorted; case, and blanks at the end
 * of the name, are ignored.  names->n if the list does not have it.
 */
size_t	names_find(const struct text_list *names, const char *name,
	    size_t namelen);

#endif /* NAMES_H */

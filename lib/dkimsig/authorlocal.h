/* SPDX-License-Identifier: ISC */

/*
 * The local part of an address in a From field: what is before an "@".
 */

#ifndef AUTHORLOCAL_H
#define AUTHORLOCAL_H

#include <stdbool.h>

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

/*
 * Replace out by the local part of a valid mailbox, without quotes.  raw is
 * everything from the beginning of the addr-spec to its "@".  False if parsers
 * may find different local parts.
 */
bool	authorlocal_read(struct view raw, struct buf *out);

/*
 * Replace out by what a person would take as the local part, if before is the
 * text in front of any "@".  False if that is not certain.
 */
bool	authorlocal_before(struct view before, struct buf *out);

/*
 * Whether a field that is not valid has a form in which all parsers find the
 * same local parts: the words before each "@".
 */
bool	authorlocal_is_tame(struct view value);

#endif /* AUTHORLOCAL_H */

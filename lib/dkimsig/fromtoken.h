/* SPDX-License-Identifier: ISC */

/*
 * The domains of a From field as found by parsers that split it into tokens and
 * put an address together from them.
 */

#ifndef FROMTOKEN_H
#define FROMTOKEN_H

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

/*
 * Called with the domain of one address: any text that is not empty, borrowed
 * for the call.  Returns 0, or an error that ends the parsing.
 */
typedef int fromtoken_found(void *arg, struct view domain);

/*
 * Call found for each address.
 *
 * Returns 0, what found returned, or DKIMSIG_E_NOMEM.
 */
int	fromtoken_domains(struct view text, fromtoken_found *found, void *arg);

#endif /* FROMTOKEN_H */

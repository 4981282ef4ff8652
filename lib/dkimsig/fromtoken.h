/* SPDX-License-Identifier: ISC */

/*
 * The domains of a From field for readers that take it apart into tokens and
 * put an address together from them.
 */

#ifndef FROMTOKEN_H
#define FROMTOKEN_H

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

/*
 * Takes the domain of one address, which is not empty and any text.  Borrowed
 * for the call.  Returns 0, or an error that ends the reading.
 */
typedef int fromtoken_found(void *arg, struct view domain);

/*
 * Call found for each address.
 *
 * Returns 0, what found returned, or DKIMSIG_E_NOMEM.
 */
int	fromtoken_domains(struct view text, fromtoken_found *found, void *arg);

#endif /* FROMTOKEN_H */

/* SPDX-License-Identifier: ISC */

/*
 * Which domains belong together: DMARC's relaxed alignment, RFC 7489 section
 * 3.2, by the Public Suffix List that libpsl was built with.  Nothing is read
 * from a file, so an answer does not depend on when it is asked for.
 */

#ifndef ORGANIZATION_H
#define ORGANIZATION_H

#include <stdbool.h>

#include "dkimsig/dkimsig.h"

/* Whether libpsl has a list; without, each domain is of its own. */
bool	organization_is_known(void);

/*
 * The registrable domain of a normalized domain; the domain itself where it
 * has none, as a public suffix.  The result is no longer than the domain.
 */
void	organization_of(const char *domain, char result[DKIMSIG_DOMAIN_SIZE]);

#endif /* ORGANIZATION_H */

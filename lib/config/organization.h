/* SPDX-License-Identifier: ISC */

/*
 * Organizational domains for DMARC's relaxed alignment, RFC 7489 section 3.2,
 * by the Public Suffix List that libpsl was built with.  No file is read, so
 * the answers never change while a program runs.
 */

#ifndef ORGANIZATION_H
#define ORGANIZATION_H

#include <stdbool.h>

#include "dkimsig/dkimsig.h"

/* Whether libpsl has a list; otherwise each domain is its own organization. */
bool	organization_is_known(void);

/*
 * The registrable domain of a normalized domain; the domain itself if it has
 * none, for example if it is a public suffix.
 */
void	organization_of(const char *domain, char result[DKIMSIG_DOMAIN_SIZE]);

#endif /* ORGANIZATION_H */

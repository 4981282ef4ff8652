/* SPDX-License-Identifier: ISC */

/*
 * The registrable domain of a domain, by the Public Suffix List in libpsl:
 * see organization.h.
 *
 * Only the list that is built into libpsl is used.  Without it, or for a public
 * suffix, a domain is its own registrable domain.  Nothing can fail.
 */

#include "config/organization.h"

#include <string.h>

#include <libpsl.h>

bool
organization_is_known(void)
{
	return psl_builtin() != NULL;
}

void
organization_of(const char *domain, char result[DKIMSIG_DOMAIN_SIZE])
{
	const psl_ctx_t *psl = psl_builtin();
	const char *registrable = NULL;

	if (psl != NULL)
		registrable = psl_registrable_domain(psl, domain);
	(void)strlcpy(result, registrable != NULL ? registrable : domain,
	    DKIMSIG_DOMAIN_SIZE);
}

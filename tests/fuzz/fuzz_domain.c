/* SPDX-License-Identifier: ISC */

/*
 * The normalized form of any octets: letters, digits, hyphens and dots, and
 * itself when it is normalized again.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char domain[DKIMSIG_DOMAIN_SIZE], again[DKIMSIG_DOMAIN_SIZE];
	size_t domainlen;

	if (dkimsig_domain_normalize((const char *)data, len, domain,
	    sizeof(domain)) != 0)
		return 0;
	domainlen = strlen(domain);
	if (strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789-.") !=
	    domainlen || domainlen > DKIMSIG_MAX_DOMAIN ||
	    strchr(domain, '.') == NULL)
		abort();
	if (dkimsig_domain_normalize(domain, domainlen, again,
	    sizeof(again)) != 0 || strcmp(domain, again) != 0)
		abort();
	return 0;
}

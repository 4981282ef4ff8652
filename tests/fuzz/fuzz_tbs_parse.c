/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a to-be-signed block from a peer that is not trusted.  What is
 * accepted names domain and selector in the one form that is compared, and
 * ends in a signature field; no block goes on behind it.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char domain[DKIMSIG_DOMAIN_SIZE], *longer;
	struct dkimsig_tbs tbs;

	if (dkimsig_tbs_parse(data, len, &tbs) != 0)
		return 0;
	if (memchr(data, '\0', len) != NULL || tbs.selector[0] == '\0' ||
	    dkimsig_domain_normalize(tbs.sdid, strlen(tbs.sdid), domain,
	    sizeof(domain)) != 0 || strcmp(domain, tbs.sdid) != 0)
		abort();
	if ((longer = malloc(len + 9)) == NULL)
		return 0;
	memcpy(longer, data, len);
	memcpy(longer + len, "\r\nfrom:a@b", 9);
	if (dkimsig_tbs_parse(longer, len + 9, &tbs) == 0)
		abort();
	free(longer);
	return 0;
}

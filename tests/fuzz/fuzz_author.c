/* SPDX-License-Identifier: ISC */

/*
 * The author domain of any octets: if there is one it is a domain name in its
 * normalized form, and it is the same with a comment before and after, or
 * with an empty element behind.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_same(const char *before, const uint8_t *data, size_t len,
    const char *after, const char *want)
{
	size_t beforelen = strlen(before), afterlen = strlen(after);
	char domain[DKIMSIG_DOMAIN_SIZE], *value;

	if ((value = malloc(beforelen + len + afterlen)) == NULL)
		return;
	memcpy(value, before, beforelen);
	memcpy(value + beforelen, data, len);
	memcpy(value + beforelen + len, after, afterlen);
	if (dkimsig_author_domain(value, beforelen + len + afterlen, domain,
	    sizeof(domain)) != 0 || strcmp(domain, want) != 0)
		abort();
	free(value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char domain[DKIMSIG_DOMAIN_SIZE], again[DKIMSIG_DOMAIN_SIZE];

	if (len > DKIMSIG_MAX_HEADER / 2 || dkimsig_author_domain(
	    (const char *)data, len, domain, sizeof(domain)) != 0)
		return 0;
	if (dkimsig_domain_normalize(domain, strlen(domain), again,
	    sizeof(again)) != 0 || strcmp(domain, again) != 0 ||
	    memchr(data, '@', len) == NULL)
		abort();
	check_same("(x@y.example)\r\n ", data, len, " (\\))", domain);
	check_same(",", data, len, ",", domain);
	return 0;
}

/* SPDX-License-Identifier: ISC */

/*
 * The authors of any octets: names have no octet that a log or a comparison
 * would stumble over, a field read twice adds nothing, and without an "@",
 * encoded or not, there is nobody.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_name(const char *name)
{
	static const char octets[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789-_.?";
	size_t len = strlen(name);

	if (len == 0 || len > DKIMSIG_MAX_DOMAIN ||
	    strspn(name, octets) != len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct dkimsig_authors *authors;
	size_t n, i;

	if (dkimsig_authors_new(&authors) != 0)
		return 0;
	if (dkimsig_authors_field(authors, (const char *)data, len) != 0)
		abort();
	n = dkimsig_authors_count(authors);
	for (i = 0; i < n; i++)
		check_name(dkimsig_authors_domain(authors, i));
	for (i = 0; i < dkimsig_authors_nmentions(authors); i++)
		check_name(dkimsig_authors_mention(authors, i));
	if (dkimsig_authors_domain(authors, n) != NULL)
		abort();
	if (dkimsig_authors_field(authors, (const char *)data, len) != 0 ||
	    dkimsig_authors_nfields(authors) != 2 ||
	    dkimsig_authors_count(authors) != n)
		abort();
	dkimsig_authors_free(authors);
	return 0;
}

/* SPDX-License-Identifier: ISC */

/* A program elsewhere that uses the installed library. */

#include <stdio.h>
#include <string.h>

#include <dkimsig.h>

int
main(void)
{
	static const char from[] = " \"A\" <a@B\xc3\xbc" "cher.example>";
	struct dkimsig_authors *authors;
	const char *domain;
	int r;

	if ((r = dkimsig_authors_new(&authors)) == 0)
		r = dkimsig_authors_field(authors, from, strlen(from));
	domain = r == 0 ? dkimsig_authors_domain(authors, 0) : NULL;
	printf("%s: %s\n", dkimsig_strerror(r), domain == NULL ? "" : domain);
	r = domain == NULL || strcmp(domain, "xn--bcher-kva.example") != 0;
	dkimsig_authors_free(authors);
	return r;
}

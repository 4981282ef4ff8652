/* SPDX-License-Identifier: ISC */

/* A program elsewhere that uses the installed library. */

#include <stdio.h>
#include <string.h>

#include <dkimsig.h>

int
main(void)
{
	static const char from[] = " \"A\" <a@B\xc3\xbc" "cher.example>";
	char domain[DKIMSIG_DOMAIN_SIZE];
	int r;

	r = dkimsig_author_domain(from, strlen(from), domain, sizeof(domain));
	printf("%s: %s\n", dkimsig_strerror(r), domain);
	return strcmp(domain, "xn--bcher-kva.example") == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: ISC */

/*
 * dkimsig.h alone, twice, and before anything else: compiled as C99, C11 and
 * C++.
 */

#include "dkimsig.h"
#include "dkimsig.h"

int
main(void)
{
	struct dkimsig_signer_opts signer_opts = { 0u, 0, 0 };
	char domain[DKIMSIG_DOMAIN_SIZE];
	struct dkimsig_signer *signer;
	int r;

	if ((r = dkimsig_signer_new(&signer, &signer_opts)) != 0)
		return 1;
	dkimsig_signer_free(signer);
	r = dkimsig_domain_normalize("Example.COM", 11, domain,
	    sizeof(domain));
	return r == 0 && dkimsig_domain_equal(domain, "example.com") ? 0 : 1;
}

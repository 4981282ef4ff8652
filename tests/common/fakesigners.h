/* SPDX-License-Identifier: ISC */

/*
 * A signing service for tests of milter/message: one RSA key for each domain,
 * and a signature that costs nothing and verifies nowhere.
 */

#ifndef FAKESIGNERS_H
#define FAKESIGNERS_H

#include "dkimsig/dkimsig.h"
#include "message/sign_service.h"

/* What they say of any error. */
#define FAKESIGNERS_TEXT	"the signers' text"

struct fakesigners {
	/* SIGN_* that are answered; zeros are SIGN_OK. */
	int		 listed, signed_;
	/*
	 * The selectors that are listed, one in each call, and then the last
	 * one again and again; ends with NULL.  NULL: always "s1".
	 */
	const char	*const *selectors;
	/* The key with this selector signs no longer; NULL: all sign. */
	const char	*ended;
	/* Called for each block that is to be signed; NULL: none. */
	void		(*on_sign)(const void *tbs, size_t tbslen);
	/* How often keys were listed, and refreshed; of which domain last. */
	unsigned int	 nlisted, nrefreshed;
	/* How often blocks were to be signed. */
	unsigned int	 ncalls;
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	struct sign_service service;
};

/* The service of them, which they must outlive. */
const struct sign_service *fakesigners_service(struct fakesigners *signers);

#endif /* FAKESIGNERS_H */

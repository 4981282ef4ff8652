/* SPDX-License-Identifier: ISC */

/*
 * Domain names inside the library; the public functions are in dkimsig.h.
 */

#ifndef DOMAIN_H
#define DOMAIN_H

#include <stddef.h>

/* What domain_normalize() allows in addition: a bit set. */
#define DOMAIN_ONE_LABEL	0x1u	/* a single label is enough */
#define DOMAIN_UNDERSCORE	0x2u	/* "_" counts as a letter */

/*
 * As dkimsig_domain_normalize(), but relaxed by flags.  The names in a received
 * signature are converted with DOMAIN_UNDERSCORE, and its selector with
 * DOMAIN_ONE_LABEL, too.
 */
int	domain_normalize(const char *domain, size_t domainlen,
	    unsigned int flags, char *buf, size_t bufsize);

/*
 * The DNS name of a key record, selector._domainkey.sdid, from two
 * normalized names.
 *
 * Returns 0, DKIMSIG_E_DOMAIN if it is longer than DKIMSIG_MAX_DOMAIN, or
 * DKIMSIG_E_NOSPACE.  RFC 6376 section 3.6.2.1.
 */
int	domain_key_name(const char *selector, const char *sdid, char *buf,
	    size_t bufsize);

#endif /* DOMAIN_H */

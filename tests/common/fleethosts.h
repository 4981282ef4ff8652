/* SPDX-License-Identifier: ISC */

/*
 * Hosts of a fleet with keys that are always the same, and texts that they
 * sign.
 */

#ifndef FLEETHOSTS_H
#define FLEETHOSTS_H

#include <openssl/evp.h>

#include "signed/members.h"

struct testhost {
	EVP_PKEY		*pkey;
	struct fleet_host	 host;
};

/* The keys follow from the number.  Fails the test on failure. */
void	fleethosts_make(struct testhost *host, const char *name,
	    unsigned char number);
void	fleethosts_free(struct testhost *host);

void	fleethosts_sign(const struct testhost *host, const char *octets,
	    size_t len, unsigned char signature[FLEET_SIGNATURE]);

/* Begin a fleet. */
void	fleethosts_begin(struct fleet_members *members,
	    const struct testhost *first);

/* Admit a host, or expel it; its rows up to host->host.to still count. */
void	fleethosts_change(struct fleet_members *members,
	    const struct testhost *host, int64_t change,
	    const struct testhost *by);

/*
 * Replace the only occurrence of old in a text; the caller frees the result.
 * Fails the test if there is none, or more than one.
 */
char	*fleethosts_replace(const char *text, const char *old,
	    const char *new);

#endif /* FLEETHOSTS_H */

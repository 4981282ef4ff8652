/* SPDX-License-Identifier: ISC */

/*
 * When signing of mail of a domain starts, in a sentence.
 */

#ifndef DOMAIN_START_H
#define DOMAIN_START_H

#include "life/lifecycle.h"

#define DOMAIN_START_SIZE	768

/*
 * "mail of example.com will be signed from about 15:40 UTC on if ..."; "" if it
 * is already signed.
 */
void	domain_start_print(const char *domain, enum lifecycle_start start,
	    int64_t when, int64_t now, bool by_hand,
	    char text[DOMAIN_START_SIZE]);

#endif /* DOMAIN_START_H */

/* SPDX-License-Identifier: ISC */

/*
 * When mail of a domain is signed, in a sentence.
 */

#ifndef DOMAIN_START_H
#define DOMAIN_START_H

#include "life/lifecycle.h"

#define DOMAIN_START_SIZE	768

/*
 * "mail of example.com is signed from about 15:40 UTC on, if ..."; "" where it
 * is signed already.
 */
void	domain_start_print(const char *domain, enum lifecycle_start start,
	    int64_t when, int64_t now, bool by_hand,
	    char text[DOMAIN_START_SIZE]);

#endif /* DOMAIN_START_H */

/* SPDX-License-Identifier: ISC */

/*
 * A sentence that says when signing mail of a domain starts.
 */

#ifndef DOMAIN_START_H
#define DOMAIN_START_H

#include "life/lifecycle.h"

#define DOMAIN_START_SIZE	768

/*
 * Print "mail of example.com will be signed from about 15:40 UTC on if ...", or
 * "" if it is already signed.  when and now are in seconds since 1970; command
 * is that of ks_command().
 */
void	domain_start_print(const char *domain, enum lifecycle_start start,
	    int64_t when, int64_t now, bool by_hand, const char *command,
	    char text[DOMAIN_START_SIZE]);

#endif /* DOMAIN_START_H */

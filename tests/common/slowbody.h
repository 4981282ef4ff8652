/* SPDX-License-Identifier: ISC */

/*
 * What a whole body is in canonical form, and its faults: a few slow lines,
 * written from the RFCs alone, for comparison with the library's scan.
 */

#ifndef SLOWBODY_H
#define SLOWBODY_H

#include <stddef.h>

#include "dkimsig/dkimsig.h"

/*
 * Write the canonical form of a body, RFC 6376 sections 3.4.3 and 3.4.4, and
 * return its length.  out has room for len + 2 octets.
 */
size_t	slow_canon(enum dkimsig_canon canon, const char *body, size_t len,
	    char *out);

/* DKIMSIG_FAULT_* of a body. */
unsigned int slow_faults(const char *body, size_t len);

#endif /* SLOWBODY_H */

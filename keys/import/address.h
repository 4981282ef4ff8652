/* SPDX-License-Identifier: ISC */

/*
 * Patterns of addresses in the tables of other signers.
 */

#ifndef IMPORT_ADDRESS_H
#define IMPORT_ADDRESS_H

#include "dkimsig/dkimsig.h"

/* What authors of a source can have before the "@". */
#define IMPORT_MAX_LOCAL	256	/* octets */

enum import_address_kind {
	IMPORT_ADDRESS_ALL,	/* of a domain, or of all its subdomains */
	IMPORT_ADDRESS_SOME,	/* of these: local says which */
	IMPORT_ADDRESS_REGEX,	/* some, by a regular expression */
	IMPORT_ADDRESS_ODD,	/* some, as authors cannot have them */
	IMPORT_ADDRESS_ANYWHERE	/* of domains that a source cannot name */
};

struct import_address {
	/* As in domains of a source, not normalized; unless ANYWHERE. */
	char	domain[DKIMSIG_DOMAIN_SIZE + 2];
	/* In lower case; "*" stands for any text.  Only if SOME. */
	char	local[IMPORT_MAX_LOCAL + 1];
};

/*
 * Read a pattern: LOCAL@DOMAIN or DOMAIN, where DOMAIN begins with "." or "*."
 * for all its subdomains.
 */
enum import_address_kind import_address_read(const char *pattern,
	    struct import_address *address);

#endif /* IMPORT_ADDRESS_H */

/* SPDX-License-Identifier: ISC */

/*
 * What the header of a message says about its way: for the log only.  Anyone can
 * write such fields, so they decide nothing.
 */

#ifndef TRACES_H
#define TRACES_H

#include <stddef.h>

#include "dkimsig/dkimsig.h"

#define TRACES_LIST_ID_SIZE	128	/* octets; a longer id is cut */
#define TRACES_MAX_SIGNERS	8	/* the topmost ones */

struct traces {
	/* Received fields, without those of a local submission. */
	size_t	 nhops;
	/* The id of a mailing list (List-Id, RFC 2919); "": none. */
	char	 list_id[TRACES_LIST_ID_SIZE];
	/* Domains (d=) of the DKIM-Signature fields, each once. */
	char	 signers[TRACES_MAX_SIGNERS][DKIMSIG_DOMAIN_SIZE];
	size_t	 nsigners;
};

/* Read a header field.  traces is zeroed before the first one.  value is
 * everything after the colon, folded with CRLF. */
void	traces_field(struct traces *traces, const char *name, size_t namelen,
	    const char *value, size_t valuelen);

#endif /* TRACES_H */

/* SPDX-License-Identifier: ISC */

/*
 * What the header of a message says about its way: for the log only.  Anyone
 * can write such fields, so they decide nothing.
 */

#ifndef TRACES_H
#define TRACES_H

#include <stdbool.h>
#include <stddef.h>

#include "dkim2/chain.h"
#include "dkimsig/dkimsig.h"

#define TRACES_LIST_ID_SIZE	128	/* octets; a longer id is cut */
#define TRACES_MAX_SIGNERS	8	/* the topmost ones */

/* How the message came to the program that sent it to us. */
enum traces_way {
	TRACES_WAY_UNKNOWN,
	TRACES_WAY_WEB,		/* from a browser */
	TRACES_WAY_FETCHED,	/* from a mailbox elsewhere */
	TRACES_WAY_FILTER,	/* from a content filter */
	TRACES_WAY_FORWARDED	/* it was delivered before */
};

struct traces {
	/* Received fields of mail servers: not of programs and browsers. */
	size_t	 nhops;
	/*
	 * By the topmost Received field, or, if that is of a mail server, by
	 * fields that are added at a delivery.
	 */
	enum traces_way way;
	bool	 has_received;
	/* The id of a mailing list (List-Id, RFC 2919); "": none. */
	char	 list_id[TRACES_LIST_ID_SIZE];
	/* Domains (d=) of the DKIM-Signature fields, each once. */
	char	 signers[TRACES_MAX_SIGNERS][DKIMSIG_DOMAIN_SIZE];
	size_t	 nsigners;
	/* DKIM2 signatures; not verified. */
	struct dkim2_chain dkim2;
};

/* "web", "fetched", ...; NULL if it is unknown. */
const char *traces_way_name(enum traces_way way);

/* Read a header field.  traces is zeroed before the first one.  value is
 * everything after the colon, folded with CRLF. */
void	traces_field(struct traces *traces, const char *name, size_t namelen,
	    const char *value, size_t valuelen);

#endif /* TRACES_H */

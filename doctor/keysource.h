/* SPDX-License-Identifier: ISC */

/*
 * Where countersign-doctor has key records from: a file, or DNS.
 */

#ifndef KEYSOURCE_H
#define KEYSOURCE_H

#include <stddef.h>

#include "dkimsig/dkimsig.h"

#define KEYSOURCE_MAX_TXT	8	/* records of one name looked at */

struct keysource;

struct keyanswer {
	enum dkimsig_dns status;
	size_t		 ntxts;		/* all that there are */
	char		*txts[KEYSOURCE_MAX_TXT];
	size_t		 lens[KEYSOURCE_MAX_TXT];
	char		 error[160];	/* with DKIMSIG_DNS_FAILED: why */
};

/*
 * Read a file of lines "name TXT-text"; "#" begins a comment line.  A text
 * may be written as in a zone file, in quoted strings.  NULL on failure,
 * with the reason in error.
 */
struct keysource *keysource_file(const char *path, char *error,
	    size_t errorsize);

/* Ask DNS: a server as of struct dns_options, or NULL for those of
 * /etc/resolv.conf.  NULL on failure, as above. */
struct keysource *keysource_dns(const char *server, char *error,
	    size_t errorsize);

void	keysource_free(struct keysource *source);

/* Look a name up.  Fails never: no answer is one, too.  Finish it. */
void	keysource_lookup(struct keysource *source, const char *name,
	    struct keyanswer *answer);
void	keyanswer_finish(struct keyanswer *answer);

#endif /* KEYSOURCE_H */

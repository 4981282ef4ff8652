/* SPDX-License-Identifier: ISC */

/*
 * Look up key records for countersign-doctor, in a file or in DNS.
 */

#ifndef KEYSOURCE_H
#define KEYSOURCE_H

#include <stddef.h>

#include "dkimsig/dkimsig.h"

#define KEYSOURCE_MAX_TXT	8	/* records kept per name */

struct keysource;

struct keyanswer {
	enum dkimsig_dns status;
	size_t		 ntxts;		/* found; may exceed the number kept */
	char		*txts[KEYSOURCE_MAX_TXT];
	size_t		 lens[KEYSOURCE_MAX_TXT];
	char		 error[160];	/* why, if DKIMSIG_DNS_FAILED */
};

/*
 * Read key records from a file.  Each line has a name and a text, which may be
 * in quoted strings as in a zone file.  A line that begins with "#" is a
 * comment.  Returns NULL on failure, with the reason in error.
 */
struct keysource *keysource_file(const char *path, char *error,
	    size_t errorsize);

/*
 * Look up key records in DNS.  server is as in struct dns_options, or NULL for
 * the servers in /etc/resolv.conf.  Returns NULL on failure, with the reason
 * in error.
 */
struct keysource *keysource_dns(const char *server, char *error,
	    size_t errorsize);

void	keysource_free(struct keysource *source);

/* Look up a name.  A failure is reported in the answer; finish it always. */
void	keysource_lookup(struct keysource *source, const char *name,
	    struct keyanswer *answer);
void	keyanswer_finish(struct keyanswer *answer);

#endif /* KEYSOURCE_H */

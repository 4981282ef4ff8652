/* SPDX-License-Identifier: ISC */

/*
 * Runs a message through the verifier: whole, octet by octet, and with the
 * body cut at every offset; the verdicts must be the same each time.
 */

#ifndef RUNNER_H
#define RUNNER_H

#include <stddef.h>
#include <stdint.h>

#include "dkimsig/dkimsig.h"

#define RUNNER_MAX_FIELDS	2000
/* Bodies over this are cut within RUNNER_EDGE octets of both ends, and
 * around every line end, instead of everywhere. */
#define RUNNER_SMALL_BODY	4096	/* octets */
#define RUNNER_EDGE		256	/* octets */

struct runner_field {
	const char	*name, *value;
	size_t		 namelen, valuelen;
};

struct runner_message {
	char		*text;		/* what the fields point into */
	struct runner_field	fields[RUNNER_MAX_FIELDS];
	size_t		 nfields;
	const char	*body;
	size_t		 bodylen;
};

/*
 * Split a message, its line ends LF or CRLF, into fields and body; LF
 * becomes CRLF in a file that has no CRLF.  The caller frees with
 * runner_message_finish().  Ends the program on a message without a colon.
 */
void	runner_message_parse(struct runner_message *message, const char *text,
	    size_t len);
void	runner_message_finish(struct runner_message *message);

/* What DNS says about a name; *txt is borrowed from the test's data. */
typedef enum dkimsig_dns (*runner_dns)(void *arg, const char *name,
    const char **txt);

#define RUNNER_VERDICTS_SIZE	2048	/* octets */

/*
 * The verdicts on all signatures, top first, "result: reason" joined by
 * " | ", into verdicts.  Fails the running cmocka test where a cut makes a
 * difference.
 */
void	runner_verify(const struct runner_message *message, int64_t now,
	    runner_dns dns, void *arg,
	    char verdicts[RUNNER_VERDICTS_SIZE]);

#endif /* RUNNER_H */

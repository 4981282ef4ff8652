/* SPDX-License-Identifier: ISC */

/*
 * A whole message in memory, as read from a file.
 *
 * Line ends become CRLF, as an MTA would make them: in the header always, in
 * the body when no line of the message ends with CRLF.  In a message of both
 * kinds the body stays as it is.
 */

#ifndef MAILFILE_H
#define MAILFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define MAILFILE_MAX	(64u << 20)	/* octets of a message */

enum mailfile_ends {
	MAILFILE_CRLF,
	MAILFILE_LF,
	MAILFILE_MIXED
};

struct mailfield {
	const char	*name;		/* blanks before the colon included */
	size_t		 namelen;
	const char	*value;		/* all after the colon, folds too */
	size_t		 valuelen;
};

struct mailfile {
	char		*text;		/* what all pointers point into */
	struct mailfield *fields;
	size_t		 nfields;
	const char	*body;
	size_t		 bodylen;
	enum mailfile_ends ends;
	bool		 unix_from;	/* a "From " line on top, left out */
	size_t		 bad_line;	/* the first line of the header that
					 * is no field, from 1; the body
					 * begins there; 0: there is none */
};

/*
 * Read a message up to the stream's end.  On failure *why is a static text,
 * and the return value false.
 */
bool	mailfile_read(struct mailfile *mail, FILE *fp, const char **why);

/* The same of len octets in memory, which are not kept. */
bool	mailfile_parse(struct mailfile *mail, const char *text, size_t len,
	    const char **why);

/* Free; a zeroed one is allowed. */
void	mailfile_finish(struct mailfile *mail);

/* Whether a field has that name, without case. */
bool	mailfield_is(const struct mailfield *field, const char *name,
	    size_t namelen);

/* The n-th field of that name from the top, n from 0; NULL: none. */
const struct mailfield *mailfile_find(const struct mailfile *mail,
	    const char *name, size_t n);

#endif /* MAILFILE_H */

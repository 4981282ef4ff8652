/* SPDX-License-Identifier: ISC */

/*
 * Read a whole message from a file into memory.
 *
 * As in an MTA, lines that end with LF get CRLF.  In the header this is always
 * done; in the body only if no line of the message ends with CRLF.
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
	const char	*name;		/* with any blanks before the colon */
	size_t		 namelen;
	const char	*value;		/* all after the colon, with folds */
	size_t		 valuelen;
};

struct mailfile {
	char		*text;		/* the other pointers point into it */
	struct mailfield *fields;
	size_t		 nfields;
	const char	*body;
	size_t		 bodylen;
	enum mailfile_ends ends;
	bool		 unix_from;	/* a "From " line at the top was
					 * skipped */
	size_t		 bad_line;	/* the line, from 1, at which the body
					 * begins because it is not a header
					 * field; 0: none */
};

/*
 * Read a message up to the end of the stream.  On failure, return false and
 * set *why to a static text.
 */
bool	mailfile_read(struct mailfile *mail, FILE *fp, const char **why);

/* The same from len octets in memory, which are copied. */
bool	mailfile_parse(struct mailfile *mail, const char *text, size_t len,
	    const char **why);

/* Free the content; mail may be zeroed. */
void	mailfile_finish(struct mailfile *mail);

/* Whether a field has that name, ignoring case. */
bool	mailfield_is(const struct mailfield *field, const char *name,
	    size_t namelen);

/* The n-th field of that name from the top, counted from 0; NULL if none. */
const struct mailfield *mailfile_find(const struct mailfile *mail,
	    const char *name, size_t n);

#endif /* MAILFILE_H */

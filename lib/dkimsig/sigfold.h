/* SPDX-License-Identifier: ISC */

/*
 * Writes the value of a DKIM-Signature field, folded with CRLF HTAB to lines
 * of at most SIGFOLD_WIDTH octets.  It folds only where a tag list allows white
 * space: between tags, at the colons of h=, inside base64.
 */

#ifndef SIGFOLD_H
#define SIGFOLD_H

#include <stddef.h>

#include "dkimsig/buf.h"

#define SIGFOLD_WIDTH	78	/* octets, RFC 5322 section 2.1.1 */

struct sigfold {
	struct buf	*out;
	size_t		 column;	/* octets of the line so far */
	bool		 has_tag;
};

/* Begin after "DKIM-Signature:".  Errors are recorded in out. */
void	sigfold_init(struct sigfold *f, struct buf *out);

/* Write "name=" and a value that is never folded. */
void	sigfold_tag(struct sigfold *f, const char *name, struct view value);
/*
 * Write "name=" and base64, which is folded anywhere except before its first
 * octets.  open writes the name; more, called any number of times, the base64.
 */
void	sigfold_base64_open(struct sigfold *f, const char *name);
void	sigfold_base64_more(struct sigfold *f, struct view value);
/* Write "name=" and names joined by colons, folded before a colon. */
void	sigfold_names(struct sigfold *f, const char *name,
	    const struct view *names, size_t nnames);

#endif /* SIGFOLD_H */

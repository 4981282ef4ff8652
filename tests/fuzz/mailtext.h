/* SPDX-License-Identifier: ISC */

/*
 * A message as text, for fuzz targets that feed signers and verifiers.
 */

#ifndef MAILTEXT_H
#define MAILTEXT_H

#include <stddef.h>

struct mailtext {
	const char	*header;	/* what is left of it */
	size_t		 headerlen;
	const char	*body;
	size_t		 bodylen;
};

struct mailfield {
	const char	*name, *value;
	size_t		 namelen, valuelen;
};

/* Split at the first empty line; without one all is header. */
void	mailtext_split(struct mailtext *mail, const char *text, size_t len);

/* Take the next field off the header: 1, or 0 at its end.  A line without a
 * colon is a name without a value. */
int	mailtext_next(struct mailtext *mail, struct mailfield *field);

#endif /* MAILTEXT_H */

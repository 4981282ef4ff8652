/* SPDX-License-Identifier: ISC */

/*
 * Bodies to measure with: what mail has, and what costs most.  The same kind
 * and length always give the same octets.
 */

#ifndef BODYTEXT_H
#define BODYTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct bodytext {
	const char	*name;
	bool		 is_worst;	/* a worst case, not usual mail */
	/* Write the next line; returns its length, at most BODYTEXT_LINE. */
	size_t		(*line)(char *line, unsigned int *seed);
};

#define BODYTEXT_LINE	1000	/* octets with CRLF */

/* All kinds; base64 is the first. */
const struct bodytext	*bodytext_list(size_t *n);

/* Fill a body with lines; the last one may be cut, but ends with CRLF. */
void	bodytext_fill(const struct bodytext *text, char *body, size_t len);

#endif /* BODYTEXT_H */

/* SPDX-License-Identifier: ISC */

/*
 * What is wrong by the numbers, and where to look further.
 */

#ifndef STATUS_TROUBLE_H
#define STATUS_TROUBLE_H

#include <stddef.h>

#include "status/numbers.h"

#define TROUBLES_MAX		8
#define TROUBLE_TEXT_SIZE	256

struct trouble_seen {
	const char	*id;		/* of JSON */
	char		 text[TROUBLE_TEXT_SIZE];	/* printable ASCII */
	const char	*command;	/* that says more, or fixes it */
};

struct troubles {
	struct trouble_seen list[TROUBLES_MAX];
	size_t		 n;
};

/*
 * Find them: what happened in the last seconds, unless that is unknown (recent
 * NULL), because what happened long ago is no trouble now; and what is full or
 * waits.
 */
void	troubles_find(struct troubles *troubles, const struct numbers *total,
	    const struct numbers *recent);

#endif /* STATUS_TROUBLE_H */

/* SPDX-License-Identifier: ISC */

/*
 * Header fields that are removed from a message: secrets from every message,
 * others only from messages that are signed.
 *
 * The MTA is told the name and the occurrence, counted from the top of the
 * message as it arrived.  A removal renumbers the occurrences below it, so
 * remove from the end of the list, which is in message order, to its beginning.
 */

#ifndef REMOVALS_H
#define REMOVALS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* Most fields listed for one message; a message with more is refused. */
#define REMOVALS_MAX	1000

struct removal {
	char		*name;		/* as in the message */
	unsigned int	 instance;	/* of that name, from 1 at the top */
	size_t		 field;		/* of the message, from 0 at the top */
	char		*sdid;		/* of DKIM-Signature; "": unreadable */
	bool		 is_secret;
	bool		 is_chosen;	/* to be removed */
};

struct removals {
	struct removal	*list;
	size_t		 n;
	size_t		 nfields;	/* seen */
	bool		 overflow;
};

void	removals_finish(struct removals *removals);

/*
 * Look at the next field of the message: list it if it is a secret, which is
 * chosen at once, or if some source might remove it.  Returns 0, or -1 when out
 * of memory.
 */
int	removals_field(struct removals *removals, const struct config *config,
	    const char *name, size_t namelen,
	    const char *value, size_t valuelen);

/* Choose the fields that the source removes. */
void	removals_choose(struct removals *removals, const struct source *source);

/* Whether any field is chosen. */
bool	removals_any(const struct removals *removals);

#endif /* REMOVALS_H */

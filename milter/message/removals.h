/* SPDX-License-Identifier: ISC */

/*
 * Header fields that are taken out of a message: secrets from every one,
 * others from those that are signed.
 *
 * The MTA is told the name and which occurrence of it, counted from the top of
 * the message as it arrived.  A deletion moves those below it up, so the list
 * runs from the bottom of the message to its top.
 */

#ifndef REMOVALS_H
#define REMOVALS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* Fields that may have to be taken out, a message; beyond, it is refused. */
#define REMOVALS_MAX	1000

struct removal {
	char		*name;		/* as in the message */
	unsigned int	 instance;	/* of that name, from 1 at the top */
	size_t		 field;		/* of the message, from 0 at the top */
	char		*sdid;		/* of DKIM-Signature; "": unreadable */
	bool		 is_secret;
	bool		 is_chosen;	/* to be taken out */
};

struct removals {
	struct removal	*list;
	size_t		 n;
	size_t		 nfields;	/* seen */
	bool		 overflow;
};

void	removals_finish(struct removals *removals);

/*
 * The next field of the message, of which what some source or a secret may
 * want to be taken out is kept; secrets are wanted out at once.  0, or -1
 * when out of memory.
 */
int	removals_field(struct removals *removals, const struct config *config,
	    const char *name, size_t namelen,
	    const char *value, size_t valuelen);

/* Want out what the source says. */
void	removals_choose(struct removals *removals, const struct source *source);

/* Whether any field is wanted out. */
bool	removals_any(const struct removals *removals);

#endif /* REMOVALS_H */

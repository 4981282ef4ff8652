/* SPDX-License-Identifier: ISC */

/*
 * What waits for a person in one domain: records to enter or remove by hand,
 * missing CNAMEs, and troubles that only a person can solve.
 *
 * It comes from the troubles that the last run of rotation saved, and from the
 * state: a key whose record is published by hand, and that was never seen,
 * waits for its record even before rotation has run.  DNS is asked only for the
 * CNAMEs of domains in CNAME mode: what it shows now counts, so that a line
 * disappears when it was entered.
 */

#ifndef TODO_ITEMS_H
#define TODO_ITEMS_H

#include "command/todo_print.h"
#include "rotate/alarms.h"
#include "rotate/view.h"

/* A domain and its troubles; all is borrowed. */
struct todo_domain {
	const char		*domain;
	struct domain_view	*view;
	struct alarms		*alarms;	/* more may be added */
	size_t			 first;		/* alarm of this domain */
	int64_t			 now;
	/* Called for each item, which is valid during the call. */
	void			(*add)(void *context,
				    const struct todo_item *item);
	void			*context;
	size_t			 nothers;	/* troubles left to rotation */
};

/*
 * Find the items of a domain, and count in nothers.  A key that cannot be read
 * becomes one more trouble.  Returns 0 or KS_E_NOMEM.
 */
int	todo_items_find(struct todo_domain *todo);

#endif /* TODO_ITEMS_H */

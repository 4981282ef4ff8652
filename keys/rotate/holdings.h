/* SPDX-License-Identifier: ISC */

/*
 * What the hosts of a fleet have of a domain's keys, as countersign-fleet(8)
 * answers.
 *
 * It is asked for each domain that is viewed, over one connection for the run.
 * If it does not answer, nothing is known, and so every new key waits, and
 * every record stays.
 */

#ifndef ROTATE_HOLDINGS_H
#define ROTATE_HOLDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/keystore.h"

#define HOLDING_HOST_SIZE	65
#define HOLDING_WHY_SIZE	512

/* One host and one key. */
struct view_holding {
	char	 selector[KS_SELECTOR_SIZE];
	char	 host[HOLDING_HOST_SIZE];
	bool	 is_taken;
	bool	 is_reported;		/* it stopped signing */
	int64_t	 last;			/* KS_NEVER: it never signed */
	char	 why[HOLDING_WHY_SIZE];
};

struct view_holdings {
	struct view_holding	*list;
	size_t			 n, size;
	/* All hosts but this one, and those of --without. */
	char			(*hosts)[HOLDING_HOST_SIZE];
	size_t			 nhosts;
	char			 fault[1024];	/* nothing is known: why */
};

struct rotation_run;

/* Ask about a domain, in place of what was known. */
void	view_holdings_ask(struct view_holdings *holdings,
	    struct rotation_run *run, const char *domain);
void	view_holdings_finish(struct view_holdings *holdings);

/* What a host has of a key; NULL if that is not known. */
const struct view_holding *view_holdings_find(
	    const struct view_holdings *holdings, const char *host,
	    const char *selector);

#endif /* ROTATE_HOLDINGS_H */

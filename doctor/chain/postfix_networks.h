/* SPDX-License-Identifier: ISC */

/*
 * The networks that Postfix trusts, and the SPF records of platforms.
 */

#ifndef CHAIN_POSTFIX_NETWORKS_H
#define CHAIN_POSTFIX_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>

#include "chain/chain.h"
#include "config/network.h"

#define PF_MAX_NETWORKS	128	/* items of mynetworks */

/* An item of mynetworks. */
struct pf_network {
	char		 text[128];
	struct network	 network;
	bool		 is_block;	/* network is set */
	/* What is wrong with it: one of these, or neither. */
	bool		 is_wide;
	const char	*platform;	/* "of Google Workspace" */
	char		 name[320];	/* what platform points to */
};

struct pf_networks {
	struct pf_network items[PF_MAX_NETWORKS];
	size_t		 n;
};

/*
 * Find networks that the SPF record of a platform has, for those of which
 * nothing else is known.  Returns true, or false with the reason in why if DNS
 * did not answer for one of the records.
 */
bool	pf_networks_by_spf(const struct chain *chain,
	    struct pf_networks *networks, char *why, size_t size);

#endif /* CHAIN_POSTFIX_NETWORKS_H */

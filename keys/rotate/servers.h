/* SPDX-License-Identifier: ISC */

/*
 * The name servers of a domain that do not answer: collected while its keys
 * are looked up, then reported as one trouble.
 */

#ifndef DOMAIN_SERVERS_H
#define DOMAIN_SERVERS_H

#include <stdbool.h>
#include <stdint.h>

#include "dkimsig/dkimsig.h"
#include "probe/address.h"

struct dns_sight;
struct domain_report;
struct domain_view;

struct silent_server {
	char	 name[DKIMSIG_DOMAIN_SIZE];
	char	 address[DNS_ADDRESS_SIZE];	/* "": it has none */
	char	 zone[DKIMSIG_DOMAIN_SIZE];
	int64_t	 since;
	bool	 is_excepted;
	bool	 is_alone;	/* no server of its zone answers for keys */
	char	 reason[64];	/* of the last look; "" if there is none */
};

/*
 * Add the silent servers of a sight to the view, and a delegation to servers
 * that do not answer; without memory, not all.
 */
void	domain_view_note_servers(struct domain_view *view,
	    const struct dns_sight *sight);

/*
 * Report those that have been silent for SILENCE_TROUBLE, or that are excepted,
 * as one trouble of the domain, and the dead delegation as another.
 */
void	domain_view_report_servers(const struct domain_view *view,
	    struct domain_report *report, int64_t now);

#endif /* DOMAIN_SERVERS_H */

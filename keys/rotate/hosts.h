/* SPDX-License-Identifier: ISC */

/*
 * What other hosts have of a domain's keys, those of sync_hosts or of the
 * fleet: facts for the rules, and the lines of a report about hosts that hold
 * something up.
 *
 * Hosts are not asked: countersign-key sync keeps what they answered in the
 * store (store/hosts_file.h), and countersign-fleet what they confirmed
 * (holdings.h).
 */

#ifndef ROTATE_HOSTS_H
#define ROTATE_HOSTS_H

#include "rotate/report.h"
#include "rotate/view.h"

/* Set the facts of all keys of a view; nothing if there are no other hosts. */
void	domain_view_hosts(struct domain_view *view);

/* Report the hosts because of which a key waits, or is still exposed. */
void	domain_view_report_hosts(const struct domain_view *view,
	    struct domain_report *report, int64_t now);

/*
 * A host that lacks a key, or its end, and why: in one line.  Returns false if
 * there is none.
 */
#define DOMAIN_HOST_SIZE	1024
bool	domain_view_host(const struct domain_view *view, size_t key,
	    char text[DOMAIN_HOST_SIZE]);

/*
 * The names of all hosts that have not taken a key, or with is_ended, that may
 * not know that it has ended.
 */
void	domain_view_host_names(const struct domain_view *view, size_t key,
	    bool is_ended, char text[DOMAIN_HOST_SIZE]);

/* What the hosts are of: "sync_hosts" or "the fleet"; static. */
const char *domain_view_host_kind(const struct domain_view *view);

#endif /* ROTATE_HOSTS_H */

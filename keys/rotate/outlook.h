/* SPDX-License-Identifier: ISC */

/*
 * The outlook for a domain: what waits for time to pass, what somebody must
 * do, and what is wrong.
 */

#ifndef DOMAIN_OUTLOOK_H
#define DOMAIN_OUTLOOK_H

#include "rotate/report.h"
#include "rotate/view.h"

/*
 * Add the outlook to a report, from what the view knows.  If DNS was not
 * asked, the troubles are those of state and key files alone.
 */
void	domain_outlook(const struct domain_view *view,
	    struct domain_report *report, int64_t now);

/* Report why no key can be verified, if all name servers are private. */
void	domain_outlook_private_servers(const struct domain_view *view,
	    struct domain_report *report, int64_t now);

/* Report when signing of mail starts, if it has not started yet. */
void	domain_outlook_start(const struct domain_view *view,
	    struct domain_report *report, int64_t now);

#endif /* DOMAIN_OUTLOOK_H */

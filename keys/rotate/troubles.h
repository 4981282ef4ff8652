/* SPDX-License-Identifier: ISC */

/*
 * The troubles of a domain from one run to the next: a run saves what it saw,
 * and monitoring recalls it, with the time since when it is so.
 */

#ifndef DOMAIN_TROUBLES_H
#define DOMAIN_TROUBLES_H

#include "rotate/report.h"
#include "rotate/view.h"

/*
 * Save the troubles in the report of a run in the domain's folder; those that
 * were there before keep their time.  Returns 0 or KS_E_*.
 */
int	domain_troubles_save(struct keystore *ks, struct ks_lock *lock,
	    const struct domain_report *report, int64_t now,
	    struct ks_error *error);

/*
 * Add to an outlook that is made without DNS what the last run saw in DNS or
 * could not do, and set the times since when all troubles exist; now for new
 * ones.  Keys that are gone meanwhile have no troubles.  Returns 0 or KS_E_*.
 */
int	domain_troubles_recall(const struct domain_view *view,
	    struct domain_report *report, int64_t now,
	    struct ks_error *error);

#endif /* DOMAIN_TROUBLES_H */

/* SPDX-License-Identifier: ISC */

/*
 * What the keys of a domain lack, stream by stream.
 */

#ifndef DOMAIN_LACKING_H
#define DOMAIN_LACKING_H

#include "rotate/report.h"
#include "rotate/view.h"

/* Add it to the report, each a trouble. */
void	domain_lacking(const struct domain_view *view,
	    struct domain_report *report, int64_t now);

#endif /* DOMAIN_LACKING_H */

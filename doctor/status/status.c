/* SPDX-License-Identifier: ISC */

/*
 * What the picture, JSON and the exit status share: see status.h.
 *
 * A person wants to know of the last minute; but if no mail came in it, what
 * was before tells more than zeros.
 */

#include "status/status.h"

const struct numbers *
status_shown(const struct status *status)
{
	return status->recent != NULL && status->recent->nall > 0 ?
	    status->recent : status->total;
}

bool
status_is_wrong(const struct status *status)
{
	return status->total == NULL || status->troubles->n > 0 ||
	    findings_count(status->findings, FINDING_PROBLEM) > 0;
}

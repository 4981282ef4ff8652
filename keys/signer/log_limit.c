/* SPDX-License-Identifier: ISC */

/*
 * A limit on log lines: LOG_LIMIT_BURST in a period; the rest are counted.
 *
 * The count is returned with the first line of the next period, so that no
 * line is dropped silently.  A pure function of its state and the time given;
 * nothing can fail.
 */

#include "signer/log_limit.h"

#include <limits.h>
#include <stdio.h>

bool
log_limit_pass(struct log_limit *limit, int64_t now, unsigned int *nheld)
{
	*nheld = 0;
	if (limit->npassed == 0 ||
	    now - limit->period_start >= LOG_LIMIT_PERIOD) {
		*nheld = limit->nheld;
		limit->period_start = now;
		limit->npassed = 0;
		limit->nheld = 0;
	}
	if (limit->npassed >= LOG_LIMIT_BURST) {
		if (limit->nheld < UINT_MAX)
			limit->nheld++;
		return false;
	}
	limit->npassed++;
	return true;
}

const char *
log_limit_held(char *buf, size_t size, unsigned int nheld)
{
	buf[0] = '\0';
	if (nheld > 0)
		(void)snprintf(buf, size, " (%u such lines not logged)",
		    nheld);
	return buf;
}

/* SPDX-License-Identifier: ISC */

/*
 * Mail over a period of time, counted in equal parts of it.
 */

#ifndef PAGE_PERIOD_H
#define PAGE_PERIOD_H

#include <stddef.h>
#include <stdint.h>

#include "journal/decision.h"

#define PERIOD_MAX	64	/* parts */

struct period {
	int64_t		 begin;		/* of the first part */
	int64_t		 width;		/* of each part, in seconds */
	size_t		 n;		/* parts */
	unsigned long	 counts[PERIOD_MAX][LOGGED_NACTIONS];
	unsigned long	 nundated;	/* decisions of no known time */
};

/*
 * Divide the time from since to until, at most some ten years, into parts that
 * begin at a quarter, an hour, a day or a Monday of UTC.
 */
void	period_begin(struct period *period, int64_t since, int64_t until);

void	period_add(struct period *period, const struct logged_decision *d);

/* The greatest number of messages in one part. */
unsigned long period_highest(const struct period *period);

/* "15 minutes", "day", "30 days". */
const char *period_width_name(const struct period *period);

#endif /* PAGE_PERIOD_H */

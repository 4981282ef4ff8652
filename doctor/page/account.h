/* SPDX-License-Identifier: ISC */

/*
 * What the logs say about a period: the figures of the page.
 */

#ifndef PAGE_ACCOUNT_H
#define PAGE_ACCOUNT_H

#include <stdbool.h>

#include "page/period.h"
#include "report/summary.h"
#include "report/tally.h"

struct account {
	struct summary	 summary;
	struct period	 period;	/* period_begin() before the rest */
	/* Of mail that was rejected, deferred or held. */
	struct tally	 clients;
	struct tally	 claimed;	/* author domains */
};

/* A logs_take_fn; arg is a struct account, zeroed but for its period. */
bool	account_take(void *account, const struct logged_decision *d);
void	account_sort(struct account *account);

#endif /* PAGE_ACCOUNT_H */

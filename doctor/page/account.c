/* SPDX-License-Identifier: ISC */

/*
 * The figures of the page: see account.h.
 *
 * Beside the summary, which "countersign-doctor summary" prints as well, there
 * is when the mail came, and from where what was not accepted.  Nothing fails.
 */

#include "page/account.h"

bool
account_take(void *arg, const struct logged_decision *d)
{
	struct account *account = arg;
	const enum logged_action action = decision_action(d);
	const char *domain = decision_domain(d);

	(void)summary_take(&account->summary, d);
	period_add(&account->period, d);
	if (action == LOGGED_SIGNED || action == LOGGED_PASSED)
		return true;
	tally_add(&account->clients, d->client != NULL ? d->client : "",
	    action, d);
	tally_add(&account->claimed, domain != NULL ? domain : "", action, d);
	return true;
}

void
account_sort(struct account *account)
{
	summary_sort(&account->summary);
	tally_rank(&account->clients);
	tally_rank(&account->claimed);
}

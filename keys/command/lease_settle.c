/* SPDX-License-Identifier: ISC */

/*
 * Changes of DNS that an earlier holder of the lease has begun, and not noted
 * how they ended: because it was killed, say.
 *
 * The record of each is looked up at all its servers.  If they agree, nothing
 * is under way any more, and the domain goes on from what they show.  Otherwise
 * the intent stays open, and no change of DNS is begun in that domain, until a
 * later run finds that they do.  Of a key that is not in the store any more
 * nothing is left to change.
 */

#include <string.h>

#include "command/lease_private.h"
#include "rotate/work.h"

static bool
is_settled(enum lifecycle_view view)
{
	return view != LIFECYCLE_UNASKED && view != LIFECYCLE_UNKNOWN &&
	    view != LIFECYCLE_DIFFERENT;
}

/* Whether all servers show the same of that key. */
static int
look(struct domain_work *work, const char *selector, bool *is)
{
	const struct ks_key *key;
	size_t i;

	key = ks_state_find(&work->view.state, selector);
	*is = key == NULL || key->removed != KS_NEVER;
	if (*is)
		return 0;
	i = (size_t)(key - work->view.state.keys);
	domain_work_look(work, i);
	*is = is_settled(lifecycle_record_view(&work->view.facts[i]));
	return 0;
}

static int
settle(struct lease *lease, struct rotation_run *run,
    const struct lease_intent *intent, struct ks_error *error)
{
	struct domain_report report;
	struct domain_work work;
	bool is = false;
	int r;

	domain_report_init(&report, intent->domain);
	r = domain_work_open(&work, run, intent->domain, false, &report,
	    error);
	if (r == 0)
		r = look(&work, intent->selector, &is);
	else if (r == KS_E_NODOMAIN) {
		is = true;
		r = 0;
	} else if (r == KS_E_LOCKED)
		r = 0;
	domain_work_close(&work);
	domain_report_finish(&report);
	return r == 0 && is ? lease_settled(lease, intent->id, error) : r;
}

int
lease_settle(struct lease *lease, struct rotation_run *run,
    const char *domain, struct ks_error *error)
{
	struct lease_intent intent;
	size_t i;
	int r = 0;

	for (i = 0; i < lease->nintents && r == 0; i++) {
		/* The list is replaced if the lease is taken again. */
		intent = lease->intents[i];
		if (domain == NULL || strcmp(intent.domain, domain) == 0)
			r = settle(lease, run, &intent, error);
	}
	return r;
}

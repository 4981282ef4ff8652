/* SPDX-License-Identifier: ISC */

/*
 * Summing up a time of mail: see summary.h.
 *
 * Mail that no source names is other people's mail: it is counted, but neither
 * by domain nor by kind.  Nothing fails, and memory does not depend on the log.
 */

#include "report/summary.h"

#include <string.h>

static void
count_kind(struct summary *s, const struct logged_decision *d)
{
	const enum mail_kind kind = kind_of(d);
	struct tally_row *row = &s->kinds[kind];

	row->counts[decision_action(d)]++;
	row->n++;
	if (d->time >= row->newest) {
		row->newest = d->time;
		(void)strlcpy(row->qid, d->qid, sizeof(row->qid));
	}
	if (kind == KIND_LIST)
		tally_add(&s->lists, d->list_id, decision_action(d), d);
}

bool
summary_take(void *arg, const struct logged_decision *d)
{
	struct summary *s = arg;
	const enum logged_action action = decision_action(d);
	const char *domain = decision_domain(d);

	if (s->n == 0 || d->time < s->first)
		s->first = d->time;
	if (s->n == 0 || d->time > s->last)
		s->last = d->time;
	s->n++;
	s->nobserved += d->observed;
	s->actions[action]++;
	tally_add(&s->sources, d->source != NULL ? d->source : "", action, d);
	if (action != LOGGED_SIGNED && d->reason != NULL)
		tally_add(&s->reasons, d->reason, action, d);
	if (d->source == NULL)
		return true;
	if (domain != NULL)
		tally_add(&s->domains, domain, action, d);
	if (action != LOGGED_SIGNED)
		count_kind(s, d);
	return true;
}

void
summary_sort(struct summary *s)
{
	tally_rank(&s->sources);
	tally_rank(&s->domains);
	tally_rank(&s->reasons);
	tally_rank(&s->lists);
}

const char *
summary_heading(enum logged_action action)
{
	static const char *const headings[LOGGED_NACTIONS] = {
		[LOGGED_SIGNED]		= "signed",
		[LOGGED_REJECTED]	= "rejected",
		[LOGGED_TEMPFAILED]	= "deferred",
		[LOGGED_QUARANTINED]	= "held",
		[LOGGED_PASSED]		= "unsigned",
	};

	return headings[action];
}

/* SPDX-License-Identifier: ISC */

/*
 * The end of a report, after all steps that were due: what the domain waits
 * for, what somebody must do, and what is wrong.
 *
 * This uses only what is known already; nothing is queried or changed here.  A
 * line for which there is no memory is still counted.
 */

#include "rotate/work.h"

#include <string.h>

#include "life/key_phase.h"
#include "life/private.h"
#include "rotate/start.h"

static void
say(struct domain_work *work, enum report_kind kind, size_t i,
    const char *step, int64_t when, const char *text, const char *more)
{
	domain_report_add(work->report, kind, work->view.state.keys[i].selector,
	    step, when, "%s%s%s", text, more[0] == '\0' ? "" : ": ", more);
}

/* A compromised key that still signs, or is not revoked everywhere. */
static void
say_exposed(struct domain_work *work, size_t i, int64_t now)
{
	const struct ks_key *key = &work->view.state.keys[i], *waiting = NULL;

	if (ks_key_is_active(key, now))
		waiting = domain_view_waiting(&work->view, key->algorithm, now);
	if (waiting != NULL)
		domain_report_add(work->report, REPORT_FAIL, key->selector,
		    "revoke", KS_NEVER, "is compromised and still signs: key "
		    "%s could take over, but not every server answers: %s: if "
		    "those that do not answer are out of service, force the "
		    "change with 'countersign-key activate %s %s --force'",
		    waiting->selector, domain_view_evidence(&work->view,
		    (size_t)(waiting - work->view.state.keys)),
		    work->view.state.domain, waiting->selector);
	else
		say(work, REPORT_FAIL, i, "revoke", KS_NEVER,
		    work->view.policy.by_hand ? "is compromised and not "
		    "revoked: publish its record with an empty p= now" :
		    key->revoked != KS_NEVER ?
		    "is compromised, and DNS does not show it as revoked" :
		    "is compromised and not revoked yet",
		    work->view.facts[i].view == LIFECYCLE_UNASKED ? "" :
		    domain_view_evidence(&work->view, i));
}

/* True if something was wrong and is now reported. */
static bool
say_alarm(struct domain_work *work, size_t i, int64_t now)
{
	switch (lifecycle_key_alarm(&work->view.state.keys[i],
	    &work->view.facts[i], &work->view.policy, now)) {
	case LIFECYCLE_FINE:
		return false;
	case LIFECYCLE_BROKEN:
		say(work, REPORT_FAIL, i, "check", KS_NEVER,
		    ks_key_is_active(&work->view.state.keys[i], now) ?
		    "signs, but not every server has its correct record" :
		    "is due to sign, but not every server has its correct "
		    "record",
		    domain_view_evidence(&work->view, i));
		return true;
	case LIFECYCLE_OVERDUE:
		say(work, REPORT_FAIL, i, "retire", KS_NEVER, "has signed for "
		    "far too long: no successor can take over", "");
		return true;
	case LIFECYCLE_FUTURE:
		say(work, REPORT_FAIL, i, "check", KS_NEVER, "a recorded time "
		    "lies in the future: check the clock of this host; the key "
		    "is not revoked or removed until then", "");
		return true;
	case LIFECYCLE_EXPOSED:
		say_exposed(work, i, now);
		return true;
	}
	return false;
}

/* True if the file of a key that signs, or will, cannot be used. */
static bool
say_unusable(struct domain_work *work, size_t i, int64_t now)
{
	const struct ks_key *key = &work->view.state.keys[i];
	const enum key_phase phase = key_phase(key, now);
	const char *fault = work->view.notes[i].fault;

	if (fault == NULL || key->compromised || phase >= KEY_RETIRED)
		return false;
	if (phase >= KEY_SCHEDULED)
		say(work, REPORT_FAIL, i, "check", KS_NEVER,
		    phase == KEY_ACTIVE ?
		    "should sign but cannot" :
		    "will not be able to sign", fault);
	else
		domain_report_add(work->report, REPORT_FAIL, key->selector,
		    "check", KS_NEVER, "will not be able to sign: %s; or "
		    "withdraw it with 'countersign-key remove %s %s'", fault,
		    work->view.state.domain, key->selector);
	return true;
}

/* Why only compromised keys are changed. */
static void
say_store_fault(struct domain_work *work)
{
	if (work->view.policy.store_fault)
		domain_report_add(work->report, REPORT_FAIL, "-", "check",
		    KS_NEVER, "the files of several keys cannot be used, %s: "
		    "something is wrong with the key store, for example the "
		    "owner after a restore, so only compromised keys are "
		    "changed", work->view.run->is_widespread ?
		    "in several domains" : "all in this domain");
}

/* A key that does not sign yet: what is missing in DNS. */
static void
say_candidate(struct domain_work *work, size_t i, int64_t now)
{
	const int64_t published = work->view.state.keys[i].published;
	const enum lifecycle_view view = work->view.facts[i].view;
	const char *step = "verify";
	const char *text = "not every server shows its record";
	bool spreads;

	/* Why a step failed says more than what DNS shows then. */
	if (view == LIFECYCLE_UNASKED || view == LIFECYCLE_RIGHT ||
	    work->view.notes[i].was_told)
		return;
	spreads = published != KS_NEVER && now - published <
	    LIFECYCLE_SPREADING;
	if (view == LIFECYCLE_ABSENT && work->view.policy.by_hand) {
		step = "publish";
		text = "publish its record: see 'countersign-key show'";
	} else if (view == LIFECYCLE_ABSENT && !spreads) {
		step = "publish";
		text = "its record is gone or was never published in DNS";
	}
	say(work, spreads ? REPORT_WAIT : REPORT_TODO, i, step, KS_NEVER,
	    text, domain_view_evidence(&work->view, i));
}

/* The records that a person may now revoke or remove. */
static void
say_by_hand(struct domain_work *work, size_t i, enum lifecycle_step next,
    int64_t when, int64_t now)
{
	const enum lifecycle_view view = work->view.facts[i].view;

	if (when > now || view == LIFECYCLE_ABSENT)
		return;
	if (next == LIFECYCLE_REVOKE && view != LIFECYCLE_REVOKED)
		say(work, REPORT_TODO, i, "revoke", KS_NEVER, "no mail signed "
		    "with it is still in transit: give its record an empty p=, "
		    "or remove it", domain_view_evidence(&work->view, i));
	if (next == LIFECYCLE_REMOVE)
		say(work, REPORT_TODO, i, "remove", KS_NEVER,
		    "has been revoked for long enough: remove its record",
		    domain_view_evidence(&work->view, i));
}

void
domain_work_say_start(struct domain_work *work, int64_t now)
{
	char text[DOMAIN_START_SIZE];
	enum lifecycle_start start;
	int64_t when;

	start = lifecycle_start(&work->view.state, work->view.facts,
	    &work->view.policy, now, &when);
	if (start != LIFECYCLE_SIGNS_AT && start != LIFECYCLE_SIGNS_IF)
		return;
	domain_start_print(work->view.state.domain, start, when, now,
	    work->view.policy.by_hand, text);
	domain_report_add(work->report, REPORT_WAIT, "-", "sign", when, "%s",
	    text);
}

void
domain_work_outlook(struct domain_work *work, int64_t now)
{
	const struct ks_key *key;
	enum lifecycle_step next;
	int64_t when;
	size_t i;

	say_store_fault(work);
	for (i = 0; i < work->view.state.nkeys; i++) {
		key = &work->view.state.keys[i];
		next = lifecycle_waits_for(key, &work->view.facts[i],
		    &work->view.policy, now, &when);
		if (when != KS_NEVER && when > now &&
		    (work->report->next == KS_NEVER ||
		    when < work->report->next))
			work->report->next = when;
		if (say_unusable(work, i, now) || say_alarm(work, i, now) ||
		    key_phase(key, now) == KEY_REMOVED)
			continue;
		if (next == LIFECYCLE_VERIFY && when > now &&
		    work->view.facts[i].view == LIFECYCLE_RIGHT)
			say(work, REPORT_WAIT, i, "verify", when,
			    "some caches may not have its record yet", "");
		else if (key_phase(key, now) < KEY_SCHEDULED &&
		    key->retire_at == KS_NEVER)
			say_candidate(work, i, now);
		else if (work->view.policy.by_hand)
			say_by_hand(work, i, next, when, now);
	}
	domain_work_say_start(work, now);
}

/* SPDX-License-Identifier: ISC */

/*
 * The steps that change a record in DNS: publish, revoke (an empty p=, RFC 6376
 * section 3.6.1) and remove.
 *
 * An UPDATE has the existing records as its prerequisite.  A hook has no
 * prerequisites, so DNS is queried before the hook is run.  If there is another
 * record at the name, it is not touched and the step fails; only a compromised
 * key is revoked by a hook nevertheless.  A failed step is reported, and tried
 * again in the next run.  In a fleet, each change is noted before it begins and
 * when it has ended, and begins only under the lease.
 */

#include "rotate/step_private.h"

#include <stdio.h>
#include <string.h>

#include "life/private.h"
#include "publish/publish.h"
#include "store/master.h"

/* Whether records are changed without a prerequisite: by a hook. */
static bool
uses_hook(const struct step *step)
{
	return step->view->rotation->publish == ROTATION_HOOK;
}

/*
 * What is at the name that is changed; a CNAME that leads there, or should, is
 * changed by somebody else.
 */
static enum lifecycle_view
shown(const struct step *step)
{
	return lifecycle_record_view(step->fact);
}

/*
 * The text of the key's record as DNS shows it, because the record of an
 * imported key was written by another signer.  If DNS shows none: ours.
 */
static const char *
published_text(const struct step *step, const char *ours)
{
	const char *published =
	    step->view->notes[step->action->key].published;

	return uses_hook(step) && published != NULL ? published : ours;
}

static const char *const outcomes[] = {
	[PUBLISH_DONE]		= "done",
	[PUBLISH_UNCHANGED]	= "unchanged",
	[PUBLISH_LATER]		= "later",
	[PUBLISH_CONFLICT]	= "conflict",
	[PUBLISH_FAILED]	= "failed"
};

/* Make the change; in a fleet, under the lease, and noted. */
static enum publish_result
change_noted(struct step *step, struct publisher *publisher,
    struct publish_change *change, struct ks_error *text)
{
	const struct rotation_lease *lease = step->view->run->lease;
	struct rotation_intent intent = {
		.domain = change->domain, .selector = step->key->selector,
		.record = change->name, .was = change->from,
		.wanted = change->to,
		.span_ms = publish_span_ms(step->view->rotation),
		.term = ks_lock_term(step->work->lock)
	};
	enum publish_result result;

	if (lease == NULL)
		return publish_change(publisher, change, text);
	if (lease->begin(lease->context, &intent, text) != 0)
		return PUBLISH_FAILED;
	/* A lease that was taken again later does not count. */
	change->latest_ms = intent.until_ms;
	result = publish_change(publisher, change, text);
	lease->end(lease->context, &intent, outcomes[result]);
	return result;
}

/*
 * Change a record in DNS.  True if it is now as it should be, and text has the
 * evidence; otherwise the failure has been reported, and step->r is 0, or
 * KS_E_* if the store failed.  Another record at the name is a failure, except
 * when a key is removed that was never published.
 */
static bool
change_record(struct step *step, const char *name, const char *from,
    const char *to, struct ks_error *text)
{
	struct publish_change change = {
		.domain = step->view->state.domain, .name = name,
		.from = from, .to = to,
		.ttl = (uint32_t)step->view->rotation->ttl
	};
	struct publisher *publisher;

	if (step->view->run->dry_run) {
		(void)step_fail(step, REPORT_DUE, step->action->why);
		return false;
	}
	if (rotation_run_publisher(step->view->run, step->view->rotation,
	    &publisher, text) != 0) {
		(void)step_fail(step, REPORT_FAIL, text->text);
		return false;
	}
	if (publisher == NULL) {
		(void)step_fail(step, REPORT_TODO, "records are published by "
		    "hand: see publish in the section rotation");
		return false;
	}
	switch (change_noted(step, publisher, &change, text)) {
	case PUBLISH_DONE:
		return true;
	case PUBLISH_UNCHANGED:
		(void)strlcpy(text->text, "nothing to change",
		    sizeof(text->text));
		return true;
	case PUBLISH_CONFLICT:
		if (to != NULL || step->key->published != KS_NEVER)
			break;
		(void)strlcpy(text->text, "was never published; another "
		    "record is at its name", sizeof(text->text));
		return true;
	case PUBLISH_LATER:
		if (!uses_hook(step))
			break;
		step->r = step_delay(step, text->text);
		return false;
	case PUBLISH_FAILED:
		break;
	}
	/* A dead delegation is the cause, and is told once for the domain. */
	if (step->view->notes[step->action->key].is_dead) {
		step->view->notes[step->action->key].was_told = true;
		step->fact->was_tried = true;
	} else
		(void)step_fail(step, REPORT_FAIL, text->text);
	return false;
}

static int
make_record(const struct step *step, bool revoked, struct record *record,
    struct ks_error *text)
{
	return record_load(step->view->run->ks, step->view->state.domain,
	    step->key, revoked, record, text);
}

/*
 * Report that the record of a key cannot be made, because its file is lost, and
 * the state does not have its public half.
 */
static int
fail_unknown(const struct step *step, const struct ks_error *why)
{
	struct ks_error text = *why;

	if (!step->fact->has_file)
		(void)snprintf(text.text, sizeof(text.text), "%.500s; if there "
		    "is none, remove the record yourself, then run "
		    "'%s remove %s %s --force'", why->text,
		    ks_command(step->view->run->ks), step->view->state.domain,
		    step->key->selector);
	return step_fail(step, REPORT_FAIL, text.text);
}

/* Report that the hook is not run because of what is at the name. */
static int
fail_taken(const struct step *step, enum report_kind kind, const char *why)
{
	struct ks_error text;

	(void)snprintf(text.text, sizeof(text.text), "the hook was not run: "
	    "%s: %.800s", why, domain_view_record_evidence(step->view,
	    step->action->key));
	return step_fail(step, kind, text.text);
}

/* DNS already shows what is wanted, whoever changed it. */
static void
note_unchanged(const struct step *step, struct ks_error *text)
{
	(void)snprintf(text->text, sizeof(text->text), "nothing to change: "
	    "%.800s", domain_view_record_evidence(step->view,
	    step->action->key));
}

/*
 * The record of a key in use vanished from every server.  It is put back, but
 * a person should know: mail signed with the key failed, and somebody removed
 * it.
 */
static void
report_vanished(const struct step *step, struct ks_error *text)
{
	struct ks_error published = *text;
	const bool signs = ks_key_is_active(step->key,
	    domain_work_now(step->work));

	(void)snprintf(text->text, sizeof(text->text), "its record had "
	    "vanished from every name server: %.850s", published.text);
	domain_report_trouble(step->work->report, REPORT_TODO,
	    step->key->selector, TROUBLE_VANISHED, "its record had vanished "
	    "from every name server, and was published again: mail signed "
	    "with it "
	    "%s: find out who removed the record", signs ? "failed until now" :
	    "that was still in transit failed until now");
}

int
step_publish(struct step *step)
{
	const bool vanished = shown(step) == LIFECYCLE_ABSENT &&
	    step->key->seen != KS_NEVER &&
	    lifecycle_is_past(step->key->active_from,
	    domain_work_now(step->work));
	struct record record;
	struct ks_error text;
	bool is_published;

	if (make_record(step, false, &record, &text) != 0)
		return step_fail(step, REPORT_FAIL, text.text);
	if (uses_hook(step) && shown(step) == LIFECYCLE_UNASKED)
		domain_work_look(step->work, step->action->key);
	is_published = uses_hook(step) && shown(step) == LIFECYCLE_RIGHT;
	if (uses_hook(step) && !is_published &&
	    shown(step) != LIFECYCLE_ABSENT)
		return fail_taken(step, lifecycle_is_wrong(shown(step)) ?
		    REPORT_FAIL : REPORT_TODO,
		    "not every server says that the name is free");
	if (is_published)
		note_unchanged(step, &text);
	else if (!change_record(step, record.name, NULL, record.txt, &text)) {
		/* Another record at the name may make it give up the key. */
		if (shown(step) == LIFECYCLE_UNASKED &&
		    !step->view->run->dry_run)
			domain_work_look(step->work, step->action->key);
		return step->r;
	}
	if (step->key->published == KS_NEVER)
		step->key->published = domain_work_now(step->work);
	/*
	 * The secondaries may need a moment, so the record is not published
	 * again in this run if they do not have it yet.
	 */
	domain_work_look(step->work, step->action->key);
	if (shown(step) == LIFECYCLE_ABSENT)
		step->fact->was_tried = true;
	if (vanished)
		report_vanished(step, &text);
	return step_settle(step, text.text);
}

int
step_revoke(struct step *step)
{
	struct record full, empty;
	struct ks_error text;

	if (step->view->policy.by_hand) {
		step->key->revoked = domain_work_now(step->work);
		return step_settle(step, step->action->why);
	}
	if (make_record(step, false, &full, &text) != 0 ||
	    make_record(step, true, &empty, &text) != 0)
		return fail_unknown(step, &text);
	if (uses_hook(step))
		domain_work_look(step->work, step->action->key);
	/* Revoking a compromised key is worth a second record at the name. */
	if (uses_hook(step) && lifecycle_is_wrong(shown(step)) &&
	    !step->key->compromised)
		return fail_taken(step, REPORT_FAIL,
		    "another record is at the name");
	if (uses_hook(step) && shown(step) == LIFECYCLE_REVOKED)
		note_unchanged(step, &text);
	else if (!change_record(step, full.name, published_text(step,
	    full.txt), empty.txt, &text))
		return step->r;
	step->key->revoked = domain_work_now(step->work);
	return step_settle(step, text.text);
}

/* Whether DNS shows the record of a revoked key as it was before. */
static bool
is_back(struct step *step)
{
	const int64_t revoked = step->key->revoked;
	enum lifecycle_view view;

	step->key->revoked = KS_NEVER;
	domain_work_look(step->work, step->action->key);
	view = shown(step);
	step->key->revoked = revoked;
	return view == LIFECYCLE_RIGHT || view == LIFECYCLE_DIFFERENT;
}

int
step_revoke_again(struct step *step)
{
	struct record full, empty;
	struct ks_error text;
	int r = 0;

	if (is_back(step) && make_record(step, false, &full, &text) == 0 &&
	    make_record(step, true, &empty, &text) == 0) {
		domain_report_trouble(step->work->report, REPORT_TODO,
		    step->key->selector, TROUBLE_OLD_RECORD, "its record was "
		    "back in DNS after it was revoked: find out who published "
		    "it; a hook that was stopped does that, too");
		if (!change_record(step, full.name, published_text(step,
		    full.txt), empty.txt, &text))
			return step->r;
		step->key->revoked = domain_work_now(step->work);
		r = step_settle(step, text.text);
	}
	/* As it is wanted. */
	domain_work_look(step->work, step->action->key);
	return r;
}

/*
 * Whether DNS need not be changed: the domain is leaving, the key was never
 * published or used, and no server that answers has its record.  The domain may
 * not even exist, or not be ours.
 */
static bool
needs_no_removal(const struct step *step)
{
	if (!lifecycle_ends_at_once(step->key, step->fact,
	    &step->view->policy) || step->key->published != KS_NEVER)
		return false;
	if (step->fact->view == LIFECYCLE_UNASKED)
		domain_work_look(step->work, step->action->key);
	return step->view->notes[step->action->key].published == NULL;
}

int
step_remove(struct step *step)
{
	struct record record;
	struct ks_error text;

	if (step->view->policy.by_hand) {
		step->key->removed = domain_work_now(step->work);
		step->key->unconfirmed = shown(step) != LIFECYCLE_ABSENT ||
		    step->fact->has_silent;
		return step_settle(step, step->action->why);
	}
	if (needs_no_removal(step)) {
		step->key->removed = domain_work_now(step->work);
		return step_settle(step, "was never published");
	}
	if (make_record(step, step->key->revoked != KS_NEVER, &record,
	    &text) != 0)
		return fail_unknown(step, &text);
	if (uses_hook(step))
		domain_work_look(step->work, step->action->key);
	if (!change_record(step, record.name, published_text(step,
	    record.txt), NULL, &text))
		return step->r;
	step->key->removed = domain_work_now(step->work);
	/* A hook may only say so. */
	step->key->unconfirmed = true;
	return step_settle(step, text.text);
}

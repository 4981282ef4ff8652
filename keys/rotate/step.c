/* SPDX-License-Identifier: ISC */

/*
 * Taking the steps of a key's life.
 *
 * Each step first checks or changes DNS or the key file, then logs the
 * evidence, and then writes the state.  So everything in the state is also in
 * the log, and if a step was interrupted, the next run finds that part of it is
 * already done.
 */

#include "rotate/step_private.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/rfc3339.h"
#include "record/proof.h"

#define FLEET_LEAD_S	30	/* three looks at the database */

int
step_fail(const struct step *step, enum report_kind kind, const char *why)
{
	static const enum trouble troubles[] = {
		[LIFECYCLE_UNUSED]	= TROUBLE_NEW_RECORD,
		[LIFECYCLE_GIVE_UP]	= TROUBLE_NEW_RECORD,
		[LIFECYCLE_PUBLISH]	= TROUBLE_PUBLICATION,
		[LIFECYCLE_SEEN]	= TROUBLE_NEW_RECORD,
		[LIFECYCLE_UNSEEN]	= TROUBLE_NEW_RECORD,
		[LIFECYCLE_VERIFY]	= TROUBLE_NEW_RECORD,
		[LIFECYCLE_ACTIVATE]	= TROUBLE_SPARE_FILE,
		[LIFECYCLE_RETIRE]	= TROUBLE_OVERDUE,
		[LIFECYCLE_REVOKE]	= TROUBLE_PUBLICATION,
		[LIFECYCLE_REMOVE]	= TROUBLE_PUBLICATION,
		[LIFECYCLE_DESTROY]	= TROUBLE_OLD_RECORD
	};

	step->fact->was_tried = true;
	step->view->notes[step->action->key].was_told = true;
	if (kind == REPORT_DUE || kind == REPORT_WAIT)
		domain_report_add(step->work->report, kind,
		    step->key->selector, step->action->step,
		    kind == REPORT_DUE ? KS_NEVER :
		    step->key->delayed + STEP_PATIENCE, "%s", why);
	else
		domain_report_trouble(step->work->report, kind,
		    step->key->selector, troubles[step->action->step], "%s",
		    why);
	return 0;
}

/* Since when; in the state, as the log decides nothing. */
static int
note_delay(const struct step *step, const char *why)
{
	struct key_change change = domain_work_change(step->work);
	int r;

	step->key->delayed = change.now;
	r = key_change_log(&change, step->key, "delay", step->error, "%s: %s",
	    step->name, why);
	return r != 0 ? r : key_change_write(&change, step->error);
}

int
step_delay(const struct step *step, const char *why)
{
	const int64_t now = domain_work_now(step->work);
	char since[RFC3339_SIZE];
	struct ks_error text;
	int r;

	/* A clock that was ahead is no reason to wait longer. */
	if ((step->key->delayed == KS_NEVER || step->key->delayed > now) &&
	    (r = note_delay(step, why)) != 0)
		return r;
	if (!step->work->is_patient || step->key->compromised)
		return step_fail(step, REPORT_FAIL, why);
	(void)rfc3339_print(step->key->delayed, since);
	if (now - step->key->delayed >= STEP_PATIENCE) {
		(void)snprintf(text.text, sizeof(text.text), "put off by the "
		    "hook since %s, in every run: %.850s", since, why);
		return step_fail(step, REPORT_FAIL, text.text);
	}
	(void)snprintf(text.text, sizeof(text.text), "put off by the hook; "
	    "every run tries again, and from then on it counts as a failure: "
	    "%.850s", why);
	return step_fail(step, REPORT_WAIT, text.text);
}

void
step_succeed(const struct step *step, const char *text)
{
	domain_report_add(step->work->report, step->view->run->dry_run ?
	    REPORT_DUE : REPORT_STEP, step->key->selector,
	    step->action->step, KS_NEVER, "%s", text);
}

/* Write the state, and report the last logged line as done. */
static int
step_commit(const struct step *step, struct key_change *change)
{
	int r;

	if ((r = key_change_write(change, step->error)) == 0)
		step_succeed(step, change->text);
	return r;
}

int
step_settle(const struct step *step, const char *text)
{
	struct key_change change = domain_work_change(step->work);
	int r;

	step->key->delayed = KS_NEVER;
	r = key_change_log(&change, step->key, step->name, step->error, "%s",
	    text);
	return r != 0 ? r : step_commit(step, &change);
}

static int
step_look(struct step *step)
{
	domain_work_look(step->work, step->action->key);
	return 0;
}

static int
step_look_outside(struct step *step)
{
	domain_work_look_outside(step->work, step->action->key);
	return 0;
}

static int
step_unused(struct step *step)
{
	struct ks_error text;

	step->key->absent = domain_work_now(step->work);
	step->key->absent_for = step->fact->negative_wait;
	(void)snprintf(text.text, sizeof(text.text), "nothing exists at its "
	    "name; caches may keep this answer for %lld s: %.800s",
	    (long long)step->key->absent_for,
	    domain_view_evidence(step->view, step->action->key));
	return step_settle(step, text.text);
}

/* Nothing of the key is in DNS, so only the state changes. */
static int
step_give_up(struct step *step)
{
	struct ks_error text;

	if (step->view->run->dry_run) {
		/* Once is enough: the key is left as it is. */
		step->fact->view = LIFECYCLE_UNKNOWN;
		return step_fail(step, REPORT_DUE, step->action->why);
	}
	step->key->contested = true;
	step->key->absent = KS_NEVER;
	step->key->absent_for = 0;
	step->key->removed = domain_work_now(step->work);
	(void)snprintf(text.text, sizeof(text.text), "another record is at its "
	    "name, so another key takes its place: %.800s",
	    domain_view_evidence(step->view, step->action->key));
	return step_settle(step, text.text);
}

static int
step_seen(struct step *step)
{
	int64_t now = domain_work_now(step->work);

	if (step->key->published == KS_NEVER)
		step->key->published = now;
	step->key->seen = now;
	return step_settle(step, domain_view_evidence(step->view,
	    step->action->key));
}

static int
step_unseen(struct step *step)
{
	step->key->seen = step->key->verified = KS_NEVER;
	step->key->seen_outside = KS_NEVER;
	/* From now on, caches may hold another record. */
	if (step->fact->has_other) {
		step->key->absent = KS_NEVER;
		step->key->absent_for = 0;
		step->key->contested = true;
	}
	return step_settle(step, domain_view_evidence(step->view,
	    step->action->key));
}

/*
 * Verify the proof of a key with its record.  It is made now if the key is from
 * a version that made none, or if it does not verify, because it may be
 * damaged.
 */
static int
prove(struct step *step, const char *published, struct ks_error *error)
{
	struct ks_state *state = &step->work->view.state;
	EVP_PKEY *pkey;
	int r;

	if (step->key->proof != NULL && proof_verify(state->domain, step->key,
	    published, error) == 0)
		return 0;
	r = ks_key_load(step->view->run->ks, state->domain, step->key, &pkey,
	    error);
	if (r != 0)
		return r;
	r = proof_keep(state, step->key, pkey, error);
	EVP_PKEY_free(pkey);
	return r != 0 ? r : proof_verify(state->domain, step->key, published,
	    error);
}

static int
step_verify(struct step *step)
{
	const struct view_note *note = &step->view->notes[step->action->key];
	char seen[RFC3339_SIZE];
	struct ks_error text;

	if (note->published == NULL)
		return step_fail(step, REPORT_FAIL, "out of memory");
	if (prove(step, note->published, &text) != 0)
		return step_fail(step, REPORT_FAIL, text.text);
	(void)rfc3339_print(step->key->seen, seen);
	step->key->verified = domain_work_now(step->work);
	(void)snprintf(text.text, sizeof(text.text), "a signature made with it "
	    "verifies with the published record, seen since %s: %.600s%s%.250s",
	    seen, domain_view_evidence(step->view, step->action->key),
	    note->outside != NULL ? "; outside: " : "",
	    note->outside != NULL ? note->outside : "");
	return step_settle(step, text.text);
}

/*
 * Report why a key is replaced if it could not sign or its mail failed: the
 * problem is over, but mail was affected.
 */
static void
report_replaced(const struct step *step, size_t i)
{
	const struct ks_key *other = &step->view->state.keys[i];
	const enum lifecycle_view view = step->view->facts[i].view;
	const char *fault = step->view->notes[i].fault;

	if (other->compromised)
		return;
	if (fault != NULL)
		domain_report_trouble(step->work->report, REPORT_FAIL,
		    other->selector, TROUBLE_KEY_FILE, "could not sign, so "
		    "%s takes over: %s", step->key->selector, fault);
	else if (view == LIFECYCLE_REVOKED || view == LIFECYCLE_FOREIGN)
		domain_report_trouble(step->work->report, REPORT_FAIL,
		    other->selector, TROUBLE_RECORD, "mail signed with it "
		    "fails because every server has another record, so %s "
		    "takes over: %s", step->key->selector,
		    domain_view_evidence(step->view, i));
}

/*
 * When a key starts to sign.  The hosts of a fleet learn of it a few seconds
 * later, and then all of them change keys at that second; but not if no other
 * key signs until then, or mail signed with it fails.
 */
static int64_t
start_of(const struct step *step)
{
	const struct lifecycle_line line = lifecycle_line_of(step->key);
	const int64_t now = domain_work_now(step->work);

	if (!step->view->run->is_fleet || step->action->compromised ||
	    step->action->is_urgent || step->action->at > now ||
	    lifecycle_count(&step->view->state, &line, now).nactive == 0)
		return step->action->at;
	return now + FLEET_LEAD_S;
}

/* Retire the other keys of its line when the new one starts signing. */
static int
end_others(const struct step *step, struct key_change *change, int64_t at)
{
	const struct lifecycle_line line = lifecycle_line_of(step->key);
	char why[KS_SELECTOR_SIZE + 32];
	struct ks_key *other;
	size_t i;
	int r;

	(void)snprintf(why, sizeof(why), "%s starts signing",
	    step->key->selector);

	for (i = 0; i < step->view->state.nkeys; i++) {
		other = &step->view->state.keys[i];
		if (other == step->key ||
		    !lifecycle_line_has(&line, other) ||
		    other->active_from == KS_NEVER ||
		    !ks_key_is_active(other, at))
			continue;
		r = key_change_retire(change, other, at, why, step->error);
		if (r != 0)
			return r;
		report_replaced(step, i);
	}
	return 0;
}

static int
step_activate(struct step *step)
{
	struct key_change change = domain_work_change(step->work);
	struct ks_error text;
	int64_t at;
	int r;

	if (key_change_check(&change, step->key, &text) != 0)
		return step_fail(step, REPORT_FAIL, text.text);
	at = start_of(step);
	if ((r = end_others(step, &change, at)) != 0 ||
	    (r = key_change_activate(&change, step->key, at,
	    step->action->compromised, step->action->why, step->error)) != 0)
		return r;
	return step_commit(step, &change);
}

static int
step_retire(struct step *step)
{
	struct key_change change = domain_work_change(step->work);
	int r;

	r = key_change_retire(&change, step->key, step->action->at,
	    step->action->why, step->error);
	return r != 0 ? r : step_commit(step, &change);
}

/* Hosts that the step did not wait for are in the log beside it. */
static int
note_without(const struct step *step)
{
	const struct rotation_run *run = step->view->run;
	struct key_change change;
	char text[1024] = "";
	size_t i;

	if (run->nwithout == 0 || run->dry_run || !run->is_fleet ||
	    step->action->step == LIFECYCLE_LOOK ||
	    step->action->step == LIFECYCLE_LOOK_OUTSIDE)
		return 0;
	for (i = 0; i < run->nwithout; i++) {
		(void)strlcat(text, i == 0 ? "" : ", ", sizeof(text));
		(void)strlcat(text, run->without[i], sizeof(text));
	}
	change = domain_work_change(step->work);
	return key_change_log(&change, step->key, "without", step->error,
	    "%s: hosts that are not waited for: %s", step->name, text);
}

static step_fn *const steps[] = {
	[LIFECYCLE_LOOK]	= step_look,
	[LIFECYCLE_LOOK_OUTSIDE] = step_look_outside,
	[LIFECYCLE_UNUSED]	= step_unused,
	[LIFECYCLE_GIVE_UP]	= step_give_up,
	[LIFECYCLE_PUBLISH]	= step_publish,
	[LIFECYCLE_SEEN]	= step_seen,
	[LIFECYCLE_UNSEEN]	= step_unseen,
	[LIFECYCLE_VERIFY]	= step_verify,
	[LIFECYCLE_ACTIVATE]	= step_activate,
	[LIFECYCLE_RETIRE]	= step_retire,
	[LIFECYCLE_REVOKE]	= step_revoke,
	[LIFECYCLE_REMOVE]	= step_remove,
	[LIFECYCLE_DESTROY]	= step_destroy
};

int
domain_work_revoke_again(struct domain_work *work, size_t key,
    struct ks_error *error)
{
	const struct lifecycle_action action = {
		.step = LIFECYCLE_REVOKE, .key = key,
		.algorithm = work->view.state.keys[key].algorithm,
		.why = "its record was back in DNS"
	};
	struct step step = {
		.work = work, .view = &work->view, .action = &action,
		.error = error,
		.name = lifecycle_step_name(LIFECYCLE_REVOKE)
	};

	step.key = &work->view.state.keys[key];
	step.fact = &work->view.facts[key];
	return step_revoke_again(&step);
}

int
domain_work_step(struct domain_work *work,
    const struct lifecycle_action *action, struct ks_error *error)
{
	struct step step = {
		.work = work, .view = &work->view, .action = action,
		.error = error,
		.name = lifecycle_step_name(action->step)
	};

	const struct lifecycle_line line = {
		action->stream, action->algorithm
	};
	int r;

	if (action->step == LIFECYCLE_GENERATE)
		return domain_work_generate(work, &line, error);
	step.key = &work->view.state.keys[action->key];
	step.fact = &work->view.facts[action->key];
	if ((r = note_without(&step)) != 0)
		return r;
	return steps[action->step](&step);
}

/* SPDX-License-Identifier: ISC */

/*
 * The loop of a rotation: take the steps that are due for one domain, one at a
 * time, until none is due; then look at all CNAMEs, and report the outlook.
 *
 * lifecycle_next() chooses each step from the current state, so it does not
 * matter where an earlier run was killed.  If a compromised key can be revoked
 * within seconds, the run waits for that.  A step that fails is reported and
 * not tried again.  The loop itself fails only if the store fails, or if there
 * are more steps than any state can need, which is our own bug.
 */

#include "rotate/work.h"

#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "life/key_phase.h"
#include "rotate/outlook.h"

/* More steps than any state can need: a limit in case of our own bugs. */
#define MAX_STEPS(nkeys)	(14 * (nkeys) + 24)

/*
 * How many seconds to wait so that a compromised key is revoked in this run:
 * signers change to its successor within seconds, but the next run may be an
 * hour away.
 */
static int64_t
urgent_pause(const struct domain_work *work, int64_t now)
{
	const struct ks_key *key;
	int64_t left, pause;
	size_t i;

	if (work->view.policy.by_hand)
		return 0;
	pause = 0;
	for (i = 0; i < work->view.state.nkeys; i++) {
		key = &work->view.state.keys[i];
		if (!key->compromised || key->retire_at == KS_NEVER ||
		    key_phase(key, now) >= KEY_REVOKED ||
		    work->view.facts[i].was_tried)
			continue;
		left = lifecycle_revoke_time(key, &work->view.facts[i],
		    &work->view.policy) - now;
		if (left > pause && left <= KS_RECHECK + 1)
			pause = left;
	}
	return pause;
}

/* Take steps until none is due, reading the clock before each. */
static int
take_steps(struct domain_work *work, struct ks_error *error)
{
	struct lifecycle_action action;
	size_t n;
	int r;

	for (n = 0; n < MAX_STEPS(work->view.state.nkeys); n++) {
		lifecycle_next(&work->view.state, work->view.facts,
		    &work->view.policy, domain_work_now(work), &action);
		if (action.step == LIFECYCLE_NOTHING)
			return 0;
		if ((r = domain_work_step(work, &action, error)) != 0)
			return r;
	}
	(void)snprintf(error->text, sizeof(error->text),
	    "%s: more steps than are possible, the last one %s: please report "
	    "this bug", work->view.state.domain,
	    lifecycle_step_name(action.step));
	return KS_E_ARG;
}

/*
 * A hook that another host of the fleet had started may have been stopped for
 * longer than anybody waits, and go on.  So the records that it may have
 * changed are looked at, for as long as their keys are known.  An update that
 * comes so late is refused by its TSIG.
 */
static int
revoke_again(struct domain_work *work, struct ks_error *error)
{
	const struct rotation_run *run = work->view.run;
	const struct ks_key *key;
	size_t i;
	int r = 0;

	if (!run->is_fleet || run->dry_run ||
	    work->view.rotation->publish != ROTATION_HOOK)
		return 0;
	for (i = 0; i < work->view.state.nkeys && r == 0; i++) {
		key = &work->view.state.keys[i];
		if (key_phase(key, domain_work_now(work)) == KEY_REVOKED &&
		    !work->view.facts[i].was_tried)
			r = domain_work_revoke_again(work, i, error);
	}
	return r;
}

/* Whether nothing is left of the keys of a domain that is leaving. */
static bool
has_left(const struct domain_work *work)
{
	size_t i;

	for (i = 0; i < work->view.state.nkeys; i++)
		if (work->view.state.keys[i].removed == KS_NEVER ||
		    work->view.state.keys[i].unconfirmed ||
		    work->view.facts[i].has_file)
			return false;
	return work->view.policy.is_leaving;
}

/* Put the folder of a domain that has left into the archive. */
static int
archive(struct domain_work *work, struct ks_error *error)
{
	static const char text[] = "all records of the domain are removed, and "
	    "all its keys destroyed";
	char path[PATH_MAX];
	int64_t now;
	int r;

	if (work->view.run->dry_run) {
		domain_report_add(work->report, REPORT_DUE, "-",
		    LIFECYCLE_ARCHIVE, KS_NEVER, "%s", text);
		return 0;
	}
	now = domain_work_now(work);
	if ((r = ks_recover(work->lock, &work->view.state, now, error)) != 0 ||
	    (r = ks_state_write(work->lock, &work->view.state, error)) != 0 ||
	    (r = ks_log_append(work->lock, now, "-",
	    lifecycle_step_name(LIFECYCLE_ARCHIVE), text,
	    error)) != 0 ||
	    (r = ks_archive(work->lock, now, path, sizeof(path), error)) != 0)
		return r;
	work->is_archived = true;
	domain_report_add(work->report, REPORT_STEP, "-", LIFECYCLE_ARCHIVE,
	    KS_NEVER, "%s: its state and its log are kept in %s", text, path);
	return 0;
}

int
domain_work_run(struct domain_work *work, struct ks_error *error)
{
	int64_t pause = 0;
	int r;

	work->is_patient = true;
	r = take_steps(work, error);
	if (r == 0)
		pause = urgent_pause(work, domain_work_now(work));
	if (r == 0 && pause > 0 && work->view.run->dry_run) {
		/* Show what would follow, without waiting for it. */
		work->ahead = pause;
		r = take_steps(work, error);
	} else if (r == 0 && pause > 0) {
		/* Their signers need the same time to notice. */
		if (work->view.run->spread != NULL)
			work->view.run->spread(work->view.run->spread_context);
		sleep_ms(pause * 1000);
		r = take_steps(work, error);
	}
	if (r == 0)
		r = revoke_again(work, error);
	if (r == 0 && has_left(work))
		return archive(work, error);
	if (r == 0 && !work->view.omits_aliases)
		r = domain_view_look_aliases(&work->view,
		    domain_work_now(work), error);
	if (r == 0)
		domain_outlook(&work->view, work->report,
		    domain_work_now(work));
	return r;
}

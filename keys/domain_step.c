/* SPDX-License-Identifier: ISC */

/*
 * The steps of a key's life, carried out.
 *
 * Each asks the world first (DNS, the hook, the key file), then logs the
 * evidence, then replaces the state; so the log never lacks what the state
 * has, and a step that was cut off is found to be done already when it is
 * taken again.
 */

#include "domain_work.h"

#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "disclose.h"
#include "proof.h"
#include "rfc3339.h"

/* The step of one key. */
struct step {
	struct domain_work		*work;
	const struct lifecycle_action	*action;
	struct ks_key			*key;
	struct lifecycle_fact		*fact;
	const char			*name;
	struct ks_error			*error;
};

typedef int	step_fn(struct step *step);

/* It failed, and is not tried again in this run. */
static int
fail(const struct step *step, enum report_kind kind, const char *why)
{
	step->fact->was_tried = true;
	domain_report_add(step->work->report, kind, step->key->selector,
	    step->name, KS_NEVER, "%s", why);
	return 0;
}

static void
succeed(const struct step *step, const char *text)
{
	domain_report_add(step->work->report, step->work->run->dry_run ?
	    REPORT_DUE : REPORT_STEP, step->key->selector, step->name,
	    KS_NEVER, "%s", text);
}

/* Log the evidence and replace the state; then it is done. */
static int
settle(const struct step *step, const char *text)
{
	int r;

	r = domain_work_log(step->work, step->key, step->error, "%s: %s",
	    step->name, text);
	if (r == 0)
		r = domain_work_commit(step->work, step->error);
	if (r == 0)
		succeed(step, text);
	return r;
}

/*
 * Change a record in DNS.  True when it is as it should be; else that has
 * been reported.  text gets the account.  What is there and not ours is an
 * obstacle, but not to the removal of a key that was never published.
 */
static bool
change_record(const struct step *step, const char *name, const char *from,
    const char *to, struct ks_error *text)
{
	const struct publish_change change = {
		.domain = step->work->state.domain, .name = name,
		.from = from, .to = to,
		.ttl = (uint32_t)step->work->rotation->ttl
	};
	struct publisher *publisher;

	if (step->work->run->dry_run) {
		(void)fail(step, REPORT_DUE, step->action->why);
		return false;
	}
	if (rotation_run_publisher(step->work->run, step->work->rotation,
	    &publisher, text) != 0) {
		(void)fail(step, REPORT_FAIL, text->text);
		return false;
	}
	if (publisher == NULL) {
		(void)fail(step, REPORT_TODO, "records are published by "
		    "hand here: see publish in the section rotation");
		return false;
	}
	switch (publish_change(publisher, &change, text)) {
	case PUBLISH_DONE:
		return true;
	case PUBLISH_WAS_SO:
		(void)strlcpy(text->text, "it was so already",
		    sizeof(text->text));
		return true;
	case PUBLISH_CONFLICT:
		if (to == NULL && step->key->published == KS_NEVER)
			return true;
		break;
	default:
		break;
	}
	(void)fail(step, REPORT_FAIL, text->text);
	return false;
}

static int
make_record(const struct step *step, bool revoked, struct record *record,
    struct ks_error *text)
{
	return record_load(step->work->run->ks, step->work->state.domain,
	    step->key, revoked, record, text);
}

static int
step_look(struct step *step)
{
	domain_work_look(step->work, step->action->key);
	return 0;
}

static int
step_publish(struct step *step)
{
	struct record record;
	struct ks_error text;

	if (make_record(step, false, &record, &text) != 0)
		return fail(step, REPORT_FAIL, text.text);
	if (!change_record(step, record.name, NULL, record.txt, &text))
		return 0;
	step->key->published = time(NULL);
	/*
	 * The secondaries may need a moment.  Absent now is no reason to
	 * publish it a second time.
	 */
	domain_work_look(step->work, step->action->key);
	if (step->fact->view == LIFECYCLE_ABSENT)
		step->fact->view = LIFECYCLE_UNKNOWN;
	return settle(step, text.text);
}

static int
step_seen(struct step *step)
{
	int64_t now = time(NULL);

	if (step->key->published == KS_NEVER)
		step->key->published = now;
	step->key->seen = now;
	return settle(step, domain_work_evidence(step->work,
	    step->action->key));
}

static int
step_unseen(struct step *step)
{
	step->key->seen = step->key->verified = KS_NEVER;
	return settle(step, domain_work_evidence(step->work,
	    step->action->key));
}

static int
step_verify(struct step *step)
{
	const struct work_note *note = &step->work->notes[step->action->key];
	char seen[RFC3339_SIZE];
	struct ks_error text;
	EVP_PKEY *pkey;
	int r;

	if (note->published == NULL)
		return fail(step, REPORT_FAIL, "out of memory");
	if (ks_key_load(step->work->run->ks, step->work->state.domain,
	    step->key, &pkey, &text) != 0)
		return fail(step, REPORT_FAIL, text.text);
	r = proof_make(step->work->state.domain, step->key, pkey,
	    note->published, &text);
	EVP_PKEY_free(pkey);
	if (r != 0)
		return fail(step, REPORT_FAIL, text.text);
	(void)rfc3339_print(step->key->seen, seen);
	step->key->verified = time(NULL);
	(void)snprintf(text.text, sizeof(text.text), "a signature of it "
	    "verifies with the published record, seen since %s: %.700s", seen,
	    domain_work_evidence(step->work, step->action->key));
	return settle(step, text.text);
}

/* The other keys of the algorithm sign until then. */
static int
end_others(const struct step *step, const char *when)
{
	struct ks_key *other;
	size_t i;
	int r;

	for (i = 0; i < step->work->state.nkeys; i++) {
		other = &step->work->state.keys[i];
		if (other == step->key ||
		    other->algorithm != step->key->algorithm ||
		    other->active_from == KS_NEVER ||
		    !ks_key_is_active(other, step->action->at))
			continue;
		r = domain_work_log(step->work, other, step->error,
		    "retire: at %s, when %s begins to sign", when,
		    step->key->selector);
		if (r != 0)
			return r;
		other->retire_at = step->action->at;
	}
	return 0;
}

static int
step_activate(struct step *step)
{
	char when[RFC3339_SIZE];
	struct ks_error text;
	EVP_PKEY *pkey;
	int r;

	/* A key that cannot be loaded would stop the domain's mail. */
	if (ks_key_load(step->work->run->ks, step->work->state.domain,
	    step->key, &pkey, &text) != 0)
		return fail(step, REPORT_FAIL, text.text);
	EVP_PKEY_free(pkey);
	(void)rfc3339_print(step->action->at, when);
	if ((r = end_others(step, when)) != 0)
		return r;
	step->key->active_from = step->action->at;
	(void)snprintf(text.text, sizeof(text.text), "signs from %s: %s",
	    when, step->action->why);
	return settle(step, text.text);
}

static int
step_retire(struct step *step)
{
	char when[RFC3339_SIZE];
	struct ks_error text;

	(void)rfc3339_print(step->action->at, when);
	step->key->retire_at = step->action->at;
	(void)snprintf(text.text, sizeof(text.text), "signs no more from %s: "
	    "%s", when, step->action->why);
	return settle(step, text.text);
}

static int
step_revoke(struct step *step)
{
	struct record full, empty;
	struct ks_error text;

	(void)strlcpy(text.text, step->action->why, sizeof(text.text));
	if (!step->work->policy.by_hand) {
		if (make_record(step, false, &full, &text) != 0 ||
		    make_record(step, true, &empty, &text) != 0)
			return fail(step, REPORT_FAIL, text.text);
		if (!change_record(step, full.name, full.txt, empty.txt,
		    &text))
			return 0;
	}
	step->key->revoked = time(NULL);
	return settle(step, text.text);
}

static int
step_remove(struct step *step)
{
	struct record record;
	struct ks_error text;

	(void)strlcpy(text.text, step->action->why, sizeof(text.text));
	if (!step->work->policy.by_hand) {
		if (make_record(step, step->key->revoked != KS_NEVER,
		    &record, &text) != 0)
			return fail(step, REPORT_FAIL, text.text);
		if (!change_record(step, record.name, record.txt, NULL,
		    &text))
			return 0;
	}
	step->key->removed = time(NULL);
	return settle(step, text.text);
}

static int
step_destroy(struct step *step)
{
	struct domain_work *work = step->work;
	const char *text;
	int r;

	text = work->rotation->disclose != NULL ?
	    "the private key is disclosed and removed" :
	    "the private key is removed";
	step->fact->was_tried = true;
	if (work->run->dry_run) {
		succeed(step, text);
		return 0;
	}
	if (work->rotation->disclose != NULL &&
	    disclose_key(work->run->ks, work->state.domain, step->key,
	    work->rotation->disclose, step->error) != 0)
		return fail(step, REPORT_FAIL, step->error->text);
	r = domain_work_log(work, step->key, step->error, "%s: %s",
	    step->name, text);
	if (r == 0)
		r = ks_key_destroy(work->lock, step->key->selector,
		    step->error);
	if (r == 0) {
		step->fact->has_file = false;
		succeed(step, text);
	}
	return r;
}

static step_fn *const steps[] = {
	[LIFECYCLE_LOOK]	= step_look,
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
domain_work_step(struct domain_work *work,
    const struct lifecycle_action *action, struct ks_error *error)
{
	struct step step = {
		.work = work, .action = action, .error = error,
		.name = lifecycle_step_name(action->step)
	};

	if (action->step == LIFECYCLE_GENERATE)
		return domain_work_generate(work, action->algorithm, error);
	step.key = &work->state.keys[action->key];
	step.fact = &work->facts[action->key];
	return steps[action->step](&step);
}

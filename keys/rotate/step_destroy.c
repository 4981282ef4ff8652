/* SPDX-License-Identifier: ISC */

/*
 * Removing the file of a private key, after disclosing the key if the policy
 * says so.
 *
 * A key is kept as long as its record is in DNS, or could come back there with
 * a server that does not answer.  A key that would be disclosed
 * is kept as well if servers do not answer, so that this is not certain: if the
 * record still existed, anybody could sign for the domain.  If disclosing fails
 * the file is also kept, unless it is damaged.
 *
 * If the file was lost before, whoever stole it may use the record: all servers
 * must say that it is gone, or the next run asks again.
 *
 * A key that never signed, of a domain that is leaving, is destroyed at once
 * and not disclosed: there is no mail that disclosing it could concern, and
 * without the private key a record that is left at some server is harmless.
 */

#include "rotate/step_private.h"

#include <stdio.h>
#include <string.h>

#include "probe/look.h"
#include "rotate/disclose.h"
#include "store/sealer.h"

/* Whether the public key is still in DNS. */
enum remainder { IS_GONE, IS_UNCERTAIN, IS_THERE };

/* has_waited: a server that is excepted cannot come back with the record. */
static enum remainder
remainder_of(const struct dns_sight *sight, bool has_waited)
{
	enum remainder remainder;
	size_t i, nasked = 0;

	remainder = sight->zone.nbeyond > 0 ? IS_UNCERTAIN : IS_GONE;
	for (i = 0; i < sight->nlooks; i++) {
		if (has_waited && sight->looks[i].is_excepted)
			continue;
		if (dns_look_has_key(&sight->looks[i]))
			return IS_THERE;
		if (sight->looks[i].verdict > DNS_WRONG &&
		    sight->looks[i].verdict != DNS_UNASKED)
			remainder = IS_UNCERTAIN;
		nasked += sight->looks[i].verdict != DNS_UNASKED;
	}
	return nasked == 0 ? IS_UNCERTAIN : remainder;
}

/*
 * Whether a server that does not answer may still come back with the record;
 * if so, report when that ends.
 */
static bool
may_come_back(struct step *step, const struct dns_sight *sight)
{
	int64_t when;

	domain_view_take_fact(step->view, step->fact, sight);
	domain_view_note_servers(&step->work->view, sight);
	when = lifecycle_destroy_time(step->key, step->fact,
	    &step->view->policy);
	if (when <= domain_work_now(step->work))
		return false;
	step->fact->was_tried = true;
	domain_report_add(step->work->report, REPORT_WAIT,
	    step->key->selector, LIFECYCLE_DESTROY, when, "a name server that "
	    "does not answer may come back with its record until the zone "
	    "expires there: %.800s", sight->summary);
	return true;
}

/*
 * False, with a report, if the private key must be kept because its record is
 * in DNS or may come back there, or may be in DNS and the key would be
 * disclosed.
 */
static bool
may_destroy(struct step *step)
{
	struct ks_key key = *step->key;
	enum remainder remainder;
	struct dns_sight sight;
	struct record record;
	struct ks_error text;
	bool must_wait;

	key.revoked = KS_NEVER;
	if (domain_view_sight(step->view, &key, &record, &sight,
	    &text) != 0) {
		/*
		 * The record cannot be made, so nothing can be looked up.  The
		 * file is kept only if it would be disclosed.
		 */
		if (step->view->rotation->disclose == NULL ||
		    !step->fact->has_file)
			return true;
		(void)step_fail(step, REPORT_FAIL, text.text);
		return false;
	}
	remainder = remainder_of(&sight, !lifecycle_ends_at_once(step->key,
	    step->fact, &step->view->policy));
	(void)snprintf(text.text, sizeof(text.text), remainder == IS_THERE ?
	    "its record is still in DNS: remove it, unless another host signs "
	    "with a copy of this key: %.800s" : !step->fact->has_file ?
	    "its private key is lost, and not every server says that its "
	    "record is gone: %.800s" :
	    "not disclosed: not every server says that its record is gone: "
	    "%.800s", sight.summary);
	must_wait = remainder != IS_THERE && !(step->action->is_urgent &&
	    step->view->rotation->disclose == NULL) &&
	    may_come_back(step, &sight);
	dns_sight_finish(&sight);
	if (must_wait)
		return false;
	if (remainder == IS_GONE || (remainder == IS_UNCERTAIN &&
	    step->fact->has_file && step->view->rotation->disclose == NULL))
		return true;
	(void)step_fail(step, remainder == IS_THERE ? REPORT_FAIL : REPORT_TODO,
	    text.text);
	return false;
}

/* Whether the file is damaged, so that there is no key to disclose. */
static bool
is_damaged(const struct step *step)
{
	return ks_key_check(step->view->run->ks, step->view->state.domain,
	    step->key, NULL) == KS_E_DAMAGED;
}

/* Remove the file, if there is one, and note that all is done. */
static int
remove_key(struct step *step, const char *text)
{
	/* After the queries, which take time: it reads the clock. */
	struct key_change change = domain_work_change(step->work);
	int r;

	r = key_change_log(&change, step->key, step->name, step->error, "%s",
	    text);
	if (r == 0 && step->fact->has_file)
		r = ks_key_destroy(step->work->lock, step->key->selector,
		    step->error);
	if (r != 0)
		return r;
	step->fact->has_file = false;
	if (step->key->unconfirmed) {
		step->key->unconfirmed = false;
		r = key_change_write(&change, step->error);
	}
	if (r == 0)
		step_succeed(step, text);
	return r;
}

/* What is done, for the log and the report. */
static const char *
describe(const struct step *step, bool never_signed, bool discloses)
{
	if (!step->fact->has_file)
		return step->view->run->is_fleet ?
		    "its record is gone; all hosts remove the private key" :
		    "its record is gone; the private key was lost before";
	if (never_signed)
		return "the private key is removed: it never signed";
	if (discloses)
		return "the private key is disclosed and removed";
	return step->view->rotation->disclose != NULL ?
	    "the private key is removed but not disclosed, because its file is "
	    "damaged" : "the private key is removed";
}

int
step_destroy(struct step *step)
{
	const char *folder = step->view->rotation->disclose, *text;
	struct rotation_run *run = step->view->run;
	bool discloses, never_signed;

	never_signed = lifecycle_ends_at_once(step->key, step->fact,
	    &step->view->policy);
	discloses = folder != NULL && !never_signed && step->fact->has_file &&
	    !is_damaged(step);
	text = describe(step, never_signed, discloses);
	if ((!never_signed || !step->fact->has_file) && !may_destroy(step))
		return 0;
	step->fact->was_tried = true;
	if (run->dry_run) {
		step_succeed(step, text);
		return 0;
	}
	if (discloses && disclose_key(run->ks, step->view->state.domain,
	    step->key, folder, step->error) != 0)
		return step_fail(step, REPORT_FAIL, step->error->text);
	return remove_key(step, text);
}

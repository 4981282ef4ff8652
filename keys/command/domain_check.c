/* SPDX-License-Identifier: ISC */

/*
 * Look up each key of a domain in DNS, and judge it: right, not yet, or wrong.
 *
 * Every server must have the record of a key that signs; the record of a key
 * that does not sign yet may still be missing.  A key that is not retired and
 * whose file cannot be used is wrong, whatever DNS shows.  For a domain that
 * cannot be read, the fault is kept instead of keys.  Only lack of memory is an
 * error.
 */

#include "command/domain_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/check_need.h"
#include "command/domain_advice.h"
#include "life/key_phase.h"
#include "life/private.h"
#include "record/fault_text.h"
#include "rotate/report.h"

static void
judge_as(struct key_check *check, enum check_verdict verdict,
    const char *text)
{
	const char *fault = "";
	size_t i;

	check->verdict = verdict;
	for (i = 0; i < check->sight.nlooks && fault[0] == '\0'; i++)
		if (check->sight.looks[i].verdict == DNS_WRONG &&
		    !check->sight.looks[i].is_alias)
			fault = record_fault_text(
			    check->sight.looks[i].fault);
	(void)snprintf(check->text, sizeof(check->text), "%s%s%s", text,
	    fault[0] == '\0' ? "" : ": ", fault);
}

/* Why a record that all servers show may not be what receivers see; or NULL. */
static const char *
outside_fault(const struct key_check *check)
{
	switch (check->outside) {
	case LIFECYCLE_OUTSIDE_UNSEEABLE:
		return "all name servers have private addresses, so receivers "
		    "may see other records: set check_resolvers in the "
		    "section rotation";
	case LIFECYCLE_OUTSIDE_UNKNOWN:
		return "no resolver of check_resolvers answers";
	case LIFECYCLE_OUTSIDE_CONTRADICTS:
		return "a resolver of check_resolvers does not see its record";
	default:
		return NULL;
	}
}

/*
 * Judge a key that signs, or whose mail may still be verified, and whose record
 * all servers show.
 */
static void
judge_needed_outside(struct key_check *check, bool signs)
{
	const char *fault = outside_fault(check);
	char text[200];

	if (fault == NULL) {
		judge_as(check, CHECK_RIGHT, signs ? "signs" :
		    "no longer signs; its record is still needed");
		return;
	}
	(void)snprintf(text, sizeof(text), "%s; but %s", signs ? "signs" :
	    "no longer signs", fault);
	judge_as(check, check->outside == LIFECYCLE_OUTSIDE_CONTRADICTS ?
	    CHECK_WRONG : CHECK_NOT_YET, text);
}

/*
 * Judge by the CNAME alone, if nothing is known to be wrong with the record
 * itself; false if that is not so.
 */
static bool
judge_alias(struct key_check *check, enum check_verdict verdict,
    const char *effect)
{
	char text[200];

	if (!dns_alias_is_wrong(check->sight.alias_fault) ||
	    (check->sight.record_view >= LIFECYCLE_ABSENT &&
	    check->sight.record_view != LIFECYCLE_RIGHT))
		return false;
	(void)snprintf(text, sizeof(text), "its CNAME in the zone of the "
	    "domain %s%s", domain_alias_fault_text(check->sight.alias_fault),
	    effect);
	judge_as(check, verdict, text);
	return true;
}

/* What servers show; if the CNAME is wrong, of the record itself. */
static enum lifecycle_view
shown(const struct key_check *check)
{
	return dns_alias_is_wrong(check->sight.alias_fault) ?
	    check->sight.record_view : check->sight.view;
}

/* Judge a key that signs, or whose mail may still be verified. */
static void
judge_needed(struct key_check *check, bool signs)
{
	if (judge_alias(check, CHECK_WRONG,
	    ", so mail signed with it fails"))
		return;
	switch (shown(check)) {
	case LIFECYCLE_RIGHT:
		judge_needed_outside(check, signs);
		break;
	case LIFECYCLE_UNKNOWN:
	case LIFECYCLE_UNASKED:
		judge_as(check, CHECK_WRONG, "not every server answers");
		break;
	case LIFECYCLE_ABSENT:
		judge_as(check, CHECK_WRONG, "no server has its record, so "
		    "mail signed with it fails: publish it again");
		break;
	default:
		judge_as(check, CHECK_WRONG,
		    "not every server has its correct record, so mail signed "
		    "with it fails");
	}
}

/* Judge a key that does not sign yet. */
static void
judge_candidate(struct key_check *check, enum key_phase phase)
{
	const char *fault = outside_fault(check);

	if (judge_alias(check, CHECK_NOT_YET, ""))
		return;
	switch (shown(check)) {
	case LIFECYCLE_RIGHT:
		if (fault != NULL)
			judge_as(check, CHECK_NOT_YET, fault);
		else
			judge_as(check, CHECK_RIGHT,
			    phase >= KEY_STANDBY ? "in reserve" :
			    "every server shows it; 'rotate' verifies it");
		break;
	case LIFECYCLE_UNKNOWN:
	case LIFECYCLE_UNASKED:
		judge_as(check, CHECK_NOT_YET, "not every server answers");
		break;
	case LIFECYCLE_ABSENT:
		judge_as(check, CHECK_NOT_YET, "no server has its record");
		break;
	case LIFECYCLE_DIFFERENT:
		judge_as(check, CHECK_NOT_YET,
		    "not every server has its record yet");
		break;
	default:
		judge_as(check, CHECK_NOT_YET, "its record is wrong");
	}
}

static void
judge_revoked(struct key_check *check)
{
	if (shown(check) == LIFECYCLE_REVOKED ||
	    shown(check) == LIFECYCLE_ABSENT)
		judge_as(check, CHECK_RIGHT, "revoked");
	else
		judge_as(check, CHECK_WRONG, "is revoked, but not every "
		    "server shows that: publish an empty p=");
}

static void
judge(struct key_check *check, bool by_hand, int64_t now)
{
	const enum key_phase phase = key_phase(check->key, now);
	const enum lifecycle_view view = shown(check);

	if (phase >= KEY_REVOKED)
		judge_revoked(check);
	else if (check->key->compromised)
		judge_as(check, view == LIFECYCLE_REVOKED ? CHECK_NOT_YET :
		    CHECK_WRONG, "compromised: it must be revoked");
	else if (phase < KEY_ACTIVE)
		judge_candidate(check, phase);
	else if (phase == KEY_ACTIVE)
		judge_needed(check, true);
	else if (by_hand && (view == LIFECYCLE_REVOKED ||
	    view == LIFECYCLE_ABSENT))
		judge_as(check, CHECK_RIGHT, "no longer signs, and is "
		    "withdrawn");
	else
		judge_needed(check, false);
}

/* A key that signs or will is wrong if its file cannot be used. */
static void
judge_file(struct key_check *check, const char *fault, int64_t now)
{
	if (fault == NULL || check->key->compromised ||
	    key_phase(check->key, now) >= KEY_RETIRED)
		return;
	check->verdict = CHECK_WRONG;
	check->has_file_fault = true;
	(void)snprintf(check->text, sizeof(check->text), "cannot sign: %s",
	    fault);
}

/* Ask resolvers outside, if any, for a record that all servers show. */
static int
look_outside(const struct domain_view *view, struct key_check *one,
    struct lifecycle_fact *fact, struct ks_error *error)
{
	int r = 0;

	if (lifecycle_must_ask_outside(fact, &view->policy)) {
		r = domain_view_outside(view, &one->record, &one->resolvers,
		    error);
		fact->outside = r == 0 ? one->resolvers.view :
		    LIFECYCLE_OUTSIDE_UNKNOWN;
	}
	one->outside = fact->outside;
	return r;
}

static int
look_at_key(struct domain_check *check, struct key_check *one)
{
	struct domain_view *view = &check->view;
	const size_t i = (size_t)(one->key - view->state.keys);
	struct ks_error error;
	int r;

	r = domain_view_sight(view, one->key, &one->record, &one->sight,
	    &error);
	if (r == 0) {
		domain_view_take_fact(view, &view->facts[i], &one->sight);
		domain_view_note_servers(view, &one->sight);
		domain_view_note_alias(view, one->key, &one->sight);
		r = look_outside(view, one, &view->facts[i], &error);
	}
	if (r == 0) {
		judge(one, view->policy.by_hand, check->now);
		judge_file(one, view->notes[i].fault, check->now);
		return 0;
	}
	one->verdict = CHECK_WRONG;
	(void)strlcpy(one->text, error.text, sizeof(one->text));
	return r == KS_E_NOMEM ? r : 0;
}

static int
look_at_keys(struct domain_check *check)
{
	const struct ks_state *state = &check->view.state;
	struct key_check *one;
	size_t i;
	int r;

	check->keys = calloc(state->nkeys + 1, sizeof(*check->keys));
	if (check->keys == NULL)
		return KS_E_NOMEM;
	for (i = 0, r = 0; i < state->nkeys && r == 0; i++) {
		if (key_phase(&state->keys[i], check->now) == KEY_REMOVED)
			continue;
		one = &check->keys[check->nkeys++];
		one->key = &state->keys[i];
		r = look_at_key(check, one);
		if (one->verdict > check->verdict)
			check->verdict = one->verdict;
	}
	return r;
}

/* The name servers that have given no answer for long, in a sentence. */
static int
note_servers(struct domain_check *check)
{
	struct domain_report report;
	int r = 0;

	domain_report_init(&report, check->domain);
	domain_view_report_servers(&check->view, &report, check->now);
	if (report.nlines > 0 && (check->dead_servers =
	    strdup(report.lines[0].text)) == NULL)
		r = KS_E_NOMEM;
	domain_report_finish(&report);
	return r;
}

enum check_verdict
domain_check_alias(const struct domain_check *check,
    const struct view_alias *alias)
{
	const struct ks_key *key;

	if (!dns_alias_is_wrong(alias->fault))
		return CHECK_RIGHT;
	key = ks_state_find(&check->view.state, alias->selector);
	return key != NULL && ks_key_is_active(key, check->now) ?
	    CHECK_WRONG : CHECK_NOT_YET;
}

/* All CNAMEs, also those that no key uses yet. */
static int
look_at_aliases(struct domain_check *check)
{
	enum check_verdict verdict;
	struct ks_error error;
	size_t i;
	int r;

	r = domain_view_look_aliases(&check->view, check->now, &error);
	for (i = 0; i < check->view.naliases && r == 0; i++) {
		verdict = domain_check_alias(check, &check->view.aliases[i]);
		if (verdict > check->verdict)
			check->verdict = verdict;
	}
	return r;
}

int
domain_check_look(struct domain_check *check, struct rotation_run *run,
    const char *domain, bool with_advice)
{
	const struct domain_view *view = &check->view;
	struct ks_error error;
	int r;

	memset(check, 0, sizeof(*check));
	check->starts_at = KS_NEVER;
	(void)strlcpy(check->domain, domain, sizeof(check->domain));
	r = domain_view_open(&check->view, run, domain, &error);
	if (r != 0) {
		check->verdict = CHECK_WRONG;
		check->need = CHECK_NEEDS_PERSON;
		check->fault = strdup(error.text);
		return r == KS_E_NOMEM || check->fault == NULL ? KS_E_NOMEM :
		    0;
	}
	check->now = run->clock();
	r = look_at_keys(check);
	if (r == 0)
		r = look_at_aliases(check);
	/* What caches may hold is counted from the end of the lookups. */
	check->now = run->clock();
	check->start = lifecycle_start(&view->state, view->facts,
	    &view->policy, check->now, &check->starts_at);
	if (r == 0)
		r = note_servers(check);
	if (r == 0 && with_advice)
		r = domain_advice_gather(check, &check->advice);
	check_need(check);
	return r;
}

void
domain_check_finish(struct domain_check *check)
{
	size_t i;

	for (i = 0; i < check->nkeys; i++) {
		dns_sight_finish(&check->keys[i].sight);
		dns_outside_finish(&check->keys[i].resolvers);
	}
	free(check->keys);
	free(check->fault);
	free(check->dead_servers);
	free(check->advice);
	domain_view_close(&check->view);
	memset(check, 0, sizeof(*check));
}

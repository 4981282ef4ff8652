/* SPDX-License-Identifier: ISC */

/*
 * The end of a report, after all steps that were due: what the domain waits
 * for, what somebody must do, and what is wrong.
 *
 * This uses only what is known already; nothing is queried or changed here.  A
 * line for which there is no memory is still counted.
 */

#include "rotate/outlook.h"

#include <string.h>

#include "life/key_phase.h"
#include "life/private.h"
#include "life/silence.h"
#include "record/record.h"
#include "rotate/hosts.h"
#include "rotate/lacking.h"
#include "rotate/start.h"

/* What the parts of an outlook share. */
struct outlook {
	const struct domain_view	*view;
	struct domain_report		*report;
	int64_t				 now;
};

static const struct ks_key *
key_of(const struct outlook *outlook, size_t i)
{
	return &outlook->view->state.keys[i];
}

static const char *
command(const struct outlook *outlook)
{
	return ks_command(outlook->view->run->ks);
}

static void
say(const struct outlook *outlook, enum report_kind kind, size_t i,
    enum trouble trouble, const char *text, const char *more)
{
	domain_report_trouble(outlook->report, kind,
	    key_of(outlook, i)->selector, trouble, "%s%s%s", text,
	    more[0] == '\0' ? "" : ": ", more);
}

/* What DNS shows of a key; "" if it was not asked. */
static const char *
evidence_of(const struct outlook *outlook, size_t i)
{
	return outlook->view->facts[i].view == LIFECYCLE_UNASKED ? "" :
	    domain_view_evidence(outlook->view, i);
}

/* What DNS shows of the record; of its CNAME only if that may be right. */
static const char *
shown_of(const struct outlook *outlook, size_t i)
{
	const enum lifecycle_view alias = outlook->view->facts[i].alias;

	return alias >= LIFECYCLE_ABSENT && alias != LIFECYCLE_RIGHT ?
	    domain_view_record_evidence(outlook->view, i) :
	    domain_view_evidence(outlook->view, i);
}

/* A compromised key that still signs, or is not revoked everywhere. */
static void
say_exposed(const struct outlook *outlook, size_t i)
{
	const struct domain_view *view = outlook->view;
	const struct ks_key *key = key_of(outlook, i), *waiting = NULL;

	if (ks_key_is_active(key, outlook->now))
		waiting = domain_view_waiting(view, key, outlook->now);
	/* A dry run has said that this run would revoke it. */
	if (view->run->dry_run && view->facts[i].was_tried)
		return;
	if (waiting != NULL)
		domain_report_trouble(outlook->report, REPORT_FAIL,
		    key->selector, TROUBLE_EXPOSED, "is compromised and still "
		    "signs: key %s could take over, but not every server "
		    "answers: %s: if those that do not answer are out of "
		    "service, force the change with '%s activate %s %s "
		    "--force'", waiting->selector, domain_view_evidence(view,
		    (size_t)(waiting - view->state.keys)),
		    command(outlook), view->state.domain, waiting->selector);
	else
		say(outlook, REPORT_FAIL, i, TROUBLE_EXPOSED,
		    view->policy.by_hand ? "is compromised and not revoked: "
		    "publish its record with an empty p= now" :
		    key->revoked != KS_NEVER ?
		    "is compromised, and DNS does not show it as revoked" :
		    "is compromised and not revoked yet",
		    evidence_of(outlook, i));
}

/* True if something was wrong and is now reported. */
static bool
say_alarm(const struct outlook *outlook, size_t i)
{
	const struct domain_view *view = outlook->view;

	switch (lifecycle_key_alarm(key_of(outlook, i), &view->facts[i],
	    &view->policy, outlook->now)) {
	case LIFECYCLE_FINE:
		return false;
	case LIFECYCLE_BROKEN:
		say(outlook, REPORT_FAIL, i, TROUBLE_RECORD,
		    ks_key_is_active(key_of(outlook, i), outlook->now) ?
		    "signs, but not every server has its correct record" :
		    "is due to sign, but not every server has its correct "
		    "record", shown_of(outlook, i));
		return true;
	case LIFECYCLE_UNLINKED:
		/* It is told with all CNAMEs of the domain. */
		return true;
	case LIFECYCLE_INVISIBLE:
		say(outlook, REPORT_FAIL, i, TROUBLE_INVISIBLE,
		    ks_key_is_active(key_of(outlook, i), outlook->now) ?
		    "signs, and every name server has its record, but a "
		    "resolver of check_resolvers does not see it, so receivers "
		    "may not either" : "is due to sign, and every name server "
		    "has its record, but a resolver of check_resolvers does "
		    "not see it",
		    domain_view_outside_evidence(view, i));
		return true;
	case LIFECYCLE_OVERDUE:
		say(outlook, REPORT_FAIL, i, TROUBLE_OVERDUE, "has signed for "
		    "far too long: no successor can take over", "");
		return true;
	case LIFECYCLE_FUTURE:
		say(outlook, REPORT_FAIL, i, TROUBLE_CLOCK, "a recorded time "
		    "lies in the future: check the clock of this host; the key "
		    "is not revoked or removed until then", "");
		return true;
	case LIFECYCLE_EXPOSED:
		say_exposed(outlook, i);
		return true;
	}
	return false;
}

/* True if the file of a key that signs, or will, cannot be used. */
static bool
say_unusable(const struct outlook *outlook, size_t i)
{
	const struct ks_key *key = key_of(outlook, i);
	const enum key_phase phase = key_phase(key, outlook->now);
	const char *fault = outlook->view->notes[i].fault;

	if (fault == NULL || key->compromised || phase >= KEY_RETIRED)
		return false;
	if (phase >= KEY_SCHEDULED)
		say(outlook, REPORT_FAIL, i, phase == KEY_ACTIVE ?
		    TROUBLE_KEY_FILE : TROUBLE_SPARE_FILE,
		    phase == KEY_ACTIVE ? "should sign but cannot" :
		    "will not be able to sign", fault);
	else
		domain_report_trouble(outlook->report, REPORT_FAIL,
		    key->selector, TROUBLE_SPARE_FILE, "will not be able to "
		    "sign: %s; or withdraw it with '%s remove %s %s'", fault,
		    command(outlook), outlook->view->state.domain,
		    key->selector);
	return true;
}

/* Why only compromised keys are changed. */
static void
say_store_fault(const struct outlook *outlook)
{
	if (outlook->view->policy.store_fault)
		domain_report_trouble(outlook->report, REPORT_FAIL, "-",
		    TROUBLE_KEY_STORE, "the files of several keys cannot be "
		    "used, %s: something is wrong with the key store, for "
		    "example the owner after a restore, so only compromised "
		    "keys are changed", outlook->view->run->is_widespread ?
		    "in several domains" : "all in this domain");
}

/*
 * When a silent server will be a trouble of its own: until then, a key that
 * only waits for its answer needs nobody.  KS_NEVER: it waits for more.
 */
static int64_t
silence_ends(const struct outlook *outlook, size_t i)
{
	const struct lifecycle_fact *fact = &outlook->view->facts[i];

	if (fact->view != LIFECYCLE_UNKNOWN || !fact->has_silent ||
	    outlook->now - fact->silent_since >= SILENCE_TROUBLE)
		return KS_NEVER;
	return fact->silent_since + SILENCE_TROUBLE;
}

/* A key that does not sign yet: what is missing in DNS. */
static void
say_candidate(const struct outlook *outlook, size_t i)
{
	const int64_t published = key_of(outlook, i)->published;
	const struct lifecycle_fact *fact = &outlook->view->facts[i];
	enum lifecycle_view view = fact->view;
	int64_t until = silence_ends(outlook, i);
	char text[1024];

	/* Why a step failed says more than what DNS shows then. */
	if (view == LIFECYCLE_UNASKED || view == LIFECYCLE_RIGHT ||
	    outlook->view->notes[i].was_told ||
	    outlook->view->notes[i].is_dead || lifecycle_lacks_alias(fact))
		return;
	view = lifecycle_record_view(fact);
	if (published != KS_NEVER && outlook->now - published <
	    LIFECYCLE_SPREADING)
		until = lifecycle_later(until, published +
		    LIFECYCLE_SPREADING);
	if (view == LIFECYCLE_ABSENT && outlook->view->policy.by_hand)
		(void)snprintf(text, sizeof(text), "publish its record: see "
		    "'%s show'", command(outlook));
	else if (view == LIFECYCLE_FOREIGN && outlook->view->policy.by_hand)
		(void)snprintf(text, sizeof(text), "another key's record is at "
		    "its name: if it was not entered by mistake, another host "
		    "or a restored backup rotates these keys (see '%s "
		    "take-over'); replace it only if no host signs with that "
		    "key", command(outlook));
	else
		(void)strlcpy(text, view == LIFECYCLE_ABSENT &&
		    until == KS_NEVER ? "its record is gone or was never "
		    "published in DNS" : "not every server shows its record",
		    sizeof(text));
	if (until != KS_NEVER)
		domain_report_add(outlook->report, REPORT_WAIT,
		    key_of(outlook, i)->selector, LIFECYCLE_VERIFY, until,
		    "%s: %s", text, shown_of(outlook, i));
	else
		say(outlook, outlook->view->policy.by_hand ? REPORT_TODO :
		    REPORT_FAIL, i, TROUBLE_NEW_RECORD, text,
		    shown_of(outlook, i));
}

/* True if the key waits only for resolvers outside, and that was reported. */
static bool
say_outside(const struct outlook *outlook, size_t i)
{
	const struct domain_view *view = outlook->view;
	const bool disagree =
	    view->facts[i].outside == LIFECYCLE_OUTSIDE_CONTRADICTS;
	const char *text = disagree ? "every name server has its record, but "
	    "a resolver of check_resolvers does not see it, so it does not "
	    "sign" : "every name server has its record, but no resolver of "
	    "check_resolvers answers, so it does not sign";
	int64_t since, until;

	since = lifecycle_waits_outside(&view->state, view->facts,
	    &view->policy, i, outlook->now);
	if (since == KS_NEVER ||
	    view->facts[i].outside == LIFECYCLE_OUTSIDE_UNSEEABLE)
		return since != KS_NEVER;
	until = since + (disagree ? LIFECYCLE_DISAGREEING : LIFECYCLE_SILENCE);
	if (until > outlook->now)
		domain_report_add(outlook->report, REPORT_WAIT,
		    key_of(outlook, i)->selector, LIFECYCLE_VERIFY, until,
		    "%s: %s", text, domain_view_outside_evidence(view, i));
	else
		say(outlook, REPORT_FAIL, i, TROUBLE_OUTSIDE, text,
		    domain_view_outside_evidence(view, i));
	return true;
}

void
domain_outlook_private_servers(const struct domain_view *view,
    struct domain_report *report, int64_t now)
{
	size_t i;

	for (i = 0; i < view->state.nkeys; i++)
		if (view->facts[i].outside == LIFECYCLE_OUTSIDE_UNSEEABLE &&
		    !lifecycle_has_ended(&view->state.keys[i], now))
			break;
	if (i == view->state.nkeys)
		return;
	domain_report_trouble(report, REPORT_TODO, "-",
	    TROUBLE_PRIVATE_SERVERS, "all name servers have private addresses, "
	    "so receivers may see other records, and no further key is "
	    "verified or starts to sign: in the section rotation, set "
	    "check_resolvers to resolvers outside, such as "
	    "\"9.9.9.9@853#dns.quad9.net\"; or, if no mail leaves this "
	    "network, set check_resolvers = none there");
}

/*
 * Whether a person has revoked or removed a record already: no server shows it
 * that answers.
 */
static bool
is_done(const struct outlook *outlook, size_t i, enum lifecycle_step next)
{
	return outlook->view->facts[i].view == LIFECYCLE_DIFFERENT &&
	    outlook->view->notes[i].published == NULL &&
	    (next == LIFECYCLE_REVOKE || !outlook->view->facts[i].has_other);
}

/* The records that a person may now revoke or remove. */
static void
say_by_hand(const struct outlook *outlook, size_t i, enum lifecycle_step next,
    int64_t when)
{
	const enum lifecycle_view view =
	    lifecycle_record_view(&outlook->view->facts[i]);

	if (when > outlook->now || view == LIFECYCLE_ABSENT ||
	    view == LIFECYCLE_UNASKED || is_done(outlook, i, next))
		return;
	if (next == LIFECYCLE_REVOKE && view == LIFECYCLE_FOREIGN)
		say(outlook, REPORT_TODO, i, TROUBLE_OLD_RECORD, "another "
		    "key's record is at its name: if no host signs with that "
		    "key, give it an empty p=, or remove it",
		    domain_view_evidence(outlook->view, i));
	else if (next == LIFECYCLE_REVOKE && view != LIFECYCLE_REVOKED)
		say(outlook, REPORT_TODO, i, TROUBLE_OLD_RECORD, "no mail "
		    "signed with it is still in transit: give its record an "
		    "empty p=, or remove it", shown_of(outlook, i));
	if (next == LIFECYCLE_REMOVE)
		say(outlook, REPORT_TODO, i, TROUBLE_OLD_RECORD,
		    lifecycle_ends_at_once(key_of(outlook, i),
		    &outlook->view->facts[i], &outlook->view->policy) ?
		    outlook->view->policy.is_leaving ?
		    "its domain is leaving, and it never signed: remove its "
		    "record" : "its stream is to be removed, and it never "
		    "signed: remove its record" :
		    view == LIFECYCLE_FOREIGN ? "has been revoked "
		    "for long enough, and another key's record is at its name: "
		    "if no host signs with that key, remove its record" :
		    "has been revoked for long enough: remove its record",
		    shown_of(outlook, i));
}

/* The name of a new key had a record that this store does not know. */
static void
say_taken(const struct outlook *outlook, size_t i)
{
	char name[DKIMSIG_DOMAIN_SIZE];

	if (record_name(outlook->view->state.domain,
	    key_of(outlook, i)->selector, name, sizeof(name)) != 0)
		return;
	domain_report_trouble(outlook->report, REPORT_TODO,
	    key_of(outlook, i)->selector, TROUBLE_OTHER_HOST, "another host or "
	    "a restored backup rotates these keys: %s had a record that this "
	    "host did not make, so another key was generated: find the host "
	    "and stop its rotation (see '%s take-over'); keep the record, "
	    "because mail may be signed with its key", name,
	    command(outlook));
}

static void
say_key(const struct outlook *outlook, size_t i)
{
	const struct ks_key *key = key_of(outlook, i);
	const struct lifecycle_fact *fact = &outlook->view->facts[i];
	const int64_t now = outlook->now;
	enum lifecycle_step next;
	int64_t when;

	next = lifecycle_waits_for(key, fact, &outlook->view->policy, now,
	    &when);
	if (when != KS_NEVER && when > now &&
	    (outlook->report->next == KS_NEVER ||
	    when < outlook->report->next))
		outlook->report->next = when;
	if (lifecycle_was_taken(key, now))
		say_taken(outlook, i);
	if (say_unusable(outlook, i) || say_alarm(outlook, i) ||
	    key_phase(key, now) == KEY_REMOVED)
		return;
	if (say_outside(outlook, i))
		return;
	if (next == LIFECYCLE_VERIFY && when > now &&
	    fact->view == LIFECYCLE_RIGHT)
		domain_report_add(outlook->report, REPORT_WAIT, key->selector,
		    LIFECYCLE_VERIFY, when,
		    "some caches may not have its record yet");
	else if (key_phase(key, now) < KEY_SCHEDULED &&
	    key->retire_at == KS_NEVER)
		say_candidate(outlook, i);
	else if (outlook->view->policy.by_hand)
		say_by_hand(outlook, i, next, when);
}

void
domain_outlook_start(const struct domain_view *view,
    struct domain_report *report, int64_t now)
{
	char text[DOMAIN_START_SIZE];
	enum lifecycle_start start;
	int64_t when;

	start = lifecycle_start(&view->state, view->facts, &view->policy, now,
	    &when);
	if (start != LIFECYCLE_SIGNS_AT && start != LIFECYCLE_SIGNS_IF)
		return;
	domain_start_print(view->state.domain, start, when, now,
	    view->policy.by_hand, ks_command(view->run->ks), text);
	domain_report_add(report, REPORT_WAIT, "-", LIFECYCLE_ACTIVATE, when,
	    "%s", text);
}

/* Key files of which nobody knows whether their records are in DNS. */
static void
say_strays(const struct outlook *outlook)
{
	char names[KS_STRAYS_SIZE];

	if (outlook->view->strays.n == 0)
		return;
	ks_strays_print(&outlook->view->strays, names);
	domain_report_trouble(outlook->report, REPORT_TODO, "-",
	    TROUBLE_STRAY_FILE, "key files that are not in the state file, so "
	    "nobody revokes their records: %s: enter them with "
	    "'%s adopt %s'", names, command(outlook),
	    outlook->view->state.domain);
}

/* A domain that is to be removed: when that is done. */
static void
say_leaving(const struct outlook *outlook)
{
	const struct domain_view *view = outlook->view;
	int64_t when = outlook->now, gone;
	size_t i;

	if (!view->policy.is_leaving)
		return;
	for (i = 0; i < view->state.nkeys; i++) {
		gone = lifecycle_gone_time(key_of(outlook, i), &view->facts[i],
		    &view->policy, outlook->now);
		when = lifecycle_later(when, gone);
	}
	domain_report_add(outlook->report, REPORT_WAIT, "-", LIFECYCLE_ARCHIVE,
	    when, "the domain is to be removed: '%s rotate' revokes and "
	    "removes its records, and archives it when the last is gone%s",
	    command(outlook), view->policy.by_hand ?
	    ", provided that you change the records when it says so" : "");
}

void
domain_outlook(const struct domain_view *view, struct domain_report *report,
    int64_t now)
{
	const struct outlook outlook = { view, report, now };
	size_t i;

	say_store_fault(&outlook);
	domain_outlook_private_servers(view, report, now);
	domain_view_report_servers(view, report, now);
	if (!view->omits_aliases)
		domain_view_report_aliases(view, report, now);
	for (i = 0; i < view->state.nkeys; i++)
		say_key(&outlook, i);
	domain_view_report_hosts(view, report, now);
	domain_lacking(view, report, now);
	say_strays(&outlook);
	say_leaving(&outlook);
	domain_outlook_start(view, report, now);
	key_counts_take(&report->keys, &view->state, &view->policy, now);
}

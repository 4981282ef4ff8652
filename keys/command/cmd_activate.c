/* SPDX-License-Identifier: ISC */

/*
 * countersign-key activate: set the time from which keys sign.
 *
 * Without selectors, one key is activated of each stream and algorithm that has
 * no active key; other keys stay in reserve.
 *
 * A key must be verified: DNS is queried, and the state records what rotation
 * would record.  Every host of sync_hosts must have it: keys are pushed first.
 * With --force, neither is checked, and no configuration is needed.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "command/command_work.h"
#include "command/spread.h"
#include "life/key_phase.h"
#include "rotate/hosts.h"

struct activation {
	struct tool		*tool;
	struct command_work	*command;	/* NULL: forced */
	struct ks_lock		*lock;
	struct ks_state		*state;
	struct domain_report	*report;
	int64_t			 from;
	char			 from_text[RFC3339_SIZE];
	size_t			 nchanged;
};

/* Whether the key can sign from act->from on. */
static bool
can_sign_from(const struct activation *act, const struct ks_key *key)
{
	return key_phase(key, act->from) < KEY_RETIRED && !key->compromised;
}

/* Whether any key of the stream signs now: then there is no need to hurry. */
static bool
signs_now(const struct activation *act, const char *stream)
{
	size_t i;

	for (i = 0; i < act->state->nkeys; i++)
		if (ks_key_is_of(&act->state->keys[i], stream) &&
		    ks_key_is_active(&act->state->keys[i], act->tool->now))
			return true;
	return false;
}

/* Report why resolvers outside keep a key from signing. */
static void
report_invisible(const struct activation *act, const struct ks_key *key,
    size_t i)
{
	const struct domain_view *view = &act->command->work.view;

	if (view->facts[i].outside == LIFECYCLE_OUTSIDE_UNSEEABLE)
		domain_report_trouble(act->report, REPORT_TODO, key->selector,
		    TROUBLE_PRIVATE_SERVERS, "all name servers have private "
		    "addresses, so receivers may not see its record, and it "
		    "must not sign: in the section rotation, set "
		    "check_resolvers to resolvers outside; or, if no mail "
		    "leaves this network, set check_resolvers = none there");
	else
		domain_report_trouble(act->report, REPORT_TODO, key->selector,
		    TROUBLE_OUTSIDE, "%s, so it must not sign: %s",
		    view->facts[i].outside == LIFECYCLE_OUTSIDE_CONTRADICTS ?
		    "every name server shows its record, but a resolver of "
		    "check_resolvers does not" : "no resolver of "
		    "check_resolvers answers",
		    domain_view_outside_evidence(view, i));
}

/*
 * Look up the key in DNS.  Returns 1 if it is verified; 0 if not, and the
 * report says what it waits for; or -1 after printing an error.
 */
static int
check_verified(struct activation *act, struct ks_key *key)
{
	const size_t i = (size_t)(key - act->state->keys);
	struct domain_work *work;
	int64_t when;

	if (act->command == NULL)
		return 1;
	work = &act->command->work;
	if (command_work_examine(act->command, i) == -1)
		return -1;
	if (key->verified != KS_NEVER &&
	    work->view.facts[i].view == LIFECYCLE_RIGHT &&
	    lifecycle_is_visible(&work->view.facts[i], &work->view.policy))
		return 1;
	if (work->view.facts[i].was_tried)
		return 0;
	(void)lifecycle_waits_for(key, &work->view.facts[i], &work->view.policy,
	    domain_work_now(work), &when);
	if (work->view.facts[i].view != LIFECYCLE_RIGHT)
		domain_report_add(act->report, REPORT_TODO, key->selector,
		    LIFECYCLE_VERIFY, KS_NEVER, "not every server shows its "
		    "record, so it must not sign: %s",
		    domain_view_evidence(&work->view, i));
	else if (!lifecycle_is_visible(&work->view.facts[i],
	    &work->view.policy))
		report_invisible(act, key, i);
	else if (signs_now(act, key->stream))
		domain_report_add(act->report, REPORT_TODO, key->selector,
		    LIFECYCLE_VERIFY, when, "a cache may still be without its "
		    "record: wait; other keys sign until then");
	else
		domain_report_add(act->report, REPORT_TODO, key->selector,
		    LIFECYCLE_VERIFY, when, "a cache may still be without its "
		    "record: wait, or sign now although some mail may fail "
		    "until then, with '%s activate %s %s --force'",
		    act->tool->command, act->state->domain, key->selector);
	return 0;
}

/* Whether every other host has the key; if not, the report names them. */
static bool
check_hosts(struct activation *act, const struct ks_key *key)
{
	const size_t i = (size_t)(key - act->state->keys);
	const bool is_fleet = act->command != NULL &&
	    act->command->run.is_fleet;
	char hosts[DOMAIN_HOST_SIZE];

	if (act->command == NULL ||
	    !act->command->work.view.facts[i].is_awaited)
		return true;
	domain_view_host_names(&act->command->work.view, i, false, hosts);
	/* In a fleet, hosts take it themselves. */
	domain_report_trouble(act->report, REPORT_TODO, key->selector,
	    TROUBLE_HOST, "not every host of %s has it, so it must not "
	    "sign: missing on %.600s: %s '%s %s', or sign without "
	    "these hosts with '%s activate %s %s --force', which does not "
	    "check DNS either",
	    domain_view_host_kind(&act->command->work.view), hosts,
	    is_fleet ? "see" : "push it with", act->tool->command,
	    is_fleet ? "list --fleet" : "sync", act->tool->command,
	    act->state->domain, key->selector);
	return false;
}

static struct key_change
change_of(const struct activation *act)
{
	struct key_change change = {
		.ks = act->tool->ks, .lock = act->lock, .state = act->state,
		.now = act->tool->now
	};

	return change;
}

static int
activate_key(struct activation *act, struct ks_key *key,
    struct ks_error *error)
{
	const struct lifecycle_line line = lifecycle_line_of(key);
	struct key_change change = change_of(act);
	int r;

	if ((r = key_change_check(&change, key, error)) != 0)
		return r;
	if ((r = check_verified(act, key)) != 1) {
		(void)strlcpy(error->text, "", sizeof(error->text));
		return r == 0 ? 0 : KS_E_SYSTEM;
	}
	if (!check_hosts(act, key))
		return 0;
	r = key_change_activate(&change, key, act->from,
	    lifecycle_predecessor(act->state, &line, act->tool->now),
	    act->command == NULL ? "requested (forced, not checked in DNS)" :
	    "requested", error);
	if (r == 0)
		act->nchanged++;
	return r;
}

/*
 * Activate the key with this selector.  Besides errors of the store, returns
 * KS_E_NOKEY if there is none, and KS_E_ARG if it must not sign.
 */
static int
activate_named(struct activation *act, const char *selector,
    struct ks_error *error)
{
	struct ks_key *key;
	size_t i;

	key = NULL;
	for (i = 0; i < act->state->nkeys; i++)
		if (strcmp(act->state->keys[i].selector, selector) == 0)
			key = &act->state->keys[i];
	if (key == NULL) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: no key %s: see '%s list %s'", act->state->domain,
		    selector, act->tool->command, act->state->domain);
		return KS_E_NOKEY;
	}
	if (!can_sign_from(act, key)) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: key %s is %s: generate another with '%s generate %s'",
		    act->state->domain, selector, key->compromised ?
		    "compromised" : "already retired at that "
		    "time", act->tool->command,
		    act->state->domain);
		return KS_E_ARG;
	}
	if (key_phase(key, act->tool->now) == KEY_ACTIVE) {
		domain_report_add(act->report, REPORT_STEP, selector,
		    LIFECYCLE_ACTIVATE, KS_NEVER, "is already active");
		return 0;
	}
	return activate_key(act, key, error);
}

/* Prefer the key in the later phase, then the older one. */
static bool
is_better(const struct ks_key *key, const struct ks_key *other, int64_t now)
{
	const enum key_phase phase = key_phase(key, now);
	const enum key_phase theirs = key_phase(other, now);

	return phase != theirs ? phase > theirs :
	    key->generated < other->generated;
}

/* The best key of the line that can sign from act->from on, or NULL. */
static struct ks_key *
choose(const struct activation *act, const struct lifecycle_line *line)
{
	struct ks_key *key, *best;
	size_t i;

	best = NULL;
	for (i = 0; i < act->state->nkeys; i++) {
		key = &act->state->keys[i];
		if (lifecycle_line_has(line, key) && can_sign_from(act, key) &&
		    (best == NULL || is_better(key, best, act->tool->now)))
			best = key;
	}
	return best;
}

/* Whether a key of the line signs now, and still will at act->from. */
static bool
has_active(const struct activation *act, const struct lifecycle_line *line)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < act->state->nkeys; i++) {
		key = &act->state->keys[i];
		if (lifecycle_line_has(line, key) && can_sign_from(act, key) &&
		    key_phase(key, act->tool->now) == KEY_ACTIVE)
			return true;
	}
	return false;
}

/* Activate one key of each line of a stream that has no active key. */
static int
activate_in_stream(struct activation *act, const char *stream,
    size_t *nactive, size_t *nchosen, struct ks_error *error)
{
	struct lifecycle_line line = { .stream = stream };
	struct ks_key *key;
	size_t i;
	int r;

	for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
		line.algorithm = lifecycle_algorithms[i];
		if (has_active(act, &line)) {
			(*nactive)++;
			continue;
		}
		if ((key = choose(act, &line)) == NULL)
			continue;
		(*nchosen)++;
		if ((r = activate_key(act, key, error)) != 0)
			return r;
	}
	return 0;
}

/* Activate one key of each line that has no active key. */
static int
activate_each(struct activation *act, struct ks_error *error)
{
	/* Only streams that have keys: no configuration is needed. */
	static const struct lifecycle_policy none = { .nstreams = 0 };
	size_t nactive = 0, nchosen = 0;
	const char *stream = NULL;
	int r;

	do {
		if ((r = activate_in_stream(act, stream, &nactive, &nchosen,
		    error)) != 0)
			return r;
	} while (lifecycle_next_stream(act->state, &none, &stream));
	if (nchosen > 0)
		return 0;
	if (nactive == 0) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: no key that could sign: generate one with '%s "
		    "generate %s'", act->state->domain, act->tool->command,
		    act->state->domain);
		return KS_E_NOKEY;
	}
	domain_report_add(act->report, REPORT_STEP, "-", LIFECYCLE_ACTIVATE,
	    KS_NEVER,
	    "a key is already active: name a selector to add another");
	return 0;
}

/* Warn if only Ed25519 keys of a stream sign from act->from on. */
static void
check_rsa(const struct activation *act, const char *stream)
{
	const struct ks_key *key;
	bool has_any = false, has_rsa = false;
	size_t i;

	for (i = 0; i < act->state->nkeys; i++) {
		key = &act->state->keys[i];
		if (!ks_key_is_of(key, stream) || !can_sign_from(act, key) ||
		    key_phase(key, act->from) != KEY_ACTIVE)
			continue;
		has_any = true;
		has_rsa |= key->algorithm == DKIMSIG_RSA_SHA256;
	}
	if (has_any && !has_rsa)
		warnx("%s: no RSA key%s%s is active from then on, and many "
		    "receivers cannot verify Ed25519: generate one with '%s "
		    "generate %s%s%s'", act->state->domain,
		    stream == NULL ? "" : " of stream ",
		    stream == NULL ? "" : stream, act->tool->command,
		    act->state->domain, stream == NULL ? "" : " --stream ",
		    stream == NULL ? "" : stream);
}

static void
report_result(const struct activation *act)
{
	static const struct lifecycle_policy none = { .nstreams = 0 };
	const struct ks_key *key;
	const char *stream = NULL;
	size_t i;

	for (i = 0; i < act->state->nkeys; i++) {
		key = &act->state->keys[i];
		if (can_sign_from(act, key) &&
		    key_phase(key, act->from) == KEY_ACTIVE &&
		    key->active_from == act->from)
			domain_report_add(act->report, act->tool->dry_run ?
			    REPORT_DUE : REPORT_STEP, key->selector,
			    LIFECYCLE_ACTIVATE, KS_NEVER, "signs from %s%s",
			    act->from_text, act->command != NULL ? "" :
			    "; DNS was NOT checked: its record must already be "
			    "on every server of the zone");
	}
	do {
		check_rsa(act, stream);
	} while (lifecycle_next_stream(act->state, &none, &stream));
}

static int
activate(struct activation *act, int nselectors, char **selectors,
    struct ks_error *error)
{
	char selector[KS_SELECTOR_SIZE];
	struct key_change change;
	int i, r;

	if (act->tool->at == NULL)
		act->from = act->tool->now;
	(void)rfc3339_print(act->from, act->from_text);
	r = 0;
	if (nselectors == 0)
		r = activate_each(act, error);
	for (i = 0; i < nselectors && r == 0; i++) {
		(void)tool_selector(selectors[i], selector);
		r = activate_named(act, selector, error);
	}
	if (r != 0 || act->nchanged == 0)
		return r;
	change = change_of(act);
	if ((r = key_change_write(&change, error)) == 0)
		report_result(act);
	return r;
}

/* Without --force: only keys that DNS shows to be verified. */
static int
activate_verified(struct activation *act, int argc, char **argv)
{
	struct command_work command;
	struct ks_error error;
	int status;

	/* What hosts have by now decides whether the key may sign. */
	(void)spread_all(act->tool);
	status = command_work_open(&command, act->tool, argv[0], false);
	if (status == TOOL_DONE) {
		act->command = &command;
		act->lock = command.work.lock;
		act->state = &command.work.view.state;
		act->report = &command.report;
		if (activate(act, argc - 1, argv + 1, &error) != 0) {
			if (error.text[0] != '\0')
				warnx("%s", error.text);
			status = TOOL_FAILED;
		}
	}
	return command_work_close(&command, status);
}

static int
activate_forced(struct activation *act, const char *domain, int argc,
    char **argv)
{
	struct domain_report report;
	struct ks_error error;
	struct ks_state state;
	int r;

	memset(&state, 0, sizeof(state));
	domain_report_init(&report, domain);
	act->state = &state;
	act->report = &report;
	if ((r = tool_lock(act->tool, domain, false, &act->lock, &error)) ==
	    0 && (r = ks_state_read(act->tool->ks, domain, &state,
	    &error)) == 0)
		r = activate(act, argc - 1, argv + 1, &error);
	if (r != 0)
		warnx("%s", error.text);
	else
		tool_print_report(act->tool, &report);
	ks_state_finish(&state);
	ks_unlock(act->lock);
	domain_report_finish(&report);
	return r == 0 ? TOOL_DONE : TOOL_FAILED;
}

int
cmd_activate(struct tool *tool, int argc, char **argv)
{
	struct activation act = { .tool = tool };
	char domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	int i;

	if (!tool_domain(argv[0], domain) || !tool_time(tool, &act.from))
		return TOOL_USAGE;
	for (i = 1; i < argc; i++)
		if (!tool_selector(argv[i], selector))
			return TOOL_USAGE;
	if (tool->force)
		return activate_forced(&act, domain, argc, argv);
	return activate_verified(&act, argc, argv);
}

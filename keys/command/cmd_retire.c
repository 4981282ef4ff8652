/* SPDX-License-Identifier: ISC */

/*
 * countersign-key retire: set the time at which a key stops signing.
 *
 * Without --force, the last active key of a stream is not retired, and neither
 * is its last active RSA key, because many receivers cannot verify Ed25519.
 * This holds for that time, and for each later one at which another key will
 * have retired.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "command/tool.h"
#include "life/key_change.h"
#include "life/key_phase.h"
#include "life/lifecycle.h"
#include "rotate/report.h"

struct others {
	size_t	nactive;	/* other keys active at that time */
	size_t	nrsa;		/* RSA keys among them */
};

static struct others
count_others(const struct ks_state *state, const struct ks_key *key,
    int64_t at)
{
	struct others others = { 0, 0 };
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		if (&state->keys[i] == key ||
		    !ks_key_is_of(&state->keys[i], key->stream) ||
		    !ks_key_is_active(&state->keys[i], at))
			continue;
		others.nactive++;
		if (state->keys[i].algorithm == DKIMSIG_RSA_SHA256)
			others.nrsa++;
	}
	return others;
}

/*
 * Say what to do first: activate another key of the algorithm if one is
 * verified; otherwise let rotation verify one, which may take time.
 */
static void
write_advice(const struct tool *tool, const struct ks_state *state,
    const struct ks_key *key, char *text, size_t size)
{
	const struct lifecycle_line line = lifecycle_line_of(key);
	const struct ks_key *other;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		other = &state->keys[i];
		if (other == key || !lifecycle_line_has(&line, other) ||
		    key_phase(other, tool->now) != KEY_STANDBY ||
		    !key_stays_in_use(other, tool->now))
			continue;
		(void)snprintf(text, size, "first activate another, with '%s "
		    "activate %s %s'", tool->command, state->domain,
		    other->selector);
		return;
	}
	(void)snprintf(text, size, "no other is verified yet: '%s rotate %s' "
	    "generates one and verifies it", tool->command, state->domain);
}

/* Check that the domain can do without the key then; if not, sets *error. */
static bool
check_retire_at(const struct tool *tool, const struct ks_state *state,
    const struct ks_key *key, int64_t at, struct ks_error *error)
{
	struct others others;
	char advice[512];

	others = count_others(state, key, at);
	if (!ks_key_is_active(key, at))
		return true;
	write_advice(tool, state, key, advice, sizeof(advice));
	if (others.nactive == 0) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: %s is the last active key%s%s: without it mail of "
		    "this %s is deferred or leaves unsigned: %s; to retire it "
		    "anyway use --force", state->domain, key->selector,
		    key->stream == NULL ? "" : " of stream ",
		    key->stream == NULL ? "" : key->stream,
		    key->stream == NULL ? "domain" : "stream", advice);
		return false;
	}
	if (others.nrsa == 0 && key->algorithm == DKIMSIG_RSA_SHA256) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: %s is the last active RSA key%s%s: many receivers "
		    "cannot verify the Ed25519 signatures that remain: %s; to "
		    "retire it anyway use --force", state->domain,
		    key->selector, key->stream == NULL ? "" : " of stream ",
		    key->stream == NULL ? "" : key->stream, advice);
		return false;
	}
	return true;
}

/*
 * Check that the domain can do without the key from that time on; if not, sets
 * *error.  Only the times at which another key retires need to be checked:
 * between them, keys can only start to sign.
 */
static bool
check_retire(const struct tool *tool, const struct ks_state *state,
    const struct ks_key *key, int64_t at, struct ks_error *error)
{
	int64_t end;
	size_t i;

	if (!check_retire_at(tool, state, key, at, error))
		return false;
	for (i = 0; i < state->nkeys; i++) {
		end = state->keys[i].retire_at;
		if (&state->keys[i] != key && end != KS_NEVER && end > at &&
		    !check_retire_at(tool, state, key, end, error))
			return false;
	}
	return true;
}

static void
report(const struct tool *tool, const char *domain, const char *selector,
    const char *text, const char *when, const char *advice)
{
	struct domain_report done;

	domain_report_init(&done, domain);
	domain_report_add(&done, tool->dry_run ? REPORT_DUE : REPORT_STEP,
	    selector, LIFECYCLE_RETIRE, KS_NEVER, "%s%s%s", text, when,
	    advice);
	tool_print_report(tool, &done);
	domain_report_finish(&done);
}

static int
retire_key(const struct tool *tool, struct ks_lock *lock,
    struct ks_state *state, struct ks_key *key, int64_t at,
    struct ks_error *error)
{
	struct key_change change = {
		.ks = tool->ks, .lock = lock, .state = state, .now = tool->now
	};
	char when[RFC3339_SIZE];
	bool is_forced;
	int r;

	is_forced = !check_retire(tool, state, key, at, error);
	if (is_forced && !tool->force)
		return KS_E_ARG;
	(void)rfc3339_print(at, when);
	if ((r = key_change_retire(&change, key, at, is_forced ?
	    "requested (forced)" : "requested", error)) == 0 &&
	    (r = key_change_write(&change, error)) == 0)
		report(tool, state->domain, key->selector, "stops signing "
		    "at ", when, key->compromised ?
		    "; as it is compromised, it is revoked next" :
		    "; its record must stay in DNS until the last mail that it "
		    "signed has been verified");
	return r;
}

static int
retire(const struct tool *tool, struct ks_lock *lock, const char *domain,
    const char *selector, int64_t at)
{
	struct ks_error error;
	struct ks_state state;
	struct ks_key *key;
	size_t i;
	int r;

	if ((r = ks_state_read(tool->ks, domain, &state, &error)) != 0) {
		warnx("%s", error.text);
		return r;
	}
	key = NULL;
	for (i = 0; i < state.nkeys; i++)
		if (strcmp(state.keys[i].selector, selector) == 0)
			key = &state.keys[i];
	if (key == NULL) {
		tool_no_key(tool, domain, selector);
		r = KS_E_NOKEY;
	} else if (key_phase(key, tool->now) >= KEY_RETIRED)
		report(tool, domain, selector, "is already retired", "", "");
	else if ((r = retire_key(tool, lock, &state, key, at, &error)) != 0)
		warnx("%s", error.text);
	ks_state_finish(&state);
	return r;
}

int
cmd_retire(struct tool *tool, int argc, char **argv)
{
	struct ks_error error;
	struct ks_lock *lock;
	char domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	int64_t at;
	int r;

	(void)argc;
	if (!tool_domain(argv[0], domain) ||
	    !tool_selector(argv[1], selector) || !tool_time(tool, &at))
		return TOOL_USAGE;
	if (tool_lock(tool, domain, false, &lock, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	r = retire(tool, lock, domain, selector,
	    tool->at == NULL ? tool->now : at);
	ks_unlock(lock);
	return r == 0 ? TOOL_DONE : TOOL_FAILED;
}

/* SPDX-License-Identifier: ISC */

/*
 * "fleet renew": see fleet_renew.h.
 *
 * countersign-fleet names the keys of epochs that are over.  What is done with
 * one depends on where it is:
 *
 *	not signing yet		it is revoked, if another key of its stream and
 *				algorithm signs; rotation then makes a key of
 *				the new epoch, as many in a run as always
 *	signing, and a key of the new epoch is verified
 *				that one is activated
 *	signing, and so does a key of the new epoch
 *				it is retired
 *	retired			nothing: rotation revokes and removes it
 *
 * Each is what a person could do with another command, which checks it as ever;
 * so this one may be killed, and run again, at any time.  It is run after each
 * run of rotation, until no key is left.
 */

#include "command/fleet_renew.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/lease.h"
#include "life/key_phase.h"
#include "life/lifecycle.h"
#include "talk/client.h"

#define MAX_PASSES	3	/* activate, retire, and look */

struct exposed {
	char	domain[DKIMSIG_DOMAIN_SIZE];
	char	selector[KS_SELECTOR_SIZE];
};

struct renewal {
	struct tool	*tool;
	struct exposed	*list;		/* sorted by domain */
	size_t		 n, size;
	bool		 no_memory;
	/* Of the keys of one domain, in the last pass. */
	size_t		 nwaiting, nretired, nfailed;
};

/* Called for each answer. */
static void
take_answer(void *context, const struct talk_message *answer)
{
	struct renewal *renewal = context;
	struct exposed *list;
	size_t size;

	if (answer->kind != TALK_EXPOSED || renewal->no_memory)
		return;
	/* All keys of all domains may come. */
	if (renewal->n == renewal->size) {
		size = renewal->size == 0 ? 64 : renewal->size * 2;
		list = reallocarray(renewal->list, size, sizeof(*list));
		if (list == NULL) {
			renewal->no_memory = true;
			return;
		}
		renewal->list = list;
		renewal->size = size;
	}
	list = renewal->list + renewal->n++;
	memcpy(list->domain, answer->domain, sizeof(list->domain));
	memcpy(list->selector, answer->selector, sizeof(list->selector));
}

static int
ask(struct renewal *renewal)
{
	const struct talk_message request = { .kind = TALK_EXPOSURE };
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;
	int r;

	if (talk_open(&talk, renewal->tool->keydir, TALK_ANSWER_S, &ready,
	    &error) != 0) {
		warnx("fleet: %s", error.text);
		return TOOL_FAILED;
	}
	r = talk_ask(talk, &request, take_answer, renewal, &error);
	talk_close(talk);
	if (r == 0 && !renewal->no_memory)
		return TOOL_DONE;
	warnx("fleet: %s", r == 0 ? "out of memory" : error.text);
	return TOOL_FAILED;
}

/* -- One domain ----------------------------------------------------------- */

/* Whether a key is among those of the domain, which are from first to end. */
static bool
is_exposed(const struct renewal *renewal, size_t first, size_t end,
    const char *selector)
{
	size_t i;

	for (i = first; i < end; i++)
		if (strcmp(renewal->list[i].selector, selector) == 0)
			return true;
	return false;
}

/* A key of the line in that phase that nobody has; with_exposed: or any. */
static const struct ks_key *
find(const struct renewal *renewal, size_t first, size_t end,
    const struct ks_state *state, const struct ks_key *of,
    enum key_phase phase, bool with_exposed)
{
	const int64_t now = renewal->tool->clock();
	const struct lifecycle_line line = lifecycle_line_of(of);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (key != of && lifecycle_line_has(&line, key) &&
		    key_phase(key, now) == phase &&
		    key_stays_in_use(key, now) && (with_exposed ||
		    !is_exposed(renewal, first, end, key->selector)))
			return key;
	}
	return NULL;
}

static bool
run(struct renewal *renewal, int (*command)(struct tool *, int, char **),
    const char *name, const char *domain, const char *selector, bool force)
{
	char domain_word[DKIMSIG_DOMAIN_SIZE], selector_word[KS_SELECTOR_SIZE];
	char *words[] = { domain_word, selector_word, NULL };
	const bool was_forced = renewal->tool->force;
	int status;

	(void)strlcpy(domain_word, domain, sizeof(domain_word));
	(void)strlcpy(selector_word, selector, sizeof(selector_word));
	(void)printf("%s %s %s%s\n", name, domain, selector,
	    force ? " --force" : "");
	renewal->tool->force = force;
	status = command(renewal->tool, 2, words);
	renewal->tool->force = was_forced;
	renewal->nfailed += status == TOOL_FAILED;
	return status == TOOL_DONE;
}

/* Take one step with an exposed key; false: there is none to be taken. */
static bool
step(struct renewal *renewal, size_t first, size_t end,
    const struct ks_state *state, const struct ks_key *key)
{
	const enum key_phase phase = key_phase(key, renewal->tool->clock());
	const struct ks_key *other;

	if (phase >= KEY_RETIRED || key->compromised) {
		renewal->nretired++;
		return false;
	}
	renewal->nwaiting++;
	if (phase == KEY_SCHEDULED)
		return false;
	if (phase < KEY_ACTIVE)
		return find(renewal, first, end, state, key, KEY_ACTIVE,
		    true) != NULL && run(renewal, cmd_revoke, "revoke",
		    state->domain, key->selector, true);
	if (find(renewal, first, end, state, key, KEY_ACTIVE, false) != NULL)
		return run(renewal, cmd_retire, "retire", state->domain,
		    key->selector, false);
	other = find(renewal, first, end, state, key, KEY_STANDBY, false);
	return other != NULL && run(renewal, cmd_activate, "activate",
	    state->domain, other->selector, false);
}

/* One step of a domain; false: there is none. */
static bool
pass(struct renewal *renewal, size_t first, size_t end)
{
	const char *domain = renewal->list[first].domain;
	const struct ks_key *key;
	struct ks_state state;
	struct ks_error error;
	bool has_changed = false;
	size_t i;

	renewal->nwaiting = renewal->nretired = 0;
	if (ks_state_read(renewal->tool->ks, domain, &state, &error) != 0) {
		warnx("%s", error.text);
		renewal->nfailed++;
		return false;
	}
	for (i = first; i < end && !has_changed; i++) {
		key = ks_state_find(&state, renewal->list[i].selector);
		if (key != NULL)
			has_changed = step(renewal, first, end, &state, key);
	}
	ks_state_finish(&state);
	return has_changed;
}

static void
renew_domain(struct renewal *renewal, size_t first, size_t end)
{
	const size_t nfailed = renewal->nfailed;
	size_t n = (end - first) * MAX_PASSES;

	while (pass(renewal, first, end) && renewal->nfailed == nfailed &&
	    --n > 0)
		;
}

static int
report(const struct renewal *renewal, size_t nwaiting, size_t nretired)
{
	if (nwaiting == 0 && nretired == 0 && renewal->nfailed == 0)
		(void)printf("no key in use is one that an expelled host "
		    "could open\n");
	else
		(void)printf("%zu key%s of an earlier epoch signs or may "
		    "sign: run '%s fleet renew' again after the next run of "
		    "'%s rotate'; %zu retired, which rotation revokes\n",
		    nwaiting, nwaiting == 1 ? "" : "s",
		    renewal->tool->command, renewal->tool->command, nretired);
	if (renewal->nfailed > 0)
		return TOOL_FAILED;
	return nwaiting > 0 ? TOOL_NOT_YET : TOOL_DONE;
}

static int
renew_all(struct tool *tool)
{
	struct renewal renewal = { .tool = tool };
	size_t first, end, nwaiting = 0, nretired = 0;
	int status;

	/* Domains that cannot be read do not hinder those that were named. */
	status = ask(&renewal);
	if (status != TOOL_DONE)
		renewal.nfailed++;
	for (first = 0; first < renewal.n; first = end) {
		for (end = first + 1; end < renewal.n &&
		    strcmp(renewal.list[end].domain,
		    renewal.list[first].domain) == 0; end++)
			;
		renew_domain(&renewal, first, end);
		nwaiting += renewal.nwaiting;
		nretired += renewal.nretired;
	}
	if (status == TOOL_DONE || renewal.n > 0)
		status = report(&renewal, nwaiting, nretired);
	free(renewal.list);
	return status;
}

int
fleet_renew(struct tool *tool)
{
	int status;

	if (!lease_attach(tool))
		return TOOL_FAILED;
	status = renew_all(tool);
	lease_detach(tool);
	return status;
}

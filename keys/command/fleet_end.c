/* SPDX-License-Identifier: ISC */

/*
 * Who ends the keys that "fleet watch" found in DNS: see fleet_end.h.
 *
 * Both countersign-fleet and fleet_here.c write .fleet/pending whole, which has
 * a line for each key that ended, so they get many keys at a time: the daemon
 * as requests that are sent at once.
 *
 * If countersign-fleet hangs, no key can be ended, as it has the files.
 */

#include "command/fleet_end.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "command/fleet_here.h"
#include "store/master.h"
#include "store/wait.h"
#include "talk/client.h"

void
fleet_end_finish(struct fleet_end *end)
{
	fleet_pending_finish(&end->ended);
	fleet_pending_finish(&end->shown);
	fleet_pending_close(&end->pending);
	talk_close(end->talk);
	end->talk = NULL;
}

void
fleet_end_fail(struct fleet_end *end, const char *text)
{
	warnx("fleet watch: %s", text);
	end->status = TOOL_FAILED;
}

void
fleet_end_find(struct fleet_end *end, bool is_shown, const char *domain,
    const char *selector, const char *evidence)
{
	struct ks_error error;

	(void)printf("%s: %s: %s: %s\n", domain, selector, is_shown ?
	    "DNS shows it again, so this host uses it as its rows say" :
	    "DNS shows that it is revoked, so this host ends it", evidence);
	if (fleet_pending_add(is_shown ? &end->shown : &end->ended, domain,
	    selector, end->tool->clock(), false, &error) != 0)
		fleet_end_fail(end, error.text);
}

/* -- By the daemon -------------------------------------------------------- */

/* Called for each answer to "status". */
static void
take_status(void *context, const struct talk_message *answer)
{
	struct fleet_end *end = context;

	if (answer->kind == TALK_DATABASE)
		end->is_away = strcmp(answer->state, "used") != 0;
}

int
fleet_end_ask_status(struct fleet_end *end, struct ks_error *error)
{
	const struct talk_message status = { .kind = TALK_STATUS };
	struct talk_message ready;
	int r = 0;

	end->asked_ms = monotonic_ms();
	end->is_away = true;
	if (end->talk == NULL)
		r = talk_open(&end->talk, end->tool->keydir, TALK_URGENT_S,
		    &ready, error);
	if (r == 0)
		r = talk_ask(end->talk, &status, take_status, end, error);
	if (r != 0) {
		talk_close(end->talk);
		end->talk = NULL;
	}
	return r;
}

/* Called for each answer; a key that cannot be ended does not hinder others. */
static void
take_told(void *context, const struct talk_message *answer)
{
	struct fleet_end *end = context;

	if (answer->kind == TALK_REFUSED)
		fleet_end_fail(end, answer->text);
}

/* Tell the daemon of each key in a list.  Returns 0 or KS_E_*. */
static int
tell(struct fleet_end *end, enum talk_kind kind,
    const struct fleet_pending *list, struct ks_error *error)
{
	struct talk_message *requests;
	size_t i = 0, n;
	int r = 0;

	requests = calloc(TALK_MAX_BATCH, sizeof(*requests));
	if (requests == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	while (i < list->n && r == 0) {
		for (n = 0; n < TALK_MAX_BATCH && i < list->n; n++, i++) {
			requests[n].kind = kind;
			(void)strlcpy(requests[n].domain,
			    list->list[i].domain, sizeof(requests->domain));
			(void)strlcpy(requests[n].selector,
			    list->list[i].selector,
			    sizeof(requests->selector));
		}
		r = talk_ask_all(end->talk, requests, n, take_told, end,
		    error);
	}
	free(requests);
	return r;
}

int
fleet_end_tell(struct fleet_end *end, struct ks_error *error)
{
	int r;

	if ((r = tell(end, TALK_SHOWN, &end->shown, error)) == 0)
		r = tell(end, TALK_REVOKED, &end->ended, error);
	return r;
}

/* -- Without it ----------------------------------------------------------- */

/* Change the state of a domain.  Returns 0 or KS_E_*. */
static int
change_here(struct fleet_end *end, const char *domain, bool is_back,
    struct ks_error *error)
{
	struct key_change change = {
		.ks = end->tool->ks, .now = end->tool->clock()
	};
	struct ks_state state;
	int r;

	memset(&state, 0, sizeof(state));
	change.state = &state;
	r = ks_lock_wait(change.ks, domain, false, end->tool->wait_s,
	    &change.lock, error);
	if (r == 0 && (r = ks_state_read(change.ks, domain, &state,
	    error)) == 0)
		r = is_back ? fleet_here_take_back(&change, &end->pending,
		    &end->shown, error) :
		    fleet_here_take(&change, &end->pending, error);
	ks_state_finish(&state);
	ks_unlock(change.lock);
	return r;
}

/* Change the states of the domains in a list; drop keys that stay as before. */
static void
change_all(struct fleet_end *end, struct fleet_pending *list, bool is_back)
{
	struct ks_error error;
	char domain[DKIMSIG_DOMAIN_SIZE];
	size_t i = 0;
	int r;

	while (i < list->n) {
		(void)strlcpy(domain, list->list[i].domain, sizeof(domain));
		if ((r = change_here(end, domain, is_back, &error)) != 0)
			fleet_end_fail(end, error.text);
		while (i < list->n &&
		    strcmp(list->list[i].domain, domain) == 0)
			if (r != 0)
				fleet_pending_remove(list, i);
			else
				i++;
	}
}

/* As the daemon, end only what rows have: it would forget the others. */
static void
drop_unknown(struct fleet_end *end, struct fleet_pending *list)
{
	struct ks_error error;
	bool is_known;
	size_t i;

	for (i = 0; i < list->n;) {
		if (fleet_here_has_row(end->tool->ks, list->list[i].domain,
		    list->list[i].selector, &is_known, &error) != 0)
			fleet_end_fail(end, error.text);
		else if (!is_known)
			fleet_end_fail(end, "the fleet has no such key");
		if (is_known)
			i++;
		else
			fleet_pending_remove(list, i);
	}
}

/* In the place of the daemon.  Returns 0 or KS_E_*. */
static int
end_here(struct fleet_end *end, struct ks_error *error)
{
	int r;

	fleet_here_begin(end->tool);
	drop_unknown(end, &end->ended);
	change_all(end, &end->shown, true);
	if ((r = fleet_here_keep(end->tool->ks, &end->ended, &end->shown,
	    error)) == 0)
		change_all(end, &end->ended, false);
	return r;
}

/* The daemon may have been started meanwhile, or ended. */
void
fleet_end_all(struct fleet_end *end)
{
	struct ks_error error, why;
	int r = 0;

	if (end->ended.n + end->shown.n == 0)
		return;
	if (end->talk != NULL && (r = fleet_end_tell(end, &error)) != 0) {
		talk_close(end->talk);
		end->talk = NULL;
	}
	if (end->talk == NULL && (r = end_here(end, &error)) ==
	    KS_E_LOCKED && fleet_end_ask_status(end, &why) == 0)
		r = fleet_end_tell(end, &error);
	if (r != 0) {
		warnx("fleet watch: %s: this host may still sign with these "
		    "keys: " FLEET_HERE_STOP ", and the next run ends them "
		    "without it", error.text);
		end->status = TOOL_FAILED;
		end->is_stuck = true;
	}
	fleet_pending_finish(&end->ended);
	fleet_pending_finish(&end->shown);
	end->done_ms = monotonic_ms();
}

/* SPDX-License-Identifier: ISC */

/*
 * "fleet watch": asks DNS for the records of all keys that this host signs
 * with, or may sign with next, each hour, and each minute while the database
 * is away, or countersign-fleet does not run.
 *
 * The database may keep from this host that a key was revoked; DNS shows it to
 * all.  If each server that answers shows an empty p=, the key ends here, by
 * countersign-fleet, or by fleet_here.c.  A record that is gone counts as well
 * while the database is away, for a host that was off for longer than p= stays;
 * but not otherwise, since a zone that was lost by mistake would end all keys.
 *
 * The reserve is looked at with the key that signs, so none takes over that is
 * revoked itself: keys in reserve come first, and all of a domain end together.
 * A key that was ended so is looked at again, in case the zone was wrong.
 *
 * A round over all domains may take longer than a run: the next run goes on
 * where that one ended, or was killed (watched.h).
 *
 * If countersign-fleet hangs, no key can be ended, as it has the files.
 */

#include "command/fleet_watch.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/fleet_here.h"
#include "command/watched.h"
#include "kept/pending.h"
#include "life/key_phase.h"
#include "rotate/view.h"
#include "store/master.h"
#include "store/wait.h"
#include "talk/client.h"

#define HOUR		3600
#define MINUTE		55		/* by a timer of a minute */
#define ASK_MS		60000	/* whether the database is away now */
#define NOTE_MS		60000	/* what a run that is killed loses */
#define RUN_MS		3000000	/* less than the limit of the unit */
#define WRITE_MS	10000	/* between two times, without the daemon */

struct watch {
	struct tool		*tool;
	struct talk		*talk;	/* NULL: the daemon does not run */
	struct rotation_run	 run;
	struct fleet_pending	 pending;	/* when it began */
	struct fleet_pending	 ended, shown;	/* found, and not told yet */
	struct watched		 watched;
	int64_t			 begun_ms, asked_ms, noted_ms, written_ms;
	size_t			 nlooked;	/* domains */
	bool			 is_away;	/* the database */
	bool			 is_over;	/* no further domain now */
	int			 status;
};

static void
fail(struct watch *watch, const char *text)
{
	warnx("fleet watch: %s", text);
	watch->status = TOOL_FAILED;
}

/* -- When ----------------------------------------------------------------- */

static bool
is_due(const struct watch *watch)
{
	const struct watched *watched = &watch->watched;
	const int64_t now = watch->tool->clock();

	return watched->next[0] != '\0' || watched->begun > now ||
	    now - watched->begun >= (watch->is_away ? MINUTE : HOUR);
}

/* Note where the round goes on; NULL: it is through. */
static void
note(struct watch *watch, const char *next)
{
	struct ks_error error;

	(void)strlcpy(watch->watched.next, next == NULL ? "" : next,
	    sizeof(watch->watched.next));
	watch->noted_ms = monotonic_ms();
	if (watched_write(watch->tool->ks, &watch->watched, &error) != 0)
		fail(watch, error.text);
}

/* -- What ----------------------------------------------------------------- */

/* Whether no server that answers shows the record any more. */
static bool
is_revoked(const struct watch *watch, const struct dns_sight *sight)
{
	size_t i, nrevoked = 0, ngone = 0;

	for (i = 0; i < sight->nlooks; i++) {
		if (sight->looks[i].is_alias)
			continue;
		switch (sight->looks[i].verdict) {
		case DNS_REVOKED:
			nrevoked++;
			break;
		case DNS_ABSENT:
			ngone++;
			break;
		case DNS_RIGHT:
		case DNS_WRONG:
			return false;
		default:
			break;	/* no answer */
		}
	}
	return ngone == 0 ? nrevoked > 0 : watch->is_away;
}

/* A key is to end, or is used again. */
static void
find(struct watch *watch, struct fleet_pending *list, const char *domain,
    const char *selector, const char *evidence)
{
	struct ks_error error;

	(void)printf("%s: %s: %s: %s\n", domain, selector,
	    list == &watch->ended ? "DNS shows that it is revoked, so this "
	    "host ends it" : "DNS shows it again, so this host uses it as its "
	    "rows say", evidence);
	if (fleet_pending_add(list, domain, selector, watch->tool->clock(),
	    false, &error) != 0)
		fail(watch, error.text);
}

/* A key in use, or one that was ended because of what DNS showed. */
static void
look_at(struct watch *watch, const struct domain_view *view,
    const struct ks_key *key, bool is_ended)
{
	struct record record;
	struct dns_sight sight;
	struct ks_error error;

	if (domain_view_sight(view, key, &record, &sight, &error) != 0) {
		fail(watch, error.text);
		return;
	}
	if (is_ended ? sight.is_shown : is_revoked(watch, &sight))
		find(watch, is_ended ? &watch->shown : &watch->ended,
		    view->state.domain, key->selector, sight.summary);
	dns_sight_finish(&sight);
}

/* A key that is compromised has ended, or goes on for want of another. */
static bool
is_in_phase(const struct ks_key *key, enum key_phase phase, int64_t now)
{
	return !key->compromised && key_phase(key, now) == phase;
}

/* Keys that ended here because of what DNS showed. */
static void
look_again(struct watch *watch, const struct domain_view *view)
{
	const struct fleet_pending *pending = &watch->pending;
	const struct ks_key *key;
	size_t i;

	(void)fleet_pending_find(pending, view->state.domain, "", &i);
	for (; i < pending->n && strcmp(pending->list[i].domain,
	    view->state.domain) == 0; i++)
		if (!pending->list[i].is_mark && (key = ks_state_find(
		    &view->state, pending->list[i].selector)) != NULL)
			look_at(watch, view, key, true);
}

static void
look_at_domain(struct watch *watch, const char *domain)
{
	static const enum key_phase phases[] = {
		KEY_STANDBY, KEY_SCHEDULED, KEY_ACTIVE
	};
	const int64_t now = watch->tool->clock();
	struct domain_view view;
	struct ks_error error;
	size_t i, j;

	if (domain_view_open(&view, &watch->run, domain, &error) != 0)
		fail(watch, error.text);
	look_again(watch, &view);
	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		for (j = 0; j < view.state.nkeys; j++)
			if (is_in_phase(&view.state.keys[j], phases[i], now))
				look_at(watch, &view, &view.state.keys[j],
				    false);
	domain_view_close(&view);
}

/* -- Who ends the keys ---------------------------------------------------- */

/* Called for each answer to "status". */
static void
take_status(void *context, const struct talk_message *answer)
{
	struct watch *watch = context;

	if (answer->kind == TALK_DATABASE)
		watch->is_away = strcmp(answer->state, "used") != 0;
}

/* Learn whether the daemon runs, and has a database.  Returns 0 or KS_E_*. */
static int
ask_status(struct watch *watch, struct ks_error *error)
{
	const struct talk_message status = { .kind = TALK_STATUS };
	struct talk_message ready;
	int r = 0;

	watch->asked_ms = monotonic_ms();
	watch->is_away = true;
	if (watch->talk == NULL)
		r = talk_open(&watch->talk, watch->tool->keydir, TALK_URGENT_S,
		    &ready, error);
	if (r == 0)
		r = talk_ask(watch->talk, &status, take_status, watch, error);
	if (r != 0) {
		talk_close(watch->talk);
		watch->talk = NULL;
	}
	return r;
}

/* Tell the daemon of each key in a list.  Returns 0 or KS_E_*. */
static int
tell(struct watch *watch, enum talk_kind kind,
    const struct fleet_pending *list, struct ks_error *error)
{
	struct talk_message request = { .kind = kind };
	size_t i;
	int r = 0;

	for (i = 0; i < list->n && r == 0; i++) {
		(void)strlcpy(request.domain, list->list[i].domain,
		    sizeof(request.domain));
		(void)strlcpy(request.selector, list->list[i].selector,
		    sizeof(request.selector));
		r = talk_ask(watch->talk, &request, NULL, NULL, error);
		if (r == KS_E_EXISTS) {
			fail(watch, error->text);
			r = 0;
		}
	}
	return r;
}

static int
tell_all(struct watch *watch, struct ks_error *error)
{
	int r;

	if ((r = tell(watch, TALK_SHOWN, &watch->shown, error)) == 0)
		r = tell(watch, TALK_REVOKED, &watch->ended, error);
	return r;
}

/* Change the state of a domain here.  Returns 0 or KS_E_*. */
static int
change_here(struct watch *watch, const char *domain, bool is_back,
    struct ks_error *error)
{
	struct key_change change = {
		.ks = watch->tool->ks, .now = watch->tool->clock()
	};
	struct ks_state state;
	int r;

	memset(&state, 0, sizeof(state));
	change.state = &state;
	r = ks_lock_wait(change.ks, domain, false, watch->tool->wait_s,
	    &change.lock, error);
	if (r == 0 && (r = ks_state_read(change.ks, domain, &state,
	    error)) == 0)
		r = is_back ? fleet_here_take_back(&change, &watch->shown,
		    error) : fleet_here_take(&change, error);
	ks_state_finish(&state);
	ks_unlock(change.lock);
	return r;
}

/* Change the states of the domains in a list; drop keys that stay as before. */
static void
change_all(struct watch *watch, struct fleet_pending *list, bool is_back)
{
	struct ks_error error;
	char domain[DKIMSIG_DOMAIN_SIZE];
	size_t i = 0;
	int r;

	while (i < list->n) {
		(void)strlcpy(domain, list->list[i].domain, sizeof(domain));
		if ((r = change_here(watch, domain, is_back, &error)) != 0)
			fail(watch, error.text);
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
drop_unknown(struct watch *watch, struct fleet_pending *list)
{
	struct ks_error error;
	bool is_known;
	size_t i;

	for (i = 0; i < list->n;) {
		if (fleet_here_has_row(watch->tool->ks, list->list[i].domain,
		    list->list[i].selector, &is_known, &error) != 0)
			fail(watch, error.text);
		else if (!is_known)
			fail(watch, "the fleet has no such key");
		if (is_known)
			i++;
		else
			fleet_pending_remove(list, i);
	}
}

/* In the place of the daemon.  Returns 0 or KS_E_*. */
static int
end_here(struct watch *watch, struct ks_error *error)
{
	int r;

	fleet_here_begin(watch->tool);
	drop_unknown(watch, &watch->ended);
	change_all(watch, &watch->shown, true);
	if ((r = fleet_here_keep(watch->tool->ks, &watch->ended,
	    &watch->shown, error)) == 0)
		change_all(watch, &watch->ended, false);
	watch->written_ms = monotonic_ms();
	return r;
}

/*
 * End what was found, and use again what is shown.  The daemon may have been
 * started meanwhile, or ended.
 */
static void
end_all(struct watch *watch)
{
	struct ks_error error, why;
	int r;

	if (watch->ended.n + watch->shown.n == 0)
		return;
	if (watch->talk != NULL && (r = tell_all(watch, &error)) != 0) {
		talk_close(watch->talk);
		watch->talk = NULL;
	}
	if (watch->talk == NULL && (r = end_here(watch, &error)) ==
	    KS_E_LOCKED && ask_status(watch, &why) == 0)
		r = tell_all(watch, &error);
	if (r != 0) {
		warnx("fleet watch: %s: this host may still sign with these "
		    "keys: " FLEET_HERE_STOP ", and the next run ends them "
		    "without it", error.text);
		watch->status = TOOL_FAILED;
		watch->is_over = true;
	}
	fleet_pending_finish(&watch->ended);
	fleet_pending_finish(&watch->shown);
}

void
fleet_watch_reserve(struct tool *tool, struct talk *talk,
    struct fleet_pending *pending, const struct domain_view *view)
{
	struct watch watch = { .tool = tool, .talk = talk, .is_away = true };
	const int64_t now = tool->clock();
	struct ks_error error;
	size_t i;

	for (i = 0; i < view->state.nkeys; i++)
		if (is_in_phase(&view->state.keys[i], KEY_STANDBY, now))
			look_at(&watch, view, &view->state.keys[i], false);
	if (talk != NULL && tell_all(&watch, &error) != 0)
		fail(&watch, error.text);
	for (i = 0; i < watch.ended.n && talk == NULL; i++)
		if (fleet_pending_add(pending, watch.ended.list[i].domain,
		    watch.ended.list[i].selector, watch.ended.list[i].at,
		    false, &error) != 0)
			fail(&watch, error.text);
	fleet_pending_finish(&watch.ended);
}

/* -- All domains ---------------------------------------------------------- */

/* Whether there is time for this domain; what was found until here, ends. */
static void
check_time(struct watch *watch, const char *domain)
{
	const int64_t now_ms = monotonic_ms();
	const bool is_late = now_ms - watch->begun_ms >= RUN_MS;

	/* However slow all is, each run looks at one. */
	if (watch->nlooked++ == 0 || (!is_late &&
	    now_ms - watch->noted_ms < NOTE_MS))
		return;
	end_all(watch);
	if (watch->is_over)
		return;
	note(watch, domain);
	watch->is_over = is_late;
}

/* Called for each domain. */
static int
watch_domain(const char *domain, void *context)
{
	struct watch *watch = context;
	struct ks_error error;

	if (strcmp(domain, watch->watched.next) < 0)
		return 0;
	if (monotonic_ms() - watch->asked_ms >= ASK_MS)
		(void)ask_status(watch, &error);
	check_time(watch, domain);
	if (!watch->is_over)
		look_at_domain(watch, domain);
	if (watch->talk != NULL ||
	    monotonic_ms() - watch->written_ms >= WRITE_MS)
		end_all(watch);
	return watch->is_over ? KS_E_SYSTEM : 0;
}

/* All domains that are left in this round, or as many as the time allows. */
static void
watch_all(struct watch *watch)
{
	struct ks_error error;

	if (watch->watched.next[0] == '\0')
		watch->watched.begun = watch->tool->clock();
	if (fleet_pending_read(watch->tool->ks, &watch->pending, &error) != 0)
		fail(watch, error.text);
	if (!tool_run_init(watch->tool, &watch->run)) {
		watch->status = TOOL_FAILED;
		watch->is_over = true;
	} else {
		/* What others have of the keys is not asked. */
		watch->run.is_fleet = false;
		if (ks_each_domain(watch->tool->ks, watch_domain, watch,
		    &error) != 0 && !watch->is_over) {
			fail(watch, error.text);
			watch->is_over = true;
		}
		end_all(watch);
	}
	rotation_run_finish(&watch->run);
	fleet_pending_finish(&watch->pending);
	if (!watch->is_over)
		note(watch, NULL);
}

int
fleet_watch(struct tool *tool)
{
	const int64_t now_ms = monotonic_ms();
	struct watch watch = {
		.tool = tool, .begun_ms = now_ms, .noted_ms = now_ms,
		.written_ms = now_ms - WRITE_MS, .status = TOOL_DONE
	};
	struct ks_error error;
	int r;

	if (!ks_is_in_fleet(tool->ks))
		return TOOL_DONE;
	r = ask_status(&watch, &error);
	if (r == KS_E_NOKEY)
		warnx("fleet watch: %s: until then, DNS is asked each minute "
		    "without it", error.text);
	else if (r != 0) {
		warnx("fleet watch: %s: DNS is not asked, because no key can "
		    "be ended: " FLEET_HERE_STOP ", and the next run does it "
		    "without it", error.text);
		return TOOL_FAILED;
	}
	watched_read(tool->ks, &watch.watched);
	if (is_due(&watch))
		watch_all(&watch);
	talk_close(watch.talk);
	return watch.status;
}

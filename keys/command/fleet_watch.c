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
 * Keys end some seconds after they were found, with others (fleet_end.h).
 */

#include "command/fleet_watch.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/fleet_end.h"
#include "command/fleet_here.h"
#include "command/watched.h"
#include "kept/pending.h"
#include "life/key_phase.h"
#include "rotate/view.h"
#include "store/master.h"

#define HOUR		3600
#define MINUTE		55		/* by a timer of a minute */
#define ASK_MS		60000	/* whether the database is away now */
#define NOTE_MS		60000	/* what a run that is killed loses */
#define RUN_MS		3000000	/* less than the limit of the unit */
#define END_MS		10000	/* between two times that keys end */

struct watch {
	struct tool		*tool;
	struct rotation_run	 run;
	struct fleet_pending	 pending;	/* when it began */
	struct fleet_end	 end;
	struct watched		 watched;
	int64_t			 begun_ms, noted_ms;
	size_t			 nlooked;	/* domains */
	bool			 is_over;	/* no further domain now */
};

/* -- When ----------------------------------------------------------------- */

static bool
is_due(const struct watch *watch)
{
	const struct watched *watched = &watch->watched;
	const int64_t now = watch->tool->clock();

	return watched->next[0] != '\0' || watched->begun > now ||
	    now - watched->begun >= (watch->end.is_away ? MINUTE : HOUR);
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
		fleet_end_fail(&watch->end, error.text);
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
	return ngone == 0 ? nrevoked > 0 : watch->end.is_away;
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
		fleet_end_fail(&watch->end, error.text);
		return;
	}
	if (is_ended ? sight.is_shown : is_revoked(watch, &sight))
		fleet_end_find(&watch->end, is_ended, view->state.domain,
		    key->selector, sight.summary);
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

	if (domain_view_read(&view, &watch->run, domain, &error) != 0)
		fleet_end_fail(&watch->end, error.text);
	look_again(watch, &view);
	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		for (j = 0; j < view.state.nkeys; j++)
			if (is_in_phase(&view.state.keys[j], phases[i], now))
				look_at(watch, &view, &view.state.keys[j],
				    false);
	domain_view_close(&view);
}

void
fleet_watch_reserve(struct tool *tool, struct talk *talk,
    struct fleet_pending *pending, const struct domain_view *view)
{
	struct watch watch = {
		.tool = tool, .end = {
			.tool = tool, .talk = talk, .is_away = true
		}
	};
	const struct fleet_pending *ended = &watch.end.ended;
	const int64_t now = tool->clock();
	struct ks_error error;
	size_t i;

	for (i = 0; i < view->state.nkeys; i++)
		if (is_in_phase(&view->state.keys[i], KEY_STANDBY, now))
			look_at(&watch, view, &view->state.keys[i], false);
	if (talk != NULL && fleet_end_tell(&watch.end, &error) != 0)
		fleet_end_fail(&watch.end, error.text);
	for (i = 0; i < ended->n && talk == NULL; i++)
		if (fleet_pending_add(pending, ended->list[i].domain,
		    ended->list[i].selector, ended->list[i].at, false,
		    &error) != 0)
			fleet_end_fail(&watch.end, error.text);
	/* The daemon is asked on. */
	watch.end.talk = NULL;
	fleet_end_finish(&watch.end);
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
	fleet_end_all(&watch->end);
	if (watch->end.is_stuck)
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
	if (monotonic_ms() - watch->end.asked_ms >= ASK_MS)
		(void)fleet_end_ask_status(&watch->end, &error);
	check_time(watch, domain);
	if (!watch->is_over && !watch->end.is_stuck)
		look_at_domain(watch, domain);
	if (monotonic_ms() - watch->end.done_ms >= END_MS)
		fleet_end_all(&watch->end);
	return watch->is_over || watch->end.is_stuck ? KS_E_SYSTEM : 0;
}

/* All domains that are left in this round, or as many as the time allows. */
static void
watch_all(struct watch *watch)
{
	struct ks_error error;

	if (watch->watched.next[0] == '\0')
		watch->watched.begun = watch->tool->clock();
	if (fleet_pending_read(watch->tool->ks, &watch->pending, &error) != 0)
		fleet_end_fail(&watch->end, error.text);
	if (!tool_run_init(watch->tool, &watch->run)) {
		watch->end.status = TOOL_FAILED;
		watch->is_over = true;
	} else {
		/* What others have of the keys is not asked. */
		watch->run.is_fleet = false;
		if (ks_each_domain(watch->tool->ks, watch_domain, watch,
		    &error) != 0 && !watch->is_over && !watch->end.is_stuck) {
			fleet_end_fail(&watch->end, error.text);
			watch->is_over = true;
		}
		fleet_end_all(&watch->end);
	}
	rotation_run_finish(&watch->run);
	fleet_pending_finish(&watch->pending);
	if (!watch->is_over && !watch->end.is_stuck)
		note(watch, NULL);
}

int
fleet_watch(struct tool *tool)
{
	const int64_t now_ms = monotonic_ms();
	struct watch watch = {
		.tool = tool, .begun_ms = now_ms, .noted_ms = now_ms,
		.end = {
			.tool = tool, .done_ms = now_ms - END_MS,
			.status = TOOL_DONE
		}
	};
	struct ks_error error;
	int r;

	if (!ks_is_in_fleet(tool->ks))
		return TOOL_DONE;
	r = fleet_end_ask_status(&watch.end, &error);
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
	fleet_end_finish(&watch.end);
	return watch.end.status;
}

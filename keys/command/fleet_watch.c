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
 * Threads look at as many domains at a time as "parallel" says (look_crew.h,
 * fleet_look.h); all else is done by one thread, in the order of the domains.
 * Keys end some seconds after they were found, with others (fleet_end.h), and
 * all of a domain end together.
 *
 * A round over all domains may take longer than a run: the next run goes on
 * where that one ended, or was killed (watched.h).
 */

#include "command/fleet_watch.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/fleet_end.h"
#include "command/fleet_here.h"
#include "command/look_crew.h"
#include "command/watched.h"
#include "config/config.h"
#include "kept/pending.h"
#include "rotate/context.h"
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
	struct look_crew	*crew;
	const char		*coming;	/* a domain to put, or NULL */
	struct fleet_end	 end;
	struct watched		 watched;
	int64_t			 noted_ms;
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

/* -- What was found ------------------------------------------------------- */

/* A record that is gone counts while nobody can say that it was revoked. */
static bool
counts(const struct watch *watch, const struct fleet_finding *finding)
{
	return finding->kind != FLEET_FOUND_GONE || watch->end.is_away;
}

/* Take over what was found in a domain. */
static void
take(struct watch *watch, struct fleet_look *look)
{
	const struct fleet_finding *finding;
	size_t i;

	for (i = 0; i < look->n; i++) {
		finding = &look->list[i];
		if (finding->text == NULL)
			look->is_short = true;
		else if (finding->kind == FLEET_FOUND_NOTHING)
			fleet_end_fail(&watch->end, finding->text);
		else if (counts(watch, finding))
			fleet_end_find(&watch->end, finding->kind ==
			    FLEET_FOUND_SHOWN, look->domain,
			    finding->selector, finding->text);
	}
	if (look->is_short)
		fleet_end_fail(&watch->end, "out of memory");
	fleet_look_finish(look);
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
	struct fleet_look look;
	struct ks_error error;
	size_t i;

	memset(&look, 0, sizeof(look));
	(void)strlcpy(look.domain, view->state.domain, sizeof(look.domain));
	fleet_look_at_reserve(&look, view, tool->clock());
	take(&watch, &look);
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

/* Called by threads. */
static void
look_at(void *context, struct fleet_look *look)
{
	struct watch *watch = context;

	fleet_look_at(look, &watch->run, &watch->pending);
}

/*
 * Do what is due by now.  A place is noted only when all that was found before
 * it has ended.
 */
static void
check_time(struct watch *watch)
{
	const int64_t now_ms = monotonic_ms();
	const char *next = look_crew_next(watch->crew);
	struct ks_error error;

	if (now_ms - watch->end.asked_ms >= ASK_MS)
		(void)fleet_end_ask_status(&watch->end, &error);
	if (next == NULL)
		next = watch->coming;
	if (next != NULL && now_ms - watch->noted_ms >= NOTE_MS) {
		fleet_end_all(&watch->end);
		if (!watch->end.is_stuck)
			note(watch, next);
	} else if (now_ms - watch->end.done_ms >= END_MS)
		fleet_end_all(&watch->end);
}

/* Take over the next domain; false: it is not looked at, or nothing can end. */
static bool
take_next(struct watch *watch, bool waits)
{
	struct fleet_look look;

	if (watch->end.is_stuck ||
	    !look_crew_take(watch->crew, waits, &look))
		return false;
	take(watch, &look);
	check_time(watch);
	return !watch->end.is_stuck;
}

/* Called for each domain; KS_E_SYSTEM: no further one now. */
static int
put_domain(const char *domain, void *context)
{
	struct watch *watch = context;

	if (strcmp(domain, watch->watched.next) < 0)
		return 0;
	watch->coming = domain;
	while (take_next(watch, false))
		continue;
	while (!look_crew_put(watch->crew, domain))
		if (!take_next(watch, true)) {
			watch->coming = NULL;
			return KS_E_SYSTEM;
		}
	watch->coming = NULL;
	return watch->end.is_stuck ? KS_E_SYSTEM : 0;
}

/* All domains that are left in this round, or as many as the time allows. */
static void
look_at_all(struct watch *watch)
{
	struct ks_error error;
	bool is_whole;

	is_whole = ks_each_domain(watch->tool->ks, put_domain, watch,
	    &error) == 0;
	while (take_next(watch, true))
		continue;
	fleet_end_all(&watch->end);
	if (watch->end.is_stuck)
		return;
	/* The first one that there was no time for. */
	if (look_crew_next(watch->crew) != NULL)
		note(watch, look_crew_next(watch->crew));
	else if (is_whole)
		note(watch, NULL);
	else
		fleet_end_fail(&watch->end, error.text);
}

static void
watch_all(struct watch *watch)
{
	const struct tool *tool = watch->tool;
	struct ks_error error;

	if (watch->watched.next[0] == '\0')
		watch->watched.begun = tool->clock();
	if (fleet_pending_read(tool->ks, &watch->pending, &error) != 0)
		fleet_end_fail(&watch->end, error.text);
	if (!tool_run_init(tool, &watch->run))
		watch->end.status = TOOL_FAILED;
	else if (look_crew_new(&watch->crew, tool->config->rotation_parallel,
	    watch->noted_ms + RUN_MS, look_at, watch, &error) != 0)
		fleet_end_fail(&watch->end, error.text);
	else {
		/* What others have of the keys is not asked. */
		watch->run.is_fleet = false;
		look_at_all(watch);
	}
	look_crew_free(watch->crew);
	rotation_run_finish(&watch->run);
	fleet_pending_finish(&watch->pending);
}

int
fleet_watch(struct tool *tool)
{
	const int64_t now_ms = monotonic_ms();
	struct watch watch = {
		.tool = tool, .noted_ms = now_ms,
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

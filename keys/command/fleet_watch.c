/* SPDX-License-Identifier: ISC */

/*
 * "fleet watch": asks DNS for the records of all keys that this host signs
 * with, or may sign with next, each hour, and each minute while the database
 * is away.
 *
 * The database may keep from this host that a key was revoked; DNS shows it to
 * all.  If each server that answers shows an empty p=, countersign-fleet ends
 * the key here.  A record that is gone counts as well while the database is
 * away, for a host that was off for longer than p= stays; but not otherwise,
 * since a zone that was lost by mistake would end all keys.
 *
 * The reserve is looked at with the key that signs, so none takes over that is
 * revoked itself: keys in reserve come first.  A key that was ended so is
 * looked at again, in case the zone was wrong.
 */

#include "command/fleet_watch.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "kept/pending.h"
#include "life/key_phase.h"
#include "rotate/view.h"
#include "store/fleet_file.h"
#include "talk/client.h"

#define FILE_NAME	"watched"	/* when it was done last */
#define PENDING		"pending"	/* keys that this host ended */
#define HOUR		3600
#define MINUTE		55		/* by a timer of a minute */

struct watch {
	struct tool		*tool;
	struct talk		*talk;
	struct fleet_pending	*pending;	/* in place of talk */
	struct rotation_run	 run;
	bool			 is_away;	/* the database */
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
	const int64_t now = watch->tool->clock();
	const char *reason;
	int64_t last = 0;
	char *text;
	size_t len;

	if (ks_fleet_read(watch->tool->ks, FILE_NAME, &text, &len,
	    NULL) != 0)
		return true;
	text[strcspn(text, "\n")] = '\0';
	last = strtonum(text, 0, INT64_MAX, &reason);
	ks_fleet_free(text, len);
	return reason != NULL || last > now ||
	    now - last >= (watch->is_away ? MINUTE : HOUR);
}

static void
note_time(struct watch *watch)
{
	struct ks_error error;
	char text[32];
	int n;

	n = snprintf(text, sizeof(text), "%lld\n",
	    (long long)watch->tool->clock());
	if (ks_fleet_write(watch->tool->ks, FILE_NAME, false, text, (size_t)n,
	    &error) != 0)
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

/* Tell the daemon what DNS shows, or keep it. */
static void
tell(struct watch *watch, enum talk_kind kind, const char *domain,
    const char *selector, const char *evidence)
{
	struct talk_message request = { .kind = kind };
	struct ks_error error;

	(void)printf("%s: %s: %s: %s\n", domain, selector,
	    kind == TALK_REVOKED ? "DNS shows that it is revoked, so this "
	    "host ends it" : "DNS shows it again, so this host uses it as its "
	    "rows say", evidence);
	(void)strlcpy(request.domain, domain, sizeof(request.domain));
	(void)strlcpy(request.selector, selector, sizeof(request.selector));
	if (watch->pending != NULL) {
		if (fleet_pending_add(watch->pending, domain, selector,
		    watch->tool->clock(), false) != 0)
			fail(watch, "out of memory");
	} else if (talk_ask(watch->talk, &request, NULL, NULL, &error) != 0)
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
		tell(watch, is_ended ? TALK_SHOWN : TALK_REVOKED,
		    view->state.domain, key->selector, sight.summary);
	dns_sight_finish(&sight);
}

/* A key that is compromised has ended, or goes on for want of another. */
static bool
is_in_phase(const struct ks_key *key, enum key_phase phase, int64_t now)
{
	return !key->compromised && key_phase(key, now) == phase;
}

/* Called for each domain. */
static int
watch_domain(const char *domain, void *context)
{
	static const enum key_phase phases[] = {
		KEY_STANDBY, KEY_SCHEDULED, KEY_ACTIVE
	};
	struct watch *watch = context;
	const int64_t now = watch->tool->clock();
	struct domain_view view;
	struct ks_error error;
	size_t i, j;

	if (domain_view_open(&view, &watch->run, domain, &error) != 0)
		fail(watch, error.text);
	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		for (j = 0; j < view.state.nkeys; j++)
			if (is_in_phase(&view.state.keys[j], phases[i], now))
				look_at(watch, &view, &view.state.keys[j],
				    false);
	domain_view_close(&view);
	return 0;
}

/* A line "here DOMAIN SELECTOR AT" of what this host ended (DESIGN, 6). */
static void
look_again(struct watch *watch, char *line)
{
	const char *word = strsep(&line, " ");
	const char *domain = line == NULL ? NULL : strsep(&line, " ");
	const char *selector = line == NULL ? NULL : strsep(&line, " ");
	const struct ks_key *key;
	struct domain_view view;
	struct ks_error error;

	if (selector == NULL || strcmp(word, "here") != 0)
		return;
	if (domain_view_open(&view, &watch->run, domain, &error) != 0)
		fail(watch, error.text);
	else if ((key = ks_state_find(&view.state, selector)) != NULL)
		look_at(watch, &view, key, true);
	domain_view_close(&view);
}

static void
look_at_ended(struct watch *watch)
{
	char *text, *p, *line;
	size_t len;

	if (ks_fleet_read(watch->tool->ks, PENDING, &text, &len, NULL) != 0)
		return;
	p = text;
	while ((line = strsep(&p, "\n")) != NULL)
		look_again(watch, line);
	ks_fleet_free(text, len);
}

/* Called for each answer to "status". */
static void
take_status(void *context, const struct talk_message *answer)
{
	struct watch *watch = context;

	if (answer->kind == TALK_DATABASE)
		watch->is_away = strcmp(answer->state, "used") != 0;
}

void
fleet_watch_reserve(struct tool *tool, struct talk *talk,
    struct fleet_pending *pending, const struct domain_view *view)
{
	struct watch watch = {
		.tool = tool, .talk = talk, .pending = pending,
		.is_away = true
	};
	const int64_t now = tool->clock();
	size_t i;

	for (i = 0; i < view->state.nkeys; i++)
		if (is_in_phase(&view->state.keys[i], KEY_STANDBY, now))
			look_at(&watch, view, &view->state.keys[i], false);
}

static void
watch_all(struct watch *watch)
{
	struct ks_error error;

	if (!tool_run_init(watch->tool, &watch->run))
		watch->status = TOOL_FAILED;
	else {
		/* What others have of the keys is not asked. */
		watch->run.is_fleet = false;
		look_at_ended(watch);
		if (ks_each_domain(watch->tool->ks, watch_domain, watch,
		    &error) != 0)
			fail(watch, error.text);
	}
	rotation_run_finish(&watch->run);
	note_time(watch);
}

int
fleet_watch(struct tool *tool)
{
	const struct talk_message status = { .kind = TALK_STATUS };
	struct watch watch = {
		.tool = tool, .is_away = true, .status = TOOL_DONE
	};
	struct talk_message ready;
	struct ks_error error;

	if (talk_open(&watch.talk, tool->keydir, TALK_ANSWER_S, &ready,
	    &error) != 0) {
		warnx("fleet: %s", error.text);
		return TOOL_FAILED;
	}
	if (talk_ask(watch.talk, &status, take_status, &watch, &error) != 0)
		fail(&watch, error.text);
	else if (strcmp(ready.fleet, "-") != 0 && is_due(&watch))
		watch_all(&watch);
	talk_close(watch.talk);
	return watch.status;
}

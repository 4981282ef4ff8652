/* SPDX-License-Identifier: ISC */

/*
 * What "fleet watch" saw in DNS: keys that are revoked, which end here, and
 * keys that are shown again.
 *
 * A zone that is lost ends thousands of keys, and .fleet/pending has a line for
 * each, so it is not written for each: requests that arrived together are one
 * batch.  All are noted, then the file is written once, and then one after the
 * other is carried out and answered.  So an answer still means that the line is
 * on disk, and the state changed; if the daemon is killed, nothing was answered
 * that is not so.
 *
 * Nothing else is done meanwhile, so the lock of a domain is not waited for: a
 * key that is noted ends with the first look that finds its domain free.  One
 * that is shown again is noted again, before the answer, and the next run of
 * "fleet watch" asks for it.
 *
 * Without memory for a batch, requests are refused.  If the client is gone, all
 * is done nevertheless.
 */

#include "fleet/serve_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "writing/mark.h"

/* A request, and what became of it. */
struct sight {
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	char		 selector[KS_SELECTOR_SIZE];
	bool		 is_shown;	/* again; or revoked */
	bool		 is_changed;
	int64_t		 ended;		/* from when, if it is shown again */
	int		 r;
	struct ks_error	 error;		/* if r is not 0 */
};

struct fleet_sights {
	struct sight	 list[TALK_MAX_BATCH];
	size_t		 n;
};

/* In memory alone. */
static void
note(struct fleet_daemon *daemon, struct sight *sight)
{
	if (!daemon->can_end) {
		sight->r = fleet_fail(&sight->error, KS_E_NOKEY,
		    ks_fleet_absence(daemon->ks));
	} else if (sight->is_shown) {
		fleet_sight_shown(&daemon->mirror, sight->domain,
		    sight->selector, &sight->ended, &sight->is_changed);
	} else {
		log_warnx(M_FLEET_MARKED, "key %s of %s: DNS shows everywhere "
		    "that it is revoked; this host ends it", sight->selector,
		    sight->domain);
		sight->r = fleet_sight_revoked(&daemon->mirror,
		    sight->domain, sight->selector, &sight->error);
		sight->is_changed = sight->r == 0;
	}
}

bool
fleet_serve_sight(struct fleet_serving *serving,
    const struct talk_message *request)
{
	struct sight *sight;

	if (serving->sights != NULL && serving->sights->n == TALK_MAX_BATCH &&
	    !fleet_serve_sights(serving))
		return false;
	if (serving->sights == NULL && (serving->sights = calloc(1,
	    sizeof(*serving->sights))) == NULL)
		return fleet_answer_text(serving, TALK_REFUSED,
		    "out of memory");
	sight = &serving->sights->list[serving->sights->n++];
	(void)strlcpy(sight->domain, request->domain, sizeof(sight->domain));
	(void)strlcpy(sight->selector, request->selector,
	    sizeof(sight->selector));
	sight->is_shown = request->kind == TALK_SHOWN;
	note(serving->daemon, sight);
	return true;
}

/* Keep on disk what has changed; if that fails, nothing more is done. */
static void
keep(struct fleet_daemon *daemon, struct fleet_sights *sights)
{
	struct ks_error error = { "" };
	bool is_changed = false;
	size_t i;
	int r;

	for (i = 0; i < sights->n; i++)
		is_changed |= sights->list[i].is_changed;
	if (!is_changed ||
	    (r = fleet_sights_keep(&daemon->mirror, &error)) == 0)
		return;
	for (i = 0; i < sights->n; i++)
		if (sights->list[i].is_changed) {
			sights->list[i].r = r;
			sights->list[i].error = error;
		}
}

/*
 * A state could not be changed: say what becomes of the key.  One that is shown
 * again would not be asked for again without its line.
 */
static void
put_off(struct fleet_daemon *daemon, struct sight *sight)
{
	const struct ks_error why = sight->error;

	if (sight->is_shown && ((sight->r = fleet_sight_keep_ended(
	    &daemon->mirror, sight->domain, sight->selector, sight->ended,
	    &sight->error)) != 0 || (sight->r = fleet_sights_keep(
	    &daemon->mirror, &sight->error)) != 0))
		return;
	sight->r = KS_E_LOCKED;
	(void)snprintf(sight->error.text, sizeof(sight->error.text),
	    "key %s of %s: %s: %.400s", sight->selector, sight->domain,
	    sight->is_shown ? "still ended on this host, and tried again by "
	    "the next run" : "noted, and ended by countersign-fleet as soon "
	    "as it can change the domain", why.text);
}

/* Change the state of a domain. */
static void
take(struct fleet_daemon *daemon, struct sight *sight)
{
	if (!sight->is_changed || sight->r != 0)
		return;
	sight->r = fleet_sights_take(&daemon->mirror, sight->domain,
	    &sight->error);
	if (sight->r != 0)
		put_off(daemon, sight);
	else if (sight->is_shown)
		log_info(M_FLEET_MARKED, "key %s of %s: DNS shows it again; "
		    "this host uses it as its rows say", sight->selector,
		    sight->domain);
}

static bool
answer(const struct fleet_serving *serving, const struct sight *sight)
{
	const struct talk_message marked = {
		.kind = TALK_MARKED, .text = sight->is_shown ?
		    "as its rows say" : "ended on this host"
	};

	if (sight->r != 0)
		return fleet_answer_text(serving, TALK_REFUSED,
		    sight->error.text);
	return fleet_answer(serving, &marked) && fleet_answer_done(serving);
}

bool
fleet_serve_sights(struct fleet_serving *serving)
{
	struct fleet_sights *sights = serving->sights;
	bool is_there = true;
	size_t i;

	if (sights == NULL)
		return true;
	keep(serving->daemon, sights);
	for (i = 0; i < sights->n; i++) {
		take(serving->daemon, &sights->list[i]);
		is_there = is_there && answer(serving, &sights->list[i]);
	}
	free(sights);
	serving->sights = NULL;
	return is_there;
}

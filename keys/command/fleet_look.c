/* SPDX-License-Identifier: ISC */

/*
 * Looking at the keys of a domain for "fleet watch": see fleet_look.h.
 *
 * The reserve is looked at with the key that signs, so none takes over that is
 * revoked itself: keys in reserve come first.  A key that was ended because of
 * what DNS showed is looked at again, in case the zone was wrong.
 *
 * What fails is a finding, too; nothing is printed or changed here.
 */

#include "command/fleet_look.h"

#include <stdlib.h>
#include <string.h>

#include "life/key_phase.h"
#include "rotate/view.h"

void
fleet_look_finish(struct fleet_look *look)
{
	while (look->n > 0)
		free(look->list[--look->n].text);
	free(look->list);
	look->list = NULL;
	look->size = 0;
	look->is_short = false;
}

static void
add(struct fleet_look *look, enum fleet_finding_kind kind,
    const char *selector, const char *text)
{
	const size_t size = look->size == 0 ? 4 : look->size * 2;
	struct fleet_finding *list;

	if (look->n == look->size) {
		list = recallocarray(look->list, look->size, size,
		    sizeof(*list));
		if (list == NULL) {
			look->is_short = true;
			return;
		}
		look->list = list;
		look->size = size;
	}
	look->list[look->n].kind = kind;
	(void)strlcpy(look->list[look->n].selector, selector,
	    sizeof(look->list->selector));
	look->list[look->n++].text = strdup(text);
}

static void
add_failure(struct fleet_look *look, const struct ks_error *error)
{
	add(look, FLEET_FOUND_NOTHING, "", error->text);
}

/* Whether no server that answers shows the record any more, and how. */
static bool
is_revoked(const struct dns_sight *sight, enum fleet_finding_kind *kind)
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
	*kind = ngone > 0 ? FLEET_FOUND_GONE : FLEET_FOUND_REVOKED;
	return nrevoked + ngone > 0;
}

/* A key in use, or one that was ended because of what DNS showed. */
static void
look_at_key(struct fleet_look *look, const struct domain_view *view,
    const struct ks_key *key, bool is_ended)
{
	enum fleet_finding_kind kind = FLEET_FOUND_SHOWN;
	struct record record;
	struct dns_sight sight;
	struct ks_error error;

	if (domain_view_sight(view, key, &record, &sight, &error) != 0) {
		add_failure(look, &error);
		return;
	}
	if (is_ended ? sight.is_shown : is_revoked(&sight, &kind))
		add(look, kind, key->selector, sight.summary);
	dns_sight_finish(&sight);
}

/*
 * A key that is compromised has ended, or goes on for want of another; or it
 * ends only later by the clock of this host, although its record is revoked.
 */
static void
look_at_phase(struct fleet_look *look, const struct domain_view *view,
    enum key_phase phase, int64_t now)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < view->state.nkeys; i++) {
		key = &view->state.keys[i];
		if (key_phase(key, now) == phase && (!key->compromised ||
		    ks_key_is_active(key, now)))
			look_at_key(look, view, key, false);
	}
}

/* Keys that ended here because of what DNS showed. */
static void
look_again(struct fleet_look *look, const struct domain_view *view,
    const struct fleet_pending *pending)
{
	const struct ks_key *key;
	size_t i;

	(void)fleet_pending_find(pending, look->domain, "", &i);
	for (; i < pending->n && strcmp(pending->list[i].domain,
	    look->domain) == 0; i++)
		if (pending->list[i].is_here && (key = ks_state_find(
		    &view->state, pending->list[i].selector)) != NULL)
			look_at_key(look, view, key, true);
}

void
fleet_look_at(struct fleet_look *look, struct rotation_run *run,
    const struct fleet_pending *pending)
{
	static const enum key_phase phases[] = {
		KEY_STANDBY, KEY_SCHEDULED, KEY_ACTIVE
	};
	const int64_t now = run->clock();
	struct domain_view view;
	struct ks_error error;
	size_t i;

	if (domain_view_read(&view, run, look->domain, &error) != 0)
		add_failure(look, &error);
	look_again(look, &view, pending);
	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		look_at_phase(look, &view, phases[i], now);
	domain_view_close(&view);
}

void
fleet_look_at_reserve(struct fleet_look *look, const struct domain_view *view,
    int64_t now)
{
	look_at_phase(look, view, KEY_STANDBY, now);
}

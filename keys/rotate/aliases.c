/* SPDX-License-Identifier: ISC */

/*
 * The CNAMEs of a domain: see aliases.h.
 *
 * The sights of keys have already shown the CNAMEs of their selectors; only
 * slots without such a key are asked for here.  The owner of the domain enters
 * the CNAMEs, so each text has the line in the form of a zone file, and the
 * host name within the zone as forms of providers want it: a full name there
 * would get the zone twice.
 */

#include "rotate/aliases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "life/key_phase.h"
#include "record/record.h"
#include "rotate/report.h"
#include "rotate/view.h"

/* -- What DNS shows ------------------------------------------------------ */

static struct view_alias *
find(const struct domain_view *view, const char *selector)
{
	size_t i;

	for (i = 0; i < view->naliases; i++)
		if (strcmp(view->aliases[i].selector, selector) == 0)
			return &view->aliases[i];
	return NULL;
}

static struct view_alias *
add(struct domain_view *view, const char *selector, const char *target,
    enum dkimsig_algorithm algorithm)
{
	struct view_alias *grown, *alias;

	grown = recallocarray(view->aliases, view->naliases,
	    view->naliases + 1, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	view->aliases = grown;
	alias = &grown[view->naliases];
	if (record_name(view->state.domain, selector, alias->name,
	    sizeof(alias->name)) != 0)
		return NULL;
	(void)strlcpy(alias->selector, selector, sizeof(alias->selector));
	(void)strlcpy(alias->target, target, sizeof(alias->target));
	alias->algorithm = algorithm;
	view->naliases++;
	return alias;
}

static void
take(struct view_alias *alias, const struct dns_sight *sight)
{
	alias->fault = sight->alias_fault;
	alias->record = sight->record_view;
	/* The first looks are those at the CNAME. */
	if (sight->nlooks > 0)
		(void)strlcpy(alias->zone, sight->looks[0].zone,
		    sizeof(alias->zone));
	free(alias->evidence);
	alias->evidence = strdup(sight->summary);
}

void
domain_view_note_alias(struct domain_view *view, const struct ks_key *key,
    const struct dns_sight *sight)
{
	struct view_alias *alias;

	if (sight->alias_fault == DNS_ALIAS_UNASKED)
		return;
	alias = find(view, key->selector);
	if (alias == NULL)
		alias = add(view, key->selector, key->record, key->algorithm);
	if (alias != NULL)
		take(alias, sight);
}

static int
ask(struct domain_view *view, const struct slot *slot, struct ks_error *error)
{
	const struct dns_sight_wish wish = {
		.domain = view->state.domain, .selector = slot->selector,
		.wanted = "", .alias = slot->target, .alias_only = true,
		.unreachable_after = view->rotation->unreachable_after
	};
	struct view_alias *alias;
	struct dns_sight sight;

	alias = add(view, slot->selector, slot->target, slot->algorithm);
	if (alias == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	if (dns_sight_take(view->run->zones, &wish, &sight, error) != 0)
		return KS_E_NOMEM;
	take(alias, &sight);
	domain_view_note_servers(view, &sight);
	dns_sight_finish(&sight);
	return 0;
}

/* Move the CNAME of a slot to its place among the first ones. */
static void
put_at(struct domain_view *view, const char *selector, size_t at)
{
	struct view_alias *alias = find(view, selector), moved;

	if (alias == NULL)
		return;
	moved = *alias;
	memmove(&view->aliases[at + 1], &view->aliases[at],
	    (size_t)(alias - &view->aliases[at]) * sizeof(moved));
	view->aliases[at] = moved;
}

int
domain_view_look_aliases(struct domain_view *view, int64_t now,
    struct ks_error *error)
{
	struct slot *slots;
	size_t i, n;
	int r = 0;

	slots = calloc(slots_max(&view->state, &view->policy), sizeof(*slots));
	if (slots == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	n = slots_list(&view->state, &view->policy, view->rotation->cname_zone,
	    now, slots);
	for (i = 0; i < n && r == 0; i++) {
		if (find(view, slots[i].selector) == NULL)
			r = ask(view, &slots[i], error);
		if (r == 0)
			put_at(view, slots[i].selector, i);
	}
	/* Nobody needs the CNAMEs of keys that are revoked. */
	for (i = n; i < view->naliases && r == 0; i++)
		free(view->aliases[i].evidence);
	if (r == 0 && view->naliases > n)
		view->naliases = n;
	free(slots);
	return r;
}

bool
domain_view_wants_alias(const struct domain_view *view, const char *selector,
    int64_t now)
{
	struct slot *slots;
	size_t i, n;
	bool found = false;

	slots = calloc(slots_max(&view->state, &view->policy), sizeof(*slots));
	if (slots == NULL)
		return true;
	n = slots_list(&view->state, &view->policy, view->rotation->cname_zone,
	    now, slots);
	for (i = 0; i < n && !found; i++)
		found = strcmp(slots[i].selector, selector) == 0;
	free(slots);
	return found;
}

void
domain_view_free_aliases(struct domain_view *view)
{
	size_t i;

	for (i = 0; i < view->naliases; i++)
		free(view->aliases[i].evidence);
	free(view->aliases);
	view->aliases = NULL;
	view->naliases = 0;
}

/* -- Text ---------------------------------------------------------------- */

const char *
domain_alias_fault_text(enum dns_alias_fault fault)
{
	switch (fault) {
	case DNS_ALIAS_ABSENT:
		return "is missing";
	case DNS_ALIAS_PARTIAL:
		return "is missing at some of its name servers";
	case DNS_ALIAS_DOUBLED:
		return "has a target to which the zone was added: end the "
		    "target with a dot, as here";
	case DNS_ALIAS_TARGET:
		return "has another target";
	case DNS_ALIAS_RECORD:
		return "is missing, and another record is in its place, which "
		    "must be removed";
	case DNS_ALIAS_UNKNOWN:
	case DNS_ALIAS_UNASKED:
	case DNS_ALIAS_RIGHT:
		break;
	}
	return "may be missing, which DNS does not tell";
}

/* What the key behind the CNAME does, and what follows from that. */
static const char *
effect_text(const struct ks_key *key, int64_t now)
{
	if (key == NULL || key_phase(key, now) == KEY_REMOVED)
		return "no key uses it yet, but a later one will";
	switch (key_phase(key, now)) {
	case KEY_ACTIVE:
		return "the key signs, so its mail fails";
	case KEY_RETIRED:
		return "mail signed with the key fails, if it is still in "
		    "transit";
	default:
		return "the key cannot sign without it";
	}
}

void
domain_view_print_alias(const struct domain_view *view,
    const struct view_alias *alias, int64_t now, char text[ALIAS_TEXT_SIZE])
{
	const size_t len = strlen(alias->name), zonelen = strlen(alias->zone);
	char host[2 * DKIMSIG_DOMAIN_SIZE + 32] = "";

	if (zonelen > 0 && len > zonelen + 1)
		(void)snprintf(host, sizeof(host), " (host %.*s in the zone "
		    "%s)", (int)(len - zonelen - 1), alias->name,
		    alias->zone);
	(void)snprintf(text, ALIAS_TEXT_SIZE, "the CNAME in the zone of the "
	    "domain %s; %s: its owner has to enter: %s. %lld IN CNAME %s.%s: "
	    "%.600s%s", domain_alias_fault_text(alias->fault),
	    effect_text(ks_state_find(&view->state, alias->selector), now),
	    alias->name,
	    (long long)view->rotation->ttl, alias->target, host,
	    alias->evidence == NULL ? "..." : alias->evidence,
	    alias->record == LIFECYCLE_RIGHT ?
	    "; the record that it should lead to is right" : "");
}

void
domain_view_report_aliases(const struct domain_view *view,
    struct domain_report *report, int64_t now)
{
	const struct view_alias *alias;
	char text[ALIAS_TEXT_SIZE];
	size_t i;

	for (i = 0; i < view->naliases; i++) {
		alias = &view->aliases[i];
		if (!dns_alias_is_wrong(alias->fault))
			continue;
		domain_view_print_alias(view, alias, now, text);
		domain_report_trouble(report, REPORT_TODO, alias->selector,
		    TROUBLE_CNAME, "%s", text);
	}
}

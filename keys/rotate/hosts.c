/* SPDX-License-Identifier: ISC */

/*
 * What other hosts have of a domain's keys: see hosts.h.
 *
 * A host of which nothing is known counts as one that lacks every new key, and
 * that may sign with every key that has ever signed.  Nothing can fail.
 */

#include "rotate/hosts.h"

#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "life/key_phase.h"
#include "life/private.h"

#define CONFIRM_S	60	/* seconds after a key was verified */
#define REPORT_S	900	/* after its record could be revoked */
#include "rotate/holdings.h"

/* The hosts of sync_hosts that count; none on a host that follows. */
static const struct text_list *
pushed_hosts(const struct domain_view *view)
{
	static const struct text_list none = { NULL, 0 };

	return view->run->config->follower ? &none :
	    &view->run->config->sync_hosts;
}

/* A fleet has one host more if nothing is known: nobody knows its name. */
static bool
is_unknown(const struct domain_view *view)
{
	return view->run->is_fleet && view->holdings.fault[0] != '\0';
}

static size_t
count_hosts(const struct domain_view *view)
{
	if (!view->run->is_fleet)
		return pushed_hosts(view)->n;
	return is_unknown(view) ? 1 : view->holdings.nhosts;
}

static const char *
host_name(const struct domain_view *view, size_t j)
{
	if (!view->run->is_fleet)
		return pushed_hosts(view)->texts[j];
	return is_unknown(view) ? "any host" : view->holdings.hosts[j];
}

const char *
domain_view_host_kind(const struct domain_view *view)
{
	return view->run->is_fleet ? "the fleet" : "sync_hosts";
}

/* What one host has of one key. */
struct has {
	bool	lacks_key, lacks_end;
	int64_t	use;		/* KS_NEVER: never, or nothing is known */
};

/*
 * When the key last signed on a host that knows its end.  As long as that is
 * not known for certain, it is the last moment at which the host could sign.
 */
static int64_t
use_of(const struct ks_host_key *known)
{
	if (known == NULL || known->until == KS_NEVER)
		return KS_NEVER;
	return known->is_final ? known->used :
	    lifecycle_later(known->until + KS_HANDOVER,
	    known->since + KS_RECHECK + 1);
}

static struct has
has_pushed(const struct domain_view *view, const char *host,
    const struct ks_key *key)
{
	const struct ks_host_key *known;
	struct has has;

	known = ks_host_key(ks_hosts_find(&view->run->hosts, host),
	    view->state.domain, key);
	has.lacks_key = known == NULL || known->taken == KS_NEVER;
	has.lacks_end = known == NULL || known->until == KS_NEVER ||
	    known->until != key->retire_at;
	has.use = use_of(known);
	return has;
}

/* In a fleet, a host that knows the end says so when it has stopped. */
static struct has
has_confirmed(const struct domain_view *view, const char *host,
    const struct ks_key *key)
{
	const struct view_holding *holding;
	struct has has;

	holding = view_holdings_find(&view->holdings, host, key->selector);
	has.lacks_key = holding == NULL || !holding->is_taken;
	has.lacks_end = holding == NULL || !holding->is_reported;
	has.use = holding == NULL ? KS_NEVER : holding->last;
	return has;
}

static struct has
has_of(const struct domain_view *view, size_t j, const struct ks_key *key)
{
	const char *host = host_name(view, j);
	struct has has;

	has = view->run->is_fleet ? has_confirmed(view, host, key) :
	    has_pushed(view, host, key);
	has.lacks_end &= key->active_from != KS_NEVER;
	return has;
}

void
domain_view_hosts(struct domain_view *view)
{
	struct lifecycle_fact *fact;
	const struct ks_key *key;
	struct has has;
	size_t i, j, n;

	if (view->run->is_fleet)
		view_holdings_ask(&view->holdings, view->run,
		    view->state.domain);
	n = count_hosts(view);
	for (i = 0; i < view->state.nkeys; i++) {
		key = &view->state.keys[i];
		fact = &view->facts[i];
		fact->is_awaited = fact->is_held = false;
		fact->host_use = KS_NEVER;
		for (j = 0; j < n && key->removed == KS_NEVER; j++) {
			has = has_of(view, j, key);
			fact->is_awaited |= has.lacks_key;
			fact->is_held |= has.lacks_end;
			/* A key that never signed needs no time of rest. */
			if (key->active_from != KS_NEVER &&
			    (key->retire_at == KS_NEVER ||
			    key->active_from < key->retire_at))
				fact->host_use = lifecycle_later(
				    fact->host_use, has.use);
		}
	}
}

/* Why a host of sync_hosts lacks something. */
static void
describe_pushed(const struct domain_view *view, const char *host,
    char text[DOMAIN_HOST_SIZE])
{
	const struct ks_host_record *record;
	char since[RFC3339_SIZE];

	record = ks_hosts_find(&view->run->hosts, host);
	if (record == NULL)
		(void)snprintf(text, DOMAIN_HOST_SIZE, "%s: no keys were "
		    "pushed to it yet", host);
	else if (rfc3339_print(record->failing, since))
		(void)snprintf(text, DOMAIN_HOST_SIZE, "%s: pushes fail since "
		    "%s: %s", host, since, record->fault);
	else
		(void)snprintf(text, DOMAIN_HOST_SIZE, "%s: the next push "
		    "tells it", host);
}

static void
describe_confirmed(const struct domain_view *view, const char *host,
    const struct ks_key *key, char text[DOMAIN_HOST_SIZE])
{
	const struct view_holding *holding;

	holding = view_holdings_find(&view->holdings, host, key->selector);
	(void)snprintf(text, DOMAIN_HOST_SIZE, "%.64s: %.900s", host,
	    is_unknown(view) ? view->holdings.fault :
	    holding == NULL ? "nothing is known of this key" : holding->why);
}

bool
domain_view_host(const struct domain_view *view, size_t i,
    char text[DOMAIN_HOST_SIZE])
{
	const struct ks_key *key = &view->state.keys[i];
	const size_t n = count_hosts(view);
	struct has has;
	size_t j;

	for (j = 0; j < n; j++) {
		has = has_of(view, j, key);
		if (!(key->retire_at == KS_NEVER ? has.lacks_key :
		    has.lacks_end))
			continue;
		if (view->run->is_fleet)
			describe_confirmed(view, host_name(view, j), key,
			    text);
		else
			describe_pushed(view, host_name(view, j), text);
		return true;
	}
	return false;
}

void
domain_view_host_names(const struct domain_view *view, size_t i,
    bool is_ended, char text[DOMAIN_HOST_SIZE])
{
	const struct ks_key *key = &view->state.keys[i];
	const size_t n = count_hosts(view);
	struct has has;
	size_t j;

	text[0] = '\0';
	for (j = 0; j < n; j++) {
		has = has_of(view, j, key);
		if (!(is_ended ? has.lacks_end : has.lacks_key))
			continue;
		if (text[0] != '\0')
			(void)strlcat(text, ", ", DOMAIN_HOST_SIZE);
		(void)strlcat(text, host_name(view, j), DOMAIN_HOST_SIZE);
	}
}

/*
 * Hosts of a fleet confirm and report a little later than this host learns what
 * there is to confirm.  Until then nothing is wrong with them.  Returns false
 * if that time, which began at since, is over.
 */
static bool
report_patience(const struct domain_view *view, struct domain_report *report,
    size_t i, enum lifecycle_step step, int64_t since, const char *host)
{
	const int64_t limit = step == LIFECYCLE_ACTIVATE ? CONFIRM_S :
	    REPORT_S;

	if (!view->run->is_fleet || view->run->clock() >= since + limit)
		return false;
	domain_report_add(report, REPORT_WAIT, view->state.keys[i].selector,
	    step, since + limit, "for the hosts of the fleet: %.900s", host);
	return true;
}

static void
report_key(const struct domain_view *view, struct domain_report *report,
    size_t i, int64_t now)
{
	const struct ks_key *key = &view->state.keys[i];
	const struct lifecycle_fact *fact = &view->facts[i];
	const enum key_phase phase = key_phase(key, now);
	const char *kind = domain_view_host_kind(view);
	char host[DOMAIN_HOST_SIZE];
	int64_t when;

	if (!domain_view_host(view, i, host))
		return;
	if (lifecycle_waits_host(&view->state, view->facts, &view->policy, i,
	    now) != KS_NEVER) {
		if (report_patience(view, report, i, LIFECYCLE_ACTIVATE,
		    key->verified, host))
			return;
		domain_report_trouble(report, REPORT_FAIL, key->selector,
		    TROUBLE_HOST, "does not start to sign, as a host of "
		    "%s does not have it: %s", kind, host);
	} else if (phase == KEY_RETIRED && lifecycle_is_held(key, fact) &&
	    (when = lifecycle_revoke_time(key, fact, &view->policy)) <= now) {
		if (report_patience(view, report, i, LIFECYCLE_REVOKE, when,
		    host))
			return;
		domain_report_trouble(report, REPORT_FAIL, key->selector,
		    TROUBLE_HOST, "its record must stay, as a host of "
		    "%s may still sign with it: %s", kind, host);
	} else if (phase >= KEY_RETIRED && phase < KEY_REMOVED &&
	    key->compromised && fact->is_held)
		domain_report_trouble(report, REPORT_FAIL, key->selector,
		    TROUBLE_EXPOSED, "is compromised, and a host of %s may "
		    "still sign with it: stop its milter: %s", kind, host);
}

void
domain_view_report_hosts(const struct domain_view *view,
    struct domain_report *report, int64_t now)
{
	size_t i;

	if (count_hosts(view) == 0)
		return;
	for (i = 0; i < view->state.nkeys; i++)
		report_key(view, report, i, now);
}

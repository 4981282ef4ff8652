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

/* The hosts that count; none on a host that follows. */
static const struct text_list *
hosts_of(const struct domain_view *view)
{
	static const struct text_list none = { NULL, 0 };

	return view->run->config->follower ? &none :
	    &view->run->config->sync_hosts;
}

static const struct ks_host_key *
known_key(const struct domain_view *view, const char *host,
    const struct ks_key *key)
{
	return ks_host_key(ks_hosts_find(&view->run->hosts, host),
	    view->state.domain, key);
}

static bool
lacks_key(const struct ks_host_key *known)
{
	return known == NULL || known->taken == KS_NEVER;
}

static bool
lacks_end(const struct ks_host_key *known, const struct ks_key *key)
{
	return key->active_from != KS_NEVER && (known == NULL ||
	    known->until == KS_NEVER || known->until != key->retire_at);
}

/*
 * When the key last signed on a host that knows its end.  As long as that is
 * not known for certain, it is the last moment at which the host could sign.
 */
static int64_t
use_of(const struct ks_host_key *known)
{
	if (known->until == KS_NEVER)
		return KS_NEVER;
	return known->is_final ? known->used :
	    lifecycle_later(known->until + KS_HANDOVER,
	    known->since + KS_RECHECK + 1);
}

void
domain_view_hosts(struct domain_view *view)
{
	const struct text_list *hosts = hosts_of(view);
	const struct ks_host_key *known;
	struct lifecycle_fact *fact;
	const struct ks_key *key;
	size_t i, j;

	for (i = 0; i < view->state.nkeys; i++) {
		key = &view->state.keys[i];
		fact = &view->facts[i];
		fact->is_awaited = fact->is_held = false;
		fact->host_use = KS_NEVER;
		for (j = 0; j < hosts->n && key->removed == KS_NEVER; j++) {
			known = known_key(view, hosts->texts[j], key);
			fact->is_awaited |= lacks_key(known);
			fact->is_held |= lacks_end(known, key);
			/* A key that never signed needs no time of rest. */
			if (known != NULL && key->active_from != KS_NEVER &&
			    (key->retire_at == KS_NEVER ||
			    key->active_from < key->retire_at))
				fact->host_use = lifecycle_later(
				    fact->host_use, use_of(known));
		}
	}
}

bool
domain_view_host(const struct domain_view *view, size_t i,
    char text[DOMAIN_HOST_SIZE])
{
	const struct text_list *hosts = hosts_of(view);
	const struct ks_key *key = &view->state.keys[i];
	const struct ks_host_record *record;
	const struct ks_host_key *known;
	char since[RFC3339_SIZE];
	size_t j;

	for (j = 0; j < hosts->n; j++) {
		known = known_key(view, hosts->texts[j], key);
		if (!(key->retire_at == KS_NEVER ? lacks_key(known) :
		    lacks_end(known, key)))
			continue;
		record = ks_hosts_find(&view->run->hosts, hosts->texts[j]);
		if (record == NULL)
			(void)snprintf(text, DOMAIN_HOST_SIZE,
			    "%s: no keys were pushed to it yet",
			    hosts->texts[j]);
		else if (rfc3339_print(record->failing, since))
			(void)snprintf(text, DOMAIN_HOST_SIZE,
			    "%s: pushes fail since %s: %s", hosts->texts[j],
			    since, record->fault);
		else
			(void)snprintf(text, DOMAIN_HOST_SIZE, "%s: the next "
			    "push tells it", hosts->texts[j]);
		return true;
	}
	return false;
}

void
domain_view_host_names(const struct domain_view *view, size_t i,
    bool is_ended, char text[DOMAIN_HOST_SIZE])
{
	const struct text_list *hosts = hosts_of(view);
	const struct ks_key *key = &view->state.keys[i];
	const struct ks_host_key *known;
	size_t j;

	text[0] = '\0';
	for (j = 0; j < hosts->n; j++) {
		known = known_key(view, hosts->texts[j], key);
		if (!(is_ended ? lacks_end(known, key) : lacks_key(known)))
			continue;
		if (text[0] != '\0')
			(void)strlcat(text, ", ", DOMAIN_HOST_SIZE);
		(void)strlcat(text, hosts->texts[j], DOMAIN_HOST_SIZE);
	}
}

static void
report_key(const struct domain_view *view, struct domain_report *report,
    size_t i, int64_t now)
{
	const struct ks_key *key = &view->state.keys[i];
	const struct lifecycle_fact *fact = &view->facts[i];
	const enum key_phase phase = key_phase(key, now);
	char host[DOMAIN_HOST_SIZE];

	if (!domain_view_host(view, i, host))
		return;
	if (lifecycle_waits_host(&view->state, view->facts, &view->policy, i,
	    now) != KS_NEVER)
		domain_report_trouble(report, REPORT_FAIL, key->selector,
		    TROUBLE_HOST, "does not start to sign, as a host of "
		    "sync_hosts does not have it: %s", host);
	else if (phase == KEY_RETIRED && lifecycle_is_held(key, fact) &&
	    lifecycle_revoke_time(key, fact, &view->policy) <= now)
		domain_report_trouble(report, REPORT_FAIL, key->selector,
		    TROUBLE_HOST, "its record must stay, as a host of "
		    "sync_hosts may still sign with it: %s", host);
	else if (phase >= KEY_RETIRED && phase < KEY_REMOVED &&
	    key->compromised && fact->is_held)
		domain_report_trouble(report, REPORT_FAIL, key->selector,
		    TROUBLE_EXPOSED, "is compromised, and a host of sync_hosts "
		    "may still sign with it: stop its milter: %s", host);
}

void
domain_view_report_hosts(const struct domain_view *view,
    struct domain_report *report, int64_t now)
{
	size_t i;

	if (hosts_of(view)->n == 0)
		return;
	for (i = 0; i < view->state.nkeys; i++)
		report_key(view, report, i, now);
}

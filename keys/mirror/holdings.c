/* SPDX-License-Identifier: ISC */

/*
 * What each host has of a domain's keys: see holdings.h.
 *
 * The keys are those of the state, because rotation writes it before the mirror
 * sees the row: a key without a kept row is one that nobody has.
 */

#include "mirror/holdings.h"

#include <stdio.h>
#include <string.h>

#include "store/state.h"

/* While the hosts are asked about one key. */
struct asking {
	struct fleet_mirror	*mirror;
	const char		*domain;
	const struct ks_key	*key;
	int64_t			 change;	/* of its kept row; or 0 */
	bool			 has_ended;
	char			 away[256];	/* no reports: why; or "" */
	void			(*each)(void *,
				    const struct fleet_holding *);
	void			*context;
};

static void
judge_number(const struct asking *asking, int64_t confirmed,
    const struct fleet_exceptions *exceptions, struct fleet_holding *holding)
{
	const struct fleet_exception *exception;

	if (asking->change == 0)
		(void)strlcpy(holding->why, "this host does not have its row "
		    "yet", sizeof(holding->why));
	else if (confirmed < asking->change)
		(void)snprintf(holding->why, sizeof(holding->why),
		    "confirmed change %lld; the key has %lld",
		    (long long)confirmed, (long long)asking->change);
	else if ((exception = fleet_exceptions_find(exceptions,
	    asking->domain, holding->selector)) != NULL)
		(void)snprintf(holding->why, sizeof(holding->why),
		    "cannot use it: %.400s", exception->why);
	else {
		holding->is_taken = true;
		(void)strlcpy(holding->why, "confirmed",
		    sizeof(holding->why));
	}
}

static void
judge_taken(const struct asking *asking, struct fleet_holding *holding)
{
	const struct fleet_mirror *mirror = asking->mirror;
	const struct fleet_confirmed_host *host;

	if (strcmp(holding->host, mirror->host) == 0) {
		judge_number(asking, mirror->sent.change,
		    &mirror->exceptions, holding);
		return;
	}
	host = fleet_confirmed_find(&mirror->confirmed, holding->host);
	if (host == NULL || !host->is_current)
		(void)strlcpy(holding->why, "has confirmed nothing that the "
		    "database shows", sizeof(holding->why));
	else
		judge_number(asking, host->change, &host->exceptions,
		    holding);
}

/* Called for each admitted host. */
static void
judge_host(void *context, const struct fleet_mirror_use *use)
{
	const struct asking *asking = context;
	struct fleet_holding holding = {
		.selector = asking->key->selector, .host = use->host,
		.is_reported = use->is_known, .last = use->last
	};

	judge_taken(asking, &holding);
	if (holding.is_taken && asking->has_ended && !use->is_known)
		(void)snprintf(holding.why, sizeof(holding.why), "has not "
		    "reported that it stopped signing with it%s%s",
		    asking->away[0] == '\0' ? "" : ": ", asking->away);
	asking->each(asking->context, &holding);
}

static void
ask_key(struct asking *asking)
{
	const struct fleet_members *list = asking->mirror->list;
	struct fleet_mirror_use use = { .last = KS_NEVER };
	struct ks_error why;
	size_t i;

	asking->has_ended = asking->key->active_from != KS_NEVER &&
	    fleet_use_due(asking->key) != KS_NEVER;
	asking->away[0] = '\0';
	if (asking->has_ended) {
		if (fleet_mirror_uses(asking->mirror, asking->domain,
		    asking->key, judge_host, asking, &why) == 0)
			return;
		(void)strlcpy(asking->away, why.text, sizeof(asking->away));
	}
	for (i = 0; i < list->nhosts; i++) {
		use.host = list->hosts[i].name;
		if (!list->hosts[i].is_expelled)
			judge_host(asking, &use);
	}
}

int
fleet_holdings(struct fleet_mirror *mirror, const char *domain,
    void (*each)(void *, const struct fleet_holding *), void *context,
    struct ks_error *error)
{
	struct asking asking = {
		.mirror = mirror, .domain = domain, .each = each,
		.context = context
	};
	const struct fleet_kept_row *row;
	struct fleet_kept kept;
	struct ks_state state;
	size_t i;
	int r;

	if ((r = ks_state_read(mirror->taker.ks, domain, &state, error)) != 0)
		return r == KS_E_NODOMAIN ? 0 : r;
	r = fleet_kept_read(mirror->taker.ks, domain, &kept, error);
	for (i = 0; i < state.nkeys && r == 0; i++) {
		asking.key = &state.keys[i];
		if (asking.key->removed != KS_NEVER)
			continue;
		row = fleet_kept_find(&kept, asking.key->selector);
		asking.change = row == NULL ? 0 : row->change;
		ask_key(&asking);
	}
	fleet_kept_finish(&kept);
	ks_state_finish(&state);
	return r;
}

/* SPDX-License-Identifier: ISC */

/*
 * The member list in force, and what may follow it: see members.h.
 *
 * A version is read (members_text.c), its signature is verified with the keys
 * of the version before, and then compared with that, host by host: all that
 * may differ is one host or the epoch.  Pure functions.
 */

#include "signed/members.h"

#include <stdlib.h>
#include <string.h>

#include "signed/members_private.h"

void
fleet_members_finish(struct fleet_members *members)
{
	free(members->hosts);
	memset(members, 0, sizeof(*members));
}

const struct fleet_host *
fleet_members_find(const struct fleet_members *members, const char *name)
{
	size_t i;

	for (i = 0; i < members->nhosts; i++)
		if (strcmp(members->hosts[i].name, name) == 0)
			return &members->hosts[i];
	return NULL;
}

bool
fleet_members_admits(const struct fleet_members *members, const char *name)
{
	const struct fleet_host *host = fleet_members_find(members, name);

	return host != NULL && !host->is_expelled;
}

bool
fleet_members_counts(const struct fleet_members *members, const char *name,
    int64_t change)
{
	const struct fleet_host *host = fleet_members_find(members, name);

	return host != NULL && host->from < change &&
	    (!host->is_expelled || change <= host->to);
}

bool
fleet_members_verify(const struct fleet_members *members, const char *name,
    int64_t change, const void *octets, size_t len,
    const unsigned char signature[FLEET_SIGNATURE])
{
	const struct fleet_host *host = fleet_members_find(members, name);

	return fleet_members_counts(members, name, change) &&
	    fleet_verify(host->sign, octets, len, signature);
}

/* What may become of a host: it stays, or it is expelled. */
static const char *
compare_host(const struct fleet_host *old, const struct fleet_host *new,
    const struct fleet_members *next, size_t *nchanges)
{
	if (memcmp(old->sign, new->sign, sizeof(old->sign)) != 0 ||
	    strcmp(old->wrap, new->wrap) != 0 || old->from != new->from)
		return "it changes the keys of a host";
	if (old->is_expelled && !new->is_expelled)
		return "it admits a host that was expelled";
	if (old->is_expelled && old->to != new->to)
		return "it changes what an expelled host signed";
	if (old->is_expelled || !new->is_expelled)
		return NULL;
	(*nchanges)++;
	return new->to >= next->change ? "an expelled host's rows count "
	    "longer than it was a member" : NULL;
}

/* A host that was not in the list. */
static const char *
check_new_host(const struct fleet_host *host,
    const struct fleet_members *next)
{
	const struct fleet_host *other;
	size_t i;

	if (host->is_expelled)
		return "it expels a host that it does not have";
	if (host->from != next->change)
		return "a new host's rows must count from this change on";
	for (i = 0; i < next->nhosts; i++) {
		other = &next->hosts[i];
		if (other != host && (memcmp(other->sign, host->sign,
		    sizeof(host->sign)) == 0 ||
		    strcmp(other->wrap, host->wrap) == 0))
			return "two hosts have the same key";
	}
	return NULL;
}

static const char *
compare_hosts(const struct fleet_members *members,
    const struct fleet_members *next, size_t *nadmitted, size_t *nexpelled)
{
	const struct fleet_host *host;
	const char *why = NULL;
	size_t i;

	*nadmitted = *nexpelled = 0;
	for (i = 0; i < members->nhosts && why == NULL; i++) {
		host = fleet_members_find(next, members->hosts[i].name);
		why = host == NULL ? "it forgets a host" :
		    compare_host(&members->hosts[i], host, next, nexpelled);
	}
	for (i = 0; i < next->nhosts && why == NULL; i++) {
		host = &next->hosts[i];
		if (fleet_members_find(members, host->name) != NULL)
			continue;
		(*nadmitted)++;
		why = check_new_host(host, next);
	}
	return why;
}

static const char *
compare_first(const struct fleet_members *next)
{
	if (next->version != 1 || strcmp(next->before, "-") != 0)
		return "it is not the first version";
	if (next->nhosts != 1 || strcmp(next->hosts[0].name, next->by) != 0)
		return "the first version must have one host, which signs it";
	if (next->epoch != 1 || next->hosts[0].from != 0 ||
	    next->hosts[0].is_expelled)
		return "the first version must begin with its host and epoch 1";
	return NULL;
}

/* Why a version may not follow; NULL: it may. */
static const char *
compare(const struct fleet_members *members, const struct fleet_members *next)
{
	size_t i, nadmitted, nexpelled, nhosts = 0;
	const char *why;

	if (members->version == 0)
		return compare_first(next);
	if (next->version != members->version + 1)
		return "it is not the next version";
	if (strcmp(next->before, members->digest) != 0)
		return "it follows another list: the fleet has two histories";
	if (strcmp(next->fleet, members->fleet) != 0)
		return "it is of another fleet";
	if (next->change <= members->change)
		return "its change number is not higher";
	if (!fleet_members_admits(members, next->by))
		return "it is signed by a host that is not admitted";
	if ((why = compare_hosts(members, next, &nadmitted, &nexpelled)) !=
	    NULL)
		return why;
	if (nadmitted + nexpelled > 1)
		return "it changes more than one host";
	if (next->epoch - members->epoch != (nadmitted == 1 ? 0U : 1U))
		return "an epoch begins with each expulsion, and with no "
		    "admission";
	for (i = 0; i < next->nhosts; i++)
		nhosts += !next->hosts[i].is_expelled;
	return nhosts == 0 ? "it expels the last host" : NULL;
}

/* Verify with the key that the signer has in the version before. */
static bool
is_signed(const struct fleet_members *members,
    const struct fleet_members *next, const void *octets, size_t len,
    const unsigned char signature[FLEET_SIGNATURE])
{
	const struct fleet_host *host;

	host = fleet_members_find(members->version == 0 ? next : members,
	    next->by);
	return host != NULL && fleet_verify(host->sign, octets, len,
	    signature);
}

int
fleet_members_take(struct fleet_members *members, const void *octets,
    size_t len, const unsigned char signature[FLEET_SIGNATURE],
    struct ks_error *error)
{
	struct fleet_members next;
	const char *why = NULL;
	int r;

	if ((r = members_parse(octets, len, &next, error)) != 0)
		return r;
	if (!is_signed(members, &next, octets, len, signature))
		why = "its signature is not that of a host of the version "
		    "before";
	if (why == NULL)
		why = compare(members, &next);
	if (why != NULL) {
		r = fleet_fail(error, KS_E_DAMAGED, why);
		fleet_members_finish(&next);
		return r;
	}
	if (next.version == 1)
		(void)strlcpy(next.fleet, next.digest, sizeof(next.fleet));
	fleet_members_finish(members);
	*members = next;
	return 0;
}

/* The list with one more host; the caller frees next->hosts. */
static int
add_host(const struct fleet_members *members, const struct fleet_host *host,
    int64_t change, struct fleet_members *next)
{
	size_t i;

	*next = *members;
	next->hosts = reallocarray(NULL, members->nhosts + 1,
	    sizeof(*next->hosts));
	if (next->hosts == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < members->nhosts &&
	    strcmp(members->hosts[i].name, host->name) < 0; i++)
		next->hosts[i] = members->hosts[i];
	next->hosts[i] = *host;
	next->hosts[i].from = change;
	for (; i < members->nhosts; i++)
		next->hosts[i + 1] = members->hosts[i];
	next->nhosts = members->nhosts + 1;
	return 0;
}

/* The list with a new epoch, in which one host, or none (NULL), is expelled. */
static int
begin_epoch(const struct fleet_members *members,
    const struct fleet_host *host, struct fleet_members *next)
{
	size_t i;

	*next = *members;
	next->hosts = reallocarray(NULL, members->nhosts,
	    sizeof(*next->hosts));
	if (next->hosts == NULL)
		return KS_E_NOMEM;
	memcpy(next->hosts, members->hosts, members->nhosts *
	    sizeof(*next->hosts));
	for (i = 0; host != NULL && i < next->nhosts; i++)
		if (strcmp(next->hosts[i].name, host->name) == 0) {
			next->hosts[i].is_expelled = true;
			next->hosts[i].to = host->to;
		}
	next->epoch++;
	return 0;
}

/* Print a list, and see whether it may follow. */
static int
print(const struct fleet_members *members, const struct fleet_members *next,
    char **octets, size_t *len, struct ks_error *error)
{
	struct fleet_members again;
	const char *why;
	int r;

	*octets = NULL;
	if ((r = members_print(next, octets, len)) != 0)
		return fleet_fail(error, r, "out of memory");
	if ((r = members_parse(*octets, *len, &again, error)) == 0) {
		if ((why = compare(members, &again)) != NULL)
			r = fleet_fail(error, KS_E_ARG, why);
		fleet_members_finish(&again);
	}
	if (r == 0)
		return 0;
	free(*octets);
	*octets = NULL;
	return r == KS_E_NOMEM || r == KS_E_CRYPTO ? r : KS_E_ARG;
}

int
fleet_members_begin(const struct fleet_host *host, char **octets,
    size_t *len, struct ks_error *error)
{
	struct fleet_host first = *host;
	struct fleet_members none, next;

	memset(&none, 0, sizeof(none));
	memset(&next, 0, sizeof(next));
	first.from = 0;
	next.version = next.change = 1;
	next.epoch = 1;
	next.hosts = &first;
	next.nhosts = 1;
	(void)memset(next.fleet, '0', FLEET_HEX_SIZE - 1);
	(void)memcpy(next.before, "-", 2);
	(void)strlcpy(next.by, host->name, sizeof(next.by));
	return print(&none, &next, octets, len, error);
}

int
fleet_members_follow(const struct fleet_members *members,
    const struct fleet_host *host, int64_t change, const char *by,
    char **octets, size_t *len, struct ks_error *error)
{
	struct fleet_members next;
	int r;

	*octets = NULL;
	r = host != NULL && fleet_members_find(members, host->name) == NULL ?
	    add_host(members, host, change, &next) :
	    begin_epoch(members, host, &next);
	if (r != 0)
		return fleet_fail(error, r, "out of memory");
	next.version++;
	next.change = change;
	(void)strlcpy(next.before, members->digest, sizeof(next.before));
	(void)strlcpy(next.by, by, sizeof(next.by));
	r = print(members, &next, octets, len, error);
	free(next.hosts);
	return r;
}

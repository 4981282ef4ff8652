/* SPDX-License-Identifier: ISC */

/*
 * Expelling a host: see expel.h.
 *
 * The list comes first, then the key of the epoch for this host, which its
 * mirror takes and keeps, and then the same key for each other host.  If this
 * host is killed before its own part is in the database, the epoch has no key,
 * and the next call makes one.  Nobody else does: two hosts that made a key
 * could not open what the other one seals, and rows that are missing, or not
 * believed, do not say that there is none.
 */

#include "membership/expel.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>

#include "membership/give_epoch.h"
#include "membership/next_version.h"

/* Hosts that did not get the key. */
struct skipped {
	char		 names[256];
	const char	*other;		/* one whose name has other keys */
};

static int
refuse(struct ks_error *error, const char *text)
{
	return fleet_fail(error, KS_E_EXISTS, text);
}

/* Make the key of the newest epoch, for this host, and take it. */
static int
make_key(struct fleet_mirror *mirror, struct ks_error *error)
{
	struct fleet_epochs epochs = { NULL, 0 };
	const struct fleet_giver giver = {
		mirror->db, mirror->list, &epochs, mirror->keys, mirror->host
	};
	int r;

	if ((r = fleet_epoch_make(&epochs, mirror->list->epoch,
	    error)) == 0)
		r = fleet_give(&giver, mirror->list->epoch, mirror->host,
		    mirror->keys->cert, error);
	fleet_epochs_finish(&epochs);
	return r == 0 ? fleet_mirror_wraps(mirror, error) : r;
}

/* Whoever signed the newest list has the key of its epoch, or makes it. */
static int
refuse_key(const struct fleet_mirror *mirror, struct ks_error *error)
{
	const struct fleet_members *list = mirror->list;

	if (strcmp(list->by, mirror->host) == 0)
		return refuse(error, "this host has lost the key of the "
		    "newest epoch: run the same command on another host");
	(void)snprintf(error->text, sizeof(error->text), "host %.64s changed "
	    "the fleet last and makes the key of epoch %u, which this host "
	    "does not have yet: run the same command again, or on %.64s, or "
	    "expel it as well, if it is gone", list->by, list->epoch,
	    list->by);
	return KS_E_EXISTS;
}

static int
need_key(struct fleet_mirror *mirror, struct ks_error *error)
{
	bool is_there = true;
	int r;

	if (fleet_epochs_find(&mirror->epochs, mirror->list->epoch) != NULL)
		return 0;
	if (strcmp(mirror->list->by, mirror->host) == 0 &&
	    (r = fleet_mirror_finds_epoch(mirror, mirror->list->epoch,
	    &is_there, error)) != 0)
		return r;
	if (is_there)
		return refuse_key(mirror, error);
	if ((r = make_key(mirror, error)) == 0 && fleet_epochs_find(
	    &mirror->epochs, mirror->list->epoch) == NULL)
		r = refuse(error, "the database did not return the key of the "
		    "new epoch");
	return r;
}

static void
skip(struct skipped *skipped, const char *name)
{
	if (skipped->names[0] != '\0')
		(void)strlcat(skipped->names, ", ", sizeof(skipped->names));
	(void)strlcat(skipped->names, name, sizeof(skipped->names));
}

/* A host that cannot get the key now does not keep the others from it. */
static int
give_host(struct fleet_mirror *mirror, const struct fleet_host *host,
    struct skipped *skipped, struct ks_error *error)
{
	const struct fleet_giver giver = {
		mirror->db, mirror->list, &mirror->epochs, mirror->keys,
		mirror->host
	};
	struct fleet_candidate candidate;
	int r;

	r = fleet_candidate_read(mirror, host->name, &candidate, error);
	if (r == KS_E_NOKEY || (r == 0 &&
	    strcmp(candidate.host.wrap, host->wrap) != 0)) {
		skip(skipped, host->name);
		if (candidate.has_any)
			skipped->other = host->name;
		r = 0;
	} else if (r == 0)
		r = fleet_give(&giver, mirror->list->epoch, host->name,
		    candidate.cert, error);
	X509_free(candidate.cert);
	return r;
}

static int
tell_skipped(const struct fleet_mirror *mirror,
    const struct skipped *skipped, struct ks_error *error)
{
	char first[256] = "";

	if (skipped->names[0] == '\0')
		return 0;
	if (skipped->other != NULL)
		(void)snprintf(first, sizeof(first), "somebody has entered "
		    "other keys for %.64s: " FLEET_FORGET_KEYS "; then ",
		    skipped->other, skipped->other);
	(void)snprintf(error->text, sizeof(error->text), "the database does "
	    "not have the keys of these hosts, so they did not get the key of "
	    "epoch %u: %s: %srun 'countersign-key fleet restore' on each, and "
	    "then the same command here", mirror->list->epoch, skipped->names,
	    first);
	return KS_E_EXISTS;
}

static int
give_all(struct fleet_mirror *mirror, struct ks_error *error)
{
	struct skipped skipped = { "", NULL };
	const struct fleet_host *host;
	size_t i;
	int r = 0;

	for (i = 0; i < mirror->list->nhosts && r == 0; i++) {
		host = &mirror->list->hosts[i];
		if (!host->is_expelled &&
		    strcmp(host->name, mirror->host) != 0)
			r = give_host(mirror, host, &skipped, error);
	}
	return r != 0 ? r : tell_skipped(mirror, &skipped, error);
}

int
fleet_expel(struct fleet_mirror *mirror, const char *name,
    struct ks_error *error)
{
	const struct fleet_host *host;
	int r = 0;

	if (!fleet_members_admits(mirror->list, mirror->host))
		return refuse(error, FLEET_NOT_ADMITTED);
	if (strcmp(name, mirror->host) == 0)
		return refuse(error, "a host does not expel itself: run the "
		    "command on another one");
	if ((host = fleet_members_find(mirror->list, name)) == NULL)
		return refuse(error, "no host of the fleet has that name");
	if (!host->is_expelled)
		r = fleet_list_change(mirror, host, error);
	if (r != 0 || (r = need_key(mirror, error)) != 0)
		return r;
	return give_all(mirror, error);
}

/* SPDX-License-Identifier: ISC */

/*
 * Expelling a host: see expel.h.
 *
 * The list comes first, then the key of the epoch for this host, which its
 * mirror takes and keeps, and then the same key for each other host.  If this
 * host is killed before its own part is in the database, the epoch has no key,
 * and the next call makes one.
 */

#include "membership/expel.h"

#include <string.h>

#include <openssl/x509.h>

#include "membership/give_epoch.h"
#include "membership/next_version.h"

static const char has_wrap[] = "SELECT 1 FROM countersign.wrap "
    "WHERE epoch = $1 LIMIT 1";

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

static int
need_key(struct fleet_mirror *mirror, struct ks_error *error)
{
	char number[FLEET_NUMBER_SIZE];
	const struct fleet_value value = fleet_number(mirror->list->epoch,
	    number);
	struct fleet_db_error why;
	struct fleet_rows *rows;
	size_t n;
	int r;

	if (fleet_epochs_find(&mirror->epochs, mirror->list->epoch) != NULL)
		return 0;
	if (!fleet_mirror_worked(fleet_db_run(mirror->db, has_wrap, &value, 1,
	    &rows, &why), &why, &r, error))
		return r;
	n = fleet_rows_count(rows);
	fleet_rows_free(rows);
	/* A second key for an epoch would be refused by who has the first. */
	if (n > 0)
		return refuse(error, "another host has the key of the new "
		    "epoch, and did not give it to this one: run the same "
		    "command on that one, which began to expel a host last, "
		    "or expel it as well, if it is gone");
	if ((r = make_key(mirror, error)) == 0 && fleet_epochs_find(
	    &mirror->epochs, mirror->list->epoch) == NULL)
		r = refuse(error, "the database did not return the key of the "
		    "new epoch");
	return r;
}

static int
give_host(struct fleet_mirror *mirror, const struct fleet_host *host,
    struct ks_error *error)
{
	const struct fleet_giver giver = {
		mirror->db, mirror->list, &mirror->epochs, mirror->keys,
		mirror->host
	};
	struct fleet_candidate candidate;
	int r;

	/* fleet_give() refuses any certificate but that of the list. */
	if ((r = fleet_candidate_read(mirror, host->name, &candidate,
	    error)) == 0)
		r = fleet_give(&giver, mirror->list->epoch, host->name,
		    candidate.cert, error);
	X509_free(candidate.cert);
	return r;
}

static int
give_all(struct fleet_mirror *mirror, struct ks_error *error)
{
	const struct fleet_host *host;
	size_t i;
	int r = 0;

	for (i = 0; i < mirror->list->nhosts && r == 0; i++) {
		host = &mirror->list->hosts[i];
		if (!host->is_expelled &&
		    strcmp(host->name, mirror->host) != 0)
			r = give_host(mirror, host, error);
	}
	return r;
}

int
fleet_expel(struct fleet_mirror *mirror, const char *name,
    struct ks_error *error)
{
	const struct fleet_host *host;
	int r = 0;

	if (!fleet_members_admits(mirror->list, mirror->host))
		return refuse(error, "this host is not admitted itself");
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

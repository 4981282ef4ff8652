/* SPDX-License-Identifier: ISC */

/*
 * Writing back to a database that is older: see restore.h.
 *
 * The member list comes first, since only members may write rows.  Rows of a
 * domain are written together, in the order of their numbers, since an end of a
 * domain removes what is older.  Domains that are gone have their rows in the
 * archive.
 *
 * Before rows let hosts use the database again, it is told that it has lost
 * intents, whose changes of DNS may go on: it lets none begin for as long as
 * that may be.  Last of all the lease is taken and given back, so that its
 * token is higher than any before: decisions of its old holders are worth
 * nothing.  Both are times of the database, so its clock must be right.
 *
 * Nothing here is believed by anybody because it was restored.
 */

#include "recovery/restore_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/x509.h>

#include "kept/versions.h"
#include "membership/give_epoch.h"
#include "membership/next_version.h"
#include "store/fleet_file.h"
#include "writing/lease.h"

#define LEASE_S		10

static const char register_host[] = "SELECT countersign.register($1, $2)";
static const char fleet_of[] = "SELECT f.id, f.change, (SELECT "
    "coalesce(max(m.version), 0) FROM countersign.members m) "
    "FROM countersign.fleet f";
static const char begin_fleet[] = "SELECT countersign.begin_fleet($1, "
    "$2::text[], $3, $4)";
static const char restore_members[] = "SELECT countersign.restore_members($1, "
    "$2, $3::text[], $4, $5)";
static const char hold_dns[] = "SELECT countersign.hold_dns($1)";
int
restoring_run(struct restoring *restoring, const char *statement,
    const struct fleet_value *values, size_t nvalues,
    struct fleet_rows **rows)
{
	struct fleet_db_error why;
	enum fleet_db_result result;

	result = fleet_db_run(restoring->mirror->db, statement, values,
	    nvalues, rows, &why);
	if (result == FLEET_DB_DONE)
		return 0;
	restoring->is_no_member = strcmp(why.state, "CS004") == 0;
	return fleet_fail(restoring->error, result == FLEET_DB_AWAY ?
	    KS_E_SYSTEM : KS_E_EXISTS, why.text);
}

int
restoring_short(const struct restoring *restoring)
{
	return fleet_fail(restoring->error, KS_E_NOMEM, "out of memory");
}

/* -- The database --------------------------------------------------------- */

static int
register_keys(struct restoring *restoring)
{
	const struct fleet_hostkeys *keys = restoring->mirror->keys;
	unsigned char public[FLEET_PUBLIC], *der = NULL;
	struct fleet_value values[2];
	const int len = i2d_X509(keys->cert, &der);
	int r;

	if (len <= 0 || fleet_sign_public(keys->sign, public) != 0)
		return fleet_fail(restoring->error, KS_E_CRYPTO,
		    "the keys of this host cannot be encoded");
	values[0] = fleet_octets(public, sizeof(public));
	values[1] = fleet_octets(der, (size_t)len);
	r = restoring_run(restoring, register_host, values, 2, NULL);
	OPENSSL_free(der);
	return r;
}

static int
read_fleet(struct restoring *restoring)
{
	const struct fleet_members *list = restoring->mirror->list;
	struct fleet_rows *rows;
	const char *id;
	int r;

	if ((r = restoring_run(restoring, fleet_of, NULL, 0, &rows)) != 0)
		return r;
	id = fleet_rows_text(rows, 0, 0);
	restoring->has_fleet = id != NULL && id[0] != '\0';
	restoring->version = fleet_rows_number(rows, 0, 2);
	restoring->restored->change = fleet_rows_number(rows, 0, 1);
	if (restoring->has_fleet && strcmp(id, list->fleet) != 0)
		r = fleet_fail(restoring->error, KS_E_EXISTS, "the database "
		    "is of another fleet");
	fleet_rows_free(rows);
	return r;
}

/* -- The member list ------------------------------------------------------ */

/* Called for each version that this host has, when it is in force. */
static int
restore_version(void *context, const struct fleet_members *members,
    const void *octets, size_t len,
    const unsigned char signature[FLEET_SIGNATURE])
{
	struct restoring *restoring = context;
	char version[FLEET_NUMBER_SIZE], number[FLEET_NUMBER_SIZE];
	char self[FLEET_NAME_SIZE + 8], *names;
	struct fleet_value values[5];
	int r;

	if (members->version <= restoring->version)
		return 0;
	if ((names = fleet_admitted_names(members, NULL)) == NULL)
		return restoring_short(restoring);
	values[0] = fleet_number(members->version, version);
	values[1] = fleet_number(members->change, number);
	values[2] = fleet_text(names);
	values[3] = fleet_octets(octets, len);
	values[4] = fleet_octets(signature, FLEET_SIGNATURE);
	if (members->version == 1 && !restoring->has_fleet) {
		/* Who is connected may begin it; the octets say who did. */
		(void)snprintf(self, sizeof(self), "{\"%s\"}",
		    restoring->mirror->host);
		values[0] = fleet_text(members->fleet);
		values[1] = fleet_text(self);
		values[2] = values[3];
		values[3] = values[4];
		r = restoring_run(restoring, begin_fleet, values, 4, NULL);
	} else
		r = restoring_run(restoring, restore_members, values, 5, NULL);
	free(names);
	if (r == 0)
		restoring->restored->nlists++;
	return r;
}

static int
restore_lists(struct restoring *restoring)
{
	struct fleet_members members;
	size_t len;
	char *text;
	int r;

	if ((r = ks_fleet_read(restoring->mirror->taker.ks, "members", &text,
	    &len, restoring->error)) != 0)
		return r;
	r = fleet_members_walk(&members, text, len, restore_version,
	    restoring, restoring->error);
	fleet_members_finish(&members);
	ks_fleet_free(text, len);
	return r;
}

static int
hold_changes(struct restoring *restoring)
{
	char seconds[FLEET_NUMBER_SIZE];
	const struct fleet_value value = fleet_number(FLEET_HOLD_S, seconds);

	return restoring_run(restoring, hold_dns, &value, 1, NULL);
}

/*
 * Another host may do the same just now, and be ahead with a list: as long as
 * the database gets newer ones, go on from there.  A database can say that for
 * ever, so no list above those of this host is a reason to go on.
 */
static int
restore_fleet(struct restoring *restoring)
{
	const struct fleet_members *list = restoring->mirror->list;
	int64_t before = -1;
	int r = 0, failed;

	for (;;) {
		if ((failed = read_fleet(restoring)) != 0)
			return failed;
		if (r != 0 && (restoring->version <= before ||
		    before >= list->version))
			break;
		before = restoring->version;
		if ((r = restore_lists(restoring)) == 0)
			r = hold_changes(restoring);
		if (r != KS_E_EXISTS)
			return r;
	}
	if (restoring->is_no_member)
		(void)strlcat(restoring->error->text, "; otherwise, unless "
		    "another host restores it just now, make the database "
		    "again", sizeof(restoring->error->text));
	return r;
}

/* -- Keys of epochs, and the lease ---------------------------------------- */

/* Hosts that have not entered their keys there have them on their disks. */
static int
give_host(struct restoring *restoring, const struct fleet_host *host)
{
	struct fleet_mirror *mirror = restoring->mirror;
	const struct fleet_giver giver = {
		mirror->db, mirror->list, &mirror->epochs, mirror->keys,
		mirror->host
	};
	struct fleet_candidate candidate;
	size_t i;
	int r;

	r = fleet_candidate_read(mirror, host->name, &candidate,
	    restoring->error);
	if (r == KS_E_NOKEY) {
		X509_free(candidate.cert);
		return 0;
	}
	for (i = 0; i < mirror->epochs.n && r == 0; i++)
		r = fleet_give(&giver, mirror->epochs.list[i].number,
		    host->name, candidate.cert, restoring->error);
	X509_free(candidate.cert);
	/* Keys that are not those of the list open nothing. */
	return r == KS_E_ARG ? 0 : r;
}

static int
give_all(struct restoring *restoring)
{
	const struct fleet_members *list = restoring->mirror->list;
	size_t i;
	int r = 0;

	for (i = 0; i < list->nhosts && r == 0; i++)
		if (!list->hosts[i].is_expelled)
			r = give_host(restoring, &list->hosts[i]);
	return r;
}

static int
raise_token(struct restoring *restoring)
{
	struct fleet_db *db = restoring->mirror->db;
	struct fleet_lease lease;
	struct fleet_db_error why;
	enum fleet_db_result result;

	memset(&lease, 0, sizeof(lease));
	result = fleet_lease_hold(&lease, db, LEASE_S, &why);
	if (result == FLEET_DB_DONE && lease.is_held)
		result = fleet_lease_release(&lease, db, &why);
	/* If another host has it, it took it just now. */
	return result == FLEET_DB_DONE ? 0 : fleet_fail(restoring->error,
	    result == FLEET_DB_AWAY ? KS_E_SYSTEM : KS_E_EXISTS, why.text);
}

/*
 * Rows raise the number of the database to theirs, a member list only when it
 * is written, and no statement of a host does it alone.
 */
static int
check_number(struct restoring *restoring)
{
	const int64_t seen = restoring->mirror->marks.change;
	int r;

	if ((r = read_fleet(restoring)) != 0 ||
	    restoring->restored->change >= seen)
		return r;
	(void)snprintf(restoring->error->text, sizeof(restoring->error->text),
	    "the database has change number %lld, this host has seen %lld, "
	    "and no row that it has raises it: if 'countersign-key fleet "
	    "restore' on the other hosts does not, do it there: UPDATE "
	    "countersign.fleet SET change = %lld",
	    (long long)restoring->restored->change, (long long)seen,
	    (long long)seen);
	return KS_E_DAMAGED;
}

int
fleet_restore(struct fleet_mirror *mirror, struct fleet_restored *restored,
    struct ks_error *error)
{
	struct restoring restoring = {
		.mirror = mirror, .restored = restored, .error = error
	};
	struct fleet_db_error why;
	int r;

	memset(restored, 0, sizeof(*restored));
	if (mirror->keys == NULL ||
	    !fleet_members_admits(mirror->list, mirror->host))
		return fleet_fail(error, KS_E_EXISTS, FLEET_NOT_ADMITTED);
	if (fleet_db_connect(mirror->db, &why) != FLEET_DB_DONE)
		return fleet_fail(error, KS_E_SYSTEM, why.text);
	if ((r = fleet_mirror_clock(mirror, error)) != 0 ||
	    (r = register_keys(&restoring)) != 0 ||
	    (r = restore_fleet(&restoring)) != 0 ||
	    (r = restoring_rows(&restoring)) != 0 ||
	    (r = give_all(&restoring)) != 0 ||
	    (r = raise_token(&restoring)) != 0)
		return r;
	return fleet_faults_end(&restoring.faults, check_number(&restoring),
	    error);
}

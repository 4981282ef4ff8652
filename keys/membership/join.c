/* SPDX-License-Identifier: ISC */

/*
 * Entering a fleet: see join.h.
 *
 * The database comes first, the files of this host last, and of these the
 * marks: with them it is in the fleet.  Killed anywhere, the same call goes on:
 * the octets of the first member list are always the same, so the host that
 * began a fleet recognizes it by its name.
 */

#include "membership/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/x509.h>

#include "kept/marks.h"
#include "kept/versions.h"
#include "membership/give_epoch.h"
#include "mirror/mirror.h"
#include "store/fleet_file.h"
#include "store/rotator.h"

static const char register_host[] = "SELECT countersign.register($1, $2)";
static const char fleet_id[] = "SELECT id, change FROM countersign.fleet";
static const char begin_fleet[] = "SELECT countersign.begin_fleet($1, "
    "$2::text[], $3, $4)";
static const char all_versions[] = "SELECT octets, signature "
    "FROM countersign.members ORDER BY version";
static const char has_wrap[] = "SELECT 1 FROM countersign.wrap "
    "WHERE epoch = $1";

#define OTHER_KEYS	"CS005"	/* the SQLSTATE of register() */

struct joining {
	struct keystore		*ks;
	struct fleet_db		*db;
	const char		*anchor;
	int64_t			 least;		/* change number */
	struct fleet_hostkeys	 keys;
	struct fleet_host	 host;		/* this one */
	char			 there[FLEET_HEX_SIZE];	/* or "" */
	/* The list of the fleet, as a text of all versions. */
	struct fleet_members	 list;
	char			*text;
	size_t			 len;
	/* What this host had of one when it lost its marks. */
	struct fleet_members	 known;
	char			*known_text;
	size_t			 knownlen;
};

static int
run(struct joining *joining, const char *statement,
    const struct fleet_value *values, size_t nvalues,
    struct fleet_rows **rows, struct ks_error *error)
{
	struct fleet_db_error why;
	enum fleet_db_result r;

	r = fleet_db_run(joining->db, statement, values, nvalues, rows, &why);
	if (r == FLEET_DB_DONE)
		return 0;
	return fleet_fail(error, r == FLEET_DB_AWAY ? KS_E_SYSTEM :
	    KS_E_EXISTS, why.text);
}

/* The role decides which host this is: rows of another one would be refused. */
static int
check_name(const struct joining *joining, const struct fleet_rows *rows,
    struct ks_error *error)
{
	const char *name = fleet_rows_text(rows, 0, 0);

	if (name != NULL && strcmp(name, joining->host.name) == 0)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "this host is %s in "
	    "its configuration, and %.64s is the host of its role in the "
	    "database: " FLEET_ROLE_ADVICE, joining->host.name,
	    name != NULL && ks_host_name_is_valid(name) ? name : "another");
	return KS_E_EXISTS;
}

static int
register_keys(struct joining *joining, struct ks_error *error)
{
	struct fleet_value values[2];
	struct fleet_db_error why;
	enum fleet_db_result result;
	struct fleet_rows *rows;
	unsigned char *der = NULL;
	int len, r;

	if ((len = i2d_X509(joining->keys.cert, &der)) <= 0)
		return fleet_fail(error, KS_E_CRYPTO, "cannot encode the "
		    "certificate");
	values[0] = fleet_octets(joining->host.sign, FLEET_PUBLIC);
	values[1] = fleet_octets(der, (size_t)len);
	result = fleet_db_run(joining->db, register_host, values, 2, &rows,
	    &why);
	OPENSSL_free(der);
	if (result == FLEET_DB_DONE) {
		r = check_name(joining, rows, error);
		fleet_rows_free(rows);
		return r;
	}
	if (strcmp(why.state, OTHER_KEYS) != 0)
		(void)strlcpy(error->text, why.text, sizeof(error->text));
	else
		(void)snprintf(error->text, sizeof(error->text), "%.700s; a "
		    "host that has lost its keys, or gets another name, "
		    "enters with new ones: see Another name in "
		    "countersign-fleet(8)", why.text);
	return result == FLEET_DB_AWAY ? KS_E_SYSTEM : KS_E_EXISTS;
}

/* Tell the database who this is, and which fleet it has. */
static int
greet(struct joining *joining, struct ks_error *error)
{
	struct fleet_db_error why;
	struct fleet_rows *rows;
	const char *id;
	int r;

	if (fleet_db_connect(joining->db, &why) != FLEET_DB_DONE)
		return fleet_fail(error, KS_E_SYSTEM, why.text);
	if ((r = register_keys(joining, error)) != 0 ||
	    (r = run(joining, fleet_id, NULL, 0, &rows, error)) != 0)
		return r;
	if ((id = fleet_rows_text(rows, 0, 0)) != NULL &&
	    strlcpy(joining->there, id, sizeof(joining->there)) >=
	    sizeof(joining->there))
		r = fleet_fail(error, KS_E_DAMAGED, "the database does not "
		    "have the name of a fleet");
	else if (fleet_rows_number(rows, 0, 1) < joining->least)
		r = fleet_fail(error, KS_E_EXISTS, "the database is older than "
		    "--change says: a backup was restored, or a standby that "
		    "was behind took over");
	fleet_rows_free(rows);
	return r;
}

/* -- The member list ------------------------------------------------------ */

/* The list of a fleet that this host begins. */
static int
make_list(struct joining *joining, struct ks_error *error)
{
	unsigned char signature[FLEET_SIGNATURE];
	char *octets;
	size_t len;
	int r;

	if ((r = fleet_members_begin(&joining->host, &octets, &len,
	    error)) != 0)
		return r;
	if (fleet_sign(joining->keys.sign, octets, len, signature) != 0)
		r = fleet_fail(error, KS_E_CRYPTO, "cannot sign the member "
		    "list");
	else if ((r = fleet_members_take(&joining->list, octets, len,
	    signature, error)) == 0 && fleet_members_add(&joining->text,
	    &joining->len, octets, len, signature) != 0)
		r = fleet_fail(error, KS_E_NOMEM, "out of memory");
	free(octets);
	return r;
}

/* Begin the fleet with the list that was made. */
static int
begin(struct joining *joining, struct ks_error *error)
{
	unsigned char signature[FLEET_SIGNATURE];
	char *octets, names[FLEET_NAME_SIZE + 8];
	struct fleet_value values[4];
	size_t len;
	int r;

	if ((r = fleet_members_begin(&joining->host, &octets, &len,
	    error)) != 0)
		return r;
	(void)snprintf(names, sizeof(names), "{\"%s\"}",
	    joining->host.name);
	values[0] = fleet_text(joining->list.fleet);
	values[1] = fleet_text(names);
	values[2] = fleet_octets(octets, len);
	values[3] = fleet_octets(signature, sizeof(signature));
	r = fleet_sign(joining->keys.sign, octets, len, signature) != 0 ?
	    fleet_fail(error, KS_E_CRYPTO, "cannot sign the member list") :
	    run(joining, begin_fleet, values, 4, NULL, error);
	free(octets);
	return r;
}

/* All versions that the database has, as a text. */
static int
read_versions(struct joining *joining, struct ks_error *error)
{
	const unsigned char *octets, *signature;
	size_t i, len, signaturelen;
	struct fleet_rows *rows;
	int r;

	if ((r = run(joining, all_versions, NULL, 0, &rows, error)) != 0)
		return r;
	for (i = 0; i < fleet_rows_count(rows) && r == 0; i++) {
		octets = fleet_rows_octets(rows, i, 0, &len);
		signature = fleet_rows_octets(rows, i, 1, &signaturelen);
		if (octets == NULL || signature == NULL ||
		    len > FLEET_MAX_MEMBERS ||
		    signaturelen != FLEET_SIGNATURE)
			r = fleet_fail(error, KS_E_DAMAGED, "the database has "
			    "a member list without its values");
		else if (fleet_members_add(&joining->text, &joining->len,
		    octets, len, signature) != 0)
			r = fleet_fail(error, KS_E_NOMEM, "out of memory");
	}
	fleet_rows_free(rows);
	return r;
}

/* Take the list of a fleet that another host began. */
static int
follow(struct joining *joining, struct ks_error *error)
{
	int r;

	if (joining->anchor == NULL)
		return fleet_fail(error, KS_E_EXISTS, "another host began the "
		    "fleet of this database: name its member list with "
		    "--members and its change number with --change, as "
		    "'countersign-key fleet list' prints them on a host of "
		    "the fleet");
	free(joining->text);
	joining->text = NULL;
	joining->len = 0;
	fleet_members_finish(&joining->list);
	if ((r = read_versions(joining, error)) != 0 ||
	    (r = fleet_members_load(&joining->list, joining->text,
	    joining->len, joining->anchor, error)) != 0)
		return r == KS_E_DAMAGED ? KS_E_EXISTS : r;
	if (strcmp(joining->list.fleet, joining->there) == 0)
		return 0;
	return fleet_fail(error, KS_E_EXISTS, "the member list is that of "
	    "another fleet than the database says");
}

/* The list on disk, if it can be read; version 0: there is none. */
static int
read_known(struct joining *joining, struct ks_error *error)
{
	int r;

	r = ks_fleet_read(joining->ks, "members", &joining->known_text,
	    &joining->knownlen, error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	r = fleet_members_load(&joining->known, joining->known_text,
	    joining->knownlen, NULL, error);
	return r == KS_E_DAMAGED ? 0 : r;
}

/* -- The first epoch ------------------------------------------------------ */

/* Make the key of the first epoch, unless it is there. */
static int
begin_epoch(struct joining *joining, struct ks_error *error)
{
	char number[FLEET_NUMBER_SIZE];
	const struct fleet_value value = fleet_number(joining->list.epoch,
	    number);
	struct fleet_epochs epochs = { NULL, 0 };
	const struct fleet_giver giver = {
		joining->db, &joining->list, &epochs, &joining->keys,
		joining->host.name
	};
	struct fleet_rows *rows;
	size_t n;
	int r;

	if ((r = run(joining, has_wrap, &value, 1, &rows, error)) != 0)
		return r;
	n = fleet_rows_count(rows);
	fleet_rows_free(rows);
	if (n > 0)
		return 0;
	if ((r = fleet_epoch_make(&epochs, joining->list.epoch,
	    error)) == 0)
		r = fleet_give(&giver, joining->list.epoch,
		    joining->host.name, joining->keys.cert, error);
	fleet_epochs_finish(&epochs);
	return r;
}

/* -- This host ------------------------------------------------------------ */

/* A list on disk that is newer stays: the database may be an old backup. */
static int
keep(struct joining *joining, struct ks_error *error)
{
	const bool is_newer = joining->known.version > joining->list.version &&
	    strcmp(joining->known.fleet, joining->list.fleet) == 0;
	const struct fleet_members *list = is_newer ? &joining->known :
	    &joining->list;
	struct fleet_marks marks = {
		.change = list->change > joining->least ? list->change :
		    joining->least,
		.members = list->version, .epoch = list->epoch
	};
	int r = 0;

	(void)strlcpy(marks.fleet, list->fleet, sizeof(marks.fleet));
	(void)strlcpy(marks.system, "-", sizeof(marks.system));
	if (!is_newer)
		r = ks_fleet_write(joining->ks, "members", false,
		    joining->text, joining->len, error);
	return r != 0 ? r : fleet_marks_write(joining->ks, &marks, error);
}

/* This host is in the fleet: whether what a person named is that one. */
static int
check_entered(const struct joining *joining, const struct fleet_marks *marks,
    struct ks_error *error)
{
	struct fleet_members list;
	int r;

	if (joining->there[0] == '\0') {
		(void)snprintf(error->text, sizeof(error->text), "this host is "
		    "in a fleet, and the database has none: run '%s fleet "
		    "restore'", ks_command(joining->ks));
		return KS_E_EXISTS;
	}
	if (strcmp(marks->fleet, joining->there) != 0)
		return fleet_fail(error, KS_E_EXISTS, "this host is in a "
		    "fleet that is not the one of this database");
	if (joining->anchor != NULL) {
		r = fleet_mirror_load_members(joining->ks, &list,
		    joining->anchor, error);
		fleet_members_finish(&list);
		if (r != 0)
			return r != KS_E_DAMAGED ? r : fleet_fail(error,
			    KS_E_EXISTS, "this host is in the fleet, and no "
			    "version of its member list has the digest of "
			    "--members");
	}
	if (joining->least <= marks->change)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "this host is in the "
	    "fleet, and has seen change %lld, which is below --change: see "
	    "'%s fleet list'; to enter again, stop countersign-fleet, remove "
	    ".fleet/marks, start it, and run the same command",
	    (long long)marks->change, ks_command(joining->ks));
	return KS_E_EXISTS;
}

static int
enter(struct joining *joining, struct ks_error *error)
{
	struct fleet_marks marks;
	int r;

	if ((r = greet(joining, error)) != 0)
		return r;
	if ((r = fleet_marks_read(joining->ks, &marks, error)) != KS_E_NOKEY)
		return r != 0 ? r : check_entered(joining, &marks, error);
	if ((r = make_list(joining, error)) != 0 ||
	    (r = read_known(joining, error)) != 0)
		return r;
	if (joining->there[0] == '\0' && joining->known.version > 0 &&
	    strcmp(joining->known.fleet, joining->list.fleet) != 0)
		return fleet_fail(error, KS_E_EXISTS, "the database has no "
		    "fleet, and this host was in one: run 'countersign-key "
		    "fleet restore' on another host of it first");
	if (joining->there[0] == '\0')
		r = begin(joining, error);
	else if (strcmp(joining->there, joining->list.fleet) != 0)
		return (r = follow(joining, error)) != 0 ? r :
		    keep(joining, error);
	if (r == 0)
		r = begin_epoch(joining, error);
	return r != 0 ? r : keep(joining, error);
}

int
fleet_join(struct keystore *ks, struct fleet_db *db, const char *name,
    const char *anchor, int64_t least, struct ks_error *error)
{
	struct joining joining = {
		.ks = ks, .db = db, .anchor = anchor, .least = least
	};
	int r;

	if ((r = fleet_hostkeys_make(ks, name, &joining.keys, error)) != 0)
		return r;
	if (fleet_hostkeys_host(&joining.keys, name, &joining.host) != 0)
		r = fleet_fail(error, KS_E_CRYPTO, "the keys of this host "
		    "have no digest");
	else
		r = enter(&joining, error);
	fleet_hostkeys_finish(&joining.keys);
	fleet_members_finish(&joining.list);
	fleet_members_finish(&joining.known);
	free(joining.text);
	ks_fleet_free(joining.known_text, joining.knownlen);
	return r;
}

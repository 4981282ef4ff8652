/* SPDX-License-Identifier: ISC */

/*
 * The member list in the mirror: new versions are put in force one after the
 * other, before any row is judged (mirror.h).
 *
 * The file .fleet/members is replaced before the marks name its version, so the
 * marks are never ahead of it.  A version that may not follow is an alarm: the
 * list in force stays, and rows go on being judged by it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "kept/marks.h"
#include "kept/versions.h"
#include "mirror/mirror.h"
#include "store/fleet_file.h"

#define FILE_NAME	"members"

static const char versions_of[] = "SELECT version, octets, signature "
    "FROM countersign.members WHERE version > $1 ORDER BY version LIMIT 20";

int
fleet_mirror_load_members(struct keystore *ks, struct fleet_members *members,
    const char *anchor, struct ks_error *error)
{
	struct ks_error why;
	size_t len;
	char *text;
	int r;

	memset(members, 0, sizeof(*members));
	r = ks_fleet_read(ks, FILE_NAME, &text, &len, error);
	/* Without either file, the keys would be those of this host alone. */
	if (r == KS_E_NOKEY && error != NULL)
		(void)strlcat(error->text, "; if there is none, rename "
		    ".fleet/marks to " FILE_NAME ", start countersign-fleet, "
		    FLEET_ENTER_AGAIN, sizeof(error->text));
	if (r != 0)
		return r;
	r = fleet_members_load(members, text, len, anchor, &why);
	ks_fleet_free(text, len);
	if (r == KS_E_DAMAGED && error != NULL)
		(void)snprintf(error->text, sizeof(error->text), ".fleet/"
		    FILE_NAME ": %.700s: remove .fleet/marks, "
		    FLEET_ENTER_AGAIN, why.text);
	else if (r != 0 && error != NULL)
		*error = why;
	return r;
}

/* Keep a version that is in force. */
static int
keep(struct fleet_mirror *mirror, const void *octets, size_t len,
    const unsigned char signature[FLEET_SIGNATURE], struct ks_error *error)
{
	struct keystore *ks = mirror->taker.ks;
	size_t textlen = 0;
	char *text = NULL;
	int r;

	r = ks_fleet_read(ks, FILE_NAME, &text, &textlen, error);
	if (r == KS_E_NOKEY)
		r = 0;
	if (r == 0 && (r = fleet_members_add(&text, &textlen, octets, len,
	    signature)) != 0)
		r = fleet_fail(error, r, "out of memory");
	if (r == 0)
		r = ks_fleet_write(ks, FILE_NAME, false, text, textlen,
		    error);
	free(text);
	if (r != 0)
		return r;
	mirror->marks.members = mirror->list->version;
	mirror->marks.epoch = mirror->list->epoch;
	if (mirror->list->change > mirror->marks.change)
		mirror->marks.change = mirror->list->change;
	return fleet_marks_write(ks, &mirror->marks, error);
}

/*
 * The list in force again as the disk has it: another version could be kept
 * after one that is not there.
 */
static int
reload(struct fleet_mirror *mirror, struct ks_error *error)
{
	struct fleet_members members;
	int r;

	if ((r = fleet_mirror_load_members(mirror->taker.ks, &members, NULL,
	    error)) != 0)
		return r;
	fleet_members_finish(mirror->list);
	*mirror->list = members;
	mirror->is_unkept = false;
	return 0;
}

/* A version that may not follow; while it is there, none can be written. */
static void
tell_ignored(const struct fleet_mirror *mirror, int64_t version,
    const char *why)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%.300s; DELETE FROM "
	    "countersign.members WHERE version = %lld", why,
	    (long long)version);
	mirror->taker.alarm(mirror->taker.context, FLEET_OF_MEMBERS,
	    FLEET_GONE, version, text);
}

/* Put one version in force; *is_good is false if it may not follow. */
static int
take_version(struct fleet_mirror *mirror, const struct fleet_rows *rows,
    size_t i, bool *is_good, struct ks_error *error)
{
	const unsigned char *octets, *signature;
	struct ks_error why = { "a version without its values" };
	size_t len, signaturelen;
	int r = KS_E_DAMAGED;

	octets = fleet_rows_octets(rows, i, 1, &len);
	signature = fleet_rows_octets(rows, i, 2, &signaturelen);
	if (octets != NULL && signature != NULL &&
	    signaturelen == FLEET_SIGNATURE)
		r = fleet_members_take(mirror->list, octets, len, signature,
		    &why);
	*is_good = r == 0;
	if (r == 0) {
		r = keep(mirror, octets, len, signature, error);
		mirror->is_unkept = r != 0;
		return r;
	}
	if (r != KS_E_DAMAGED)
		return fleet_fail(error, r, why.text);
	tell_ignored(mirror, fleet_rows_number(rows, i, 0), why.text);
	return 0;
}

int
fleet_mirror_members(struct fleet_mirror *mirror, struct ks_error *error)
{
	char version[FLEET_NUMBER_SIZE];
	struct fleet_value value;
	struct fleet_db_error why;
	struct fleet_rows *rows;
	enum fleet_db_result result;
	bool is_good = true;
	size_t i;
	int r = 0;

	if (mirror->is_unkept)
		r = reload(mirror, error);
	while (r == 0 && is_good && mirror->list->version < mirror->members) {
		value = fleet_number(mirror->list->version, version);
		result = fleet_db_run(mirror->db, versions_of, &value, 1,
		    &rows, &why);
		if (result != FLEET_DB_DONE)
			return fleet_fail(error, result == FLEET_DB_AWAY ?
			    KS_E_SYSTEM : KS_E_ARG, why.text);
		is_good = fleet_rows_count(rows) > 0;
		for (i = 0; i < fleet_rows_count(rows) && r == 0 && is_good;
		    i++)
			r = take_version(mirror, rows, i, &is_good, error);
		fleet_rows_free(rows);
	}
	return r;
}

bool
fleet_mirror_is_waiting(const struct fleet_mirror *mirror)
{
	return mirror->host != NULL &&
	    fleet_members_find(mirror->list, mirror->host) == NULL;
}

char *
fleet_admitted_names(const struct fleet_members *members, const char *changing)
{
	const char *comma = "";
	char *text = NULL;
	size_t i, len = 0;
	FILE *fp;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return NULL;
	(void)fputc('{', fp);
	if (changing != NULL && !fleet_members_admits(members, changing)) {
		(void)fprintf(fp, "\"%s\"", changing);
		comma = ",";
	}
	for (i = 0; i < members->nhosts; i++) {
		if (members->hosts[i].is_expelled || (changing != NULL &&
		    strcmp(members->hosts[i].name, changing) == 0))
			continue;
		(void)fprintf(fp, "%s\"%s\"", comma,
		    members->hosts[i].name);
		comma = ",";
	}
	(void)fputc('}', fp);
	return memstream_close(fp, &text) ? text : NULL;
}

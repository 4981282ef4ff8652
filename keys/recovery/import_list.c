/* SPDX-License-Identifier: ISC */

/*
 * The member list of an export: see import_list.h.
 *
 * The list is written before the marks, as when a host enters a fleet: killed
 * between, the same command goes on.
 */

#include "recovery/import_list.h"

#include <string.h>

#include "epochs/file.h"
#include "epochs/hostkeys.h"
#include "kept/marks.h"
#include "kept/versions.h"
#include "store/fleet_file.h"

static int
refuse(struct ks_error *error, const char *text)
{
	return fleet_fail(error, KS_E_EXISTS, text);
}

/* Whether the list that is kept here has a version with that digest. */
static int
check_history(struct keystore *ks, const char *digest,
    struct ks_error *error)
{
	struct fleet_members members;
	size_t len;
	char *text;
	int r;

	memset(&members, 0, sizeof(members));
	if ((r = ks_fleet_read(ks, "members", &text, &len, error)) != 0)
		return r;
	r = fleet_members_load(&members, text, len, digest, error);
	fleet_members_finish(&members);
	ks_fleet_free(text, len);
	return r == KS_E_DAMAGED ? refuse(error, "the member list of the "
	    "export is not in the history of the one that is here") : r;
}

/* Whether this host may come back with that list. */
static int
check_host(const struct fleet_list_taker *taker,
    const struct fleet_members *list, struct ks_error *error)
{
	struct fleet_hostkeys keys;
	int r;

	memset(&keys, 0, sizeof(keys));
	r = fleet_hostkeys_load(taker->ks, &keys, error);
	if (r == KS_E_NOKEY)
		return refuse(error, "this host has no keys of its own: "
		    "restore .fleet/host.key, wrap.key and wrap.crt from a "
		    "backup of a host in the list");
	if (r == 0 && (!fleet_members_admits(list, taker->name) ||
	    !fleet_hostkeys_are_of(&keys, list, taker->name)))
		r = refuse(error, "the list of the export does not admit this "
		    "host with the keys that it has");
	fleet_hostkeys_finish(&keys);
	return r;
}

static int
keep(const struct fleet_list_taker *taker, const struct fleet_members *list,
    const char *text, size_t len, struct ks_error *error)
{
	struct fleet_marks marks;
	int r;

	memset(&marks, 0, sizeof(marks));
	if (taker->known == NULL) {
		(void)strlcpy(marks.fleet, list->fleet, sizeof(marks.fleet));
		(void)strlcpy(marks.system, "-", sizeof(marks.system));
	} else if ((r = fleet_marks_read(taker->ks, &marks, error)) != 0)
		return r;
	marks.members = list->version;
	marks.epoch = list->epoch;
	if (list->change > marks.change)
		marks.change = list->change;
	if ((r = ks_fleet_write(taker->ks, "members", false, text, len,
	    error)) != 0)
		return r;
	return fleet_marks_write(taker->ks, &marks, error);
}

/* Whether the versions of the text may be taken; *is_new: there is one. */
static int
check(const struct fleet_list_taker *taker, const char *text, size_t len,
    struct fleet_members *list, bool *is_new, struct ks_error *error)
{
	const struct fleet_members *known = taker->known;
	const char *anchor = taker->anchor;

	*is_new = true;
	if (known != NULL) {
		if (strcmp(list->fleet, known->fleet) != 0)
			return refuse(error, "the export is of another fleet");
		*is_new = list->version > known->version;
		if (!*is_new)
			return check_history(taker->ks, list->digest, error);
		anchor = known->digest;
	} else if (strcmp(anchor, "-") == 0)
		return refuse(error, "compare this list with what you know of "
		    "the fleet: the fingerprints of its hosts, read on those "
		    "that are left, or the digest that 'countersign-key fleet "
		    "list' printed; then run the same command with --members "
		    "and the digest");
	fleet_members_finish(list);
	memset(list, 0, sizeof(*list));
	return fleet_members_load(list, text, len, anchor, error);
}

int
fleet_list_import(const struct fleet_list_taker *taker, const char *text,
    size_t len, struct fleet_members *list, bool *is_new,
    struct ks_error *error)
{
	int r;

	memset(list, 0, sizeof(*list));
	*is_new = false;
	if ((r = fleet_members_load(list, text, len, NULL, error)) != 0 ||
	    (r = check(taker, text, len, list, is_new, error)) != 0 ||
	    !*is_new)
		return r;
	if (taker->known == NULL && (r = check_host(taker, list, error)) != 0)
		return r;
	return keep(taker, list, text, len, error);
}

int
fleet_wraps_import(struct fleet_mirror *mirror, const char *text, size_t len,
    struct ks_error *error)
{
	struct fleet_epochs epochs = { NULL, 0 };
	int r;

	r = fleet_epochs_load(&epochs, text, len, mirror->list, mirror->host,
	    mirror->keys, error);
	if (r == 0 && epochs.n > mirror->epochs.n && (r = ks_fleet_write(
	    mirror->taker.ks, "epochs", false, text, len, error)) == 0) {
		fleet_epochs_finish(&mirror->epochs);
		mirror->epochs = epochs;
		return 0;
	}
	fleet_epochs_finish(&epochs);
	return r;
}

/* SPDX-License-Identifier: ISC */

/*
 * Admitting a host: see admit.h.
 *
 * A host that joins has nobody to tell it of a mark that the database does not
 * have, so marks that are pending here go first.
 *
 * The list comes first, the keys of epochs after it: killed in between, the
 * same command completes what is missing.
 */

#include "membership/admit.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>

#include "membership/give_epoch.h"
#include "membership/next_version.h"

static int
refuse(struct ks_error *error, const char *text)
{
	return fleet_fail(error, KS_E_EXISTS, text);
}

/* Before the list, so that who signs the newest one has the newest key. */
static int
check_keys(struct fleet_mirror *mirror, struct ks_error *error)
{
	bool is_lacking;
	int r;

	if (!fleet_members_admits(mirror->list, mirror->host))
		return refuse(error, FLEET_NOT_ADMITTED);
	if ((r = fleet_mirror_lacks_epoch(mirror, &is_lacking, error)) != 0 ||
	    !is_lacking)
		return r;
	return refuse(error, "this host does not have the keys of all epochs, "
	    "and another one does: run the same command there; if 'fleet "
	    "expel' was not completed, run that again first");
}

static int
give_keys(struct fleet_mirror *mirror, const struct fleet_candidate *candidate,
    struct ks_error *error)
{
	const struct fleet_giver giver = {
		mirror->db, mirror->list, &mirror->epochs, mirror->keys,
		mirror->host
	};
	size_t i;
	int r = 0;

	for (i = 0; i < mirror->epochs.n && r == 0; i++)
		r = fleet_give(&giver, mirror->epochs.list[i].number,
		    candidate->host.name, candidate->cert, error);
	return r;
}

static int
admit(struct fleet_mirror *mirror, const struct fleet_candidate *candidate,
    const char *fingerprint, struct ks_error *error)
{
	const struct fleet_host *host = &candidate->host, *known;
	int r;

	if (fleet_pending_has_marks(&mirror->pending))
		return refuse(error, "keys are marked here as compromised, "
		    "and the database does not have that yet: try again");
	if (!fleet_fingerprint_is(host, fingerprint)) {
		(void)snprintf(error->text, sizeof(error->text), "the keys of "
		    "that host in the database have another fingerprint: read "
		    "it again on the host, with 'countersign-key fleet init'; "
		    "if that is refused, somebody else has entered them: "
		    FLEET_FORGET_KEYS ", and run it again", host->name);
		return KS_E_EXISTS;
	}
	if ((r = check_keys(mirror, error)) != 0)
		return r;
	if ((known = fleet_members_find(mirror->list, host->name)) == NULL)
		r = fleet_list_change(mirror, host, error);
	else if (known->is_expelled)
		return refuse(error, "a host of that name was expelled: see "
		    "Another name in countersign-fleet(8)");
	else
		r = fleet_fingerprint_is(known, fingerprint) ? 0 :
		    refuse(error, "the member list has other keys of that "
		    "host");
	return r != 0 ? r : give_keys(mirror, candidate, error);
}

int
fleet_admit(struct fleet_mirror *mirror, const char *name,
    const char *fingerprint, struct ks_error *error)
{
	struct fleet_candidate candidate;
	int r;

	if ((r = fleet_candidate_read(mirror, name, &candidate, error)) == 0)
		r = admit(mirror, &candidate, fingerprint, error);
	X509_free(candidate.cert);
	return r;
}

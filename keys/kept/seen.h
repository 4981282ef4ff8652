/* SPDX-License-Identifier: ISC */

/*
 * The highest change number of each domain that this host saw, on disk:
 *
 *	keydir/.fleet/seen/XYZ
 *
 * XYZ are the first three digits of the SHA-256 of the domain's name.  A file
 * has the first line "countersign-fleet-seen 1", and a line "DOMAIN NUMBER" for
 * each of its domains, sorted.  With a million domains, each of the 4096 files
 * has some 250 lines; a change replaces one of them.
 *
 * It remembers domains whose folders are gone: archived, deleted by a person,
 * or restored from a backup of their own, with the rows that were kept there.
 * What is noted is the highest number of all believed rows of the domain, in
 * the database and kept: if that is lower than the one seen, the domain is
 * older, and nothing is taken from it.  Numbers only rise.  A lost file is a
 * fresh start for its domains; a damaged one is an error until somebody removes
 * it, so that damage never makes old rows news.
 *
 * One process at a time writes.
 */

#ifndef KEPT_SEEN_H
#define KEPT_SEEN_H

#include "signed/lines.h"

#define FLEET_SEEN_FOLDER	"seen"
#define FLEET_MAX_SEEN_FILE	4194304	/* octets */

struct fleet_seen;

/*
 * Open the folder "seen" in the directory dirfd, and make it if it does not
 * exist.  dirfd is not kept; path is its path, for messages.  Returns 0,
 * KS_E_NOMEM or KS_E_SYSTEM.
 */
int	fleet_seen_open(struct fleet_seen **seen, int dirfd, const char *path,
	    struct ks_error *error);
void	fleet_seen_close(struct fleet_seen *seen);

/*
 * The highest number of a domain (normalized name), 0 if it was never seen.
 * Returns 0, KS_E_NOMEM, KS_E_SYSTEM, KS_E_CRYPTO or KS_E_DAMAGED.
 */
int	fleet_seen_get(struct fleet_seen *seen, const char *domain,
	    int64_t *change, struct ks_error *error);

/*
 * Note a number; when this returns 0, it is on disk, and survives a power
 * failure, but while numbers are held.  The same number again changes nothing.
 * KS_E_EXISTS if it is lower than the one seen: nothing is changed, and the
 * error names both.  Otherwise as fleet_seen_get(), or KS_E_ARG if domain or
 * change are not valid.
 */
int	fleet_seen_raise(struct fleet_seen *seen, const char *domain,
	    int64_t change, struct ks_error *error);

/*
 * From now on, numbers are only kept in memory, until fleet_seen_flush() brings
 * all of them to the disk, with one wait for it.  If that fails, none may be
 * there.  Returns 0, KS_E_NOMEM, KS_E_SYSTEM or KS_E_DAMAGED.
 */
void	fleet_seen_hold(struct fleet_seen *seen);
int	fleet_seen_flush(struct fleet_seen *seen, struct ks_error *error);

/*
 * A digest of all domains and their numbers: hosts that have taken the same
 * rows have the same one.  Reads all files, unless no number has risen since.
 * Returns as fleet_seen_get(), but does not look for damage.
 */
int	fleet_seen_digest(struct fleet_seen *seen, char hex[FLEET_HEX_SIZE],
	    struct ks_error *error);

#endif /* KEPT_SEEN_H */

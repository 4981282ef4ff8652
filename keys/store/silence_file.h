/* SPDX-License-Identifier: ISC */

/*
 * The name servers that give no usable answer, as the runs of rotation found
 * them:
 *
 *	keydir/servers
 *
 * The first line is "countersign-servers 1"; then there is a line for each
 * address of a server and each zone, with one space between its fields:
 *
 *	SINCE LAST LOOKS ZONE SERVER
 *
 * SINCE and LAST are the times of the first and the last query that it did not
 * answer (RFC 3339 in UTC), LOOKS is their number, ZONE is the apex, and
 * SERVER is the address with "@PORT" if that is not 53, or the host name of a
 * server whose address cannot be looked up.  A server that answers has no
 * line.
 *
 * Rotation replaces the file under the lock of its run.  If it is lost or
 * damaged, counting starts again, so rotation waits for these servers again.
 */

#ifndef SILENCE_FILE_H
#define SILENCE_FILE_H

#include "store/keystore.h"

#define KS_MAX_SILENCES		100000		/* lines of the file */
#define KS_MAX_SILENCE_FILE	(32 * 1048576)	/* octets */
#define KS_MAX_LOOKS		1000000000	/* of one line */
#define KS_SILENCE_NAME_SIZE	(2 * DKIMSIG_DOMAIN_SIZE + 1)

struct ks_silence {
	int64_t		 since, last;
	unsigned int	 nlooks;
	const char	*name;		/* "ZONE SERVER" */
};

/*
 * Read the file, and call add for each line; name is valid during the call.
 * add returns 0, or KS_E_* to stop.
 *
 * Returns 0, also if there is no file, KS_E_UNSAFE, KS_E_SYSTEM, KS_E_NOMEM,
 * what add returned, or KS_E_DAMAGED: error names the line; lines before it
 * were added.
 */
typedef int ks_silence_add_fn(void *context,
	    const struct ks_silence *silence);
int	ks_silences_read(struct keystore *ks, ks_silence_add_fn *add,
	    void *context, struct ks_error *error);

/*
 * Replace the file; without silences, remove it.  Those beyond KS_MAX_SILENCES
 * are left out, as are those whose times or names cannot be written.  The
 * caller holds the lock of the run.  Returns 0 or KS_E_*.
 */
int	ks_silences_write(struct keystore *ks,
	    const struct ks_silence *silences, size_t nsilences,
	    struct ks_error *error);

#endif /* SILENCE_FILE_H */

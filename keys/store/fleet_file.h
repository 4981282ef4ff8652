/* SPDX-License-Identifier: ISC */

/*
 * Files that a fleet keeps in the key store; what is in them is described in
 * keys/fleet/DESIGN.
 *
 *	keydir/.fleet/NAME		of this host
 *	keydir/example.com/fleet	of a domain: the rows that were taken
 */

#ifndef FLEET_FILE_H
#define FLEET_FILE_H

#include "store/keystore.h"

#define KS_FLEET_FOLDER		".fleet"
#define KS_MAX_FLEET_ROWS	16777216	/* octets of a domain's file */
#define KS_MAX_FLEET_FILE	16777216	/* octets of a file of the host */

/*
 * Read a file.  *text has a NUL after its *len octets, and is freed by
 * ks_fleet_free().  Returns 0, KS_E_NOKEY if it does not exist, KS_E_NODOMAIN,
 * or another KS_E_*.
 */
int	ks_fleet_read_rows(struct keystore *ks, const char *domain,
	    char **text, size_t *len, struct ks_error *error);
int	ks_fleet_read(struct keystore *ks, const char *name, char **text,
	    size_t *len, struct ks_error *error);
void	ks_fleet_free(char *text, size_t len);

/* Replace a file.  Return 0 or KS_E_*. */
int	ks_fleet_write_rows(struct ks_lock *lock, const char *text, size_t len,
	    struct ks_error *error);

/*
 * The same, of this host; the folder is made if it does not exist.  A secret
 * gets mode 0400 and never replaces another file (KS_E_EXISTS).  The caller is
 * the only one that writes there.
 */
int	ks_fleet_write(struct keystore *ks, const char *name, bool is_secret,
	    const char *text, size_t len, struct ks_error *error);

#endif /* FLEET_FILE_H */

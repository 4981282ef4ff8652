/* SPDX-License-Identifier: ISC */

/*
 * Files that a fleet keeps in the key store; what is in them is described in
 * keys/fleet/DESIGN.
 *
 *	keydir/.fleet/NAME		of this host
 *	keydir/.fleet/host.key		private keys of this host: as key files
 *	keydir/.fleet/wrap.key		of domains, so sealed if the store is
 *	keydir/example.com/fleet	of a domain: the rows that were taken
 */

#ifndef FLEET_FILE_H
#define FLEET_FILE_H

#include "store/keystore.h"

#define KS_FLEET_FOLDER		".fleet"
#define KS_FLEET_SIGN_KEY	"host.key"
#define KS_FLEET_WRAP_KEY	"wrap.key"
#define KS_MAX_FLEET_ROWS	16777216	/* octets of a domain's file */
#define KS_MAX_FLEET_FILE	16777216	/* of a file of the host */

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

#define KS_FLEET_WAIT_S		30

/* Replace a file.  Return 0 or KS_E_*. */
int	ks_fleet_write_rows(struct ks_lock *lock, const char *text, size_t len,
	    struct ks_error *error);

/*
 * The same, of this host; the folder is made if it does not exist.  A secret
 * gets mode 0400 and never replaces another file (KS_E_EXISTS).  Writers wait
 * for each other, up to KS_FLEET_WAIT_S (KS_E_LOCKED).
 */
int	ks_fleet_write(struct keystore *ks, const char *name, bool is_secret,
	    const char *text, size_t len, struct ks_error *error);

/*
 * Hold a file of this host as it is now; the caller closes *fd, which is -1 if
 * it does not exist.  As files are only replaced, it is unchanged as long as it
 * is the one that is held.  Returns 0 or KS_E_*.
 */
int	ks_fleet_hold(struct keystore *ks, const char *name, int *fd,
	    struct ks_error *error);
bool	ks_fleet_is_held(struct keystore *ks, const char *name, int fd);

/*
 * A private key of this host.  Storing seals it, if new keys of the store are
 * sealed, and never replaces another one (KS_E_EXISTS).  The caller frees
 * *pkey.  Return 0, KS_E_NOKEY, KS_E_UNSAFE, KS_E_SEALED (this process cannot
 * open it), KS_E_DAMAGED, or another KS_E_*.
 */
int	ks_fleet_key_load(struct keystore *ks, const char *name,
	    EVP_PKEY **pkey, struct ks_error *error);
int	ks_fleet_key_store(struct keystore *ks, const char *name,
	    EVP_PKEY *pkey, struct ks_error *error);

/* Whether its file is sealed, and converting it, as ks_key_convert() does. */
int	ks_fleet_key_is_sealed(struct keystore *ks, const char *name,
	    bool *is_sealed, struct ks_error *error);
int	ks_fleet_key_convert(struct keystore *ks, const char *name,
	    bool sealed, bool *is_changed, struct ks_error *error);

/*
 * Call each for the rows of each domain that was archived, in no order; it may
 * change the text.  A domain may have been archived several times.  A file that
 * cannot be read does not hinder the others.  Returns 0, what each returned if
 * that was not 0, or KS_E_* with the first error.
 */
int	ks_fleet_each_archived(struct keystore *ks,
	    int (*each)(void *context, const char *domain, char *text,
	    size_t len), void *context, struct ks_error *error);

/*
 * Open the folder, and make it if it does not exist; the caller closes *fd.
 * Returns 0 or KS_E_*.
 */
int	ks_fleet_open(struct keystore *ks, int *fd, struct ks_error *error);

/*
 * Be the process that has the files of this host, as countersign-fleet is for
 * as long as it runs; closing *fd ends it.  Another one is waited for, for 2
 * seconds.  Returns 0, KS_E_LOCKED, or another KS_E_*.
 */
int	ks_fleet_claim(struct keystore *ks, int *fd, struct ks_error *error);

#endif /* FLEET_FILE_H */

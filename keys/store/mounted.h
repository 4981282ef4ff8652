/* SPDX-License-Identifier: ISC */

/*
 * Mounted key directories: somebody else provides them, such as a volume with
 * a Kubernetes secret, which root owns and which is replaced as a whole:
 *
 *	keydir/..data -> ..2026_11_26_09_00_00.1	one for all domains
 *	keydir/..data/example.com/state
 *
 *	keydir/example.com/..data -> ..2026_11_26_09_00_00.2	one for each
 *	keydir/example.com/..data/state
 *
 * The link "..data" is followed, and no other: it must lead to a directory
 * beside it, in the same mount, which the kernel ensures (openat2(2)).  Without
 * such a link, the directory itself is used.
 *
 * Everything belongs to root.  Files may be read by their group, through which
 * the signers read them, but not by others, and be written by root alone.
 * Directories may be read by all, and are written by root alone, or else lie
 * in a file system that is mounted read-only: the mode of such volumes is 1777.
 *
 * Nothing is written there: all writers get KS_E_UNSAFE, as the keys are
 * rotated elsewhere.  Signers record the last use of keys in another directory
 * of their own, the state directory, in the same form as in a key directory.
 * As nobody else could, a signer makes the files there (last_use.h) when it
 * opens the store, and none later: the use of keys that the volume brings then
 * is recorded only after the next start of a signer.  Nothing depends on it, as
 * keys are not rotated here.
 */

#ifndef MOUNTED_H
#define MOUNTED_H

#include "store/keystore.h"

/*
 * Open a mounted key directory, and the state directory.  keys_user is as for
 * ks_open(), for the state directory.
 *
 * With make, the state directory is created if it does not exist, and so are
 * the files in it for the keys that the store has now.  Without, and without
 * that directory, no last use is known.
 *
 * Returns 0, KS_E_SYSTEM, KS_E_UNSAFE or KS_E_NOMEM.
 */
int	ks_open_mounted(struct keystore **ks, const char *keydir,
	    const char *state_dir, bool make, const char *keys_user,
	    struct ks_error *error);

#endif /* MOUNTED_H */

/* SPDX-License-Identifier: ISC */

/*
 * The keys of a domain as another host pushes them: its whole state, and the
 * private keys that it has.
 *
 * The order of the changes lets signers sign at any moment, and leaves nothing
 * that a later push does not complete, wherever the process is killed: keys get
 * unfinished lines in the state, then their files, and then the new state
 * replaces the old one.  So the state never names a key whose file is still to
 * come.  Keys that the new state does not have lose their lines in the same
 * way, before their files are removed.
 */

#ifndef REPLICA_H
#define REPLICA_H

#include "store/keystore.h"

/* A private key of the new state. */
struct ks_replica_key {
	char		 selector[KS_SELECTOR_SIZE];
	EVP_PKEY	*pkey;
};

/*
 * Make the state and the key files of a domain like those that host has.  The
 * state has no unfinished keys, and each key fits its line there.  Of a key
 * that is not among keys, an existing file is kept, unless the key was removed.
 * Each key that comes or goes is logged.  Returns 0 or KS_E_*.
 */
int	ks_replica_write(struct ks_lock *lock, struct ks_state *state,
	    const struct ks_replica_key *keys, size_t nkeys,
	    const char *host, int64_t now, struct ks_error *error);

/*
 * What is wrong with a private key for its line, as ks_key_load() finds it: its
 * algorithm, its size, that its halves fit, and that its public half is the one
 * in the line, if that has one.  NULL: nothing.
 */
const char *ks_replica_fault(EVP_PKEY *pkey, const struct ks_key *key);

/*
 * The host that pushes has removed the domain and archived it: remove all its
 * keys here, and archive it as well.  Returns 0 or KS_E_*.
 */
int	ks_replica_archive(struct ks_lock *lock, const char *host, int64_t now,
	    struct ks_error *error);

/* SHA-256 in hexadecimal digits, NUL included. */
#define KS_DIGEST_SIZE	65

/*
 * What identifies the state of a domain, without unfinished keys, and which of
 * the removed keys still have files.  *is_whole is false if a key that was not
 * removed has no file.  Equal digests: a push would change nothing.  Returns 0
 * or KS_E_*.
 */
int	ks_replica_digest(struct keystore *ks, struct ks_state *state,
	    char digest[KS_DIGEST_SIZE], bool *is_whole,
	    struct ks_error *error);

/*
 * The text of a state without its unfinished keys, as in its file, and the
 * state in such a text; see state.h.
 */
int	ks_replica_print(const struct ks_state *state, char **text,
	    size_t *len, struct ks_error *error);
int	ks_replica_parse(const char *domain, const char *text, size_t len,
	    struct ks_state *state, struct ks_error *error);

/* Call each for every archived domain that has no folder now. */
int	ks_each_archived(struct keystore *ks,
	    int (*each)(const char *domain, void *arg), void *arg,
	    struct ks_error *error);

#endif /* REPLICA_H */

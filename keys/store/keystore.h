/* SPDX-License-Identifier: ISC */

/*
 * Room keys/store: states and private keys of domains, on disk.
 *
 * The key store: one folder a domain, below the key directory.
 *
 *	keydir/example.com/state		the keys and their times
 *	keydir/example.com/20261123r1.pem	a private key, PKCS#8, mode 0400
 *	keydir/example.com/20261123r1.used	its last use: see last_use.h
 *	keydir/example.com/log			append-only history
 *
 * state has a first line "countersign-keys 2", then a line a key: its selector,
 * and names with values, one blank before each.  These names, in this order,
 * each if there is something to say:
 *
 *	algorithm=	rsa-sha256 or ed25519-sha256; never missing
 *	generated=	and published=, seen=, verified=, active_from=,
 *			retire_at=, revoked=, removed=: times, RFC 3339 in
 *			UTC (2026-11-23T09:00:00Z)
 *	public=		the public half as in p= of its record; known even
 *			when the private key is lost
 *	strict=yes	signs for its own domain alone, not for subdomains,
 *			and has t=s in its record
 *	compromised=yes	somebody else may have it: it is replaced, then
 *			revoked, without the usual waits
 *	record=NAME	its TXT record is at NAME, to which a CNAME at
 *			SELECTOR._domainkey.DOMAIN points
 *	took_over_from=SELECTOR
 *			it began to sign in place of that key because that
 *			was compromised
 *	absent=TIME	before it was published every server said that there
 *			is nothing at its name, and its selector was new
 *	absent_for=SECONDS
 *			how long a cache may keep that answer; 0 if missing
 *	contested=yes	before it was verified something else was seen at its
 *			name, so a cache may have that
 *	fresh=yes	its selector was made up for it, and is used by no other
 *			key
 *	unfinished=yes	its file is being written, and it is not a key yet
 *
 * Names of a later version come after those, and are kept.  The file ends
 * with a newline; anything else in it is damage and is refused with the line
 * named.  Format 1, which had neither names nor public halves, is read; the
 * next writer makes it format 2.
 *
 * The line of a new key is there before its file, as unfinished, with its
 * public half and without any time but generated; such lines come last.  If
 * the writer is killed the next one removes the file, which nobody has used
 * and nobody knows, and the line.  Any other file that has no line in the
 * state is left alone.  The log is for people: nothing in it decides
 * anything.
 *
 * Times, not flags: a key signs while active_from <= now < retire_at, so
 * that hosts with the same store switch in the same second.  Which keys sign
 * a message is asked before its body is read, and the signatures are made
 * after it: so for KS_HANDOVER seconds a key that retired still signs what
 * began before.
 *
 * The folder and all in it belong to the owner of the key directory.  Modes:
 * key directory and domain folders at most 0750, without write for the
 * group; keys 0400; state, log and last use 0640 at most.  What is looser, or
 * owned by another, is refused, naming path, mode, owner and the command to
 * fix it.
 * Selectors are in small letters.
 *
 * Nothing here holds global state.  Readers take no lock: state is replaced
 * by rename.  Writers hold the lock of the domain (struct ks_lock).
 */

#ifndef KEYSTORE_H
#define KEYSTORE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "dkimsig/dkimsig.h"

#define KS_MAX_KEYS	 1000		/* keys in one state file */
#define KS_MAX_STATE	 1048576	/* octets of a state file */
#define KS_MAX_OTHERS	 32		/* names of a key that are unknown */
#define KS_PUBLIC_OCTETS 1152		/* of a public half: RSA-8192 */
#define KS_PUBLIC_SIZE	 1537		/* octets of its text, with its NUL */
#define KS_MAX_PEM	 16384		/* octets of a key file */
#define KS_MAX_LOG_LINE	 2048		/* octets, newline included */
#define KS_SELECTOR_SIZE 64		/* octets, NUL included */
#define KS_MAX_CACHE_WAIT 604800	/* s: no cache keeps anything longer */
#define KS_NEVER	 ((int64_t)-1)	/* "-": no such time */
#define KS_HANDOVER	 300		/* seconds after retire_at */
#define KS_RECHECK	 10		/* seconds for which signers believe
					 * a state that they have read */

enum ks_errno {
	KS_OK		= 0,
	KS_E_NOMEM	= -1,
	KS_E_SYSTEM	= -2,	/* a system call failed */
	KS_E_NODOMAIN	= -3,	/* the store has no such domain */
	KS_E_NOKEY	= -4,	/* the domain has no such key */
	KS_E_UNSAFE	= -5,	/* wrong owner or mode */
	KS_E_DAMAGED	= -6,	/* a file is not of its format */
	KS_E_EXISTS	= -7,	/* a selector or file is taken */
	KS_E_LOCKED	= -8,	/* another writer holds the domain */
	KS_E_ARG	= -9,	/* not a domain name, not a selector, ... */
	KS_E_CRYPTO	= -10,	/* the crypto library failed */
	KS_E_FORMAT	= -11	/* a state that a later version wrote */
};

/* The one-line text of the last failure: what was tried, on what, why, and
 * how to fix it.  Filled by every function that takes one; may be NULL. */
struct ks_error {
	char	text[1024];
};

struct ks_key {
	char	 selector[KS_SELECTOR_SIZE];
	enum dkimsig_algorithm	algorithm;
	/* Seconds since 1970 UTC, or KS_NEVER. */
	int64_t	 generated, published;
	int64_t	 seen;		/* since when all servers show its record */
	int64_t	 verified;
	int64_t	 active_from, retire_at;
	int64_t	 revoked, removed;
	bool	 strict;		/* not for subdomains */
	bool	 compromised;
	/* Where its record is; "": SELECTOR._domainkey.DOMAIN. */
	char	 record[DKIMSIG_DOMAIN_SIZE];
	/* The compromised key in whose place it began to sign; "": none. */
	char	 took_over_from[KS_SELECTOR_SIZE];
	/* When every server said that nothing is at its name, or KS_NEVER. */
	int64_t	 absent;
	int64_t	 absent_for;	/* seconds that a cache may say so */
	bool	 contested;	/* something else was seen there */
	bool	 fresh;		/* its selector was made up for it */
	bool	 unfinished;	/* never set in keys of a state */
	/*
	 * Borrowed, in a copy of a key, too: they belong to the state that
	 * the key is of, and last as long as that.  ks_state_append() copies
	 * them.
	 */
	const char	*public;	/* p= of its record; NULL: not known */
	const char	*others;	/* names that are unknown; NULL: none */
};

/*
 * A selector in small letters, as the store has it; false if the text is none,
 * or too long for one.
 */
bool	ks_selector_normalize(const char *text,
	    char selector[KS_SELECTOR_SIZE]);

/* Whether it is one, and is written so. */
bool	ks_selector_is_normal(const char *text);

/* A key of which nothing has happened: all times KS_NEVER, the rest zero. */
void	ks_key_init(struct ks_key *key);

/*
 * The keys of one domain, in the order of the file, and those whose files
 * are being written, or were when their writer was killed.
 */
struct ks_text;
struct ks_state {
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	struct ks_key	*keys;
	size_t		 nkeys;
	struct ks_key	*unfinished;
	size_t		 nunfinished;
	struct ks_text	*texts;		/* that the keys borrow */
};

/* An opened key directory. */
struct keystore;

/*
 * Open the key directory: it must be there, a directory, and safe as above.
 * Its owner is the one that all below must have.
 *
 * keys_user is the user that the signers run as, or NULL where that is not
 * known.  Root, and that user, want it to be the owner, if there is such a
 * user: with any other owner no signer could read the keys.  Else the owner
 * must be root, the caller or, for root, any one user.
 *
 * Returns 0, KS_E_SYSTEM, KS_E_UNSAFE or KS_E_NOMEM.
 */
int	ks_open(struct keystore **ks, const char *keydir,
	    const char *keys_user, struct ks_error *error);

/*
 * Messages may look the names of users up at any time; without it only those
 * that were found when the store was opened have a name.
 */
void	ks_may_ask(struct keystore *ks);

/*
 * A store without domains, to be read alone: what ks_open() would give after
 * ks_make() of a key directory that is not there.
 * Returns 0 or KS_E_NOMEM.
 */
int	ks_open_none(struct keystore **ks, const char *keydir,
	    struct ks_error *error);
void	ks_close(struct keystore *ks);

/*
 * Read the state of a domain (normalized name).  ks_state_finish() frees it;
 * a zeroed state is allowed there.  Symbolic links are not followed below
 * the key directory.
 */
int	ks_state_read(struct keystore *ks, const char *domain,
	    struct ks_state *state, struct ks_error *error);
void	ks_state_finish(struct ks_state *state);

/*
 * What identifies one version of the state file (inode, mtime in ns, size):
 * a reader that kept a parsed state asks this to see whether it is stale.
 */
struct ks_stamp {
	uint64_t	dev, ino, size;
	int64_t		mtime_ns, ctime_ns;
};
int	ks_state_stamp(struct keystore *ks, const char *domain,
	    struct ks_stamp *stamp, struct ks_error *error);

/*
 * Whether a key signs at that time: active_from <= now < retire_at, and it
 * is neither revoked nor removed, not even later than now.
 */
bool	ks_key_is_active(const struct ks_key *key, int64_t now);

/*
 * Whether requests to sign with a key are still granted at that time: it is
 * active, or retired less than KS_HANDOVER seconds ago, so that a message
 * for which it was chosen before is signed.  There is no such grace for one
 * that is revoked, removed or compromised.
 */
bool	ks_key_may_sign(const struct ks_key *key, int64_t now);
const struct ks_key *ks_state_find(const struct ks_state *state,
	    const char *selector);

/*
 * Load a private key: checks owner and mode, that it is of the algorithm
 * that the state says, RSA at least 2048 bits, that its halves fit: what the
 * private one signs verifies with the public one; and that this is the one
 * that the state has, if it has one.  *pkey is the caller's.  The PEM text is
 * wiped.
 */
int	ks_key_load(struct keystore *ks, const char *domain,
	    const struct ks_key *key, EVP_PKEY **pkey,
	    struct ks_error *error);

/*
 * The public half of a key as p= of its record has it: the octets, whose
 * number is returned (0 on failure), and their base64, for which 0 or
 * KS_E_CRYPTO is returned.
 */
size_t	ks_public_octets(EVP_PKEY *pkey,
	    unsigned char octets[KS_PUBLIC_OCTETS]);
int	ks_public_print(EVP_PKEY *pkey, char text[KS_PUBLIC_SIZE]);

/* The key of such a text, without its private half; NULL if it is none. */
EVP_PKEY *ks_public_parse(const char *text, enum dkimsig_algorithm algorithm);

/*
 * Find in their files the public halves that a state does not have; of a file
 * that cannot be used nothing is found.  Returns 0 or KS_E_NOMEM.
 */
int	ks_public_fill(struct keystore *ks, struct ks_state *state);

/* Of its modulus; 256 for Ed25519. */
unsigned int ks_key_bits(const EVP_PKEY *pkey);

/* Whether there is a private key of that selector: 0 or KS_E_*. */
int	ks_key_exists(struct keystore *ks, const char *domain,
	    const char *selector, bool *exists, struct ks_error *error);

/* The domains of the store, one a call of each, sorted; stops when each
 * returns non-zero and returns that. */
int	ks_each_domain(struct keystore *ks,
	    int (*each)(const char *domain, void *arg), void *arg,
	    struct ks_error *error);

/* -- Writers ------------------------------------------------------------- */

/*
 * Make the key directory, mode 0700 and of that owner, and what is missing
 * above it, mode 0755.  One that is there is left as it is.  Returns 0 or
 * KS_E_SYSTEM.
 */
int	ks_make(const char *keydir, uid_t owner, gid_t group,
	    struct ks_error *error);

/*
 * The lock of a run over the whole store, that keeps another run out and no
 * writer of a single domain.  Never waits: KS_E_LOCKED.  The descriptor in
 * *fd is the caller's; closing it gives the lock up.
 */
int	ks_run_lock(struct keystore *ks, int *fd, struct ks_error *error);

/*
 * The lock of one domain; ks_lock makes the domain's folder if create.  Never
 * waits: KS_E_LOCKED at once when another writer holds it.  The caller must
 * be root or the owner of the key directory (KS_E_UNSAFE).
 */
struct ks_lock;
int	ks_lock(struct keystore *ks, const char *domain, bool create,
	    struct ks_lock **lock, struct ks_error *error);
void	ks_unlock(struct ks_lock *lock);

/*
 * Add a key to a state in memory, with its texts; to the unfinished ones if
 * it is unfinished.  Returns 0 or KS_E_NOMEM.
 */
int	ks_state_append(struct ks_state *state, const struct ks_key *key);

/* A text that lasts as long as the state; NULL: out of memory. */
const char *ks_state_keep(struct ks_state *state, const char *text,
	    size_t len);

/*
 * Replace the state: write-temp, fsync, rename, fsync of the folder.  Public
 * halves that it does not have are filled in first.
 */
int	ks_state_write(struct ks_lock *lock, struct ks_state *state,
	    struct ks_error *error);

/* A key that is to be stored. */
struct ks_new {
	EVP_PKEY	*pkey;	/* borrowed */
	const char	*step;	/* "generate" or "import", for the log, */
	const char	*text;	/* and what there is to say of it */
	/* Its public half need not be known. */
	struct ks_key	 key;
};

/*
 * Store new keys: their files, a line of each in the log, and their lines in
 * the state, on disk and in memory.  On failure none of it stays, as far as
 * the disk lets it; what then stays is unfinished, or is a key of the state
 * in memory, too.  Killed at any moment it leaves nothing that ks_recover()
 * does not take back.
 *
 * Returns 0, KS_E_EXISTS (a selector has a line or a file already; nothing was
 * changed), or another KS_E_*.
 */
int	ks_keys_store(struct ks_lock *lock, struct ks_state *state,
	    const struct ks_new *new, size_t nnew, int64_t now,
	    struct ks_error *error);

/*
 * Enter a key whose file is there, and that the state has lost: log it, and
 * add its line on disk and in memory.  Returns 0 or KS_E_*.
 */
int	ks_key_adopt(struct ks_lock *lock, struct ks_state *state,
	    const struct ks_new *new, int64_t now, struct ks_error *error);

/*
 * Take back what a killed writer left unfinished: the files are removed, and
 * the lines in memory; the next writer of the state removes those on disk.
 * A file that is not the one the state tells of is left alone.  Returns 0 or
 * KS_E_*.
 */
int	ks_recover(struct ks_lock *lock, struct ks_state *state, int64_t now,
	    struct ks_error *error);

/* Write a new private key; never overwrites (KS_E_EXISTS). */
int	ks_key_store(struct ks_lock *lock, const char *selector,
	    EVP_PKEY *pkey, struct ks_error *error);

/*
 * Remove the file of a key that the state on disk has as unfinished.  A file
 * that is gone is no error.  KS_E_EXISTS, and it is left alone, when the
 * state does not say so, when it is not the file of that key, or when that
 * key has signed: then this state is an old one.
 */
int	ks_key_discard(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

/*
 * Remove the private key of a key that the state has as removed (else
 * KS_E_EXISTS), and what is recorded of its last use.  Its line stays.  A key
 * that is gone already is no error.
 */
int	ks_key_destroy(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

/*
 * Append a line to the log: "<time> <user> <selector> <step>: <text>"; KS_E_ARG
 * when it would be over KS_MAX_LOG_LINE or has a control character.
 */
int	ks_log_append(struct ks_lock *lock, int64_t now, const char *selector,
	    const char *step, const char *text, struct ks_error *error);

#endif /* KEYSTORE_H */

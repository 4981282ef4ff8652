/* SPDX-License-Identifier: ISC */

/*
 * Room keys/store: states and private keys of domains, on disk.
 *
 * The key store: a folder for each domain, below the key directory.
 *
 *	keydir/example.com/state		the keys and their times
 *	keydir/example.com/20261123r1.pem	a private key, PKCS#8, or a
 *						sealed one (sealer.h), mode
 *						0400
 *	keydir/example.com/20261123r1.used	its last use: see last_use.h
 *	keydir/example.com/log			append-only history
 *	keydir/.archive/example.com.20261123T090000Z
 *						the folder of a removed domain
 *
 * state has the first line "countersign-keys 2", or, if a key belongs to a
 * stream, "countersign-keys 3"; then a line for each key: its selector, and
 * names with values, each after one space.  The names come in this order; those
 * without a value are left out:
 *
 *	algorithm=	rsa-sha256 or ed25519-sha256; always present
 *	generated=	and published=, seen=, verified=, active_from=,
 *			retire_at=, revoked=, removed=: times, RFC 3339 in
 *			UTC (2026-11-23T09:00:00Z)
 *	public=		the public half as in p= of its record; known even
 *			if the private key is lost
 *	strict=yes	signs only for its own domain, not for subdomains,
 *			and has t=s in its record
 *	compromised=yes	somebody else may have it: it is replaced and
 *			revoked without the usual waiting times
 *	record=NAME	its TXT record is at NAME, to which a CNAME at
 *			SELECTOR._domainkey.DOMAIN points
 *	took_over_from=SELECTOR
 *			it replaced that key, because that key was compromised
 *	absent=TIME	when every server said that nothing exists at its name,
 *			before it was published; its selector was new
 *	absent_for=SECONDS
 *			how long a cache may keep that answer; 0 if missing
 *	contested=yes	before it was verified, something else was seen at its
 *			name, so a cache may hold that
 *	fresh=yes	its selector was generated for it: no other key uses it
 *	unfinished=yes	its file is still being written: it is not a key yet
 *	delayed=TIME	since then, its record cannot be changed: the hook says
 *			"later" each time
 *	leaving=yes	its domain is to be removed: no key is made or starts
 *			to sign, and all are retired, revoked and removed
 *	seen_outside=TIME
 *			since then resolvers outside have shown its record
 *	unconfirmed=yes	its record was removed, but DNS was not found to be
 *			without it since
 *	stream=NAME	it signs only mail of the sources that name this
 *			stream; only in format 3
 *	ending=yes	its stream is to be removed, as for leaving
 *	proof=		base64 of the signature that proves that its record
 *			fits: see record/proof.h
 *
 * Later versions may add names after these; this version keeps them.  The file
 * ends with a newline.  Anything else counts as damage: the file is refused,
 * and the error names the line.  Format 1, which had neither names nor public
 * halves, can still be read; the next writer converts it to format 2.  Format 3
 * is format 2 with streams: a version that does not know them would sign any
 * mail with such keys, so it must refuse the file.
 *
 * The line of a new key is written before its file, as unfinished, with its
 * public half and no time except generated; such lines come last.  If the
 * writer is killed, the next one removes the line and the file: nobody has
 * used that key yet.  Any other file without a line in the state is left
 * alone.  The log is for people: no program bases a decision on it.
 *
 * Times, not flags: a key signs while active_from <= now < retire_at, so
 * that hosts with the same store switch in the same second.  The keys for a
 * message are chosen before its body is read, and the signatures are made
 * after that.  So for KS_HANDOVER seconds, a retired key still signs messages
 * that began before it retired.
 *
 * The folder and everything in it belong to the owner of the key directory.
 * Modes: key directory and domain folders at most 0750; keys 0400; state, log
 * and last use at most 0640.  Anything with a looser mode or another owner is
 * refused; the error names path, mode, owner and the command that fixes it.
 *
 * Selectors are in lower case.
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
#define KS_MAX_OTHERS	 32		/* unknown names of one key */
#define KS_PUBLIC_OCTETS 1152		/* of a public half: RSA-8192 */
#define KS_PUBLIC_SIZE	 1537		/* octets of its text, with its NUL */
#define KS_MAX_PEM	 16384		/* octets of a key file */
#define KS_MAX_LOG_LINE	 2048		/* octets, newline included */
#define KS_SELECTOR_SIZE 64		/* octets, NUL included */
#define KS_STREAM_SIZE	 17		/* octets, NUL included */
#define KS_MAX_CACHE_WAIT 604800	/* s: caches keep nothing longer */
#define KS_NEVER	 ((int64_t)-1)	/* "-": no such time */
#define KS_HANDOVER	 300		/* seconds after retire_at */
#define KS_RECHECK	 10		/* seconds for which signers trust
					 * a state that they have read */

enum ks_errno {
	KS_OK		= 0,
	KS_E_NOMEM	= -1,
	KS_E_SYSTEM	= -2,	/* a system call failed */
	KS_E_NODOMAIN	= -3,	/* the store has no such domain */
	KS_E_NOKEY	= -4,	/* the domain has no such key */
	KS_E_UNSAFE	= -5,	/* wrong owner, mode or kind */
	KS_E_DAMAGED	= -6,	/* a file does not have its format */
	KS_E_EXISTS	= -7,	/* a selector or file already exists */
	KS_E_LOCKED	= -8,	/* another writer locked the domain */
	KS_E_ARG	= -9,	/* not a domain name, not a selector, ... */
	KS_E_CRYPTO	= -10,	/* the crypto library failed */
	KS_E_FORMAT	= -11,	/* a state that a later version wrote */
	KS_E_SEALED	= -12	/* a sealed key that cannot be opened here */
};

/*
 * The one-line text of the last failure: what was tried, on what, why, and
 * how to fix it.  Every function that takes a pointer to one fills it in; the
 * pointer may be NULL.
 */
struct ks_error {
	char	text[1024];
};

struct ks_key {
	char	 selector[KS_SELECTOR_SIZE];
	enum dkimsig_algorithm	algorithm;
	/* Seconds since 1970 UTC, or KS_NEVER. */
	int64_t	 generated, published;
	int64_t	 seen;		/* all servers have shown it since */
	int64_t	 verified;
	int64_t	 active_from, retire_at;
	int64_t	 revoked, removed;
	bool	 strict;		/* not for subdomains */
	bool	 compromised;
	/* Where its record is; "": SELECTOR._domainkey.DOMAIN. */
	char	 record[DKIMSIG_DOMAIN_SIZE];
	/* The compromised key that it replaced; "": none. */
	char	 took_over_from[KS_SELECTOR_SIZE];
	/* When every server said that its name does not exist, or KS_NEVER. */
	int64_t	 absent;
	int64_t	 absent_for;	/* seconds that a cache may keep that */
	bool	 contested;	/* something else was seen there */
	bool	 fresh;		/* its selector was generated for it */
	/* Since when the hook puts off its record's change, or KS_NEVER. */
	int64_t	 delayed;
	bool	 unfinished;	/* never set in keys of a state */
	bool	 leaving;	/* its domain is to be removed */
	bool	 ending;	/* its stream is to be removed */
	/* Resolvers outside have shown its record since; or KS_NEVER. */
	int64_t	 seen_outside;
	/* Its record was removed, and must still be asked for. */
	bool	 unconfirmed;
	/*
	 * Borrowed, even in a copy of the key: these belong to the state that
	 * has the key, and last as long as it does.  ks_state_append() copies
	 * them.
	 */
	const char	*stream;	/* its stream; NULL: a default key */
	const char	*public;	/* p= of its record; NULL: not known */
	const char	*proof;		/* NULL: not made yet */
	const char	*others;	/* unknown names; NULL: none */
};

/*
 * Convert a selector to lower case, as in the store.  Returns false if the
 * text is not a selector, or is too long.
 */
bool	ks_selector_normalize(const char *text,
	    char selector[KS_SELECTOR_SIZE]);

/* Whether the text is a selector in that form. */
bool	ks_selector_is_normal(const char *text);

/*
 * Whether the text is the name of a stream: [a-z][a-z0-9]{0,15}, but not
 * "default".
 */
bool	ks_stream_is_valid(const char *text);

/* Whether the key is of the stream; NULL or "": of the default keys. */
bool	ks_key_is_of(const struct ks_key *key, const char *stream);

/* A key without a history: all times KS_NEVER, the rest zero. */
void	ks_key_init(struct ks_key *key);

/*
 * The keys of one domain, in the order of the file, and separately the
 * unfinished ones: their files are being written, or were when their writer
 * was killed.
 */
struct ks_text;
struct ks_state {
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	struct ks_key	*keys;
	size_t		 nkeys;
	struct ks_key	*unfinished;
	size_t		 nunfinished;
	struct ks_text	*texts;		/* borrowed by the keys */
};

/* An opened key directory. */
struct keystore;

/*
 * Open the key directory: it must exist, be a directory, and be safe as above.
 * Everything below must have the same owner.
 *
 * keys_user is the user that the signers run as, or NULL if it is not known.
 * If this user exists and the caller is root or this user, it must be the
 * owner: with any other owner, no signer could read the keys.  Otherwise root
 * accepts any owner, and other callers accept root and themselves.
 *
 * Returns 0, KS_E_SYSTEM, KS_E_UNSAFE or KS_E_NOMEM.
 */
int	ks_open(struct keystore **ks, const char *keydir,
	    const char *keys_user, struct ks_error *error);

/*
 * Allow messages to look up user names at any time.  Without this, they name
 * only users that were looked up when the store was opened, and give the
 * number of any other.
 */
void	ks_allow_lookups(struct keystore *ks);

/*
 * The command by which a person acts on this store, as messages advise it:
 * "countersign-key", with the options that name another configuration or
 * folder.  The text must stay as long as the store.  Without a store, or until
 * it is set, it is without options.
 */
void	ks_set_command(struct keystore *ks, const char *command);
const char *ks_command(const struct keystore *ks);

/*
 * The owner of the key directory.  False if there is none (ks_open_none()), or
 * if somebody else provides it (mounted.h).
 */
bool	ks_owner(const struct keystore *ks, uid_t *uid, gid_t *gid);

/*
 * From now on, logs name the user that this process runs as now, even if it
 * becomes another user.
 */
void	ks_keep_actor(struct keystore *ks);

/*
 * Whether this process has replaced the state of a domain, or put a domain
 * away, even if that failed in the end.
 */
bool	ks_has_changed(const struct keystore *ks);

/*
 * An empty store, only for reading, in place of a key directory that does not
 * exist yet.  Returns 0 or KS_E_NOMEM.
 */
int	ks_open_none(struct keystore **ks, const char *keydir,
	    struct ks_error *error);
void	ks_close(struct keystore *ks);

/*
 * Read the state of a domain (normalized name).  ks_state_finish() frees it,
 * and also accepts a zeroed state.  Symbolic links are not followed below the
 * key directory.
 */
int	ks_state_read(struct keystore *ks, const char *domain,
	    struct ks_state *state, struct ks_error *error);
void	ks_state_finish(struct ks_state *state);

/*
 * What identifies one version of the state file: a reader that keeps a parsed
 * state compares stamps to see whether it is stale.
 */
struct ks_stamp {
	uint64_t	dev, ino, size;
	int64_t		mtime_ns, ctime_ns;
};
int	ks_state_stamp(struct keystore *ks, const char *domain,
	    struct ks_stamp *stamp, struct ks_error *error);

/*
 * Whether a key signs at that time: active_from <= now < retire_at, and it is
 * neither revoked nor removed; these two count even if their time is in the
 * future.
 */
bool	ks_key_is_active(const struct ks_key *key, int64_t now);

/*
 * Whether a request to sign with a key may be granted at that time: the key is
 * active, or retired less than KS_HANDOVER seconds ago, so that messages for
 * which it was chosen before are still signed.  A key that is revoked, removed
 * or compromised has no such grace period.
 */
bool	ks_key_may_sign(const struct ks_key *key, int64_t now);
const struct ks_key *ks_state_find(const struct ks_state *state,
	    const char *selector);

/* Whether the domain is to be removed: some key is marked as leaving. */
bool	ks_state_is_leaving(const struct ks_state *state);

/*
 * Whether a stream is to be removed: some key of it is marked as ending, and is
 * not gone yet.
 */
bool	ks_state_is_ending(const struct ks_state *state, const char *stream);

/*
 * Load a private key, after checking: owner and mode; the algorithm, which
 * must be the one in the state; for RSA, 2048 to 8192 bits; that what the
 * private half signs verifies with the public half; and that the public half
 * is the one in the state, if the state has one.  The caller frees *pkey.  The
 * PEM text is wiped.  KS_E_SEALED if the file is sealed, and all is well as far
 * as can be seen without opening it (see sealer.h), but this process cannot.
 * KS_E_DAMAGED if the file is not such a key, and KS_E_CRYPTO if that cannot be
 * known, because OpenSSL fails.
 */
int	ks_key_load(struct keystore *ks, const char *domain,
	    const struct ks_key *key, EVP_PKEY **pkey,
	    struct ks_error *error);

/*
 * The public half of a key as in p= of its record: ks_public_octets() gives
 * the octets, and returns their number or 0 on failure; ks_public_print()
 * gives their base64, and returns 0 or KS_E_CRYPTO.
 */
size_t	ks_public_octets(EVP_PKEY *pkey,
	    unsigned char octets[KS_PUBLIC_OCTETS]);
int	ks_public_print(EVP_PKEY *pkey, char text[KS_PUBLIC_SIZE]);

/* The public key in such a text; NULL if the text is not one. */
EVP_PKEY *ks_public_parse(const char *text, enum dkimsig_algorithm algorithm);

/*
 * Read the public halves that a state does not have from the key files; files
 * that cannot be used are skipped.  Returns 0 or KS_E_NOMEM.
 */
int	ks_public_fill(struct keystore *ks, struct ks_state *state);

/* The size of the modulus; 256 for Ed25519. */
unsigned int ks_key_bits(const EVP_PKEY *pkey);

/*
 * Whether OpenSSL reads and uses a key that is known to be good.  In FIPS mode,
 * where this key may not exist, true.  If false, OpenSSL's errors say why.
 */
bool	ks_crypto_works(void);

/* Whether the selector has a private key file.  Returns 0 or KS_E_*. */
int	ks_key_exists(struct keystore *ks, const char *domain,
	    const char *selector, bool *exists, struct ks_error *error);

/*
 * Call each for every domain of the store, in sorted order.  Stops if each
 * returns non-zero, and returns that.
 */
int	ks_each_domain(struct keystore *ks,
	    int (*each)(const char *domain, void *arg), void *arg,
	    struct ks_error *error);

/* -- Writers ------------------------------------------------------------- */

/*
 * Create the key directory with mode 0700 and that owner, and missing parent
 * directories with mode 0755.  An existing one is left unchanged.  Returns 0 or
 * KS_E_SYSTEM.
 */
int	ks_make(const char *keydir, uid_t owner, gid_t group,
	    struct ks_error *error);

/*
 * Lock the store for a run over all its domains.  This keeps out other runs,
 * but not writers of a single domain.  Never waits: KS_E_LOCKED if another run
 * holds the lock.  The caller closes *fd, which releases the lock.
 */
int	ks_run_lock(struct keystore *ks, int *fd, struct ks_error *error);

/*
 * Lock the store for a push to other hosts, so that pushes are numbered in the
 * order in which they are made.  Waits up to that many seconds.
 */
int	ks_push_lock(struct keystore *ks, unsigned int wait_s, int *fd,
	    struct ks_error *error);

/*
 * Lock one domain; with create, its folder is created if it does not exist.
 * Never waits: KS_E_LOCKED if another writer holds the lock.  The caller must
 * be root or the owner of the key directory (KS_E_UNSAFE).
 */
struct ks_lock;
int	ks_lock(struct keystore *ks, const char *domain, bool create,
	    struct ks_lock **lock, struct ks_error *error);
void	ks_unlock(struct ks_lock *lock);

/*
 * Add a key and copies of its texts to a state in memory; an unfinished key is
 * added to the unfinished ones.  Returns 0 or KS_E_NOMEM.
 */
int	ks_state_append(struct ks_state *state, const struct ks_key *key);

/* A copy of the text that lasts as long as the state; NULL: out of memory. */
const char *ks_state_keep(struct ks_state *state, const char *text,
	    size_t len);

/*
 * Replace the state: write a temporary file, fsync, rename, fsync the folder.
 * Missing public halves are filled in first, and the proofs of removed keys
 * dropped.
 */
int	ks_state_write(struct ks_lock *lock, struct ks_state *state,
	    struct ks_error *error);

/* A key to store. */
struct ks_new {
	EVP_PKEY	*pkey;	/* borrowed */
	const char	*step;	/* for the log: "generate" or "import" */
	const char	*text;	/* for the log, after the step */
	struct ks_key	 key;	/* its public and proof may be NULL */
};

/*
 * Store new keys: their files, a log line for each, and their lines in the
 * state, on disk and in memory.  On failure, all of this is undone, as far as
 * the disk allows; a key that cannot be undone remains in the state in memory,
 * finished or unfinished.  If the process is killed at any moment,
 * ks_recover() undoes everything that is left.
 *
 * Returns 0, KS_E_EXISTS (a selector already has a line or a file; nothing was
 * changed), KS_E_ARG (the domain is leaving), or another KS_E_*.
 */
int	ks_keys_store(struct ks_lock *lock, struct ks_state *state,
	    const struct ks_new *new, size_t nnew, int64_t now,
	    struct ks_error *error);

/*
 * Add a key that has a file but no line in the state: log it, and add its line
 * on disk and in memory.  Returns 0 or KS_E_*.
 */
int	ks_key_adopt(struct ks_lock *lock, struct ks_state *state,
	    const struct ks_new *new, int64_t now, struct ks_error *error);

/*
 * Undo what a killed writer left unfinished: remove the files, and the lines
 * in memory; the next writer of the state removes the lines on disk.  A file
 * that holds a key other than the one in the line is left alone.  Returns 0 or
 * KS_E_*.
 */
int	ks_recover(struct ks_lock *lock, struct ks_state *state, int64_t now,
	    struct ks_error *error);

/* Write a new private key; never overwrites (KS_E_EXISTS). */
int	ks_key_store(struct ks_lock *lock, const char *selector,
	    EVP_PKEY *pkey, struct ks_error *error);

/*
 * Remove the file of a key that is unfinished in the state on disk.  It is not
 * an error if the file is already gone.  The file is left alone (KS_E_EXISTS)
 * if the key is not unfinished in the state, if the file holds another key, or
 * if the key has signed, which means that this state is an old copy.
 */
int	ks_key_discard(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

/*
 * Remove the private key file and the last-use file of a key whose record was
 * removed according to the state (otherwise KS_E_EXISTS).  Its line stays.  It
 * is not an error if the private key file is already gone.
 */
int	ks_key_destroy(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

/*
 * Move the folder of a domain that was removed, with its state and its log, to
 * .archive in the key directory, and put its new path into path.  All its keys
 * must be removed and destroyed according to the state on disk (otherwise
 * KS_E_EXISTS).  The lock is then of the archived folder: only ks_unlock() may
 * follow.
 */
int	ks_archive(struct ks_lock *lock, int64_t now, char *path,
	    size_t pathsize, struct ks_error *error);

/* Whether keys of a domain were archived before.  Returns 0 or KS_E_*. */
int	ks_was_archived(struct keystore *ks, const char *domain, bool *was,
	    struct ks_error *error);

/* Whether this was so, and the domain has no folder now.  0 or KS_E_*. */
int	ks_is_archived(struct keystore *ks, const char *domain, bool *is,
	    struct ks_error *error);

/*
 * Append a line to the log: "<time> <user> <selector> <step>: <text>"; KS_E_ARG
 * if it is longer than KS_MAX_LOG_LINE or contains a control character.
 */
int	ks_log_append(struct ks_lock *lock, int64_t now, const char *selector,
	    const char *step, const char *text, struct ks_error *error);

#endif /* KEYSTORE_H */

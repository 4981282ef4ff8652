/* SPDX-License-Identifier: ISC */

/*
 * Declarations that the files of the key store share.
 */

#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdatomic.h>

#include "base/user_name.h"
#include "store/keystore.h"
#include "store/master.h"

struct keystore {
	char	*path;		/* as given; for messages only */
	int	 fd;
	uid_t	 owner;		/* of the key directory and its content */
	gid_t	 group;
	mode_t	 mode;
	char	 owner_name[USER_NAME_SIZE];
	/* The user that the signers run as, if that is known. */
	bool	 has_signers;
	uid_t	 signers;
	char	 signers_name[USER_NAME_SIZE];
	bool	 may_look_up;	/* names of other users */
	const char *command;	/* borrowed; NULL: without options */
	char	 actor[USER_NAME_SIZE];	/* "": who runs this process */
	bool	 is_mounted;	/* see mounted.h */
	struct ks_sealer *sealer;	/* borrowed; NULL: none */
	struct keystore	*uses;	/* has the last uses; NULL: not known */
	const struct ks_master *master;	/* asked first; NULL: none */
	bool	 is_mirror;	/* see master.h */
	atomic_bool	 has_changed;	/* by us: see ks_has_changed() */
	bool		 is_stage;	/* nothing is synced: see stage.h */
	bool		 stage_seals;	/* of a stage: its keys are sealed */
};

struct ks_lock {
	struct keystore	*ks;	/* borrowed */
	int		 fd;	/* of the lock file */
	int		 dirfd;	/* of the domain's folder */
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	int64_t		 term;	/* see ks_lock_term() */
};

/* Mode bits that files in the store must not have. */
#define KS_LOOSE_DIR	0027u
#define KS_LOOSE_KEY	0377u
#define KS_LOOSE_FILE	0137u

/* In a mounted key directory; of a domain. */
#define STORE_NOT_IN_VOLUME	"no keys for %s in this volume: put its " \
	"state and key files into it, where the volume comes from"

#define KS_MODE_KEY	0400u
#define KS_MODE_FILE	0640u
#define KS_MODE_LOCK	0600u

#define KS_STATE_FILE	"state"
#define KS_LOG_FILE	"log"
#define KS_LOCK_FILE	".lock"
#define KS_PUSH_FILE	".push"
#define KS_RUN_FILE	".run"		/* in the key directory itself */
/* A file being written, before it gets its name; at most one in a folder. */
#define KS_TEMP_FILE	".new"

/* Room for "selector.pem" and its NUL. */
#define KS_KEYFILE_SIZE	(KS_SELECTOR_SIZE + 4)

/*
 * A place in the store: the key directory (domain and name NULL), the folder
 * of a domain (name NULL), or a file in it.  Borrows all that it points to.
 */
struct place {
	struct keystore	*ks;
	const char	*domain;
	const char	*name;
	int		 dirfd;	/* folder that name is in, or -1 */
};

/* The path of a place, for messages; truncated if too long. */
void	place_path(const struct place *place, char *buf, size_t bufsize);

/*
 * Set the text of an error to "PATH: " and what follows, and return code.
 * error may be NULL.
 */
int	place_fail(const struct place *place, struct ks_error *error,
	    int code, const char *format, ...)
	    __attribute__((format(printf, 4, 5)));

/*
 * The same, with ": " and the text of errno appended.  Returns KS_E_UNSAFE if
 * errno is about what stands in that place, otherwise KS_E_SYSTEM.
 */
int	place_fail_errno(const struct place *place, struct ks_error *error,
	    const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * Check the open file fd: it must be a directory for KS_LOOSE_DIR, otherwise a
 * regular file; belong to the owner of the store; and have none of the loose
 * bits in its mode.
 */
int	place_check(const struct place *place, int fd, unsigned int loose,
	    struct ks_error *error);

/* Remember the user that should own the store; keys_user may be NULL. */
void	store_owner_init(struct keystore *ks, const char *keys_user);

/* Check owner and mode of the key directory when it is opened. */
int	store_check_keydir(struct keystore *ks, struct ks_error *error);

/* Check that the key directory is on a local file system. */
int	store_check_local(struct keystore *ks, struct ks_error *error);

/* Check that this process may write to the store, and that it can be written
 * to safely. */
int	store_check_writer(struct keystore *ks, struct ks_error *error);

/*
 * Set the error for a file that this process may not open: who owns it, and
 * who should.  name is the name of place, relative to dirfd.  Returns
 * KS_E_UNSAFE.
 */
int	store_unreadable(const struct place *place, int dirfd,
	    const char *name, struct ks_error *error);

/*
 * The lock of the key directory itself, under which its own files and the
 * folders of domains are made.  Never waits: KS_E_LOCKED.  Closing *fd releases
 * it.
 */
int	store_lock_keydir(struct keystore *ks, int *fd, struct ks_error *error);

/*
 * How many seconds to wait for it if a write must not fail only because another
 * process writes.  The lock is held while a file is replaced, but a machine may
 * be busy.
 */
#define STORE_BRIEFLY_S	30

/* The same, but wait up to that many seconds for another writer. */
int	store_wait_keydir(struct keystore *ks, unsigned int wait_s, int *fd,
	    struct ks_error *error);

/*
 * Ask the master of the store, if it has one, before a state is replaced, or a
 * domain archived.  Return 0 or KS_E_*.
 */
int	store_ask_write(struct ks_lock *lock, const struct ks_state *state,
	    struct ks_error *error);
int	store_ask_end(struct ks_lock *lock, struct ks_error *error);
int	store_ask_destroy(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

/*
 * Begin a new term of pushes (generation.h), as this host takes over.  The
 * caller holds the lock of the key directory.
 */
int	store_generation_take_over(struct keystore *ks, int64_t now,
	    struct ks_error *error);

/*
 * Append a line to the log of the store, keydir/log, in the form of those of
 * domains.  The caller holds the lock of the key directory.
 */
int	store_log_append(struct keystore *ks, int64_t now, const char *step,
	    const char *text, struct ks_error *error);

/*
 * Open the directory that the folders of domains are in: the key directory
 * itself, or, if it is mounted, what it has now.  The caller closes *fd.
 */
int	store_open_base(struct keystore *ks, int *fd, struct ks_error *error);

/*
 * In a mounted store: check a directory or a regular file; replace *fd, that of
 * a directory, by that of the directory to which "..data" in it leads, if that
 * exists; and say whether the folder of a domain (NULL: the base) was replaced
 * since it was opened as dirfd (false in any other store).
 */
int	store_check_mounted_dir(const struct place *place, int fd,
	    struct ks_error *error);
int	store_check_mounted_file(const struct place *place, int fd,
	    struct ks_error *error);
int	store_follow_data(const struct place *place, int *fd,
	    struct ks_error *error);
bool	store_was_replaced(struct keystore *ks, const char *domain, int dirfd);

/* Times that a mounted directory may be replaced while it is read. */
#define MAX_REPLACED	10

/*
 * Read a file of a domain as place_read() does, from its folder as it is now.
 * place->dirfd is not used.
 */
int	store_read_file(const struct place *place, unsigned int loose,
	    size_t max, char **text, size_t *len, struct ks_error *error);

/* The same, only for what fstat(2) tells of the file. */
int	store_stat_file(const struct place *place, struct stat *st,
	    struct ks_error *error);

/* Open and check the folder of a domain.  The caller closes *fd. */
int	store_open_domain(struct keystore *ks, const char *domain, int *fd,
	    struct ks_error *error);

/*
 * Open and check a file for reading, and read all of it: at most max octets
 * (more is KS_E_DAMAGED).  *text has a NUL after its *len octets; the caller
 * frees it by place_free_text() with that len.  KS_E_NOKEY if the file does
 * not exist.
 */
int	place_read(const struct place *place, unsigned int loose, size_t max,
	    char **text, size_t *len, struct ks_error *error);
void	place_free_text(char *text, size_t len);

/* Make "selector.pem"; false if the selector is not valid. */
bool	store_key_name(const char *selector, char name[KS_KEYFILE_SIZE]);

/* Set the name of place to "selector.used", in name. */
#define STORE_USED_SUFFIX	".used"
#define STORE_USED_SIZE		(KS_SELECTOR_SIZE + sizeof(STORE_USED_SUFFIX))
int	store_used_name(struct place *place, const char *selector,
	    char name[STORE_USED_SIZE], struct ks_error *error);

/*
 * In the state directory of a mounted store, make the files of last_use.h for
 * all its keys, as far as possible: a failure is logged when a key signs.
 */
void	store_make_mounted_uses(struct keystore *ks);

/*
 * Give the open file fd the store's owner and group, and that mode.
 * Returns 0, or -1 with errno set.
 */
int	store_set_owner(struct keystore *ks, int fd, unsigned int mode);

/*
 * Create KS_TEMP_FILE in the folder of place with that mode and the store's
 * owner, write text to it and sync it.  place names the file that it will
 * become.  On error, no file is left.  The caller holds a lock.
 */
int	place_write_temp(const struct place *place, unsigned int mode,
	    const void *text, size_t len, struct ks_error *error);

/*
 * Give the temporary file the name of place, which must be free
 * (KS_E_EXISTS).  The temporary name is removed, also on error.
 */
int	place_link_temp(const struct place *place, struct ks_error *error);

/*
 * Open and check a file that is written in place, and call make first if it
 * does not exist.  flags are those of open(2) for its use.  The caller closes
 * *fd, which is -1 on failure.
 */
int	place_open_or_make(const struct place *place, int flags,
	    int (*make)(const struct place *place, struct ks_error *error),
	    int *fd, struct ks_error *error);

/*
 * Replace the file of place, or create it: readers see the old text or the
 * new one, whole.  The caller holds a lock.
 */
int	place_replace(const struct place *place, unsigned int mode,
	    const void *text, size_t len, struct ks_error *error);

/* fsync(2), but in a stage: there all is synced at once. */
int	store_sync(const struct keystore *ks, int fd);

/* Sync the folder of place, so that a new name survives a power failure. */
int	place_sync(const struct place *place, struct ks_error *error);

#endif /* STORE_PRIVATE_H */

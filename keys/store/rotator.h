/* SPDX-License-Identifier: ISC */

/*
 * Which host rotates the keys of a store: the files
 *
 *	keydir/rotator
 *	keydir/store-id
 *
 * The same keys may be on several hosts, but only one of them may rotate.  If
 * two did, each would publish, revoke and remove records that the other does
 * not know of.  A copy of the store brings these files with it, and there the
 * host in them is another one: that host signs, but changes nothing.
 *
 * store-id has one line, the random number that the store got when it was first
 * written: 64 hexadecimal digits.  rotator has the lines
 *
 *	countersign-rotator 1
 *	store NUMBER
 *	host HASH NAME
 *
 * NUMBER is that of store-id.  HASH is HMAC-SHA256 of this number, keyed with
 * the machine ID of the host that rotates, or with its name if the
 * configuration gives it one; so the machine ID itself is not disclosed.  NAME
 * is for people.
 *
 * A store with neither file was written before there were any, and belongs to
 * the first host that changes something.  If rotator is lost, store-id still
 * says that the store belongs to some host, and nothing changes it before a
 * person says that this is the one.
 */

#ifndef ROTATOR_H
#define ROTATOR_H

#include "store/keystore.h"

#define KS_HOST_NAME_SIZE	256	/* octets, NUL included */
#define KS_MACHINE_ID_FILE	"/etc/machine-id"
#define KS_STORE_ID_SIZE	65	/* octets, NUL included */

/* A host: how it is told from others, and its name for people. */
struct ks_host {
	char	name[KS_HOST_NAME_SIZE];
	char	secret[KS_HOST_NAME_SIZE + 8];
};

/*
 * This host: name is what the configuration calls it, or NULL for its machine
 * ID.  Returns 0, or KS_E_ARG if there is no machine ID (many containers) or
 * the name is not a word of letters, digits, dots, hyphens and underscores; the
 * error says to set host.
 */
int	ks_host_init(struct ks_host *host, const char *name,
	    const char *machine_id_file, struct ks_error *error);

/* The contents of rotator, which hosts that follow have, too. */
struct ks_holder {
	char	id[KS_STORE_ID_SIZE];
	char	hash[KS_STORE_ID_SIZE];
	char	name[KS_HOST_NAME_SIZE];
};

enum ks_rotator_state {
	KS_ROTATOR_NONE,	/* no host has rotated the store yet */
	KS_ROTATOR_LOST,	/* some host has, but its file is lost */
	KS_ROTATOR_SELF,	/* this host */
	KS_ROTATOR_OTHER
};

struct ks_rotator {
	enum ks_rotator_state	state;
	char	name[KS_HOST_NAME_SIZE];	/* SELF and OTHER */
	char	id[KS_STORE_ID_SIZE];		/* "": none yet */
};

/*
 * Which host rotates.  Returns 0, or KS_E_*: KS_E_DAMAGED if a file is not as
 * described.
 */
int	ks_rotator_read(struct keystore *ks, const struct ks_host *host,
	    struct ks_rotator *rotator, struct ks_error *error);

/* Read rotator.  Returns 0, KS_E_NOKEY if it does not exist, or KS_E_*. */
int	ks_rotator_holder(struct keystore *ks, struct ks_holder *holder,
	    struct ks_error *error);

/* Whether a text may be the name of a host. */
bool	ks_host_name_is_valid(const char *name);

/*
 * Make this store one that follows that host, which is about to push its keys:
 * it must be empty, or a copy of the store that is pushed, and the host must be
 * another one than this (otherwise KS_E_ARG).  Waits and returns as
 * ks_rotator_adopt().
 */
int	ks_rotator_follow(struct keystore *ks, const struct ks_host *host,
	    const struct ks_holder *holder, unsigned int wait_s,
	    struct ks_error *error);

/*
 * Make this host the one that rotates if no host is yet and the store has a
 * domain, and complete what a killed call left.  *rotator is as after
 * ks_rotator_read(); if its state is not SELF or NONE, nothing was changed.
 * Waits up to that many seconds for another process.  Returns 0 or KS_E_*.
 */
int	ks_rotator_adopt(struct keystore *ks, const struct ks_host *host,
	    unsigned int wait_s, struct ks_rotator *rotator,
	    struct ks_error *error);

/*
 * Make this host the one that rotates, whichever it was before, and enter that
 * in keydir/log; damaged files are replaced.  before is what was read.  Waits
 * and returns as ks_rotator_adopt().
 */
int	ks_rotator_take(struct keystore *ks, const struct ks_host *host,
	    const struct ks_rotator *before, int64_t now, unsigned int wait_s,
	    struct ks_error *error);

#endif /* ROTATOR_H */

/* SPDX-License-Identifier: ISC */

/*
 * What other hosts have of the keys that this host pushes to them (sync): the
 * file
 *
 *	keydir/hosts
 *
 * with the first line "countersign-hosts 1".  For each host there is a line,
 * followed by one for each key that the host has taken, sorted by name:
 *
 *	host NAME REACHED FAILING TEXT
 *	key DOMAIN SELECTOR GENERATED TAKEN UNTIL SINCE USED
 *
 * REACHED is when the last push to the host ended well.  FAILING is since when
 * pushes have failed, and TEXT why the last one did; both are "-" if it did
 * not.  TAKEN is when the host first proved by a test signature that it can
 * sign with the key.  SINCE is when the host took the state in which the key
 * stops signing at UNTIL, and USED when the key last signed there, "never", or
 * "-" if that is not known yet.  All times are RFC 3339 in UTC, or "-".
 *
 * If the file is lost, all keys are pushed and proved again; until then, new
 * keys do not start to sign, and no record is revoked.
 */

#ifndef HOSTS_FILE_H
#define HOSTS_FILE_H

#include "store/keystore.h"
#include "store/rotator.h"

#define KS_MAX_HOSTS		16		/* other hosts of a store */
#define KS_MAX_HOSTS_FILE	67108864	/* octets */
#define KS_HOST_FAULT_SIZE	512		/* octets, NUL included */

struct ks_host_key {
	char	*name;		/* "DOMAIN SELECTOR"; owned by the list */
	int64_t	 generated;
	int64_t	 taken;		/* or KS_NEVER, as the others */
	int64_t	 until;
	int64_t	 since;
	int64_t	 used;
	bool	 is_final;	/* used is known, and will not change */
};

struct ks_host_record {
	char			 host[KS_HOST_NAME_SIZE];
	int64_t			 reached;
	int64_t			 failing;
	char			 fault[KS_HOST_FAULT_SIZE];
	struct ks_host_key	*keys;		/* sorted by name */
	size_t			 nkeys;
};

struct ks_hosts {
	struct ks_host_record	*list;
	size_t			 n;
};

/*
 * Read the file; a missing one has no hosts.  Free it by ks_hosts_finish(),
 * which accepts a zeroed list.  Returns 0, KS_E_DAMAGED, or another KS_E_*; the
 * list is empty then.
 */
int	ks_hosts_read(struct keystore *ks, struct ks_hosts *hosts,
	    struct ks_error *error);
void	ks_hosts_finish(struct ks_hosts *hosts);

/* Replace the file.  Waits for the lock.  Returns 0 or KS_E_*. */
int	ks_hosts_write(struct keystore *ks, const struct ks_hosts *hosts,
	    unsigned int wait_s, struct ks_error *error);

/* The record of a host, or NULL. */
struct ks_host_record *ks_hosts_find(const struct ks_hosts *hosts,
	    const char *host);

/* The same, and add an empty one if there is none; NULL: out of memory. */
struct ks_host_record *ks_hosts_get(struct ks_hosts *hosts,
	    const char *host);

/* What the host has of a key, or NULL; a key that was replaced is another. */
const struct ks_host_key *ks_host_key(const struct ks_host_record *record,
	    const char *domain, const struct ks_key *key);

/*
 * Replace the keys of a record by these, which it takes and sorts; the names
 * are freed with it.
 */
void	ks_host_take_keys(struct ks_host_record *record,
	    struct ks_host_key *keys, size_t nkeys);

#endif /* HOSTS_FILE_H */

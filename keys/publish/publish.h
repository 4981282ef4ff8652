/* SPDX-License-Identifier: ISC */

/*
 * Room keys/publish: puts records into DNS and removes them.
 *
 * Putting TXT records into DNS: by RFC 2136 UPDATE with TSIG, by a hook
 * program, or not at all if records are published by hand.
 *
 * Every change is idempotent: one that is already made succeeds.  No change
 * touches a record that is not the expected one: the prerequisite of an UPDATE
 * is what was seen before at the primary server.
 */

#ifndef PUBLISH_H
#define PUBLISH_H

#include <stdint.h>

#include "store/keystore.h"

struct dns_zones;
struct file_user;
struct rotation;

enum publish_result {
	PUBLISH_DONE,
	PUBLISH_WAS_SO,		/* nothing had to be done */
	PUBLISH_LATER,		/* no answer, SERVFAIL, EX_TEMPFAIL: retry */
	PUBLISH_CONFLICT,	/* another record exists: not touched */
	PUBLISH_FAILED		/* REFUSED, NOTAUTH, BADKEY, hook failed */
};

struct publish_change {
	const char	*domain;	/* whose key it is */
	const char	*name;		/* of the TXT record */
	/* Joined values; NULL: none.  from is what may exist before. */
	const char	*from;		/* other than "to" or nothing */
	const char	*to;
	uint32_t	 ttl;		/* seconds */
};

/*
 * What a run needs to publish for one policy: the TSIG key is read once.  It
 * and the hook must be usable for that user, who runs rotation.
 * read_clock returns seconds since 1970, for the time of a TSIG.
 * ROTATION_MANUAL is refused (KS_E_ARG).  Safe for any number of threads.
 */
struct publisher;
int	publisher_new(struct publisher **publisher,
	    const struct rotation *rotation, const struct file_user *user,
	    struct dns_zones *zones, int64_t (*read_clock)(void),
	    struct ks_error *error);
void	publisher_free(struct publisher *publisher);

/*
 * Make the change: (NULL, to) adds, (from, to) replaces, (from, NULL)
 * removes.  For all results except DONE and WAS_SO, error has the reason, with
 * server, zone and record, or program, and how to fix it; for DONE, it has a
 * short text for the log: "server 127.0.0.1 accepted the update of zone ...".
 */
enum publish_result publish_change(struct publisher *publisher,
	    const struct publish_change *change, struct ks_error *error);

#endif /* PUBLISH_H */

/* SPDX-License-Identifier: ISC */

/*
 * Room keys/publish: puts records into DNS and removes them.
 *
 * Publishing TXT records: by UPDATE (RFC 2136) with TSIG, or by a hook program.
 *
 * Every change is idempotent: if DNS already shows the result, it succeeds.  An
 * UPDATE never changes a record other than the expected one: its prerequisite
 * is what the server showed just before.  A hook has no such check, so its
 * caller queries DNS first.
 */

#ifndef PUBLISH_H
#define PUBLISH_H

#include <stdint.h>

#include "store/keystore.h"

struct dns_zones;
struct file_user;
struct publish_crew;
struct rotation;

enum publish_result {
	PUBLISH_DONE,
	PUBLISH_UNCHANGED,	/* nothing to change */
	PUBLISH_LATER,		/* no answer, SERVFAIL, EX_TEMPFAIL: retry */
	PUBLISH_CONFLICT,	/* another record exists and is not touched */
	PUBLISH_FAILED		/* REFUSED, NOTAUTH, BADKEY, hook failed */
};

struct publish_change {
	const char	*domain;	/* whose key it is */
	const char	*name;		/* of the TXT record */
	/* TXT values, strings joined; NULL: no record. */
	const char	*from;		/* the record that may be changed */
	const char	*to;		/* the record wanted */
	uint32_t	 ttl;		/* seconds */
	/*
	 * Of monotonic_ms(): from then on the change does not begin; 0: no
	 * limit.  Compared last of all, once an update is signed, or in the
	 * process that becomes the hook.  What has begun takes effect in a
	 * limited time: an update until its TSIG is out of date.
	 */
	int64_t		latest_ms;
};

/* What all publishers of a run share; borrowed. */
struct publish_means {
	/* Runs rotation; the TSIG key or the hook must be usable for it. */
	const struct file_user	*user;
	struct dns_zones	*zones;
	struct publish_crew	*crew;
	/* Seconds since 1970, to check the time of a TSIG. */
	int64_t			 (*read_clock)(void);
};

/*
 * What a run needs to publish for one policy.  The TSIG key is read once.
 * rotation is borrowed.  Returns 0 or KS_E_*; KS_E_ARG if records are published
 * by hand (ROTATION_MANUAL).  Safe for any number of threads.
 */
struct publisher;
int	publisher_new(struct publisher **publisher,
	    const struct rotation *rotation,
	    const struct publish_means *means, struct ks_error *error);
void	publisher_free(struct publisher *publisher);

/* How long a change may go on, in ms, if what has begun it is killed. */
int64_t	publish_span_ms(const struct rotation *rotation);

/*
 * Make the change: (NULL, to) adds a record, (from, to) replaces it, and (from,
 * NULL) removes it.  error always gets a text.  For DONE and UNCHANGED it is
 * one for the log: "server 127.0.0.1 accepted the update of zone ...".
 * Otherwise it is the reason, with server, zone and record, or the program, and
 * how to fix it.
 */
enum publish_result publish_change(struct publisher *publisher,
	    const struct publish_change *change, struct ks_error *error);

#endif /* PUBLISH_H */

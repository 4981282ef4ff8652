/* SPDX-License-Identifier: ISC */

/*
 * What the ways of publishing share.
 */

#ifndef PUBLISH_PRIVATE_H
#define PUBLISH_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>

#include "config/config.h"
#include "probe/query.h"
#include "probe/zone.h"
#include "publish/hook_batch.h"
#include "publish/publish.h"
#include "publish/tsig.h"

/*
 * A hook that puts a change off is tried HOOK_TRIES times.  Pauses are made
 * for HOOK_PATIENCE_MS in a run, from the first such answer on: a provider
 * that is down for long does not hold up a run over many domains.
 */
#define HOOK_LIMIT_MS		60000	/* for the program */
#define HOOK_TRIES		3
#define HOOK_PATIENCE_MS	300000
#define HOOK_PAUSES_MS		{ 30000, 90000 }
#define HOOK_SPAN_MS		310000	/* all tries and pauses; or a batch */

/* An update that was sent is answered by then, or its answer is not awaited. */
#define UPDATE_SPAN_MS	(2 * DNS_QUERY_TIMEOUT_MS * DNS_QUERY_TRIES)

/*
 * The most updates a second that one run sends for one policy, so that a server
 * that also answers receivers is not flooded by many domains at once.
 */
#define PUBLISH_MAX_RATE	100

struct publisher {
	const struct rotation		*rotation;	/* borrowed */
	struct dns_zones		*zones;		/* borrowed */
	int64_t				 (*clock)(void); /* since 1970 */
	struct tsig_key			 tsig;		/* for UPDATE */
	struct dns_address		 server;	/* if has_server */
	bool				 has_server;	/* update_server */

	struct publish_crew		*crew;
	struct hook_batch		 batch;
	pthread_mutex_t			 mutex;		/* of all below */
	unsigned int			 pauses_ms[HOOK_TRIES - 1];
	/* Monotonic; 0: unset. */
	int64_t				 patient_until;
	int64_t				 next_update;
};

/* Set the text of error.  Returns result. */
enum publish_result publish_end(enum publish_result result,
	    struct ks_error *error, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/* Whether a change may begin; if not, error is as of publish_too_late(). */
bool	publish_may_begin(const struct publish_change *change,
	    struct ks_error *error);

/* The error of one that may not.  Returns PUBLISH_LATER. */
enum publish_result publish_too_late(const struct publish_change *change,
	    struct ks_error *error);

/* The hook was not started; code is that of PROGRAM_NOT_RUN. */
enum publish_result publish_no_start(const char *hook,
	    const struct publish_change *change, int code,
	    struct ks_error *error);

/* Wait until one more update may be sent at PUBLISH_MAX_RATE. */
void	publish_wait_for_turn(struct publisher *publisher);

enum publish_result publish_by_update(struct publisher *publisher,
	    const struct publish_change *change, struct ks_error *error);
enum publish_result publish_by_hook(struct publisher *publisher,
	    const struct publish_change *change, struct ks_error *error);

/* Check that the user can run the hook, and that nobody else can change it. */
int	publish_check_hook(const char *hook, const struct file_user *user,
	    struct ks_error *error);

#endif /* PUBLISH_PRIVATE_H */

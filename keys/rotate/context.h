/* SPDX-License-Identifier: ISC */

/*
 * What the steps of one run share, whether it is for one domain or for all:
 * the store, the policies, the access to DNS.
 */

#ifndef ROTATION_RUN_H
#define ROTATION_RUN_H

#include <pthread.h>
#include <stdbool.h>

#include "config/config.h"
#include "config/user_file.h"
#include "life/lifecycle.h"
#include "probe/sight.h"
#include "publish/publish.h"
#include "store/keystore.h"

struct rotation_run {
	struct keystore		*ks;		/* borrowed, as all below */
	const char		*keydir;
	const struct config	*config;
	/*
	 * Seconds since 1970.  A run takes minutes: it waits for locks, name
	 * servers and signers.  So each decision reads the clock once, and the
	 * next one reads it again: compared with an old reading, times entered
	 * since then would lie in the future.  The clock for an entry is read
	 * when the step is done.
	 */
	int64_t			 (*clock)(void);
	unsigned int		 wait_s;	/* for the lock of a domain */
	bool			 dry_run;

	int64_t			 queue_lifetime;	/* of the MTA */
	/* keys_user, who runs rotation; the caller if there is none. */
	struct file_user	 user;
	struct dns_zones	*zones;
	/* One for each of config->rotations, created when needed. */
	struct publisher	**publishers;
	struct dns_resolvers	 resolvers;
	/* Files of several domains cannot be used: see files.c. */
	bool			 was_surveyed, is_widespread;
	pthread_mutex_t		 mutex;		/* of publishers, survey */
};

/* Returns 0 or KS_E_*; rotation_run_finish() in either case. */
int	rotation_run_init(struct rotation_run *run, struct keystore *ks,
	    const struct config *config, int64_t (*read_clock)(void),
	    struct ks_error *error);
void	rotation_run_finish(struct rotation_run *run);

/*
 * The publisher of a policy, which lasts as long as the run; *publisher is
 * NULL if records are published by hand.  Safe for threads.
 */
int	rotation_run_publisher(struct rotation_run *run,
	    const struct rotation *rotation, struct publisher **publisher,
	    struct ks_error *error);

#endif /* ROTATION_RUN_H */

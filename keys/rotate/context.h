/* SPDX-License-Identifier: ISC */

/*
 * What all steps of one run share, for one domain or for many: the store, the
 * policies and the access to DNS.
 */

#ifndef ROTATION_RUN_H
#define ROTATION_RUN_H

#include <pthread.h>
#include <stdbool.h>

#include "config/config.h"
#include "config/user_file.h"
#include "life/lifecycle.h"
#include "probe/sight.h"
#include "probe/silents.h"
#include "publish/crew.h"
#include "publish/publish.h"
#include "rotate/holdings.h"
#include "store/hosts_file.h"
#include "store/keystore.h"

struct talk;

/* A change of DNS, as it is noted for other hosts. */
struct rotation_intent {
	const char	*domain, *selector;
	const char	*record;	/* its name */
	const char	*was, *wanted;	/* TXT values; NULL: no record */
	int64_t		 span_ms;	/* it may take, once it has begun */
	int64_t		 term;		/* in which it was decided */
	/* Set by begin; of monotonic_ms(), above 0: it begins before that. */
	int64_t		 id, until_ms;
};

/*
 * The lease of a fleet: changes of DNS begin only while this host has it.  Safe
 * for any number of threads.
 */
struct rotation_lease {
	/*
	 * Have it, as a domain is about to be locked.  Returns 0, or KS_E_*:
	 * work on the domain cannot begin.
	 */
	int	(*enter)(void *context, struct ks_error *error);
	/* Note what is about to begin.  Returns 0, or KS_E_*: it may not. */
	int	(*begin)(void *context, struct rotation_intent *intent,
		    struct ks_error *error);
	/* Note how it ended. */
	void	(*end)(void *context, const struct rotation_intent *intent,
		    const char *outcome);
	void	*context;
};

struct rotation_run {
	struct keystore		*ks;		/* borrowed */
	const char		*keydir;	/* borrowed */
	const struct config	*config;	/* borrowed */
	/*
	 * Seconds since 1970.  A run may take minutes, because it waits for
	 * locks, name servers and signers.  So each decision reads the clock
	 * again: compared with an older reading, times recorded since then
	 * would lie in the future.  The time that is recorded for a step is
	 * read when the step is done.
	 */
	int64_t			 (*clock)(void);
	unsigned int		 wait_s;	/* for the lock of a domain */
	int			 answer_s;	/* of countersign-fleet */
	bool			 dry_run;
	const struct rotation_lease *lease;	/* borrowed; NULL: none */

	/* Of the MTA, in seconds. */
	int64_t			 queue_lifetime;
	/* The user of keys_user, or of this process if it does not exist. */
	struct file_user	 user;
	struct dns_zones	*zones;
	/* The servers that do not answer, which zones use. */
	struct dns_silents	*silents;
	/* One for each of config->rotations, created when needed. */
	struct publisher	**publishers;
	struct publish_crew	 crew;		/* of rotate_all() */
	struct dns_resolvers	 resolvers;
	/* What other hosts have; read by the command. */
	struct ks_hosts		 hosts;
	/* The store belongs to a fleet: its daemon is asked (holdings.h). */
	bool			 is_fleet;
	struct talk		*asker;
	char			 fleet_self[HOLDING_HOST_SIZE];
	/* Hosts that are not waited for; borrowed. */
	const char *const	*without;
	size_t			 nwithout;
	/*
	 * Pushes the keys to other hosts before a compromised key is revoked,
	 * or NULL; only for a run over one domain.
	 */
	void			 (*spread)(void *context);
	void			*spread_context;
	/* Whether key files of several domains cannot be used: see files.c. */
	bool			 was_surveyed, is_widespread;
	/*
	 * How many keys this run may generate that can wait, 0: any number; and
	 * how many it has.
	 */
	size_t			 max_new, nnew;
	/* For publishers, the asker and the last four. */
	pthread_mutex_t		 mutex;
};

/* Returns 0 or KS_E_*; call rotation_run_finish() in either case. */
int	rotation_run_init(struct rotation_run *run, struct keystore *ks,
	    const struct config *config, int64_t (*read_clock)(void),
	    struct ks_error *error);
void	rotation_run_finish(struct rotation_run *run);

/* Forget the results of lookups, so that DNS is queried again.  0 or KS_E_*. */
int	rotation_run_forget(struct rotation_run *run,
	    struct ks_error *error);

/*
 * The publisher of a policy, valid as long as the run; *publisher is NULL if
 * records are published by hand.  Returns 0 or KS_E_*.  Safe for any number of
 * threads.
 */
int	rotation_run_publisher(struct rotation_run *run,
	    const struct rotation *rotation, struct publisher **publisher,
	    struct ks_error *error);

#endif /* ROTATION_RUN_H */

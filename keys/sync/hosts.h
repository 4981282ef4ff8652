/* SPDX-License-Identifier: ISC */

/*
 * A push to several hosts at the same time, each through a program of the
 * administrator, usually ssh, and the record of what they have.
 */

#ifndef SYNC_HOSTS_H
#define SYNC_HOSTS_H

#include "store/hosts_file.h"
#include "sync/push.h"

#define SYNC_LIMIT_MS	3600000		/* for one host */
#define SYNC_WAIT_S	60		/* at least, for another push */
#define SYNC_HOST_WORD	"HOST"		/* in the command */
#define SYNC_MAX_WORDS	32		/* of the command */

struct sync_plan {
	struct keystore		*ks;
	int64_t			 (*clock)(void);
	unsigned int		 wait_s;	/* for locks */
	const char		*const *words;	/* of the command */
	size_t			 nwords;
	const char		*const *hosts;
	size_t			 nhosts;
};

struct sync_result {
	const char		*host;		/* of the plan */
	struct sync_outcome	 outcome;
};

/*
 * Push all domains to all hosts.  results has room for nhosts; hosts is read
 * from the store first, and what was learned is put into it and written back.
 * Free it by ks_hosts_finish() in any case.
 *
 * That a host cannot be reached or refuses is in its result.  Returns 0, or
 * KS_E_* if nothing could be pushed or the record could not be kept.
 */
int	sync_hosts_push(const struct sync_plan *plan, struct ks_hosts *hosts,
	    struct sync_result *results, struct ks_error *error);

#endif /* SYNC_HOSTS_H */

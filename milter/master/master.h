/* SPDX-License-Identifier: ISC */

/*
 * Room milter/master: the process that starts, watches and replaces the others.
 *
 * The master: starts the front and the signers, introduces them to each
 * other, replaces what dies, and passes reload and stop on.  It reads no mail
 * and no key.
 */

#ifndef MASTER_H
#define MASTER_H

#include <stdbool.h>

#include "config/config.h"

/* A child that is not ready that long after its start is terminated. */
#define MASTER_START_LIMIT_MS	30000

struct master_opts {
	const char	*front;		/* path of the program countersign-front */
	const char	*signer;	/* path of countersign-signer */
	const char	*file;		/* the configuration file */
	const struct config *config;	/* what it says now */
	bool		 to_stderr;	/* children log there, too */
	bool		 at_terminal;	/* children do, until they are ready */
	bool		 is_debug;
	unsigned int	 start_limit_ms;	/* MASTER_START_LIMIT_MS */

	/* Called once, when front and signers are all up; may be NULL. */
	void		(*up)(void *arg);
	void		*up_arg;
};

/*
 * Run until SIGTERM or SIGINT, or until a child finds at the first start
 * that it cannot be run as configured, or ends at each start.  All children
 * have ended then.
 *
 * Returns the exit status: 0, 78, or 71 when it could not go on (logged).
 */
int	master_run(const struct master_opts *opts);

#endif /* MASTER_H */

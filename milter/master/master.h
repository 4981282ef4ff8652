/* SPDX-License-Identifier: ISC */

/*
 * Room milter/master: the process that starts, watches and replaces the others.
 *
 * The master starts the front and the signers, connects them with sockets,
 * replaces those that die, and passes on reload and stop.  It reads neither
 * mail nor keys.
 */

#ifndef MASTER_H
#define MASTER_H

#include <stdbool.h>

#include "config/config.h"

/* A child that is not ready that long after its start is terminated. */
#define MASTER_START_LIMIT_MS	30000

struct master_opts {
	const char	*front;		/* path of countersign-front */
	const char	*signer;	/* path of countersign-signer */
	const char	*file;		/* the configuration file */
	const struct config *config;	/* its current content */
	bool		 to_stderr;	/* children log to stderr */
	bool		 at_terminal;	/* likewise, until they are ready */
	bool		 is_debug;
	unsigned int	 start_limit_ms;	/* MASTER_START_LIMIT_MS */

	/* Called once, when all children are ready; may be NULL. */
	void		(*up)(void *arg);
	void		*up_arg;
};

/*
 * Run until SIGTERM or SIGINT, or until the first start fails: a child cannot
 * run as configured, or fails each time it is started.  All children have
 * exited when this returns.
 *
 * Returns the exit status: 0; 78 for a configuration that cannot run; or 71 for
 * any other failure (logged).
 */
int	master_run(const struct master_opts *opts);

#endif /* MASTER_H */

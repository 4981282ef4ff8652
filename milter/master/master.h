/* SPDX-License-Identifier: ISC */

/*
 * Room milter/master: the process that starts, watches and replaces the others.
 *
 * The master starts the front and the signers, connects them with sockets,
 * replaces those that die, and passes on reload and stop.  It reads neither
 * mail nor keys.  systemd is told when the service is ready, reloads and lives.
 */

#ifndef MASTER_H
#define MASTER_H

#include <sys/types.h>

#include <stdbool.h>

#include "config/config.h"

/*
 * The part of the service that a master runs.  With systemd, front and signers
 * are services of their own, so that none of them has to begin as root.
 */
enum master_part {
	MASTER_ALL,
	MASTER_FRONT,		/* signers: behind signers_socket */
	MASTER_SIGNERS		/* the front connects to listener */
};

/* The name under which systemd keeps the table for metrics. */
#define METRICS_KEPT	"meters"

/* A child that is not ready that long after its start is terminated. */
#define MASTER_START_LIMIT_MS	30000

struct master_opts {
	enum master_part part;
	const char	*signers_socket;	/* MASTER_FRONT: its path */
	int		 listener;	/* MASTER_SIGNERS; does not block */
	uid_t		 front_uid;	/* MASTER_SIGNERS: who may connect */
	const char	*front;		/* path of countersign-front */
	const char	*signer;	/* path of countersign-signer */
	const char	*metrics;	/* path of countersign-metrics */
	int		 kept;		/* table of metrics, owned; or -1 */
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
 * With MASTER_FRONT, it also ends when the front does: systemd then kills what
 * that front may have left, and starts the service again.
 *
 * Returns the exit status: 0; 70 if a front of MASTER_FRONT has ended; 78 for a
 * configuration that cannot run; or 71 for any other failure (logged).
 */
int	master_run(const struct master_opts *opts);

#endif /* MASTER_H */

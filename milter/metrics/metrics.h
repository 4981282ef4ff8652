/* SPDX-License-Identifier: ISC */

/*
 * Room milter/metrics: the program that shows what the service has counted.
 *
 * It answers HTTP on an address of this host, and writes a file for
 * node_exporter.  All that it knows is the table of base/meters.h, which it can
 * only read: no mail, no key, no configuration.
 */

#ifndef METRICS_H
#define METRICS_H

#include "base/meters.h"

struct metrics_opts {
	const struct meters *meters;
	int		 control;	/* socket of the master */
	int		 listener;	/* -1: none; closed in the end */
	const char	*textfile;	/* NULL: none */
};

/*
 * Tell the master that this process is ready, and serve until it says stop or
 * is gone.  Returns the exit status.
 *
 * before_serving() is called when all is open; not 0: exit with 71.
 */
int	metrics_serve(const struct metrics_opts *opts,
	    int (*before_serving)(void *arg), void *arg);

#endif /* METRICS_H */

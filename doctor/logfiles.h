/* SPDX-License-Identifier: ISC */

/*
 * What the commands that read logs share: the option --log, the configuration,
 * and giving up root.
 */

#ifndef LOGFILES_H
#define LOGFILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "journal/logs.h"

#define LOGFILES_MAX	64	/* options --log */

struct logfiles {
	int64_t		 since, until;	/* set before logfiles_open() */

	const char	*given[LOGFILES_MAX];
	size_t		 ngiven;
	bool		 is_configured;
	struct config	*config;	/* NULL: cannot be read */
	struct logs	*logs;
};

/*
 * Take the argument of --since: decisions from that long before now.  Returns
 * false after saying what is wrong, with examples of a span.
 */
bool	logfiles_look_back(struct logfiles *files, const char *span,
	    const char *examples, int64_t now);

/* Take the argument of --log; false, having said why, if there are too many. */
bool	logfiles_add(struct logfiles *files, const char *path);

/*
 * Read the configuration (NULL: the usual file).  Without --log it must be
 * readable: it names the audit file and the user.  Returns false after saying
 * why.
 */
bool	logfiles_configure(struct logfiles *files, const char *config_file);

/*
 * Read the configuration, unless logfiles_configure() has, open the logs, and
 * become the user of the milter.  Returns false after saying why.
 */
bool	logfiles_open(struct logfiles *files, const char *config_file,
	    int64_t now);
void	logfiles_close(struct logfiles *files);

#endif /* LOGFILES_H */

/* SPDX-License-Identifier: ISC */

/*
 * A small reader of the configuration that rspamd has, UCL: enough of it for
 * dkim_signing.conf.
 */

#ifndef IMPORT_UCL_H
#define IMPORT_UCL_H

#include "import/plan.h"

#define UCL_MAX_DEPTH	16	/* sections within each other */
#define UCL_MAX_NAME	1024	/* octets of a name with its sections */
#define UCL_MAX_VALUE	4096	/* octets */

/* Between the names of sections; in no name that is read. */
#define UCL_SEPARATOR	'\037'

/*
 * One option: name is that of the sections it is in and its own; elements of
 * a list are named 0, 1 and so on.  Borrowed for the call.
 */
typedef void	ucl_each(void *arg, unsigned int line, const char *name,
	    const char *value);

/*
 * Read a text and call each for each option of it.  What cannot be read, and
 * what would include another file, becomes a note; reading goes on behind
 * what was only odd, and stops at what leaves the rest uncertain.
 */
void	import_ucl(struct import_plan *plan, const char *file,
	    const char *text, size_t len, ucl_each *each, void *arg);

#endif /* IMPORT_UCL_H */

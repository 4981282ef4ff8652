/* SPDX-License-Identifier: ISC */

/*
 * A small reader of the configuration that rspamd has, UCL: the JSON that
 * "rspamadm configdump -j" prints, and what dkim_signing.conf needs.
 */

#ifndef IMPORT_UCL_H
#define IMPORT_UCL_H

#include "import/plan.h"

#define UCL_MAX_DEPTH	16	/* sections and lists within each other */
#define UCL_MAX_NAME	256	/* octets, NUL included */
#define UCL_MAX_VALUE	4096	/* octets, NUL included */

/*
 * One option: the names of the sections it is in, and its own, at least one;
 * elements of a list are named 0, 1 and so on.  Borrowed for the call.
 */
typedef void	ucl_each(void *arg, unsigned int line,
	    char (*names)[UCL_MAX_NAME], size_t nnames, const char *value);

/*
 * Read a text and call each for each option in it.  A macro, which may
 * include another file, becomes a note, and reading goes on.  At what cannot
 * be read reading stops, with a note that says what to import instead.
 */
void	import_ucl(struct import_plan *plan, const char *file,
	    const char *text, size_t len, ucl_each *each, void *arg);

#endif /* IMPORT_UCL_H */

/* SPDX-License-Identifier: ISC */

/*
 * A small reader for UCL, the language of rspamd's configuration: the JSON that
 * "rspamadm configdump -j" prints, and what a plain dkim_signing.conf needs.
 */

#ifndef IMPORT_UCL_H
#define IMPORT_UCL_H

#include "import/plan.h"

#define UCL_MAX_DEPTH	16	/* of nested sections and lists */
#define UCL_MAX_NAME	256	/* octets, NUL included */
#define UCL_MAX_VALUE	4096	/* octets, NUL included */

/*
 * Called for an option.  names are those of the sections that contain it, from
 * the outermost, and then its own name, so nnames is at least 1.  The elements
 * of a list are named 0, 1 and so on.  All is borrowed for the call.
 */
typedef void	ucl_each(void *arg, unsigned int line,
	    char (*names)[UCL_MAX_NAME], size_t nnames, const char *value);

/*
 * Read a text, and call each for every option in it.  For a macro, which may
 * include another file, a note is added, and reading continues.  For anything
 * that cannot be read, reading stops, with a note that says what to import
 * instead.
 */
void	import_ucl(struct import_plan *plan, const char *file,
	    const char *text, size_t len, ucl_each *each, void *arg);

#endif /* IMPORT_UCL_H */

/* SPDX-License-Identifier: ISC */

/*
 * rspamd's dkim_signing.conf, and the maps that it names.
 */

#ifndef IMPORT_RSPAMD_H
#define IMPORT_RSPAMD_H

#include "import/file.h"
#include "import/plan.h"

/* How other files are reached. */
struct import_files {
	/* As import_file_read() of a table. */
	bool	(*read)(void *arg, const char *path,
		    struct import_file *file, char *buf, size_t bufsize);
	/*
	 * Call each for all paths that are before, some text without "/",
	 * and after; false when that cannot be found out.
	 */
	bool	(*list)(void *arg, const char *before, const char *after,
		    void (*each)(void *, const char *), void *each_arg);
	void	*arg;
};

/*
 * Add to a plan the keys of each domain that the configuration, its maps, or
 * the names of the key files have.
 */
void	import_rspamd(struct import_plan *plan, const char *file,
	    const char *text, size_t len, const struct import_files *files);

#endif /* IMPORT_RSPAMD_H */

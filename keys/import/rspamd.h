/* SPDX-License-Identifier: ISC */

/*
 * Read the DKIM signing configuration of rspamd, and the maps that it names.
 */

#ifndef IMPORT_RSPAMD_H
#define IMPORT_RSPAMD_H

#include "import/file.h"
#include "import/plan.h"

/* How to read other files; arg is passed on. */
struct import_files {
	/* Read a map: import_file_read() with IMPORT_MAX_TABLE. */
	bool	(*read)(void *arg, const char *path,
		    struct import_file *file, char *buf, size_t bufsize);
	/* Find key files: import_file_search(). */
	bool	(*search)(void *arg, struct import_search *search);
	void	*arg;
};

/*
 * Add the keys of a configuration, file, to a plan.  Domains are those that it
 * names, that its maps name, and that appear in the names of key files.
 */
void	import_rspamd(struct import_plan *plan, const char *file,
	    const char *text, size_t len, const struct import_files *files);

#endif /* IMPORT_RSPAMD_H */

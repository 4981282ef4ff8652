/* SPDX-License-Identifier: ISC */

/*
 * Read the DKIM signing configuration of rspamd, and the maps that it names.
 */

#ifndef IMPORT_RSPAMD_H
#define IMPORT_RSPAMD_H

#include "import/file.h"
#include "import/plan.h"

/*
 * Add the keys of a configuration, file, to a plan.  Domains are those that it
 * names, that its maps name, and that appear in the names of key files.
 */
void	import_rspamd(struct import_plan *plan, const char *file,
	    const char *text, size_t len, const struct import_files *files);

#endif /* IMPORT_RSPAMD_H */

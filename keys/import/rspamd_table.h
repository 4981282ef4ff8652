/* SPDX-License-Identifier: ISC */

/*
 * The signing_table and key_table of rspamd, and the variables in its paths.
 */

#ifndef IMPORT_RSPAMD_TABLE_H
#define IMPORT_RSPAMD_TABLE_H

#include "import/file.h"
#include "import/plan.h"

#define RSPAMD_MAX_PATH	4096	/* octets, NUL included */

/* A file, or rows in the configuration itself; zeroed: not set. */
struct rspamd_table {
	bool			 is_named;	/* the option is set */
	struct import_place	 place;		/* of the option */
	char			*path;		/* of the file; or NULL, */
	struct import_file	 file;
	char			*rows;		/* and these are the rows */
	size_t			 len;
};

/*
 * Replace the variables in a path, but not $domain or $selector if these are
 * NULL.  Returns false if the path becomes too long.
 */
bool	rspamd_expand(const char *text, const char *domain,
	    const char *selector, char buf[RSPAMD_MAX_PATH]);

/* The path of a map, from its URL; false, with a note, if it is not a file. */
bool	rspamd_map_path(struct import_plan *plan, struct import_place place,
	    const char *url, char path[RSPAMD_MAX_PATH]);

/* Add a value of the option, which is a row or the URL of a map, to a table. */
void	rspamd_table_add(struct rspamd_table *table, struct import_plan *plan,
	    struct import_place place, const char *value,
	    const struct import_files *files);

bool	rspamd_table_is_set(const struct rspamd_table *table);

/*
 * Add the keys and senders of both tables to a plan.  selector is for rows
 * without one.
 */
void	rspamd_tables_read(struct import_plan *plan,
	    const struct rspamd_table *key_table,
	    const struct rspamd_table *signing_table, const char *selector);

/* Wipe and free. */
void	rspamd_table_finish(struct rspamd_table *table);

#endif /* IMPORT_RSPAMD_TABLE_H */

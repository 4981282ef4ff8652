/* SPDX-License-Identifier: ISC */

/*
 * The files of OpenDKIM: opendkim.conf, KeyTable and SigningTable.
 */

#ifndef IMPORT_OPENDKIM_H
#define IMPORT_OPENDKIM_H

#include "import/file.h"
#include "import/plan.h"

/* A table: where it is, and its text. */
struct import_table {
	const char	*file;
	unsigned int	 line;	/* the whole table is in this line; or 0 */
	const char	*text;
	size_t		 len;
};

struct import_opendkim {
	struct import_table	 keytable;
	struct import_table	 signingtable;	/* text NULL: none */
	/* Directory for "./" and "../" up to the last "/"; NULL: KeyTable's. */
	const char		*folder;
	const char		*selector;	/* of rows without; or NULL */
};

/*
 * Add the contents of the tables to a plan.  Without a SigningTable, keys that
 * depend on the sender ("%") are left out, with a note.
 */
void	import_opendkim(struct import_plan *plan,
	    const struct import_opendkim *given);

/*
 * Add what opendkim.conf, and the files that it names, contain to a plan.  For
 * everything that cannot be imported, a note is added.
 */
void	import_opendkim_conf(struct import_plan *plan, const char *file,
	    const char *text, size_t len, const struct import_files *files);

enum import_kind {
	IMPORT_CONF,		/* opendkim.conf */
	IMPORT_KEYTABLE,	/* or a text of another kind */
	IMPORT_SIGNINGTABLE,
	IMPORT_PEM
};

/* What a file of OpenDKIM is, judged by its text. */
enum import_kind import_opendkim_kind(const char *text, size_t len);

/*
 * The path in an operand that is written as in opendkim.conf: a path, or one
 * that follows "file:" or "refile:".  NULL if the table is of another type.
 */
const char *import_opendkim_path(const char *operand);

#endif /* IMPORT_OPENDKIM_H */

/* SPDX-License-Identifier: ISC */

/*
 * The tables of OpenDKIM, opendkim.conf(5): KeyTable and SigningTable.
 */

#ifndef IMPORT_OPENDKIM_H
#define IMPORT_OPENDKIM_H

#include "import/plan.h"

/* A table: its path and its text. */
struct import_table {
	const char	*file;
	const char	*text;
	size_t		 len;
};

/*
 * Add the contents of the tables to a plan.  signingtable may be NULL; then
 * keys that depend on the sender ("%") are left out, with a note.  Paths that
 * begin with "./" or "../" are relative to the directory of the KeyTable.
 */
void	import_opendkim(struct import_plan *plan,
	    const struct import_table *keytable,
	    const struct import_table *signingtable);

/*
 * The path in an operand that is written as in opendkim.conf: a path, or one
 * that follows "file:" or "refile:".  NULL if the table is of another type.
 */
const char *import_opendkim_path(const char *operand);

#endif /* IMPORT_OPENDKIM_H */

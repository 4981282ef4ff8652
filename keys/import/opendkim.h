/* SPDX-License-Identifier: ISC */

/*
 * The tables of OpenDKIM, opendkim.conf(5): KeyTable and SigningTable.
 */

#ifndef IMPORT_OPENDKIM_H
#define IMPORT_OPENDKIM_H

#include "import/plan.h"

/* The text of a table, and its path. */
struct import_table {
	const char	*file;
	const char	*text;
	size_t		 len;
};

/*
 * Add the contents of the tables to a plan.  Without a SigningTable (NULL),
 * keys whose domain is "%" are left out.  Paths that begin with "./" or "../"
 * are relative to the folder of the KeyTable.
 */
void	import_opendkim(struct import_plan *plan,
	    const struct import_table *keytable,
	    const struct import_table *signingtable);

/*
 * The path of a table as opendkim.conf has it: with file: or refile: before
 * it, or bare.  NULL if it is of another type.
 */
const char *import_opendkim_path(const char *operand);

#endif /* IMPORT_OPENDKIM_H */

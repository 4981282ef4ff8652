/* SPDX-License-Identifier: ISC */

/*
 * Replacing a file as a whole: readers see the old one or the new one.  What
 * is there and is no regular file is left alone.
 */

#ifndef REPLACE_FILE_H
#define REPLACE_FILE_H

#include <limits.h>
#include <stdio.h>

#include "store/keystore.h"

struct replace_file {
	const char	*path;		/* borrowed */
	char		 temp[PATH_MAX];
	FILE		*fp;
};

/* Begin a file beside path.  Returns 0, or KS_E_SYSTEM. */
int	replace_file_begin(struct replace_file *file, const char *path,
	    struct ks_error *error);

/* Give it mode 0644 and the name.  The same; nothing is left on failure. */
int	replace_file_end(struct replace_file *file, struct ks_error *error);

/* Leave the file at path as it is. */
void	replace_file_abandon(struct replace_file *file);

#endif /* REPLACE_FILE_H */

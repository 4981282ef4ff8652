/* SPDX-License-Identifier: ISC */

/*
 * Replacing a file in one step: readers see the old one or the new one.
 * Anything that is not a regular file is left alone.
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

/* Create a file next to path.  Returns 0, or KS_E_SYSTEM. */
int	replace_file_begin(struct replace_file *file, const char *path,
	    struct ks_error *error);

/* Give it mode 0644 and its name.  Likewise; on failure nothing is left. */
int	replace_file_end(struct replace_file *file, struct ks_error *error);

/* Leave the file at path unchanged. */
void	replace_file_abandon(struct replace_file *file);

#endif /* REPLACE_FILE_H */

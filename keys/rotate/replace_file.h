/* SPDX-License-Identifier: ISC */

/*
 * Replacing a file atomically: readers see the old contents or the new ones.
 * Only a regular file is replaced.
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

/*
 * Create a temporary file next to path; write to file->fp.  Returns 0 or
 * KS_E_SYSTEM.
 */
int	replace_file_begin(struct replace_file *file, const char *path,
	    struct ks_error *error);

/*
 * Give the temporary file mode 0644, and rename it to path.  Returns 0 or
 * KS_E_SYSTEM; the temporary file is then removed, and path is unchanged.
 */
int	replace_file_end(struct replace_file *file, struct ks_error *error);

/* Remove the temporary file; path is unchanged. */
void	replace_file_abandon(struct replace_file *file);

#endif /* REPLACE_FILE_H */

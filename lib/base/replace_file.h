/* SPDX-License-Identifier: ISC */

/*
 * Replacing a file atomically: readers see the old contents or the new ones.
 * Only a regular file is replaced.
 */

#ifndef REPLACE_FILE_H
#define REPLACE_FILE_H

#include <sys/types.h>

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

struct replace_file {
	const char	*path;		/* borrowed */
	char		 temp[PATH_MAX];
	FILE		*fp;
};

/*
 * Create a temporary file next to path; write to file->fp.  Returns 0, or -1
 * with the reason in why.
 */
int	replace_file_begin(struct replace_file *file, const char *path,
	    char *why, size_t size);

/*
 * Give the temporary file its mode, and rename it to path.  Returns 0, or -1
 * with the reason; the temporary file is then removed, and path is unchanged.
 */
int	replace_file_end(struct replace_file *file, mode_t mode, char *why,
	    size_t size);

/* Remove the temporary file; path is unchanged. */
void	replace_file_abandon(struct replace_file *file);

#endif /* REPLACE_FILE_H */

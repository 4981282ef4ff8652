/* SPDX-License-Identifier: ISC */

/*
 * Whole files, read, and replaced in one step.
 */

#ifndef SETUP_FILE_H
#define SETUP_FILE_H

#include <stddef.h>

#include "setup/plan.h"

#define SETUP_MAX_FILE	1048576		/* octets */
#define SETUP_WHY_SIZE	1024

/*
 * Read a file as a text for free(3); NULL in *text if there is none.  Returns
 * 0, or -1 with the reason in why: it cannot be read, is too large, or has a
 * NUL.  access (or NULL) gets its owner and mode.
 */
int	file_read(const char *path, char **text, struct change_access *access,
	    char *why, size_t size);

/*
 * Replace a file, or make it; of a symbolic link, what it leads to.  After a
 * crash there is the old or the new text.  Returns 0, or -1 with the reason.
 */
int	file_write(const char *path, const char *text,
	    const struct change_access *access, char *why, size_t size);

/* Remove what was left of a file or directory when a run was killed. */
void	file_remove_leftover(const char *path);

/*
 * Make a directory, unless there is something of that name.  Its parent must
 * exist.  Under its name it has its owner and mode from the beginning.
 */
int	file_make_directory(const char *path,
	    const struct change_access *access, char *why, size_t size);

#endif /* SETUP_FILE_H */

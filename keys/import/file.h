/* SPDX-License-Identifier: ISC */

/*
 * Reading the files of another signer, keys among them.
 */

#ifndef IMPORT_FILE_H
#define IMPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define IMPORT_MAX_TABLE	67108864	/* octets of a table: 64 MiB */
#define IMPORT_MAX_KEY		16384		/* octets of a key file */

struct import_file {
	char	*text;		/* NUL after its len octets */
	size_t	 len;
	bool	 is_loose;	/* users other than its owner can read it */
};

/*
 * Read a whole regular file of at most max octets.  Symbolic links are
 * followed; a device, pipe or folder is refused unopened.  Returns false with
 * why in buf, path first.
 */
bool	import_file_read(const char *path, size_t max,
	    struct import_file *file, char *buf, size_t bufsize);

/*
 * Call each for the paths that are before, any text without "/" that does not
 * begin with a dot, and after.  False when a folder cannot be read.
 */
bool	import_file_list(const char *before, const char *after,
	    void (*each)(void *, const char *), void *arg);

/* Wipe and free; a zeroed file is allowed. */
void	import_file_finish(struct import_file *file);

#endif /* IMPORT_FILE_H */

/* SPDX-License-Identifier: ISC */

/*
 * Read the files of another signer: its tables and its keys.
 */

#ifndef IMPORT_FILE_H
#define IMPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define IMPORT_MAX_TABLE	67108864	/* octets in a table: 64 MiB */
#define IMPORT_MAX_KEY		16384		/* octets in a key file */

struct import_file {
	char	*text;		/* len octets and a NUL */
	size_t	 len;
	bool	 is_loose;	/* others than its owner may read or write it */
};

/*
 * Read a regular file of at most max octets.  Symbolic links are followed; a
 * device, pipe or directory is refused without being opened.  If it fails,
 * returns false, and buf says why, beginning with the path.
 */
bool	import_file_read(const char *path, size_t max,
	    struct import_file *file, char *buf, size_t bufsize);

/* A search for files. */
struct import_search {
	const char	*before, *after;	/* parts of a path, not NULL */
	void		(*each)(void *arg, const char *path);
	void		*arg;
	char		 why[4352];	/* it failed: directory and reason */
	bool		 is_missing;	/* it failed: no such directory */
};

/* How to read the files that another one names; arg is passed on. */
struct import_files {
	/* Read a table: import_file_read() with IMPORT_MAX_TABLE. */
	bool	(*read)(void *arg, const char *path,
		    struct import_file *file, char *buf, size_t bufsize);
	/* Find key files: import_file_search(). */
	bool	(*search)(void *arg, struct import_search *search);
	void	*arg;
};

/*
 * Call search->each for every path that consists of before, any text without
 * "/" that does not begin with a dot, and after.  before must contain a "/": up
 * to the last one it names the directory that is read.  If that fails, returns
 * false, and search->why says why.
 */
bool	import_file_search(struct import_search *search);

/* Wipe and free the text; the file may be zeroed. */
void	import_file_finish(struct import_file *file);

#endif /* IMPORT_FILE_H */

/* SPDX-License-Identifier: ISC */

/*
 * Folders for tests: see scratch.h.
 */

#include "scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

int
scratch_make(char folder[SCRATCH_SIZE], const char *name)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(folder, SCRATCH_SIZE, "%.40s/%.12s.XXXXXX",
	    tmp != NULL ? tmp : "/tmp", name);
	return mkdtemp(folder) == NULL ? -1 : 0;
}

size_t
scratch_count(const char *folder)
{
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if ((dir = opendir(folder)) == NULL)
		abort();
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

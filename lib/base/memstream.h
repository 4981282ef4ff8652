/* SPDX-License-Identifier: ISC */

/*
 * Texts that are printed to open_memstream(3).
 */

#ifndef MEMSTREAM_H
#define MEMSTREAM_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Close a stream of open_memstream(3); *text is the one that it was opened
 * with.  False if memory was short at any time; *text is freed then, and NULL.
 */
bool	memstream_close(FILE *fp, char **text);

#endif /* MEMSTREAM_H */

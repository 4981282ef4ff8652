/* SPDX-License-Identifier: ISC */

/*
 * Texts that are printed into memory, as by open_memstream(3), but without its
 * fault: if memory is short for a moment, glibc's stream loses some of the
 * text, or all, and neither ferror(3) nor fclose(3) says so.
 */

#ifndef MEMSTREAM_H
#define MEMSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * A stream that can only be written.  After fflush(3), and when it is closed,
 * *text is all that was printed to it, with a NUL after it, and *len its length
 * without that.  NULL if memory is short; *text is then NULL.
 *
 * text, len   must exist until the stream is closed; *text is for free(3)
 */
FILE	*memstream_open(char **text, size_t *len);

/*
 * Close a stream of memstream_open(); *text is the one that it was opened with.
 * False if memory was short at any time; *text is freed then, and NULL.
 */
bool	memstream_close(FILE *fp, char **text);

#endif /* MEMSTREAM_H */

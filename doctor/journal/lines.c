/* SPDX-License-Identifier: ISC */

/*
 * Lines out of chunks: see lines.h.
 *
 * A line that lies within one chunk is passed on without being copied.  Only
 * what is left at the end of a chunk is kept, up to the longest line.
 */

#include "journal/lines.h"

#include <string.h>

void
lines_begin(struct lines *lines, void (*take)(void *arg, const char *line,
    size_t len), void *arg)
{
	lines->take = take;
	lines->arg = arg;
	lines->nlines = lines->nskipped = 0;
	lines->is_skipping = false;
	lines->len = 0;
}

/* Keep the beginning of a line, unless it is too long. */
static void
keep(struct lines *lines, const char *text, size_t len)
{
	if (lines->is_skipping)
		return;
	if (len > sizeof(lines->text) - lines->len) {
		lines->is_skipping = true;
		lines->len = 0;
		return;
	}
	memcpy(lines->text + lines->len, text, len);
	lines->len += len;
}

static void
finish_line(struct lines *lines)
{
	lines->nlines++;
	if (lines->is_skipping)
		lines->nskipped++;
	else
		lines->take(lines->arg, lines->text, lines->len);
	lines->is_skipping = false;
	lines->len = 0;
}

void
lines_add(struct lines *lines, const char *chunk, size_t len)
{
	const char *end = chunk + len, *newline;

	for (; chunk < end; chunk = newline + 1) {
		newline = memchr(chunk, '\n', (size_t)(end - chunk));
		if (newline == NULL) {
			keep(lines, chunk, (size_t)(end - chunk));
			return;
		}
		if (lines->len == 0 && !lines->is_skipping &&
		    newline - chunk <= LINES_MAX) {
			lines->nlines++;
			lines->take(lines->arg, chunk,
			    (size_t)(newline - chunk));
			continue;
		}
		keep(lines, chunk, (size_t)(newline - chunk));
		finish_line(lines);
	}
}

void
lines_end(struct lines *lines)
{
	if (lines->len > 0 || lines->is_skipping)
		finish_line(lines);
}

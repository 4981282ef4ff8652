/* SPDX-License-Identifier: ISC */

/*
 * Read the tables of another signer line by line.
 *
 * A line is copied into a buffer of fixed size; nothing is allocated.  The line
 * may contain a key, so import_lines_finish() wipes the buffer.  A line that
 * cannot be used is noted as lost, and the next one is read.
 */

#include "import/lines.h"

#include <string.h>

static const char blanks[] = " \t";

void
import_lines_init(struct import_lines *lines, struct import_plan *plan,
    const char *file, const char *text, size_t len)
{
	lines->plan = plan;
	lines->place.file = file;
	lines->place.line = 0;
	lines->is_option = false;
	lines->p = text;
	lines->end = text + len;
	lines->line[0] = '\0';
}

/*
 * Move lines->p to the next line.  Sets *start to the text of the current one,
 * without its comment and blanks at both ends, and returns the text's length.
 */
static size_t
take_line(struct import_lines *lines, const char **start)
{
	const char *hash, *newline;
	size_t len;

	*start = lines->p;
	newline = memchr(lines->p, '\n', (size_t)(lines->end - lines->p));
	len = (size_t)((newline == NULL ? lines->end : newline) - lines->p);
	lines->p = newline == NULL ? lines->end : newline + 1;
	if (len > 0 && (*start)[len - 1] == '\r')
		len--;
	if ((hash = memchr(*start, '#', len)) != NULL)
		len = (size_t)(hash - *start);
	while (len > 0 && strchr(blanks, (*start)[len - 1]) != NULL &&
	    (*start)[len - 1] != '\0')
		len--;
	while (len > 0 && (**start == ' ' || **start == '\t')) {
		(*start)++;
		len--;
	}
	return len;
}

static bool
is_text(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') ||
		    text[i] == 0x7f)
			return false;
	return true;
}

bool
import_lines_next(struct import_lines *lines)
{
	const char *start;
	size_t len;

	while (lines->p < lines->end) {
		if (!lines->is_option)
			lines->place.line++;
		len = take_line(lines, &start);
		if (len == 0)
			continue;
		if (len > IMPORT_MAX_LINE) {
			import_plan_note(lines->plan, lines->place, true,
			    "the line is over %d octets long",
			    IMPORT_MAX_LINE);
			continue;
		}
		if (!is_text(start, len)) {
			import_plan_note(lines->plan, lines->place, true,
			    "contains a control character: not a line of text");
			continue;
		}
		memcpy(lines->line, start, len);
		lines->line[len] = '\0';
		return true;
	}
	return false;
}

void
import_lines_finish(struct import_lines *lines)
{
	explicit_bzero(lines->line, sizeof(lines->line));
}

char *
import_lines_cut(char *line)
{
	line += strcspn(line, blanks);
	if (*line == '\0')
		return line;
	*line++ = '\0';
	return line + strspn(line, blanks);
}

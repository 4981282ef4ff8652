/* SPDX-License-Identifier: ISC */

/*
 * The lines of another signer's tables: see lines.h.
 *
 * A line is copied into a buffer of fixed size without its comment and the
 * blanks at its ends.  One that is too long or has a control character is
 * noted as lost, and the next is read.  Nothing is allocated; the buffer can
 * hold a key, and is wiped by import_lines_finish().
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
	lines->p = text;
	lines->end = text + len;
	lines->line[0] = '\0';
}

/* The octets of the line at lines->p, comment left out, and go behind it. */
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
		lines->place.line++;
		len = take_line(lines, &start);
		if (len == 0)
			continue;
		if (len > IMPORT_MAX_LINE) {
			import_plan_note(lines->plan, lines->place, true,
			    "over %d octets", IMPORT_MAX_LINE);
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

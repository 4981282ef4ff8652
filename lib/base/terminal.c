/* SPDX-License-Identifier: ISC */

/*
 * The width of the terminal, from its driver, and text wrapped to it.
 *
 * What is longer than a line but copied in one piece is not cut: a word, such
 * as a record or a path, and what is in quotes. Errors of the stream are found
 * by whoever ends it.
 */

#include "base/terminal.h"

#include <sys/ioctl.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

unsigned int
terminal_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 ||
	    size.ws_col == 0)
		return TERMINAL_COLUMNS;
	if (size.ws_col < TERMINAL_MIN_COLUMNS)
		return TERMINAL_MIN_COLUMNS;
	return size.ws_col > TERMINAL_MAX_COLUMNS ? TERMINAL_MAX_COLUMNS :
	    size.ws_col;
}

/*
 * The length of what is in single quotes at the beginning of a text, with the
 * quotes: a command or a value, which is copied in one piece.  0: nothing is.
 */
static size_t
quoted_length(const char *text)
{
	size_t i;

	if (text[0] != '\'')
		return 0;
	for (i = 1; text[i] != '\0'; i++)
		if (text[i] == '\'' && !isalnum((unsigned char)text[i + 1]))
			return i + 1;
	return 0;
}

/*
 * How many octets of the text fit into a line: up to the last blank within
 * that many columns, or the first word if that is longer.  An octet counts as a
 * column, which is right for ASCII and too much for UTF-8.
 */
static size_t
line_length(const char *text, size_t columns)
{
	size_t i, fit = 0;

	for (i = 0; text[i] != '\0'; i++) {
		if (i == 0 || text[i - 1] == ' ')
			i += quoted_length(text + i);
		if (text[i] == ' ' && (i <= columns || fit == 0))
			fit = i;
		if (i >= columns && fit > 0 && (i > columns ||
		    text[i] != '\0'))
			return fit;
		if (text[i] == '\0')
			break;
	}
	return i;
}

void
terminal_write(FILE *fp, const char *text, unsigned int indent,
    unsigned int hang, unsigned int columns)
{
	size_t len, width;

	do {
		width = columns > indent ? columns - indent : 0;
		len = width == 0 ? strlen(text) : line_length(text, width);
		(void)fprintf(fp, "%*s%.*s\n", (int)indent, "", (int)len,
		    text);
		text += len;
		text += strspn(text, " ");
		indent = hang;
	} while (*text != '\0');
}

void
terminal_print(const char *text, unsigned int indent, unsigned int columns)
{
	terminal_write(stdout, text, indent, indent, columns);
}

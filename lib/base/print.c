/* SPDX-License-Identifier: ISC */

/*
 * Output of commands for people: see print.h.
 *
 * Text from mail or DNS may contain terminal escapes, line ends or look-alike
 * characters, so only printable ASCII is printed unchanged.  Nothing here
 * fails; the caller asks print_is_written() in the end.
 */

#include "base/print.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "base/rfc3339.h"

static const char *const escapes[] = {
	[PRINT_PLAIN]	= "\033[0m",
	[PRINT_BOLD]	= "\033[1m",
	[PRINT_GOOD]	= "\033[32m",
	[PRINT_BAD]	= "\033[31m",
	[PRINT_DOUBT]	= "\033[33m",
};

bool
print_wants_colour(FILE *fp)
{
	const char *no = getenv("NO_COLOR");

	return (no == NULL || *no == '\0') && isatty(fileno(fp)) == 1;
}

void
print_colour(FILE *fp, bool colours, enum print_colour colour)
{
	if (colours)
		(void)fputs(escapes[colour], fp);
}

void
print_safe(FILE *fp, const char *text, size_t len)
{
	unsigned char c;
	size_t i;

	for (i = 0; i < len; i++) {
		c = (unsigned char)text[i];
		if (c == '\\')
			(void)fputs("\\\\", fp);
		else if (c < 0x20 || c > 0x7e)
			(void)fprintf(fp, "\\x%02x", c);
		else
			(void)putc(c, fp);
	}
}

char *
print_safe_copy(const char *text)
{
	char *copy = NULL;
	size_t size;
	FILE *fp;

	if ((fp = memstream_open(&copy, &size)) == NULL)
		return NULL;
	print_safe(fp, text, strlen(text));
	(void)memstream_close(fp, &copy);
	return copy;
}

/* The length of an option with its value, "[-c FILE]", or of a word. */
static size_t
synopsis_part(const char *text)
{
	size_t depth = 0, i;

	for (i = 0; text[i] != '\0' && text[i] != '\n' && (text[i] != ' ' ||
	    depth > 0); i++)
		if (text[i] == '[')
			depth++;
		else if (text[i] == ']' && depth > 0)
			depth--;
	return i;
}

/* "usage: PROGRAM"; returns the number of columns. */
static size_t
synopsis_begin(FILE *fp, bool is_first, const char *program)
{
	const int n = fprintf(fp, "%s %s", is_first ? "usage:" : "      ",
	    program);

	return n > 0 ? (size_t)n : 0;
}

void
print_synopsis(FILE *fp, bool is_first, const char *program,
    const char *synopsis)
{
	size_t column = synopsis_begin(fp, is_first, program), len;

	while (*synopsis != '\0') {
		len = synopsis_part(synopsis);
		if (column + 1 + len > PRINT_COLUMNS) {
			column = PRINT_SYNOPSIS_HANG - 1;
			(void)fprintf(fp, "\n%*s", (int)column, "");
		}
		(void)fprintf(fp, " %.*s", (int)len, synopsis);
		column += 1 + len;
		synopsis += len;
		if (*synopsis == '\n') {
			(void)putc('\n', fp);
			column = synopsis_begin(fp, false, program);
		}
		synopsis += strspn(synopsis, " \n");
	}
	(void)putc('\n', fp);
}

void
print_time(FILE *fp, int64_t seconds)
{
	char buf[RFC3339_SIZE];

	(void)fputs(rfc3339_print(seconds, buf) ? buf : "?", fp);
}

void
print_span(FILE *fp, int64_t seconds)
{
	static const struct {
		int64_t		 seconds;
		const char	*name;
	} units[] = {
		{ 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
		{ 1, "second" },
	};
	size_t i = 0;
	int64_t n;

	/* The largest unit of which there are at least two. */
	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	n = seconds / units[i].seconds;
	(void)fprintf(fp, "%lld %s%s", (long long)n, units[i].name,
	    n == 1 ? "" : "s");
}

bool
print_is_written(FILE *fp)
{
	return fflush(fp) == 0 && ferror(fp) == 0;
}

_Noreturn void
print_exit(void)
{
	if (!print_is_written(stdout))
		err(1, "standard output");
	exit(0);
}

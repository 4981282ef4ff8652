/* SPDX-License-Identifier: ISC */

/*
 * Lines and blocks: see block.h.
 *
 * A line counts its columns while it is written, and takes no more than the
 * terminal has, so that a terminal never wraps one.  Only ASCII and the
 * characters of bars are written, each of one column.
 */

#include "status/block.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"

#define EIGHTHS		8
#define COMMAND_INDENT	6
#define FEW_ITEMS	3
#define MANY_ROWS	32	/* with room for empty lines */
#define MORE_SIZE	128
#define FULL		"\xe2\x96\x88"	/* U+2588 */

/* Left parts of a block, in eighths; columns from one eighth on. */
static const char *const lefts[EIGHTHS] = {
	"", "\xe2\x96\x8f", "\xe2\x96\x8e", "\xe2\x96\x8d", "\xe2\x96\x8c",
	"\xe2\x96\x8b", "\xe2\x96\x8a", "\xe2\x96\x89"
};
static const char *const columns_utf8[EIGHTHS + 1] = {
	" ", "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
	"\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", FULL
};
static const char columns_ascii[EIGHTHS + 1] = " ..::-=##";

void
block_init(struct block *block, const struct status_style *style)
{
	block->style = style;
	block->n = block->nitems = 0;
	block->nleft_out = 0;
	block->more = NULL;
}

bool
block_line(struct block *block)
{
	if (block->n == BLOCK_MAX_LINES)
		return false;
	block->begins[block->n] = false;
	block->lines[block->n++][0] = '\0';
	block->len = 0;
	block->column = 0;
	return true;
}

bool
block_item(struct block *block)
{
	if (!block_line(block)) {
		block->nleft_out++;
		return false;
	}
	block->begins[block->n - 1] = true;
	block->nitems++;
	return true;
}

static unsigned int
room(const struct block *block)
{
	const unsigned int columns = block->style->columns < BLOCK_MAX_COLUMNS ?
	    block->style->columns : BLOCK_MAX_COLUMNS;

	return columns > block->column ? columns - block->column : 0;
}

/* Add octets that take so many columns. */
static void
add(struct block *block, const char *text, size_t len, unsigned int columns)
{
	char *line = block->lines[block->n - 1];

	if (columns > room(block) || len >= BLOCK_LINE_SIZE - block->len)
		return;
	memcpy(line + block->len, text, len);
	block->len += len;
	line[block->len] = '\0';
	block->column += columns;
}

void
block_put(struct block *block, const char *format, ...)
{
	char text[BLOCK_LINE_SIZE];
	size_t len;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = strlen(text);
	if (len > room(block))
		len = room(block);
	add(block, text, len, (unsigned int)len);
}

void
block_put_safe(struct block *block, const char *text, unsigned int columns)
{
	char *safe = NULL;
	size_t size = 0;
	FILE *fp;

	if ((fp = memstream_open(&safe, &size)) == NULL)
		return;
	print_safe(fp, text, strlen(text));
	if (!memstream_close(fp, &safe))
		return;
	if (size <= columns)
		block_put(block, "%s", safe);
	else if (columns > 2)
		block_put(block, "%.*s..", (int)(columns - 2), safe);
	free(safe);
}

void
block_colour(struct block *block, enum print_colour colour)
{
	static const char *const escapes[] = {
		[PRINT_PLAIN] = "\033[0m", [PRINT_BOLD] = "\033[1m",
		[PRINT_GOOD] = "\033[32m", [PRINT_BAD] = "\033[31m",
		[PRINT_DOUBT] = "\033[33m",
	};

	if (block->style->colours)
		add(block, escapes[colour], strlen(escapes[colour]), 0);
}

void
block_fill(struct block *block, unsigned int column)
{
	while (block->column < column && room(block) > 0)
		add(block, " ", 1, 1);
}

static double
within_one(double part)
{
	return part > 0 ? part < 1 ? part : 1 : 0;
}

void
block_bar(struct block *block, double part, unsigned int columns)
{
	const unsigned int end = block->column + columns;
	unsigned int eighths, i;

	eighths = (unsigned int)(within_one(part) * columns * EIGHTHS + 0.5);
	/* What is there shows. */
	if (eighths == 0 && part > 0)
		eighths = 1;
	for (i = 0; i < eighths / EIGHTHS; i++)
		add(block, block->style->is_utf8 ? FULL : "#",
		    block->style->is_utf8 ? 3 : 1, 1);
	if (eighths % EIGHTHS != 0 && block->style->is_utf8)
		add(block, lefts[eighths % EIGHTHS], 3, 1);
	else if (eighths % EIGHTHS != 0)
		add(block, eighths % EIGHTHS >= EIGHTHS / 2 ? "#" : ".", 1, 1);
	block_fill(block, end);
}

void
block_column(struct block *block, double part)
{
	const char *glyph;
	unsigned int i;

	i = (unsigned int)(within_one(part) * EIGHTHS + 0.5);
	if (i == 0 && part > 0)
		i = 1;
	glyph = block->style->is_utf8 ? columns_utf8[i] : &columns_ascii[i];
	add(block, glyph, block->style->is_utf8 ? strlen(glyph) : 1, 1);
}

/* How much of a text fits into so many columns: whole words, if possible. */
static size_t
fitting(const char *text, size_t width)
{
	size_t fit;

	if (strlen(text) <= width)
		return strlen(text);
	for (fit = width; fit > 0 && text[fit] != ' '; fit--)
		;
	return fit > 0 ? fit : width;
}

void
block_wrap(struct block *block, const char *text, bool is_item,
    enum print_colour colour)
{
	const char *begin = text;
	size_t len;

	while (*text != '\0' && (is_item && text == begin ?
	    block_item(block) : block_line(block))) {
		if (is_item)
			block_put(block, "%s", text == begin ? "- " : "  ");
		len = fitting(text, room(block));
		block_colour(block, colour);
		block_put(block, "%.*s", (int)len, text);
		block_colour(block, PRINT_PLAIN);
		text += len;
		text += strspn(text, " ");
	}
}

bool
block_command(struct block *block, const char *command, size_t len)
{
	if (len + COMMAND_INDENT >= BLOCK_LINE_SIZE ||
	    (block->style->is_screen &&
	    len + COMMAND_INDENT > block->style->columns) ||
	    !block_line(block))
		return false;
	block_fill(block, COMMAND_INDENT);
	/* So that it can be copied, it is as long as it is. */
	add(block, command, len, 0);
	return true;
}

/* -- Printing ------------------------------------------------------------ */

/* A last line says that something was left out. */
static bool
says_more(const struct block *block)
{
	return block->nleft_out > 0 && block->more != NULL;
}

static size_t
rows_of(const struct block *blocks, size_t n, bool is_wide)
{
	size_t i, rows = 0;

	for (i = 0; i < n; i++)
		if (blocks[i].n > 0)
			rows += blocks[i].n + says_more(&blocks[i]) +
			    (is_wide && rows > 0);
	return rows;
}

/* Leave out the last item. */
static void
shorten(struct block *block)
{
	while (!block->begins[--block->n])
		;
	block->nitems--;
	block->nleft_out++;
}

/* The longest block that has more items than that; NULL: there is none. */
static struct block *
longest(struct block *blocks, size_t n, size_t least)
{
	struct block *found = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (blocks[i].more != NULL && blocks[i].nitems > least &&
		    (found == NULL || blocks[i].n >= found->n))
			found = &blocks[i];
	return found;
}

/* The last block goes before others have very few items. */
static void
fit(struct block *blocks, size_t *n, size_t rows, bool is_wide)
{
	const size_t all = *n;
	struct block *block;

	while (rows_of(blocks, *n, is_wide) > rows) {
		block = longest(blocks, *n, FEW_ITEMS);
		if (block == NULL && *n < all)
			block = longest(blocks, *n, 1);
		if (block != NULL)
			shorten(block);
		else if (*n > 1)
			--*n;
		else
			blocks[0].n--;
	}
}

/* Blanks at the end of a line, which bars leave, are of no use. */
static void
put_line(FILE *fp, const char *line)
{
	size_t len = strlen(line);

	while (len > 0 && line[len - 1] == ' ')
		len--;
	(void)fwrite(line, 1, len, fp);
}

/* What shows the rest, if there is room to say it. */
static void
put_more(FILE *fp, const struct block *block, const char *end)
{
	char text[MORE_SIZE];
	const int len = snprintf(text, sizeof(text), "  and %zu more: %s",
	    block->nleft_out, block->more);

	if (len >= 0 && (unsigned int)len <= block->style->columns)
		(void)fprintf(fp, "%s%s", end, text);
	else
		(void)fprintf(fp, "%s  and %zu more", end, block->nleft_out);
}

void
blocks_print(FILE *fp, struct block *blocks, size_t n,
    const struct status_style *style)
{
	const char *end = style->is_screen ? "\033[K\r\n" : "\n";
	bool is_first = true, is_wide = true;
	size_t i, line;

	if (style->rows > 0) {
		is_wide = style->rows >= MANY_ROWS ||
		    rows_of(blocks, n, true) <= style->rows;
		fit(blocks, &n, style->rows, is_wide);
	}
	for (i = 0; i < n; i++) {
		if (blocks[i].n == 0)
			continue;
		if (is_wide && !is_first)
			(void)fputs(end, fp);
		for (line = 0; line < blocks[i].n; line++) {
			(void)fputs(is_first ? "" : end, fp);
			put_line(fp, blocks[i].lines[line]);
			is_first = false;
		}
		if (says_more(&blocks[i]))
			put_more(fp, &blocks[i], end);
	}
	/* After the last row, a screen would scroll. */
	(void)fputs(style->is_screen ? "\033[K" : "\n", fp);
}

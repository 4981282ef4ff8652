/* SPDX-License-Identifier: ISC */

/*
 * Generators of bodies, line by line, from words and a small generator of
 * random numbers that is the same everywhere.
 */

#include "bodytext.h"

#include <string.h>

static const char *const words[] = {
	"the", "order", "of", "your", "case", "has", "been", "closed", "and",
	"we", "would", "like", "to", "know", "whether", "it", "was",
	"resolved", "to", "your", "satisfaction;", "please", "contact",
	"support", "if", "anything", "is", "left", "open.", "Invoice", "A",
	"number", "00012345,", "due", "in", "thirty", "days",
};

static const char *const foreign[] = {
	"gr\xc3\xbc\xc3\x9f", "\xc3\xa9t\xc3\xa9",
	"\xd0\xbf\xd0\xb8\xd1\x81\xd1\x8c\xd0\xbc\xd0\xbe",
	"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	"na\xc3\xafve", "\xe2\x82\xac", "order", "of", "case",
};

static const char *const cells[] = {
	"<td style=\"padding: 0 12px; font-family: Arial, sans-serif\">",
	"<td class=\"item\" align=\"left\" valign=\"top\">",
	"<p class=\"small\">",
	"<a href=\"https://service.example.com/case?id=00012345&amp;lang=en\">",
	"<span style=\"color:#333333;line-height:1.4\">",
};

static const char *const rows[] = {
	"<tr>", "</tr>", "</table>", "<div>", "</div>",
	"<table width=\"600\" border=\"0\" cellpadding=\"0\">",
	"<img src=\"https://img.example.com/logo.png\" alt=\"\" width=\"1\">",
};

#define COUNT(array)	(sizeof(array) / sizeof(array[0]))

static unsigned int
pick(unsigned int *seed, size_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (unsigned int)((*seed >> 8) % n);
}

static size_t
put(char *line, size_t at, const char *text)
{
	size_t len = strlen(text);

	memcpy(line + at, text, len);
	return at + len;
}

/* Words with single spaces, up to a width or a little more. */
static size_t
put_words(char *line, size_t at, size_t width, const char *const *list,
    size_t n, unsigned int *seed)
{
	size_t begin = at;

	while (at < width) {
		if (at > begin)
			line[at++] = ' ';
		at = put(line, at, list[pick(seed, n)]);
	}
	return at;
}

static size_t
end_line(char *line, size_t at)
{
	return put(line, at, "\r\n");
}

static size_t
line_base64(char *line, unsigned int *seed)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
	    "opqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < 76; i++)
		line[i] = digits[pick(seed, 64)];
	return end_line(line, i);
}

/* As templates print it: indented, each element on its line. */
static size_t
line_html(char *line, unsigned int *seed)
{
	size_t at = pick(seed, 7) * 2;
	unsigned int kind = pick(seed, 10);

	memset(line, ' ', at);
	if (kind < 3)
		at = put(line, at, rows[pick(seed, COUNT(rows))]);
	else if (kind < 6) {
		at = put(line, at, cells[pick(seed, COUNT(cells))]);
		at = put_words(line, at, at + 10 + pick(seed, 60), words,
		    COUNT(words), seed);
		at = put(line, at, "</td>");
	} else if (kind < 9)
		at = put_words(line, at, at + 30 + pick(seed, 60), words,
		    COUNT(words), seed);
	else
		at = 0;
	return end_line(line, at);
}

/* As programs print it: in one line of 900 octets after another. */
static size_t
line_dense_html(char *line, unsigned int *seed)
{
	size_t at = 0;

	while (at < 800) {
		at = put(line, at, rows[pick(seed, COUNT(rows))]);
		at = put(line, at, cells[pick(seed, COUNT(cells))]);
		at = put_words(line, at, at + 8, words, COUNT(words), seed);
	}
	return end_line(line, at);
}

static size_t
line_quoted_printable(char *line, unsigned int *seed)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t at = 0;

	if (pick(seed, 8) == 0)
		return end_line(line, put_words(line, 0, 20, words,
		    COUNT(words), seed));
	while (at < 64) {
		at = put(line, at, words[pick(seed, COUNT(words))]);
		if (pick(seed, 4) == 0) {
			line[at++] = '=';
			line[at++] = 'C';
			line[at++] = '3';
			line[at++] = '=';
			line[at++] = hex[8 + pick(seed, 4)];
			line[at++] = hex[pick(seed, 16)];
		}
		line[at++] = ' ';
	}
	line[at++] = '=';
	return end_line(line, at);
}

static size_t
line_plain(char *line, unsigned int *seed)
{
	size_t at = 0;

	if (pick(seed, 6) != 0)
		at = put_words(line, 0, 62 + pick(seed, 8), words,
		    COUNT(words), seed);
	/* Some people type two spaces after a sentence. */
	if (at > 0 && pick(seed, 12) == 0)
		at = put(line, at, ".  So");
	return end_line(line, at);
}

static size_t
line_8bit(char *line, unsigned int *seed)
{
	return end_line(line, put_words(line, 0, 60 + pick(seed, 12), foreign,
	    COUNT(foreign), seed));
}

/* -- Worst cases --------------------------------------------------------- */

static size_t
put_again(char *line, const char *text)
{
	size_t at = 0;

	while (at < 900)
		at = put(line, at, text);
	return end_line(line, at);
}

static size_t
line_alternating(char *line, unsigned int *seed)
{
	(void)seed;
	return put_again(line, "x  ");
}

static size_t
line_mixed_blanks(char *line, unsigned int *seed)
{
	(void)seed;
	return put_again(line, "x \t");
}

static size_t
line_blanks(char *line, unsigned int *seed)
{
	(void)seed;
	return put_again(line, " \t");
}

static size_t
line_tabs(char *line, unsigned int *seed)
{
	(void)seed;
	return put_again(line, "x\t");
}

static size_t
line_crlf(char *line, unsigned int *seed)
{
	(void)seed;
	return end_line(line, 0);
}

static size_t
line_blank_at_end(char *line, unsigned int *seed)
{
	size_t len = line_base64(line, seed);

	line[len - 2] = ' ';
	line[len - 1] = '\r';
	line[len] = '\n';
	return len + 1;
}

static size_t
line_short_blank_at_end(char *line, unsigned int *seed)
{
	(void)seed;
	return put(line, 0, "x \r\n");
}

static const struct bodytext texts[] = {
	{ "base64",			false,	line_base64 },
	{ "html",			false,	line_html },
	{ "html in long lines",		false,	line_dense_html },
	{ "quoted-printable",		false,	line_quoted_printable },
	{ "plain",			false,	line_plain },
	{ "8-bit",			false,	line_8bit },
	{ "blanks between letters",	true,	line_alternating },
	{ "and tabs",			true,	line_mixed_blanks },
	{ "blanks only",		true,	line_blanks },
	{ "tabs between letters",	true,	line_tabs },
	{ "CRLF only",			true,	line_crlf },
	{ "a blank at line ends",	true,	line_blank_at_end },
	{ "and short lines",		true,	line_short_blank_at_end },
};

const struct bodytext *
bodytext_list(size_t *n)
{
	*n = COUNT(texts);
	return texts;
}

void
bodytext_fill(const struct bodytext *text, char *body, size_t len)
{
	char line[BODYTEXT_LINE + 1];
	unsigned int seed = 1;
	size_t at, n;

	for (at = 0; at < len; at += n) {
		n = text->line(line, &seed);
		if (n > len - at)
			n = len - at;
		memcpy(body + at, line, n);
	}
	if (len >= 2)
		memcpy(body + len - 2, "\r\n", 2);
}

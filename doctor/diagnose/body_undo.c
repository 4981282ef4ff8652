/* SPDX-License-Identifier: ISC */

/*
 * There is one function per change; each writes the body as it may have been
 * before that change.  A line ends with LF or CRLF.
 *
 * Changes of the transfer encoding are undone in body_decode.c.  Changes that
 * mail systems rarely make today, such as those of tabs and character sets,
 * are not tried, because each costs a pass over the body.
 */

#include "diagnose/body_undo.h"

#include <string.h>

#include "diagnose/body_decode.h"

#define MAX_LINE	998	/* octets without CRLF, RFC 5322 2.1.1 */

struct line {
	const char	*text;
	size_t		 len;		/* without its line end */
	size_t		 endlen;	/* 2 for CRLF, 1 for LF, 0 for none */
};

/* Take the line at *p and advance; false at the end of the text. */
static bool
next_line(const char **p, const char *end, struct line *line)
{
	const char *lf;
	size_t len;

	if (*p == end)
		return false;
	lf = memchr(*p, '\n', (size_t)(end - *p));
	len = (size_t)((lf == NULL ? end : lf) - *p);
	line->text = *p;
	line->endlen = lf != NULL;
	if (lf != NULL && len > 0 && lf[-1] == '\r') {
		len--;
		line->endlen++;
	}
	line->len = len;
	*p += len + line->endlen;
	return true;
}

static void
put(FILE *out, const char *text, size_t len)
{
	(void)fwrite(text, 1, len, out);
}

static void
put_end(FILE *out, const struct line *line)
{
	put(out, line->text + line->len, line->endlen);
}

/* Call write for each line. */
static bool
each_line(const struct mailfile *mail, FILE *out,
    void (*write)(const struct line *, FILE *))
{
	const char *p = mail->body, *end = p + mail->bodylen;
	struct line line;

	while (next_line(&p, end, &line))
		write(&line, out);
	return true;
}

/* -- Line ends */

static void
end_with_crlf(const struct line *line, FILE *out)
{
	put(out, line->text, line->len);
	if (line->endlen > 0)
		put(out, "\r\n", 2);
}

static bool
undo_bare_lf(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, end_with_crlf);
}

static void
end_with_lf(const struct line *line, FILE *out)
{
	put(out, line->text, line->len);
	if (line->endlen > 0)
		put(out, "\n", 1);
}

static bool
undo_crlf(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, end_with_lf);
}

/* The same without the last line end, as canonicalization adds a CRLF. */
static bool
undo_crlf_last(const struct mailfile *mail, FILE *out)
{
	const char *p = mail->body, *end = p + mail->bodylen;
	struct line line;

	while (next_line(&p, end, &line)) {
		put(out, line.text, line.len);
		if (p < end)
			put(out, "\n", 1);
	}
	return true;
}

static void
without_cr(const struct line *line, FILE *out)
{
	size_t len = line->len;

	while (len > 0 && line->text[len - 1] == '\r')
		len--;
	put(out, line->text, len);
	put_end(out, line);
}

static bool
undo_double_cr(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, without_cr);
}

/* -- Long lines */

/*
 * Join lines that were split.  A line counts as split if it has at least
 * MAX_LINE - slack octets, not counting a blank inserted at its beginning by
 * the previous split, and if it ends with mark.  With has_blank, the next line
 * must begin with a blank, which is removed.
 */
static bool
join(const struct mailfile *mail, FILE *out, size_t slack, const char *mark,
    bool has_blank)
{
	const char *p = mail->body, *end = p + mail->bodylen;
	size_t marklen = strlen(mark);
	struct line line;
	bool joined = false;

	while (next_line(&p, end, &line)) {
		if (joined && has_blank) {
			line.text++;
			line.len--;
		}
		joined = line.len >= MAX_LINE - slack && line.len > marklen &&
		    memcmp(line.text + line.len - marklen, mark, marklen) ==
		    0 && p < end && (!has_blank || *p == ' ');
		put(out, line.text, line.len - (joined ? marklen : 0));
		if (!joined)
			put_end(out, &line);
	}
	return true;
}

static bool
undo_cut_blank(const struct mailfile *mail, FILE *out)
{
	return join(mail, out, 0, "", true);
}

static bool
undo_cut_blank_early(const struct mailfile *mail, FILE *out)
{
	return join(mail, out, 20, "", true);
}

static bool
undo_cut(const struct mailfile *mail, FILE *out)
{
	return join(mail, out, 0, "", false);
}

static bool
undo_cut_mark(const struct mailfile *mail, FILE *out)
{
	return join(mail, out, 20, "!", true);
}

/* -- Quoting of lines */

static void
less_dot(const struct line *line, FILE *out)
{
	size_t n = line->len > 1 && memcmp(line->text, "..", 2) == 0;

	put(out, line->text + n, line->len - n);
	put_end(out, line);
}

static bool
undo_dot_added(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, less_dot);
}

static void
more_dot(const struct line *line, FILE *out)
{
	if (line->len > 0 && line->text[0] == '.')
		put(out, ".", 1);
	put(out, line->text, line->len);
	put_end(out, line);
}

static bool
undo_dot_lost(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, more_dot);
}

static void
less_quote(const struct line *line, FILE *out)
{
	size_t n = line->len > 5 && memcmp(line->text, ">From ", 6) == 0;

	put(out, line->text + n, line->len - n);
	put_end(out, line);
}

static bool
undo_from_quoted(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, less_quote);
}

static void
more_quote(const struct line *line, FILE *out)
{
	if (line->len > 4 && memcmp(line->text, "From ", 5) == 0)
		put(out, ">", 1);
	put(out, line->text, line->len);
	put_end(out, line);
}

static bool
undo_from_unquoted(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, more_quote);
}

/* -- Empty lines */

static bool
undo_leading_lines(const struct mailfile *mail, FILE *out)
{
	const char *p = mail->body, *end = p + mail->bodylen, *q = p;
	struct line line;

	while (next_line(&q, end, &line) && line.len == 0)
		p = q;
	put(out, p, (size_t)(end - p));
	return true;
}

static bool
undo_leading_line_lost(const struct mailfile *mail, FILE *out)
{
	put(out, "\r\n", 2);
	put(out, mail->body, mail->bodylen);
	return true;
}

/* -- Blanks */

static void
without_last_blanks(const struct line *line, FILE *out)
{
	size_t len = line->len;

	while (len > 0 && (line->text[len - 1] == ' ' ||
	    line->text[len - 1] == '\t'))
		len--;
	put(out, line->text, len);
	put_end(out, line);
}

static bool
undo_last_blanks(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, without_last_blanks);
}

/* Empty the lines that consist of blanks. */
static void
without_blank_lines(const struct line *line, FILE *out)
{
	size_t i = 0;

	while (i < line->len && (line->text[i] == ' ' ||
	    line->text[i] == '\t'))
		i++;
	if (i < line->len)
		put(out, line->text, line->len);
	put_end(out, line);
}

static bool
undo_blank_lines(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, without_blank_lines);
}

/* "-- ", the line before a signature text, may lose its blank. */
static void
with_delimiter(const struct line *line, FILE *out)
{
	put(out, line->text, line->len);
	if (line->len == 2 && memcmp(line->text, "--", 2) == 0)
		put(out, " ", 1);
	put_end(out, line);
}

static bool
undo_delimiter(const struct mailfile *mail, FILE *out)
{
	return each_line(mail, out, with_delimiter);
}

const struct body_undo body_undos[] = {
	{ "line-ends",
	    "line ends were changed from CRLF to a bare LF", false,
	    undo_bare_lf },
	{ "line-ends",
	    "extra CRs were inserted before the line ends", false,
	    undo_double_cr },
	{ "line-ends",
	    "the signer hashed the body with line ends of LF instead of "
	    "CRLF", false, undo_crlf },
	{ "line-ends",
	    "the signer hashed the body with line ends of LF instead of "
	    "CRLF", false, undo_crlf_last },
	{ "long-lines",
	    "lines longer than 998 octets were split with CRLF and a space",
	    false, undo_cut_blank },
	{ "long-lines",
	    "lines of about 998 octets were split with CRLF and a space",
	    false, undo_cut_blank_early },
	{ "long-lines",
	    "lines longer than 998 octets were split with CRLF", false,
	    undo_cut },
	{ "long-lines",
	    "lines of about 990 octets were split with \"!\", CRLF and a "
	    "space", false, undo_cut_mark },
	{ "8bit-downgrade",
	    "8-bit text was converted to quoted-printable", false,
	    body_decode_quoted_printable },
	{ "8bit-downgrade",
	    "8-bit text was converted to base64", false,
	    body_decode_base64 },
	{ "dot-stuffing",
	    "lines that begin with a dot got another one (SMTP dot-stuffing "
	    "was done twice)", false, undo_dot_added },
	{ "dot-stuffing",
	    "lines that began with two dots lost one of them (SMTP "
	    "dot-stuffing was undone twice)", false, undo_dot_lost },
	{ "from-quoting",
	    "lines that begin with \"From \" were quoted with \">\"", false,
	    undo_from_quoted },
	{ "from-quoting",
	    "lines that began with \">From \" lost the \">\"", false,
	    undo_from_unquoted },
	{ "empty-lines",
	    "empty lines were inserted at the beginning of the body", false,
	    undo_leading_lines },
	{ "empty-lines",
	    "an empty line at the beginning of the body was removed", false,
	    undo_leading_line_lost },
	{ "blanks",
	    "blanks were appended to lines", true, undo_last_blanks },
	{ "blanks",
	    "blanks were inserted into empty lines", true,
	    undo_blank_lines },
	{ "blanks",
	    "the space of \"-- \", the line before a signature text, was "
	    "removed", true, undo_delimiter },
};
const size_t body_nundos = sizeof(body_undos) / sizeof(body_undos[0]);

/* SPDX-License-Identifier: ISC */

/*
 * The tokens of a configuration.
 *
 *	word    = 1*( any octet but blanks, controls and #"'={}()+,* )
 *	string  = quote *( any octet but controls, "\" and that quote /
 *	          "\" ( quote / "\" ) ) quote
 *	comment = ( "#" / "//" ) to the end of the line / "/" "*" ... "*" "/"
 *	line    ends in LF or CRLF
 *
 * Syntax that other programs interpret is an error: an escape for a character,
 * ${NAME} for an environment variable (except in single quotes), a semicolon
 * at the end of a statement, a CR without LF, a comment that begins in the
 * middle of a word, as in /etc//key, and a word right behind a string.
 *
 * A faulty token is still returned as a token, so that the statement around it
 * is checked too.  The text is borrowed and never changed.
 *
 * Cannot fail: errors are added to a list, or ignored if an earlier scan
 * reported them.
 */

#include "config/cursor.h"

#include <string.h>

__attribute__((__format__(printf, 2, 3)))
static void
fault(struct scan *scan, const char *format, ...)
{
	va_list ap;

	if (scan->faults == NULL)
		return;
	va_start(ap, format);
	config_vfault_syntax(scan->faults, scan->line, format, ap);
	va_end(ap);
}

static bool
is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

static bool
is_word_char(char c)
{
	return !is_control(c) && strchr(" \t#\"'={}()+,*", c) == NULL;
}

static bool
is_line_end(const char *p)
{
	return *p == '\0' || *p == '\n' || (*p == '\r' && p[1] == '\n');
}

static bool
is_comment(const char *p)
{
	return *p == '#' || (*p == '/' && (p[1] == '/' || p[1] == '*'));
}

/* Skip a CR, which must be followed by an LF. */
static void
skip_cr(struct scan *scan)
{
	if (*++scan->p != '\n')
		fault(scan, "carriage return (octet 13) without a line feed; "
		    "end each line with LF or CRLF");
}

/* Skip a comment that ends with its line. */
static void
skip_line(struct scan *scan)
{
	while (*scan->p != '\0' && *scan->p != '\n')
		if (*scan->p == '\r')
			skip_cr(scan);
		else
			scan->p++;
}

static void
skip_comment(struct scan *scan)
{
	const char *end;

	if (*scan->p == '#' || scan->p[1] == '/') {
		skip_line(scan);
		return;
	}
	if ((end = strstr(scan->p + 2, "*/")) == NULL) {
		fault(scan, "comment not closed; add */ at its end");
		end = scan->p + strlen(scan->p);
	} else
		end += 2;
	while (scan->p < end)
		if (*scan->p == '\r')
			skip_cr(scan);
		else if (*scan->p++ == '\n')
			scan->line++;
}

/* Skip blanks, line ends and comments. */
static void
skip_space(struct scan *scan)
{
	for (;;) {
		if (is_comment(scan->p))
			skip_comment(scan);
		else if (*scan->p == '\r')
			skip_cr(scan);
		else if (*scan->p == '\n') {
			scan->line++;
			scan->p++;
		} else if (*scan->p == ' ' || *scan->p == '\t')
			scan->p++;
		else if (*scan->p != '\0' && is_control(*scan->p))
			fault(scan, "control character (octet %d); remove "
			    "it", *scan->p++);
		else
			break;
	}
}

static void
check_length(struct scan *scan, const char *what, size_t len)
{
	if (len > CONFIG_MAX_VALUE)
		fault(scan, "this %s has %zu octets; shorten it to %d or "
		    "fewer", what, len, CONFIG_MAX_VALUE);
}

/* Skip "${NAME}" in a word; its braces are not tokens. */
static void
skip_variable(struct scan *scan)
{
	fault(scan, "environment variables are not read; write the value "
	    "itself");
	while (!is_line_end(scan->p) && *scan->p != '}')
		scan->p++;
	if (*scan->p == '}')
		scan->p++;
}

static void
scan_word(struct scan *scan)
{
	const char *begin = scan->p;

	for (;;) {
		if (scan->p[0] == '$' && scan->p[1] == '{')
			skip_variable(scan);
		else if (*scan->p == '*' ||
		    (*scan->p == '+' && scan->p[1] != '=')) {
			fault(scan, "\"%c\" outside of quotes; quote the "
			    "value", *scan->p);
			scan->p++;
		} else if (*scan->p == '/' && is_comment(scan->p)) {
			fault(scan, "\"%.2s\" in a word; quote the value, or "
			    "put a space before the comment", scan->p);
			break;
		} else if (is_word_char(*scan->p))
			scan->p++;
		else
			break;
	}
	if (scan->p[-1] == ';')
		fault(scan, "\";\" at the end of a word; remove it, or quote "
		    "the value");
	check_length(scan, "word", (size_t)(scan->p - begin));
	scan->token.kind = TOKEN_WORD;
}

/* A string that is not closed ends with its line. */
static void
scan_string(struct scan *scan)
{
	const char *begin = scan->p, quote = *scan->p++;

	scan->token.kind = TOKEN_STRING;
	while (*scan->p != quote) {
		if (is_line_end(scan->p)) {
			fault(scan, "string not closed on its line; add %c at "
			    "its end", quote);
			return;
		}
		if (*scan->p == '\\' &&
		    (scan->p[1] == quote || scan->p[1] == '\\'))
			scan->p++;
		else if (*scan->p == '\\')
			fault(scan, "a backslash in a string must be followed "
			    "by %c or another backslash", quote);
		else if (quote == '"' && *scan->p == '$' && scan->p[1] == '{')
			fault(scan, "environment variables are not read; "
			    "write the value itself, or use single quotes if "
			    "${ is meant literally");
		else if (is_control(*scan->p))
			fault(scan, "control character in a string (octet %d); "
			    "remove it", *scan->p);
		scan->p++;
	}
	scan->p++;
	check_length(scan, "string", (size_t)(scan->p - begin) - 2);
	if (*scan->p != '\0' && is_word_char(*scan->p) &&
	    !is_line_end(scan->p) && !is_comment(scan->p))
		fault(scan, "text directly after a closing quote; write one %c "
		    "at each end of the value", quote);
}

void
scan_init(struct scan *scan, const char *text, unsigned int before,
    struct config_faults *faults)
{
	memset(scan, 0, sizeof(*scan));
	scan->p = text;
	scan->line = before + 1;
	scan->faults = faults;
	scan_next(scan);
}

void
scan_next(struct scan *scan)
{
	skip_space(scan);
	scan->token.begin = scan->p;
	scan->token.line = scan->line;
	if (*scan->p == '\0')
		scan->token.kind = TOKEN_END;
	else if (*scan->p == '"' || *scan->p == '\'')
		scan_string(scan);
	else if (scan->p[0] == '+' && scan->p[1] == '=') {
		scan->token.kind = TOKEN_APPEND;
		scan->p += 2;
	} else if (strchr("={}(),", *scan->p) != NULL) {
		scan->token.kind = TOKEN_CHAR;
		scan->p++;
	} else
		scan_word(scan);
	scan->token.len = (size_t)(scan->p - scan->token.begin);
}

long
scan_check(const char *text, unsigned int before, struct config_faults *faults)
{
	struct scan scan;
	long excess = 0;

	faults->has_secrets |= strcasestr(text, "secret") != NULL;
	scan_init(&scan, text, before, faults);
	for (; scan.token.kind != TOKEN_END; scan_next(&scan)) {
		excess += token_is_char(&scan.token, '{') -
		    token_is_char(&scan.token, '}');
		/* The option's name may be misspelled. */
		faults->has_secrets |= scan.token.kind == TOKEN_WORD &&
		    config_is_like(scan.token.begin, scan.token.len,
		    "secret_header");
	}
	return excess;
}

bool
token_is_char(const struct token *token, char c)
{
	return token->kind == TOKEN_CHAR && *token->begin == c;
}

bool
token_is_text(const struct token *token)
{
	return token->kind == TOKEN_WORD || token->kind == TOKEN_STRING;
}

void
token_text(const struct token *token,
    char text[CONFIG_MAX_VALUE + 1])
{
	const char *p = token->begin, *end = token->begin + token->len;
	char quote = *p;
	size_t n = 0;

	if (token->kind == TOKEN_STRING)
		p++;
	for (; p < end && n < CONFIG_MAX_VALUE; p++) {
		if (token->kind == TOKEN_STRING) {
			if (*p == quote)
				break;
			if (*p == '\\' && p + 1 < end)
				p++;
		}
		text[n++] = *p;
	}
	text[n] = '\0';
}

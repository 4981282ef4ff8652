/* SPDX-License-Identifier: ISC */

/*
 * The position of the parser in a configuration, and errors about the token
 * there.
 *
 * A word or string at a wrong place may be a secret whose option or section is
 * misspelled.  Therefore a file that may hold a secret is not quoted.
 */

#include "config/cursor.h"

#include <string.h>

#define MAX_QUOTED	40	/* octets of a token in an error */

void
cursor_init(struct cursor *cursor, const char *text, unsigned int before,
    struct config_faults *faults)
{
	memset(cursor, 0, sizeof(*cursor));
	scan_init(&cursor->scan, text, before, NULL);
	cursor->faults = faults;
}

void
cursor_advance(struct cursor *cursor)
{
	cursor->last_line = cursor->scan.token.line;
	scan_next(&cursor->scan);
}

const struct token *
cursor_token(const struct cursor *cursor)
{
	return &cursor->scan.token;
}

bool
cursor_is_at(const struct cursor *cursor, char c)
{
	return token_is_char(&cursor->scan.token, c);
}

bool
cursor_is_name(const struct cursor *cursor)
{
	struct scan ahead = cursor->scan;

	if (ahead.token.kind != TOKEN_WORD)
		return false;
	scan_next(&ahead);
	if (ahead.token.kind == TOKEN_APPEND ||
	    token_is_char(&ahead.token, '='))
		return true;
	if (token_is_text(&ahead.token))
		scan_next(&ahead);
	return token_is_char(&ahead.token, '{');
}

bool
cursor_is_title(const struct cursor *cursor)
{
	struct scan ahead = cursor->scan;

	if (!token_is_text(&ahead.token))
		return false;
	scan_next(&ahead);
	return token_is_char(&ahead.token, '{') || !cursor_is_name(cursor);
}

bool
cursor_begins_line(const struct cursor *cursor)
{
	return cursor->scan.token.line > cursor->last_line;
}

void
cursor_fault(struct cursor *cursor, unsigned int line, const char *format, ...)
{
	va_list ap;

	cursor->nerrors++;
	if (config_faults_has_syntax(cursor->faults, line))
		return;
	va_start(ap, format);
	config_vfault_syntax(cursor->faults, line, format, ap);
	va_end(ap);
}

void
cursor_unexpected(struct cursor *cursor, const char *wanted)
{
	const struct token *token = &cursor->scan.token;
	const char *quote = token->kind == TOKEN_STRING ? "" : "\"";
	const char *hint = "";

	if (token->line == cursor->value_line && token->kind != TOKEN_END)
		hint = "; quote values that contain spaces or any of "
		    "#\"'={}()+,*";
	if (token->kind == TOKEN_END)
		cursor_fault(cursor, token->line, "expected %s, found the end "
		    "of the file", wanted);
	else if (cursor->faults->has_secrets && token_is_text(token))
		cursor_fault(cursor, token->line, "expected %s, found a %s%s",
		    wanted, token->kind == TOKEN_WORD ? "word" : "string",
		    hint);
	else
		cursor_fault(cursor, token->line, "expected %s, found "
		    "%s%.*s%s%s", wanted, quote,
		    (int)(token->len < MAX_QUOTED ? token->len : MAX_QUOTED),
		    token->begin, quote, hint);
}

void
cursor_unknown(const struct cursor *cursor,
    const struct config_section *section)
{
	const struct token *token = &cursor->scan.token;
	const char *quotes = "";
	char name[64], hint[128];

	(void)snprintf(name, sizeof(name), "%.*s",
	    (int)(token->len < 64 ? token->len : 63), token->begin);
	config_suggest(section, name, hint, sizeof(hint));
	if (token->line == cursor->value_line && !cursor_is_name(cursor))
		quotes = "; quote values that contain spaces";
	if (cursor->faults->has_secrets && hint[0] == '\0')
		config_fault(cursor->faults, token->line, "unknown option (not "
		    "shown, because the file holds a secret)%s", quotes);
	else
		config_fault(cursor->faults, token->line, "unknown option "
		    "\"%s\"%s%s", name, hint, quotes);
}

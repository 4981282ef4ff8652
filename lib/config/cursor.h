/* SPDX-License-Identifier: ISC */

/*
 * Reading a configuration token by token: a scan finds the tokens; a cursor is
 * the position of the parser and reports errors there.
 */

#ifndef CONFIG_CURSOR_H
#define CONFIG_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "config/private.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_APPEND,		/* += */
	TOKEN_CHAR		/* one of = { } ( ) , */
};

struct token {
	enum token_kind	 kind;
	const char	*begin;		/* in the text, quotes included */
	size_t		 len;
	unsigned int	 line;
};

bool	token_is_char(const struct token *token, char c);
/* Whether it is a word or a string. */
bool	token_is_text(const struct token *token);
/* The text of a word or string; cut off if too long, which is a fault. */
void	token_text(const struct token *token,
	    char text[CONFIG_MAX_VALUE + 1]);

/* A scan is a plain value: to look ahead, use a copy. */
struct scan {
	struct token	 token;		/* the current one */
	const char	*p;		/* the end of the token */
	unsigned int	 line;		/* the line of p */
	struct config_faults *faults;	/* NULL: report nothing */
};

/* Start at the first token of a borrowed text, with lines before it. */
void	scan_init(struct scan *scan, const char *text, unsigned int before,
	    struct config_faults *faults);
/* Go to the next token; after the last one, TOKEN_END is repeated. */
void	scan_next(struct scan *scan);

/*
 * Report all errors in the words, strings and comments of a text, and set
 * faults->has_secrets.  Returns the number of "{" less the number of "}".
 */
long	scan_check(const char *text, unsigned int before,
	    struct config_faults *faults);

struct cursor {
	struct scan	 scan;
	struct config_faults *faults;
	size_t		 nerrors;	/* syntax errors, reported or not */
	unsigned int	 last_line;	/* of the previous token; 0: none */
	unsigned int	 value_line;	/* of the last value; 0: none */
};

/* Start at the first token of a text, after scan_check(). */
void	cursor_init(struct cursor *cursor, const char *text,
	    unsigned int before, struct config_faults *faults);
void	cursor_advance(struct cursor *cursor);
const struct token *cursor_token(const struct cursor *cursor);
bool	cursor_is_at(const struct cursor *cursor, char c);
/* Whether the token is the name of a statement, by what follows it. */
bool	cursor_is_name(const struct cursor *cursor);
/* Whether it is the title of a section. */
bool	cursor_is_title(const struct cursor *cursor);
bool	cursor_begins_line(const struct cursor *cursor);

/* Report a syntax error unless its line already has one. */
void	cursor_fault(struct cursor *cursor, unsigned int line,
	    const char *format, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* Report that something else was expected instead of the current token. */
void	cursor_unexpected(struct cursor *cursor, const char *wanted);
/* Report that the current token is not an option of the section. */
void	cursor_unknown(const struct cursor *cursor,
	    const struct config_section *section);

#endif /* CONFIG_CURSOR_H */

/* SPDX-License-Identifier: ISC */

/*
 * Reading a configuration token by token: a scan finds the tokens, a cursor
 * is the place of the parser in it and says what is wrong there.
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
/* A word or a string. */
bool	token_is_text(const struct token *token);
/* What that says; cut if it is too long, which is a fault. */
void	token_text(const struct token *token,
	    char text[CONFIG_MAX_VALUE + 1]);

/* A scan is a plain value: to look ahead, use a copy. */
struct scan {
	struct token	 token;		/* the current one */
	const char	*p;		/* behind it */
	unsigned int	 line;		/* there */
	struct config_faults *faults;	/* NULL: reported already */
};

/* Begin with the first token of a text, which is borrowed. */
void	scan_init(struct scan *scan, const char *text,
	    struct config_faults *faults);
/* The next token; behind the end of the text there is only the end. */
void	scan_next(struct scan *scan);

/*
 * Report all errors in the words, strings and comments of a text, and note
 * whether it may have secrets.  How many more braces are opened in it than
 * closed.
 */
long	scan_check(const char *text, struct config_faults *faults);

struct cursor {
	struct scan	 scan;
	struct config_faults *faults;
	size_t		 nerrors;	/* of syntax, reported or echoes */
	unsigned int	 last_line;	/* of the token before; 0: none */
	unsigned int	 value_line;	/* of the last value; 0: none */
};

/* To the first token of a text whose own errors have been reported. */
void	cursor_init(struct cursor *cursor, const char *text,
	    struct config_faults *faults);
void	cursor_advance(struct cursor *cursor);
const struct token *cursor_token(const struct cursor *cursor);
bool	cursor_is_at(const struct cursor *cursor, char c);
/* Whether the token is the name of a statement, by what follows it. */
bool	cursor_is_name(const struct cursor *cursor);
/* Whether it is the title of a section. */
bool	cursor_is_title(const struct cursor *cursor);
bool	cursor_begins_line(const struct cursor *cursor);

/* A syntax error, reported unless its line has one already. */
void	cursor_fault(struct cursor *cursor, unsigned int line,
	    const char *format, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* The current token stands where something else should. */
void	cursor_unexpected(struct cursor *cursor, const char *wanted);
/* The current token is a name that the section does not have. */
void	cursor_unknown(const struct cursor *cursor,
	    const struct config_section *section);

#endif /* CONFIG_CURSOR_H */

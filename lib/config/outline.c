/* SPDX-License-Identifier: ISC */

/*
 * The statements of a configuration, checked against the schema; the result
 * is a tree.
 *
 *	section   = *statement
 *	statement = name "=" ( value / list ) / name [ title ] "{" section "}" /
 *	            "include" value
 *	list      = "{" value *( "," value ) [ "," ] "}"
 *
 * We have our own parser because libraries stop at the first error, and an
 * operator can only fix a file in one go if all errors are reported.
 *
 * A statement is parsed by its form, whatever the schema says about its name;
 * if the schema does not allow it, it is reported and dropped.  After a syntax
 * error, parsing continues at the next "name =" or "name {", at the next line
 * that begins with a word, or at the brace that closes the section.  If a line
 * begins with an option of an outer section, that brace is missing; but only
 * if the file has more "{" than "}", otherwise the option is at a wrong place.
 * In a section with a syntax error, missing options are not reported.
 *
 * Fails when out of memory.  CONFIG_MAX_DEPTH limits nesting and recursion.
 */

#include "config/outline.h"

#include <string.h>

static void	walk_level(struct outline *o, const struct level *outer,
		    const struct config_section *section,
		    struct config_node *node, unsigned int line);

bool
outline_is_end(const struct outline *o)
{
	return cursor_token(&o->at)->kind == TOKEN_END;
}

bool
outline_is_text(const struct outline *o)
{
	return token_is_text(cursor_token(&o->at));
}

void
outline_resume(struct outline *o, const struct level *level)
{
	o->at.nerrors++;
	while (!outline_is_end(o) && !cursor_is_at(&o->at, '}') &&
	    !cursor_is_name(&o->at) && !(cursor_begins_line(&o->at) &&
	    cursor_token(&o->at)->kind == TOKEN_WORD)) {
		if (cursor_is_at(&o->at, '{'))
			outline_braces(o, level);
		else
			cursor_advance(&o->at);
	}
}

void
outline_refuse(struct outline *o, struct statement *s, const char *format,
    ...)
{
	char text[512];
	va_list ap;

	if (!s->is_reported) {
		va_start(ap, format);
		(void)vsnprintf(text, sizeof(text), format, ap);
		va_end(ap);
		config_fault(o->at.faults, s->line, "%s", text);
	}
	s->is_reported = true;
	s->node = NULL;
}

void
outline_refuse_shape(struct outline *o, struct statement *s)
{
	const struct config_option *option = s->option;

	if (option->section == NULL)
		outline_refuse(o, s, "\"%s\" is not a section; write %s = "
		    "%s", option->name, option->name, option->is_list ?
		    "{ ... }" : "...");
	else if (option->section->title == NULL)
		outline_refuse(o, s, "\"%s\" is a section; write %s { ... }",
		    option->name, option->name);
	else
		outline_refuse(o, s, "\"%s\" is a section with a title, "
		    "%s; write %s \"...\" { ... }", option->name,
		    option->section->title, option->name);
}

/* Skip braces and their contents if they are nested too deeply. */
static bool
skip_deep(struct outline *o)
{
	unsigned int depth = 0, line = cursor_token(&o->at)->line;

	if (o->depth <= CONFIG_MAX_DEPTH)
		return false;
	cursor_fault(&o->at, line, "\"{\" is nested more than %d levels deep; "
	    "remove it", CONFIG_MAX_DEPTH);
	do {
		if (cursor_is_at(&o->at, '{'))
			depth++;
		else if (cursor_is_at(&o->at, '}'))
			depth--;
		cursor_advance(&o->at);
	} while (depth > 0 && !outline_is_end(o));
	return true;
}

void
outline_braces(struct outline *o, const struct level *level)
{
	static const struct statement nothing = { .is_reported = true };
	struct cursor ahead = o->at;
	unsigned int line = cursor_token(&o->at)->line;

	if (skip_deep(o))
		return;
	cursor_advance(&ahead);
	if (cursor_is_at(&ahead, ',') ||
	    (token_is_text(cursor_token(&ahead)) && !cursor_is_name(&ahead)))
		outline_list(o, level, &nothing);
	else {
		cursor_advance(&o->at);
		walk_level(o, level, NULL, NULL, line);
	}
}

/* Parse a section from its title or "{", which may be missing if reported. */
static void
walk_section(struct outline *o, const struct level *level,
    struct statement *s)
{
	const struct config_section *section = NULL;
	bool has_title = cursor_is_title(&o->at);
	char title[CONFIG_MAX_VALUE + 1];
	struct config_node *node = NULL;

	if (s->option != NULL && ((section = s->option->section) == NULL ||
	    has_title != (section->title != NULL)))
		outline_refuse_shape(o, s);
	if (has_title) {
		token_text(cursor_token(&o->at), title);
		cursor_advance(&o->at);
	}
	if (section == NULL) {
		outline_braces(o, level);
		return;
	}
	if (cursor_is_at(&o->at, '{'))
		cursor_advance(&o->at);
	if (s->node != NULL && (node = config_node_new(s->node, s->option,
	    has_title ? title : NULL, s->line)) == NULL)
		o->at.faults->no_memory = true;
	walk_level(o, level, section, node, s->line);
}

/* Whether the current token is in a section whose "{" is missing. */
static bool
is_unopened(const struct outline *o, const struct statement *s)
{
	struct cursor ahead = o->at;
	const struct token *token = cursor_token(&ahead);

	if (o->excess >= 0 || s->option == NULL || s->option->section == NULL)
		return false;
	if (cursor_is_title(&ahead))
		cursor_advance(&ahead);
	return cursor_is_name(&ahead) && config_option_find(
	    s->option->section, token->begin, token->len) != NULL;
}

/* Report a name without "=" or "{" after it. */
static void
walk_broken(struct outline *o, const struct level *level,
    struct statement *s)
{
	bool is_section = s->option != NULL && s->option->section != NULL;
	const char *wanted = is_section ? "\"{\"" : "\"=\"";

	if (is_unopened(o, s)) {
		o->excess++;
		cursor_fault(&o->at, s->line, "section \"%s\" has no \"{\"; "
		    "add one before its first option", s->option->name);
		walk_section(o, level, s);
		return;
	}
	if (is_section && s->option->section->title != NULL &&
	    outline_is_text(o))
		cursor_advance(&o->at);
	if (s->option != NULL && cursor_begins_line(&o->at))
		cursor_fault(&o->at, s->line, "%s is missing after \"%s\"",
		    wanted, s->option->name);
	else if (!s->is_reported)
		cursor_unexpected(&o->at, wanted);
	outline_resume(o, level);
}

/* Begin a statement: find the option that the current token names. */
static void
find_option(struct outline *o, const struct level *level,
    struct statement *s)
{
	char line[CONFIG_LINE_SIZE];
	const struct token *token = cursor_token(&o->at);
	const struct config_option *option;
	unsigned int *first;

	*s = (struct statement){ NULL, level->node, token->line, false };
	if (level->section == NULL)
		return;
	option = config_option_find(level->section, token->begin, token->len);
	if ((s->option = option) == NULL) {
		cursor_unknown(&o->at, level->section);
		s->is_reported = true;
		s->node = NULL;
		return;
	}
	first = &level->seen[option - level->section->options];
	if (*first == 0)
		*first = s->line;
	else if (!config_is_bare(option) && (option->section == NULL ||
	    !option->section->is_multi)) {
		config_print_line(o->at.faults->files, *first, s->line, line);
		outline_refuse(o, s, "duplicate \"%s\", first on %s; keep one",
		    option->name, line);
	}
}

/* Parse the value of an option that has it without "=". */
static void
walk_bare(struct outline *o, const struct level *level,
    const struct statement *s)
{
	if (outline_is_text(o) && !cursor_begins_line(&o->at) &&
	    !cursor_is_name(&o->at)) {
		outline_take(o, s);
		return;
	}
	cursor_fault(&o->at, s->line, "write %s \"/DIRECTORY/*.conf\", without "
	    "\"=\" or braces", s->option->name);
	outline_resume(o, level);
}

static void
walk_statement(struct outline *o, const struct level *level)
{
	bool is_name = cursor_is_name(&o->at);
	struct statement s;

	find_option(o, level, &s);
	cursor_advance(&o->at);
	if (config_is_bare(s.option))
		walk_bare(o, level, &s);
	else if (!is_name)
		walk_broken(o, level, &s);
	else if (outline_is_text(o) || cursor_is_at(&o->at, '{'))
		walk_section(o, level, &s);
	else
		outline_value(o, level, &s);
}

/* Whether the current token is an option of an outer section. */
static bool
is_of_outer(const struct outline *o, const struct level *level)
{
	const struct token *token = cursor_token(&o->at);
	bool is_first = true;

	if (!cursor_begins_line(&o->at) || !cursor_is_name(&o->at))
		return false;
	for (; level != NULL; level = level->outer, is_first = false)
		if (level->section != NULL && config_option_find(
		    level->section, token->begin, token->len) != NULL)
			return !is_first;
	return false;
}

/* Whether a section ends here without its "}"; if so, report it. */
static bool
report_unclosed_section(struct outline *o, const struct level *level)
{
	char line[CONFIG_LINE_SIZE];
	const char *what = level->section != NULL ? "this section" : "\"{\"";

	if (level->outer == NULL)
		return outline_is_end(o);
	if (outline_is_end(o))
		cursor_fault(&o->at, level->line, "%s is never closed; add } "
		    "at its end", what);
	else if (o->excess > 0 && is_of_outer(o, level)) {
		config_print_line(o->at.faults->files,
		    cursor_token(&o->at)->line, level->line, line);
		cursor_fault(&o->at, level->line, "%s is never closed; add } "
		    "before %s", what, line);
	} else
		return false;
	o->excess--;
	return true;
}

/* Report a token that cannot begin a statement. */
static void
walk_stray(struct outline *o, const struct level *level)
{
	cursor_unexpected(&o->at, level->outer == NULL ?
	    "the name of an option" : "the name of an option or \"}\"");
	if (cursor_is_at(&o->at, '{')) {
		outline_braces(o, level);
		return;
	}
	cursor_advance(&o->at);
	outline_resume(o, level);
}

/* Parse the statements of a section to its "}", or of the file to its end. */
static void
walk_statements(struct outline *o, const struct level *level)
{
	size_t nerrors = o->at.nerrors;
	bool is_closed = false;

	o->depth++;
	while (!is_closed && !report_unclosed_section(o, level)) {
		is_closed = level->outer != NULL && cursor_is_at(&o->at, '}');
		if (is_closed)
			cursor_advance(&o->at);
		else if (cursor_token(&o->at)->kind == TOKEN_WORD)
			walk_statement(o, level);
		else
			walk_stray(o, level);
	}
	o->depth--;
	if (level->node != NULL)
		level->node->is_complete = is_closed &&
		    o->at.nerrors == nerrors;
}

static void
walk_level(struct outline *o, const struct level *outer,
    const struct config_section *section, struct config_node *node,
    unsigned int line)
{
	unsigned int seen[CONFIG_MAX_OPTIONS] = { 0 };
	const struct level level = { outer, section, node, line, seen };

	walk_statements(o, &level);
}

static void
walk_file(const char *text, unsigned int before, const struct level *level,
    struct config_faults *faults)
{
	struct outline o = { 0 };

	o.excess = scan_check(text, before, faults);
	cursor_init(&o.at, text, before, faults);
	walk_statements(&o, level);
}

void
config_outline_add(struct config_node *root, const char *text,
    unsigned int before, unsigned int seen[CONFIG_MAX_OPTIONS],
    struct config_faults *faults)
{
	const struct level level = {
		NULL, config_schema(), root, before + 1, seen
	};

	walk_file(text, before, &level, faults);
}

struct config_node *
config_outline(const char *text, const struct config_section *schema,
    struct config_faults *faults)
{
	unsigned int seen[CONFIG_MAX_OPTIONS] = { 0 };
	struct level level = { NULL, schema, NULL, 1, seen };
	struct config_node *root;

	if ((root = config_node_new(NULL, NULL, NULL, 1)) == NULL) {
		faults->no_memory = true;
		return NULL;
	}
	level.node = root;
	walk_file(text, 0, &level, faults);
	if (!faults->no_memory)
		return root;
	config_node_free(root);
	return NULL;
}

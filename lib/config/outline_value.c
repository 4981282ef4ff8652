/* SPDX-License-Identifier: ISC */

/*
 * The values and lists in the outline of a configuration: what follows the "="
 * of a statement.
 *
 * A list whose "}" is missing ends before the next statement that begins a
 * line, if the file has more "{" than "}" or that statement is an option of
 * the section around the list.
 *
 * Fails when out of memory.
 */

#include "config/outline.h"

static struct config_setting *
new_setting(struct outline *o, const struct statement *s)
{
	struct config_setting *setting;

	if (s->node == NULL)
		return NULL;
	if ((setting = config_setting_new(s->node, s->option)) == NULL)
		o->at.faults->no_memory = true;
	return setting;
}

/* Add the current token, which is a value. */
static void
take_value(struct outline *o, struct config_setting *setting)
{
	const struct token *token = cursor_token(&o->at);
	char text[CONFIG_MAX_VALUE + 1];

	o->at.value_line = token->line;
	if (setting != NULL) {
		token_text(token, text);
		if (config_setting_add(setting, text, token->line) == -1)
			o->at.faults->no_memory = true;
	}
	cursor_advance(&o->at);
}

void
outline_take(struct outline *o, const struct statement *s)
{
	take_value(o, new_setting(o, s));
}

/* Whether the current token is an option's name at the beginning of a line. */
static bool
begins_option(const struct outline *o, const struct level *level)
{
	const struct token *token = cursor_token(&o->at);

	return cursor_begins_line(&o->at) && token->kind == TOKEN_WORD &&
	    level->section != NULL && config_option_find(level->section,
	    token->begin, token->len) != NULL;
}

/* Whether a list, opened on that line, ends without "}"; if so, report it. */
static bool
report_unclosed_list(struct outline *o, const struct level *level,
    unsigned int line)
{
	if (!outline_is_end(o) && (!cursor_is_name(&o->at) ||
	    !cursor_begins_line(&o->at) ||
	    (o->excess <= 0 && !begins_option(o, level))))
		return false;
	o->excess--;
	cursor_fault(&o->at, line, "this list is never closed; add } at its "
	    "end");
	return true;
}

size_t
outline_list(struct outline *o, const struct level *level,
    const struct statement *s)
{
	struct config_setting *setting = NULL;
	unsigned int line = cursor_token(&o->at)->line;
	bool wants_comma = false;
	size_t n = 0;

	o->depth++;
	cursor_advance(&o->at);
	while (!cursor_is_at(&o->at, '}') &&
	    !report_unclosed_list(o, level, line)) {
		/* Values and commas alternate. */
		if (outline_is_text(o) ? wants_comma :
		    !wants_comma || !cursor_is_at(&o->at, ','))
			cursor_unexpected(&o->at, wants_comma ?
			    "\",\" or \"}\"" : "a value or \"}\"");
		wants_comma = outline_is_text(o);
		if (wants_comma) {
			if (n++ == 0)
				setting = new_setting(o, s);
			take_value(o, setting);
		} else if (cursor_is_at(&o->at, '{'))
			outline_braces(o, level);
		else
			cursor_advance(&o->at);
	}
	o->depth--;
	if (cursor_is_at(&o->at, '}'))
		cursor_advance(&o->at);
	return n;
}

static void
walk_list_of(struct outline *o, const struct level *level,
    struct statement *s)
{
	const struct config_option *option = s->option;
	size_t nerrors = o->at.nerrors;

	if (option != NULL && !option->is_list)
		outline_refuse(o, s, "\"%s\" takes one value, not a list; "
		    "write it without braces", option->name);
	if (outline_list(o, level, s) == 0 && o->at.nerrors == nerrors &&
	    option != NULL)
		outline_refuse(o, s, "\"%s\" is an empty list; add a value or "
		    "remove the option", option->name);
}

void
outline_value(struct outline *o, const struct level *level, struct statement *s)
{
	unsigned int line = cursor_token(&o->at)->line;
	const char *name = s->option != NULL ? s->option->name : "...";

	if (s->option != NULL && s->option->section != NULL)
		outline_refuse_shape(o, s);
	if (cursor_token(&o->at)->kind == TOKEN_APPEND)
		outline_refuse(o, s, "\"+=\" is not supported; write one list "
		    "with \"=\"");
	cursor_advance(&o->at);
	if (cursor_is_at(&o->at, '{'))
		walk_list_of(o, level, s);
	else if (outline_is_end(o) || (cursor_begins_line(&o->at) &&
	    (!outline_is_text(o) || cursor_is_name(&o->at))))
		/* This is the next statement, or the end of the file. */
		cursor_fault(&o->at, line, "value missing; write %s = "
		    "...", name);
	else if (outline_is_text(o))
		outline_take(o, s);
	else {
		cursor_unexpected(&o->at, "a value");
		outline_resume(o, level);
	}
}

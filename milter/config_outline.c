/* SPDX-License-Identifier: ISC */

/*
 * The statements of a configuration, checked against the schema.
 *
 *	section   = *statement
 *	statement = name "=" ( value / "{" [ value *("," value) ] "}" )
 *	          / name [ title ] "{" section "}"
 *
 * libconfuse stops at the first name that it does not know, joins sections of
 * the same title, takes an end of file for any number of closing braces, and
 * lets a second value replace the first.  A faulty statement is therefore
 * reported and blanked here, and each section gets two pseudo-options, one
 * with the line of its name and one at its end, from which config_parse.c
 * makes the tree.  Newlines stay where they are, so lines remain right.
 *
 * After a statement that is none at all there is no telling where the next
 * one begins: the text is cut there.  What stands there may be a secret that
 * lost its option or its section, so a file that may have one is not quoted.
 */

#include "config_private.h"

#include <stdlib.h>
#include <string.h>

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_APPEND,		/* += */
	TOKEN_OTHER		/* one character: = { } ( ) , */
};

struct outline {
	const char	*p;		/* behind the token */
	unsigned int	 line;		/* of the token */
	enum token	 token;
	const char	*begin;		/* of the token */

	const char	*done;		/* all before is written or blanked */
	FILE		*out;
	struct config_faults *faults;
};

static bool
is_word_char(char c)
{
	return c != '\0' && strchr(" \t\n\r#\"'={}()+,*", c) == NULL;
}

/* Take the next token. */
static void
advance(struct outline *o)
{
	while (*o->p == ' ' || *o->p == '\t' || *o->p == '\r' ||
	    *o->p == '\n')
		if (*o->p++ == '\n')
			o->line++;
	o->begin = o->p;
	if (*o->p == '\0')
		o->token = TOKEN_END;
	else if (*o->p == '"' || *o->p == '\'') {
		o->token = TOKEN_STRING;
		for (o->p++; *o->p != *o->begin; o->p++)
			if (*o->p == '\\')
				o->p++;
		o->p++;
	} else if (is_word_char(*o->p)) {
		o->token = TOKEN_WORD;
		while (is_word_char(*o->p))
			o->p++;
	} else if (*o->p == '+') {
		o->token = TOKEN_APPEND;
		o->p += 2;
	} else {
		o->token = TOKEN_OTHER;
		o->p++;
	}
}

static bool
is_char(const struct outline *o, char c)
{
	return o->token == TOKEN_OTHER && *o->begin == c;
}

static bool
is_text(const struct outline *o)
{
	return o->token == TOKEN_WORD || o->token == TOKEN_STRING;
}

/* Write what was not written yet, up to (without) end. */
static void
write_until(struct outline *o, const char *end)
{
	fwrite(o->done, 1, (size_t)(end - o->done), o->out);
	o->done = end;
}

/* Drop what was not written yet, but for its newlines. */
static void
blank_until(struct outline *o, const char *end)
{
	for (; o->done < end; o->done++)
		if (*o->done == '\n')
			fputc('\n', o->out);
	fputc(' ', o->out);
}

/* A fault after which nothing more can be read; false for the caller. */
static bool
syntax_fault(struct outline *o, const char *wanted)
{
	if (o->token == TOKEN_END)
		config_fault(o->faults, o->line, "the file ends where %s "
		    "should be", wanted);
	else if (o->faults->has_secrets && is_text(o))
		config_fault(o->faults, o->line, "a %s where %s should be; "
		    "what follows was not checked",
		    o->token == TOKEN_WORD ? "word" : "string", wanted);
	else
		config_fault(o->faults, o->line, "\"%.*s\" where %s should "
		    "be; what follows was not checked",
		    (int)(o->p - o->begin < 40 ? o->p - o->begin : 40),
		    o->begin, wanted);
	return false;
}

/* From "{" past its "}", whatever is between. */
static bool
skip_braces(struct outline *o, unsigned int line)
{
	unsigned int depth = 1;

	while (depth > 0) {
		advance(o);
		if (o->token == TOKEN_END) {
			config_fault(o->faults, line,
			    "\"{\" is never closed; put } at its end");
			return false;
		}
		if (is_char(o, '{'))
			depth++;
		else if (is_char(o, '}'))
			depth--;
	}
	return true;
}

/* The rest of a faulty statement, behind its name. */
static bool
skip_statement(struct outline *o)
{
	unsigned int line;

	advance(o);
	if (is_text(o))		/* the title of a section */
		advance(o);
	else if (is_char(o, '=') || o->token == TOKEN_APPEND) {
		advance(o);
		if (is_text(o))
			return true;
	} else if (is_char(o, '(')) {
		while (!is_char(o, ')') && o->token != TOKEN_END)
			advance(o);
		return is_char(o, ')') || syntax_fault(o, "\")\"");
	}
	line = o->line;
	if (!is_char(o, '{'))
		return syntax_fault(o, "\"=\" and a value");
	return skip_braces(o, line);
}

/* A list, from its "{"; it must have a value. */
static bool
walk_list(struct outline *o, const struct config_option *option,
    unsigned int line)
{
	bool is_empty = true;

	for (;;) {
		advance(o);
		if (is_char(o, '}'))
			break;
		if (!is_text(o))
			return syntax_fault(o, "a value or \"}\"");
		is_empty = false;
		advance(o);
		if (is_char(o, '}'))
			break;
		if (!is_char(o, ','))
			return syntax_fault(o, "\",\" or \"}\"");
	}
	if (is_empty)
		config_fault(o->faults, line, "\"%s\" is an empty list; name "
		    "a value or leave the option out", option->name);
	else if (!option->is_list)
		config_fault(o->faults, line, "\"%s\" takes one value, not a "
		    "list; write it without braces", option->name);
	else
		return true;
	blank_until(o, o->p);
	return true;
}

/* "=" and what follows. */
static bool
walk_values(struct outline *o, const struct config_option *option)
{
	unsigned int line = o->line;
	const char *append = NULL;

	advance(o);
	if (is_char(o, '{')) {
		config_fault(o->faults, line, "\"%s\" is no section; write "
		    "%s = %s", option->name, option->name,
		    option->is_list ? "{ ... }" : "...");
		if (!skip_braces(o, o->line))
			return false;
		blank_until(o, o->p);
		return true;
	}
	if (o->token == TOKEN_APPEND)
		append = o->begin;
	else if (!is_char(o, '='))
		return syntax_fault(o, "\"=\"");
	advance(o);
	if (is_char(o, '{')) {
		if (!walk_list(o, option, line))
			return false;
	} else if (!is_text(o))
		return syntax_fault(o, "a value");
	if (append != NULL && o->done <= append) {
		config_fault(o->faults, line, "\"+=\" is not known here; "
		    "write one list with \"=\"");
		blank_until(o, o->p);
	}
	return true;
}

static bool	walk_section(struct outline *o,
		    const struct config_section *section, unsigned int line,
		    bool is_root);

/* Title and body of a section, behind its name. */
static bool
walk_subsection(struct outline *o, const struct config_option *option)
{
	const struct config_section *section = option->section;
	unsigned int line = o->line;
	const char *behind_name = o->p;
	unsigned int name_line = o->line;

	advance(o);
	if (is_char(o, '=') || o->token == TOKEN_APPEND ||
	    (section->title == NULL && is_text(o)) ||
	    (section->title != NULL && is_char(o, '{'))) {
		if (section->title != NULL)
			config_fault(o->faults, line, "\"%s\" is a section "
			    "with a title, %s; write %s \"...\" { ... }",
			    option->name, section->title, option->name);
		else
			config_fault(o->faults, line, "\"%s\" is a section; "
			    "write %s { ... }", option->name, option->name);
		o->p = behind_name;
		o->line = name_line;
		if (!skip_statement(o))
			return false;
		blank_until(o, o->p);
		return true;
	}
	if (section->title != NULL) {
		if (!is_text(o))
			return syntax_fault(o, "a title");
		advance(o);
	}
	if (!is_char(o, '{'))
		return syntax_fault(o, "\"{\"");
	write_until(o, o->p);
	fprintf(o->out, " %s = %u ", CONFIG_MARK_BEGIN, line);
	return walk_section(o, section, line, false);
}

/* A statement whose name is the current token. */
static bool
walk_statement(struct outline *o, const struct config_section *section,
    unsigned int *seen)
{
	const struct config_option *option;
	unsigned int line = o->line;
	size_t len = (size_t)(o->p - o->begin), i;
	char name[64], hint[128];

	option = config_option_find(section, o->begin, len);
	if (option == NULL) {
		snprintf(name, sizeof(name), "%.*s", (int)(len < 64 ? len :
		    63), o->begin);
		config_suggest(section, name, hint, sizeof(hint));
		if (o->faults->has_secrets && hint[0] == '\0')
			config_fault(o->faults, line, "unknown option (not "
			    "shown, as the file holds a secret)");
		else
			config_fault(o->faults, line, "unknown option "
			    "\"%s\"%s", name, hint);
		if (!skip_statement(o))
			return false;
		blank_until(o, o->p);
		return true;
	}
	i = (size_t)(option - section->options);
	if (seen[i] != 0 &&
	    (option->section == NULL || !option->section->is_multi)) {
		config_fault(o->faults, line, "duplicate \"%s\", first "
		    "on line %u; keep one", option->name, seen[i]);
		if (!skip_statement(o))
			return false;
		blank_until(o, o->p);
		return true;
	}
	seen[i] = line;
	if (option->section != NULL)
		return walk_subsection(o, option);
	return walk_values(o, option);
}

/* Behind the "{" of the section, or at the begin of the file. */
static bool
walk_section(struct outline *o, const struct config_section *section,
    unsigned int line, bool is_root)
{
	unsigned int seen[CONFIG_MAX_OPTIONS] = { 0 };

	for (;;) {
		write_until(o, o->p);
		advance(o);
		if (o->token == TOKEN_END) {
			if (is_root)
				return true;
			config_fault(o->faults, line, "this section is never "
			    "closed; put } at its end");
			break;
		}
		if (is_char(o, '}') && !is_root) {
			fprintf(o->out, " %s = 1 ", CONFIG_MARK_END);
			write_until(o, o->p);
			return true;
		}
		if (o->token != TOKEN_WORD) {
			syntax_fault(o, is_root ? "the name of an option" :
			    "the name of an option, or \"}\",");
			break;
		}
		blank_until(o, o->begin);
		if (!walk_statement(o, section, seen))
			break;
	}
	/* Cut: what this statement has is dropped, each section closed. */
	o->done = o->p + strlen(o->p);
	if (!is_root)
		fputs(" }", o->out);
	return false;
}

char *
config_outline(const char *text, const struct config_section *schema,
    struct config_faults *faults)
{
	struct outline o = {
		.p = text, .begin = text, .done = text,
		.line = 1, .faults = faults
	};
	char *buf = NULL;
	size_t size = 0;
	bool failed;

	faults->has_secrets = strstr(text, "secret") != NULL;
	if ((o.out = open_memstream(&buf, &size)) == NULL) {
		faults->no_memory = true;
		return NULL;
	}
	walk_section(&o, schema, 1, true);
	fputc('\n', o.out);
	failed = ferror(o.out) != 0;
	if (fclose(o.out) != 0 || failed) {
		free(buf);
		faults->no_memory = true;
		return NULL;
	}
	return buf;
}

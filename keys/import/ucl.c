/* SPDX-License-Identifier: ISC */

/*
 * Read a part of UCL: JSON, in which "rspamadm configdump -j" prints the
 * configuration that is in effect, and of a plain dkim_signing.conf
 *
 *	name = value;   name: value   name { ... }   name = [ ... ]
 *
 * with "#" and C comments, quoted and bare values, and line ends in place of
 * separators.  At anything else (values without "=" or ":", of several words or
 * lines, sections with two names, nested comments) reading stops, with a note
 * that names the rspamadm command, which understands all of UCL.
 *
 * Macros (".include") are not followed, but noted.  Variables are not replaced
 * here: rspamd.c replaces those of rspamd.
 */

#include "import/ucl.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUMP		"'rspamadm configdump -j dkim_signing'"
#define BLANKS		" \t\r\n"
#define SEPARATORS	BLANKS ";,"

struct ucl {
	struct import_plan	*plan;
	struct import_place	 place;
	const char		*p, *end;
	ucl_each		*each;
	void			*arg;
	char			 names[UCL_MAX_DEPTH][UCL_MAX_NAME];
	size_t			 depth;
	char			 word[UCL_MAX_VALUE];
	bool			 is_over;
};

static void	read_value(struct ucl *ucl);

static bool
give_up(struct ucl *ucl, const char *why)
{
	if (!ucl->is_over)
		import_plan_note(ucl->plan, ucl->place, true,
		    "%s: the rest is not read: import the output of "
		    DUMP " instead", why);
	ucl->is_over = true;
	ucl->p = ucl->end;
	return false;
}

static bool
is_at(const struct ucl *ucl, const char *text)
{
	size_t len = strlen(text);

	return len <= (size_t)(ucl->end - ucl->p) &&
	    memcmp(ucl->p, text, len) == 0;
}

static void
skip_line(struct ucl *ucl)
{
	while (ucl->p < ucl->end && *ucl->p != '\n')
		ucl->p++;
}

static void
skip_comment(struct ucl *ucl)
{
	for (ucl->p += 2; !is_at(ucl, "*/"); ucl->p++) {
		if (ucl->p == ucl->end) {
			give_up(ucl, "a comment is not closed");
			return;
		}
		ucl->place.line += *ucl->p == '\n';
	}
	ucl->p += 2;
}

/* Skip comments, and characters in blanks; false at the end of the text. */
static bool
skip(struct ucl *ucl, const char *blanks)
{
	while (ucl->p < ucl->end) {
		if (*ucl->p == '#')
			skip_line(ucl);
		else if (is_at(ucl, "/*"))
			skip_comment(ucl);
		else if (*ucl->p != '\0' &&
		    strchr(blanks, *ucl->p) != NULL)
			ucl->place.line += *ucl->p++ == '\n';
		else
			return true;
	}
	return false;
}

/* Read a quoted text, or text up to a character in stops, to ucl->word. */
static bool
read_word(struct ucl *ucl, const char *stops)
{
	char quote[2] = "";
	size_t len = 0;

	if (*ucl->p == '"' || *ucl->p == '\'') {
		quote[0] = *ucl->p++;
		stops = quote;
	}
	for (; ucl->p < ucl->end && strchr(stops, *ucl->p) == NULL;
	    ucl->p++) {
		/* Take only escapes in which a character stands for itself. */
		if (quote[0] != '\0' && ucl->end - ucl->p > 1 &&
		    (quote[0] == '"' ? is_at(ucl, "\\\"") ||
		    is_at(ucl, "\\\\") || is_at(ucl, "\\/") :
		    is_at(ucl, "\\'")))
			ucl->p++;
		if (iscntrl((unsigned char)*ucl->p))
			return give_up(ucl,
			    "a control character in a name or value");
		if (len == sizeof(ucl->word) - 1)
			return give_up(ucl, "a name or value is too long");
		ucl->word[len++] = *ucl->p;
	}
	ucl->word[len] = '\0';
	if (quote[0] != '\0' && !is_at(ucl, quote))
		return give_up(ucl, "a quoted text is not closed");
	if (quote[0] != '\0')
		ucl->p++;
	else if (len == 0)
		return give_up(ucl, is_at(ucl, "}") || is_at(ucl, "]") ?
		    "a section is closed that was not opened" :
		    "expected a name or a value");
	return true;
}

/* Read the value of an option or section, whose name is ucl->word. */
static void
read_named(struct ucl *ucl)
{
	if (ucl->depth == UCL_MAX_DEPTH)
		give_up(ucl, "too many nested sections");
	else if (strlcpy(ucl->names[ucl->depth], ucl->word, UCL_MAX_NAME) >=
	    UCL_MAX_NAME)
		give_up(ucl, "a name is too long");
	else {
		ucl->depth++;
		read_value(ucl);
		ucl->depth--;
	}
}

/* Read options up to the bracket close; if "", to the end of the text. */
static void
read_section(struct ucl *ucl, const char *close)
{
	while (skip(ucl, SEPARATORS) &&
	    (*close == '\0' || !is_at(ucl, close))) {
		if (*ucl->p == '.') {
			import_plan_note(ucl->plan, ucl->place, false,
			    "a macro, which is not followed: if it includes a "
			    "file that names keys, import the output of " DUMP
			    " instead");
			skip_line(ucl);
		} else if (read_word(ucl, SEPARATORS "=:{}[]#\"'")) {
			if (!skip(ucl, BLANKS) ||
			    strchr("=:{[", *ucl->p) == NULL)
				give_up(ucl,
				    "a name without \"=\" and a value");
			else {
				ucl->p += *ucl->p == '=' || *ucl->p == ':';
				read_named(ucl);
			}
		}
	}
	if (*close != '\0' && !is_at(ucl, close))
		give_up(ucl, "a section is not closed");
	else
		ucl->p += strlen(close);
}

static void
read_list(struct ucl *ucl)
{
	unsigned int i;

	for (i = 0; skip(ucl, SEPARATORS) && *ucl->p != ']'; i++) {
		(void)snprintf(ucl->word, sizeof(ucl->word), "%u", i);
		read_named(ucl);
	}
	if (!is_at(ucl, "]"))
		give_up(ucl, "a list is not closed");
	else
		ucl->p++;
}

static void
read_text(struct ucl *ucl)
{
	bool is_quoted = *ucl->p == '"' || *ucl->p == '\'';

	if (!read_word(ucl, SEPARATORS "#{}[]\"'"))
		return;
	while (is_at(ucl, " ") || is_at(ucl, "\t"))
		ucl->p++;
	if (!is_quoted && ucl->p < ucl->end && !is_at(ucl, "/*") &&
	    strchr("\r\n;,#}]", *ucl->p) == NULL)
		give_up(ucl, "a value that needs quotes");
	else
		ucl->each(ucl->arg, ucl->place.line, ucl->names, ucl->depth,
		    ucl->word);
}

static void
read_value(struct ucl *ucl)
{
	if (!skip(ucl, BLANKS))
		give_up(ucl, "a name without \"=\" and a value");
	else if (*ucl->p == '{') {
		ucl->p++;
		read_section(ucl, "}");
	} else if (*ucl->p == '[') {
		ucl->p++;
		read_list(ucl);
	} else if (is_at(ucl, "<<"))
		give_up(ucl, "a multi-line value");
	else
		read_text(ucl);
}

void
import_ucl(struct import_plan *plan, const char *file, const char *text,
    size_t len, ucl_each *each, void *arg)
{
	struct ucl *ucl;

	if ((ucl = calloc(1, sizeof(*ucl))) == NULL) {
		plan->is_cut = true;
		return;
	}
	ucl->plan = plan;
	ucl->place.file = file;
	ucl->place.line = 1;
	ucl->p = text;
	ucl->end = text + len;
	ucl->each = each;
	ucl->arg = arg;
	if (skip(ucl, BLANKS) && *ucl->p == '{') {
		ucl->p++;
		read_section(ucl, "}");
	}
	read_section(ucl, "");
	/* A value may be a key. */
	freezero(ucl, sizeof(*ucl));
}

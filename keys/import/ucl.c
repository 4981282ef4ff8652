/* SPDX-License-Identifier: ISC */

/*
 * UCL, as far as rspamd's dkim_signing.conf uses it:
 *
 *	name = value;   name: value   name "value"
 *	name { ... }    name name { ... }    name [ ... ]
 *
 * with "#" and nested comments, quoted and bare values, and separators that
 * may be left out at line ends.  Macros (".include") are not followed and are
 * noted.  Variables stay as they are: rspamd's own are known to its reader.
 * Debian has no library for it that is kept apart from rspamd.
 */

#include "import/ucl.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct level {
	size_t		namelen;	/* of ucl->name when it began */
	unsigned int	index;		/* of the next element of a list */
	bool		is_list;
};

struct ucl {
	struct import_plan	*plan;
	struct import_place	 place;
	const char		*p, *end;
	ucl_each		*each;
	void			*arg;
	struct level		 levels[UCL_MAX_DEPTH];
	size_t			 depth;
	char			 name[UCL_MAX_NAME];
	size_t			 namelen;
	char			 word[UCL_MAX_VALUE];
	bool			 is_over;
};

static void
give_up(struct ucl *ucl, const char *why)
{
	if (!ucl->is_over)
		import_plan_note(ucl->plan, ucl->place, true,
		    "%s: what follows is not read", why);
	ucl->is_over = true;
	ucl->p = ucl->end;
}

/* A comment of C, which may have others in it. */
static void
skip_comment(struct ucl *ucl)
{
	unsigned int depth;

	depth = 0;
	do {
		if (ucl->end - ucl->p < 2) {
			give_up(ucl, "a comment does not end");
			return;
		}
		if (ucl->p[0] == '/' && ucl->p[1] == '*') {
			depth++;
			ucl->p++;
		} else if (ucl->p[0] == '*' && ucl->p[1] == '/') {
			depth--;
			ucl->p++;
		} else if (*ucl->p == '\n')
			ucl->place.line++;
		ucl->p++;
	} while (depth > 0);
}

/* Blanks and comments; line ends too if over_lines. */
static void
skip(struct ucl *ucl, bool over_lines)
{
	while (ucl->p < ucl->end) {
		if (*ucl->p == '#') {
			while (ucl->p < ucl->end && *ucl->p != '\n')
				ucl->p++;
		} else if (ucl->end - ucl->p > 1 && ucl->p[0] == '/' &&
		    ucl->p[1] == '*')
			skip_comment(ucl);
		else if (*ucl->p == '\n' && over_lines) {
			ucl->place.line++;
			ucl->p++;
		} else if (*ucl->p == ' ' || *ucl->p == '\t' ||
		    *ucl->p == '\r')
			ucl->p++;
		else
			break;
	}
}

static bool
put(struct ucl *ucl, size_t *len, char c)
{
	if (iscntrl((unsigned char)c))
		give_up(ucl, "a control character in a name or value");
	else if (*len == sizeof(ucl->word) - 1)
		give_up(ucl, "a name or value is too long");
	else {
		ucl->word[(*len)++] = c;
		return true;
	}
	return false;
}

static bool
read_quoted(struct ucl *ucl)
{
	size_t len;
	char quote;

	quote = *ucl->p++;
	len = 0;
	while (ucl->p < ucl->end && *ucl->p != quote) {
		if (*ucl->p == '\\' && ucl->end - ucl->p > 1 &&
		    (quote == '"' || ucl->p[1] == '\''))
			ucl->p++;
		if (!put(ucl, &len, *ucl->p))
			return false;
		ucl->p++;
	}
	ucl->word[len] = '\0';
	if (ucl->p == ucl->end) {
		give_up(ucl, "a quoted text does not end");
		return false;
	}
	ucl->p++;
	return true;
}

/* A quoted text, or up to one of the characters in stops or a line's end. */
static bool
read_word(struct ucl *ucl, const char *stops)
{
	size_t len;

	if (ucl->p < ucl->end && (*ucl->p == '"' || *ucl->p == '\''))
		return read_quoted(ucl);
	len = 0;
	while (ucl->p < ucl->end && *ucl->p != '\n' && *ucl->p != '\r' &&
	    *ucl->p != '\t' && *ucl->p != '\0' &&
	    strchr(stops, *ucl->p) == NULL) {
		/* A comment begins behind a blank, so that "/dir/" and a
		 * star can be a value. */
		if (len > 0 && ucl->word[len - 1] == ' ' &&
		    ucl->end - ucl->p > 1 && memcmp(ucl->p, "/*", 2) == 0)
			break;
		if (!put(ucl, &len, *ucl->p))
			return false;
		ucl->p++;
	}
	while (len > 0 && ucl->word[len - 1] == ' ')
		len--;
	ucl->word[len] = '\0';
	if (len == 0 || (ucl->p < ucl->end && *ucl->p == '\0')) {
		give_up(ucl, "neither a name nor a value");
		return false;
	}
	return true;
}

static bool
add_name(struct ucl *ucl, const char *name)
{
	static const char separator[] = { UCL_SEPARATOR, '\0' };
	int n;

	n = snprintf(ucl->name + ucl->namelen,
	    sizeof(ucl->name) - ucl->namelen, "%s%s",
	    ucl->namelen == 0 ? "" : separator, name);
	if (n < 0 || (size_t)n >= sizeof(ucl->name) - ucl->namelen) {
		give_up(ucl, "a name is too long");
		return false;
	}
	ucl->namelen += (size_t)n;
	return true;
}

static void
cut_name(struct ucl *ucl, size_t len)
{
	ucl->name[len] = '\0';
	ucl->namelen = len;
}

/* Begin a section or list; namelen is where the name goes back to. */
static void
enter(struct ucl *ucl, size_t namelen)
{
	if (ucl->depth == UCL_MAX_DEPTH) {
		give_up(ucl, "too many sections within each other");
		return;
	}
	ucl->levels[ucl->depth].namelen = namelen;
	ucl->levels[ucl->depth].index = 0;
	ucl->levels[ucl->depth].is_list = *ucl->p == '[';
	ucl->depth++;
	ucl->p++;
}

static void
leave(struct ucl *ucl)
{
	if (ucl->depth == 0 ||
	    ucl->levels[ucl->depth - 1].is_list != (*ucl->p == ']')) {
		give_up(ucl, "a section ends that did not begin");
		return;
	}
	ucl->depth--;
	cut_name(ucl, ucl->levels[ucl->depth].namelen);
	ucl->p++;
}

/* What is behind a name: a value, a section or a list. */
static void
read_value(struct ucl *ucl, size_t namelen)
{
	if (ucl->p < ucl->end && (*ucl->p == '{' || *ucl->p == '[')) {
		enter(ucl, namelen);
		return;
	}
	if (ucl->end - ucl->p > 1 && memcmp(ucl->p, "<<", 2) == 0) {
		give_up(ucl, "a value of several lines");
		return;
	}
	if (read_word(ucl, ucl->depth > 0 &&
	    ucl->levels[ucl->depth - 1].is_list ? " ,;#[]{}" : ",;#{}"))
		ucl->each(ucl->arg, ucl->place.line, ucl->name, ucl->word);
	cut_name(ucl, namelen);
}

static void
read_element(struct ucl *ucl)
{
	struct level *level = &ucl->levels[ucl->depth - 1];
	char name[16];
	size_t namelen;

	namelen = ucl->namelen;
	(void)snprintf(name, sizeof(name), "%u", level->index++);
	if (add_name(ucl, name))
		read_value(ucl, namelen);
}

static void
read_macro(struct ucl *ucl)
{
	import_plan_note(ucl->plan, ucl->place, false,
	    "a macro, which is not followed: if keys are named in what it "
	    "includes, import that, too");
	while (ucl->p < ucl->end && *ucl->p != '\n')
		ucl->p++;
}

/*
 * Words up to "=", ":" or a section are names; of those before a line's end
 * the last is the value.
 */
static void
read_option(struct ucl *ucl)
{
	size_t before, namelen;

	namelen = ucl->namelen;
	do {
		before = ucl->namelen;
		if (!read_word(ucl, " =:;,{}[]#\"'") ||
		    !add_name(ucl, ucl->word))
			return;
		skip(ucl, false);
	} while (ucl->p < ucl->end && strchr("\n=:;,{}[]", *ucl->p) == NULL);
	if (ucl->p < ucl->end && (*ucl->p == '=' || *ucl->p == ':')) {
		ucl->p++;
		skip(ucl, true);
		read_value(ucl, namelen);
	} else if (ucl->p < ucl->end && (*ucl->p == '{' || *ucl->p == '['))
		enter(ucl, namelen);
	else {
		cut_name(ucl, before);
		if (before == namelen)
			import_plan_note(ucl->plan, ucl->place, false,
			    "a name without a value");
		else
			ucl->each(ucl->arg, ucl->place.line, ucl->name,
			    ucl->word);
		cut_name(ucl, namelen);
	}
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
	for (;;) {
		skip(ucl, true);
		if (ucl->p == ucl->end)
			break;
		if (*ucl->p == ';' || *ucl->p == ',')
			ucl->p++;
		else if (*ucl->p == '}' || *ucl->p == ']')
			leave(ucl);
		else if (ucl->depth > 0 &&
		    ucl->levels[ucl->depth - 1].is_list)
			read_element(ucl);
		else if (*ucl->p == '.')
			read_macro(ucl);
		else if (*ucl->p == '{')
			enter(ucl, ucl->namelen);
		else
			read_option(ucl);
	}
	if (ucl->depth > 0)
		give_up(ucl, "a section does not end");
	free(ucl);
}

/* SPDX-License-Identifier: ISC */

/*
 * A From field without its comments and quoted strings.
 *
 * An address inside them is not an author, as long as parsers agree about where
 * they end.  Parsers disagree if one has no end, if there are quotes and
 * backslashes where the grammar does not allow them, and in the cases named
 * below; each case was found by comparing the reference parsers.
 *
 * Time is linear: after one string or comment without an end, the end of
 * another is not searched for.  Fails only if the buffer fails.
 */

#include <string.h>

#include "dkimsig/fromtext.h"

static bool
is_special(char c)
{
	return c == '\0' || strchr("()<>@,:;\\\"[]", c) != NULL;
}

static bool
is_angle(char c)
{
	return c == '<' || c == '>';
}

struct lexer {
	const char	*p, *end;
	bool		 has_open_string, has_open_comment;
	bool		 in_brackets;
	bool		 may_be_address;	/* the last string has an "@" */
	bool		 in_angle;
	bool		 is_after_at;	/* of the same mailbox */
	bool		 is_ambiguous;		/* parsers disagree */
};

/*
 * The end of the quoted string that begins at p; NULL if it has none.  Parsers
 * disagree about octets at which some end a string, or which some skip.
 */
static const char *
string_end(struct lexer *l)
{
	const char *p = l->p + 1;

	for (; p < l->end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && p + 1 < l->end)
			p++;
		/* rspamd does not recognize strings inside brackets. */
		if (*p == '\0' || (l->in_angle && is_angle(*p)))
			l->is_ambiguous = true;
		if (*p != '@')
			continue;
		l->may_be_address = true;
		if (l->is_after_at)
			l->is_ambiguous = true;
	}
	l->has_open_string = true;
	return NULL;
}

/*
 * The same for a comment.  rspamd does not examine the octet after a comment,
 * so parsers disagree about nested and about consecutive comments.
 */
static const char *
comment_end(struct lexer *l)
{
	const char *p = l->p;
	size_t depth = 0;

	for (; p < l->end; p++) {
		if (*p == ')' && --depth == 0) {
			if (p + 1 < l->end && p[1] != '\0' &&
			    strchr("()\"\\", p[1]) != NULL)
				l->is_ambiguous = true;
			return p + 1;
		}
		if (*p == '(')
			depth++;
		if (depth > 1 || *p == '"' || *p == '\\' || *p == '\0')
			l->is_ambiguous = true;
		if (*p == '\\' && p + 1 < l->end)
			p++;
	}
	l->has_open_comment = true;
	return NULL;
}

/*
 * Check a character outside strings and comments.
 *
 * Python's email takes a phrase without an address after it as the address,
 * without its quotes.  If brackets are not in pairs, it is not clear whether an
 * address follows.
 */
static void
check_character(struct lexer *l)
{
	char c = *l->p;

	if (c == '[')
		l->in_brackets = true;
	else if (c == ']')
		l->in_brackets = false;
	if (c == '\\' || c == ')' || c == '\0')
		l->is_ambiguous = true;
	if (!is_special(c))
		return;
	if (l->may_be_address && c != '<' && c != '@')
		l->is_ambiguous = true;
	/* To some parsers, a route with a comma is more than one address. */
	if (c == ',' && l->in_angle)
		l->is_ambiguous = true;
	if (is_angle(c)) {
		if (l->in_angle == (c == '<'))
			l->is_ambiguous = true;
		l->in_angle = c == '<';
	}
	l->may_be_address = false;
	if (c == '@')
		l->is_after_at = true;
	else if (!l->in_brackets && strchr("<>,;:", c) != NULL)
		l->is_after_at = false;
}

/* Whether there is a CR or LF that is not part of a fold. */
static bool
has_bare_line_end(struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.ptr[i] != '\r' && text.ptr[i] != '\n')
			continue;
		if (text.len - i < 3 || text.ptr[i] != '\r' ||
		    text.ptr[i + 1] != '\n' || !is_wsp(text.ptr[i + 2]))
			return true;
		i++;
	}
	return false;
}

enum strings { STRINGS_LEFT_OUT, STRINGS_KEPT, STRINGS_IGNORED };

static bool
take_apart(struct view text, enum strings strings, struct buf *out)
{
	struct lexer l = { .p = text.ptr, .end = text.ptr + text.len };
	const char *end;

	l.is_ambiguous = has_bare_line_end(text);
	while (l.p < l.end) {
		end = NULL;
		if ((*l.p == '"' || *l.p == '(') && l.in_brackets)
			l.is_ambiguous = true;
		/* Python's email reads on after the quote. */
		if (*l.p == '"' && l.in_angle && l.is_after_at)
			l.is_ambiguous = true;
		if (*l.p == '"' && !l.has_open_string &&
		    strings != STRINGS_IGNORED)
			end = string_end(&l);
		else if (*l.p == '(' && !l.has_open_comment)
			end = comment_end(&l);
		else
			check_character(&l);
		if (end == NULL) {
			buf_putc(out, *l.p++);
			continue;
		}
		if (*l.p == '"' && strings == STRINGS_KEPT)
			buf_put(out, l.p, (size_t)(end - l.p));
		else
			buf_putc(out, *l.p == '"' ? '"' : '\f');
		l.p = end;
	}
	return !l.is_ambiguous && !l.has_open_string && !l.has_open_comment &&
	    !l.may_be_address && !l.in_angle;
}

bool
fromtext_outside(struct view text, struct buf *out)
{
	return take_apart(text, STRINGS_LEFT_OUT, out);
}

void
fromtext_uncomment(struct view text, struct buf *out)
{
	(void)take_apart(text, STRINGS_KEPT, out);
}

void
fromtext_uncomment_strings(struct view text, struct buf *out)
{
	(void)take_apart(text, STRINGS_IGNORED, out);
}

/*
 * As rspamd does it: the octet after a comment is always copied, and so is a
 * string inside a comment.
 */
void
fromtext_uncomment_blindly(struct view text, struct buf *out)
{
	const char *p = text.ptr, *end = p + text.len;
	size_t nopen = 0, nclosed = 0;
	bool in_string = false;

	for (; p < end; p++) {
		if (in_string) {
			in_string = *p != '"';
			if (*p == '\\' && p + 1 < end)
				buf_putc(out, *p++);
			buf_putc(out, *p);
			continue;
		}
		if (*p == '\\') {
			if (nopen == 0)
				buf_putc(out, *p);
			p++;
		} else if (*p == '"') {
			in_string = true;
		} else if (*p == '(') {
			nopen++;
		} else if (*p == ')') {
			nclosed++;
			p++;
		}
		if (nopen == nclosed)
			nopen = nclosed = 0;
		if (p < end && nopen == 0)
			buf_putc(out, *p);
	}
}

void
fromtext_angled(struct view text, struct buf *out)
{
	size_t depth = 0, i;
	char c;

	for (i = 0; i < text.len; i++) {
		c = text.ptr[i];
		if (c == '<')
			depth++;
		else if (c == '>' && depth > 0)
			depth--;
		else if (c == ',' || c == ';')
			depth = 0;
		if (c == ',' || c == ';' || (depth > 0 && !is_angle(c)))
			buf_putc(out, c);
	}
}

/* SPDX-License-Identifier: ISC */

/*
 * Lexical tokens of RFC 5322: see rfc5322lex.h.
 *
 * One function for each production of section 3.2, named after it.  A
 * production and its obsolete form (section 4.1) share a function if one
 * includes the other.  rfc5322.c says where they differ from the RFC.
 *
 * No allocation; fails only on its input.
 */

#include "dkimsig/rfc5322lex.h"

#include <string.h>

#include "dkimsig/utf8.h"

/* -- Characters ---------------------------------------------------------- */

bool
lex_literal(struct lex_input *in, char c)
{
	if (in->p == in->end || *in->p != c)
		return false;
	in->p++;
	return true;
}

static bool
utf8_non_ascii(struct lex_input *in)
{
	size_t n = utf8_length(in->p, (size_t)(in->end - in->p));

	if (n < 2 && in->takes_8bit && in->p < in->end &&
	    (unsigned char)*in->p > 0x7f)
		n = 1;
	else if (n < 2)
		return false;
	in->p += n;
	return true;
}

/* A visible ASCII character not in but, or a UTF-8 character. */
static bool
vchar_but(struct lex_input *in, const char *but)
{
	if (in->p == in->end)
		return false;
	if (*in->p > ' ' && *in->p < 0x7f && strchr(but, *in->p) == NULL) {
		in->p++;
		return true;
	}
	return utf8_non_ascii(in);
}

/* Any visible character except specials. */
static bool
atext(struct lex_input *in)
{
	return vchar_but(in, "()<>[]:;@\\,.\"");
}

static bool
ctext(struct lex_input *in)
{
	return vchar_but(in, "()\\");
}

static bool
qtext(struct lex_input *in)
{
	return vchar_but(in, "\"\\");
}

bool
lex_dtext(struct lex_input *in)
{
	return vchar_but(in, "[]\\");
}

static bool
wsp(struct lex_input *in)
{
	return lex_literal(in, ' ') || lex_literal(in, '\t');
}

bool
lex_quoted_pair(struct lex_input *in)
{
	const char *start = in->p;

	if (lex_literal(in, '\\') && (vchar_but(in, "") || wsp(in)))
		return true;
	in->p = start;
	return false;
}

/* -- White space and comments -------------------------------------------- */

/* CRLF and one character of white space. */
static bool
fold(struct lex_input *in)
{
	const char *start = in->p;

	if (lex_literal(in, '\r') && lex_literal(in, '\n') && wsp(in))
		return true;
	in->p = start;
	return false;
}

bool
lex_fws(struct lex_input *in)
{
	const char *start = in->p;

	while (wsp(in) || fold(in))
		continue;
	return in->p != start;
}

static bool	comment(struct lex_input *);

static bool
ccontent(struct lex_input *in)
{
	return ctext(in) || lex_quoted_pair(in) || comment(in);
}

static bool
comment(struct lex_input *in)
{
	const char *start = in->p;
	bool closed;

	if (in->is_deep || !lex_literal(in, '('))
		return false;
	if (++in->depth > RFC5322_MAX_COMMENTS)
		in->is_deep = true;
	else
		while (lex_fws(in) || ccontent(in))
			continue;
	in->depth--;
	closed = !in->is_deep && lex_literal(in, ')');
	if (!closed)
		in->p = start;
	return closed;
}

bool
lex_cfws(struct lex_input *in)
{
	const char *start = in->p;

	while (lex_fws(in) || comment(in))
		continue;
	return in->p != start;
}

/* -- Words --------------------------------------------------------------- */

bool
lex_atom(struct lex_input *in, struct view *text)
{
	const char *start = in->p, *begin;

	(void)lex_cfws(in);
	begin = in->p;
	while (atext(in))
		continue;
	if (in->p == begin) {
		in->p = start;
		return false;
	}
	*text = view_of(begin, (size_t)(in->p - begin));
	(void)lex_cfws(in);
	return true;
}

static bool
qcontent(struct lex_input *in)
{
	return qtext(in) || lex_quoted_pair(in);
}

static bool
quoted_string(struct lex_input *in, struct view *text)
{
	const char *start = in->p, *begin;

	(void)lex_cfws(in);
	begin = in->p;
	if (lex_literal(in, '"')) {
		while (lex_fws(in) || qcontent(in))
			continue;
		if (lex_literal(in, '"')) {
			*text = view_of(begin, (size_t)(in->p - begin));
			(void)lex_cfws(in);
			return true;
		}
	}
	in->p = start;
	return false;
}

bool
lex_word(struct lex_input *in, struct view *text)
{
	return lex_atom(in, text) || quoted_string(in, text);
}

/* phrase and obs-phrase. */
bool
lex_phrase(struct lex_input *in)
{
	struct view text;

	if (!lex_word(in, &text))
		return false;
	while (lex_word(in, &text) || lex_literal(in, '.') || lex_cfws(in))
		continue;
	return true;
}

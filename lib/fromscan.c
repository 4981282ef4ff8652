/* SPDX-License-Identifier: ISC */

/*
 * Where a From field that no grammar holds for may have a domain.
 *
 * Mail programs read an address where the grammar has none, each in its own
 * way, but they agree that a domain follows an "@".  They differ in where it
 * ends (at a blank, a special, the end), in what they drop from it (blanks,
 * comments, quoted strings), and in what they skip before it.  So each "@" has
 * a few candidates, which together have what the reference readers take:
 *
 *   joined	atoms and dots, without the blanks between: Python's email,
 *		and Mail::Address and OpenDMARC within <>
 *   token	the same up to the first blank that is not beside a dot:
 *		Mail::Address, rspamd, the obsolete grammar
 *   word	letters, digits, hyphens, underscores, dots and all that is
 *		beyond ASCII, up to the first other octet
 *   unquoted	the word behind quoted text: OpenDMARC
 *
 * Time is linear: a candidate ends before the next "@" at the latest.
 */

#include <string.h>

#include "dkimsig.h"
#include "fromscan.h"

static bool
is_space(char c)
{
	return is_wsp(c) || (c >= '\n' && c <= '\r');
}

static bool
is_special(char c)
{
	return c == '\0' || strchr("()<>@,:;\\\"[]", c) != NULL;
}

static bool
is_word(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
	    (unsigned char)c > 0x7f;
}

/* -- Inside and outside -------------------------------------------------- */

struct lexer {
	const char	*p, *end;
	bool		 is_unclosed;	/* a string or comment had no end */
	bool		 in_brackets;
	bool		 may_be_address;	/* what the last string holds */
	bool		 is_troubled;
};

/*
 * The end of the quoted string that begins at p; NULL when there is none.
 * Octets that some readers end a string at, or skip, are trouble.
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
		if (*p == '\0')
			l->is_troubled = true;
		if (*p == '@')
			l->may_be_address = true;
	}
	l->is_unclosed = true;
	return NULL;
}

/* The same for a comment. */
static const char *
comment_end(struct lexer *l)
{
	const char *p = l->p;
	size_t depth = 0;

	for (; p < l->end; p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
		else if (*p == '"' || *p == '\\' || *p == '\0')
			l->is_troubled = true;
		if (*p == '\\' && p + 1 < l->end)
			p++;
	}
	l->is_unclosed = true;
	return NULL;
}

/*
 * A phrase that no address follows is the address itself for Python's email,
 * without its quotes.
 */
static void
look_at(struct lexer *l)
{
	char c = *l->p;

	if (c == '[')
		l->in_brackets = true;
	else if (c == ']')
		l->in_brackets = false;
	if (c == '\\' || c == ')' || c == '\0')
		l->is_troubled = true;
	if (!is_special(c))
		return;
	if (l->may_be_address && c != '<' && c != '@' && c != ':')
		l->is_troubled = true;
	l->may_be_address = false;
}

/* CR and LF are no trouble in a fold. */
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

static bool
take_apart(struct view text, bool keeps_strings, struct buf *out)
{
	struct lexer l = { .p = text.ptr, .end = text.ptr + text.len };
	const char *end;

	l.is_troubled = has_bare_line_end(text);
	while (l.p < l.end) {
		end = NULL;
		if ((*l.p == '"' || *l.p == '(') && l.in_brackets)
			l.is_troubled = true;
		if (*l.p == '"' && !l.is_unclosed)
			end = string_end(&l);
		else if (*l.p == '(' && !l.is_unclosed)
			end = comment_end(&l);
		else
			look_at(&l);
		if (end == NULL) {
			buf_putc(out, *l.p++);
			continue;
		}
		if (*l.p == '"' && keeps_strings)
			buf_put(out, l.p, (size_t)(end - l.p));
		else
			buf_putc(out, *l.p == '"' ? '"' : ' ');
		l.p = end;
	}
	return !l.is_troubled && !l.is_unclosed && !l.may_be_address;
}

bool
fromscan_outside(struct view text, struct buf *out)
{
	return take_apart(text, false, out);
}

void
fromscan_uncomment(struct view text, struct buf *out)
{
	(void)take_apart(text, true, out);
}

/* -- Candidates ---------------------------------------------------------- */

/* What is found for one "@", in scratch. */
struct candidates {
	struct buf	*scratch;
	size_t		 start[FROMSCAN_CANDIDATES];
	size_t		 len[FROMSCAN_CANDIDATES];
	size_t		 n;
};

static void
keep(struct candidates *c, size_t start)
{
	size_t len = c->scratch->len - start, i;

	if (c->scratch->error != 0)
		return;
	for (i = 0; i < c->n; i++)
		if (c->len[i] == len && memcmp(c->scratch->data + start,
		    c->scratch->data + c->start[i], len) == 0)
			break;
	if (len == 0 || i < c->n) {
		c->scratch->len = start;
		return;
	}
	c->start[c->n] = start;
	c->len[c->n++] = len;
}

static void
find_joined(struct candidates *c, const char *p, const char *end)
{
	size_t start = c->scratch->len;

	for (; p < end && !is_special(*p); p++)
		if (!is_space(*p))
			buf_putc(c->scratch, *p);
	keep(c, start);
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

static void
find_token(struct candidates *c, const char *p, const char *end)
{
	size_t start = c->scratch->len;
	const char *next;
	char last = '.';

	while (p < end && !is_special(*p)) {
		if (is_space(*p)) {
			next = skip_space(p, end);
			if (last != '.' && (next == end || *next != '.'))
				break;
			p = next;
			continue;
		}
		last = *p++;
		buf_putc(c->scratch, last);
	}
	keep(c, start);
}

static void
find_word(struct candidates *c, const char *p, const char *end)
{
	size_t start = c->scratch->len;
	const char *begin = skip_space(p, end);

	for (p = begin; p < end && is_word(*p); p++)
		continue;
	buf_put(c->scratch, begin, (size_t)(p - begin));
	keep(c, start);
}

/* A string without its end quotes the rest. */
static const char *
skip_quoted(const char *p, const char *end)
{
	const char *close;

	while ((p = skip_space(p, end)) < end && (*p == '"' || *p == '\'')) {
		close = memchr(p + 1, *p, (size_t)(end - (p + 1)));
		p = close != NULL ? close + 1 : p + 1;
	}
	return p;
}

/* The "@" at p, and the next one or the end. */
static int
find_all(struct buf *scratch, const char *p, const char *end,
    fromscan_found *found, void *arg)
{
	struct view views[FROMSCAN_CANDIDATES];
	struct candidates c = { .scratch = scratch };
	size_t i;

	buf_reset(scratch);
	find_joined(&c, p, end);
	find_token(&c, p, end);
	find_word(&c, p, end);
	find_word(&c, skip_quoted(p, end), end);
	if (scratch->error != 0)
		return scratch->error;
	for (i = 0; i < c.n; i++)
		views[i] = view_of(scratch->data + c.start[i], c.len[i]);
	return found(arg, views, c.n);
}

static const char *
next_at(const char *p, const char *end)
{
	const char *at = p < end ? memchr(p, '@', (size_t)(end - p)) : NULL;

	return at != NULL ? at : end;
}

int
fromscan_domains(struct view text, fromscan_found *found, void *arg)
{
	const char *end = text.ptr + text.len, *at = next_at(text.ptr, end);
	const char *next;
	struct buf scratch;
	int r = 0;

	buf_init(&scratch, FROMSCAN_CANDIDATES * text.len);
	for (; at < end && r == 0; at = next) {
		next = next_at(at + 1, end);
		r = find_all(&scratch, at + 1, next, found, arg);
	}
	buf_finish(&scratch);
	return r;
}

int
fromscan_words(struct view text, fromscan_found *found, void *arg)
{
	const char *end = text.ptr + text.len, *at = next_at(text.ptr, end);
	const char *p;
	struct view word;
	int r = 0;

	for (; at < end && r == 0; at = next_at(at + 1, end)) {
		for (p = at + 1; p < end && is_word(*p); p++)
			continue;
		word = view_of(at + 1, (size_t)(p - (at + 1)));
		r = found(arg, &word, word.len > 0 ? 1 : 0);
	}
	return r;
}

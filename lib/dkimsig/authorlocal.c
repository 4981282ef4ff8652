/* SPDX-License-Identifier: ISC */

/*
 * The local part of an address, as far as all parsers agree about it.
 *
 * Parsers differ more about what is before an "@" than about the domain after
 * it: whether blanks, comments and backslashes are part of it, where it begins
 * if words without a bracket precede it, and whether tokens of two pairs of
 * brackets belong together.  It is certain only in these forms:
 *
 *	words joined by dots, with nothing but blanks before them
 *	a quoted string without backslashes and line ends
 *
 * and, in a field that is not valid, only if the field is a name, or an address
 * in the place of a name, and one address in brackets; the name must have no
 * character that begins or ends anything:
 *
 *	Example, Inc. <a@example.com>
 *	a@example.com <a@example.com>
 *
 * In a mention, which no parser takes as an address, the local part is the word
 * before the "@", without apostrophes around it.
 *
 * Nothing is allocated but the result; an error is recorded there.
 */

#include "dkimsig/authorlocal.h"

#include <string.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/fromscan.h"
#include "dkimsig/utf8.h"

/* atext of RFC 5322 section 3.2.3, with UTF-8 as in RFC 6532, and the dot. */
static bool
is_local(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') ||
	    (c >= '0' && c <= '9') || (unsigned char)c > 0x7f ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool
is_utf8(struct view text)
{
	size_t n;

	while (text.len > 0) {
		if ((n = utf8_length(text.ptr, text.len)) == 0)
			return false;
		text.ptr += n;
		text.len -= n;
	}
	return true;
}

/* Words joined by single dots. */
static bool
is_dot_atom(struct view text)
{
	size_t i;

	if (text.len == 0 || text.ptr[0] == '.' ||
	    text.ptr[text.len - 1] == '.')
		return false;
	for (i = 0; i < text.len; i++)
		if (!is_local(text.ptr[i]) || (text.ptr[i] == '.' &&
		    text.ptr[i + 1] == '.'))
			return false;
	return true;
}

static bool
set(struct view text, struct buf *out)
{
	if (text.len == 0 || text.len > DKIMSIG_MAX_LOCAL || !is_utf8(text) ||
	    fromscan_has_blank(text))
		return false;
	buf_reset(out);
	buf_put_view(out, text);
	return true;
}

/* A quoted string as a whole; a quote at its beginning is known. */
static bool
read_quoted(struct view raw, struct buf *out)
{
	struct view text;
	size_t i;

	if (raw.len < 2 || raw.ptr[raw.len - 1] != '"')
		return false;
	text = view_of(raw.ptr + 1, raw.len - 2);
	for (i = 0; i < text.len; i++)
		if (text.ptr[i] == '"' || text.ptr[i] == '\\' ||
		    (unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
			return false;
	return set(text, out);
}

bool
authorlocal_read(struct view raw, struct buf *out)
{
	while (raw.len > 0 && is_space(*raw.ptr)) {
		raw.ptr++;
		raw.len--;
	}
	if (raw.len > 0 && *raw.ptr == '"')
		return read_quoted(raw, out);
	return is_dot_atom(raw) && set(raw, out);
}

/* The word at the end of a text. */
static struct view
last_word(struct view text)
{
	size_t start = text.len;

	while (start > 0 && is_local(text.ptr[start - 1]))
		start--;
	return view_of(text.ptr + start, text.len - start);
}

/* The quoted string at the end of a text; empty if it has no beginning. */
static struct view
last_string(struct view text)
{
	size_t start = text.len - 1;

	while (start > 0 && text.ptr[start - 1] != '"')
		start--;
	if (start == 0)
		return view_of(text.ptr, 0);
	return view_of(text.ptr + start - 1, text.len - (start - 1));
}

/* Of an encoded word, only the text that it encodes, as far as that is plain;
 * it is also read decoded. */
static struct view
without_charset(struct view word)
{
	const char *mark;

	if (word.ptr == NULL || word.len == 0 ||
	    memmem(word.ptr, word.len, "=?", 2) == NULL ||
	    (mark = memrchr(word.ptr, '?', word.len)) == NULL)
		return word;
	if (mark + 1 < word.ptr + word.len && mark[1] == '=')
		return view_of(mark, 0);
	return view_of(mark + 1, word.len - (size_t)(mark + 1 - word.ptr));
}

bool
authorlocal_before(struct view before, struct buf *out)
{
	struct view word;

	if (before.len > 0 && before.ptr[before.len - 1] == '"')
		return read_quoted(last_string(before), out);
	word = last_word(before);
	/* What is escaped may be part of the word. */
	if (word.ptr > before.ptr && word.ptr[-1] == '\\')
		return false;
	word = without_charset(word);
	while (word.len > 0 && *word.ptr == '\'') {
		word.ptr++;
		word.len--;
	}
	return is_dot_atom(word) && set(word, out);
}

/* A local part that means the same with and without its surroundings, "@", and
 * a domain without odd characters. */
static bool
is_plain_address(struct view text)
{
	const char *at = text.len > 0 ? memchr(text.ptr, '@', text.len) : NULL;
	struct view local, domain;

	if (at == NULL)
		return false;
	local = view_of(text.ptr, (size_t)(at - text.ptr));
	domain = view_of(at + 1, text.len - local.len - 1);
	return is_dot_atom(local) && *local.ptr != '\'' &&
	    memmem(local.ptr, local.len, "=?", 2) == NULL && domain.len > 0 &&
	    fromscan_is_word(domain);
}

/* Whether a name has no "@" and nothing that begins or ends anything. */
static bool
is_plain_name(struct view name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if ((name.ptr[i] >= 0 && name.ptr[i] < ' ' &&
		    name.ptr[i] != '\t' && name.ptr[i] != '\r' &&
		    name.ptr[i] != '\n') || name.ptr[i] == 0x7f ||
		    strchr("\"\\()[]<>@:;", name.ptr[i]) != NULL)
			return false;
	return true;
}

bool
authorlocal_is_tame(struct view value)
{
	struct view name, address;
	const char *open;

	value = view_trim(value);
	if (value.len == 0 || value.ptr[value.len - 1] != '>' ||
	    (open = memchr(value.ptr, '<', value.len)) == NULL)
		return false;
	name = view_trim(view_of(value.ptr, (size_t)(open - value.ptr)));
	address = view_of(open + 1, value.len -
	    (size_t)(open + 1 - value.ptr) - 1);
	return is_plain_address(address) &&
	    (is_plain_name(name) || is_plain_address(name));
}

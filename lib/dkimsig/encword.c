/* SPDX-License-Identifier: ISC */

/*
 * Encoded words, RFC 2047.
 *
 * Mail programs decode more than the RFC allows: words in quoted strings and
 * comments, without white space around them, longer than 75 octets, with blanks
 * or broken base64.  All of these are decoded here, because the purpose is to
 * find what a mail program may show.
 *
 * Charsets other than the four most used in mail are not converted, because
 * iconv(3) loads modules.  Their octets are copied, which is right for the
 * ASCII part of almost all charsets.
 *
 * Time is linear: after the end of a word was not found, it is not searched for
 * again.  Fails only if the buffer fails.
 */

#include <string.h>

#include "dkimsig/encword.h"

enum charset {
	CHARSET_OCTETS, CHARSET_LATIN1, CHARSET_WINDOWS1252, CHARSET_FOREIGN
};

static const struct {
	const char	*name;
	enum charset	 charset;
} charsets[] = {
	{ "iso-8859-1",		CHARSET_LATIN1 },
	{ "iso_8859-1",		CHARSET_LATIN1 },
	{ "iso8859-1",		CHARSET_LATIN1 },
	{ "latin-1",		CHARSET_LATIN1 },
	{ "latin1",		CHARSET_LATIN1 },
	{ "windows-1252",	CHARSET_WINDOWS1252 },
	{ "cp1252",		CHARSET_WINDOWS1252 },
};

/*
 * Prefixes of the charsets that contain ASCII.  UTF-7, UTF-16, EBCDIC and the
 * like do not: in them, other octets may mean "@".
 */
static const char *const compatible[] = {
	"us-ascii", "ascii", "utf-8", "utf8", "iso-8859-", "iso_8859-",
	"iso8859-", "iso-2022-", "windows-", "cp125", "koi8-", "gb", "big5",
	"euc-", "shift_jis", "ks_c_5601", "tis-620", "macintosh", "x",
	"unknown",	/* x: private charsets, which no program knows */
};

/* Windows-1252 from 0x80 to 0x9f; 0 if it has no character. */
static const unsigned short windows1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

static bool
is_blank(char c)
{
	return is_wsp(c) || c == '\r' || c == '\n';
}

/* The parts of =?charset?encoding?text?=, and its end. */
struct encword {
	enum charset	 charset;
	bool		 is_base64;
	struct view	 text;
	const char	*end;
};

/* RFC 2231 section 5: a language may follow the charset. */
static enum charset
charset_named(struct view name)
{
	const char *star;
	size_t i;

	if (name.len > 0 && (star = memchr(name.ptr, '*', name.len)) != NULL)
		name.len = (size_t)(star - name.ptr);
	while (name.len > 0 && is_blank(name.ptr[name.len - 1]))
		name.len--;
	for (i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
		if (view_equal_nocase(name, view_str(charsets[i].name)))
			return charsets[i].charset;
	for (i = 0; i < sizeof(compatible) / sizeof(compatible[0]); i++)
		if (name.len >= strlen(compatible[i]) &&
		    view_equal_nocase(view_of(name.ptr,
		    strlen(compatible[i])), view_str(compatible[i])))
			return CHARSET_OCTETS;
	return CHARSET_FOREIGN;
}

static int
hex_digit(char c)
{
	return hex_value(c >= 'a' && c <= 'f' ? (char)(c - 'a' + 'A') : c);
}

/*
 * Whether the text begins with an escape, as in "?q?=41".  Python's email finds
 * an end in that "?=", and so decodes a word that has no other end.
 */
static bool
begins_escaped(const char *text, const char *end)
{
	return end - text >= 3 && text[0] == '=' && hex_digit(text[1]) >= 0 &&
	    hex_digit(text[2]) >= 0;
}

/*
 * The "?=" that ends a word; NULL if there is none.  *no_more is set if there
 * is none in the rest of the field, so that it is not searched for again.
 */
static const char *
find_close(const char *text, const char *end, enum encword_reading reading,
    bool *no_more)
{
	const char *close = NULL;

	if (reading != ENCWORD_JOINED) {
		close = text < end ? memchr(text, '?', (size_t)(end - text)) :
		    NULL;
		if (close != NULL && (end - close < 2 || close[1] != '='))
			return NULL;
	} else if (!*no_more) {
		close = memmem(text, (size_t)(end - text), "?=", 2);
		*no_more = close == NULL;
	}
	return close == NULL && begins_escaped(text, end) ? end : close;
}

/* Parse the encoded word at p; false if there is none. */
static bool
read_word(const char *p, const char *end, enum encword_reading reading,
    struct encword *w, bool *no_more)
{
	const char *charset, *mark, *text, *close;

	if (end - p < 2 || p[0] != '=' || p[1] != '?')
		return false;
	charset = p + 2;
	mark = memchr(charset, '?', (size_t)(end - charset));
	if (mark == NULL || end - mark < 3 || mark[2] != '?' ||
	    strchr("bBqQ", mark[1]) == NULL || mark[1] == '\0')
		return false;
	text = mark + 3;
	if ((close = find_close(text, end, reading, no_more)) == NULL)
		return false;
	w->charset = charset_named(view_of(charset,
	    (size_t)(mark - charset)));
	w->is_base64 = lower(mark[1]) == 'b';
	w->text = view_of(text, (size_t)(close - text));
	w->end = close == end ? end : close + 2;
	return true;
}

static void
put_octet(struct buf *out, enum charset charset, unsigned int c)
{
	if (charset == CHARSET_WINDOWS1252 && c >= 0x80 && c < 0xa0)
		c = windows1252[c - 0x80];
	if (charset == CHARSET_OCTETS || charset == CHARSET_FOREIGN ||
	    c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	}
}

static void
put_q(struct buf *out, const struct encword *w)
{
	const char *p = w->text.ptr, *end = p + w->text.len;
	unsigned int c;

	while (p < end) {
		c = (unsigned char)*p++;
		if (c == '_') {
			c = ' ';
		} else if (c == '=' && end - p >= 2 && hex_digit(p[0]) >= 0 &&
		    hex_digit(p[1]) >= 0) {
			c = (unsigned int)(hex_digit(p[0]) << 4 |
			    hex_digit(p[1]));
			p += 2;
		}
		put_octet(out, w->charset, c);
	}
}

static int
base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found;

	if (c == '\0' || (found = strchr(digits, c)) == NULL)
		return -1;
	return (int)(found - digits);
}

/*
 * Characters outside base64 are skipped, and the last group may be incomplete.
 * Some programs decode what follows padding and others do not, so a blank
 * separates it.
 */
static void
put_b(struct buf *out, const struct encword *w)
{
	unsigned int bits = 0, nbits = 0;
	bool is_padded = false;
	size_t i;
	int value;

	for (i = 0; i < w->text.len; i++) {
		is_padded = is_padded || w->text.ptr[i] == '=';
		if ((value = base64_value(w->text.ptr[i])) < 0)
			continue;
		if (is_padded) {
			buf_putc(out, ' ');
			is_padded = false;
			nbits = 0;
		}
		bits = (bits << 6 | (unsigned int)value) & 0xffff;
		nbits += 6;
		if (nbits < 8)
			continue;
		nbits -= 8;
		put_octet(out, w->charset, bits >> nbits & 0xff);
	}
}

/* Replace the characters that have a meaning in the structure of a field. */
static void
hide_structure(struct buf *out, size_t start)
{
	size_t i;

	for (i = start; out->error == 0 && i < out->len; i++)
		if (out->data[i] != '\0' &&
		    strchr("()<>@,:;\\\"[]", out->data[i]) != NULL)
			out->data[i] = '_';
}

static void
put_word(struct buf *out, const struct encword *w,
    enum encword_reading reading)
{
	size_t start = out->len;

	if (reading == ENCWORD_APART)
		buf_putc(out, ' ');
	if (w->is_base64)
		put_b(out, w);
	else
		put_q(out, w);
	if (reading == ENCWORD_APART)
		buf_putc(out, ' ');
	else if (reading == ENCWORD_OPAQUE)
		hide_structure(out, start);
}

size_t
encword_decode(struct view text, enum encword_reading reading,
    struct buf *out, bool *is_foreign)
{
	const char *p = text.ptr, *end = p + text.len;
	size_t nwords = 0, after_word = 0;
	bool no_more = false, is_after_word = false;
	struct encword w;

	while (p < end) {
		if (!read_word(p, end, reading, &w, &no_more)) {
			if (!is_blank(*p))
				is_after_word = false;
			buf_putc(out, *p++);
			continue;
		}
		if (w.charset == CHARSET_FOREIGN)
			*is_foreign = true;
		if (reading != ENCWORD_APART && is_after_word &&
		    out->error == 0)
			out->len = after_word;
		put_word(out, &w, reading);
		p = w.end;
		after_word = out->len;
		is_after_word = true;
		nwords++;
	}
	return nwords;
}

bool
encword_has_structure(struct view text)
{
	const char *p = text.ptr, *end = p + text.len;
	bool no_more = false;
	struct encword w;
	size_t i;

	while (p < end) {
		if (!read_word(p, end, ENCWORD_JOINED, &w, &no_more)) {
			p++;
			continue;
		}
		for (i = 0; i < w.text.len; i++)
			if (memchr("<>()\"", w.text.ptr[i], 5) != NULL)
				return true;
		p = w.end;
	}
	return false;
}

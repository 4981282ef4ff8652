/* SPDX-License-Identifier: ISC */

/*
 * Encoded words, RFC 2047.  An MTA or list server that rewrites a field may
 * decode them, encode raw text, or encode them differently.
 *
 * Character sets are not converted: decoded octets are encoded again with the
 * label UTF-8.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/memstream.h"
#include "diagnose/header_vary.h"
#include "text/text.h"

struct word {
	const char	*start, *charset, *encoding, *text, *end;
};

/* Find the next encoded word at or after p; false if there is none. */
static bool
find_word(const char *p, const char *end, struct word *w)
{
	const char *q;

	for (; end - p > 8; p++) {
		if (p[0] != '=' || p[1] != '?')
			continue;
		w->start = p;
		w->charset = p + 2;
		if ((q = memchr(w->charset, '?',
		    (size_t)(end - w->charset))) == NULL ||
		    end - q < 5 || q[2] != '?')
			continue;
		w->encoding = q + 1;
		w->text = q + 3;
		if ((q = memchr(w->text, '?', (size_t)(end - w->text))) ==
		    NULL || q + 1 == end || q[1] != '=')
			continue;
		w->end = q + 2;
		return true;
	}
	return false;
}

static void
decode_q(const char *p, const char *end, FILE *out)
{
	for (; p < end; p++)
		if (*p == '_')
			(void)putc(' ', out);
		else if (*p == '=' && end - p > 2 && text_hex(p[1]) >= 0 &&
		    text_hex(p[2]) >= 0) {
			(void)putc(text_hex(p[1]) * 16 + text_hex(p[2]), out);
			p += 2;
		} else
			(void)putc(*p, out);
}

static void
decode_b(const char *p, const char *end, FILE *out)
{
	size_t len = (size_t)(end - p), pad = 0;
	unsigned char *buf;
	int n;

	if (len == 0 || len % 4 != 0 || (buf = malloc(len)) == NULL)
		return;
	while (pad < 2 && end[-1 - (ptrdiff_t)pad] == '=')
		pad++;
	n = EVP_DecodeBlock(buf, (const unsigned char *)p, (int)len);
	if (n > (int)pad)
		(void)fwrite(buf, 1, (size_t)n - pad, out);
	free(buf);
}

/* Decode all words; blanks between two words are not part of the text. */
static void
decode_words(const char *v, size_t len, FILE *out)
{
	const char *p = v, *end = v + len;
	struct word w;
	bool is_first = true;

	for (; find_word(p, end, &w); p = w.end, is_first = false) {
		if (is_first || !text_is_all_blank(p,
		    (size_t)(w.start - p)))
			(void)fwrite(p, 1, (size_t)(w.start - p), out);
		if (tolower((unsigned char)*w.encoding) == 'b')
			decode_b(w.text, w.end - 2, out);
		else
			decode_q(w.text, w.end - 2, out);
	}
	(void)fwrite(p, 1, (size_t)(end - p), out);
}

static int
change_case(int c, size_t how)
{
	return how == 0 ? c : how == 1 ? tolower(c) : toupper(c);
}

/*
 * Change the case of the words' character set and encoding: how / 3 is for the
 * set, how % 3 for the encoding; 0 keeps it, 1 is lower case, 2 upper case.
 */
static void
respell_words(const char *v, size_t len, size_t how, FILE *out)
{
	const char *p = v, *end = v + len, *q;
	struct word w;

	for (; find_word(p, end, &w); p = w.end) {
		(void)fwrite(p, 1, (size_t)(w.charset - p), out);
		for (q = w.charset; q < w.encoding; q++)
			(void)putc(change_case((unsigned char)*q, how / 3),
			    out);
		(void)putc(change_case((unsigned char)*w.encoding, how % 3),
		    out);
		(void)fwrite(w.encoding + 1, 1,
		    (size_t)(w.end - w.encoding - 1), out);
	}
	(void)fwrite(p, 1, (size_t)(end - p), out);
}

/* Encode text as one word: kinds 0 and 1 are base64, 2 and 3 are "Q". */
static void
encode_word(const char *text, size_t len, size_t kind, FILE *out)
{
	static const char *const begins[] = { "=?UTF-8?B?", "=?utf-8?b?",
	    "=?UTF-8?Q?", "=?utf-8?q?" };
	unsigned char *buf, c;
	size_t i;

	(void)fputs(begins[kind], out);
	if (kind < 2 && (buf = malloc(4 * (len / 3 + 1) + 1)) != NULL) {
		(void)fprintf(out, "%.*s", EVP_EncodeBlock(buf,
		    (const unsigned char *)text, (int)len), (char *)buf);
		free(buf);
	}
	for (i = 0; kind >= 2 && i < len; i++) {
		c = (unsigned char)text[i];
		if (isalnum(c) && c < 0x80)
			(void)putc(c, out);
		else if (c == ' ')
			(void)putc('_', out);
		else if (c < 0x80 && c > ' ' && strchr("!*+-/.,:'@#$%&()[]"
		    "{}|;~^", c) != NULL)
			(void)putc(c, out);
		else
			(void)fprintf(out, "=%02X", c);
	}
	(void)fputs("?=", out);
}

static bool
has_high(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7f)
			return true;
	return false;
}

/* Encode from the first to the last word that is not ASCII, as one word. */
static void
encode_needed(const char *text, size_t len, size_t kind, FILE *out)
{
	size_t first = 0, last = len, i;

	for (i = 0; i < len && (unsigned char)text[i] < 0x80; i++)
		if (text_is_blank(text[i]))
			first = i + 1;
	for (i = len; i > first && (unsigned char)text[i - 1] < 0x80; i--)
		if (text_is_blank(text[i - 1]))
			last = i - 1;
	(void)fwrite(text, 1, first, out);
	encode_word(text + first, last - first, kind, out);
	(void)fwrite(text + last, 1, len - last, out);
}

/*
 * Encode the text without its leading blanks as one word (k < 4), or only the
 * part that is not ASCII.
 */
static bool
reencode(const char *text, size_t len, size_t k, FILE *out)
{
	if (k > 7 || !has_high(text, len))
		return false;
	if (k < 4) {
		while (len > 0 && text_is_blank(*text)) {
			text++;
			len--;
		}
		(void)putc(' ', out);
		encode_word(text, len, k, out);
	} else
		encode_needed(text, len, k - 4, out);
	return true;
}

bool
header_vary_words(const char *v, size_t len, size_t k, FILE *out)
{
	struct word w;
	char *text = NULL;
	size_t textlen;
	FILE *fp;
	bool has_words = find_word(v, v + len, &w), r;

	if (k > 16 || (!has_words && !has_high(v, len)))
		return false;
	if (k > 0 && k < 9) {
		if (has_words)
			respell_words(v, len, k, out);
		return true;
	}
	if (k == 0) {
		decode_words(v, len, out);
		return true;
	}
	if ((fp = memstream_open(&text, &textlen)) == NULL)
		return false;
	decode_words(v, len, fp);
	r = memstream_close(fp, &text) &&
	    reencode(text, textlen, k - 9, out);
	free(text);
	return r;
}

/* SPDX-License-Identifier: ISC */

/*
 * As much of RFC 2045 section 6 and RFC 2046 section 5.1 as is needed.  A MIME
 * boundary is one named by "boundary=" in the message's Content-Type, or in the
 * header of an earlier part.
 *
 * If an MTA encoded the text, decoding restores what was signed.  If the author
 * encoded it, the decoded text was never signed, so its hash does not match
 * and nothing is reported.
 */

#include "diagnose/body_decode.h"

#include <string.h>
#include <strings.h>

#include "text/text.h"

#define MAX_BOUNDARIES	16

struct span {
	const char	*text;
	size_t		 len;
};

struct boundaries {
	struct span	 list[MAX_BOUNDARIES];
	size_t		 n;
};

/* The line at p, with its line end. */
static struct span
line_at(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return (struct span){ p, (size_t)((lf == NULL ? end : lf + 1) - p) };
}

static bool
is_empty(struct span line)
{
	return line.len > 0 && (line.text[0] == '\n' ||
	    (line.len > 1 && line.text[0] == '\r' && line.text[1] == '\n'));
}

/* The first occurrence of a word in text, ignoring case; NULL if none. */
static const char *
find_word(struct span in, const char *word)
{
	size_t i, len = strlen(word);

	for (i = 0; in.len >= len && i <= in.len - len; i++)
		if (strncasecmp(in.text + i, word, len) == 0)
			return in.text + i;
	return NULL;
}

static void
note_boundary(struct boundaries *b, struct span in)
{
	const char *p, *end = in.text + in.len, *q;

	if (b->n == MAX_BOUNDARIES ||
	    (p = find_word(in, "boundary=")) == NULL)
		return;
	p += strlen("boundary=");
	if (p < end && *p == '"') {
		p++;
		q = memchr(p, '"', (size_t)(end - p));
		if (q == NULL)
			return;
	} else
		for (q = p; q < end && strchr("; \t\r\n", *q) == NULL; q++)
			;
	if (q > p)
		b->list[b->n++] = (struct span){ p, (size_t)(q - p) };
}

static bool
is_boundary(const struct boundaries *b, struct span line)
{
	size_t i;

	if (line.len < 3 || line.text[0] != '-' || line.text[1] != '-')
		return false;
	for (i = 0; i < b->n; i++)
		if (line.len - 2 > b->list[i].len && memcmp(line.text + 2,
		    b->list[i].text, b->list[i].len) == 0)
			return true;
	return false;
}

/* Decode a line of quoted-printable, RFC 2045 section 6.7. */
static void
decode_qp(struct span line, FILE *out)
{
	size_t i, len = line.len;

	while (len > 0 && strchr("\r\n \t", line.text[len - 1]) != NULL)
		len--;
	for (i = 0; i < len; i++) {
		if (line.text[i] != '=') {
			(void)putc(line.text[i], out);
			continue;
		}
		if (i + 1 == len)	/* a soft line break */
			return;
		if (len - i > 2 && text_hex(line.text[i + 1]) >= 0 &&
		    text_hex(line.text[i + 2]) >= 0) {
			(void)putc(text_hex(line.text[i + 1]) * 16 +
			    text_hex(line.text[i + 2]), out);
			i += 2;
		} else
			(void)putc('=', out);
	}
	if (line.len > 0 && line.text[line.len - 1] == '\n')
		(void)fputs("\r\n", out);
}

static int
base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

/*
 * Decode a line of base64.  Lines can be decoded separately, as encoders end
 * each line after a whole group.
 */
static void
decode_base64(struct span line, FILE *out)
{
	unsigned int bits = 0, n = 0;
	size_t i;
	int v;

	for (i = 0; i < line.len; i++) {
		if ((v = base64_value(line.text[i])) < 0)
			continue;
		bits = bits << 6 | (unsigned int)v;
		if ((n += 6) >= 8) {
			n -= 8;
			(void)putc((int)(bits >> n & 0xff), out);
		}
	}
}

static bool
has_encoding(struct span value, const char *encoding)
{
	return find_word(value, encoding) != NULL;
}

/*
 * Write a line of a part's header.  If it names that encoding, write 8bit
 * instead and return true.
 */
static bool
write_part_header(struct span line, const char *encoding, FILE *out)
{
	const char *p;
	size_t len = strlen(encoding);

	if (find_word(line, "content-transfer-encoding:") != line.text ||
	    (p = find_word(line, encoding)) == NULL) {
		(void)fwrite(line.text, 1, line.len, out);
		return false;
	}
	(void)fwrite(line.text, 1, (size_t)(p - line.text), out);
	(void)fputs("8bit", out);
	(void)fwrite(p + len, 1, line.len - (size_t)(p + len - line.text),
	    out);
	return true;
}

/* Decode the parts with that encoding; false if there are none. */
static bool
decode_parts(const struct mailfile *mail, struct boundaries *b,
    const char *encoding, void (*decode)(struct span, FILE *), FILE *out)
{
	const char *p = mail->body, *end = p + mail->bodylen;
	bool in_header = false, encoded = false, any = false;
	struct span line;

	for (; p < end; p += line.len) {
		line = line_at(p, end);
		if (is_boundary(b, line)) {
			in_header = true;
			encoded = false;
			(void)fwrite(line.text, 1, line.len, out);
		} else if (in_header) {
			note_boundary(b, line);
			if (write_part_header(line, encoding, out))
				any = encoded = true;
			in_header = !is_empty(line);
		} else if (encoded)
			decode(line, out);
		else
			(void)fwrite(line.text, 1, line.len, out);
	}
	return any;
}

static bool
decode_body(const struct mailfile *mail, const char *encoding,
    void (*decode)(struct span, FILE *), FILE *out)
{
	const struct mailfield *field;
	const char *p = mail->body, *end = p + mail->bodylen;
	struct boundaries boundaries = { .n = 0 };
	struct span line;

	field = mailfile_find(mail, "content-transfer-encoding", 0);
	if (field != NULL && has_encoding((struct span){ field->value,
	    field->valuelen }, encoding)) {
		for (; p < end; p += line.len) {
			line = line_at(p, end);
			decode(line, out);
		}
		return true;
	}
	field = mailfile_find(mail, "content-type", 0);
	if (field == NULL)
		return false;
	note_boundary(&boundaries, (struct span){ field->value,
	    field->valuelen });
	return boundaries.n > 0 && decode_parts(mail, &boundaries, encoding,
	    decode, out);
}

bool
body_decode_quoted_printable(const struct mailfile *mail, FILE *out)
{
	return decode_body(mail, "quoted-printable", decode_qp, out);
}

bool
body_decode_base64(const struct mailfile *mail, FILE *out)
{
	return decode_body(mail, "base64", decode_base64, out);
}

/* SPDX-License-Identifier: ISC */

/*
 * Writing HTML: see markup.h.
 *
 * A reference is enough for text between tags and for attributes in quotes, the
 * only places where the page has text.  Nothing here fails; the caller looks at
 * the stream's error at the end.
 */

#include "page/markup.h"

#include <stdbool.h>
#include <string.h>

#include "base/rfc3339.h"
#include "page/visible.h"

static void
put_code(FILE *fp, uint32_t code, bool is_octet, bool is_apart)
{
	if (is_apart)
		(void)fputs("<span class=\"code\">", fp);
	if (is_octet)
		(void)fprintf(fp, "[0x%02X]", (unsigned int)code);
	else
		(void)fprintf(fp, "[U+%04X]", (unsigned int)code);
	if (is_apart)
		(void)fputs("</span>", fp);
}

static const char *
reference_of(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void
put(FILE *fp, const char *text, bool is_apart)
{
	size_t len = strlen(text), n;
	const char *reference;
	uint32_t code;
	bool is_octet;

	for (; len > 0; text += n, len -= n) {
		n = visible_next(text, len, &code, &is_octet);
		if (is_octet || !visible_is(code))
			put_code(fp, code, is_octet, is_apart);
		else if ((reference = reference_of(code)) != NULL)
			(void)fputs(reference, fp);
		else
			(void)fwrite(text, 1, n, fp);
	}
}

void
markup_text(FILE *fp, const char *text)
{
	put(fp, text, false);
}

void
markup_value(FILE *fp, const char *text)
{
	(void)fputs("<bdi>", fp);
	put(fp, text, true);
	(void)fputs("</bdi>", fp);
}

void
markup_number(FILE *fp, unsigned long number)
{
	char digits[32];
	int len, i;

	len = snprintf(digits, sizeof(digits), "%lu", number);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			(void)putc(',', fp);
		(void)putc(digits[i], fp);
	}
}

void
markup_share(FILE *fp, unsigned long part, unsigned long whole)
{
	if (whole > 0)
		(void)fprintf(fp, "%.1f&#8239;%%", 100.0 * (double)part /
		    (double)whole);
}

void
markup_time(FILE *fp, int64_t seconds)
{
	char text[RFC3339_SIZE];

	if (!rfc3339_print(seconds, text)) {
		(void)fputs("&#8211;", fp);
		return;
	}
	(void)fprintf(fp, "<time datetime=\"%s\">%.10s %.5s</time>", text,
	    text, text + 11);
}

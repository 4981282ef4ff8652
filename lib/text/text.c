/* SPDX-License-Identifier: ISC */

/*
 * ASCII helpers: see text.h.
 *
 * They do not depend on the locale, because mail and DNS have only ASCII blanks
 * and digits.  Nothing here fails.
 */

#include "text/text.h"

#include <string.h>
#include <strings.h>

bool
text_is_all_blank(const char *text, size_t len)
{
	while (len > 0 && text_is_blank(text[len - 1]))
		len--;
	return len == 0;
}

void
text_lower_all(char *text)
{
	for (; *text != '\0'; text++)
		*text = text_lower(*text);
}

const char *
text_trim(const char *text, size_t *len)
{
	while (*len > 0 && text_is_blank(text[*len - 1]))
		--*len;
	while (*len > 0 && text_is_blank(*text)) {
		text++;
		--*len;
	}
	return text;
}

bool
text_is_listed(const char *const *texts, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcasecmp(texts[i], text) == 0)
			return true;
	return false;
}

/* Whether a shell takes the text as one word without quotes. */
static bool
is_plain_word(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";

	/* An assignment is no word, and neither is an empty text. */
	return text[0] != '\0' && text[0] != '=' &&
	    text[strspn(text, plain)] == '\0';
}

bool
text_shell_word(const char *text, char *word, size_t size)
{
	const bool plain = is_plain_word(text);
	size_t len, n = 0;

	if (size == 0)
		return false;
	word[0] = '\0';
	for (len = 0; text[len] != '\0'; len++) {
		if ((unsigned char)text[len] < ' ' || text[len] == 0x7f)
			return false;
		/* A quote becomes '\'' */
		n += text[len] == '\'' ? 4 : 1;
	}
	if (n + (plain ? 0 : 2) >= size)
		return false;
	n = 0;
	if (!plain)
		word[n++] = '\'';
	for (; *text != '\0'; text++) {
		if (*text == '\'') {
			memcpy(word + n, "'\\''", 4);
			n += 4;
		} else
			word[n++] = *text;
	}
	if (!plain)
		word[n++] = '\'';
	word[n] = '\0';
	return true;
}

int
text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

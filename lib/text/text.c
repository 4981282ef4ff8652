/* SPDX-License-Identifier: ISC */

/*
 * ASCII helpers: see text.h.
 *
 * They do not depend on the locale, because mail and DNS have only ASCII blanks
 * and digits.  Nothing here fails.
 */

#include "text/text.h"

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

int
text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* SPDX-License-Identifier: ISC */

/*
 * Patterns: see pattern.h.  A mismatch is met by going back to the last "*"
 * only, so the time is at most the product of the two lengths.
 */

#include "pattern.h"

#include <stddef.h>
#include <string.h>

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* stop is an octet that "*" does not stand for; NUL for none. */
static bool
matches(const char *pattern, const char *text, size_t textlen, char stop)
{
	const char *end = text + textlen, *star = NULL, *resume = NULL;

	while (text < end) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern != '\0' &&
		    lower(*pattern) == lower(*text)) {
			pattern++;
			text++;
		} else if (star != NULL && (stop == '\0' || *resume != stop)) {
			pattern = star;
			text = ++resume;
		} else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
pattern_text_matches(const char *pattern, const char *text)
{
	return matches(pattern, text, strlen(text), '\0');
}

bool
pattern_domain_matches(const char *pattern, const char *name)
{
	const char *end = name + strlen(name), *label = name, *dot;

	if (end > name && end[-1] == '.')
		end--;
	if (strncmp(pattern, "*.", 2) != 0)
		return matches(pattern, name, (size_t)(end - name), '.');
	/* One label or more, none empty, go before what the rest is for. */
	while ((dot = memchr(label, '.', (size_t)(end - label))) != NULL &&
	    dot > label) {
		label = dot + 1;
		if (matches(pattern + 2, label, (size_t)(end - label), '.'))
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: ISC */

/*
 * Items of smtpd_milters: see setting.h.
 *
 * A value is read as Postfix does, but with $names as they are: what an
 * administrator has written there is kept.  A value with a brace that is not
 * closed cannot be read.
 */

#include "setup/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/postfix_milters.h"
#include "text/text.h"

char *
setting_with(const char *value, const char *item)
{
	char *text;

	if (value == NULL || text_is_all_blank(value, strlen(value)))
		return strdup(item);
	return asprintf(&text, "%s, %s", value, item) == -1 ? NULL : text;
}

/* Compare without regard to blanks and commas, which separate words. */
static bool
is_same_item(const char *a, const char *b)
{
	static const char separators[] = " \t\r\n,";

	for (;;) {
		a += strspn(a, separators);
		b += strspn(b, separators);
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

bool
setting_has(const char *value, const char *item)
{
	struct postfix_milters milters;
	bool has = false;
	size_t i;

	if (value == NULL || postfix_milters_read(value, &milters) == -1)
		return false;
	for (i = 0; i < milters.n; i++)
		has |= is_same_item(milters.list[i].text, item);
	postfix_milters_finish(&milters);
	return has;
}

char *
setting_without(const char *value, const char *item)
{
	struct postfix_milters milters;
	char *text;
	size_t i;

	if (postfix_milters_read(value, &milters) == -1)
		return NULL;
	for (i = milters.n; i-- > 0;)
		if (is_same_item(milters.list[i].text, item))
			postfix_milters_remove(&milters, i);
	text = postfix_milters_text(&milters);
	postfix_milters_finish(&milters);
	return text;
}

char *
setting_packed(const char *value)
{
	static const char dividers[] = " \t\r\n,";
	char *text, *end;

	if ((text = end = malloc(strlen(value) + 1)) == NULL)
		return NULL;
	while (*(value += strspn(value, dividers)) != '\0') {
		/* Between two items, but not inside of a brace. */
		if (end > text && end[-1] != '{' && *value != '}')
			*end++ = ',';
		while (*value != '\0' && strchr(dividers, *value) == NULL) {
			*end++ = *value++;
			if (end[-1] == '{')
				break;
		}
	}
	*end = '\0';
	return text;
}

char *
setting_last(const char *value)
{
	struct postfix_milters milters;
	char *last = NULL;

	if (postfix_milters_read(value, &milters) == -1)
		return NULL;
	if (milters.n > 0)
		last = strdup(milters.list[milters.n - 1].text);
	postfix_milters_finish(&milters);
	return last;
}

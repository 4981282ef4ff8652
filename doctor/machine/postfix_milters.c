/* SPDX-License-Identifier: ISC */

/*
 * The value of smtpd_milters: see postfix_milters.h.
 *
 * Items are divided by commas and blanks.  An item in braces has the address
 * first and then settings, divided likewise.
 */

#include "machine/postfix_milters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"

#define DIVIDERS	", \t\r\n"

/* The end of the item that begins here; NULL if a brace is not closed. */
static const char *
end_of_item(const char *text)
{
	size_t depth = 0;

	if (*text != '{')
		return text + strcspn(text, DIVIDERS);
	for (; *text != '\0'; text++) {
		if (*text == '{')
			depth++;
		else if (*text == '}' && --depth == 0)
			return text + 1;
	}
	return NULL;
}

/* The setting of that name between two places, or NULL. */
static char *
find_setting(const char *text, const char *end, const char *name)
{
	const size_t namelen = strlen(name);
	size_t len;

	for (; text < end; text += len) {
		text += strspn(text, DIVIDERS "{}");
		len = strcspn(text, DIVIDERS "{}");
		if (text >= end || len == 0)
			break;
		if (len > namelen && text[namelen] == '=' &&
		    memcmp(text, name, namelen) == 0)
			return strndup(text + namelen + 1, len - namelen - 1);
	}
	return NULL;
}

static int
read_item(const char *text, const char *end, struct postfix_milter *milter)
{
	const char *address = text;
	size_t len;

	milter->text = strndup(text, (size_t)(end - text));
	if (*text == '{') {
		address += 1 + strspn(text + 1, DIVIDERS);
		milter->default_action = find_setting(address, end,
		    "default_action");
	}
	len = strcspn(address, DIVIDERS "}");
	if (address + len > end || len == 0)
		return -1;
	milter->address = strndup(address, len);
	return milter->text != NULL && milter->address != NULL ? 0 : -1;
}

int
postfix_milters_read(const char *value, struct postfix_milters *milters)
{
	const char *end;

	memset(milters, 0, sizeof(*milters));
	for (;; value = end) {
		value += strspn(value, DIVIDERS);
		if (*value == '\0')
			return 0;
		if (milters->n == POSTFIX_MAX_MILTERS ||
		    (end = end_of_item(value)) == NULL ||
		    read_item(value, end, &milters->list[milters->n++]) == -1)
			break;
	}
	postfix_milters_finish(milters);
	return -1;
}

static void
finish_milter(struct postfix_milter *milter)
{
	free(milter->text);
	free(milter->address);
	free(milter->default_action);
}

void
postfix_milters_finish(struct postfix_milters *milters)
{
	size_t i;

	for (i = 0; i < milters->n; i++)
		finish_milter(&milters->list[i]);
	memset(milters, 0, sizeof(*milters));
}

void
postfix_milters_remove(struct postfix_milters *milters, size_t which)
{
	struct postfix_milter *milter = &milters->list[which];

	if (which >= milters->n)
		return;
	finish_milter(milter);
	milters->n--;
	memmove(milter, milter + 1, (milters->n - which) * sizeof(*milter));
}

char *
postfix_milters_text(const struct postfix_milters *milters)
{
	char *text = NULL;
	size_t len, i;
	FILE *out;

	if ((out = memstream_open(&text, &len)) == NULL)
		return NULL;
	for (i = 0; i < milters->n; i++)
		(void)fprintf(out, "%s%s", i > 0 ? ", " : "",
		    milters->list[i].text);
	(void)memstream_close(out, &text);
	return text;
}

void
postfix_outer_path(const struct postfix *postfix, bool is_chrooted,
    const char *path, char *outer, size_t size)
{
	const char *queue = postfix_queue_directory(postfix);

	if (path[0] != '/')
		(void)snprintf(outer, size, "%s/%s", queue, path);
	else
		(void)snprintf(outer, size, "%s%s", is_chrooted ? queue : "",
		    path);
}

bool
postfix_milter_socket(const struct postfix *postfix, bool is_chrooted,
    const struct postfix_milter *milter, struct milter_socket *socket)
{
	char outer[sizeof(socket->path)], why[128];

	if (!milter_socket_read(milter->address, socket, why, sizeof(why)))
		return false;
	if (!socket->is_unix)
		return true;
	postfix_outer_path(postfix, is_chrooted, socket->path, outer,
	    sizeof(outer));
	return strlcpy(socket->path, outer, sizeof(socket->path)) <
	    sizeof(socket->path);
}

size_t
postfix_milters_find(const struct postfix *postfix, bool is_chrooted,
    const struct postfix_milters *milters, const char *ours)
{
	struct milter_socket socket, other;
	char why[128];
	size_t i;

	if (!milter_socket_read(ours, &socket, why, sizeof(why)))
		return milters->n;
	for (i = 0; i < milters->n; i++)
		if (postfix_milter_socket(postfix, is_chrooted,
		    &milters->list[i], &other) &&
		    milter_socket_is_same(&socket, &other))
			break;
	return i;
}

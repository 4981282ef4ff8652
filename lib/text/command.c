/* SPDX-License-Identifier: ISC */

/*
 * Commands in messages: see command.h.
 *
 * Parts of countersign end their messages with a command for the shell of
 * root.  It counts only if it is made of words that a shell leaves alone,
 * because a file name in it is not quoted.  Whether a message can be trusted at
 * all is its reader's decision.
 */

#include "text/command.h"

#include <stdbool.h>
#include <string.h>

/* What such commands begin with: "install" alone may begin a sentence. */
static const char *const beginnings[] = {
	"chmod ", "chown ", "countersign-key ", "install -d ", "useradd -",
};

static bool
is_command(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (len >= strlen(beginnings[i]) && strncmp(text,
		    beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* Whether each command, after a ";", is a program of ours to run. */
static bool
are_commands(const char *text, size_t len)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_ ;";
	const char *end = text + len, *next;

	if (len == 0 || strspn(text, plain) < len)
		return false;
	for (; text < end; text = next) {
		while (text < end && *text == ' ')
			text++;
		if (!is_command(text, (size_t)(end - text)))
			return false;
		next = memchr(text, ';', (size_t)(end - text));
		next = next == NULL ? end : next + 1;
	}
	return true;
}

const char *
text_find_command(const char *text, size_t *len)
{
	const char *begin, *end;

	/* In quotes; an apostrophe in the text does no harm. */
	for (begin = strchr(text, '\''); begin != NULL; begin = end) {
		if ((end = strchr(++begin, '\'')) == NULL)
			break;
		*len = (size_t)(end - begin);
		if (are_commands(begin, *len))
			return begin;
	}
	/* At the end: the commands themselves may have no ": ". */
	for (begin = end = text; (begin = strstr(begin, ": ")) != NULL;)
		end = begin += 2;
	*len = strlen(end);
	return are_commands(end, *len) ? end : NULL;
}

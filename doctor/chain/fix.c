/* SPDX-License-Identifier: ISC */

/*
 * Commands that fix something, for the shell of root.
 *
 * Other parts of countersign end their messages with such a command.  It is
 * taken from there only if it is made of words that a shell leaves alone,
 * because a file name in it is not quoted.
 */

#include "chain/private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "text/text.h"

/* The programs that such commands begin with. */
static const char *const programs[] = {
	"chmod", "chown", "countersign-key", "install", "useradd",
};

static bool
is_program(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (len == strlen(programs[i]) &&
		    memcmp(text, programs[i], len) == 0)
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
	size_t n;

	if (len == 0 || strspn(text, plain) < len)
		return false;
	for (; text < end; text = next) {
		while (text < end && *text == ' ')
			text++;
		n = strcspn(text, " ;");
		if (!is_program(text, n))
			return false;
		next = memchr(text, ';', (size_t)(end - text));
		next = next == NULL ? end : next + 1;
	}
	return true;
}

static const char *
copy(const char *text, size_t len, char *fix, size_t size)
{
	if (len >= size || !are_commands(text, len))
		return NULL;
	memcpy(fix, text, len);
	fix[len] = '\0';
	return fix;
}

const char *
chain_fix_in(const char *text, char *fix, size_t size)
{
	const char *begin, *end, *found;

	/* In quotes; an apostrophe in the text does no harm. */
	for (begin = strchr(text, '\''); begin != NULL; begin = end) {
		if ((end = strchr(++begin, '\'')) == NULL)
			break;
		found = copy(begin, (size_t)(end - begin), fix, size);
		if (found != NULL)
			return found;
	}
	/* At the end: the commands themselves may have no ": ". */
	for (begin = end = text; (begin = strstr(begin, ": ")) != NULL;)
		end = begin += 2;
	return copy(end, strlen(end), fix, size);
}

const char *
chain_fix_word(char *fix, size_t size, const char *command, const char *word)
{
	char quoted[PATH_MAX * 2];
	int n;

	if (!text_shell_word(word, quoted, sizeof(quoted)))
		return NULL;
	n = snprintf(fix, size, "%s %s", command, quoted);
	return n < 0 || (size_t)n >= size ? NULL : fix;
}

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

#include "machine/key_program.h"
#include "text/text.h"

/* What such commands begin with: "install" alone may begin a sentence. */
static const char *const beginnings[] = {
	"chmod ", "chown ", KEY_PROGRAM " ", "install -d ", "useradd -",
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

/* "countersign-key" with the option that names another configuration. */
static bool
print_key_program(const struct chain *chain, char *text, size_t size)
{
	char file[PATH_MAX];
	int n;

	if (strcmp(chain->config_file, CONFIG_DEFAULT_FILE) == 0)
		return strlcpy(text, KEY_PROGRAM, size) < size;
	if (!text_shell_word(chain->config_file, file, sizeof(file)))
		return false;
	n = snprintf(text, size, KEY_PROGRAM " -c %s", file);
	return n > 0 && (size_t)n < size;
}

static const char *
copy(const struct chain *chain, const char *text, size_t len, char *fix,
    size_t size)
{
	const size_t keylen = strlen(KEY_PROGRAM);
	char program[CHAIN_FIX_SIZE] = "";
	int n;

	if (!are_commands(text, len))
		return NULL;
	if (strncmp(text, KEY_PROGRAM " ", keylen + 1) == 0 &&
	    strncmp(text + keylen, " -c ", 4) != 0) {
		if (!print_key_program(chain, program, sizeof(program)))
			return NULL;
		text += keylen;
		len -= keylen;
	}
	n = snprintf(fix, size, "%s%.*s", program, (int)len, text);
	return n < 0 || (size_t)n >= size ? NULL : fix;
}

const char *
chain_fix_in(const struct chain *chain, const char *text, char *fix,
    size_t size)
{
	const char *begin, *end, *found;

	/* In quotes; an apostrophe in the text does no harm. */
	for (begin = strchr(text, '\''); begin != NULL; begin = end) {
		if ((end = strchr(++begin, '\'')) == NULL)
			break;
		found = copy(chain, begin, (size_t)(end - begin), fix,
		    size);
		if (found != NULL)
			return found;
	}
	/* At the end: the commands themselves may have no ": ". */
	for (begin = end = text; (begin = strstr(begin, ": ")) != NULL;)
		end = begin += 2;
	return copy(chain, end, strlen(end), fix, size);
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

const char *
chain_fix_key(const struct chain *chain, char *fix, size_t size,
    const char *command, const char *word)
{
	char program[CHAIN_FIX_SIZE];

	if (!print_key_program(chain, program, sizeof(program)) ||
	    strlcat(program, " ", sizeof(program)) >= sizeof(program) ||
	    strlcat(program, command, sizeof(program)) >= sizeof(program))
		return NULL;
	return chain_fix_word(fix, size, program, word);
}

/* SPDX-License-Identifier: ISC */

/*
 * Commands that fix something, for the shell of root.
 *
 * Other parts of countersign end their messages with such a command:
 * text/command.h finds it.
 */

#include "chain/private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "machine/key_program.h"
#include "text/command.h"
#include "text/text.h"

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

const char *
chain_fix_in(const struct chain *chain, const char *text, char *fix,
    size_t size)
{
	const size_t keylen = strlen(KEY_PROGRAM);
	char program[CHAIN_FIX_SIZE] = "";
	size_t len;
	int n;

	if ((text = text_find_command(text, &len)) == NULL)
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

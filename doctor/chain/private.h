/* SPDX-License-Identifier: ISC */

/*
 * What the areas of the chain share.
 */

#ifndef CHAIN_PRIVATE_H
#define CHAIN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#define CHAIN_FIX_SIZE	4096

/*
 * The command in a text of another part of this program, which has it at the
 * end, "why: chmod 0700 PATH", or in quotes, "run 'countersign-key add X'".
 * Returns fix, or NULL if there is none, or one that is not safe to copy.
 */
const char *chain_fix_in(const char *text, char *fix, size_t size);

/*
 * Write "COMMAND WORD" with the word quoted for a shell.  Returns fix, or NULL
 * if the word cannot be quoted or does not fit.
 */
const char *chain_fix_word(char *fix, size_t size, const char *command,
	    const char *word);

#endif /* CHAIN_PRIVATE_H */

/* SPDX-License-Identifier: ISC */

/*
 * The command in a message of ours that fixes what the message is about.
 */

#ifndef TEXT_COMMAND_H
#define TEXT_COMMAND_H

#include <stddef.h>

/*
 * Find the first command in quotes, or one after the last ": ", which ends the
 * text; a text that is a command is its own.  Only what a shell takes word by
 * word counts, and only programs that fix something: chmod, chown,
 * countersign-key, install, useradd.  Returns where it begins in the text, and
 * sets *len; or NULL.
 */
const char *text_find_command(const char *text, size_t *len);

#endif /* TEXT_COMMAND_H */

/* SPDX-License-Identifier: ISC */

/*
 * Print a key and its record, as text or as JSON.
 */

#ifndef KEY_PRINT_H
#define KEY_PRINT_H

#include <stdio.h>

#include "command/tool.h"

/*
 * Print the record of a key as a person enters it, and before it, in CNAME
 * mode, the CNAME that points to it.
 */
void	key_print_record(const struct tool *tool, const char *domain,
	    const struct record *record);

/* Print the JSON members of a key that are in its state, without braces. */
void	key_print_json_members(FILE *fp, const char *domain,
	    const struct ks_key *key, int64_t now);

/* Print a key as a JSON object: those members, and its record. */
void	key_print_json(const struct tool *tool, const char *domain,
	    const struct ks_key *key, const struct record *record);

#endif /* KEY_PRINT_H */

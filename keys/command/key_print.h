/* SPDX-License-Identifier: ISC */

/*
 * Prints a key and its record, for people and for programs.
 */

#ifndef KEY_PRINT_H
#define KEY_PRINT_H

#include <stdio.h>

#include "command/tool.h"

/*
 * The record in all forms that DNS hosts ask for, and in CNAME mode the
 * CNAME that points to it.
 */
void	key_print_record(const struct record *record);

/* The members of a key that come from the state, without braces. */
void	key_print_json_members(FILE *fp, const char *domain,
	    const struct ks_key *key, int64_t now);

/* The key as a JSON object: those members, and its record. */
void	key_print_json(const struct tool *tool, const char *domain,
	    const struct ks_key *key, const struct record *record);

#endif /* KEY_PRINT_H */

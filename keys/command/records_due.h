/* SPDX-License-Identifier: ISC */

/*
 * The records that a person has to enter in DNS after a command: printed in
 * the form of entry.h, and in the JSON report as the member "records".
 */

#ifndef RECORDS_DUE_H
#define RECORDS_DUE_H

#include "command/command_work.h"

/* Whether a person has to publish the record of a key. */
bool	records_due_wants(const struct command_work *command,
	    const struct ks_key *key);

/*
 * Print the records of these n keys, by index, under a heading; with is_empty,
 * those with an empty p=.  With --json, they are kept for the report instead.
 * Returns false after printing an error.
 */
bool	records_due_print(struct command_work *command, const size_t *keys,
	    size_t n, bool is_empty, const char *heading);

/* In JSON, the CNAMEs of the domain, too; they come first. */
void	records_due_add_aliases(struct command_work *command);

/* Print the CNAMEs that the owner of the domain publishes once. */
void	records_due_print_aliases(const struct command_work *command);

#endif /* RECORDS_DUE_H */

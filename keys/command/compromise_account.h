/* SPDX-License-Identifier: ISC */

/*
 * What countersign-key compromise reports.
 */

#ifndef COMPROMISE_ACCOUNT_H
#define COMPROMISE_ACCOUNT_H

#include "command/command_work.h"

/* Print for each key whether it signs, what is exposed, and until when. */
void	compromise_print_account(const struct command_work *command,
	    const size_t *chosen, size_t n);

/*
 * Print, as one line on standard error, that nothing is left to do: which key
 * took over from which, and when, and what to do if the new keys may be
 * compromised as well.
 */
void	compromise_print_done(const struct command_work *command,
	    const size_t *chosen, size_t n);

/*
 * Print why no key was chosen.  Returns TOOL_NOT_YET if all are revoked, which
 * --all asks for; otherwise TOOL_FAILED.
 */
int	compromise_print_none(const struct command_work *command);

#endif /* COMPROMISE_ACCOUNT_H */

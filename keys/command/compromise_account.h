/* SPDX-License-Identifier: ISC */

/*
 * What countersign-key compromise reports.
 */

#ifndef COMPROMISE_ACCOUNT_H
#define COMPROMISE_ACCOUNT_H

#include "command/command_work.h"

/* Of each key: whether it signs, what is exposed, and until when. */
void	compromise_print_account(const struct command_work *command,
	    const size_t *chosen, size_t n);

/* Report that it was already done: which keys took over, from which, and when;
 * and how to force it.  One line on standard error. */
void	compromise_print_done(const struct command_work *command,
	    const size_t *chosen, size_t n);

#endif /* COMPROMISE_ACCOUNT_H */

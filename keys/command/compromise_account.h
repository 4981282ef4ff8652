/* SPDX-License-Identifier: ISC */

/*
 * What countersign-key compromise says of what it has done.
 */

#ifndef COMPROMISE_ACCOUNT_H
#define COMPROMISE_ACCOUNT_H

#include "command/command_work.h"

/* Of each key: whether it signs, what is exposed, and until when. */
void	compromise_print_account(const struct command_work *command,
	    const size_t *chosen, size_t n);

/* That it was done before: which keys took over, from which, when; and how to
 * insist.  One line to standard error. */
void	compromise_print_done(const struct command_work *command,
	    const size_t *chosen, size_t n);

#endif /* COMPROMISE_ACCOUNT_H */

/* SPDX-License-Identifier: ISC */

/*
 * How a process asks a master to reload, and waits until that is done: SIGHUP,
 * sent with sigqueue(3), and a signal in answer.
 */

#ifndef ASK_H
#define ASK_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>

#include "config/config.h"

/*
 * Have the master with that process id reload, and wait.  config is what it
 * will read, to tell where a line is.  Returns the exit status: 0 if the new
 * configuration is used; else 1, with the reason on stderr.
 */
int	ask_reload(pid_t master, const struct config *config);

/* In the master: who waits for the answer to this SIGHUP; 0: nobody. */
pid_t	ask_asker(const siginfo_t *info);
/* In the master: answer; restart_line as in reload_end(). */
void	ask_answer(pid_t asker, bool is_used, unsigned int restart_line);

#endif /* ASK_H */

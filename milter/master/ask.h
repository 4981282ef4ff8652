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

/*
 * Have the master with that process id reload, and wait.  Returns the exit
 * status: 0 if the new configuration is used; else 1, with the reason on
 * stderr.
 */
int	ask_reload(pid_t master);

/* In the master: who waits for the answer to this SIGHUP; 0: nobody. */
pid_t	ask_asker(const siginfo_t *info);
/* In the master: answer. */
void	ask_answer(pid_t asker, bool is_used);

#endif /* ASK_H */

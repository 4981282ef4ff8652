/* SPDX-License-Identifier: ISC */

/*
 * A child of the master: a program that is started with a control socket, and
 * restarted when it exits.
 */

#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/ipc.h"

#define CHILD_MIN_LIFE_MS	1000	/* less: its start has failed */
#define CHILD_MIN_DELAY_MS	100	/* before a restart */
#define CHILD_MAX_DELAY_MS	10000
#define CHILD_PING_MS	5000	/* from an answer to the next ping */
#define CHILD_ANSWER_MS	5000	/* time to answer a ping */
#define CHILD_PINGS	3	/* so many unanswered: it hangs */
#define CHILD_TICK_MS	1000	/* longest time that is counted at once */
#define CHILD_END_MS	1000	/* from control socket closed to SIGTERM */
#define CHILD_TERM_MS	2000	/* from SIGTERM to SIGKILL */

struct child {
	char		 name[32];	/* "front", "signer 0" */
	pid_t		 pid;		/* 0: none */
	struct ipc_channel control;	/* fd -1: none */
	bool		 is_ready;	/* it said so, and is not ending */
	bool		 was_ready;	/* it said so */
	bool		 is_told_to_stop;
	bool		 is_terminated;	/* SIGTERM was sent */
	int64_t		 term_at_ms;	/* send SIGTERM; INT64_MAX: never */
	int64_t		 kill_at_ms;	/* send SIGKILL; INT64_MAX: never */

	unsigned int	 npings;	/* sent since its last answer */
	bool		 is_hung;	/* CHILD_PINGS of them, unanswered */
	bool		 was_hung;	/* and that has been logged */
	int64_t		 ping_at_ms;	/* if npings is 0: send the first */
	int64_t		 counted_ms;	/* until when waiting was counted */
	unsigned int	 waited_ms;	/* for an answer to the last ping */
	unsigned int	 allowed_ms;	/* before any waiting is counted */

	unsigned int	 start_limit_ms;	/* from start to ready */
	int64_t		 started_ms;
	int64_t		 restart_at_ms;	/* while pid is 0 */
	unsigned int	 delay_ms;	/* the last one */
	unsigned int	 nfailures;	/* failed starts in a row */
	char		 why[64];	/* the last one failed */
};

/* There is no process yet; it may be started at once. */
void	child_init(struct child *child, const char *name,
	    unsigned int start_limit_ms);
/* Close the control socket, and leave the process alone. */
void	child_finish(struct child *child);

/*
 * Start a program.  It inherits stdio and its control socket (IPC_CONTROL_FD),
 * nothing else, and gets its own process group, so that signals from the
 * terminal reach only the master.  If it is not ready within start_limit_ms,
 * child_end_late() terminates it.
 *
 * Returns 0, or -1 with the reason logged and restart_at_ms set.
 */
int	child_start(struct child *child, const char *path,
	    char *const argv[], int64_t now_ms);

/* The child sent IPC_CTL_READY.  False if it is already being ended. */
bool	child_note_ready(struct child *child);

/*
 * Reap a child that has exited, and kill what is left of its process group.
 * Returns its process id, or 0 if none has exited.
 */
pid_t	child_reap(int *wait_status);

/*
 * The process has exited with that status of waitpid(2): log it, and set
 * restart_at_ms.  Returns the exit status, or 128 plus the signal.
 */
int	child_ended(struct child *child, int wait_status, int64_t now_ms);

/* Send it IPC_CTL_STOP, once.  If it still runs at kill_at_ms, kill it. */
void	child_stop(struct child *child, int64_t kill_at_ms);

/*
 * Its control socket is closed or broken, so it cannot be told anything.  It
 * has CHILD_END_MS to exit by itself.
 */
void	child_lose(struct child *child, int64_t now_ms);

/* Send SIGTERM or SIGKILL if a deadline of the child has passed. */
void	child_end_late(struct child *child, int64_t now_ms);

/*
 * If the child is ready, ask it from time to time whether it works, and note if
 * it hangs.  Only time in which the master ran counts: call this at each turn
 * of its loop, and at least at each child_due_ms(); what is longer than
 * CHILD_TICK_MS between two calls is taken for a stopped master or machine, or
 * a busy one, and counts as CHILD_TICK_MS.
 */
void	child_ask(struct child *child, int64_t now_ms);
/* It has answered: it does not hang. */
void	child_note_answer(struct child *child, int64_t now_ms);
/* It has work that may take so long, and need not answer; 0: no more. */
void	child_allow(struct child *child, unsigned int allowed_ms);
/* It hangs: kill it at once.  Its end is noticed as that of any other. */
void	child_kill(struct child *child);

/*
 * When child_end_late() or child_ask() have something to do next; INT64_MAX:
 * never.
 */
int64_t	child_due_ms(const struct child *child);

#endif /* CHILD_H */

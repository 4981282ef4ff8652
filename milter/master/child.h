/* SPDX-License-Identifier: ISC */

/*
 * A child of the master: a program, started with a control socket, and
 * started again when it ends.
 */

#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/ipc.h"

#define CHILD_MIN_LIFE_MS	1000	/* shorter: it failed at its start */
#define CHILD_MIN_DELAY_MS	100	/* before it is started again */
#define CHILD_MAX_DELAY_MS	10000
#define CHILD_END_MS	1000	/* from control socket closed to its end */
#define CHILD_TERM_MS	2000	/* from SIGTERM to SIGKILL */

struct child {
	char		 name[32];	/* "front", "signer 0" */
	pid_t		 pid;		/* 0: none */
	struct ipc_channel control;	/* fd -1: none */
	bool		 is_ready;	/* it said so, and is not ending */
	bool		 was_ready;	/* it said so */
	bool		 is_told_to_stop;
	bool		 is_terminated;	/* SIGTERM was sent */
	int64_t		 term_at_ms;	/* INT64_MAX: not to be */
	int64_t		 kill_at_ms;	/* INT64_MAX: not to be */

	unsigned int	 start_limit_ms;	/* from its start until it is ready */
	int64_t		 started_ms;
	int64_t		 restart_at_ms;	/* while pid is 0 */
	unsigned int	 delay_ms;	/* the last one */
};

/* No process yet; to be started at once. */
void	child_init(struct child *child, const char *name,
	    unsigned int start_limit_ms);
/* Close the control socket.  The process is not touched. */
void	child_finish(struct child *child);

/*
 * Start a program with its control socket as IPC_CONTROL_FD, stdio as ours,
 * nothing else inherited, in a process group of its own: the terminal's
 * signals are for the master.
 *
 * If it is not ready within start_limit_ms, child_end_late() terminates it.
 *
 * Returns 0, or -1 with the reason logged and restart_at_ms set.
 */
int	child_start(struct child *child, const char *path,
	    char *const argv[], int64_t now_ms);

/* It sent IPC_CTL_READY.  False if that is too late: it is ending. */
bool	child_note_ready(struct child *child);

/*
 * Take the status of a process of ours that has ended, and kill what is left
 * of its process group.  Returns its id, or 0 when none has ended.
 */
pid_t	child_reap(int *wait_status);

/*
 * The process has ended, with that status of waitpid(2): log it, and set
 * restart_at_ms.  Returns the exit status, or 128 and the signal.
 */
int	child_ended(struct child *child, int wait_status, int64_t now_ms);

/* Send it IPC_CTL_STOP, once; it shall have ended by kill_at_ms. */
void	child_stop(struct child *child, int64_t kill_at_ms);

/*
 * Its control socket is closed or broken: it cannot be told anything, and
 * shall end by itself in CHILD_END_MS.
 */
void	child_lose(struct child *child, int64_t now_ms);

/* Send SIGTERM or SIGKILL to one that should have ended by now. */
void	child_end_late(struct child *child, int64_t now_ms);

/* When child_end_late() has something to do; INT64_MAX: never. */
int64_t	child_due_ms(const struct child *child);

#endif /* CHILD_H */

/* SPDX-License-Identifier: ISC */

/*
 * The kernel, as a master sees it: its children, signals, time, and the other
 * service.  Nothing is started, and nobody is signalled.
 */

#ifndef FAKEMASTER_H
#define FAKEMASTER_H

#include <sys/types.h>
#include <sys/socket.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ipc.h"
#include "config/config.h"

#define NKIDS		3	/* the front, and two signers */
#define NCONFIGS	3
#define FAKEMASTER_FRONT "/front"

struct kid {
	pid_t		 pid;		/* 0: none, or reaped */
	struct ipc_channel control;	/* its end */
	bool		 has_exited;	/* and is to be reaped */
	int		 status;
	bool		 is_deaf;	/* does not read */
	bool		 is_stubborn;	/* ignores SIGTERM and IPC_CTL_STOP */
	bool		 was_told;	/* to stop */
	bool		 has_table;
	bool		 has_peers;	/* sockets to the front of now */
	bool		 needs_epoch;	/* before the next such socket */
};

struct fakemaster {
	struct config	*configs[NCONFIGS];
	bool		 is_running;
	int64_t		 now_ms;
	struct kid	 kids[NKIDS];	/* the front is the first */
	struct ipc_channel outside;	/* the other end of the other service */
	unsigned int	 nknocks;	/* connections to be accepted */
	unsigned int	 config;	/* of the next reload; NCONFIGS: none */
	bool		 forks_fail, connects_fail;
};

extern struct fakemaster fakemaster;

/*
 * Before and after a run.  take_steps makes something happen, or returns false:
 * then the master is told to stop.  listener, unless NULL, gets a descriptor
 * that is readable while somebody knocks.
 */
void	fakemaster_begin(bool (*take_steps)(void), int *listener);
void	fakemaster_end(void);

/* While the master waits: */
void	fakemaster_exit(struct kid *kid, int status);
void	fakemaster_signal(int sig);
void	fakemaster_reload(unsigned int config, bool is_asked);

/* What a child was sent; one that is deaf reads it when it is not any more. */
void	fakemaster_read(struct kid *kid);
/*
 * The front is gone: no signer that had sockets to it gets another before it
 * was told so.
 */
void	fakemaster_end_front(void);

#endif /* FAKEMASTER_H */

/* SPDX-License-Identifier: ISC */

/*
 * What the parts of the master share: master.c (children, signals, stop),
 * sockets.c (sockets between front and signers), reload.c.
 */

#ifndef MASTER_PRIVATE_H
#define MASTER_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ipc.h"
#include "master/child.h"
#include "master/master.h"

#define STOP_FRONT_MS	30000	/* for messages in progress */
#define STOP_SIGNERS_MS	2000
#define STOP_AGAIN_MS	1000	/* a second stop after that: at once */
#define FIRST_START_MS	6000	/* from the first error at the first start to
				 * giving up, so that others are logged */
#define GIVE_UP_MS	1600	/* give up a first start at this delay */

enum phase {
	RUNNING,
	STOPPING_FRONT,
	STOPPING_SIGNERS
};

struct signer_slot {
	struct child	 child;
	unsigned int	 owed;		/* sockets to the front still to make */
	int64_t		 owed_at_ms;	/* not before this time */
	int64_t		 made_at_ms;	/* when the last one was made */
	unsigned int	 delay_ms;	/* before a lost one is replaced */
};

struct master {
	const struct master_opts *opts;
	char		*keydir;
	int64_t		 ceiling;	/* of x=, for signers; 0: none */

	struct child	 front;
	struct signer_slot signers[IPC_MAX_SIGNERS];
	unsigned int	 nsigners;

	enum phase	 phase;
	int64_t		 stopping_ms;	/* when stopping began */
	int		 status;	/* to exit with */
	bool		 is_up;
	bool		 store_is_usable;	/* a signer was ready */
	int64_t		 failed_ms;	/* when the first start failed; 0: no */
	bool		 reload_is_due;	/* tell the front when all signers
					 * are ready */
	int64_t		 now_ms;
};

/*
 * A signer was started: make all its sockets to the front.  slot NULL: the
 * front was started, so make those of all signers.
 */
void	introduce_owe(struct master *master, struct signer_slot *slot);
/* The front has exited: tell the signers to close its sockets. */
void	introduce_epoch(struct master *master);
/* Whether sockets between a signer and the front are still to be made. */
bool	introduce_is_owed(const struct master *master,
	    const struct signer_slot *slot);
/* Make the sockets that are due and can be sent now. */
void	introduce_due(struct master *master);
/* The front lost a socket: IPC_CTL_WANT. */
void	introduce_want(struct master *master,
	    const struct ipc_message *message);

/* Reload after SIGHUP. */
void	reload(struct master *master);
bool	reload_signers_are_ready(const struct master *master);
/* Tell the front to reload if that is due and all signers are ready. */
void	reload_front(struct master *master);

#endif /* MASTER_PRIVATE_H */

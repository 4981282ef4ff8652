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

#define STOP_FRONT_MS	30000	/* for the messages under way */
#define STOP_SIGNERS_MS	2000
#define STOP_AGAIN_MS	1000	/* asked again after that: at once */
#define FIRST_START_MS	6000	/* from one fault of the first start to its
				 * end, for others to be seen */
#define GIVE_UP_MS	1600	/* a delay this long before it was ever up */

enum phase {
	RUNNING,
	STOPPING_FRONT,
	STOPPING_SIGNERS
};

struct signer_slot {
	struct child	 child;
	unsigned int	 owed;		/* sockets to the front to be made */
	int64_t		 owed_at_ms;	/* not before */
	int64_t		 made_at_ms;	/* the last one */
	unsigned int	 delay_ms;	/* between lost ones */
};

struct master {
	const struct master_opts *opts;
	char		*keydir;
	int64_t		 ceiling;	/* of x= for the signers; 0: none */

	struct child	 front;
	struct signer_slot signers[IPC_MAX_SIGNERS];
	unsigned int	 nsigners;

	enum phase	 phase;
	int64_t		 stopping_ms;	/* since then */
	int		 status;	/* to exit with */
	bool		 is_up;
	bool		 store_is_usable;	/* a signer was ready */
	int64_t		 failed_ms;	/* the first start has; 0: not */
	bool		 reload_is_due;	/* when all signers are ready */
	int64_t		 now_ms;
};

/* Owe the front all sockets of a signer that was started; or, slot NULL, owe
 * a front that was started those of all signers. */
void	introduce_owe(struct master *master, struct signer_slot *slot);
/* The front has ended: have the signers close its sockets. */
void	introduce_epoch(struct master *master);
/* Whether a signer is to be introduced to the front, now or later. */
bool	introduce_is_owed(const struct master *master,
	    const struct signer_slot *slot);
/* Make the sockets that are due and can be sent now. */
void	introduce_due(struct master *master);
/* The front lost a socket: IPC_CTL_WANT. */
void	introduce_want(struct master *master,
	    const struct ipc_message *message);

/* SIGHUP. */
void	reload(struct master *master);
bool	reload_signers_are_ready(const struct master *master);
/* Tell the front to reload, if that is due and all signers are ready. */
void	reload_front(struct master *master);

#endif /* MASTER_PRIVATE_H */

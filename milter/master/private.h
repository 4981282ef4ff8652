/* SPDX-License-Identifier: ISC */

/*
 * What the files of the master share: master.c (events, signals, stop),
 * start.c, sockets.c (sockets between front and signers), door.c, metrics.c,
 * reload.c, watchdog.c.
 */

#ifndef MASTER_PRIVATE_H
#define MASTER_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hourly.h"
#include "base/ipc.h"
#include "base/notify.h"
#include "master/child.h"
#include "master/link.h"
#include "master/master.h"

#define STOP_FRONT_MS	30000	/* for messages in progress */
#define STOP_SIGNERS_MS	2000
#define STOP_AGAIN_MS	1000	/* a second stop after that: at once */
#define FIRST_START_MS	6000	/* from the first error at the first start to
				 * giving up, so that others are logged */
#define GIVE_UP_MS	1600	/* give up a first start at this delay */

/* The child that shows metrics: metrics.c. */
struct metrics {
	struct child	 child;
	bool		 is_on;		/* the configuration says so */
	struct meters	*meters;	/* NULL: not on so far */
	int		 fd, reader;	/* of the table; -1: none */
	char		*listen, *textfile, *user;	/* NULL: none */
};

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
	struct hourly	*hourly;	/* for signers; MASTER_FRONT: NULL */
	int		 hourly_fd;

	struct metrics	 metrics;
	struct child	 front;		/* MASTER_SIGNERS: only its control
					 * socket, of whoever connected */
	struct link	 link;		/* MASTER_FRONT */
	int64_t		 door_due_ms;	/* MASTER_SIGNERS: not before */
	uint32_t	 nended;	/* MASTER_SIGNERS: signers that ended,
					 * and the front was not told */
	struct notify	 notify;
	struct signer_slot signers[IPC_MAX_SIGNERS];
	unsigned int	 nsigners;

	enum phase	 phase;
	int64_t		 stopping_ms;	/* when stopping began */
	int		 status;	/* to exit with */
	bool		 is_up;
	bool		 store_is_usable;	/* a signer was ready */
	int64_t		 failed_ms;	/* when the first start failed; 0: no */
	bool		 is_reloading;
	bool		 reload_is_due;	/* tell the front when all signers
					 * are ready */
	pid_t		 reload_asker;	/* waits for the end of it; 0: nobody */
	int64_t		 hung_at_ms;	/* kill no child that hangs before */
	int64_t		 now_ms;
};

/* Make the table in which all signers count; false, logged, if it fails. */
bool	start_make_hourly(struct master *master);
/* Start the children that are due. */
void	start_due(struct master *master);
/* Whether a child should run but does not. */
bool	start_is_wanted(const struct master *master, const struct child *child);
/*
 * Whether a first start cannot succeed, which has been logged; then the exit
 * status.
 */
bool	start_has_failed(const struct master *master, int *status);

/* Where and how much to log, as the last arguments: three, and NULL. */
void	start_add_log_options(const struct master *master, char **argv);

void	metrics_init(struct master *master);
void	metrics_finish(struct master *master);
/* Use the section metrics of a configuration, which is not kept. */
void	metrics_configure(struct master *master, const struct config *config);
/* Give the table, if there is one, to a front that was started. */
void	metrics_tell_front(struct master *master);
/* Whether the child should run but does not. */
bool	metrics_are_wanted(const struct master *master);
void	metrics_start_due(struct master *master);
/* A process has exited; false if it is not this child. */
bool	metrics_ended(struct master *master, pid_t pid, int wait_status);
/* Count that the front or a signer ended although nobody had stopped it. */
void	metrics_count_end(struct master *master, const struct child *child);
/* Ask it whether it works, and end it if it is late or hangs. */
void	metrics_attend(struct master *master);

/* Ask the children whether they work, and end those that are late or hang. */
void	watchdog_init(struct master *master);
void	watchdog_attend(struct master *master);

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

/*
 * Reload after SIGHUP.  asker: the process that waits for the result (ask.h);
 * 0: nobody does.
 */
void	reload(struct master *master, pid_t asker);
bool	reload_signers_are_ready(const struct master *master);
/*
 * If a reload is in progress and all signers are ready: tell the front to
 * reload too.  Without a front to tell, the reload is complete.
 */
void	reload_front(struct master *master);
/*
 * The reload is over; is_used: the new configuration is.  restart_line: what
 * the front cannot use before a restart, if anything; else 0.
 */
void	reload_end(struct master *master, bool is_used,
	    unsigned int restart_line);

#endif /* MASTER_PRIVATE_H */

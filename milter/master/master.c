/* SPDX-License-Identifier: ISC */

/*
 * The master: see master.h.
 *
 * One thread and one ppoll(2); signals are delivered only there.  Sending never
 * blocks.  A message from a child can make the master note that it is ready or
 * give it new sockets, and nothing else.
 */

#include "master/private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/meters.h"
#include "base/wire.h"
#include "master/ask.h"
#include "master/door.h"

#define SPARE_DESCRIPTORS 64

static volatile sig_atomic_t got_chld, got_hup, got_term;
static volatile sig_atomic_t reload_asker;	/* a process id; 0: nobody */

static void
note_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGCHLD)
		got_chld = 1;
	else if (sig == SIGHUP) {
		got_hup = 1;
		reload_asker = (sig_atomic_t)ask_asker(info);
	} else
		got_term = 1;
}

/* Catch signals, and block them except in ppoll(2) with the mask *let_in. */
static void
catch_signals(sigset_t *let_in)
{
	static const int caught[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	struct sigaction action;
	sigset_t held;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = note_signal;
	action.sa_flags = SA_SIGINFO;
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&held);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		(void)sigaction(caught[i], &action, NULL);
		(void)sigaddset(&held, caught[i]);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	/* At a file-size limit, making the table fails. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &held, NULL);
	(void)sigemptyset(let_in);
}

/* -- Stopping ------------------------------------------------------------ */

static void
stop(struct master *master, int status)
{
	unsigned int i;

	if (master->phase == RUNNING) {
		master->stopping_ms = master->now_ms;
		master->status = status;
		master->phase = STOPPING_FRONT;
		notify_send(&master->notify, "STOPPING=1");
		child_stop(&master->front, master->now_ms + STOP_FRONT_MS);
		return;
	}
	/* One stop may send several signals; a later one means: at once. */
	if (master->now_ms - master->stopping_ms < STOP_AGAIN_MS)
		return;
	master->front.kill_at_ms = master->now_ms;
	master->metrics.child.kill_at_ms = master->now_ms;
	for (i = 0; i < master->nsigners; i++)
		master->signers[i].child.kill_at_ms = master->now_ms;
}

/* Kill late children, and continue stopping; true when all have exited. */
static bool
is_stopped(struct master *master)
{
	unsigned int i;

	watchdog_attend(master);
	metrics_attend(master);
	if (master->phase == STOPPING_FRONT && master->front.pid == 0) {
		master->phase = STOPPING_SIGNERS;
		child_stop(&master->metrics.child,
		    master->now_ms + STOP_SIGNERS_MS);
		for (i = 0; i < master->nsigners; i++)
			child_stop(&master->signers[i].child,
			    master->now_ms + STOP_SIGNERS_MS);
	}
	if (master->phase != STOPPING_SIGNERS)
		return false;
	for (i = 0; i < master->nsigners; i++)
		if (master->signers[i].child.pid != 0)
			return false;
	return master->metrics.child.pid == 0;
}

/* -- Events -------------------------------------------------------------- */

/* The service is up as soon as all that belongs to it is ready. */
static void
note_up(struct master *master)
{
	const struct master_opts *opts = master->opts;

	if (master->is_up || !reload_signers_are_ready(master) ||
	    (opts->part != MASTER_SIGNERS && !master->front.is_ready) ||
	    (opts->part == MASTER_FRONT && !master->link.is_ready))
		return;
	master->is_up = true;
	if (opts->part == MASTER_ALL)
		log_info(M_READY, "ready: socket %s, %u signers",
		    opts->config->socket, master->nsigners);
	else if (opts->part == MASTER_FRONT)
		log_info(M_READY, "ready: socket %s, signers at %s",
		    opts->config->socket, opts->signers_socket);
	else
		log_info(M_READY, "ready: %u signers", master->nsigners);
	notify_send(&master->notify, "READY=1");
	if (opts->up != NULL)
		opts->up(opts->up_arg);
}

static void
note_ready(struct master *master, struct child *child)
{
	if (!child_note_ready(child))
		return;
	log_debug("%s: ready", child->name);
	if (child == &master->metrics.child)
		return;
	if (child != &master->front)
		master->store_is_usable = true;
	reload_front(master);
	note_up(master);
}

/* The front says whether it uses the new configuration. */
static void
note_reloaded(struct master *master, const struct ipc_message *message)
{
	struct wire_reader reader;
	uint32_t restart_line = 0;
	uint8_t is_used;

	wire_reader_init(&reader, message->payload, message->len);
	is_used = wire_get_u8(&reader);
	child_allow(&master->front, 0);
	if (!wire_reader_is_complete(&reader))
		restart_line = wire_get_u32(&reader);
	if (wire_reader_is_complete(&reader))
		reload_end(master, is_used == 1, restart_line);
	else
		reload_end(master, false, 0);
}

/* What only the front sends; false if it does not, either. */
static bool
serve_front(struct master *master, const struct ipc_message *message)
{
	switch (message->type) {
	case IPC_CTL_WANT:
		if (master->opts->part == MASTER_FRONT)
			link_want(&master->link, message);
		else
			introduce_want(master, message);
		return true;
	case IPC_CTL_RELOADED:
		note_reloaded(master, message);
		return true;
	default:
		return false;
	}
}

/* Read one packet from a child. */
static void
serve_child(struct master *master, struct child *child)
{
	struct ipc_message message;
	int r;

	r = ipc_receive_packet(&child->control, &message);
	if (r == IPC_E_CLOSED || r == IPC_E_SYSTEM) {
		/* Most likely it is exiting; waitpid(2) will tell. */
		child_lose(child, master->now_ms);
	} else if (r == IPC_E_MALFORMED || r == IPC_E_VERSION)
		log_warnx(M_CONTROL_MESSAGE_IGNORED,
		    "%s: message ignored: %s", child->name, ipc_strerror(r));
	if (r != 0)
		return;
	if (message.type == IPC_CTL_READY)
		note_ready(master, child);
	else if (message.type == IPC_CTL_PONG)
		child_note_answer(child, master->now_ms);
	else if (child != &master->front || !serve_front(master, &message))
		log_warnx(M_CONTROL_MESSAGE_IGNORED,
		    "%s: message of type %u ignored", child->name,
		    (unsigned int)message.type);
}

static void
note_end(struct master *master, struct child *child, int wait_status)
{
	bool is_renewed;
	int status;

	is_renewed = master->phase == RUNNING && child->is_told_to_stop;
	status = child_ended(child, wait_status, master->now_ms);
	if (master->phase != RUNNING || is_renewed)
		return;
	metrics_count_end(master, child);
	if (child == &master->front)
		/* The next one reads the new file. */
		reload_end(master, true, 0);
	if (master->opts->part == MASTER_FRONT && child->was_ready) {
		stop(master, EX_SOFTWARE);
		return;
	}
	/* It cannot run as configured: the first start has failed. */
	if (status == EX_CONFIG && !master->is_up) {
		if (master->failed_ms == 0)
			master->failed_ms = master->now_ms;
	} else if (child->nfailures > 1)
		log_warnx(M_PROCESS_RESTARTING, "%s: restarting in %u ms: "
		    "failed %u times in a row, the last time: %s",
		    child->name, child->delay_ms, child->nfailures,
		    child->why);
	else
		log_info(M_PROCESS_RESTARTING, "%s: restarting in %u ms",
		    child->name, child->delay_ms);
}

static void
reap(struct master *master)
{
	unsigned int i;
	pid_t pid;
	int status;

	while ((pid = child_reap(&status)) > 0) {
		if (pid == master->front.pid) {
			introduce_epoch(master);
			note_end(master, &master->front, status);
			continue;
		}
		if (metrics_ended(master, pid, status))
			continue;
		for (i = 0; i < master->nsigners; i++)
			if (pid == master->signers[i].child.pid)
				note_end(master, &master->signers[i].child,
				    status);
	}
}

static void
serve_signals(struct master *master)
{
	if (got_chld) {
		got_chld = 0;
		reap(master);
	}
	if (got_hup) {
		got_hup = 0;
		reload(master, (pid_t)reload_asker);
	}
	if (got_term) {
		got_term = 0;
		stop(master, 0);
	}
}

static void
sooner(int64_t *when_ms, int64_t other_ms)
{
	if (other_ms < *when_ms)
		*when_ms = other_ms;
}

/* Lower *when_ms to the time at which a child is due to be started or ended. */
static void
child_is_due(const struct master *master, const struct child *child,
    int64_t *when_ms)
{
	sooner(when_ms, child_due_ms(child));
	if (start_is_wanted(master, child))
		sooner(when_ms, child->restart_at_ms);
}

/* When there is something to do even without an event. */
static int64_t
next_due(const struct master *master)
{
	const struct signer_slot *slot;
	int64_t when_ms;
	unsigned int i;

	when_ms = INT64_MAX;
	if (master->phase == RUNNING && master->failed_ms != 0)
		when_ms = master->failed_ms + FIRST_START_MS;
	sooner(&when_ms, master->link.due_ms);
	sooner(&when_ms, master->notify.due_ms);
	if (master->door_due_ms > master->now_ms)
		sooner(&when_ms, master->door_due_ms);
	child_is_due(master, &master->front, &when_ms);
	child_is_due(master, &master->metrics.child, &when_ms);
	for (i = 0; i < master->nsigners; i++) {
		slot = &master->signers[i];
		child_is_due(master, &slot->child, &when_ms);
		/* If it is due already, a control socket is full: try often. */
		if (introduce_is_owed(master, slot))
			sooner(&when_ms, slot->owed_at_ms > master->now_ms ?
			    slot->owed_at_ms :
			    master->now_ms + CHILD_MIN_DELAY_MS);
	}
	return when_ms;
}

/* What another service is heard on; -1: nothing. */
static int
outside_fd(const struct master *master)
{
	switch (master->opts->part) {
	case MASTER_FRONT:
		return master->link.channel.fd;
	case MASTER_SIGNERS:
		return master->door_due_ms > master->now_ms ? -1 :
		    master->opts->listener;
	default:
		return -1;
	}
}

/* The signers' master sends a socket to one of them, for the front. */
static void
pass_socket_on(struct master *master)
{
	struct ipc_message message;
	int r;

	if (link_receive(&master->link, &message, master->now_ms) != 0)
		return;
	r = ipc_send(&master->front.control, IPC_CTL_PEER, 0, message.payload,
	    message.len, message.fd, IPC_NOWAIT);
	(void)close(message.fd);
	if (r != 0)
		link_lose(&master->link, "the front does not take its sockets",
		    master->now_ms);
	note_up(master);
}

static void
serve_outside(struct master *master)
{
	if (master->opts->part == MASTER_SIGNERS)
		door_open(master);
	else
		pass_socket_on(master);
}

/* Sleep until a child sends a message, a signal arrives or work is due. */
static int
wait_for_events(struct master *master, const sigset_t *let_in)
{
	struct pollfd pfds[3 + IPC_MAX_SIGNERS];
	struct timespec timeout;
	int64_t when_ms, left_ms;
	unsigned int i;
	int n;

	pfds[0].fd = master->front.control.fd;
	pfds[0].events = POLLIN;
	pfds[1].fd = outside_fd(master);
	pfds[1].events = POLLIN;
	pfds[2].fd = master->metrics.child.control.fd;
	pfds[2].events = POLLIN;
	for (i = 0; i < master->nsigners; i++) {
		pfds[i + 3].fd = master->signers[i].child.control.fd;
		pfds[i + 3].events = POLLIN;
	}
	when_ms = next_due(master);
	left_ms = when_ms > master->now_ms ? when_ms - master->now_ms : 0;
	timeout.tv_sec = (time_t)(left_ms / 1000);
	timeout.tv_nsec = (long)(left_ms % 1000) * 1000000;
	n = ppoll(pfds, master->nsigners + 3,
	    when_ms == INT64_MAX ? NULL : &timeout, let_in);
	master->now_ms = monotonic_ms();
	if (n == -1)
		return errno == EINTR ? 0 : -1;
	if (pfds[0].revents != 0 && master->opts->part == MASTER_SIGNERS)
		door_serve(master);
	else if (pfds[0].revents != 0)
		serve_child(master, &master->front);
	if (pfds[1].revents != 0)
		serve_outside(master);
	if (pfds[2].revents != 0)
		serve_child(master, &master->metrics.child);
	for (i = 0; i < master->nsigners; i++)
		if (pfds[i + 3].revents != 0)
			serve_child(master, &master->signers[i].child);
	return 0;
}

static void
master_init(struct master *master, const struct master_opts *opts)
{
	char name[32];
	unsigned int i;

	memset(master, 0, sizeof(*master));
	master->opts = opts;
	master->ceiling = opts->config->longest_expire;
	notify_init(&master->notify);
	link_init(&master->link, opts->part == MASTER_FRONT ?
	    opts->signers_socket : NULL, opts->start_limit_ms);
	master->nsigners = opts->config->signers;
	if (master->nsigners < 1)
		master->nsigners = 1;
	if (master->nsigners > IPC_MAX_SIGNERS)
		master->nsigners = IPC_MAX_SIGNERS;
	if (opts->part == MASTER_FRONT)
		master->nsigners = 0;
	child_init(&master->front, "front", opts->start_limit_ms);
	for (i = 0; i < master->nsigners; i++) {
		(void)snprintf(name, sizeof(name), "signer %u", i);
		child_init(&master->signers[i].child, name,
		    opts->start_limit_ms);
	}
}

int
master_run(const struct master_opts *opts)
{
	struct master master;
	sigset_t let_in;
	int status;

	master_init(&master, opts);
	if ((master.keydir = strdup(opts->config->keydir)) == NULL) {
		log_warnx(M_OUT_OF_MEMORY, "out of memory");
		return EX_OSERR;
	}
	/* A control socket each, and what is passed on. */
	descriptors_want(master.nsigners + SPARE_DESCRIPTORS);
	catch_signals(&let_in);
	if (opts->part != MASTER_FRONT && !start_make_hourly(&master)) {
		free(master.keydir);
		return EX_OSERR;
	}
	master.now_ms = monotonic_ms();
	metrics_init(&master);
	watchdog_init(&master);
	do {
		start_due(&master);
		link_attend(&master.link, master.now_ms);
		introduce_due(&master);
		door_tell(&master);
		if (wait_for_events(&master, &let_in) == -1) {
			log_warn(M_WAIT_FAILED, "cannot wait for events");
			stop(&master, EX_OSERR);
			break;
		}
		notify_alive(&master.notify, master.now_ms);
		serve_signals(&master);
		if (start_has_failed(&master, &status))
			stop(&master, status);
	} while (!is_stopped(&master));
	link_finish(&master.link);
	child_finish(&master.front);
	metrics_finish(&master);
	if (master.hourly != NULL)
		(void)close(master.hourly_fd);
	hourly_free(master.hourly);
	free(master.keydir);
	return master.status;
}

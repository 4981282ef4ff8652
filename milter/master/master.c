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
#include "base/log.h"
#include "base/privileges.h"

static volatile sig_atomic_t got_chld, got_hup, got_term;

static void
note_signal(int sig)
{
	if (sig == SIGCHLD)
		got_chld = 1;
	else if (sig == SIGHUP)
		got_hup = 1;
	else
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
	action.sa_handler = note_signal;
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&held);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		(void)sigaction(caught[i], &action, NULL);
		(void)sigaddset(&held, caught[i]);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &held, NULL);
	(void)sigemptyset(let_in);
}

/* -- Starting ------------------------------------------------------------ */

/* execv(2) does not change its arguments, but they are not const. */
static char *
arg(const char *text)
{
	char *p;

	memcpy(&p, &text, sizeof(p));
	return p;
}

static void
start_front(struct master *master)
{
	const struct master_opts *opts = master->opts;
	char *argv[7];
	size_t n;

	n = 0;
	argv[n++] = arg(opts->front);
	argv[n++] = arg("-c");
	argv[n++] = arg(opts->file);
	if (opts->to_stderr)
		argv[n++] = arg("-f");
	if (opts->at_terminal && !master->is_up)
		argv[n++] = arg("-t");
	if (opts->is_debug)
		argv[n++] = arg("-d");
	argv[n] = NULL;
	if (child_start(&master->front, opts->front, argv,
	    master->now_ms) == -1)
		return;
	introduce_owe(master, NULL);
}

static void
start_signer(struct master *master, struct signer_slot *slot)
{
	const struct master_opts *opts = master->opts;
	char ceiling[24], *argv[13];
	size_t n;

	(void)snprintf(ceiling, sizeof(ceiling), "%lld",
	    (long long)master->ceiling);
	n = 0;
	argv[n++] = arg(opts->signer);
	argv[n++] = arg("-k");
	argv[n++] = master->keydir;
	argv[n++] = arg("-x");
	argv[n++] = ceiling;
	argv[n++] = arg("-u");
	argv[n++] = arg(opts->config->keys_user);
	if (opts->config->keydir_mounted) {
		argv[n++] = arg("-m");
		argv[n++] = arg(opts->config->state_dir);
	}
	if (opts->to_stderr)
		argv[n++] = arg("-f");
	if (opts->at_terminal && !master->is_up)
		argv[n++] = arg("-t");
	if (opts->is_debug)
		argv[n++] = arg("-d");
	argv[n] = NULL;
	if (child_start(&slot->child, opts->signer, argv,
	    master->now_ms) == -1)
		return;
	introduce_owe(master, slot);
}

/*
 * Whether a child should run but does not.  At first only one signer is
 * started, so that an error in the key store is logged once.
 */
static bool
is_wanted(const struct master *master, const struct child *child)
{
	return master->phase == RUNNING && master->failed_ms == 0 &&
	    child->pid == 0 && (master->store_is_usable ||
	    child == &master->front || child == &master->signers[0].child);
}

/* Start the children that are due. */
static void
start_due(struct master *master)
{
	struct signer_slot *slot;
	unsigned int i;

	for (i = 0; i < master->nsigners; i++) {
		slot = &master->signers[i];
		if (is_wanted(master, &slot->child) &&
		    slot->child.restart_at_ms <= master->now_ms)
			start_signer(master, slot);
	}
	if (is_wanted(master, &master->front) &&
	    master->front.restart_at_ms <= master->now_ms)
		start_front(master);
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
		child_stop(&master->front, master->now_ms + STOP_FRONT_MS);
		return;
	}
	/* One stop may send several signals; a later one means: at once. */
	if (master->now_ms - master->stopping_ms < STOP_AGAIN_MS)
		return;
	master->front.kill_at_ms = master->now_ms;
	for (i = 0; i < master->nsigners; i++)
		master->signers[i].child.kill_at_ms = master->now_ms;
}

static void
watch(struct child *child, int64_t now_ms)
{
	child_ask(child, now_ms);
	child_end_late(child, now_ms);
}

/* Kill late children, and continue stopping; true when all have exited. */
static bool
is_stopped(struct master *master)
{
	unsigned int i;

	watch(&master->front, master->now_ms);
	for (i = 0; i < master->nsigners; i++)
		watch(&master->signers[i].child, master->now_ms);
	if (master->phase == STOPPING_FRONT && master->front.pid == 0) {
		master->phase = STOPPING_SIGNERS;
		for (i = 0; i < master->nsigners; i++)
			child_stop(&master->signers[i].child,
			    master->now_ms + STOP_SIGNERS_MS);
	}
	if (master->phase != STOPPING_SIGNERS)
		return false;
	for (i = 0; i < master->nsigners; i++)
		if (master->signers[i].child.pid != 0)
			return false;
	return true;
}

/* -- Events -------------------------------------------------------------- */

static void
note_ready(struct master *master, struct child *child)
{
	if (!child_note_ready(child))
		return;
	if (child != &master->front)
		master->store_is_usable = true;
	log_debug("%s: ready", child->name);
	reload_front(master);
	if (master->is_up || !master->front.is_ready ||
	    !reload_signers_are_ready(master))
		return;
	master->is_up = true;
	log_info(M_READY, "ready: socket %s, %u signers",
	    master->opts->config->socket, master->nsigners);
	if (master->opts->up != NULL)
		master->opts->up(master->opts->up_arg);
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
	} else if (r == IPC_E_MALFORMED)
		log_warnx(M_CONTROL_MESSAGE_IGNORED,
		    "%s: malformed message ignored", child->name);
	if (r != 0)
		return;
	if (message.type == IPC_CTL_READY)
		note_ready(master, child);
	else if (message.type == IPC_CTL_PONG)
		child_note_answer(child, master->now_ms);
	else if (message.type == IPC_CTL_WANT && child == &master->front)
		introduce_want(master, &message);
	else
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
	/* It cannot run as configured: the first start has failed. */
	if (status == EX_CONFIG && !master->is_up) {
		if (master->failed_ms == 0)
			master->failed_ms = master->now_ms;
	} else
		log_info(M_PROCESS_RESTARTING, "%s: restarting in %u ms",
		    child->name, child->delay_ms);
}

/* Whether it is ready, or has exited and so logged why. */
static bool
is_settled(const struct child *child)
{
	return child->is_ready || child->pid == 0;
}

/*
 * Give up a first start that cannot succeed, once every child had time to log
 * its errors.
 */
static void
give_up_start(struct master *master)
{
	const struct child *front = &master->front;
	const struct child *signer = &master->signers[0].child;

	if (master->phase != RUNNING || master->is_up)
		return;
	if (master->failed_ms == 0) {
		if (front->delay_ms < GIVE_UP_MS &&
		    signer->delay_ms < GIVE_UP_MS)
			return;
		log_warnx(M_PROCESS_FAILING,
		    "%s: failed each time it was started: giving up",
		    front->delay_ms < GIVE_UP_MS ? signer->name : front->name);
		stop(master, EX_OSERR);
		return;
	}
	if ((!is_settled(front) || !is_settled(signer)) &&
	    master->now_ms - master->failed_ms < FIRST_START_MS)
		return;
	if (!privileges_are_root())
		log_warnx(M_START_NEEDS_ROOT,
		    "started without root: start this as root, or make user %u "
		    "the owner of the key directory and of the socket's "
		    "directory", (unsigned int)geteuid());
	stop(master, EX_CONFIG);
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
		reload(master);
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
	if (is_wanted(master, child))
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
	child_is_due(master, &master->front, &when_ms);
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

/* Sleep until a child sends a message, a signal arrives or work is due. */
static int
wait_for_events(struct master *master, const sigset_t *let_in)
{
	struct pollfd pfds[1 + IPC_MAX_SIGNERS];
	struct timespec timeout;
	int64_t when_ms, left_ms;
	unsigned int i;
	int n;

	pfds[0].fd = master->front.control.fd;
	pfds[0].events = POLLIN;
	for (i = 0; i < master->nsigners; i++) {
		pfds[i + 1].fd = master->signers[i].child.control.fd;
		pfds[i + 1].events = POLLIN;
	}
	when_ms = next_due(master);
	left_ms = when_ms > master->now_ms ? when_ms - master->now_ms : 0;
	timeout.tv_sec = (time_t)(left_ms / 1000);
	timeout.tv_nsec = (long)(left_ms % 1000) * 1000000;
	n = ppoll(pfds, master->nsigners + 1,
	    when_ms == INT64_MAX ? NULL : &timeout, let_in);
	master->now_ms = monotonic_ms();
	if (n == -1)
		return errno == EINTR ? 0 : -1;
	if (pfds[0].revents != 0)
		serve_child(master, &master->front);
	for (i = 0; i < master->nsigners; i++)
		if (pfds[i + 1].revents != 0)
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
	master->ceiling = opts->config->expire;
	master->nsigners = opts->config->signers;
	if (master->nsigners < 1)
		master->nsigners = 1;
	if (master->nsigners > IPC_MAX_SIGNERS)
		master->nsigners = IPC_MAX_SIGNERS;
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

	master_init(&master, opts);
	if ((master.keydir = strdup(opts->config->keydir)) == NULL) {
		log_warnx(M_OUT_OF_MEMORY, "out of memory");
		return EX_OSERR;
	}
	catch_signals(&let_in);
	master.now_ms = monotonic_ms();
	do {
		start_due(&master);
		introduce_due(&master);
		if (wait_for_events(&master, &let_in) == -1) {
			log_warn(M_WAIT_FAILED, "cannot wait for events");
			stop(&master, EX_OSERR);
			break;
		}
		serve_signals(&master);
		give_up_start(&master);
	} while (!is_stopped(&master));
	free(master.keydir);
	return master.status;
}

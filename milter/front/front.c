/* SPDX-License-Identifier: ISC */

/*
 * The front: takes the configuration, gives up what root may, opens the MTA's
 * socket, and hands over to libmilter.
 *
 * libmilter takes SIGTERM, SIGINT and SIGHUP for itself, so the master speaks
 * over the control socket instead, which a thread of its own serves.
 */

#include "front/front.h"

#include <sys/resource.h>

#include <libmilter/mfapi.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privileges.h"
#include "config/config.h"
#include "front/audit.h"
#include "front/callbacks.h"
#include "front/control.h"
#include "front/counters.h"
#include "front/listener.h"
#include "front/reload.h"
#include "front/snapshot.h"
#include "front/stop.h"

/* How long messages under way may take to end after a stop. */
#define DRAIN_MS	10000

/* What libmilter listens on; a reload does not change it. */
static const char *listening_on;

static atomic_bool is_stopped;

static void *
stop_libmilter(void *unused)
{
	(void)unused;
	(void)smfi_stop();
	atomic_store(&is_stopped, true);
	return NULL;
}

/*
 * smfi_stop() waits until the listener looks up, which it does every five
 * seconds or when somebody connects.
 */
static void
stop(void)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000000L };
	pthread_t thread;

	if (pthread_create(&thread, NULL, stop_libmilter, NULL) != 0) {
		(void)stop_libmilter(NULL);
		return;
	}
	/* The flag must be up before the listener looks, hence the pause. */
	for (;;) {
		(void)nanosleep(&pause, NULL);
		if (atomic_load(&is_stopped))
			break;
		wake_listener(listening_on);
	}
	(void)pthread_join(thread, NULL);
}

/* Signals are the master's; this process acts on the control socket. */
static void
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A file that may not grow is an error of write(2), no death. */
	(void)signal(SIGXFSZ, SIG_IGN);
}

/* Each connection of the MTA takes a descriptor. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("cannot raise the limit on open files");
}

static int
serve(const struct config *config, struct control *control)
{
	int r;

	if (callbacks_register(control_signers(control)) != 0) {
		log_warnx("libmilter refused to register the milter");
		return EX_SOFTWARE;
	}
	raise_descriptor_limit();
	if (listener_open(config) != 0)
		return EX_CONFIG;
	if (privileges_lock() != 0)
		return EX_OSERR;
	/* By the user that will open it again after a log rotation. */
	audit_open(config->audit_file);
	listening_on = config->socket;
	log_leave_terminal();
	if (control_start(control, front_config_reload, stop) != 0) {
		log_warn("cannot start the control thread");
		return EX_OSERR;
	}
	r = smfi_main();
	counters_log();
	if (r != MI_SUCCESS) {
		log_warnx("libmilter stopped with an error");
		return EX_SOFTWARE;
	}
	return EX_OK;
}

int
front_main(const char *file, int control_fd)
{
	struct config *config;
	struct control *control;
	int status;

	block_signals();
	if ((config = front_config_load(file)) == NULL)
		return EX_CONFIG;
	if ((control = control_new(control_fd)) == NULL) {
		log_warn("cannot use the control socket");
		config_unref(config);
		return EX_OSERR;
	}
	status = serve(config, control);
	/* Another may listen while messages under way come to their end. */
	listener_close();

	/* What a session still uses may not be freed under it. */
	if (!callbacks_drain(DRAIN_MS)) {
		log_debug("exiting with sessions still open");
		_exit(status);
	}
	snapshot_clear();
	control_free(control);
	config_unref(config);
	return status;
}

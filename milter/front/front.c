/* SPDX-License-Identifier: ISC */

/*
 * The front: reads the configuration, opens the socket for the MTA, drops root,
 * enters its cell, and runs libmilter.
 *
 * libmilter handles SIGTERM, SIGINT and SIGHUP itself, so the master uses the
 * control socket instead, which has its own thread.
 */

#include "front/front.h"

#include <libmilter/mfapi.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "front/audit.h"
#include "front/callbacks.h"
#include "front/capacity.h"
#include "front/control.h"
#include "front/counters.h"
#include "front/counting.h"
#include "front/enclose.h"
#include "front/gate.h"
#include "front/host_dns.h"
#include "front/listener.h"
#include "front/metering.h"
#include "front/reload.h"
#include "front/snapshot.h"
#include "front/stop.h"
#include "front/workers.h"

/* How long after a stop messages in progress may take. */
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
 * smfi_stop() returns only when the listener notices it, which checks every
 * five seconds and after each connection.
 */
static void
stop(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, stop_libmilter, NULL) != 0) {
		(void)stop_libmilter(NULL);
		return;
	}
	/* Pause first: libmilter must set its flag before it checks it. */
	for (;;) {
		sleep_ms(50);
		if (atomic_load(&is_stopped))
			break;
		wake_listener(listening_on);
	}
	(void)pthread_join(thread, NULL);
}

/* The master handles signals; it tells this process by the control socket. */
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
	/* At a file-size limit, let write(2) fail, not kill the process. */
	(void)signal(SIGXFSZ, SIG_IGN);
}

static void
attend(void)
{
	host_dns_attend();
	metering_attend();
}

static int
serve(struct config *config, struct control *control, bool is_debug)
{
	int r;

	if (callbacks_register(control_signers(control)) != 0) {
		log_warnx(M_FRONT_START_FAILED,
		    "libmilter refused to register the milter");
		return EX_SOFTWARE;
	}
	if (capacity_set(config) != 0)
		return EX_OSERR;
	if (listener_open(config) != 0)
		return EX_CONFIG;
	if (enclose_front(config, is_debug) != 0)
		return EX_OSERR;
	/* Threads begin here: those of the resolver are the first. */
	if (front_config_use(config) != 0)
		return EX_CONFIG;
	audit_open(config->audit_file);
	counting_open(config);
	listening_on = listener_name();
	log_leave_terminal();
	if (workers_open(config->max_connections + GATE_SPARE) != 0) {
		log_warn(M_FRONT_START_FAILED,
		    "cannot prepare for a lack of threads");
		return EX_OSERR;
	}
	if (control_start(control, listening_on, front_config_reload,
	    attend, stop) != 0) {
		log_warn(M_FRONT_START_FAILED,
		    "cannot start the control thread");
		return EX_OSERR;
	}
	r = smfi_main();
	workers_close();
	counters_log();
	if (r != MI_SUCCESS) {
		log_warnx(M_LIBMILTER_STOPPED,
		    "libmilter stopped with an error");
		return EX_SOFTWARE;
	}
	return EX_OK;
}

int
front_main(const char *file, int control_fd, bool is_debug)
{
	struct config *config;
	struct control *control;
	int status;

	block_signals();
	if ((config = front_config_load(file)) == NULL)
		return EX_CONFIG;
	if ((control = control_new(control_fd)) == NULL) {
		log_warn(M_FRONT_START_FAILED, "cannot use the control socket");
		config_unref(config);
		return EX_OSERR;
	}
	status = serve(config, control, is_debug);
	/*
	 * Let another front count and listen while messages in progress are
	 * finished; those do not count.
	 */
	counting_close();
	listener_close();

	/*
	 * What a session still uses must not be freed; nor what the control
	 * thread uses, which waits for the master if libmilter has stopped by
	 * itself.
	 */
	if (!callbacks_drain(DRAIN_MS) || status == EX_SOFTWARE) {
		log_debug("exiting with sessions or the control thread open");
		_exit(status);
	}
	snapshot_clear();
	control_free(control);
	config_unref(config);
	return status;
}

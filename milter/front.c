/* SPDX-License-Identifier: ISC */

/*
 * The front: takes the configuration, opens the MTA's socket, gives up what
 * root may, and hands over to libmilter.
 *
 * libmilter takes SIGTERM, SIGINT and SIGHUP for itself, so the master speaks
 * over the control socket instead, which a thread of its own serves.
 */

#include "front.h"

#include <sys/stat.h>

#include <libmilter/mfapi.h>

#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "callbacks.h"
#include "config.h"
#include "control.h"
#include "counters.h"
#include "front_config.h"
#include "log.h"
#include "privileges.h"
#include "signpool.h"
#include "snapshot.h"
#include "wake.h"

/* How long messages under way may take to end after a stop. */
#define DRAIN_MS	10000

/* As root the socket becomes the front's user's, who removes it in the end. */
static int
set_socket_owner(const char *path, const struct config *config)
{
	const struct passwd *user = NULL;
	const struct group *group = NULL;

	if (privileges_are_root() &&
	    (user = getpwnam(config->user)) == NULL) {
		log_warnx("user: no user \"%s\"", config->user);
		return -1;
	}
	if (config->socket_group != NULL &&
	    (group = getgrnam(config->socket_group)) == NULL) {
		log_warnx("socket_group: no group \"%s\"",
		    config->socket_group);
		return -1;
	}
	if (lchown(path, user != NULL ? user->pw_uid : (uid_t)-1,
	    group != NULL ? group->gr_gid : (gid_t)-1) == -1) {
		log_warn("socket %s: owner and group", path);
		return -1;
	}
	return 0;
}

/*
 * libmilter makes the socket by the umask; its final mode and group are set
 * before anybody is served.
 */
static int
open_socket(const struct config *config)
{
	const char *path = config->socket + strlen("unix:");
	bool is_unix = strncmp(config->socket, "unix:", 5) == 0;
	mode_t mask;
	int r;

	if (smfi_setconn(config->socket) != MI_SUCCESS) {
		log_warnx("socket %s: not understood", config->socket);
		return -1;
	}
	mask = umask(0177);
	r = smfi_opensocket(true);
	umask(mask);
	if (r != MI_SUCCESS) {
		log_warnx("socket %s: cannot be opened: is its folder there, "
		    "and no other program on it?", config->socket);
		return -1;
	}
	if (!is_unix)
		return 0;
	if (chmod(path, (mode_t)config->socket_mode) == -1) {
		log_warn("socket %s: mode %04o", path, config->socket_mode);
		return -1;
	}
	return set_socket_owner(path, config);
}

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

static int
serve(const struct config *config, struct control *control)
{
	if (callbacks_register(control_pool(control)) != 0) {
		log_warnx("libmilter takes no registration");
		return EX_SOFTWARE;
	}
	if (open_socket(config) != 0)
		return EX_CONFIG;
	if (privileges_drop(config->user) != 0)
		return EX_CONFIG;
	/* By the user that will open it again after a log rotation. */
	audit_open(config->audit_file);
	listening_on = config->socket;
	if (control_start(control, front_config_reload, stop) != 0) {
		log_warn("the control thread");
		return EX_OSERR;
	}
	if (smfi_main() != MI_SUCCESS) {
		log_warnx("libmilter ended with an error");
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
		log_warn("the control socket");
		config_unref(config);
		return EX_OSERR;
	}
	status = serve(config, control);
	counters_log();

	/* What a session still uses may not be freed under it. */
	if (!callbacks_drain(DRAIN_MS)) {
		log_debug("leaving open sessions behind");
		_exit(status);
	}
	snapshot_clear();
	control_free(control);
	config_unref(config);
	return status;
}

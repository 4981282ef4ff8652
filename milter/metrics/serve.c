/* SPDX-License-Identifier: ISC */

/*
 * The loop of countersign-metrics: see metrics.h.
 *
 * One thread waits for the master, for clients, and for the time to write the
 * textfile, which is done every TEXTFILE_MS, whether anything changed or not:
 * its age says whether the service lives.  A file that cannot be written is
 * logged once until it can.
 */

#include "metrics/metrics.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/replace_file.h"
#include "metrics/exposition.h"
#include "metrics/server.h"

#define TEXTFILE_MS	15000
#define TEXTFILE_MODE	0644

struct state {
	const struct metrics_opts *opts;
	struct ipc_channel control;
	struct server	*server;	/* NULL: none */
	int64_t		 file_due_ms;	/* INT64_MAX: never */
	bool		 is_failing;	/* the file, and that was logged */
	int		 status;	/* -1: go on */
};

static int
write_file(const char *path, const char *text, size_t len, char *why,
    size_t size)
{
	struct replace_file file;

	if (replace_file_begin(&file, path, why, size) != 0)
		return -1;
	(void)fwrite(text, 1, len, file.fp);
	return replace_file_end(&file, TEXTFILE_MODE, why, size);
}

static void
write_textfile(struct state *state)
{
	const char *path = state->opts->textfile;
	bool is_too_large;
	char why[1024], *text;
	size_t len;
	int r = -1;

	(void)snprintf(why, sizeof(why), "%s: out of memory", path);
	text = exposition_write(state->opts->meters, false, &len);
	is_too_large = text == NULL && errno == EFBIG;
	if (text != NULL)
		r = write_file(path, text, len, why, sizeof(why));
	free(text);
	if (is_too_large && !state->is_failing)
		log_warnx(M_METRICS_TOO_LARGE, "metrics are larger than %d "
		    "octets, so the textfile is not replaced: lower "
		    "metrics_sources, stop the service and start it again",
		    EXPOSITION_MAX);
	else if (r != 0 && !state->is_failing)
		log_warnx(M_METRICS_FILE_UNUSABLE, "textfile: %s", why);
	state->is_failing = r != 0;
}

static void
serve_master(struct state *state)
{
	struct ipc_message message;
	int r;

	r = ipc_receive_packet(&state->control, &message);
	if (r == IPC_AGAIN)
		return;
	if (r == 0 && message.type == IPC_CTL_PING)
		r = ipc_send(&state->control, IPC_CTL_PONG, 0, NULL, 0, -1,
		    IPC_NOWAIT);
	else if (r == 0 && message.type != IPC_CTL_STOP)
		log_warnx(M_CONTROL_MESSAGE_IGNORED,
		    "message of type %u from the master ignored",
		    (unsigned int)message.type);
	/* One that does not read its answers is dead, too. */
	if (r != 0 || message.type == IPC_CTL_STOP)
		state->status = EX_OK;
}

/* Wait for whatever comes first. */
static int
wait_for_events(const struct state *state, struct pollfd pfds[2])
{
	const int64_t now_ms = monotonic_ms();
	int64_t due_ms = state->file_due_ms, server_ms;

	pfds[0] = (struct pollfd){ .fd = state->control.fd, .events = POLLIN };
	pfds[1] = (struct pollfd){ .fd = -1 };
	if (state->server != NULL) {
		pfds[1].fd = server_fd(state->server);
		pfds[1].events = POLLIN;
		server_ms = server_due_ms(state->server, now_ms);
		if (server_ms < due_ms)
			due_ms = server_ms;
	}
	return poll(pfds, 2, due_ms == INT64_MAX ? -1 :
	    due_ms > now_ms ? (int)(due_ms - now_ms) : 0);
}

static void
turn(struct state *state)
{
	struct pollfd pfds[2];
	int64_t now_ms;

	if (wait_for_events(state, pfds) == -1 && errno != EINTR) {
		log_warn(M_WAIT_FAILED, "cannot wait for events");
		state->status = EX_OSERR;
		return;
	}
	now_ms = monotonic_ms();
	if (pfds[0].revents != 0)
		serve_master(state);
	if (state->server != NULL)
		server_run(state->server, now_ms);
	if (state->file_due_ms <= now_ms) {
		write_textfile(state);
		state->file_due_ms = now_ms + TEXTFILE_MS;
	}
}

int
metrics_serve(const struct metrics_opts *opts,
    int (*before_serving)(void *arg), void *arg)
{
	struct state state = {
		.opts = opts, .status = -1,
		.file_due_ms = opts->textfile != NULL ? 0 : INT64_MAX
	};

	if (opts->listener != -1 && (state.server = server_new_take(
	    opts->listener, opts->meters)) == NULL) {
		log_warnx(M_METRICS_SOCKET_UNUSABLE,
		    "cannot start the HTTP server");
		return EX_OSERR;
	}
	ipc_channel_init(&state.control, opts->control, false);
	if (before_serving(arg) != 0 || ipc_send(&state.control, IPC_CTL_READY,
	    0, NULL, 0, -1, IPC_NOWAIT) != 0)
		state.status = EX_OSERR;
	while (state.status == -1)
		turn(&state);
	server_free(state.server);
	ipc_channel_finish(&state.control);
	return state.status;
}

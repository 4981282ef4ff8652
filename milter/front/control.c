/* SPDX-License-Identifier: ISC */

/*
 * The front's end of its control socket to the master: see control.h.
 *
 * One thread reads the socket as long as the front runs; what it is asked about
 * the front's own work, another one answers (pulse.h).  A thread that loses a
 * socket to a signer reports it itself, under a lock and without waiting.
 * Malformed messages are logged and skipped.  The front stops when the master
 * tells it to, or when the master is gone.
 */

#include "front/control.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ipc.h"
#include "base/log.h"
#include "base/wire.h"
#include "front/callbacks.h"
#include "front/metering.h"
#include "front/pulse.h"
#include "front/signpool.h"

struct control {
	struct ipc_channel	 channel;
	struct signpool		*pool;
	struct pulse		*pulse;
	pthread_mutex_t		 send_lock;
	pthread_t		 thread;
	bool			 is_started;
	bool			 is_told_to_stop;
	bool			(*reload)(unsigned int *restart_line);
	void			(*attend)(void);
	int64_t			 attend_ms;	/* when next */
	void			(*stop)(void);
};

/* Called by the pool, from any thread.  If the control socket is full, the
 * report is dropped: the master has more of them to read than it acts on. */
static void
want_socket(void *arg, unsigned int signer)
{
	struct control *control = arg;
	struct wire_writer writer;

	wire_writer_init(&writer, sizeof(uint32_t));
	wire_put_u32(&writer, signer);
	pthread_mutex_lock(&control->send_lock);
	if (!writer.failed)
		(void)ipc_send(&control->channel, IPC_CTL_WANT, 0,
		    writer.data, writer.len, -1, IPC_NOWAIT);
	pthread_mutex_unlock(&control->send_lock);
	wire_writer_finish(&writer);
}

/* Called by the pulse, in its thread: tell the master that the front works. */
static void
answer_ping(void *arg)
{
	struct control *control = arg;

	pthread_mutex_lock(&control->send_lock);
	(void)ipc_send(&control->channel, IPC_CTL_PONG, 0, NULL, 0, -1,
	    IPC_NOWAIT);
	pthread_mutex_unlock(&control->send_lock);
}

/* restart_line: of a configuration that is not used, or 0. */
static void
tell_reloaded(struct control *control, bool is_used,
    unsigned int restart_line)
{
	struct wire_writer writer;

	wire_writer_init(&writer, sizeof(uint8_t) + sizeof(uint32_t));
	wire_put_u8(&writer, is_used);
	if (restart_line != 0)
		wire_put_u32(&writer, restart_line);
	pthread_mutex_lock(&control->send_lock);
	if (!writer.failed)
		(void)ipc_send(&control->channel, IPC_CTL_RELOADED, 0,
		    writer.data, writer.len, -1, IPC_NOWAIT);
	pthread_mutex_unlock(&control->send_lock);
	wire_writer_finish(&writer);
}

static void
obey_reload(struct control *control)
{
	unsigned int restart_line = 0;
	bool is_used;

	is_used = control->reload(&restart_line);
	tell_reloaded(control, is_used, restart_line);
	/* The signers may have another key store now. */
	signpool_forget(control->pool);
}

struct control *
control_new(int fd)
{
	struct control *control;

	if ((control = calloc(1, sizeof(*control))) == NULL)
		return NULL;
	if ((control->pool = signpool_new(want_socket, control)) == NULL ||
	    pthread_mutex_init(&control->send_lock, NULL) != 0) {
		signpool_free(control->pool);
		free(control);
		errno = ENOMEM;
		return NULL;
	}
	ipc_channel_init(&control->channel, fd, true);
	return control;
}

void
control_free(struct control *control)
{
	if (control == NULL)
		return;
	if (control->is_started)
		(void)pthread_join(control->thread, NULL);
	pulse_free(control->pulse);
	signpool_free(control->pool);
	ipc_channel_finish(&control->channel);
	(void)pthread_mutex_destroy(&control->send_lock);
	free(control);
}

const struct sign_service *
control_signers(const struct control *control)
{
	return signpool_service(control->pool);
}

static void
add_socket(struct control *control, const struct ipc_message *message)
{
	struct wire_reader reader;
	uint32_t signer;

	wire_reader_init(&reader, message->payload, message->len);
	signer = wire_get_u32(&reader);
	if (!wire_reader_is_complete(&reader) || message->fd == -1) {
		log_warnx(M_CONTROL_MESSAGE_IGNORED,
		    "malformed message from the master ignored: no socket to a "
		    "signer");
		if (message->fd != -1)
			(void)close(message->fd);
	} else if (signpool_add(control->pool, signer, message->fd) != 0)
		log_warnx(M_SIGNER_SOCKET_LOST,
		    "signer %u: cannot use the socket to it: out of memory",
		    signer);
}

/* Wait for a message, and meanwhile do what is due. */
static int
next_message(struct control *control, struct ipc_message *message)
{
	int r;

	do {
		if (monotonic_ms() >= control->attend_ms) {
			control->attend();
			control->attend_ms = monotonic_ms() +
			    CONTROL_ATTEND_MS;
		}
		r = ipc_receive(&control->channel, message,
		    control->attend_ms);
	} while (r == IPC_E_TIMEOUT);
	return r;
}

/* Do what the master says; false if that is to stop. */
static bool
obey(struct control *control, const struct ipc_message *message)
{
	if (message->type == IPC_CTL_PEER) {
		add_socket(control, message);
		return true;
	}
	if (message->type == IPC_CTL_METERS && message->fd != -1)
		metering_use(message->fd);
	else if (message->type == IPC_CTL_RELOAD)
		obey_reload(control);
	else if (message->type == IPC_CTL_PING)
		pulse_ask(control->pulse);
	else if (message->type != IPC_CTL_STOP)
		log_warnx(M_CONTROL_MESSAGE_IGNORED,
		    "message of type %u from the master ignored",
		    (unsigned int)message->type);
	if (message->fd != -1)
		(void)close(message->fd);
	return message->type != IPC_CTL_STOP;
}

static void *
serve_socket(void *arg)
{
	struct control *control = arg;
	struct ipc_message message;
	int r = 0;

	while (!control->is_told_to_stop &&
	    (r = next_message(control, &message)) == 0)
		control->is_told_to_stop = !obey(control, &message);
	if (r != 0)
		log_warnx(M_MASTER_LOST, "connection to the master lost: %s",
		    ipc_strerror(r));
	control->stop();
	return NULL;
}

int
control_start(struct control *control, const char *socket_name,
    bool (*reload)(unsigned int *), void (*attend)(void), void (*stop)(void))
{
	struct ipc_message message;
	int r;

	control->reload = reload;
	control->attend = attend;
	control->attend_ms = monotonic_ms() + CONTROL_ATTEND_MS;
	control->stop = stop;
	control->pulse = pulse_new(socket_name, callbacks_negotiations,
	    answer_ping, control);
	if (control->pulse == NULL)
		return -1;
	/* First of all: with a table, the first message counts. */
	while (!control->is_told_to_stop &&
	    ipc_receive_packet(&control->channel, &message) == 0)
		control->is_told_to_stop = !obey(control, &message);
	if ((r = pthread_create(&control->thread, NULL, serve_socket,
	    control)) != 0) {
		errno = r;
		return -1;
	}
	control->is_started = true;
	pthread_mutex_lock(&control->send_lock);
	r = ipc_send(&control->channel, IPC_CTL_READY, 0, NULL, 0, -1,
	    IPC_FOREVER);
	pthread_mutex_unlock(&control->send_lock);
	if (r != 0)
		log_warnx(M_MASTER_LOST,
		    "cannot tell the master that the front is ready: %s",
		    ipc_strerror(r));
	return 0;
}

/* SPDX-License-Identifier: ISC */

/*
 * The front's answer to the watchdog: see pulse.h.
 *
 * The session is not the control thread's own work: it may take its time, in
 * which the master may have a socket or a stop to tell.  The end of the thread
 * also ends a session.
 *
 * Each failure is logged with its reason: the master knows only that there was
 * no answer.
 */

#include "front/pulse.h"

#include <sys/eventfd.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "front/self_session.h"

struct pulse {
	const char	*socket_name;
	unsigned long	(*progress)(void);
	void		(*beats)(void *arg);
	void		*arg;
	int		 ask_fd, stop_fd;	/* eventfd(2) */
	pthread_t	 thread;
	bool		 is_forbidden;	/* to have a session; was logged */
};

static bool
is_ending(const struct pulse *pulse)
{
	struct pollfd pfd;

	pfd.fd = pulse->stop_fd;
	pfd.events = POLLIN;
	return poll(&pfd, 1, 0) == 1;
}

/* Nothing is known then of the listener, so it is not called hung. */
static void
log_forbidden(struct pulse *pulse, const char *why)
{
	if (pulse->is_forbidden)
		return;
	pulse->is_forbidden = true;
	log_info(M_SELF_TEST_FAILED, "socket %s: not tested, as its own user "
	    "may not use it: %s", pulse->socket_name, why);
}

static void
have_session(struct pulse *pulse)
{
	const unsigned long before = pulse->progress();
	enum self_session result;
	char why[128];

	result = self_session(pulse->socket_name, PULSE_TIMEOUT_MS,
	    pulse->stop_fd, why, sizeof(why));
	if (is_ending(pulse))
		return;
	if (result == SELF_LATE && pulse->progress() != before)
		log_debug("busy: own session late: %s", why);
	else if (result == SELF_FORBIDDEN)
		log_forbidden(pulse, why);
	else if (result != SELF_ANSWERED) {
		log_warnx(M_SELF_TEST_FAILED, "socket %s: test session failed: "
		    "%s", pulse->socket_name, why);
		return;
	}
	pulse->beats(pulse->arg);
}

static void *
beat(void *arg)
{
	struct pulse *pulse = arg;
	struct pollfd pfds[2];
	uint64_t count;

	for (;;) {
		pfds[0].fd = pulse->stop_fd;
		pfds[0].events = POLLIN;
		pfds[1].fd = pulse->ask_fd;
		pfds[1].events = POLLIN;
		if (poll(pfds, 2, -1) == -1) {
			if (errno == EINTR)
				continue;
			log_warn(M_WAIT_FAILED, "cannot wait for events");
			return NULL;
		}
		if (pfds[0].revents != 0)
			return NULL;
		if (read(pulse->ask_fd, &count, sizeof(count)) ==
		    (ssize_t)sizeof(count))
			have_session(pulse);
	}
}

static void
add_one(int fd)
{
	const uint64_t one = 1;

	/* Fails only if there are 2^64 already. */
	(void)!write(fd, &one, sizeof(one));
}

static void
free_parts(struct pulse *pulse)
{
	if (pulse->ask_fd != -1)
		(void)close(pulse->ask_fd);
	if (pulse->stop_fd != -1)
		(void)close(pulse->stop_fd);
	free(pulse);
}

struct pulse *
pulse_new(const char *socket_name, unsigned long (*progress)(void),
    void (*beats)(void *arg), void *arg)
{
	struct pulse *pulse;
	int r;

	if ((pulse = calloc(1, sizeof(*pulse))) == NULL)
		return NULL;
	pulse->socket_name = socket_name;
	pulse->progress = progress;
	pulse->beats = beats;
	pulse->arg = arg;
	pulse->ask_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pulse->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = errno;
	if (pulse->ask_fd != -1 && pulse->stop_fd != -1 &&
	    (r = pthread_create(&pulse->thread, NULL, beat, pulse)) == 0)
		return pulse;
	free_parts(pulse);
	errno = r;
	return NULL;
}

void
pulse_ask(struct pulse *pulse)
{
	add_one(pulse->ask_fd);
}

void
pulse_free(struct pulse *pulse)
{
	if (pulse == NULL)
		return;
	add_one(pulse->stop_fd);
	(void)pthread_join(pulse->thread, NULL);
	free_parts(pulse);
}

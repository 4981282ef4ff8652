/* SPDX-License-Identifier: ISC */

/*
 * countersign-key receive: take the keys that "countersign-key sync" of another
 * host pushes, from standard input, and answer on standard output.
 *
 * It is run by ssh, so whoever may run it may replace the keys of this host;
 * that must be wanted: the configuration must say follower = yes.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/holder.h"
#include "config/config.h"
#include "sync/receive.h"

#define CHUNK	4096
#define LOCK_WAIT	30	/* seconds for a lock, unless -w is given */

/* Returns the number of octets, 0 at the end, or -1 after an error. */
static ssize_t
read_chunk(char chunk[CHUNK], struct ks_error *error)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t n;
	int ready;

	while ((ready = poll(&fd, 1, SYNC_SILENCE_S * 1000)) == -1 &&
	    errno == EINTR)
		;
	if (ready == 0) {
		(void)snprintf(error->text, sizeof(error->text),
		    "the other host has said nothing for %d s",
		    SYNC_SILENCE_S);
		return -1;
	}
	if ((n = read(STDIN_FILENO, chunk, CHUNK)) == -1)
		(void)snprintf(error->text, sizeof(error->text),
		    "standard input: %s", strerror(errno));
	return n;
}

/* Returns 0 at the end that the other host has announced, or -1. */
static int
receive_all(struct sync_receiver *receiver, struct ks_error *error)
{
	char chunk[CHUNK];
	ssize_t n = 0;
	int r = 0;

	while (r == 0 && (n = read_chunk(chunk, error)) > 0)
		r = sync_receiver_take(receiver, chunk, (size_t)n, error);
	explicit_bzero(chunk, sizeof(chunk));
	if (n == -1 || r != 0)
		return -1;
	if (sync_receiver_has_ended(receiver))
		return 0;
	(void)strlcpy(error->text, "the connection ended before everything "
	    "was pushed: what was taken stays, and the next push completes it",
	    sizeof(error->text));
	return -1;
}

static int
receive(const struct tool *tool, const struct ks_host *host)
{
	const struct sync_receiver_means means = {
		.ks = tool->ks, .host = host, .clock = tool->clock,
		.wait_s = tool->has_wait ? tool->wait_s : LOCK_WAIT,
		.out = stdout
	};
	struct sync_receiver *receiver;
	struct ks_error error;
	int r;

	if ((receiver = sync_receiver_new(&means)) == NULL) {
		warn(NULL);
		return TOOL_FAILED;
	}
	if ((r = receive_all(receiver, &error)) != 0)
		warnx("receive: %s: %s", sync_receiver_peer(receiver),
		    error.text);
	sync_receiver_free(receiver);
	return r == 0 ? TOOL_DONE : TOOL_FAILED;
}

int
cmd_receive(struct tool *tool, int argc, char **argv)
{
	struct ks_error error;
	struct ks_host host;
	int r;

	(void)argc;
	(void)argv;
	r = holder_host(tool, &host, &error);
	if (r == 0 && !holder_follows(tool)) {
		(void)snprintf(error.text, sizeof(error.text), "%s on %s does "
		    "not have follower = yes, so it takes no keys of another "
		    "host", tool->config->file, host.name);
		r = KS_E_ARG;
	}
	if (r == 0)
		return receive(tool, &host);
	/* For the other host; its person reads that. */
	(void)printf("refused %s\n", error.text);
	warnx("%s", error.text);
	return TOOL_FAILED;
}

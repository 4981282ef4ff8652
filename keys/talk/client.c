/* SPDX-License-Identifier: ISC */

/*
 * The side of countersign-key: see client.h.
 *
 * The socket's folder belongs to the owner of the key directory, so whoever
 * listens there is believed.  An answer that does not come in time ends the
 * connection; the daemon may still carry out the request.  A request that is
 * not read in time ends it, too.
 */

#include "talk/client.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "talk/place.h"

#define RESTART		"; if its log stays as it is, restart it first with " \
	"'systemctl restart countersign-fleet'"
#define NO_ANSWER	"no answer in time: it may still do what was asked: " \
	"see its log, and run the command again when it has finished" RESTART
#define NOT_READ	"has not read the request in time: see its log, and " \
	"run the command again" RESTART

struct talk {
	int			 fd;
	struct talk_lines	 lines;
	/* While an answer is read. */
	void			(*each)(void *, const struct talk_message *);
	void			*context;
	struct ks_error		*error;
	size_t			 nawaited;	/* requests not answered yet */
	bool			 are_many;	/* requests */
	bool			 is_refused;
};

static int
fail(struct ks_error *error, int code, const char *what, int number)
{
	(void)snprintf(error->text, sizeof(error->text),
	    "countersign-fleet: %s%s%s", what, number == 0 ? "" : ": ",
	    number == 0 ? "" : strerror(number));
	return code;
}

static int
send_all(struct talk *talk, const char *text, size_t len,
    struct ks_error *error)
{
	ssize_t n;

	while (len > 0) {
		n = send(talk->fd, text, len, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN ?
			    fail(error, KS_E_SYSTEM, NOT_READ, 0) :
			    fail(error, KS_E_SYSTEM, "cannot ask it", errno);
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Called for each line. */
static int
take_line(void *context, char *line)
{
	struct talk *talk = context;
	struct talk_message answer;
	struct ks_error why;
	bool is_refused;

	if (talk->nawaited == 0)
		return fail(talk->error, KS_E_ARG, "answers more than was "
		    "asked", 0);
	if (talk_parse(line, &answer, &why) != 0 ||
	    answer.kind < TALK_READY) {
		(void)fail(talk->error, KS_E_ARG, "an answer that is not "
		    "understood: restart it after an upgrade", 0);
		return KS_E_ARG;
	}
	is_refused = answer.kind == TALK_REFUSED;
	if (is_refused || answer.kind == TALK_DONE ||
	    answer.kind == TALK_READY)
		talk->nawaited--;
	if (is_refused && !talk->are_many) {
		talk->is_refused = true;
		(void)strlcpy(talk->error->text, answer.text,
		    sizeof(talk->error->text));
	} else if (answer.kind != TALK_DONE && talk->each != NULL)
		talk->each(talk->context, &answer);
	return 0;
}

/* Read the answers to so many requests. */
static int
await(struct talk *talk, size_t nrequests, struct ks_error *error)
{
	char text[TALK_MAX_LINE];
	ssize_t n;
	int r = 0;

	talk->error = error;
	talk->nawaited = nrequests;
	talk->is_refused = false;
	while (r == 0 && talk->nawaited > 0) {
		n = recv(talk->fd, text, sizeof(text), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(error, KS_E_SYSTEM, n == 0 ?
			    "closed the connection: see its log" :
			    errno == EAGAIN ? NO_ANSWER : "no answer",
			    n == 0 || errno == EAGAIN ? 0 : errno);
		r = talk_lines_add(&talk->lines, text, (size_t)n, take_line,
		    talk, error);
	}
	return r;
}

int
talk_ask(struct talk *talk, const struct talk_message *request,
    void (*each)(void *, const struct talk_message *), void *context,
    struct ks_error *error)
{
	char text[TALK_MAX_LINE];
	int r;

	talk->each = each;
	talk->context = context;
	talk->are_many = false;
	r = send_all(talk, text, talk_print(request, text), error);
	if (r == 0)
		r = await(talk, 1, error);
	return r == 0 && talk->is_refused ? KS_E_EXISTS : r;
}

/* The lines of several requests; the caller frees *text. */
static bool
print_all(const struct talk_message *requests, size_t n, char **text,
    size_t *len)
{
	char line[TALK_MAX_LINE];
	bool is_good = true;
	size_t i, linelen;
	FILE *fp;

	if ((fp = memstream_open(text, len)) == NULL)
		return false;
	for (i = 0; i < n && is_good; i++) {
		linelen = talk_print(&requests[i], line);
		is_good = fwrite(line, 1, linelen, fp) == linelen;
	}
	return memstream_close(fp, text) && is_good;
}

int
talk_ask_all(struct talk *talk, const struct talk_message *requests, size_t n,
    void (*each)(void *, const struct talk_message *), void *context,
    struct ks_error *error)
{
	char *text = NULL;
	size_t len = 0;
	int r;

	talk->each = each;
	talk->context = context;
	talk->are_many = true;
	if (!print_all(requests, n, &text, &len))
		r = fail(error, KS_E_NOMEM, "out of memory", 0);
	else
		r = send_all(talk, text, len, error);
	free(text);
	return r == 0 ? await(talk, n, error) : r;
}

int
talk_tell(struct talk *talk, const struct talk_message *part,
    struct ks_error *error)
{
	char text[TALK_MAX_LINE];

	return send_all(talk, text, talk_print(part, text), error);
}

static void
take_ready(void *context, const struct talk_message *answer)
{
	struct talk_message *ready = context;

	*ready = *answer;
	ready->text = ready->state = NULL;
}

static int
connect_to(struct talk *talk, const struct sockaddr_un *un, int limit_s)
{
	const struct timeval limit = { .tv_sec = limit_s };

	talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (talk->fd == -1)
		return -1;
	(void)setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof(limit));
	/* For connect(2), too: others may be waiting there. */
	(void)setsockopt(talk->fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
	    sizeof(limit));
	return connect(talk->fd, (const struct sockaddr *)un, sizeof(*un));
}

int
talk_open(struct talk **talk, const char *keydir, int limit_s,
    struct talk_message *ready, struct ks_error *error)
{
	const struct talk_message hello = {
		.kind = TALK_HELLO, .version = TALK_VERSION
	};
	struct sockaddr_un un;
	int r;

	memset(ready, 0, sizeof(*ready));
	if ((*talk = calloc(1, sizeof(**talk))) == NULL)
		return fail(error, KS_E_NOMEM, "out of memory", 0);
	(*talk)->fd = -1;
	if ((r = talk_address(keydir, &un, error)) != 0)
		goto fail;
	if (connect_to(*talk, &un, limit_s) == -1) {
		r = errno == EAGAIN ? fail(error, KS_E_SYSTEM, NOT_READ, 0) :
		    errno == ENOENT || errno == ECONNREFUSED ?
		    fail(error, KS_E_NOKEY, "it does not run: start it with "
		    "'systemctl start countersign-fleet'", 0) :
		    fail(error, KS_E_SYSTEM, un.sun_path, errno);
		goto fail;
	}
	r = talk_ask(*talk, &hello, take_ready, ready, error);
	if (r == 0 && ready->kind == TALK_READY)
		return 0;
	if (r == 0)
		r = fail(error, KS_E_ARG, "not a greeting", 0);
fail:
	talk_close(*talk);
	*talk = NULL;
	return r;
}

void
talk_close(struct talk *talk)
{
	if (talk == NULL)
		return;
	if (talk->fd != -1)
		(void)close(talk->fd);
	free(talk);
}

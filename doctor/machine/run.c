/* SPDX-License-Identifier: ISC */

/*
 * Running a program: see run.h.
 *
 * To run it as another user, a child process switches to that user first, runs
 * the program from there, and writes the result and the output to a pipe when
 * the program has ended.
 */

#include "machine/run.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_all.h"
#include "machine/become.h"

#define SYSTEM_PATH	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:" \
			"/sbin:/bin"
#define MAX_ENVIRONMENT	5

/* What the child writes before the output. */
struct message {
	struct program_result result;
	size_t	 len;
	bool	 cut;
};

struct collected {
	char	*text;
	size_t	 len, size;
	bool	 cut;
};

static bool
find_in(const char *folders, const char *name, char *path, size_t size)
{
	size_t len;
	int n;

	for (; *folders != '\0'; folders += len + (folders[len] == ':')) {
		len = strcspn(folders, ":");
		if (len == 0 || folders[0] != '/')
			continue;
		n = snprintf(path, size, "%.*s/%s", (int)len, folders, name);
		if (n > 0 && (size_t)n < size && access(path, X_OK) == 0)
			return true;
	}
	return false;
}

bool
machine_find(const char *name, char *path, size_t size)
{
	const char *folders = getenv("PATH");

	if (strchr(name, '/') != NULL)
		return strlcpy(path, name, size) < size &&
		    access(path, X_OK) == 0;
	return (folders != NULL && find_in(folders, name, path, size)) ||
	    find_in(SYSTEM_PATH, name, path, size);
}

/* Keep a piece of the output, up to the limit. */
static void
collect(void *context, const char *chunk, size_t len)
{
	struct collected *c = context;
	size_t size;
	char *text;

	if (len > MACHINE_MAX_OUTPUT - c->len) {
		len = MACHINE_MAX_OUTPUT - c->len;
		c->cut = true;
	}
	if (c->len + len >= c->size) {
		size = 2 * (c->len + len) + 1;
		if ((text = realloc(c->text, size)) == NULL) {
			c->cut = true;
			return;
		}
		c->text = text;
		c->size = size;
	}
	memcpy(c->text + c->len, chunk, len);
	c->len += len;
	c->text[c->len] = '\0';
}

static void
run_here(int input, const char *const argv[],
    const char *const environment[], unsigned int limit_ms,
    struct program_result *result,
    struct collected *collected)
{
	const struct program_talk talk = { .input = input, .limit_ms = limit_ms,
	    .take_output = collect, .context = collected };

	program_talk(argv, environment, &talk, result);
}

static bool
write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			return false;
		}
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* The child: never returns. */
static _Noreturn void
run_and_tell(int fd, const char *user, int input, const char *const argv[],
    const char *const environment[], unsigned int limit_ms)
{
	struct collected collected = { .text = NULL };
	struct message message = { .len = 0 };

	if (become_user(user, message.result.complaint,
	    sizeof(message.result.complaint)) == -1)
		message.result.end = PROGRAM_NOT_RUN;
	else
		run_here(input, argv, environment, limit_ms, &message.result,
		    &collected);
	message.len = collected.len;
	message.cut = collected.cut;
	_exit(write_all(fd, &message, sizeof(message)) &&
	    write_all(fd, collected.text, collected.len) ? 0 : 1);
}

/* Read what the child says; false if it died before it had said all. */
static bool
listen_to(int fd, struct program_result *result, struct collected *collected)
{
	struct message message;
	ssize_t n;

	if (read_all(fd, &message, sizeof(message)) != sizeof(message) ||
	    message.len > MACHINE_MAX_OUTPUT ||
	    (collected->text = malloc(message.len + 1)) == NULL)
		return false;
	if ((n = read_all(fd, collected->text, message.len)) == -1)
		n = 0;
	collected->text[n] = '\0';
	collected->len = (size_t)n;
	collected->cut = message.cut;
	*result = message.result;
	return collected->len == message.len;
}

static void
run_as(const char *user, int input, const char *const argv[],
    const char *const environment[], unsigned int limit_ms,
    struct program_result *result, struct collected *collected)
{
	int ends[2], status;
	pid_t pid;

	result->end = PROGRAM_NOT_RUN;
	if (pipe(ends) == -1) {
		result->code = errno;
		return;
	}
	if ((pid = fork()) == 0) {
		close(ends[0]);
		run_and_tell(ends[1], user, input, argv, environment, limit_ms);
	}
	result->code = pid == -1 ? errno : 0;
	close(ends[1]);
	if (pid != -1 && !listen_to(ends[0], result, collected)) {
		result->end = PROGRAM_NOT_RUN;
		result->code = EIO;
	}
	close(ends[0]);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
}

/* "NAME=value" of our own environment, if it is set; in *kept, to be freed. */
static void
pass_on(const char *name, const char **environment, char **kept)
{
	const char *value;
	size_t n = 0;

	if ((value = getenv(name)) == NULL)
		return;
	while (environment[n] != NULL)
		n++;
	if (asprintf(kept, "%s=%s", name, value) == -1)
		*kept = NULL;
	environment[n] = *kept;
}

int
machine_run(const char *user, const char *const argv[], unsigned int limit_ms,
    struct machine_output *out)
{
	return machine_run_input(user, -1, argv, limit_ms, out);
}

int
machine_run_input(const char *user, int input, const char *const argv[],
    unsigned int limit_ms, struct machine_output *out)
{
	static const char *const names[] = { "MAIL_CONFIG", "MAIL_LOGTAG" };
	const char *environment[MAX_ENVIRONMENT + 1] = { "LC_ALL=C" };
	char *kept[3] = { NULL, NULL, NULL }, path[4096];
	struct collected collected = { .text = NULL };
	struct program_result result = { .end = PROGRAM_NOT_RUN,
	    .code = ENOENT };
	const char *arguments[MACHINE_MAX_WORDS + 1];
	size_t i;

	for (i = 0; i < MACHINE_MAX_WORDS && argv[i] != NULL; i++)
		arguments[i] = argv[i];
	arguments[i] = NULL;
	if (argv[i] != NULL)
		result.code = E2BIG;
	else if (machine_find(argv[0], path, sizeof(path))) {
		arguments[0] = path;
		pass_on("PATH", environment, &kept[2]);
		if (kept[2] == NULL)
			environment[1] = "PATH=" SYSTEM_PATH;
		for (i = 0; i < 2; i++)
			pass_on(names[i], environment, &kept[i]);
		if (user == NULL)
			run_here(input, arguments, environment, limit_ms,
			    &result, &collected);
		else
			run_as(user, input, arguments, environment, limit_ms,
			    &result, &collected);
	}
	for (i = 0; i < 3; i++)
		free(kept[i]);
	out->end = result.end;
	out->code = result.code;
	out->text = collected.text != NULL ? collected.text : calloc(1, 1);
	out->len = collected.len;
	out->cut = collected.cut;
	(void)strlcpy(out->complaint, result.complaint,
	    sizeof(out->complaint));
	return out->text != NULL && machine_is_done(out) ? 0 : -1;
}

bool
machine_is_done(const struct machine_output *out)
{
	return out->end == PROGRAM_EXITED && out->code == 0;
}

void
machine_output_finish(struct machine_output *out)
{
	free(out->text);
	out->text = NULL;
	out->len = 0;
}

const char *
machine_why(const char *name, const struct machine_output *out, char *buf,
    size_t size)
{
	const char *colon = out->complaint[0] != '\0' ? ": " : "";

	switch (out->end) {
	case PROGRAM_EXITED:
		(void)snprintf(buf, size, "%s: exit status %d%s%s", name,
		    out->code, colon, out->complaint);
		break;
	case PROGRAM_KILLED:
		(void)snprintf(buf, size, "%s: killed by signal %d%s%s", name,
		    out->code, colon, out->complaint);
		break;
	case PROGRAM_LATE:
		(void)snprintf(buf, size, "%s: did not end in time%s%s", name,
		    colon, out->complaint);
		break;
	case PROGRAM_NOT_RUN:
		(void)snprintf(buf, size, "%s: cannot be run: %s", name,
		    out->complaint[0] != '\0' ? out->complaint :
		    strerror(out->code));
		break;
	}
	return buf;
}

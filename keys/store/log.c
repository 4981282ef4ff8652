/* SPDX-License-Identifier: ISC */

/*
 * The log of a domain, or of the store: who did what to which key.
 * Append-only, one line for each step, written before the step is taken: after
 * a crash the log may have a step that was not taken, but never misses one that
 * was.
 *
 * It is for people, and is never read here: all decisions depend on the state.
 */

#include "store/private.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"

#define MAX_LINE	KS_MAX_LOG_LINE

static int
make_log(const struct place *place, struct ks_error *error)
{
	int r;

	if ((r = place_write_temp(place, KS_MODE_FILE, "", 0, error)) != 0 ||
	    (r = place_link_temp(place, error)) != 0)
		return r;
	return place_sync(place, error);
}

/*
 * Make "<time> <user> <selector> <step>: <text>\n".  Returns its length, or 0
 * if it would be too long or have a control character.
 */
static size_t
make_line(const struct keystore *ks, char line[MAX_LINE], int64_t now,
    const char *selector, const char *step, const char *text)
{
	char when[RFC3339_SIZE], user[USER_NAME_SIZE];
	size_t i;
	int n;

	if (!rfc3339_print(now, when))
		return 0;
	if (ks->actor[0] != '\0')
		(void)strlcpy(user, ks->actor, sizeof(user));
	else
		user_name(getuid(), user);
	n = snprintf(line, MAX_LINE, "%s %s %s %s: %s", when, user, selector,
	    step, text);
	if (n < 0 || n >= MAX_LINE - 1)
		return 0;
	for (i = 0; i < (size_t)n; i++)
		if (iscntrl((unsigned char)line[i]))
			return 0;
	line[n] = '\n';
	return (size_t)n + 1;
}

/*
 * Append the whole line or nothing: if the disk is full, the part that was
 * written is removed.  If a killed writer left a line without its newline, the
 * newline is added first.
 */
static int
append(const struct place *place, int fd, const char *line, size_t len,
    struct ks_error *error)
{
	struct stat st;
	char last;

	if (fstat(fd, &st) == -1)
		return place_fail_errno(place, error, "cannot examine");
	if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 &&
	    last != '\n' && write(fd, "\n", 1) != 1)
		return place_fail_errno(place, error, "cannot write");
	errno = ENOSPC;		/* for a short write, which sets none */
	if (write(fd, line, len) == (ssize_t)len &&
	    store_sync(place->ks, fd) == 0)
		return 0;
	(void)place_fail_errno(place, error, "cannot write");
	(void)!ftruncate(fd, st.st_size);
	return KS_E_SYSTEM;
}

static int
append_step(const struct place *place, int64_t now, const char *selector,
    const char *step, const char *text, struct ks_error *error)
{
	char line[MAX_LINE];
	size_t len;
	int fd, r;

	if ((len = make_line(place->ks, line, now, selector, step,
	    text)) == 0)
		return place_fail(place, error, KS_E_ARG,
		    "log line is too long or contains a control character");
	if ((r = place_open_or_make(place, O_RDWR | O_APPEND, make_log, &fd,
	    error)) != 0)
		return r;
	r = append(place, fd, line, len, error);
	(void)close(fd);
	return r;
}

int
ks_log_append(struct ks_lock *lock, int64_t now, const char *selector,
    const char *step, const char *text, struct ks_error *error)
{
	const struct place place = {
		.ks = lock->ks, .domain = lock->domain, .name = KS_LOG_FILE,
		.dirfd = lock->dirfd
	};

	return append_step(&place, now, selector, step, text, error);
}

int
store_log_append(struct keystore *ks, int64_t now, const char *step,
    const char *text, struct ks_error *error)
{
	const struct place place = {
		.ks = ks, .name = KS_LOG_FILE, .dirfd = ks->fd
	};

	return append_step(&place, now, "-", step, text, error);
}

/* SPDX-License-Identifier: ISC */

/*
 * From sendmail.mc to the Sendmail that runs: see sendmail_load.h.
 *
 * Sendmail writes its process id to PidFile when it has read its settings, also
 * after SIGHUP, which runs the program again in the same process.  So the time
 * of that file says what the running Sendmail knows, and the start of the
 * process does not.
 */

#include "machine/sendmail_load.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_all.h"
#include "machine/run.h"
#include "text/text.h"

#define MAKEFILE	"/etc/mail/Makefile"
#define BOOTED		"/run/systemd/system"	/* sd_booted(3) */
#define SCRIPT		"/etc/init.d/sendmail"

/* Where packages put it; elsewhere it may be the program of another MTA. */
static const char *const places[] = {
	"/usr/libexec/sendmail/sendmail",	/* Debian */
	"/usr/lib/sm.bin/sendmail",		/* Debian 11 and before */
	"/usr/sbin/sendmail.sendmail",		/* Red Hat, Fedora */
};

const char *
sendmail_program(void)
{
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

/* Without PidFile, it is where the program was built to write it. */
static const char *
pid_file(const struct sendmail *s)
{
	static const char debian[] = "/var/run/sendmail/mta/sendmail.pid";

	if (s->pid_file != NULL)
		return s->pid_file;
	return access(debian, F_OK) == 0 ? debian : "/var/run/sendmail.pid";
}

/* The first line of a file, which may be of another user; false: none. */
static bool
read_first_line(const char *file, char *line, size_t size)
{
	int fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read_all(fd, line, size - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* Whether the process of the first line is a Sendmail. */
static bool
is_running(const char *file)
{
	char line[32], path[64];
	long long pid;

	if (!read_first_line(file, line, sizeof(line)) ||
	    (pid = strtonum(line, 1, 99999999, NULL)) == 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%lld/comm", pid);
	return read_first_line(path, line, sizeof(line)) &&
	    strncmp(line, "sendmail", 8) == 0;
}

/* Whether a PidFile is one that another user than root can have written. */
static bool
is_foreign(const char *file)
{
	struct stat st;

	return lstat(file, &st) == 0 && (!S_ISREG(st.st_mode) ||
	    (st.st_uid != 0 && st.st_uid != geteuid()));
}

static bool
is_later(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec > b->st_mtim.tv_sec ||
	    (a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec > b->st_mtim.tv_nsec);
}

enum sendmail_stage
sendmail_stage(const struct sendmail *s)
{
	const char *file = pid_file(s);
	struct stat mc, cf, pid;

	if (stat(SENDMAIL_CF, &cf) == -1)
		return SENDMAIL_UNKNOWN;
	if (stat(SENDMAIL_MC, &mc) == 0 && is_later(&mc, &cf))
		return SENDMAIL_NOT_MADE;
	/* A macro, a file of others, or a place that is only guessed. */
	if (strchr(file, '$') != NULL || is_foreign(file) ||
	    (stat(file, &pid) == -1 && s->pid_file == NULL))
		return SENDMAIL_UNKNOWN;
	if (!is_running(file) || stat(file, &pid) == -1)
		return SENDMAIL_NOT_RUNNING;
	return is_later(&cf, &pid) ? SENDMAIL_NOT_READ : SENDMAIL_READ;
}

bool
sendmail_make_commands(char *text, size_t size)
{
	char path[512];

	return strlcpy(text, access(MAKEFILE, F_OK) == 0 &&
	    machine_find("make", path, sizeof(path)) ? "make -C /etc/mail" :
	    "m4 " SENDMAIL_MC " >" SENDMAIL_CF ".new && mv "
	    SENDMAIL_CF ".new " SENDMAIL_CF, size) < size;
}

bool
sendmail_read_commands(const struct sendmail *s, char *text, size_t size)
{
	const char *file = pid_file(s);
	char word[512], path[512];

	if (access(BOOTED, F_OK) == 0)
		return strlcpy(text, "systemctl restart sendmail", size) < size;
	if (access(SCRIPT, X_OK) == 0 && machine_find("service", path,
	    sizeof(path)))
		return strlcpy(text, "service sendmail restart", size) < size;
	/* A second signal, while it starts again, would end it. */
	if (!is_foreign(file) && is_running(file) &&
	    text_shell_word(file, word, sizeof(word)))
		return (size_t)snprintf(text, size, "kill -HUP $(head -n 1 %s) "
		    "&& sleep 2", word) < size;
	text[0] = '\0';
	return true;
}

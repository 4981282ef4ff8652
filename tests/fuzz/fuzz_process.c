/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what doctor reads about processes.  After 'l' there is what
 * /proc has as the limits of this process; else the file in which Sendmail
 * writes its process id, and, after its first line, the name of that process.
 *
 * The limit is the one that the last line about it says; Sendmail is told to
 * read its settings only if the first line is the number of a Sendmail.
 */

#include <sys/mman.h>

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/process.h"
#include "machine/sendmail_load.h"

#define MAX_LENGTH	4096	/* octets of input */
#define MAX_LINE	250	/* longer ones are cut */
#define LIMIT		"Max open files"
#define PID_FILE	"/run/sendmail.pid"
#define NO_NUMBER	(-1LL)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__wrap_access(const char *path, int mode);
FILE	*__real_fopen64(const char *path, const char *mode);
FILE	*__wrap_fopen64(const char *path, const char *mode);
int	__wrap_lstat64(const char *path, void *st);
int	__real_open64(const char *path, int flags, ...);
int	__wrap_open64(const char *path, int flags, ...);

static struct {
	char		*text, *name;
	long long	 pid;		/* whose name was asked for */
	bool		 is_pid_file;
} file;

/* No unit, no script, no other place. */
int
__wrap_access(const char *path, int mode)
{
	(void)path;
	(void)mode;
	return -1;
}

/* So no file is foreign. */
int
__wrap_lstat64(const char *path, void *st)
{
	(void)path;
	(void)st;
	return -1;
}

FILE *
__wrap_fopen64(const char *path, const char *mode)
{
	if (strncmp(path, "/proc/", 6) != 0)
		return __real_fopen64(path, mode);
	if (strcmp(strrchr(path, '/'), "/limits") != 0)
		abort();
	return file.text[0] == '\0' ? NULL : fmemopen(file.text,
	    strlen(file.text), "r");
}

/* A regular file in memory. */
static int
open_text(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)
	    || lseek(fd, 0, SEEK_SET) == -1)
		abort();
	return fd;
}

int
__wrap_open64(const char *path, int flags, ...)
{
	char *end;

	if (strcmp(path, PID_FILE) == 0)
		return open_text(file.text);
	if (strncmp(path, "/proc/", 6) == 0 && file.is_pid_file) {
		file.pid = strtoll(path + 6, &end, 10);
		if (end == path + 6 || strcmp(end, "/comm") != 0 ||
		    file.pid <= 0 || file.pid > 99999999)
			abort();
		return open_text(file.name);
	}
	/* Nothing is created here, so there is no mode. */
	return (flags & O_CREAT) != 0 ? -1 : __real_open64(path, flags);
}

/* The limit, read digit by digit; is_clear: nothing is odd about the text. */
static unsigned long long
expected_limit(const char *text, bool *is_clear)
{
	unsigned long long limit = 0, digit;
	size_t len;

	*is_clear = true;
	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		if ((len = strcspn(text, "\n")) > MAX_LINE)
			*is_clear = false;
		if (strncmp(text, LIMIT, strlen(LIMIT)) != 0)
			continue;
		text += strlen(LIMIT);
		text += strspn(text, " ");
		len = strcspn(text, "\n");
		limit = 0;
		if (strncmp(text, "unlimited", 9) == 0) {
			limit = ULLONG_MAX;
			continue;
		}
		/* The kernel has no sign there, nor other blanks. */
		if (len > 0 && strchr("+-\t\v\f\r", text[0]) != NULL)
			*is_clear = false;
		for (; *text >= '0' && *text <= '9'; text++, len--) {
			digit = (unsigned long long)(*text - '0');
			limit = limit > (ULLONG_MAX - digit) / 10 ?
			    ULLONG_MAX : 10 * limit + digit;
		}
	}
	return limit;
}

static void
check_limit(void *arg, const struct machine_process *process)
{
	bool is_clear;
	const unsigned long long limit = expected_limit(file.text, &is_clear);

	if (process->pid == getpid()) {
		*(bool *)arg = true;
		if (is_clear && process->open_files != limit)
			abort();
	}
}

static void
try_limits(void)
{
	static char self[PATH_MAX];
	bool is_found = false;

	if (self[0] == '\0' && readlink("/proc/self/exe", self,
	    sizeof(self) - 1) == -1)
		abort();
	machine_each_process(self, check_limit, &is_found);
	if (!is_found)
		abort();
}

/* The number that a line is, if it is one and nothing else. */
static long long
number_of(const char *line, size_t len)
{
	long long number = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (line[i] < '0' || line[i] > '9' || i >= 8)
			return NO_NUMBER;
		number = 10 * number + line[i] - '0';
	}
	return number > 0 ? number : NO_NUMBER;
}

static void
try_pid_file(void)
{
	static char name[] = PID_FILE;
	struct sendmail sendmail = { .pid_file = name };
	const size_t len = strcspn(file.text, "\n");
	char commands[256];
	bool is_named;

	file.name = file.text + len + (file.text[len] == '\n');
	file.is_pid_file = true;
	file.pid = NO_NUMBER;
	if (!sendmail_read_commands(&sendmail, commands, sizeof(commands)))
		abort();
	is_named = strncmp(file.name, "sendmail", 8) == 0;
	if ((commands[0] != '\0') != (file.pid != NO_NUMBER && is_named))
		abort();
	if (number_of(file.text, len) != NO_NUMBER &&
	    file.pid != number_of(file.text, len))
		abort();
	file.is_pid_file = false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0 || len > MAX_LENGTH)
		return 0;
	if ((file.text = strndup((const char *)data + 1, len - 1)) == NULL)
		abort();
	if (data[0] == 'l')
		try_limits();
	else
		try_pid_file();
	free(file.text);
	return 0;
}

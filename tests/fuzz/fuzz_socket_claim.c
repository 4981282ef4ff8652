/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the lock file of the front's socket, in which another front may
 * have written anything.  Each line of the input is one look at it: an octet
 * whose bits say whether that front keeps the lock, whether its process exists,
 * and whether somebody listens; then what is in the file.
 *
 * No process is asked for but the one whose number the file has, the look ends,
 * and a front that has the lock has written its own master there.
 */

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "front/socket_claim.h"

#define MAX_LENGTH	4096	/* octets of input */
#define MAX_LOOKS	200
#define MASTER		4711	/* ours */
#define NONE		(-1LL)

/* Of the first octet of a line. */
#define IS_HELD		0x1
#define IS_THERE	0x2
#define LISTENS		0x4

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
int	__wrap_flock(int fd, int operation);
pid_t	__wrap_getppid(void);
int	__wrap_kill(pid_t pid, int sig);
int	__wrap_nanosleep(const struct timespec *pause, struct timespec *left);
int	__wrap_socket_folder_check(const struct config *config,
	    const char *path);
void	__wrap_syslog(int priority, const char *format, ...);

static char folder[] = "/tmp/countersign-fuzz.XXXXXX";
static char path[sizeof(folder) + sizeof("/socket")];
static char lock_path[sizeof(path) + sizeof(".lock")];

static struct {
	char		*next;		/* line */
	unsigned int	 how;		/* of the line that is looked at */
	unsigned int	 nlooks;
	long long	 holder;	/* that the file has, or NONE */
	bool		 is_plain;	/* the file has a number, or no digit */
} other;

/* The number of the first line of the file; is it one that all would read? */
static void
read_holder(const char *text)
{
	size_t i, len = strcspn(text, "\n");

	/* What the front reads of it. */
	if (len > 23)
		len = 23;
	other.holder = 0;
	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9' &&
	    other.holder <= INT_MAX; i++)
		other.holder = 10 * other.holder + text[i] - '0';
	other.is_plain = len > 0 && i == len && other.holder > 0 &&
	    other.holder <= INT_MAX;
	if (!other.is_plain)
		other.holder = NONE;
}

int
__wrap_flock(int fd, int operation)
{
	char *line = other.next;

	if (fd == -1 || operation != (LOCK_EX | LOCK_NB) ||
	    ++other.nlooks > MAX_LOOKS)
		abort();
	other.how = 0;
	if (line == NULL || line[0] == '\0')
		return 0;
	if ((other.next = strchr(line, '\n')) != NULL)
		*other.next++ = '\0';
	other.how = (unsigned char)line[0];
	if (line[0] == '\0' || (other.how & IS_HELD) == 0)
		return 0;
	if (ftruncate(fd, 0) == -1 || pwrite(fd, line + 1, strlen(line + 1),
	    0) == -1)
		abort();
	read_holder(line + 1);
	errno = EWOULDBLOCK;
	return -1;
}

int
__wrap_kill(pid_t pid, int sig)
{
	if (pid <= 0 || sig != 0 || (other.is_plain && pid != other.holder))
		abort();
	errno = ESRCH;
	return (other.how & IS_THERE) != 0 ? 0 : -1;
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	if (fd == -1 || address->sa_family != AF_UNIX || len == 0)
		abort();
	errno = ECONNREFUSED;
	return (other.how & LISTENS) != 0 ? 0 : -1;
}

pid_t
__wrap_getppid(void)
{
	return MASTER;
}

int
__wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
	(void)left;
	if (pause->tv_sec != 0 || pause->tv_nsec == 0)
		abort();
	return 0;
}

int
__wrap_socket_folder_check(const struct config *config, const char *name)
{
	(void)config;
	(void)name;
	return 0;
}

void
__wrap_syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

static void
remove_all(void)
{
	(void)unlink(lock_path);
	(void)rmdir(folder);
}

static void
set_up(void)
{
	if (mkdtemp(folder) == NULL)
		abort();
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	(void)snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
	(void)atexit(remove_all);
}

static void
check_lock(int lock)
{
	static const char wanted[] = "4711\n";
	char text[32];

	if (pread(lock, text, sizeof(text), 0) != sizeof(wanted) - 1 ||
	    memcmp(text, wanted, sizeof(wanted) - 1) != 0)
		abort();
	(void)close(lock);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char name[] = "unix:/run/x";
	const struct config config = { .socket = name };
	char *text;
	int lock, r;

	if (len > MAX_LENGTH)
		return 0;
	if (path[0] == '\0')
		set_up();
	if ((text = strndup((const char *)data, len)) == NULL)
		abort();
	memset(&other, 0, sizeof(other));
	other.next = text;
	r = socket_claim_unix(&config, path, &lock);
	if (r == 0)
		check_lock(lock);
	else if (r != -1 || lock != -1)
		abort();
	free(text);
	return 0;
}

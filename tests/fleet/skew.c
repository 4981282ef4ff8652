/* SPDX-License-Identifier: ISC */

/*
 * Preloaded: all clocks of a program are ahead by as many seconds as the file
 * SKEW_FILE says, eight octets that a test changes while programs run.  So a
 * lease ends, or a program was stopped for hours, in no time.
 *
 * With SKEW_KILL=PROGRAM:N, a program of that name is killed before it sends
 * for the Nth time: to another process, the database, or DNS.  With SKEW_STOP,
 * it is stopped then.  PROGRAM:WORD+N is the Nth time after it first sends a
 * line that begins with WORD; +0 is before that line.  PROGRAM:WORD/N is about
 * its forks after that line: before the first one, in the child of that, before
 * the second one, and so on; then its whole process group is struck.  What it
 * has sent is counted in SKEW_COUNT, if set.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHOWN	__attribute__((visibility("default")))

static const volatile int64_t *ahead;
static atomic_long nsent;
static atomic_long limit = -1;
static char word[32];	/* "" if none is waited for any more */
static long after;	/* what was sent with it */
static long side;	/* of a fork, after it; 0: none is waited for */
static atomic_long nforks;
static int strike;
static int counter = -1;

static pid_t (*real_fork)(void);
static int (*real_clock)(clockid_t, struct timespec *);
static ssize_t (*real_send)(int, const void *, size_t, int);
static ssize_t (*real_sendto)(int, const void *, size_t, int,
    const struct sockaddr *, socklen_t);

/* ISO C does not convert pointers of data to those of functions. */
#define FIND(function, name) do { \
	void *found_ = dlsym(RTLD_NEXT, name); \
	memcpy(&(function), &found_, sizeof(found_)); \
} while (0)

static void
find_all(void)
{
	if (real_clock != NULL)
		return;
	FIND(real_fork, "fork");
	FIND(real_send, "send");
	FIND(real_sendto, "sendto");
	FIND(real_clock, "clock_gettime");
}

static bool
read_limit(const char *name, int number)
{
	const char *text = getenv(name), *colon, *sign;

	if (text == NULL || (colon = strchr(text, ':')) == NULL ||
	    strncmp(text, program_invocation_short_name,
	    (size_t)(colon - text)) != 0)
		return false;
	strike = number;
	if ((sign = strpbrk(colon, "+/")) == NULL) {
		limit = atol(colon + 1);
		return true;
	}
	(void)snprintf(word, sizeof(word), "%.*s ", (int)(sign - colon - 1),
	    colon + 1);
	*(*sign == '/' ? &side : &after) = atol(sign + 1);
	return true;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("SKEW_FILE");
	void *map = MAP_FAILED;
	int fd;

	find_all();
	if (path != NULL && (fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		map = mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);
		(void)close(fd);
	}
	if (map != MAP_FAILED)
		ahead = map;
	if (!read_limit("SKEW_KILL", SIGKILL))
		(void)read_limit("SKEW_STOP", SIGSTOP);
	if (strike != 0 && (path = getenv("SKEW_COUNT")) != NULL)
		counter = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		    0666);
}

/* Whether one of the lines begins with the word. */
static bool
has_word(const char *text, size_t len)
{
	const char *found, *from = text;

	while ((found = memmem(from, len - (size_t)(from - text), word,
	    strlen(word))) != NULL) {
		if (found == text || found[-1] == '\n')
			return true;
		from = found + 1;
	}
	return false;
}

static void
count(const void *buf, size_t len)
{
	const long n = atomic_fetch_add(&nsent, 1) + 1;

	if (strike == 0)
		return;
	if (counter != -1)
		(void)!write(counter, ".", 1);
	if (word[0] != '\0' && has_word(buf, len)) {
		word[0] = '\0';
		if (side == 0)
			limit = n + after;
	}
	if (n != limit)
		return;
	(void)kill(getpid(), strike);
	/* In its cell, a program cannot kill. */
	if (strike == SIGKILL)
		_exit(128 + SIGKILL);
}

SHOWN ssize_t
send(int fd, const void *buf, size_t len, int flags)
{
	find_all();
	count(buf, len);
	return real_send(fd, buf, len, flags);
}

SHOWN ssize_t
sendto(int fd, const void *buf, size_t len, int flags,
    __CONST_SOCKADDR_ARG address, socklen_t addresslen)
{
	find_all();
	count(buf, len);
	return real_sendto(fd, buf, len, flags, address.__sockaddr__,
	    addresslen);
}

static void
meet_side(long which)
{
	if (which == side && strike != 0 && word[0] == '\0')
		(void)kill(0, strike);
}

SHOWN pid_t
fork(void)
{
	long n = 0;
	pid_t pid;

	find_all();
	if (word[0] == '\0')
		n = atomic_fetch_add(&nforks, 1);
	meet_side(2 * n + 1);
	if ((pid = real_fork()) == 0)
		meet_side(2 * n + 2);
	return pid;
}

SHOWN int
clock_gettime(clockid_t id, struct timespec *now)
{
	int r;

	find_all();
	r = real_clock(id, now);
	if (r == 0 && ahead != NULL && id != CLOCK_PROCESS_CPUTIME_ID &&
	    id != CLOCK_THREAD_CPUTIME_ID)
		now->tv_sec += (time_t)*ahead;
	return r;
}

SHOWN int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return -1;
	now->tv_sec = ts.tv_sec;
	now->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

SHOWN time_t
time(time_t *out)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return (time_t)-1;
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

/* SPDX-License-Identifier: ISC */

/*
 * Counts and alarms on disk: see counting.h.
 *
 * A thread of its own writes the counts.  The file is locked, so that two
 * services with the same counts_dir do not destroy each other's state.  Files
 * are opened below the folder, and no link is followed.
 *
 * A message that raises an alarm must not wait while the counts are written, so
 * alarms have a lock of their own.  Who needs both takes the one of the counts
 * first.
 */

#include "front/counting.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "ceilings/slots.h"
#include "config/ceiling.h"

#define WRITE_EVERY	60	/* seconds */
#define COUNTS_FILE	"counts"
#define COUNTS_MODE	0600
#define ALARMS_MODE	0640

static struct {
	struct counts	*counts;
	/* Opening and closing: a reload may be late, when the front ends. */
	pthread_mutex_t	 life_lock;
	bool		 is_closed;
	/* Of the file of counts, and for the thread. */
	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;
	pthread_t	 thread;
	bool		 is_started, is_ending;
	int		 file;		/* -1: none */
	struct slots	 slots;
	uint64_t	 written;	/* counts_changed() of it */
	bool		 is_failing;	/* and that was logged */
	/* Of the file of alarms; the folder is changed with both locks. */
	pthread_mutex_t	 alarms_lock;
	char		 folder[PATH_MAX];
	int		 dir;		/* -1: none */
	bool		 are_alarms_failing;	/* and that was logged */
} counting = {
	.life_lock = PTHREAD_MUTEX_INITIALIZER,
	.lock = PTHREAD_MUTEX_INITIALIZER, .file = -1,
	.alarms_lock = PTHREAD_MUTEX_INITIALIZER, .dir = -1
};

int
counting_init(void)
{
	counting.counts = counts_new();
	return counting.counts != NULL ? 0 : -1;
}

struct counts *
counting_counts(void)
{
	return counting.counts;
}

void
counting_configure(const struct config *config)
{
	if (counts_configure(counting.counts, config) != 0)
		log_warnx(M_OUT_OF_MEMORY,
		    "out of memory: ceilings stay as they were");
}

/* -- Files --------------------------------------------------------------- */

/* Log that a file cannot be used, once until it can; errno says why. */
static void
warn_once(const char *name, bool *is_failing)
{
	if (!*is_failing)
		log_warn(M_COUNTS_UNUSABLE, "counts_dir %s: cannot use %s, so "
		    "counts begin at 0 after a restart, and alarms are only "
		    "in the log: run countersign-doctor", counting.folder,
		    name);
	*is_failing = true;
}

/* Open a regular file of the folder.  -1 with errno set. */
static int
open_file(const char *name, int flags, mode_t mode, struct stat *st)
{
	int fd;

	fd = openat(counting.dir, name, flags | O_CREAT | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode);
	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	(void)close(fd);
	errno = EINVAL;
	return -1;
}

/* Read the state of an open file into the counts. */
static void
read_counts(void)
{
	unsigned char *state = NULL;
	enum slots_result r;
	size_t len = 0;

	r = slots_open(&counting.slots, counting.file, &state, &len);
	if (r == SLOTS_SYSTEM)
		warn_once(COUNTS_FILE, &counting.is_failing);
	else if (r == SLOTS_DAMAGED || (r == SLOTS_OK &&
	    counts_read(counting.counts, state, len) != 0))
		log_warnx(M_COUNTS_DAMAGED, "%s/" COUNTS_FILE ": damaged, or "
		    "written by a later version, so counts begin at 0",
		    counting.folder);
	free(state);
	counting.written = counts_changed(counting.counts);
}

/* Open the folder; the one of an attempt before, which failed, is closed. */
static void
open_folder(const char *folder)
{
	int dir, old;

	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pthread_mutex_lock(&counting.alarms_lock);
	(void)strlcpy(counting.folder, folder, sizeof(counting.folder));
	old = counting.dir;
	counting.dir = dir;
	pthread_mutex_unlock(&counting.alarms_lock);
	if (old != -1)
		(void)close(old);
}

static void
open_files(const char *folder)
{
	struct stat st;

	if (counting.file != -1)
		return;
	open_folder(folder);
	if (counting.dir != -1)
		counting.file = open_file(COUNTS_FILE, O_RDWR, COUNTS_MODE,
		    &st);
	if (counting.file != -1 &&
	    flock(counting.file, LOCK_EX | LOCK_NB) == -1) {
		(void)close(counting.file);
		counting.file = -1;
		errno = EBUSY;
	}
	if (counting.file == -1)
		warn_once(COUNTS_FILE, &counting.is_failing);
	else
		read_counts();
}

/* Write the counts, if there is anything new.  The caller has the lock. */
static void
write_counts(void)
{
	unsigned char *state;
	uint64_t changed;
	size_t len;

	if (counting.file == -1 ||
	    counts_changed(counting.counts) == counting.written)
		return;
	state = counts_write(counting.counts, &len, &changed);
	if (state == NULL || slots_write(&counting.slots, state, len) != 0) {
		if (state == NULL)
			errno = ENOMEM;
		warn_once(COUNTS_FILE, &counting.is_failing);
	} else {
		counting.written = changed;
		counting.is_failing = false;
	}
	free(state);
}

static void *
write_each_minute(void *unused)
{
	struct timespec until;

	(void)unused;
	pthread_mutex_lock(&counting.lock);
	/* Also if it ends before it has begun, there may be something new. */
	do {
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += WRITE_EVERY;
		while (!counting.is_ending && pthread_cond_timedwait(
		    &counting.wake, &counting.lock, &until) != ETIMEDOUT)
			;
		write_counts();
	} while (!counting.is_ending);
	pthread_mutex_unlock(&counting.lock);
	return NULL;
}

/* A clock that nobody sets, for the thread. */
static int
init_wake(void)
{
	pthread_condattr_t attributes;
	int r;

	if (pthread_condattr_init(&attributes) != 0)
		return -1;
	r = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (r == 0)
		r = pthread_cond_init(&counting.wake, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return r == 0 ? 0 : -1;
}

static void
start(const struct config *config)
{
	pthread_mutex_lock(&counting.lock);
	open_files(config->counts_dir);
	pthread_mutex_unlock(&counting.lock);
	if (counting.file == -1)
		return;
	if (init_wake() != 0 || pthread_create(&counting.thread, NULL,
	    write_each_minute, NULL) != 0)
		log_warnx(M_COUNTS_UNUSABLE, "cannot start the thread that "
		    "writes counts: they begin at 0 after a restart");
	else
		counting.is_started = true;
}

void
counting_open(const struct config *config)
{
	pthread_mutex_lock(&counting.life_lock);
	/* Without ceilings there is nothing to keep; they may come later. */
	if (config->has_ceilings && !counting.is_started &&
	    !counting.is_closed)
		start(config);
	pthread_mutex_unlock(&counting.life_lock);
}

void
counting_close(void)
{
	pthread_mutex_lock(&counting.life_lock);
	counting.is_closed = true;
	if (counting.is_started) {
		pthread_mutex_lock(&counting.lock);
		counting.is_ending = true;
		pthread_cond_signal(&counting.wake);
		pthread_mutex_unlock(&counting.lock);
		(void)pthread_join(counting.thread, NULL);
		counting.is_started = false;
	}
	pthread_mutex_lock(&counting.lock);
	if (counting.file != -1)
		(void)close(counting.file);
	counting.file = -1;
	pthread_mutex_unlock(&counting.lock);
	pthread_mutex_unlock(&counting.life_lock);
}

/* -- Alarms -------------------------------------------------------------- */

/* Write a line at the end of a file of that size, or nothing. */
static bool
write_alarm(int fd, off_t size, const char *line)
{
	const size_t len = strlen(line);
	ssize_t n;
	int error;

	/* Whoever reads it wants only the last hours. */
	if (size > CEILING_MAX_ALARMS_FILE - (off_t)len) {
		if (ftruncate(fd, 0) == -1)
			return false;
		size = 0;
	}
	if ((n = write(fd, line, len)) == (ssize_t)len)
		return true;
	error = n == -1 ? errno : ENOSPC;
	/* A part of a line would spoil the next one. */
	(void)!ftruncate(fd, size);
	errno = error;
	return false;
}

/* Append a line; the caller has the lock of the alarms. */
static void
append_alarm(const char *line)
{
	struct stat st;
	int fd;

	if (counting.dir == -1)
		return;
	fd = open_file(CEILING_ALARMS_FILE, O_WRONLY | O_APPEND, ALARMS_MODE,
	    &st);
	if (fd == -1) {
		warn_once(CEILING_ALARMS_FILE, &counting.are_alarms_failing);
		return;
	}
	/* Notices read it by its group, whatever the umask is. */
	if (st.st_size == 0)
		(void)fchmod(fd, ALARMS_MODE);
	if (write_alarm(fd, st.st_size, line))
		counting.are_alarms_failing = false;
	else
		warn_once(CEILING_ALARMS_FILE, &counting.are_alarms_failing);
	(void)close(fd);
}

/* What became of a message that is over a ceiling. */
static const char *
outcome_of(const struct message *message)
{
	if (message_is_over(message))
		return "deferred";
	return message_is_counted(message) ? "signed" : "not signed";
}

static void
tell(const struct message *message, enum ceiling ceiling,
    const char *queue_id)
{
	const struct source *source = message_decision(message)->source;
	struct ceiling_alarm alarm = {
		.time = (int64_t)time(NULL), .ceiling = ceiling,
		.limit = source->ceilings.max[ceiling]
	};
	char line[CEILING_LINE_SIZE];

	ceiling_escape(source->name, alarm.source);
	(void)strlcpy(alarm.queue_id, queue_id, sizeof(alarm.queue_id));
	if (ceiling == CEILING_ROOM)
		log_warnx(M_CEILING_TABLE_FULL, "ALARM: source \"%s\": no room "
		    "to count all recipients or bodies of today: the others "
		    "are signed without being counted", source->name);
	else
		log_warnx(M_CEILING_EXCEEDED, "ALARM: source \"%s\": message "
		    "%s is over %s = %u and is %s: is its account abused?",
		    source->name, queue_id, ceiling_name(ceiling),
		    (unsigned int)alarm.limit, outcome_of(message));
	if (!ceiling_alarm_print(&alarm, line))
		return;
	pthread_mutex_lock(&counting.alarms_lock);
	append_alarm(line);
	pthread_mutex_unlock(&counting.alarms_lock);
}

void
counting_tell(const struct message *message, const char *queue_id)
{
	const unsigned int alarms = message_alarms(message);
	unsigned int i;

	for (i = 0; i < CEILING_MAX; i++)
		if ((alarms & 1u << i) != 0)
			tell(message, (enum ceiling)i, queue_id);
	if (counts_were_reset(counting.counts))
		log_warnx(M_COUNTS_RESET, "the clock was set back by more than "
		    "an hour, so all counts begin at 0");
}

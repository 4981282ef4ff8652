/* SPDX-License-Identifier: ISC */

/*
 * Finding the table: see table.h.
 *
 * It has no name: proc(5) shows it among the descriptors of the master.  Who
 * may open them may also trace that process, so this gives nobody anything that
 * he did not have, and no process of the service has to listen for us.  It
 * works for root, and for the user of a milter that was started without root.
 *
 * Another user could run our program, or in a moment have the id of a process
 * that has ended.  So the table must belong to a process of the right user, and
 * be sealed, so that it cannot shrink while it is read.
 */

#include "status/table.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/privileges.h"
#include "base/user_name.h"
#include "machine/process.h"

#define LINK		"/memfd:" METERS_MEMFD " (deleted)"
#define PROC_SIZE	64
#define WHY_SIZE	256

struct search {
	uid_t	 user;
	bool	 has_user;
	pid_t	 wanted;	/* 0: any */
	pid_t	 found;
	size_t	 n;
	struct choices *choices;
	bool	 is_other;	/* what is found has another owner */
};

static bool
is_owner(const struct search *search, pid_t pid)
{
	char path[PROC_SIZE];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%ld", (long)pid);
	return stat(path, &st) == 0 && (st.st_uid == 0 ||
	    st.st_uid == geteuid() ||
	    (search->has_user && st.st_uid == search->user));
}

/* Open the table among the descriptors of a process; -1: there is none. */
static int
open_of(pid_t pid)
{
	char folder[PROC_SIZE], target[sizeof(LINK) + 1];
	struct dirent *entry;
	int fd = -1;
	ssize_t n;
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "/proc/%ld/fd", (long)pid);
	if ((dir = opendir(folder)) == NULL)
		return -1;
	while (fd == -1 && (entry = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), entry->d_name, target,
		    sizeof(target) - 1);
		target[n == -1 ? 0 : n] = '\0';
		if (strcmp(target, LINK) == 0)
			fd = openat(dirfd(dir), entry->d_name, O_RDONLY |
			    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	}
	(void)closedir(dir);
	return fd;
}

static bool
map(struct table *table, int fd, char *why, size_t size)
{
	struct stat st;
	int seals;

	seals = fcntl(fd, F_GET_SEALS);
	if (seals == -1 || (seals & F_SEAL_SHRINK) == 0 ||
	    fstat(fd, &st) == -1) {
		(void)strlcpy(why, "the numbers of the milter cannot be "
		    "trusted: their memory is not sealed", size);
		return false;
	}
	if ((table->meters = meters_map(fd)) == NULL) {
		(void)snprintf(why, size, errno == EINVAL ? "the milter runs "
		    "in another version than countersign-doctor: restart it" :
		    "cannot read the numbers of the milter: %s",
		    strerror(errno));
		return false;
	}
	/* Nothing else sets it: what is counted is written to the memory. */
	table->made = st.st_ctime;
	return true;
}

static bool
has_table(pid_t pid)
{
	const int fd = open_of(pid);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

static void
note_choice(struct choices *choices, pid_t pid)
{
	struct table table = { .meters = NULL };
	char why[WHY_SIZE];
	const int fd = open_of(pid);

	if (fd != -1) {
		(void)map(&table, fd, why, sizeof(why));
		(void)close(fd);
	}
	choices_add(choices, pid, table.meters, table.made);
	meters_free(table.meters);
}

static void
note(void *arg, const struct machine_process *process)
{
	struct search *search = arg;

	if ((search->wanted != 0 && process->pid != search->wanted) ||
	    !has_table(process->pid))
		return;
	if (!is_owner(search, process->pid)) {
		search->is_other = true;
		return;
	}
	search->n++;
	search->found = process->pid;
	note_choice(search->choices, process->pid);
}

static void
say_none(const struct search *search, char *why, size_t size)
{
	if (search->wanted != 0)
		(void)snprintf(why, size, "process %ld is not the master of a "
		    "milter, or may not be looked at",
		    (long)search->wanted);
	else if (search->is_other)
		(void)strlcpy(why, "the milter that runs here belongs to "
		    "another user than the configuration says", size);
	else if (!privileges_are_root())
		(void)strlcpy(why, "no milter of this user runs here: run "
		    "countersign-doctor as root", size);
	else
		(void)strlcpy(why, "no milter runs here", size);
}

bool
table_open(struct table *table, const char *program, const char *user,
    pid_t pid, char *why, size_t size)
{
	struct search search = { .wanted = pid, .choices = &table->choices };
	bool is_open;
	int fd;

	memset(table, 0, sizeof(*table));
	search.has_user = user != NULL && user_find(user, &search.user);
	machine_each_process(program, note, &search);
	if (search.n > 1) {
		(void)strlcpy(why, "several milters run: choose one", size);
		return false;
	}
	memset(&table->choices, 0, sizeof(table->choices));
	if (search.n == 0 || (fd = open_of(search.found)) == -1) {
		say_none(&search, why, size);
		return false;
	}
	table->pid = search.found;
	is_open = map(table, fd, why, size);
	(void)close(fd);
	return is_open;
}

void
table_close(struct table *table)
{
	meters_free(table->meters);
	table->meters = NULL;
}

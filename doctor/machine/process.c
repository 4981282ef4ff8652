/* SPDX-License-Identifier: ISC */

/*
 * The processes that run a program, from /proc; see proc(5).
 *
 * The link "exe" leads to the file that was started, with " (deleted)" behind
 * its path once another file has taken its place.  A process that ends
 * meanwhile is left out, and nothing else can fail.
 */

#include "machine/process.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROC		"/proc"
#define DELETED		" (deleted)"
#define LINK_SIZE	(PATH_MAX + sizeof(DELETED))

/* The target of a link of a process, or "". */
static void
read_link(const char *pid, const char *name, char target[LINK_SIZE])
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), PROC "/%s/%s", pid, name);
	n = readlink(path, target, LINK_SIZE - 1);
	target[n == -1 ? 0 : n] = '\0';
}

/* Whether a process runs the program; replaced tells of the file. */
static bool
runs(const char *pid, const char *program, bool *is_replaced)
{
	char target[LINK_SIZE];
	const size_t len = strlen(program);

	read_link(pid, "exe", target);
	if (strncmp(target, program, len) != 0)
		return false;
	*is_replaced = strcmp(target + len, DELETED) == 0;
	return *is_replaced || target[len] == '\0';
}

static bool
is_in_our_namespace(const char *pid)
{
	char ours[LINK_SIZE], theirs[LINK_SIZE];

	read_link("self", "ns/pid", ours);
	read_link(pid, "ns/pid", theirs);
	return strcmp(ours, theirs) == 0;
}

/* "Max open files           1024                 4096                 files" */
static unsigned long long
read_open_files(const char *pid)
{
	static const char name[] = "Max open files";
	unsigned long long limit = 0;
	char path[64], line[256];
	const char *value;
	FILE *fp;

	(void)snprintf(path, sizeof(path), PROC "/%s/limits", pid);
	if ((fp = fopen(path, "re")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (strncmp(line, name, sizeof(name) - 1) != 0)
			continue;
		value = line + sizeof(name) - 1;
		value += strspn(value, " ");
		limit = strncmp(value, "unlimited", 9) == 0 ? ULLONG_MAX :
		    strtoull(value, NULL, 10);
	}
	(void)fclose(fp);
	return limit;
}

void
machine_each_process(const char *path, void (*each)(void *arg,
    const struct machine_process *process), void *arg)
{
	struct machine_process process;
	struct dirent *entry;
	DIR *dir;

	if ((dir = opendir(PROC)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !runs(entry->d_name, path, &process.is_replaced) ||
		    !is_in_our_namespace(entry->d_name))
			continue;
		process.pid = (pid_t)strtol(entry->d_name, NULL, 10);
		process.open_files = read_open_files(entry->d_name);
		each(arg, &process);
	}
	(void)closedir(dir);
}

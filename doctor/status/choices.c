/* SPDX-License-Identifier: ISC */

/*
 * What tells milters apart: see choices.h.
 *
 * The unit of systemd is in the path of the control group, of either version.
 * A process that ends meanwhile has no unit, and the number of its user.
 */

#include "status/choices.h"

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#define PATH_SIZE	64
#define CGROUP_SIZE	4096
#define SERVICE		".service"

/* A path has slashes; of several services in it, the last one is meant. */
static void
find_in_path(const char *path, size_t len, char unit[CHOICES_UNIT_SIZE])
{
	const size_t end = sizeof(SERVICE) - 1;
	const char *slash;
	size_t n;

	for (; len > 0; path += n, len -= n) {
		slash = memchr(path, '/', len);
		n = slash != NULL ? (size_t)(slash - path) : len;
		if (n == 0)
			n = 1;
		else if (n > end && n < CHOICES_UNIT_SIZE &&
		    memcmp(path + n - end, SERVICE, end) == 0) {
			memcpy(unit, path, n);
			unit[n] = '\0';
		}
	}
}

void
choices_find_unit(const char *cgroup, char unit[CHOICES_UNIT_SIZE])
{
	const char *path;
	size_t len;

	unit[0] = '\0';
	for (; *cgroup != '\0' && unit[0] == '\0';
	    cgroup += len + (cgroup[len] == '\n')) {
		len = strcspn(cgroup, "\n");
		path = memchr(cgroup, '/', len);
		if (path != NULL)
			find_in_path(path, len - (size_t)(path - cgroup),
			    unit);
	}
}

static void
read_unit(struct choice *choice)
{
	char path[PATH_SIZE], text[CGROUP_SIZE];
	size_t len;
	FILE *fp;

	(void)snprintf(path, sizeof(path), "/proc/%ld/cgroup",
	    (long)choice->pid);
	if ((fp = fopen(path, "re")) == NULL)
		return;
	len = fread(text, 1, sizeof(text) - 1, fp);
	text[len] = '\0';
	(void)fclose(fp);
	choices_find_unit(text, choice->unit);
}

static void
read_user(struct choice *choice)
{
	char path[PATH_SIZE];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%ld", (long)choice->pid);
	if (stat(path, &st) == 0)
		user_name(st.st_uid, choice->user);
}

static void
read_sources(struct choice *choice, const struct meters *meters)
{
	char name[METERS_NAME_SIZE];
	unsigned int slot;

	for (slot = 0; slot < METERS_SLOTS; slot++)
		if (meters_read_source(meters, slot, name) &&
		    choice->nsources++ == 0)
			memcpy(choice->source, name, sizeof(name));
}

void
choices_add(struct choices *choices, pid_t pid, const struct meters *meters,
    int64_t made)
{
	struct choice *choice;

	if (choices->n == CHOICES_MAX) {
		choices->nleft_out++;
		return;
	}
	choice = &choices->list[choices->n++];
	memset(choice, 0, sizeof(*choice));
	choice->pid = pid;
	read_unit(choice);
	read_user(choice);
	if (meters == NULL)
		return;
	choice->made = made;
	read_sources(choice, meters);
}

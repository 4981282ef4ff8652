/* SPDX-License-Identifier: ISC */

/*
 * The highest change number of each domain: writing its files; see seen.h.
 *
 * A file is replaced by write, sync, rename, fsync of the folder: a process
 * that is killed, or a power failure, leaves the old file or the new one, and
 * at most a temporary file, which the next writer replaces.  Few files are
 * synced one by one; many by one syncfs(2), which is one wait for the disk, but
 * also for what other programs have written there.
 */

#include "kept/seen_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEMP_PREFIX	".new."
#define TEMP_SIZE	(sizeof(TEMP_PREFIX) + SEEN_NAME_SIZE)
#define LINE_SIZE	(DKIMSIG_DOMAIN_SIZE + 24)
#define MANY_FILES	8

static void
name_temp(char temp[TEMP_SIZE], const char *name)
{
	(void)snprintf(temp, TEMP_SIZE, TEMP_PREFIX "%s", name);
}

static bool
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n) {
		do
			n = write(fd, text, len);
		while (n == -1 && errno == EINTR);
		if (n == -1)
			return false;
	}
	return true;
}

/* Replace a domain's line, or put it in its place. */
static int
put_line(const struct fleet_seen *seen, struct seen_shard *shard,
    const struct seen_held *held, struct ks_error *error)
{
	char line[LINE_SIZE], *text;
	size_t len, rest;
	int r;

	if ((r = seen_find(seen, shard, held->domain, error)) != 0)
		return r;
	len = (size_t)snprintf(line, sizeof(line), "%s %lld\n", held->domain,
	    (long long)held->change);
	rest = shard->len - shard->end;
	if ((text = malloc(shard->begin + len + rest + 1)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	memcpy(text, shard->text, shard->begin);
	memcpy(text + shard->begin, line, len);
	memcpy(text + shard->begin + len, shard->text + shard->end, rest + 1);
	free(shard->text);
	shard->text = text;
	shard->len = shard->begin + len + rest;
	return 0;
}

static int
write_temp(const struct fleet_seen *seen, const struct seen_shard *shard,
    bool is_synced, struct ks_error *error)
{
	char temp[TEMP_SIZE];
	int fd, r = 0;

	name_temp(temp, shard->name);
	fd = openat(seen->fd, temp, O_WRONLY | O_CREAT | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return seen_fail_errno(seen, temp, error);
	if (!write_all(fd, shard->text, shard->len) ||
	    (is_synced && fsync(fd) == -1))
		r = seen_fail_errno(seen, shard->name, error);
	if (close(fd) == -1 && r == 0)
		r = seen_fail_errno(seen, shard->name, error);
	if (r != 0)
		(void)unlinkat(seen->fd, temp, 0);
	return r;
}

/* Write the new text of the file that the first n belong to. */
static int
write_shard(const struct fleet_seen *seen, const struct seen_held *held,
    size_t n, bool is_synced, struct ks_error *error)
{
	struct seen_shard shard = { .text = NULL };
	size_t i;
	int r;

	memcpy(shard.name, held->name, sizeof(shard.name));
	r = seen_read_file(seen, &shard, error);
	for (i = 0; i < n && r == 0; i++)
		r = put_line(seen, &shard, &held[i], error);
	if (r == 0)
		r = write_temp(seen, &shard, is_synced, error);
	free(shard.text);
	return r;
}

static int
compare_files(const void *a, const void *b)
{
	return strcmp(((const struct seen_held *)a)->name,
	    ((const struct seen_held *)b)->name);
}

/* How many belong to the same file as the first one. */
static size_t
count_same(const struct seen_held *held, size_t n)
{
	size_t i = 1;

	while (i < n && strcmp(held[i].name, held[0].name) == 0)
		i++;
	return i;
}

static int
write_temps(const struct fleet_seen *seen, struct ks_error *error)
{
	const bool is_many = seen->nheld > MANY_FILES;
	size_t i, n;
	int r = 0;

	for (i = 0; i < seen->nheld && r == 0; i += n) {
		n = count_same(seen->held + i, seen->nheld - i);
		r = write_shard(seen, seen->held + i, n, !is_many, error);
	}
	if (r == 0 && is_many && syncfs(seen->fd) == -1)
		r = seen_fail_errno(seen, "", error);
	return r;
}

static int
rename_temps(const struct fleet_seen *seen, struct ks_error *error)
{
	char temp[TEMP_SIZE];
	const char *name;
	size_t i;

	for (i = 0; i < seen->nheld; i += count_same(seen->held + i,
	    seen->nheld - i)) {
		name = seen->held[i].name;
		name_temp(temp, name);
		if (renameat(seen->fd, temp, seen->fd, name) == -1)
			return seen_fail_errno(seen, name, error);
	}
	return fsync(seen->fd) == 0 ? 0 : seen_fail_errno(seen, "", error);
}

int
fleet_seen_flush(struct fleet_seen *seen, struct ks_error *error)
{
	int r = 0;

	seen->is_holding = false;
	if (seen->nheld == 0)
		return 0;
	seen->digest[0] = '\0';
	qsort(seen->held, seen->nheld, sizeof(*seen->held), compare_files);
	if ((r = write_temps(seen, error)) == 0)
		r = rename_temps(seen, error);
	/* What failed is noted when its domain is taken again. */
	free(seen->held);
	seen->held = NULL;
	seen->nheld = 0;
	return r;
}

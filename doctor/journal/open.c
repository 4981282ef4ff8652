/* SPDX-License-Identifier: ISC */

/*
 * Opening the places where decisions are logged: see logs.h.
 *
 * Log files belong to root or to syslog, so they are opened with the rights of
 * the caller; what is in them is read later, without.  Only regular files are
 * opened, and the last component of a path must not be a symbolic link unless a
 * person gave it.  Rotated files are found by their names: FILE.1, FILE.2.gz,
 * FILE-20261123, FILE-20261123.zst.
 */

#include "journal/logs.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/privileges.h"

/* Programs that decompress standard input, by the end of the file's name. */
static const char *const gzip[] = { "/usr/bin/gzip", "-dc", NULL };
static const char *const bzip2[] = { "/usr/bin/bzip2", "-dc", NULL };
static const char *const xz[] = { "/usr/bin/xz", "-dc", NULL };
static const char *const zstd[] = { "/usr/bin/zstd", "-dcq", NULL };

static const struct {
	const char	*suffix;
	const char	*const *argv;
} unpackers[] = {
	{ ".gz",	gzip },
	{ ".bz2",	bzip2 },
	{ ".xz",	xz },
	{ ".zst",	zstd },
};

/* Files to which syslog daemons write the facility mail: the first one that
 * exists is read, because the others would repeat it. */
static const char *const syslog_files[] = {
	"mail.log",		/* Debian */
	"maillog",		/* Red Hat, BSD */
	"mail",			/* SUSE */
	"messages",
	"syslog",
};

static const char *const journalctl_paths[] = {
	"/usr/bin/journalctl", "/bin/journalctl",
};

static const char *const kind_names[LOGS_NKINDS] = {
	[LOGS_AUDIT]		= "audit_file",
	[LOGS_SYSTEMD]	= "systemd's journal",
	[LOGS_SYSLOG]	= "log file",
	[LOGS_GIVEN]		= "given file",
};

const char *
logs_kind_name(enum logs_kind kind)
{
	return kind_names[kind];
}

const char *
logs_state_name(enum logs_state state)
{
	static const char *const names[] = {
		[LOGS_READABLE]	= "read",
		[LOGS_MISSING]	= "missing",
		[LOGS_FAILED]	= "failed",
	};

	return names[state];
}

static struct logs_place *
add_place(struct logs *l, enum logs_kind kind, const char *name)
{
	struct logs_place *places, *place;

	places = recallocarray(l->places, l->nplaces, l->nplaces + 1,
	    sizeof(*places));
	if (places == NULL)
		return NULL;
	l->places = places;
	place = &places[l->nplaces];
	place->kind = kind;
	place->fd = -1;
	if ((place->name = strdup(name)) == NULL)
		return NULL;
	l->nplaces++;
	return place;
}

static void
fail(struct logs_place *place, enum logs_state state, const char *why)
{
	place->state = state;
	(void)snprintf(place->error, sizeof(place->error), "%s%s", why,
	    errno == EACCES && !privileges_are_root() ?
	    ": run this command as root" : "");
}

static const char *const *
unpacker_of(const char *name)
{
	size_t len = strlen(name), n, i;

	for (i = 0; i < sizeof(unpackers) / sizeof(unpackers[0]); i++) {
		n = strlen(unpackers[i].suffix);
		if (len > n && strcmp(name + len - n,
		    unpackers[i].suffix) == 0)
			return unpackers[i].argv;
	}
	return NULL;
}

static void
open_file(struct logs_place *place)
{
	struct stat st;

	place->unpack = unpacker_of(place->name);
	place->fd = open(place->name, O_RDONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC | (place->kind == LOGS_GIVEN ? 0 : O_NOFOLLOW));
	if (place->fd == -1) {
		fail(place, errno == ENOENT ? LOGS_MISSING :
		    LOGS_FAILED, strerror(errno));
		return;
	}
	if (fstat(place->fd, &st) == -1)
		fail(place, LOGS_FAILED, strerror(errno));
	else if (!S_ISREG(st.st_mode)) {
		errno = 0;
		fail(place, LOGS_FAILED, "not a regular file");
	} else {
		place->changed = (int64_t)st.st_mtime;
		return;
	}
	(void)close(place->fd);
	place->fd = -1;
}

/* Whether it is the name that logrotate gives to a file of that path. */
static bool
is_rotated(const char *name, size_t pathlen)
{
	const char *suffix = name + pathlen + 1;
	size_t digits = strspn(suffix, "0123456789"), i;

	if (digits == 0)
		return false;
	/* With dateformat, "-2026-11-23" or "-20261123-1795432". */
	if (name[pathlen] == '-')
		digits = strspn(suffix, "0123456789-");
	suffix += digits;
	if (*suffix == '\0')
		return true;
	for (i = 0; i < sizeof(unpackers) / sizeof(unpackers[0]); i++)
		if (strcmp(suffix, unpackers[i].suffix) == 0)
			return true;
	return false;
}

static int
by_time(const void *a, const void *b)
{
	const struct logs_place *x = a, *y = b;

	if (x->changed != y->changed)
		return x->changed < y->changed ? -1 : 1;
	/* "log.2" was written before "log.1", and both before "log". */
	return strcmp(y->name, x->name);
}

/* Drop what was last written before the time that is asked for, and what is
 * over the limit: the oldest. */
static void
limit_places(struct logs *l, size_t first)
{
	struct logs_place *place;
	size_t n = l->nplaces - first, i, kept = first;

	for (i = first; i < l->nplaces; i++) {
		place = &l->places[i];
		if ((place->fd == -1 || place->changed >= l->options.since) &&
		    n - (i - first) <= LOGS_MAX_FILES) {
			l->places[kept++] = *place;
			continue;
		}
		if (place->changed >= l->options.since)
			l->nleft_out++;
		if (place->fd != -1)
			(void)close(place->fd);
		free(place->name);
	}
	l->nplaces = kept;
}

/* A pattern of glob(3): the names that go on with "." or "-" after path. */
static char *
after_path(const char *path)
{
	char *pattern, *p;

	pattern = malloc(2 * strlen(path) + sizeof("[.-]*"));
	if (pattern == NULL)
		return NULL;
	for (p = pattern; *path != '\0'; path++) {
		if (strchr("*?[\\", *path) != NULL)
			*p++ = '\\';
		*p++ = *path;
	}
	memcpy(p, "[.-]*", sizeof("[.-]*"));
	return pattern;
}

/* Add a file and its rotated ones; false when out of memory. */
static bool
add_files(struct logs *l, enum logs_kind kind, const char *path)
{
	const size_t first = l->nplaces;
	char *pattern;
	glob_t found;
	size_t i;
	bool is_good = true;

	if ((pattern = after_path(path)) == NULL)
		return false;
	if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		found.gl_pathc = 0;
	for (i = 0; is_good && i < found.gl_pathc; i++)
		if (is_rotated(found.gl_pathv[i], strlen(path)))
			is_good = add_place(l, kind, found.gl_pathv[i]) !=
			    NULL;
	if (found.gl_pathc > 0)
		globfree(&found);
	free(pattern);
	if (!is_good || add_place(l, kind, path) == NULL)
		return false;
	for (i = first; i < l->nplaces; i++)
		open_file(&l->places[i]);
	qsort(&l->places[first], l->nplaces - first, sizeof(*l->places),
	    by_time);
	limit_places(l, first);
	return true;
}

static bool
add_syslog(struct logs *l)
{
	const char *folder = l->options.log_folder;
	const size_t n = sizeof(syslog_files) / sizeof(syslog_files[0]);
	struct stat st;
	char *path;
	size_t i;
	bool is_good;

	for (i = 0; i < n; i++) {
		if (asprintf(&path, "%s/%s", folder, syslog_files[i]) == -1)
			return false;
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
			break;
		free(path);
	}
	/* Name the first one if none exists. */
	if (i == n && asprintf(&path, "%s/%s", folder, syslog_files[0]) == -1)
		return false;
	is_good = add_files(l, LOGS_SYSLOG, path);
	free(path);
	return is_good;
}

static bool
add_journalctl(struct logs *l)
{
	const char *path = l->options.journalctl;
	struct logs_place *place;
	size_t i;

	for (i = 0; path == NULL && i < sizeof(journalctl_paths) /
	    sizeof(journalctl_paths[0]); i++)
		if (access(journalctl_paths[i], X_OK) == 0)
			path = journalctl_paths[i];
	if (path == NULL || path[0] == '\0') {
		if ((place = add_place(l, LOGS_SYSTEMD, "journalctl")) ==
		    NULL)
			return false;
		place->state = LOGS_MISSING;
		return true;
	}
	if ((place = add_place(l, LOGS_SYSTEMD, path)) == NULL)
		return false;
	/* It does not say what it must not show. */
	if (!privileges_are_root())
		(void)strlcpy(place->error, "without root, it may not show "
		    "all entries", sizeof(place->error));
	return true;
}

static bool
add_given(struct logs *l)
{
	struct logs_place *place;
	size_t i;

	for (i = 0; i < l->options.ngiven; i++) {
		place = add_place(l, LOGS_GIVEN, l->options.given[i]);
		if (place == NULL)
			return false;
		open_file(place);
	}
	return true;
}

struct logs *
logs_open(const struct logs_options *options)
{
	struct logs *l;
	bool is_good;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->options = *options;
	if (l->options.log_folder == NULL)
		l->options.log_folder = LOGS_LOG_FOLDER;
	if (options->ngiven > 0)
		is_good = add_given(l);
	else
		is_good = (options->audit_file == NULL ||
		    add_files(l, LOGS_AUDIT, options->audit_file)) &&
		    add_journalctl(l) && add_syslog(l);
	if (is_good)
		return l;
	logs_close(l);
	return NULL;
}

int
logs_drop(const struct logs *l)
{
	const struct group *group = getgrnam("systemd-journal");

	return privileges_drop_but_group(l->options.user, group != NULL ?
	    group->gr_gid : (gid_t)-1);
}

void
logs_close(struct logs *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < l->nplaces; i++) {
		if (l->places[i].fd != -1)
			(void)close(l->places[i].fd);
		free(l->places[i].name);
	}
	free(l->places);
	free(l);
}

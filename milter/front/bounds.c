/* SPDX-License-Identifier: ISC */

/*
 * The bounds of the front: see bounds.h.
 *
 * Folders are allowed, not files, because a rename replaces a file.  The kernel
 * knows a folder by its inode, not by its name, and so do we: a folder that was
 * removed and made again is another one.  A path is in bounds if one of the
 * folders above what it leads to is.
 *
 * Whether a file may be opened is also a matter of its mode.  What cannot even
 * be found is in bounds: whoever opens it says why it cannot be.
 *
 * Not thread safe; for the start, and then for the thread that reloads.
 */

#include "front/bounds.h"

#include <sys/stat.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define DNS_PORT	53
#define READS		CELL_READ
#define APPENDS		(CELL_WRITE | CELL_MAKE)
#define KEEPS		(CELL_READ | CELL_WRITE | CELL_TRUNCATE | CELL_MAKE)

struct folder {
	char		*path;
	unsigned int	 rights;
	dev_t		 dev;
	ino_t		 ino;
};

static struct {
	struct folder	*folders;
	size_t		 nfolders;
	uint16_t	*ports;		/* a port of 0 ends them */
	size_t		 nports;
	struct cell_path *paths;	/* from bounds_close() on */
	unsigned int	 refused;	/* line; 0: none */
	bool		 has_failed;	/* out of memory while collecting */
} bounds;

/* -- Folders ------------------------------------------------------------- */

static bool
is_folder(const struct folder *folder, const struct stat *st)
{
	return folder->dev == st->st_dev && folder->ino == st->st_ino;
}

static struct folder *
find_folder(const struct stat *st)
{
	size_t i;

	for (i = 0; i < bounds.nfolders; i++)
		if (is_folder(&bounds.folders[i], st))
			return &bounds.folders[i];
	return NULL;
}

/* Cut the last part of an absolute path off. */
static void
cut(char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path ? 1 : 0] = '\0';
}

/* The real folder of a file, as it is named; false if there is none. */
static bool
find_parent(const char *file, char folder[PATH_MAX])
{
	char path[PATH_MAX];

	if (strlcpy(path, file, sizeof(path)) >= sizeof(path) ||
	    path[0] != '/')
		return false;
	cut(path);
	return realpath(path, folder) != NULL;
}

/* The real folder of what a file is a link to, in the end. */
static bool
find_target(const char *file, char folder[PATH_MAX])
{
	if (realpath(file, folder) == NULL)
		return false;
	cut(folder);
	return true;
}

/* The real folder of what a link names, although that does not exist yet. */
static bool
find_future_target(const char *file, char folder[PATH_MAX])
{
	char name[PATH_MAX], path[PATH_MAX];
	ssize_t len;

	if ((len = readlink(file, name, sizeof(name) - 1)) <= 0)
		return false;
	name[len] = '\0';
	if (name[0] == '/')
		return find_parent(name, folder);
	if (strlcpy(path, file, sizeof(path)) >= sizeof(path))
		return false;
	cut(path);
	return strlcat(path, "/", sizeof(path)) < sizeof(path) &&
	    strlcat(path, name, sizeof(path)) < sizeof(path) &&
	    find_parent(path, folder);
}

int
bounds_add_folder(const char *path, unsigned int rights)
{
	struct folder *folders, *folder;
	char real[PATH_MAX];
	struct stat st;

	if (realpath(path, real) == NULL || stat(real, &st) == -1 ||
	    !S_ISDIR(st.st_mode))
		return 0;
	if ((folder = find_folder(&st)) != NULL) {
		folder->rights |= rights;
		return 0;
	}
	folders = recallocarray(bounds.folders, bounds.nfolders,
	    bounds.nfolders + 1, sizeof(*folders));
	if (folders == NULL)
		return -1;
	bounds.folders = folders;
	folder = &folders[bounds.nfolders];
	if ((folder->path = strdup(real)) == NULL)
		return -1;
	folder->rights = rights;
	folder->dev = st.st_dev;
	folder->ino = st.st_ino;
	bounds.nfolders++;
	return 0;
}

int
bounds_add_folder_of(const char *file, unsigned int rights)
{
	char folder[PATH_MAX];

	if (find_parent(file, folder) &&
	    bounds_add_folder(folder, rights) != 0)
		return -1;
	if ((find_target(file, folder) || find_future_target(file, folder)) &&
	    bounds_add_folder(folder, rights) != 0)
		return -1;
	return 0;
}

/* Whether a real folder, or one above it, has these rights. */
static bool
is_inside(char folder[PATH_MAX], unsigned int rights)
{
	const struct folder *found;
	struct stat st;

	for (;;) {
		if (stat(folder, &st) == 0 &&
		    (found = find_folder(&st)) != NULL &&
		    (found->rights & rights) == rights)
			return true;
		if (strcmp(folder, "/") == 0)
			return false;
		cut(folder);
	}
}

/* -- Ports --------------------------------------------------------------- */

static bool
has_port(unsigned long port)
{
	size_t i;

	for (i = 0; i < bounds.nports; i++)
		if (bounds.ports[i] == port)
			return true;
	return false;
}

int
bounds_add_port(unsigned long port)
{
	uint16_t *ports;

	if (has_port(port))
		return 0;
	ports = recallocarray(bounds.ports, bounds.nports + 1,
	    bounds.nports + 2, sizeof(*ports));
	if (ports == NULL)
		return -1;
	ports[bounds.nports++] = (uint16_t)port;
	bounds.ports = ports;
	return 0;
}

/* Of ADDRESS[@PORT]; 0 if it is none, which is a fault of its own. */
static unsigned long
port_of(const char *server)
{
	const char *at = strchr(server, '@'), *error;

	return at == NULL ? DNS_PORT :
	    (unsigned long)strtonum(at + 1, 1, UINT16_MAX, &error);
}

/* -- Values of the configuration ----------------------------------------- */

static int
collect(enum config_use use, const char *value)
{
	unsigned long port;

	switch (use) {
	case CONFIG_READS:
		return bounds_add_folder_of(value, READS);
	case CONFIG_SEARCHES:
		return bounds_add_folder(value, READS);
	case CONFIG_APPENDS:
		return bounds_add_folder_of(value, APPENDS);
	case CONFIG_KEEPS:
		return bounds_add_folder(value, KEEPS);
	case CONFIG_ASKS:
		port = port_of(value);
		return port == 0 ? 0 : bounds_add_port(port);
	}
	return 0;
}

static bool
is_in_bounds(enum config_use use, const char *value)
{
	char folder[PATH_MAX];
	unsigned long port;

	switch (use) {
	case CONFIG_READS:
		return (!find_target(value, folder) &&
		    !find_parent(value, folder)) || is_inside(folder, READS);
	case CONFIG_SEARCHES:
		return realpath(value, folder) == NULL ||
		    is_inside(folder, READS);
	case CONFIG_APPENDS:
		return !find_parent(value, folder) ||
		    is_inside(folder, APPENDS);
	case CONFIG_KEEPS:
		return realpath(value, folder) == NULL ||
		    is_inside(folder, KEEPS);
	case CONFIG_ASKS:
		port = port_of(value);
		return port == 0 || has_port(port);
	}
	return true;
}

static bool
allow(void *unused, enum config_use use, const char *value, unsigned int line)
{
	(void)unused;
	if (bounds.paths == NULL) {
		if (collect(use, value) != 0)
			bounds.has_failed = true;
		return true;
	}
	if (is_in_bounds(use, value))
		return true;
	if (bounds.refused == 0)
		bounds.refused = line;
	return false;
}

const struct config_bounds *
bounds_of_config(void)
{
	static const struct config_bounds ours = { .allow = allow };

	return &ours;
}

const struct cell_path *
bounds_close(const uint16_t **ports)
{
	size_t i;

	*ports = bounds.ports;
	if (bounds.has_failed || (bounds.paths = calloc(bounds.nfolders + 1,
	    sizeof(*bounds.paths))) == NULL)
		return NULL;
	for (i = 0; i < bounds.nfolders; i++) {
		bounds.paths[i].path = bounds.folders[i].path;
		/* The user may not even see what root could. */
		bounds.paths[i].rights = bounds.folders[i].rights |
		    CELL_OPTIONAL;
	}
	return bounds.paths;
}

unsigned int
bounds_refused(void)
{
	unsigned int line = bounds.refused;

	bounds.refused = 0;
	return line;
}

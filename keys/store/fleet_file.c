/* SPDX-License-Identifier: ISC */

/*
 * Files that a fleet keeps in the key store: see fleet_file.h.
 *
 * The store knows where they are, and that they are whole, owned and closed to
 * others as all its files; it does not read them.
 */

#include "store/fleet_file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/private.h"

#define ROWS_FILE	"fleet"

int
ks_fleet_read_rows(struct keystore *ks, const char *domain, char **text,
    size_t *len, struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = domain, .name = ROWS_FILE, .dirfd = -1
	};

	*text = NULL;
	*len = 0;
	return store_read_file(&place, KS_LOOSE_FILE, KS_MAX_FLEET_ROWS, text,
	    len, error);
}

int
ks_fleet_write_rows(struct ks_lock *lock, const char *text, size_t len,
    struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .name = ROWS_FILE,
		.dirfd = lock->dirfd
	};

	return place_replace(&place, KS_MODE_FILE, text, len, error);
}

void
ks_fleet_free(char *text, size_t len)
{
	place_free_text(text, len);
}

static int
open_folder(struct keystore *ks, bool create, int *fd,
    struct ks_error *error)
{
	struct place place = {
		.ks = ks, .name = KS_FLEET_FOLDER, .dirfd = ks->fd
	};
	bool is_new = false;
	int r = 0;

	if (create) {
		is_new = mkdirat(ks->fd, KS_FLEET_FOLDER, 0700) == 0;
		if (!is_new && errno != EEXIST)
			return place_fail_errno(&place, error,
			    "cannot create directory");
	}
	*fd = openat(ks->fd, KS_FLEET_FOLDER,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1 && errno == ENOENT)
		return place_fail(&place, error, KS_E_NOKEY,
		    "this host is in no fleet");
	if (*fd == -1)
		return place_fail_errno(&place, error, "cannot open");
	/* A killed writer may have made it, and not set its owner. */
	if (create && (store_set_owner(ks, *fd, 0700) == -1 ||
	    (is_new && fsync(ks->fd) == -1)))
		r = place_fail_errno(&place, error,
		    "cannot create directory");
	if (r == 0)
		r = place_check(&place, *fd, KS_LOOSE_DIR, error);
	if (r != 0)
		(void)close(*fd);
	return r;
}

/* Whether it is a plain name in the folder. */
static bool
is_name(const char *name)
{
	return *name != '\0' && *name != '.' && strchr(name, '/') == NULL &&
	    strlen(name) < 64;
}

int
ks_fleet_read(struct keystore *ks, const char *name, char **text,
    size_t *len, struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name
	};
	int r;

	*text = NULL;
	*len = 0;
	if (!is_name(name))
		return place_fail(&place, error, KS_E_ARG, "not a file name");
	if ((r = open_folder(ks, false, &place.dirfd, error)) != 0)
		return r;
	r = place_read(&place, KS_LOOSE_FILE, KS_MAX_FLEET_FILE, text, len,
	    error);
	(void)close(place.dirfd);
	return r;
}

int
ks_fleet_write(struct keystore *ks, const char *name, bool is_secret,
    const char *text, size_t len, struct ks_error *error)
{
	struct place place = {
		.ks = ks, .domain = KS_FLEET_FOLDER, .name = name
	};
	int r;

	if (!is_name(name))
		return place_fail(&place, error, KS_E_ARG, "not a file name");
	if ((r = store_check_writer(ks, error)) != 0 ||
	    (r = open_folder(ks, true, &place.dirfd, error)) != 0)
		return r;
	if (!is_secret)
		r = place_replace(&place, KS_MODE_FILE, text, len, error);
	else if ((r = place_write_temp(&place, KS_MODE_KEY, text, len,
	    error)) == 0 && (r = place_link_temp(&place, error)) == 0)
		r = place_sync(&place, error);
	(void)close(place.dirfd);
	return r;
}

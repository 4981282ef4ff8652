/* SPDX-License-Identifier: ISC */

/*
 * Many new domains at once: see stage.h.
 *
 * Folders are moved under the lock of the key directory, under which others
 * make folders, and under which it is decided that keys are sealed: so no
 * folder is replaced, and no key gets past "seal" unsealed.
 */

#include "store/stage.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/fleet_file.h"
#include "store/private.h"
#include "store/sealer.h"

#define STAGE	"incoming"

/* Call each for all entries of an open directory but "." and "..". */
static int
each_entry(int dirfd, int (*each)(int dirfd, const char *name, void *arg),
    void *arg)
{
	const struct dirent *entry;
	DIR *dir;
	int fd, r = 0;

	/* A separate descriptor, because readdir(3) moves its offset. */
	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = each(dirfd, entry->d_name, arg);
	if (r == 0 && errno != 0)
		r = -1;
	(void)closedir(dir);
	return r;
}

static int
remove_file(int dirfd, const char *name, void *arg)
{
	(void)arg;
	return unlinkat(dirfd, name, 0);
}

/* Remove the folder of a domain, which has only files. */
static int
remove_folder(int dirfd, const char *name, void *arg)
{
	int fd, r;

	fd = openat(dirfd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return unlinkat(dirfd, name, 0);
	r = each_entry(fd, remove_file, arg);
	(void)close(fd);
	return r == 0 ? unlinkat(dirfd, name, AT_REMOVEDIR) : r;
}

/* Whether new keys are sealed. */
static int
read_sealing(struct keystore *ks, bool *is_on, struct ks_error *error)
{
	*is_on = false;
	return ks->sealer == NULL ? 0 :
	    ks->sealer->is_on(ks->sealer, is_on, error);
}

static int
open_stage(struct keystore *ks, struct keystore *stage,
    struct ks_error *error)
{
	struct place place = { .ks = stage, .dirfd = -1 };
	int fd, r;

	if ((r = ks_fleet_open(ks, &fd, error)) != 0)
		return r;
	if (mkdirat(fd, STAGE, 0700) == -1 && errno != EEXIST)
		r = place_fail_errno(&place, error, "cannot create directory");
	else if ((stage->fd = openat(fd, STAGE,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		r = place_fail_errno(&place, error, "cannot open");
	else if (store_set_owner(ks, stage->fd, 0700) == -1 ||
	    each_entry(stage->fd, remove_folder, NULL) != 0)
		r = place_fail_errno(&place, error, "cannot empty");
	(void)close(fd);
	return r != 0 ? r : read_sealing(ks, &stage->stage_seals, error);
}

int
ks_stage_open(struct keystore *ks, struct keystore **stage,
    struct ks_error *error)
{
	char path[PATH_MAX];
	struct keystore *new;
	int r;

	*stage = NULL;
	(void)snprintf(path, sizeof(path), "%s/" KS_FLEET_FOLDER "/" STAGE,
	    ks->path);
	if ((r = ks_open_none(&new, path, error)) != 0)
		return r;
	new->owner = ks->owner;
	new->group = ks->group;
	new->mode = ks->mode;
	new->has_signers = ks->has_signers;
	new->signers = ks->signers;
	new->may_look_up = ks->may_look_up;
	new->sealer = ks->sealer;
	new->is_stage = true;
	memcpy(new->owner_name, ks->owner_name, sizeof(new->owner_name));
	memcpy(new->signers_name, ks->signers_name,
	    sizeof(new->signers_name));
	memcpy(new->actor, ks->actor, sizeof(new->actor));
	if ((r = open_stage(ks, new, error)) == 0)
		*stage = new;
	else
		ks_close(new);
	return r;
}

bool
ks_stage_takes(const struct keystore *ks, const char *domain)
{
	struct stat st;

	return fstatat(ks->fd, domain, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
}

/* Returns 1 if the folder exists, -1 with errno. */
static int
move_folder(int dirfd, const char *name, void *arg)
{
	const struct keystore *ks = arg;

	if (!ks_stage_takes(ks, name))
		return 1;
	return renameat(dirfd, name, ks->fd, name);
}

/* The caller holds the lock of the key directory. */
static int
move_all(struct keystore *ks, struct keystore *stage, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	bool is_on;
	int moved, r;

	if ((r = read_sealing(ks, &is_on, error)) != 0)
		return r;
	if (is_on != stage->stage_seals)
		return place_fail(&place, error, KS_E_LOCKED, "the sealing of "
		    "keys was switched meanwhile: try again");
	moved = each_entry(stage->fd, move_folder, ks);
	ks->has_changed = true;
	if (moved == -1 || fsync(ks->fd) == -1)
		return place_fail_errno(&place, error, "cannot take domains "
		    "from %s", stage->path);
	return moved == 0 ? 0 : place_fail(&place, error, KS_E_LOCKED,
	    "a domain was created meanwhile: try again");
}

int
ks_stage_commit(struct keystore *ks, struct keystore *stage,
    unsigned int wait_s, struct ks_error *error)
{
	struct place place = { .ks = stage, .dirfd = -1 };
	int fd, r;

	/* It reports what could not be written since the stage was opened. */
	if (syncfs(stage->fd) == -1)
		return place_fail_errno(&place, error, "cannot sync");
	if ((r = store_wait_keydir(ks, wait_s, &fd, error)) != 0)
		return r;
	r = move_all(ks, stage, error);
	(void)close(fd);
	return r;
}

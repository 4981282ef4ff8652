/* SPDX-License-Identifier: ISC */

/*
 * Who must own the files of a key store, and the errors about wrong owners.
 *
 * Everything belongs to the user that the signers run as.  If root restores a
 * store or a part of it from a backup, that belongs to root.  Then the store
 * is wrong, not the user of the signers, so no message suggests giving a file
 * to root unless the signers run as root.
 */

#include "store/private.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Look up the user that should own the store. */
void
store_owner_init(struct keystore *ks, const char *keys_user)
{
	uid_t uid;

	ks->has_signers = keys_user != NULL && user_find(keys_user, &uid);
	if (!ks->has_signers)
		return;
	ks->signers = uid;
	(void)strlcpy(ks->signers_name, keys_user, sizeof(ks->signers_name));
}

/* Prefer names that are known: not every process may look up users. */
static void
name_of(const struct keystore *ks, uid_t uid, char name[USER_NAME_SIZE])
{
	if (uid == 0)
		(void)strlcpy(name, "root", USER_NAME_SIZE);
	else if (ks->has_signers && uid == ks->signers)
		(void)strlcpy(name, ks->signers_name, USER_NAME_SIZE);
	else if (uid == ks->owner && ks->owner_name[0] != '\0')
		(void)strlcpy(name, ks->owner_name, USER_NAME_SIZE);
	else if (ks->may_look_up)
		user_name(uid, name);
	else
		(void)snprintf(name, USER_NAME_SIZE, "%u", (unsigned int)uid);
}

/* Whether the store must belong to the user that the signers run as. */
static bool
is_for_signers(const struct keystore *ks)
{
	return ks->has_signers && (geteuid() == 0 || geteuid() == ks->signers);
}

int
store_unreadable(const struct place *place, int dirfd, const char *name,
    struct ks_error *error)
{
	char owner[USER_NAME_SIZE], self[USER_NAME_SIZE];
	const struct keystore *ks = place->ks;
	char path[sizeof(error->text)];
	const char *want;
	struct stat st;

	name_of(ks, geteuid(), self);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return place_fail(place, error, KS_E_UNSAFE, "cannot open, as "
		    "user %s: Permission denied: a parent directory cannot be "
		    "searched", self);
	name_of(ks, st.st_uid, owner);
	place_path(place, path, sizeof(path));
	if (ks->is_mounted)
		return place_fail(place, error, KS_E_UNSAFE, "cannot open, as "
		    "user %s: Permission denied: mode %04o, owner %s, group "
		    "%u: use the mode 0440 and a group of the signers "
		    "(defaultMode, fsGroup)", self,
		    (unsigned int)st.st_mode & 07777, owner,
		    (unsigned int)st.st_gid);
	want = is_for_signers(ks) ? ks->signers_name :
	    ks->owner == geteuid() ? self : NULL;
	if (want != NULL && strcmp(owner, want) != 0)
		return place_fail(place, error, KS_E_UNSAFE, "cannot open, as "
		    "user %s: Permission denied: mode %04o, owner %s, want "
		    "owner %s: chown -R %s %s", self,
		    (unsigned int)st.st_mode & 07777, owner, want, want,
		    path);
	return place_fail(place, error, KS_E_UNSAFE, "cannot open, as user "
	    "%s: Permission denied: mode %04o, owner %s: run it as root or as "
	    "the owner", self, (unsigned int)st.st_mode & 07777, owner);
}

int
store_check_keydir(struct keystore *ks, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	char self[USER_NAME_SIZE];
	struct stat st;

	if (fstat(ks->fd, &st) == -1)
		return place_fail_errno(&place, error, "cannot examine");
	user_name(st.st_uid, ks->owner_name);
	ks->owner = st.st_uid;
	ks->group = st.st_gid;
	ks->mode = st.st_mode & 0777;
	if (is_for_signers(ks) && st.st_uid != ks->signers)
		return place_fail(&place, error, KS_E_UNSAFE,
		    "mode %04o, owner %s, but the signers run as %s: "
		    "chown -R %s %s", (unsigned int)st.st_mode & 07777,
		    ks->owner_name, ks->signers_name, ks->signers_name,
		    ks->path);
	if (geteuid() != 0 && st.st_uid != 0 && st.st_uid != geteuid()) {
		user_name(geteuid(), self);
		return place_fail(&place, error, KS_E_UNSAFE,
		    "owner %s, but this process runs as %s: run it as the "
		    "owner or as root", ks->owner_name, self);
	}
	if ((st.st_mode & KS_LOOSE_DIR) != 0)
		return place_fail(&place, error, KS_E_UNSAFE,
		    "mode %04o, owner %s, want mode 0700: chmod 0700 %s",
		    (unsigned int)st.st_mode & 07777, ks->owner_name,
		    ks->path);
	return 0;
}

/* The mode that the error of place_check() tells the operator to set. */
static unsigned int
wanted_mode(unsigned int loose)
{
	switch (loose) {
	case KS_LOOSE_DIR:
		return 0700;
	case KS_LOOSE_KEY:
		return KS_MODE_KEY;
	default:
		return KS_MODE_FILE;
	}
}

/* The error for a file whose owner is not that of the key directory. */
static int
fail_owner(const struct place *place, const struct stat *st,
    struct ks_error *error)
{
	const struct keystore *ks = place->ks;
	const char *recursive = S_ISDIR(st->st_mode) ? "-R " : "";
	char owner[USER_NAME_SIZE], want[USER_NAME_SIZE];
	char path[sizeof(error->text)];

	name_of(ks, st->st_uid, owner);
	name_of(ks, ks->owner, want);
	place_path(place, path, sizeof(path));
	if (ks->owner != 0 || (ks->has_signers && ks->signers == 0))
		return place_fail(place, error, KS_E_UNSAFE,
		    "mode %04o, owner %s, want owner %s: chown %s%s %s",
		    (unsigned int)st->st_mode & 07777, owner, want,
		    recursive, want, path);
	return place_fail(place, error, KS_E_UNSAFE,
	    "mode %04o, owner %s, but the key directory belongs to root: "
	    "everything must belong to the user that the signers run as "
	    "(keys_user): if that is %s: chown -R %s %s",
	    (unsigned int)st->st_mode & 07777, owner, owner, owner, ks->path);
}

int
place_check(const struct place *place, int fd, unsigned int loose,
    struct ks_error *error)
{
	char owner[USER_NAME_SIZE], path[sizeof(error->text)];
	struct stat st;

	if (place->ks->is_mounted)
		return store_check_mounted_file(place, fd, error);
	if (fstat(fd, &st) == -1)
		return place_fail_errno(place, error, "cannot examine");
	if (!(loose == KS_LOOSE_DIR ? S_ISDIR(st.st_mode) :
	    S_ISREG(st.st_mode)))
		return place_fail(place, error, KS_E_UNSAFE,
		    "not a regular file: remove it");
	if (st.st_uid != place->ks->owner)
		return fail_owner(place, &st, error);
	if ((st.st_mode & loose) == 0)
		return 0;
	name_of(place->ks, st.st_uid, owner);
	place_path(place, path, sizeof(path));
	return place_fail(place, error, KS_E_UNSAFE,
	    "mode %04o, owner %s, want mode %04o: chmod %04o %s",
	    (unsigned int)st.st_mode & 07777, owner, wanted_mode(loose),
	    wanted_mode(loose), path);
}

int
store_check_writer(struct keystore *ks, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	char owner[USER_NAME_SIZE], self[USER_NAME_SIZE];

	if (ks->is_mounted)
		return place_fail(&place, error, KS_E_UNSAFE,
		    "mounted here (keydir_mounted), so keys cannot be "
		    "changed: do it where the volume comes from");
	if (geteuid() == 0 || geteuid() == ks->owner)
		return store_check_local(ks, error);
	name_of(ks, ks->owner, owner);
	name_of(ks, geteuid(), self);
	return place_fail(&place, error, KS_E_UNSAFE,
	    "owner %s, but this process runs as %s: run it as the owner or as "
	    "root", owner, self);
}

bool
ks_owner(const struct keystore *ks, uid_t *uid, gid_t *gid)
{
	if (ks->fd == -1 || ks->is_mounted)
		return false;
	*uid = ks->owner;
	*gid = ks->group;
	return true;
}

void
ks_keep_actor(struct keystore *ks)
{
	user_name(getuid(), ks->actor);
}

void
ks_allow_lookups(struct keystore *ks)
{
	ks->may_look_up = true;
}

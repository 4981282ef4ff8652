/* SPDX-License-Identifier: ISC */

/*
 * The files of last_use.h: made and removed.
 *
 * A file is made under the temporary name of the folder, gets its owner and
 * its time, and then its name by link(2): so a killed writer leaves no file
 * with the owner root, or with a time at which nothing was signed.  In the
 * state directory of a mounted store, where several signers may do this at
 * once without a lock, the name is taken at once; nothing is decided by the
 * times there.
 */

#include "store/last_use.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/private.h"

static bool
has_file(const struct place *place, const char *name)
{
	struct stat st;

	return fstatat(place->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
}

static int
set_modified(const struct place *place, const char *name, int64_t when,
    struct ks_error *error)
{
	struct timespec times[2];

	memset(times, 0, sizeof(times));
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = (time_t)when;
	if (utimensat(place->dirfd, name, times, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return place_fail_errno(place, error,
	    "cannot set the time of last use");
}

/* Make the file with that time, unless it exists. */
static int
make_file(struct ks_lock *lock, const char *selector, int64_t when,
    struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = lock->dirfd
	};
	char name[STORE_USED_SIZE];
	int r;

	if ((r = store_used_name(&place, selector, name, error)) != 0 ||
	    has_file(&place, name))
		return r;
	if ((r = place_write_temp(&place, KS_MODE_FILE, "", 0, error)) != 0)
		return r;
	if ((r = set_modified(&place, KS_TEMP_FILE, when, error)) != 0) {
		(void)unlinkat(place.dirfd, KS_TEMP_FILE, 0);
		return r;
	}
	r = place_link_temp(&place, error);
	/* A signer of an earlier version may have made it meanwhile. */
	return r == KS_E_EXISTS ? 0 : r;
}

int
ks_used_make(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	return make_file(lock, selector, KS_UNUSED_TIME, error);
}

/* Whether signers need the file of a key, now or later. */
static bool
needs_file(const struct ks_key *key, int64_t now)
{
	return key->revoked == KS_NEVER && key->removed == KS_NEVER &&
	    (key->retire_at == KS_NEVER || key->retire_at > now);
}

int
ks_used_complete(struct ks_lock *lock, const struct ks_state *state,
    int64_t now, struct ks_error *error)
{
	char file[KS_KEYFILE_SIZE];
	const struct place place = { .dirfd = lock->dirfd };
	const struct ks_key *key;
	bool may_have_signed;
	size_t i;
	int r = 0;

	for (i = 0; i < state->nkeys && r == 0; i++) {
		key = &state->keys[i];
		if (!needs_file(key, now) ||
		    !store_key_name(key->selector, file) ||
		    !has_file(&place, file))
			continue;
		may_have_signed = key->active_from != KS_NEVER &&
		    key->active_from <= now;
		r = make_file(lock, key->selector, may_have_signed ? now :
		    KS_UNUSED_TIME, error);
	}
	return r;
}

bool
ks_used_is_complete(struct keystore *ks, const struct ks_state *state,
    int64_t now)
{
	const struct ks_key *key;
	int64_t last;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (needs_file(key, now) && ks_used_read(ks, state->domain,
		    key->selector, &last, NULL) == 0 && last == KS_USE_UNKNOWN)
			return false;
	}
	return true;
}

int
ks_used_discard(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = lock->dirfd
	};
	char name[STORE_USED_SIZE];
	int r;

	if ((r = store_used_name(&place, selector, name, error)) != 0)
		return r;
	if (unlinkat(lock->dirfd, name, 0) == -1 && errno != ENOENT)
		return place_fail_errno(&place, error, "cannot remove");
	return 0;
}

/* -- The state directory of a mounted store ------------------------------ */

/* Without a lock: whoever comes first makes it. */
static void
make_mounted_file(const struct place *place, const char *selector)
{
	struct place file = *place;
	char name[STORE_USED_SIZE];
	int fd;

	if (store_used_name(&file, selector, name, NULL) != 0)
		return;
	fd = openat(file.dirfd, name,
	    O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return;
	if (store_set_owner(file.ks, fd, KS_MODE_FILE) == 0)
		(void)set_modified(&file, name, KS_UNUSED_TIME, NULL);
	(void)close(fd);
}

static int
make_mounted_folder(const char *domain, void *arg)
{
	struct keystore *ks = arg;
	struct place place = { .ks = ks->uses, .domain = domain, .dirfd = -1 };
	struct ks_state state;
	size_t i;

	memset(&state, 0, sizeof(state));
	if (ks_state_read(ks, domain, &state, NULL) != 0)
		return 0;
	(void)mkdirat(ks->uses->fd, domain, 0700);
	if (store_open_domain(ks->uses, domain, &place.dirfd, NULL) == 0) {
		for (i = 0; i < state.nkeys; i++)
			if (state.keys[i].removed == KS_NEVER)
				make_mounted_file(&place,
				    state.keys[i].selector);
		(void)close(place.dirfd);
	}
	ks_state_finish(&state);
	return 0;
}

void
store_make_mounted_uses(struct keystore *ks)
{
	(void)ks_each_domain(ks, make_mounted_folder, ks, NULL);
}

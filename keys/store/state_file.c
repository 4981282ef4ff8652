/* SPDX-License-Identifier: ISC */

/*
 * The state file of a domain: reading it, detecting that it has changed, and
 * replacing it.
 *
 * A reader needs no lock: the file is replaced by rename(2), so a reader gets
 * all of the old file or all of the new one.  In a fleet, the database takes
 * the new state first (master.h).
 */

#include "store/private.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/state.h"
#include "store/strays.h"

static struct place
state_place(struct keystore *ks, const char *domain, int dirfd)
{
	struct place place = {
		.ks = ks, .domain = domain, .name = KS_STATE_FILE,
		.dirfd = dirfd
	};

	return place;
}

/*
 * The state is lost if there are key files.  Without a pointer to an error,
 * nothing is looked for: ks_strays_find() reads the state again.
 */
static int
no_keys(const struct place *place, struct ks_error *error)
{
	const struct ks_state none = { .nkeys = 0 };
	struct ks_strays strays = { NULL, 0 };
	char names[KS_STRAYS_SIZE];
	bool is_lost;

	if (error == NULL)
		return KS_E_NODOMAIN;
	if (place->ks->is_mounted)
		return place_fail(place, error, KS_E_NODOMAIN,
		    STORE_NOT_IN_VOLUME, place->domain);
	is_lost = ks_strays_find(place->ks, place->domain, &none, &strays,
	    NULL) == 0 && strays.n > 0;
	ks_strays_print(&strays, names);
	ks_strays_finish(&strays);
	if (is_lost)
		return place_fail(place, error, KS_E_NODOMAIN,
		    "no such file, but key files (%s): restore it from a "
		    "backup, or, if there is none, enter the keys again with "
		    "'%s adopt %s'", names, ks_command(place->ks),
		    place->domain);
	return place_fail(place, error, KS_E_NODOMAIN,
	    "no such file, so no keys for %s: restore it from a backup, or, if "
	    "there never were any, create them with '%s add %s'",
	    place->domain, ks_command(place->ks), place->domain);
}

int
ks_state_read(struct keystore *ks, const char *domain, struct ks_state *state,
    struct ks_error *error)
{
	struct place place;
	const char *why;
	char *text;
	size_t len, line;
	int r;

	memset(state, 0, sizeof(*state));
	place = state_place(ks, domain, -1);
	r = store_read_file(&place, KS_LOOSE_FILE, KS_MAX_STATE, &text, &len,
	    error);
	if (r == KS_E_NOKEY)
		return no_keys(&place, error);
	if (r != 0)
		return r;
	r = state_parse(text, len, state, &line, &why);
	place_free_text(text, len);
	if (r == KS_E_FORMAT)
		return place_fail(&place, error, r, "%s", why);
	if (r == KS_E_DAMAGED)
		return place_fail(&place, error, r, "line %zu: %s: fix it, "
		    "or restore it from a backup", line, why);
	if (r != 0)
		return place_fail(&place, error, r, "out of memory");
	(void)strlcpy(state->domain, domain, sizeof(state->domain));
	return 0;
}

int
ks_state_stamp(struct keystore *ks, const char *domain,
    struct ks_stamp *stamp, struct ks_error *error)
{
	const struct place place = state_place(ks, domain, -1);
	struct stat st;
	int r;

	memset(stamp, 0, sizeof(*stamp));
	r = store_stat_file(&place, &st, error);
	if (r == KS_E_NOKEY)
		return no_keys(&place, error);
	if (r != 0)
		return r;
	stamp->dev = st.st_dev;
	stamp->ino = st.st_ino;
	stamp->size = (uint64_t)st.st_size;
	stamp->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 +
	    st.st_mtim.tv_nsec;
	stamp->ctime_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 +
	    st.st_ctim.tv_nsec;
	return 0;
}

/* Once its record is removed, a key needs no proof, which takes up room. */
static void
drop_proofs(struct ks_state *state)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (state->keys[i].removed != KS_NEVER)
			state->keys[i].proof = NULL;
}

int
ks_state_write(struct ks_lock *lock, struct ks_state *state,
    struct ks_error *error)
{
	struct place place;
	char *text;
	size_t len;
	int r;

	place = state_place(lock->ks, lock->domain, lock->dirfd);
	drop_proofs(state);
	if ((r = ks_public_fill(lock->ks, state)) == 0)
		r = state_print(state, &text, &len);
	if (r == KS_E_ARG)
		return place_fail(&place, error, r,
		    "would have more than %d keys or %d octets, or a time out "
		    "of range: delete lines of keys that were removed long "
		    "ago", KS_MAX_KEYS, KS_MAX_STATE);
	if (r != 0)
		return place_fail(&place, error, r, "out of memory");
	if ((r = store_ask_write(lock, state, error)) != 0) {
		free(text);
		return r;
	}
	lock->ks->has_changed = true;
	r = place_replace(&place, KS_MODE_FILE, text, len, error);
	free(text);
	return r;
}

bool
ks_has_changed(const struct keystore *ks)
{
	return ks->has_changed;
}

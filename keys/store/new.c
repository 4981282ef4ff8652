/* SPDX-License-Identifier: ISC */

/*
 * Storing new keys of a domain, in steps that let the next writer identify any
 * file that a killed writer has left:
 *
 *	1 add their lines to the state, as unfinished
 *	2 write their files
 *	3 log them
 *	4 make them finished keys in the state
 *
 * If a writer is killed before step 4, nobody has been told of the keys, so
 * the next writer removes them.  It identifies their files by the public
 * halves in the state.  A file that holds another key, or has no line, is a
 * key that the state has lost; it is never removed.
 */

#include "store/private.h"

#include <string.h>

#include "store/state.h"

static int
fail(struct ks_error *error, int code, const char *text)
{
	if (error != NULL)
		(void)strlcpy(error->text, text, sizeof(error->text));
	return code;
}

/* Check that the selector of a new key has neither a line nor a file. */
static int
check_free(struct ks_lock *lock, const struct ks_state *state,
    const struct ks_new *new, struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = -1
	};
	char name[KS_KEYFILE_SIZE];
	bool exists;
	int r;

	r = ks_key_exists(lock->ks, lock->domain, new->key.selector, &exists,
	    error);
	if (r != 0)
		return r;
	if (store_key_name(new->key.selector, name))
		place.name = name;
	if (exists)
		return place_fail(&place, error, KS_E_EXISTS,
		    "already exists and is never overwritten");
	if (state_has(state, new->key.selector))
		return place_fail(&place, error, KS_E_EXISTS,
		    "the state file already has a key with this selector");
	return 0;
}

/* A stream that is to be removed gets no new keys. */
static int
check_goes_on(const struct place *place, const struct ks_state *state,
    const struct ks_key *key, struct ks_error *error)
{
	if (key->stream == NULL || !ks_state_is_ending(state, key->stream))
		return 0;
	return place_fail(place, error, KS_E_ARG,
	    "stream %s is to be removed, so it gets no new keys: to keep it, "
	    "run '%s domain keep %s --stream %s' first", key->stream,
	    ks_command(place->ks), place->domain, key->stream);
}

/* A domain that is to be removed gets no new keys. */
static int
check_stays(struct ks_lock *lock, const struct ks_state *state,
    const struct ks_new *new, size_t nnew, struct ks_error *error)
{
	struct place place = {
		.ks = lock->ks, .domain = lock->domain, .dirfd = -1
	};
	size_t i;
	int r = 0;

	if (!ks_state_is_leaving(state)) {
		for (i = 0; i < nnew && r == 0; i++)
			r = check_goes_on(&place, state, &new[i].key, error);
		return r;
	}
	return place_fail(&place, error, KS_E_ARG,
	    "the domain is to be removed, so it gets no new keys: to keep it, "
	    "run '%s domain keep %s' first", ks_command(lock->ks),
	    lock->domain);
}

/* Add the keys as unfinished, in memory and on disk. */
static int
announce(struct ks_lock *lock, struct ks_state *state,
    const struct ks_new *new, size_t nnew, struct ks_error *error)
{
	char public[KS_PUBLIC_SIZE];
	struct ks_key key;
	size_t i;
	int r;

	for (i = 0; i < nnew; i++) {
		key = new[i].key;
		if ((r = ks_public_print(new[i].pkey, public)) != 0)
			return fail(error, r, "the crypto library cannot "
			    "print a public key");
		key.public = public;
		key.unfinished = true;
		if (ks_state_append(state, &key) != 0)
			return fail(error, KS_E_NOMEM, "out of memory");
	}
	return ks_state_write(lock, state, error);
}

static int
write_files(struct ks_lock *lock, const struct ks_new *new, size_t nnew,
    int64_t now, struct ks_error *error)
{
	size_t i;
	int r = 0;

	for (i = 0; i < nnew && r == 0; i++)
		r = ks_key_store(lock, new[i].key.selector, new[i].pkey,
		    error);
	for (i = 0; i < nnew && r == 0; i++)
		r = ks_log_append(lock, now, new[i].key.selector, new[i].step,
		    new[i].text, error);
	return r;
}

/* Make the unfinished keys finished ones, in memory and on disk. */
static int
finish(struct ks_lock *lock, struct ks_state *state, const struct ks_new *new,
    size_t nnew, struct ks_error *error)
{
	struct ks_key key;
	size_t i;

	for (i = 0; i < nnew; i++) {
		if (!state_take_unfinished(state, new[i].key.selector, &key))
			continue;
		key.unfinished = false;
		if (state_add(state, &key) != 0)
			return fail(error, KS_E_NOMEM, "out of memory");
	}
	return ks_state_write(lock, state, error);
}

static void
drop_key(struct ks_state *state, const char *selector)
{
	const struct ks_key *key;
	size_t i;

	if ((key = ks_state_find(state, selector)) == NULL)
		return;
	i = (size_t)(key - state->keys);
	memmove(&state->keys[i], &state->keys[i + 1],
	    (state->nkeys - i - 1) * sizeof(*state->keys));
	state->nkeys--;
}

/*
 * Undo after a failure: remove the keys that are unfinished on disk.  Keys
 * that are finished on disk, or about which the disk cannot be read, stay in
 * memory as they are.
 */
static void
take_back(struct ks_lock *lock, struct ks_state *state,
    const struct ks_new *new, size_t nnew)
{
	struct ks_key key;
	size_t i, ngone = 0;

	for (i = 0; i < nnew; i++) {
		if (ks_key_discard(lock, new[i].key.selector, NULL) != 0)
			continue;
		drop_key(state, new[i].key.selector);
		(void)state_take_unfinished(state, new[i].key.selector, &key);
		ngone++;
	}
	if (ngone > 0)
		(void)ks_state_write(lock, state, NULL);
}

int
ks_keys_store(struct ks_lock *lock, struct ks_state *state,
    const struct ks_new *new, size_t nnew, int64_t now,
    struct ks_error *error)
{
	size_t i;
	int r;

	if ((r = check_stays(lock, state, new, nnew, error)) != 0)
		return r;
	for (i = 0; i < nnew; i++)
		if ((r = check_free(lock, state, &new[i], error)) != 0)
			return r;
	if ((r = announce(lock, state, new, nnew, error)) != 0 ||
	    (r = write_files(lock, new, nnew, now, error)) != 0 ||
	    (r = finish(lock, state, new, nnew, error)) != 0)
		take_back(lock, state, new, nnew);
	return r;
}

int
ks_key_adopt(struct ks_lock *lock, struct ks_state *state,
    const struct ks_new *new, int64_t now, struct ks_error *error)
{
	int r;

	if (ks_state_append(state, &new->key) != 0)
		return fail(error, KS_E_NOMEM, "out of memory");
	r = ks_log_append(lock, now, new->key.selector, new->step, new->text,
	    error);
	return r != 0 ? r : ks_state_write(lock, state, error);
}

int
ks_recover(struct ks_lock *lock, struct ks_state *state, int64_t now,
    struct ks_error *error)
{
	struct ks_key key;
	int r;

	while (state->nunfinished > 0) {
		key = state->unfinished[0];
		r = ks_log_append(lock, now, key.selector, "recover", "a "
		    "killed run left it unfinished: removing its file, unless "
		    "that holds another key", error);
		if (r == 0)
			r = ks_key_discard(lock, key.selector, error);
		if (r != 0 && r != KS_E_EXISTS)
			return r;
		(void)state_take_unfinished(state, key.selector, &key);
	}
	return 0;
}

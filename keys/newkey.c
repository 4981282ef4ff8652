/* SPDX-License-Identifier: ISC */

/*
 * A new key: see newkey.h.
 *
 * A crash leaves at most a key file that the state does not have.  Under a
 * date its selector counts as used.  In a slot it goes when the slot is taken
 * again, if the log has nothing of it but that it was generated.
 */

#include "newkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "rfc3339.h"

/* With which lines of the log begin, and which are looked for there. */
#define FREED		"free for another key"

struct making {
	struct keystore			*ks;
	struct ks_lock			*lock;
	struct ks_state			*state;
	const struct newkey_wish	*wish;
	struct newkey			*newkey;
};

void
newkey_slot(const struct keygen_kind *kind, unsigned int slot,
    char selector[KS_SELECTOR_SIZE])
{
	(void)snprintf(selector, KS_SELECTOR_SIZE, "countersign-%c%u",
	    kind->letter, slot);
}

int
newkey_alias(const char *domain, const char *selector, const char *cname_zone,
    char name[DKIMSIG_DOMAIN_SIZE])
{
	int n;

	n = snprintf(name, DKIMSIG_DOMAIN_SIZE, "%s._domainkey.%s.%s",
	    selector, domain, cname_zone);
	return n < 0 || n > DKIMSIG_MAX_DOMAIN ? KS_E_ARG : 0;
}

static int
too_long(const struct making *making, struct ks_error *error)
{
	(void)snprintf(error->text, sizeof(error->text),
	    "%s: too long: with the selector%s its record's name would have "
	    "over %d octets", making->state->domain,
	    making->wish->cname_zone == NULL ? "" : " and cname_zone",
	    DKIMSIG_MAX_DOMAIN);
	return KS_E_ARG;
}

/* Under a selector that has no line in the state. */
static int
store(const struct making *making, const char *selector,
    struct ks_error *error)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	struct newkey *newkey = making->newkey;
	int r;

	if (record_name(making->state->domain, selector, name,
	    sizeof(name)) != 0)
		return too_long(making, error);
	if (ks_state_find(making->state, selector) != NULL) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: selector %s was used before and is never used "
		    "again: choose another", making->state->domain, selector);
		return KS_E_EXISTS;
	}
	r = ks_key_store(making->lock, selector, newkey->pkey, error);
	if (r == 0) {
		newkey->is_stored = true;
		(void)strlcpy(newkey->key.selector, selector,
		    sizeof(newkey->key.selector));
	}
	return r;
}

static int
store_dated(const struct making *making, struct ks_error *error)
{
	char when[RFC3339_SIZE], selector[KS_SELECTOR_SIZE];
	unsigned int counter;
	int r;

	(void)rfc3339_print(making->wish->now, when);
	r = KS_E_EXISTS;
	for (counter = 1; r == KS_E_EXISTS && counter <= NEWKEY_MAX_COUNTER;
	    counter++) {
		(void)snprintf(selector, sizeof(selector), "%.4s%.2s%.2s%c%u",
		    when, when + 5, when + 8, making->newkey->kind->letter,
		    counter);
		r = store(making, selector, error);
	}
	return r;
}

/* Take a line out of the state in memory. */
static void
drop_line(struct ks_state *state, size_t i)
{
	memmove(&state->keys[i], &state->keys[i + 1],
	    (state->nkeys - i - 1) * sizeof(*state->keys));
	state->nkeys--;
}

/*
 * Remove the file of a key that a run which was killed did not enter in the
 * state.  A key that the log knows as more than that is needed: then it is the
 * state that is lost.
 */
static int
clear_leftover(const struct making *making, const char *selector,
    struct ks_error *error)
{
	char text[KS_MAX_LOG_LINE];
	bool exists;
	int r;

	r = ks_key_exists(making->ks, making->state->domain, selector,
	    &exists, error);
	if (r != 0 || !exists)
		return r;
	if ((r = ks_log_last(making->lock, selector, text, error)) != 0)
		return r;
	if (text[0] == '\0' || strncmp(text, NEWKEY_GENERATED,
	    strlen(NEWKEY_GENERATED)) ==
	    0 || strncmp(text, FREED, strlen(FREED)) == 0)
		return ks_key_discard(making->lock, selector, error);
	(void)snprintf(error->text, sizeof(error->text),
	    "%s: there is a file of key %s, which was in use, but the state "
	    "lacks it: restore the state from a backup, or without one move "
	    "that file away", making->state->domain, selector);
	return KS_E_DAMAGED;
}

/*
 * Make a slot free if its old key has left no trace.  Returns 0,
 * KS_E_EXISTS with the time at which it will be free in *until (KS_NEVER: not
 * known), or another KS_E_*.
 */
static int
clear_slot(const struct making *making, const char *selector, int64_t *until,
    struct ks_error *error)
{
	const struct ks_key *old;
	bool exists;
	int r;

	*until = KS_NEVER;
	old = ks_state_find(making->state, selector);
	if (old == NULL)
		return clear_leftover(making, selector, error);
	if (old->removed == KS_NEVER)
		return KS_E_EXISTS;
	*until = old->removed + making->wish->slot_rest;
	r = ks_key_exists(making->ks, making->state->domain, selector,
	    &exists, error);
	if (r != 0)
		return r;
	if (exists || *until > making->wish->now)
		return KS_E_EXISTS;
	r = ks_log_append(making->lock, making->wish->now, selector,
	    FREED ": the record of the old one is long gone",
	    error);
	if (r != 0)
		return r;
	/* Else a new key's file would pass for the old one's if cut off. */
	drop_line(making->state, (size_t)(old - making->state->keys));
	return ks_state_write(making->lock, making->state, error);
}

static int
store_in_slot(const struct making *making, struct ks_error *error)
{
	char selector[KS_SELECTOR_SIZE], when[RFC3339_SIZE];
	int64_t first, until;
	unsigned int slot;
	int r;

	first = KS_NEVER;
	for (slot = 1; slot <= NEWKEY_SLOTS; slot++) {
		newkey_slot(making->newkey->kind, slot, selector);
		if (newkey_alias(making->state->domain, selector,
		    making->wish->cname_zone, making->newkey->key.record) !=
		    0)
			return too_long(making, error);
		r = clear_slot(making, selector, &until, error);
		if (r == 0)
			return store(making, selector, error);
		if (r != KS_E_EXISTS)
			return r;
		if (until != KS_NEVER && (first == KS_NEVER || until < first))
			first = until;
	}
	(void)snprintf(error->text, sizeof(error->text),
	    "%s: all %d selectors for %s keys behind CNAMEs are taken%s%s",
	    making->state->domain, NEWKEY_SLOTS, making->newkey->kind->name,
	    first == KS_NEVER ? ": wait until an old key is removed" :
	    ", the next is free at ",
	    rfc3339_print(first, when) ? when : "");
	return KS_E_EXISTS;
}

/* Whether a selector begins with a date, as ours do. */
static bool
is_dated(const char *selector)
{
	return strspn(selector, "0123456789") == strlen("20261123");
}

/*
 * Make room in a state of many lines: those of keys that were removed long
 * ago and have no file.  Their selectors cannot come again, for there is an
 * old date in them; the log has them for ever.
 */
static int
forget_old(const struct making *making, struct ks_error *error)
{
	const struct ks_key *key;
	bool exists;
	size_t i;
	int r;

	for (i = 0; i < making->state->nkeys &&
	    making->state->nkeys > NEWKEY_MANY_LINES; ) {
		key = &making->state->keys[i];
		if (!is_dated(key->selector) || key->removed == KS_NEVER ||
		    making->wish->now - key->removed < NEWKEY_FORGET) {
			i++;
			continue;
		}
		r = ks_key_exists(making->ks, making->state->domain,
		    key->selector, &exists, error);
		if (r != 0)
			return r;
		if (exists)
			i++;
		else
			drop_line(making->state, i);
	}
	return 0;
}

/* Log the key, and add it to the state in memory. */
static int
enter(const struct making *making, struct ks_error *error)
{
	struct newkey *newkey = making->newkey;
	char text[64];
	int r;

	if ((r = forget_old(making, error)) != 0)
		return r;
	(void)snprintf(text, sizeof(text), NEWKEY_GENERATED " %s",
	    newkey->kind->name);
	r = ks_log_append(making->lock, making->wish->now,
	    newkey->key.selector, text, error);
	if (r != 0)
		return r;
	r = ks_state_append(making->state, &newkey->key);
	if (r != 0)
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
	return r;
}

int
newkey_store(struct keystore *ks, struct ks_lock *lock,
    struct ks_state *state, const struct newkey_wish *wish,
    struct newkey *newkey, struct ks_error *error)
{
	const struct making making = {
		.ks = ks, .lock = lock, .state = state, .wish = wish,
		.newkey = newkey
	};
	int r;

	ks_key_init(&newkey->key);
	newkey->key.algorithm = newkey->kind->algorithm;
	newkey->key.strict = wish->strict;
	newkey->key.generated = wish->now;
	if (wish->selector != NULL)
		r = store(&making, wish->selector, error);
	else if (wish->cname_zone != NULL)
		r = store_in_slot(&making, error);
	else
		r = store_dated(&making, error);
	return r == 0 ? enter(&making, error) : r;
}

void
newkey_discard(struct ks_lock *lock, struct newkey *newkey)
{
	if (newkey->is_stored)
		(void)ks_key_discard(lock, newkey->key.selector, NULL);
	newkey->is_stored = false;
}

/* SPDX-License-Identifier: ISC */

/*
 * A new key: see newkey.h.
 *
 * First, what a killed run has left is removed.  A key file without a line in
 * the state is left alone: if its selector begins with a date, that counts as
 * used; if it is that of a slot, the state must be restored first.
 */

#include "life/newkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"
#include "life/lifecycle.h"
#include "record/proof.h"
#include "record/record.h"

#define SLOT_PREFIX	"countersign-"
#define DATE_LEN	8	/* 20261123 */

struct making {
	struct keystore			*ks;
	struct ks_lock			*lock;
	struct ks_state			*state;
	const struct newkey_wish	*wish;
	const struct keygen_kind	*kind;
	struct ks_key			*key;
};

void
newkey_slot(const struct keygen_kind *kind, const char *stream,
    unsigned int slot, char selector[KS_SELECTOR_SIZE])
{
	(void)snprintf(selector, KS_SELECTOR_SIZE, SLOT_PREFIX "%s%s%c%u",
	    stream == NULL ? "" : stream, stream == NULL ? "" : "-",
	    kind->letter, slot);
}

/* What follows a date, and a slot's prefix: a letter and a number. */
static bool
is_counted(const char *text)
{
	return (text[0] == 'r' || text[0] == 'e') && text[1] != '\0' &&
	    strspn(text + 1, "0123456789") == strlen(text + 1);
}

/* Whether a selector begins with a date, as generated ones do. */
static bool
is_dated(const char *selector)
{
	return strspn(selector, "0123456789") == DATE_LEN;
}

/* The stream at the beginning of a name, and what follows its hyphen. */
static const char *
split_stream(const char *name, char stream[KS_STREAM_SIZE])
{
	const char *end = strchr(name, '-');
	size_t len;

	if (end == NULL || (len = (size_t)(end - name)) >= KS_STREAM_SIZE)
		return NULL;
	memcpy(stream, name, len);
	stream[len] = '\0';
	return ks_stream_is_valid(stream) ? end + 1 : NULL;
}

bool
newkey_stream(const char *selector, char stream[KS_STREAM_SIZE])
{
	const size_t prefixlen = strlen(SLOT_PREFIX);
	const char *rest;

	if (strncmp(selector, SLOT_PREFIX, prefixlen) == 0 &&
	    (rest = split_stream(selector + prefixlen, stream)) != NULL &&
	    is_counted(rest))
		return true;
	/* A stream may have the name with which slots begin, too. */
	return (rest = split_stream(selector, stream)) != NULL &&
	    is_dated(rest) && is_counted(rest + DATE_LEN);
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
	    "%s: too long: with the selector%s the name of its record would be "
	    "longer than %d octets", making->state->domain,
	    making->wish->cname_zone == NULL ? "" : " and cname_zone",
	    DKIMSIG_MAX_DOMAIN);
	return KS_E_ARG;
}

/* The selector that was asked for; ks_keys_store() checks for a file. */
static int
choose_named(const struct making *making, struct ks_error *error)
{
	const char *selector = making->wish->selector;

	(void)strlcpy(making->key->selector, selector,
	    sizeof(making->key->selector));
	if (ks_state_find(making->state, selector) == NULL)
		return 0;
	(void)snprintf(error->text, sizeof(error->text),
	    "%s: selector %s was used before and cannot be reused: choose "
	    "another", making->state->domain, selector);
	return KS_E_EXISTS;
}

static int
choose_dated(const struct making *making, struct ks_error *error)
{
	const char *stream = making->wish->stream;
	char when[RFC3339_SIZE], *selector = making->key->selector;
	unsigned int counter;
	bool exists;
	int r;

	(void)rfc3339_print(making->wish->now, when);
	for (counter = 1; counter <= NEWKEY_MAX_COUNTER; counter++) {
		(void)snprintf(selector, KS_SELECTOR_SIZE,
		    "%s%s%.4s%.2s%.2s%c%u", stream == NULL ? "" : stream,
		    stream == NULL ? "" : "-", when, when + 5, when + 8,
		    making->kind->letter, counter);
		if (ks_state_find(making->state, selector) != NULL)
			continue;
		r = ks_key_exists(making->ks, making->state->domain, selector,
		    &exists, error);
		if (r != 0)
			return r;
		if (exists)
			continue;
		/* An archived key of today may have had the selector. */
		r = ks_was_archived(making->ks, making->state->domain,
		    &making->key->fresh, error);
		making->key->fresh = !making->key->fresh;
		return r;
	}
	(void)snprintf(error->text, sizeof(error->text),
	    "%s: all %d of today's selectors for %s keys are in use",
	    making->state->domain, NEWKEY_MAX_COUNTER, making->kind->name);
	return KS_E_EXISTS;
}

/* Remove a line from the state in memory. */
static void
drop_line(struct ks_state *state, size_t i)
{
	memmove(&state->keys[i], &state->keys[i + 1],
	    (state->nkeys - i - 1) * sizeof(*state->keys));
	state->nkeys--;
}

/* A slot without a line is free, unless a file shows that its line is lost. */
static int
check_unlisted(const struct making *making, const char *selector,
    struct ks_error *error)
{
	bool exists;
	int r;

	r = ks_key_exists(making->ks, making->state->domain, selector,
	    &exists, error);
	if (r != 0 || !exists)
		return r;
	(void)snprintf(error->text, sizeof(error->text),
	    "%s: key %s has a key file but is not in the state file: restore "
	    "the state file from a backup, or, if there is no backup, enter "
	    "the key with '%s adopt %s'", making->state->domain, selector,
	    ks_command(making->ks), making->state->domain);
	return KS_E_DAMAGED;
}

/*
 * Free a slot in memory, if nothing is left of its old key: the line of the
 * new key will replace the old line.  Returns 0, KS_E_EXISTS with the time at
 * which the slot will be free in *until (KS_NEVER: not known), or another
 * KS_E_*.
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
		return check_unlisted(making, selector, error);
	if (old->removed == KS_NEVER)
		return KS_E_EXISTS;
	*until = old->removed;
	if (making->wish->revoked_for == KS_NEVER ||
	    old->revoked == KS_NEVER || making->wish->now - old->revoked <
	    making->wish->revoked_for)
		*until += making->wish->slot_rest;
	r = ks_key_exists(making->ks, making->state->domain, selector,
	    &exists, error);
	if (r != 0)
		return r;
	if (exists || *until > making->wish->now)
		return KS_E_EXISTS;
	r = ks_log_append(making->lock, making->wish->now, selector,
	    "free", "another key may use it: the record of the old one has "
	    "been gone for long enough", error);
	if (r == 0)
		drop_line(making->state,
		    (size_t)(old - making->state->keys));
	return r;
}

static int
choose_slot(const struct making *making, struct ks_error *error)
{
	char *selector = making->key->selector, when[RFC3339_SIZE];
	int64_t first, until;
	unsigned int slot;
	int r;

	first = KS_NEVER;
	for (slot = 1; slot <= NEWKEY_OLD_SLOTS; slot++) {
		newkey_slot(making->kind, making->wish->stream, slot,
		    selector);
		if (slot > NEWKEY_SLOTS &&
		    ks_state_find(making->state, selector) == NULL)
			break;
		if (newkey_alias(making->state->domain, selector,
		    making->wish->cname_zone, making->key->record) !=
		    0)
			return too_long(making, error);
		r = clear_slot(making, selector, &until, error);
		if (r != KS_E_EXISTS)
			return r;
		if (until != KS_NEVER && (first == KS_NEVER || until < first))
			first = until;
	}
	(void)snprintf(error->text, sizeof(error->text),
	    "%s: all %d selectors for %s keys behind CNAMEs are in use%s%s",
	    making->state->domain, NEWKEY_SLOTS, making->kind->name,
	    first == KS_NEVER ? ": wait until an old key is removed" :
	    ", the next is free at ",
	    rfc3339_print(first, when) ? when : "");
	return KS_E_EXISTS;
}

/* Whether a key has such a selector, after the name of its stream. */
static bool
has_date(const struct ks_key *key)
{
	char stream[KS_STREAM_SIZE];

	return is_dated(key->selector) || (key->stream != NULL &&
	    newkey_stream(key->selector, stream) &&
	    strcmp(stream, key->stream) == 0 &&
	    is_dated(key->selector + strlen(stream) + 1));
}

/*
 * Make room in a state with many lines: delete those of keys that were removed
 * long ago, have no file, and whose record is known to be gone.  Their
 * selectors cannot be used again, because they have an old date; the log keeps
 * them forever.
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
		if (!has_date(key) || key->removed == KS_NEVER ||
		    making->wish->now - key->removed < NEWKEY_FORGET) {
			i++;
			continue;
		}
		r = ks_key_exists(making->ks, making->state->domain,
		    key->selector, &exists, error);
		if (r != 0)
			return r;
		if (exists || key->unconfirmed)
			i++;
		else
			drop_line(making->state, i);
	}
	return 0;
}

/* Choose the selector and the name of the record. */
static int
choose(const struct making *making, struct ks_error *error)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	int r;

	if (making->wish->selector != NULL)
		r = choose_named(making, error);
	else if (making->wish->cname_zone != NULL)
		r = choose_slot(making, error);
	else
		r = choose_dated(making, error);
	if (r == 0 && record_name(making->state->domain,
	    making->key->selector, name, sizeof(name)) != 0)
		return too_long(making, error);
	return r;
}

int
newkey_store(struct keystore *ks, struct ks_lock *lock,
    struct ks_state *state, const struct newkey_wish *wish,
    struct newkey *new, size_t nnew, struct ks_error *error)
{
	struct making making = {
		.ks = ks, .lock = lock, .state = state, .wish = wish
	};
	char proofs[NEWKEY_MAX][PROOF_SIZE];
	struct ks_new keys[NEWKEY_MAX];
	size_t i;
	int r;

	if (nnew > NEWKEY_MAX)
		return KS_E_ARG;
	if ((r = ks_recover(lock, state, wish->now, error)) != 0 ||
	    (r = forget_old(&making, error)) != 0)
		return r;
	for (i = 0; i < nnew && r == 0; i++) {
		ks_key_init(&new[i].key);
		new[i].key.algorithm = new[i].kind->algorithm;
		new[i].key.stream = wish->stream;
		new[i].key.strict = wish->strict;
		new[i].key.generated = wish->now;
		making.kind = new[i].kind;
		making.key = &new[i].key;
		r = choose(&making, error);
		keys[i].pkey = new[i].pkey;
		keys[i].step = lifecycle_step_name(LIFECYCLE_GENERATE);
		keys[i].text = new[i].kind->name;
		keys[i].key = new[i].key;
		if (r == 0)
			r = proof_make(state->domain, &new[i].key,
			    new[i].pkey, proofs[i], error);
		keys[i].key.proof = proofs[i];
	}
	return r != 0 ? r : ks_keys_store(lock, state, keys, nnew, wish->now,
	    error);
}

/* SPDX-License-Identifier: ISC */

/*
 * Changes of a key that are made only in the state: activate, retire and
 * compromise; see key_change.h.
 *
 * Each change is logged first; if that fails, the change is not made in memory
 * either, so that every change has a line in the log.  Without a lock (a dry
 * run), nothing is written.  Failures are those of the key store (KS_E_*).
 */

#include "life/key_change.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "life/lifecycle.h"
#include "store/sealer.h"

int
key_change_check(struct key_change *change, const struct ks_key *key,
    struct ks_error *error)
{
	return ks_key_check(change->ks, change->state->domain, key, error);
}

int
key_change_log(struct key_change *change, const struct ks_key *key,
    const char *step, struct ks_error *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(change->text, sizeof(change->text), format, ap);
	va_end(ap);
	if (change->lock == NULL)
		return 0;
	return ks_log_append(change->lock, change->now, key->selector, step,
	    change->text, error);
}

int
key_change_activate(struct key_change *change, struct ks_key *key,
    int64_t from, const struct ks_key *before, const char *why,
    struct ks_error *error)
{
	char when[RFC3339_SIZE];
	int r;

	(void)rfc3339_print(from, when);
	r = key_change_log(change, key,
	    lifecycle_step_name(LIFECYCLE_ACTIVATE), error,
	    "signs from %s: %s", when, why);
	if (r != 0)
		return r;
	key->active_from = from;
	if (before != NULL)
		(void)strlcpy(key->took_over_from, before->selector,
		    sizeof(key->took_over_from));
	return 0;
}

int
key_change_retire(struct key_change *change, struct ks_key *key, int64_t at,
    const char *why, struct ks_error *error)
{
	char when[RFC3339_SIZE];
	int r;

	(void)rfc3339_print(at, when);
	r = key_change_log(change, key, lifecycle_step_name(LIFECYCLE_RETIRE),
	    error, "stops signing at %s: %s", when, why);
	if (r == 0)
		key->retire_at = at;
	return r;
}

int
key_change_compromise(struct key_change *change, struct ks_key *key,
    struct ks_error *error)
{
	int r;

	r = key_change_log(change, key, "compromise", error,
	    "somebody else may have it");
	if (r == 0)
		key->compromised = true;
	return r;
}

int
key_change_write(struct key_change *change, struct ks_error *error)
{
	if (change->lock == NULL)
		return 0;
	return ks_state_write(change->lock, change->state, error);
}

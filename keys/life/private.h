/* SPDX-License-Identifier: ISC */

/*
 * Declarations that the rules and the questions about a key's life share.
 */

#ifndef LIFE_PRIVATE_H
#define LIFE_PRIVATE_H

#include "life/lifecycle.h"

/* The input of the rules, and the result of one. */
struct lifecycle_world {
	const struct ks_state		*state;
	const struct lifecycle_fact	*facts;
	const struct lifecycle_policy	*policy;
	int64_t				 now;
	struct lifecycle_action		*action;
};

/* If the rule applies, set the action and return true. */
typedef bool	lifecycle_rule_fn(const struct lifecycle_world *world);

/* The rules about the records of keys: lifecycle_record.c. */
lifecycle_rule_fn lifecycle_rule_give_up, lifecycle_rule_look,
	    lifecycle_rule_look_first, lifecycle_rule_look_outside,
	    lifecycle_rule_publish, lifecycle_rule_seen,
	    lifecycle_rule_unused, lifecycle_rule_verify;

/* The rule for keys that start to sign: lifecycle_activate.c. */
lifecycle_rule_fn lifecycle_rule_activate;

/* The rules for keys that have stopped signing: lifecycle_end.c. */
lifecycle_rule_fn lifecycle_rule_revoke, lifecycle_rule_remove,
	    lifecycle_rule_destroy;

/* Set the action; returns true. */
bool	lifecycle_act(const struct lifecycle_world *world,
	    enum lifecycle_step step, const struct ks_key *key, int64_t at,
	    const char *why);

/* Whether no key of the stream may be replaced until the store is fixed. */
bool	lifecycle_is_halted(const struct lifecycle_world *world,
	    const char *stream);

/* Whether signers can use the file of that key. */
bool	lifecycle_has_good_file(const struct lifecycle_world *world,
	    size_t i);

/*
 * Of the keys of a line that sign, the one to keep signing: if possible one
 * that is not compromised, then one without a time to retire, then the one that
 * started last.  NULL if none signs; a key whose file is lost or unusable does
 * not sign.
 */
const struct ks_key *lifecycle_kept_key(const struct lifecycle_world *world,
	    const struct lifecycle_line *line);

/* The line of RSA keys in a stream, which the others need. */
struct lifecycle_line lifecycle_base_of(const char *stream);

int64_t	lifecycle_later(int64_t a, int64_t b);

/* Whether the time is set and has passed. */
bool	lifecycle_is_past(int64_t when, int64_t now);

/* Whether a recorded time lies in the future: the clock was, or is, wrong. */
bool	lifecycle_has_future(const struct ks_key *key, int64_t now);

/* Whether the key will not sign again. */
bool	lifecycle_has_ended(const struct ks_key *key, int64_t now);

/* Whether the key may become the one that signs, and no time for it is set. */
bool	lifecycle_is_candidate(const struct ks_key *key, int64_t now);

/* Whether resolvers outside must be asked before the key goes on. */
bool	lifecycle_must_ask_outside(const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy);

/* Whether its record may be in DNS, according to the state. */
bool	lifecycle_was_published(const struct ks_key *key);

/* Whether the key is new, and its name may still be found to be unused. */
bool	lifecycle_is_unproven(const struct ks_key *key, int64_t now);

/*
 * Seconds by which such a wait is longer than TTLs are: times are kept here
 * without their fractions, and caches may count a second too many, too.
 */
#define LIFECYCLE_ROUNDING	2

/* How long a cache may be without a record that all servers show. */
int64_t	lifecycle_verify_wait(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy);

/* When no cache can be without the record of a key that was seen. */
int64_t	lifecycle_verify_time(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy);

#endif /* LIFE_PRIVATE_H */

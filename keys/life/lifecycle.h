/* SPDX-License-Identifier: ISC */

/*
 * Room keys/life: where a key stands, when which step of its life is due, and
 * the changes that are made in the state alone.
 *
 * The life of a key, decided:
 *
 *	generated -> published -> seen -> standby (verified) -> scheduled ->
 *	active -> retired -> revoked -> removed, and its file destroyed
 *
 * Where a key stands in it: key_phase.h.
 *
 * A pure function: the keys of a domain, what DNS shows, the policy and the
 * clock in, the next step out.  The caller carries the step out, enters it in
 * the state, and asks again until nothing is due; so it does not matter where
 * a run was cut off.
 *
 * Each algorithm has a line of keys of its own: at most one that signs, and
 * one verified in reserve.  RSA is the base: an Ed25519 key does not begin to
 * sign unless an RSA key does.
 *
 * The reserve takes over at once from a key that is compromised, whose file
 * is lost or cannot be used, or in whose record every server shows another
 * key or an empty p=.  A key that is compromised does not sign beside any
 * other of its algorithm.
 *
 * Times are those of the state and of a clock that may be wrong.  A key of
 * which some time is still to come is not removed or destroyed, nor revoked
 * unless it is compromised; and its verification counts only when no key
 * signs.  A clock that is ahead cannot be told from time that has passed.
 */

#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include "store/keystore.h"

/* Those that have a line of keys, the base first. */
#define LIFECYCLE_NALGORITHMS	2
extern const enum dkimsig_algorithm
	    lifecycle_algorithms[LIFECYCLE_NALGORITHMS];

/* Seconds that a record may take to all servers without anybody's help. */
#define LIFECYCLE_SPREADING	3600

struct lifecycle_policy {
	bool	 wants_ed25519;		/* besides RSA */
	bool	 by_hand;		/* a person publishes the records */
	/*
	 * Files of several keys cannot be used, of this domain or of others:
	 * a fault of the store, as after a restore with the wrong owner.  No
	 * reserve is used up for that.
	 */
	bool	 store_fault;
	/* No key can be made now: it failed, or there is no selector left. */
	bool	 cannot_make_rsa, cannot_make_ed25519;
	/* Seconds: */
	int64_t	 every;			/* that a key signs */
	int64_t	 publish_lead;		/* at least, from seen to verified */
	int64_t	 retain;		/* at least, from retired to revoked */
	int64_t	 revoke_for;		/* from revoked to removed */
	int64_t	 ttl;			/* of a record */
	int64_t	 signature_lifetime;	/* 0: none is stated in signatures */
	int64_t	 queue_lifetime;	/* of mail that waits for delivery */
};

/* Whether a domain is to have keys of an algorithm. */
bool	lifecycle_wants(const struct lifecycle_policy *policy,
	    enum dkimsig_algorithm algorithm);

/* What DNS shows of a key's record. */
enum lifecycle_view {
	LIFECYCLE_UNASKED,
	LIFECYCLE_UNKNOWN,	/* some server gave no answer; others: right */
	LIFECYCLE_ABSENT,	/* no server has one */
	LIFECYCLE_RIGHT,	/* all: the right one, and nothing else */
	LIFECYCLE_REVOKED,	/* all: one with an empty p= */
	LIFECYCLE_DIFFERENT,	/* some do not have it, but not all */
	LIFECYCLE_WRONG,	/* there is something else at its name */
	LIFECYCLE_FOREIGN	/* so it is at all: another key, or some have
				 * an empty p= and the others another key */
};

/* At some server there is what is not its record, nor that revoked. */
bool	lifecycle_is_wrong(enum lifecycle_view view);

/* What is known of a key besides its state; zero knows nothing. */
struct lifecycle_fact {
	enum lifecycle_view	 view;
	/* How long a cache may hold an answer from before: seconds. */
	int64_t	 cache_wait;
	int64_t	 negative_wait;	/* ... if that is that there is nothing */
	/* Every server says that, and the key is fresh. */
	bool	 is_unused;
	/* Some server shows what is neither its record nor nothing. */
	bool	 has_other;
	int64_t	 last_use;	/* KS_NEVER: not known */
	bool	 has_file;	/* its private key is still there */
	bool	 is_unusable;	/* but damaged, or signers may not read it */
	bool	 was_tried;	/* no step of this key again in this run */
};

enum lifecycle_step {
	LIFECYCLE_NOTHING,
	LIFECYCLE_LOOK,		/* ask DNS for the record of the key */
	LIFECYCLE_GENERATE,	/* a key of the algorithm */
	LIFECYCLE_UNUSED,	/* enter: before it is published nothing is at
				 * its name */
	LIFECYCLE_PUBLISH,	/* put the record into DNS */
	LIFECYCLE_SEEN,		/* enter: all servers show it since now */
	LIFECYCLE_UNSEEN,	/* enter: it is neither seen nor verified, nor
				 * known what was there if something else is */
	LIFECYCLE_VERIFY,	/* enter: no cache can lack it any more */
	LIFECYCLE_ACTIVATE,	/* signs from at on; the algorithm's others
				 * retire then */
	LIFECYCLE_RETIRE,	/* does not sign from at on */
	LIFECYCLE_REVOKE,	/* empty p= */
	LIFECYCLE_REMOVE,	/* the record goes */
	LIFECYCLE_DESTROY	/* the private key goes */
};

struct lifecycle_action {
	enum lifecycle_step	 step;
	size_t			 key;	/* index; not for GENERATE */
	enum dkimsig_algorithm	 algorithm;
	int64_t			 at;	/* for ACTIVATE and RETIRE */
	/* For ACTIVATE: in place of which compromised key, or NULL. */
	const struct ks_key	*compromised;
	const char		*why;	/* static, for the log */
};

/*
 * The next step for a domain; facts has one element for each key of the
 * state.
 */
void	lifecycle_next(const struct ks_state *state,
	    const struct lifecycle_fact *facts,
	    const struct lifecycle_policy *policy, int64_t now,
	    struct lifecycle_action *action);

/*
 * The key of the algorithm that began to sign last, if it is compromised: in
 * its place begins what begins now.  Else NULL.
 */
const struct ks_key *lifecycle_predecessor(const struct ks_state *state,
	    enum dkimsig_algorithm algorithm, int64_t now);

/* "publish", ...; static. */
const char *lifecycle_step_name(enum lifecycle_step step);

/*
 * What the key waits for: the step that comes next with the passing of time
 * alone, and when; LIFECYCLE_NOTHING and KS_NEVER when it waits for something
 * else.
 */
enum lifecycle_step lifecycle_waits_for(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy, int64_t now,
	    int64_t *when);

/* What a person should know of a key or of a domain. */
enum lifecycle_alarm {
	LIFECYCLE_FINE,
	LIFECYCLE_BROKEN,	/* signs, or is to, and its record is wrong */
	LIFECYCLE_OVERDUE,	/* signs for far longer than it should */
	LIFECYCLE_FUTURE,	/* some time of its past is still to come */
	LIFECYCLE_EXPOSED	/* compromised, and not revoked everywhere */
};

enum lifecycle_alarm lifecycle_key_alarm(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy, int64_t now);

/* The keys of one algorithm that sign, and that are in reserve. */
struct lifecycle_count {
	size_t	nactive, nstandby;
};
struct lifecycle_count lifecycle_count(const struct ks_state *state,
	    enum dkimsig_algorithm algorithm, int64_t now);

/*
 * Whether a cache can hold of the name of a new key that there is nothing, and
 * nothing else: this is to be entered before it is published.
 */
bool	lifecycle_is_unused(const struct ks_key *key,
	    const struct lifecycle_fact *fact, int64_t now);

/* When mail of a domain begins to be signed. */
enum lifecycle_start {
	LIFECYCLE_SIGNS,	/* it is signed already */
	LIFECYCLE_SIGNS_AT,	/* then, for all servers show the record */
	LIFECYCLE_SIGNS_IF,	/* then, if they show it from now on */
	LIFECYCLE_SIGNS_NOT	/* no key could */
};

/* *when is KS_NEVER for the first and the last. */
enum lifecycle_start lifecycle_start(const struct ks_state *state,
	    const struct lifecycle_fact *facts,
	    const struct lifecycle_policy *policy, int64_t now,
	    int64_t *when);

/* A key that has signed no later than this may be revoked at that time. */
int64_t	lifecycle_revoke_time(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy);

#endif /* LIFECYCLE_H */

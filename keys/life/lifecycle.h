/* SPDX-License-Identifier: ISC */

/*
 * Room keys/life: where a key is in its life, when each step is due, and the
 * changes that are made only in the state.
 *
 * The life of a key:
 *
 *	generated -> published -> seen -> standby (verified) -> scheduled ->
 *	active -> retired -> revoked -> removed, and its file destroyed
 *
 * key_phase.h derives the phase that a key is in.
 *
 * lifecycle_next() is a pure function: from the keys of a domain, what DNS
 * shows, the policy and the clock, it finds the next step.  The caller carries
 * the step out, records it in the state, and asks again until nothing is due;
 * so it does not matter at which step a run was killed.
 *
 * A key is verified, and starts to sign, only if all name servers of its zone
 * show its record, and resolvers outside see it, where the policy asks them.
 * A key that signs goes on whatever they show; that is an alarm.
 *
 * The keys of a domain belong to streams: the default keys, and those of each
 * stream that a source names.  Within a stream, each algorithm has its own line
 * of keys: at most one that signs, and one in reserve, verified.  No key of one
 * line takes the place of a key of another.  RSA is the base: an Ed25519 key
 * does not start signing unless an RSA key of its stream signs.
 *
 * The key in reserve takes over at once from a key that is compromised, whose
 * file is lost or cannot be used, or for which every server shows another key
 * or an empty p=.  It takes over even if some servers do not answer, provided
 * that it was verified once, and that those that do answer show its record.  A
 * compromised key does not sign together with any other key of its algorithm.
 *
 * The times come from the state and from a clock that may be wrong.  A key
 * with a recorded time in the future is not removed or destroyed, and not
 * revoked unless it is compromised; its verification counts only if no key
 * signs.  A clock that is ahead cannot be told from time that has passed.
 */

#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#include "store/keystore.h"

/* The algorithms that have a line of keys in each stream, the base first. */
#define LIFECYCLE_NALGORITHMS	2
extern const enum dkimsig_algorithm
	    lifecycle_algorithms[LIFECYCLE_NALGORITHMS];

/* Seconds that a published record may take to reach all servers. */
#define LIFECYCLE_SPREADING	3600

/* A line of keys; the name of its stream is borrowed. */
struct lifecycle_line {
	const char		*stream;	/* NULL: the default keys */
	enum dkimsig_algorithm	 algorithm;
};

/* The most streams that a policy names, and lines that it can mark. */
#define LIFECYCLE_MAX_STREAMS	16
#define LIFECYCLE_MAX_MARKED	64

struct lifecycle_policy {
	/* The streams that sources name, in any order; borrowed. */
	const char	*streams[LIFECYCLE_MAX_STREAMS];
	size_t		 nstreams;
	bool	 wants_ed25519;		/* besides RSA */
	bool	 by_hand;		/* records are published by hand */
	bool	 asks_outside;		/* resolvers outside must see them */
	/*
	 * The files of several keys, of this domain or of others, cannot be
	 * used: something is wrong with the store, such as the owner after a
	 * restore.  That is no reason to use up the reserve.
	 */
	bool	 store_fault;
	/* The domain is to be removed: all keys end, and none is made. */
	bool	 is_leaving;
	/*
	 * Lines for which no key can be generated now: it failed, or no
	 * selector is left.  If there is no room for one, that is so for all.
	 */
	struct lifecycle_line	unmakable[LIFECYCLE_MAX_MARKED];
	size_t			nunmakable;
	/* Seconds: */
	int64_t	 every;			/* for which a key signs */
	int64_t	 publish_lead;		/* at least, from seen to verified */
	int64_t	 retain;		/* at least, from retired to revoked */
	int64_t	 revoke_for;		/* from revoked to removed */
	int64_t	 ttl;			/* of a record */
	int64_t	 signature_lifetime;	/* for which signatures must verify */
	int64_t	 queue_lifetime;	/* of mail waiting for delivery */
};

/* Whether the policy wants keys of an algorithm. */
bool	lifecycle_wants(const struct lifecycle_policy *policy,
	    enum dkimsig_algorithm algorithm);

/* Mark a line in the policy, and whether it is marked. */
void	lifecycle_mark_unmakable(struct lifecycle_policy *policy,
	    const struct lifecycle_line *line);
bool	lifecycle_can_make(const struct lifecycle_policy *policy,
	    const struct lifecycle_line *line);

/* The line of a key, and whether a key belongs to a line. */
struct lifecycle_line lifecycle_line_of(const struct ks_key *key);
bool	lifecycle_line_has(const struct lifecycle_line *line,
	    const struct ks_key *key);

/*
 * Go through the streams of a domain: NULL, the default keys, comes first,
 * then the streams that the policy names, or that have keys which are not
 * removed, in alphabetical order.  Replaces *stream by the next one; false:
 * there is none.
 */
bool	lifecycle_next_stream(const struct ks_state *state,
	    const struct lifecycle_policy *policy, const char **stream);

/* Whether the policy names the stream; false for the default keys. */
bool	lifecycle_names_stream(const struct lifecycle_policy *policy,
	    const char *stream);

/*
 * Whether a stream should have keys that sign: the default keys, and any stream
 * that is not to be removed.  One that no source names any more goes on.
 */
bool	lifecycle_wants_stream(const struct ks_state *state,
	    const struct lifecycle_policy *policy, const char *stream);

/* What DNS shows of a key's record: all servers that are not excepted. */
enum lifecycle_view {
	LIFECYCLE_UNASKED,
	LIFECYCLE_UNKNOWN,	/* a server did not answer; others: right */
	LIFECYCLE_ABSENT,	/* no server has a record */
	LIFECYCLE_RIGHT,	/* all: the right record, and nothing else */
	LIFECYCLE_REVOKED,	/* all: a record with an empty p= */
	LIFECYCLE_DIFFERENT,	/* some servers do not have the record */
	LIFECYCLE_WRONG,	/* something else is at its name */
	LIFECYCLE_FOREIGN	/* all: another key; or some: an empty p=, the
				 * others: another key */
};

/* Whether some server shows neither the key's record nor an empty p=. */
bool	lifecycle_is_wrong(enum lifecycle_view view);

/*
 * What resolvers outside show of a key's record.  They are queried only if the
 * view is LIFECYCLE_RIGHT.
 */
enum lifecycle_outside {
	LIFECYCLE_OUTSIDE_UNASKED,
	LIFECYCLE_OUTSIDE_UNWANTED,	/* the servers' view is enough */
	LIFECYCLE_OUTSIDE_UNSEEABLE,	/* no resolvers are configured, and
					 * all servers have private addresses */
	LIFECYCLE_OUTSIDE_UNKNOWN,	/* none answers */
	LIFECYCLE_OUTSIDE_RIGHT,	/* some show it; none contradicts */
	LIFECYCLE_OUTSIDE_CONTRADICTS	/* one shows something else */
};

/* What is known of a key besides its state; zeroed: nothing. */
struct lifecycle_fact {
	/* As verifiers see it; over the CNAME that leads to it, if any. */
	enum lifecycle_view	 view;
	/*
	 * If its record is behind a CNAME: what servers show of the CNAME, and
	 * what they show of the record at its own name.
	 */
	enum lifecycle_view	 alias, record;
	enum lifecycle_outside	 outside;
	/* Seconds for which a cache may keep an earlier answer, and ... */
	int64_t	 cache_wait;
	int64_t	 negative_wait;	/* ... an answer that nothing exists */
	/* Every server says that nothing exists, and the key is fresh. */
	bool	 is_unused;
	/* Some server shows something other than its record. */
	bool	 has_other;
	/*
	 * Some server shows its record, and no server that answers shows
	 * anything else: also if the view is LIFECYCLE_UNKNOWN.
	 */
	bool	 is_shown;
	/*
	 * Some server does not answer, whether or not it is excepted from the
	 * view; since when, the latest; and for how many seconds the zone may
	 * then come back with old records.
	 */
	bool	 has_silent;
	int64_t	 silent_since;
	int64_t	 expire;
	int64_t	 last_use;	/* here, KS_NEVER or KS_USE_UNKNOWN */
	bool	 has_file;	/* its private key is still there */
	bool	 is_unusable;	/* but damaged or unreadable for signers */
	bool	 was_tried;	/* take no more steps with it in this run */
	/* Other hosts that sign with copies of the keys: */
	bool	 is_awaited;	/* one has not proved that it can sign */
	bool	 is_held;	/* one may not know that it has ended */
	int64_t	 host_use;	/* its latest use there, or KS_NEVER */
};

enum lifecycle_step {
	LIFECYCLE_NOTHING,
	LIFECYCLE_LOOK,		/* ask DNS for the record of the key */
	LIFECYCLE_LOOK_OUTSIDE,	/* ask resolvers outside for it */
	LIFECYCLE_GENERATE,	/* generate a key of the algorithm */
	LIFECYCLE_UNUSED,	/* record, before it is published, that its
				 * name does not exist */
	LIFECYCLE_GIVE_UP,	/* record that its name is taken, and that it
				 * is removed: the next key takes another */
	LIFECYCLE_PUBLISH,	/* put the record into DNS */
	LIFECYCLE_SEEN,		/* record that all servers show it now */
	LIFECYCLE_UNSEEN,	/* record that it is neither seen nor verified;
				 * if something else is there, also forget that
				 * its name was unused */
	LIFECYCLE_VERIFY,	/* record that no cache can be without it */
	LIFECYCLE_ACTIVATE,	/* start signing at that time, when others of
				 * the algorithm retire */
	LIFECYCLE_RETIRE,	/* stop signing at that time */
	LIFECYCLE_REVOKE,	/* publish an empty p= */
	LIFECYCLE_REMOVE,	/* remove the record */
	LIFECYCLE_DESTROY,	/* remove the private key */
	/* Of the whole domain, not of a key: lifecycle_next() never asks. */
	LIFECYCLE_ARCHIVE	/* it has left: put its folder away */
};

struct lifecycle_action {
	enum lifecycle_step	 step;
	size_t			 key;	/* index; not for GENERATE */
	enum dkimsig_algorithm	 algorithm;
	const char		*stream;	/* as in lifecycle_line */
	int64_t			 at;	/* for ACTIVATE and RETIRE */
	/*
	 * For DESTROY: its selector is needed now.  A server that comes back
	 * with its record does no harm, unless the key is disclosed.
	 * For ACTIVATE: no mail is signed until then, or mail fails.
	 */
	bool			 is_urgent;
	/* For ACTIVATE: the compromised key that it replaces, or NULL. */
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
 * The key of the line that started signing last, if it is compromised: a key
 * that starts now replaces it.  Otherwise NULL.
 */
const struct ks_key *lifecycle_predecessor(const struct ks_state *state,
	    const struct lifecycle_line *line, int64_t now);

/* The name of a step, such as "publish"; static. */
const char *lifecycle_step_name(enum lifecycle_step step);

/*
 * The step that the key takes next if nothing but time passes, and when;
 * LIFECYCLE_NOTHING and KS_NEVER if it waits for something else.
 */
enum lifecycle_step lifecycle_waits_for(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy, int64_t now,
	    int64_t *when);

/* When a key that signs is to be replaced. */
int64_t	lifecycle_end_time(const struct ks_key *key,
	    const struct lifecycle_policy *policy);

/*
 * Whether the key was given up because somebody else's record was at its name,
 * no longer than LIFECYCLE_TAKEN seconds ago.
 */
#define LIFECYCLE_TAKEN		(3 * 86400)
bool	lifecycle_was_taken(const struct ks_key *key, int64_t now);

/*
 * What servers show at the name of the record itself: what this host publishes,
 * whether or not the owner of the domain has a CNAME that leads to it.
 */
enum lifecycle_view lifecycle_record_view(const struct lifecycle_fact *fact);

/*
 * Whether only a CNAME is missing or wrong: nothing is known to be wrong with
 * the record itself.
 */
bool	lifecycle_lacks_alias(const struct lifecycle_fact *fact);

/* Problems of a key that an operator should know of. */
enum lifecycle_alarm {
	LIFECYCLE_FINE,
	LIFECYCLE_BROKEN,	/* signs, or will; its record is not right */
	LIFECYCLE_UNLINKED,	/* the same, but only the CNAME is at fault */
	LIFECYCLE_INVISIBLE,	/* the same, and its servers are right, but a
				 * resolver outside shows something else */
	LIFECYCLE_OVERDUE,	/* has signed far longer than it should */
	LIFECYCLE_FUTURE,	/* a recorded time lies in the future */
	LIFECYCLE_EXPOSED	/* compromised, and not revoked everywhere */
};

enum lifecycle_alarm lifecycle_key_alarm(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy, int64_t now);

/*
 * Whether a key may be verified and start to sign, by what resolvers outside
 * show.
 */
bool	lifecycle_is_visible(const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy);

/* Seconds that resolvers may disagree or be silent before it is a trouble. */
#define LIFECYCLE_DISAGREEING	3600
#define LIFECYCLE_SILENCE	86400

/*
 * Whether, and since when, a key waits only for resolvers outside: its servers
 * show its record, and it would be verified, or would start to sign.  KS_NEVER:
 * it does not.
 */
int64_t	lifecycle_waits_outside(const struct ks_state *state,
	    const struct lifecycle_fact *facts,
	    const struct lifecycle_policy *policy, size_t key, int64_t now);

/*
 * Whether, and since when, a key would sign if all hosts had taken it;
 * KS_NEVER: it does not wait for a host.
 */
int64_t	lifecycle_waits_host(const struct ks_state *state,
	    const struct lifecycle_fact *facts,
	    const struct lifecycle_policy *policy, size_t key, int64_t now);

/*
 * Whether the record of a retired key must stay, because a host may still sign
 * with the key.  Nothing waits if the key is compromised.
 */
bool	lifecycle_is_held(const struct ks_key *key,
	    const struct lifecycle_fact *fact);

/* How many keys of one line sign, and how many are in reserve. */
struct lifecycle_count {
	size_t	nactive, nstandby;
};
struct lifecycle_count lifecycle_count(const struct ks_state *state,
	    const struct lifecycle_line *line, int64_t now);

/*
 * Whether caches can hold nothing about the name of a new key except that it
 * does not exist: this must be recorded before the key is published.
 */
bool	lifecycle_is_unused(const struct ks_key *key,
	    const struct lifecycle_fact *fact, int64_t now);

/* Whether and when signing with the default keys of a domain starts. */
enum lifecycle_start {
	LIFECYCLE_SIGNS,	/* it has started */
	LIFECYCLE_SIGNS_AT,	/* at *when: all servers show the record */
	LIFECYCLE_SIGNS_IF,	/* at *when, if all show it from now on */
	LIFECYCLE_SIGNS_NOT	/* no key can start */
};

/* *when is KS_NEVER for the first and the last. */
enum lifecycle_start lifecycle_start(const struct ks_state *state,
	    const struct lifecycle_fact *facts,
	    const struct lifecycle_policy *policy, int64_t now,
	    int64_t *when);

/*
 * Whether a key ends without the usual waiting times, because its domain or its
 * stream is to be removed and nothing was signed with it.
 */
bool	lifecycle_ends_at_once(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy);

/*
 * When the record of a key with a time to retire may be revoked: no signature
 * made with the key needs it after that.
 */
int64_t	lifecycle_revoke_time(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy);

/*
 * When a key of a domain that is leaving will be gone, with its record and its
 * file, if DNS follows at once; now if it is gone.
 */
int64_t	lifecycle_gone_time(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy, int64_t now);

/*
 * When the private key of a removed record may be destroyed or disclosed.  A
 * server that does not answer may come back and show the old record until the
 * zone expires there.
 */
int64_t	lifecycle_destroy_time(const struct ks_key *key,
	    const struct lifecycle_fact *fact,
	    const struct lifecycle_policy *policy);

#endif /* LIFECYCLE_H */

/* SPDX-License-Identifier: ISC */

/*
 * Keys, what is known of them and policies, as short texts.
 *
 * A key is "rsa" or "ed" and words, parted by blanks:
 *
 *	g-20d	generated 20 days ago; so p published, s seen, v verified,
 *		a active_from, t retire_at, k revoked, x removed; and u, the
 *		last use.  Units are d, h and s; +1d is to come.
 *	right	what DNS shows of it: unknown, absent, right, revoked,
 *		different, wrong, foreign; without a word nobody asked
 *	cname-	what it shows of the CNAME that leads to it, with the same words
 *	own-	and of the record at its own name
 *	out-	and what resolvers outside show: out-right, out-other,
 *		out-silent, out-hidden, out-unwanted
 *	bad	compromised
 *	tried	no step again in this run
 *	lost	its private key is gone
 *	damaged	its file cannot be used
 *	wait2h	how long a cache may hold an answer from before; else an hour
 *	neg5s	... if that is that there is nothing; else a minute
 *	n-1h	every server said that then; for9s: for so long
 *	unused	they all say it, and the selector is new
 *	other	some server shows something else
 *	contested	some server had something else
 *	fresh	its selector was made up for it
 *	awaited	another host has not taken it; held: one may not know its end
 *	h-1d	another host last signed with it then
 *	slot	its record is behind a CNAME
 *	@desk	it is of that stream; without it, a default key
 *	ending	its stream is to be removed
 *
 * A policy is words as well: "hand", "outside" (resolvers are asked), "ed"
 * (Ed25519 besides RSA), "norsa", "noed" (none can be made), "norsa@desk" (none
 * in that stream), "@desk" (a source names that stream), "broken" (a fault of
 * the store), and e90d every, l0s publish_lead, r8d retain, k30d revoke_for,
 * y1h ttl, i7d signature_lifetime, q5d queue_lifetime, which are what they are
 * here without a word.
 */

#ifndef LIFECYCLECASE_H
#define LIFECYCLECASE_H

#include "life/lifecycle.h"

#define LIFECYCLECASE_NOW	INT64_C(1800000000)
#define LIFECYCLECASE_KEYS	5	/* at most */

struct lifecyclecase {
	struct ks_key		 keys[LIFECYCLECASE_KEYS];
	struct lifecycle_fact	 facts[LIFECYCLECASE_KEYS];
	struct ks_state		 state;
	struct lifecycle_policy	 policy;
};

/* Ends the test if there is a word that is none.  keys may end with NULL. */
void	lifecyclecase_parse(struct lifecyclecase *lifecase,
	    const char *policy, const char *const keys[LIFECYCLECASE_KEYS]);

/* The name of a stream, "desk" or "shop", as a text that lasts. */
const char *lifecyclecase_stream(const char *name);

/* "+2d", "-3h", "5s": seconds. */
int64_t	lifecyclecase_time(const char *text);

/*
 * Fail unless that is the next step: "nothing", "generate rsa", "generate rsa
 * @desk", "retire 1 -0s" with the key and, where it matters, the time from now
 * on.  If it is one, it must still be so beside a key whose file is to be
 * destroyed, because that is done last.
 */
void	lifecyclecase_check(struct lifecyclecase *lifecase, const char *name,
	    const char *want);

#endif /* LIFECYCLECASE_H */

/* SPDX-License-Identifier: ISC */

/*
 * The next step of a domain's keys: what the rules say, each by itself and
 * against each other.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lifecyclecase.h"

/* Keys at some point of their lives. */
#define SEEN	"g-2d p-2d s-2h "
#define STANDBY	"g-20d p-20d s-20d v-19d "
#define ACTIVE	"g-60d p-60d s-60d v-59d a-30d "
#define OLD	"g-150d p-150d s-150d v-149d a-90d "
#define RETIRED	"g-150d p-150d s-150d v-149d a-100d t-10d "
#define REVOKED	"g-200d p-200d s-200d v-199d a-150d t-60d k-30d "
#define REMOVED	"g-300d p-300d s-300d v-299d a-250d t-100d k-90d x-1h "
#define GONE	REMOVED "lost"

/* A line of keys that needs nothing. */
#define SIGNS	"rsa " ACTIVE "right"
#define WAITS	"rsa " STANDBY "right"
#define ED_SIGNS	"ed " ACTIVE "right"
#define ED_WAITS	"ed " STANDBY "right"

struct step_case {
	const char	*name, *policy;
	const char	*keys[LIFECYCLECASE_KEYS];
	const char	*want;
};

static void
check(const struct step_case *cases, size_t ncases)
{
	struct lifecyclecase lifecase;
	size_t i;

	for (i = 0; i < ncases; i++) {
		lifecyclecase_parse(&lifecase, cases[i].policy, cases[i].keys);
		lifecyclecase_check(&lifecase, cases[i].name, cases[i].want);
	}
}

#define CHECK(cases)	check((cases), sizeof(cases) / sizeof((cases)[0]))

static void
looking(void **arg)
{
	static const struct step_case cases[] = {
		{ "a new key: what is there before it", "",
		    { SIGNS, "rsa g-1h" }, "look 1" },
		{ "unless a person puts it there", "hand",
		    { SIGNS, "rsa g-1h" }, "look 1" },
		{ "published", "", { SIGNS, "rsa g-1h p-1h" }, "look 1" },
		{ "active", "", { "rsa " ACTIVE, WAITS }, "look 0" },
		{ "active by force, never published", "",
		    { "rsa g-60d a-30d", WAITS }, "look 0" },
		{ "scheduled", "", { SIGNS, "rsa g-5d a+1d", WAITS },
		    "look 1" },
		{ "retired keys are left alone", "",
		    { SIGNS, WAITS, "rsa " RETIRED }, "nothing" },
		{ "but not if a person removes them", "hand",
		    { SIGNS, WAITS, "rsa " RETIRED }, "look 2" },
		{ "nor revoked ones", "hand",
		    { SIGNS, WAITS, "rsa " REVOKED }, "look 2" },
		{ "removed by hand: no more", "hand",
		    { SIGNS, WAITS, "rsa " GONE }, "nothing" },
		{ "a compromised one that was revoked just now", "",
		    { SIGNS, WAITS, "rsa " RETIRED "k-3599s bad" }, "nothing" },
		{ "and long enough ago for all servers", "",
		    { SIGNS, WAITS, "rsa " RETIRED "k-1h bad" }, "look 2" },
		{ "it was tried: not again", "",
		    { SIGNS, WAITS, "rsa g-2d p-2d tried" }, "nothing" },
		{ "each key, in their order", "ed",
		    { SIGNS, "rsa " STANDBY, "ed " STANDBY }, "look 1" },
		{ "looking goes before all else", "",
		    { "rsa " OLD "right", WAITS, "rsa g-1h p-1h" },
		    "look 2" },
	};

	(void)arg;
	CHECK(cases);
}

static void
publishing(void **arg)
{
	static const struct step_case cases[] = {
		{ "there is one already", "", { SIGNS, "rsa g-1h right" },
		    "seen 1" },
		{ "by hand: wait", "hand", { SIGNS, "rsa g-1h absent" },
		    "nothing" },
		{ "published, and gone again", "",
		    { SIGNS, "rsa g-1h p-1h absent" }, "publish 1" },
		{ "the record of the active key is gone", "",
		    { "rsa " ACTIVE "absent", WAITS }, "publish 0" },
		{ "which comes before an old one is removed", "",
		    { "rsa " ACTIVE "absent", WAITS, "rsa g-99d p-99d s-99d "
		    "v-98d a-95d t-60d u-60d k-40d revoked" }, "publish 0" },
		{ "by hand nobody else can", "hand",
		    { "rsa " ACTIVE "absent", WAITS }, "nothing" },
		{ "forced, and not in DNS", "",
		    { "rsa g-60d a-30d absent", WAITS }, "publish 0" },
		{ "forced, and not known", "",
		    { "rsa g-60d a-30d unknown", WAITS }, "publish 0" },
		{ "scheduled, and gone", "",
		    { SIGNS, WAITS, "rsa " STANDBY "a+5d absent" },
		    "publish 2" },
		{ "only its CNAME is gone", "", { "rsa " ACTIVE
		    "slot absent cname-absent own-right", WAITS }, "nothing" },
		{ "or was never there", "", { SIGNS, "rsa g-1h p-1h slot "
		    "absent cname-absent own-right" }, "nothing" },
		{ "or leads elsewhere", "", { SIGNS, "rsa g-1h p-1h slot "
		    "wrong cname-wrong own-right" }, "nothing" },
		{ "its CNAME is gone, and so is its record", "",
		    { "rsa " ACTIVE "slot absent cname-absent own-absent",
		    WAITS }, "publish 0" },
		{ "nobody tells whether its CNAME is there", "",
		    { "rsa " ACTIVE "slot unknown cname-unknown own-absent",
		    WAITS }, "publish 0" },
		{ "behind its CNAME it is gone", "", { "rsa " ACTIVE
		    "slot absent cname-right own-absent", WAITS },
		    "publish 0" },
		{ "a new one is published before its CNAME", "",
		    { SIGNS, "rsa g-1h slot absent cname-absent own-absent" },
		    "publish 1" },
		{ "one in reserve without its CNAME is none", "",
		    { SIGNS, "rsa " STANDBY "slot absent cname-absent "
		    "own-right" }, "unseen 1" },
		{ "nor does it take over", "",
		    { "rsa " OLD "right", "rsa g-9d p-9d slot absent "
		    "cname-absent own-right" }, "nothing" },
		{ "by hand: its CNAME is gone, its record is not", "hand",
		    { SIGNS, WAITS, "rsa " REVOKED "slot absent cname-absent "
		    "own-revoked" }, "nothing" },
		{ "by hand: its record is gone, its CNAME is not", "hand",
		    { SIGNS, WAITS, "rsa " REVOKED "slot absent cname-right "
		    "own-absent" }, "remove 2" },
		{ "by hand: revoked behind a CNAME that is gone", "hand",
		    { SIGNS, WAITS, "rsa " RETIRED "slot absent cname-absent "
		    "own-revoked" }, "revoke 2" },
		{ "only at some servers: they may need a moment", "",
		    { SIGNS, "rsa g-1h p-1h different" }, "nothing" },
		{ "another record is there", "",
		    { SIGNS, "rsa g-1h p-1h wrong" }, "nothing" },
		{ "somebody revoked it", "",
		    { SIGNS, "rsa g-1h p-1h revoked" }, "nothing" },
		{ "no answer", "", { SIGNS, "rsa g-1h p-1h unknown" },
		    "nothing" },
		{ "new, and something is there: said once", "",
		    { SIGNS, "rsa g-1h wrong" }, "publish 1" },
		{ "which failed", "", { SIGNS, "rsa g-1h wrong tried" },
		    "nothing" },
		{ "compromised: whoever took it away was right", "",
		    { "rsa " ACTIVE "bad absent", "rsa g-1h p-1h right s-1s" },
		    "nothing" },
		{ "retired: not again", "",
		    { SIGNS, WAITS, "rsa " RETIRED "absent" }, "nothing" },
		{ "a kind of key that is not wanted", "",
		    { SIGNS, WAITS, "ed g-1h t+1d absent" }, "nothing" },
		{ "the second in reserve as well", "",
		    { SIGNS, WAITS, "rsa g-1h absent" }, "publish 2" },
	};

	(void)arg;
	CHECK(cases);
}

/* Somebody else has a record at the name of a new key. */
static void
taken(void **arg)
{
	static const struct step_case cases[] = {
		{ "its name is taken", "",
		    { SIGNS, "rsa g-1h fresh foreign other" }, "give-up 1" },
		{ "at some server only", "",
		    { SIGNS, "rsa g-1h fresh different other" }, "unseen 1" },
		{ "by an empty p=, as a wildcard may have", "",
		    { SIGNS, "rsa g-1h fresh revoked other" }, "unseen 1" },
		{ "by what is not a key", "",
		    { SIGNS, "rsa g-1h fresh wrong other" }, "unseen 1" },
		{ "which the update has shown", "",
		    { SIGNS, "rsa g-1h n-1h fresh foreign other tried" },
		    "give-up 1" },
		{ "a person chose the selector", "",
		    { SIGNS, "rsa g-1h foreign other" }, "unseen 1" },
		{ "a person publishes", "hand",
		    { SIGNS, "rsa g-1h fresh foreign other" }, "unseen 1" },
		{ "it was published: somebody replaced it", "",
		    { SIGNS, "rsa g-1h p-1h s-1h fresh foreign other" },
		    "unseen 1" },
		{ "it signs", "",
		    { "rsa " ACTIVE "fresh foreign other", WAITS },
		    "activate 1 +0s" },
		{ "the next one", "", { SIGNS,
		    "rsa g-2h x-1h fresh contested" }, "generate rsa" },
		{ "three were given up: it is something else", "", { SIGNS,
		    "rsa g-2h x-1h fresh contested lost",
		    "rsa g-2h x-20d fresh contested lost",
		    "rsa g-2h x-29d fresh contested lost",
		    "rsa g-1h fresh foreign other" }, "unseen 4" },
		{ "of which one long ago", "", { SIGNS,
		    "rsa g-2h x-1h fresh contested lost",
		    "rsa g-2h x-20d fresh contested lost",
		    "rsa g-2h x-30d fresh contested lost",
		    "rsa g-1h fresh foreign other" }, "give-up 4" },
		{ "of which one otherwise", "", { SIGNS,
		    "rsa g-2h x-1h fresh contested lost",
		    "rsa g-2h x-1h fresh lost",
		    "ed g-2h x-1h fresh contested lost",
		    "rsa g-1h fresh foreign other" }, "give-up 4" },
		{ "its file is destroyed after the TTL", "", { SIGNS, WAITS,
		    "rsa g-9h x-2h fresh contested" }, "destroy 2" },
	};

	(void)arg;
	CHECK(cases);
}

/* Before it is published: what can a cache have of its name? */
static void
unused(void **arg)
{
	static const struct step_case cases[] = {
		{ "DNS is looked at first", "", { SIGNS, "rsa g-1h" },
		    "look 1" },
		{ "but a successor is made before", "",
		    { SIGNS, "rsa g-1h lost" }, "generate rsa" },
		{ "nothing is there", "", { SIGNS, "rsa g-1h absent unused" },
		    "unused 1" },
		{ "by hand", "hand", { SIGNS, "rsa g-1h absent unused" },
		    "unused 1" },
		{ "which was entered", "",
		    { SIGNS, "rsa g-1h n-1h absent unused" }, "publish 1" },
		{ "the selector was used before", "",
		    { SIGNS, "rsa g-1h absent" }, "publish 1" },
		{ "some server does not answer", "",
		    { SIGNS, "rsa g-1h unknown" }, "publish 1" },
		{ "some server has something", "",
		    { SIGNS, "rsa g-1h different unused" }, "publish 1" },
		{ "behind a CNAME names recur", "",
		    { SIGNS, "rsa g-1h slot" }, "publish 1" },
		{ "nor can they be shown to be new", "",
		    { SIGNS, "rsa g-1h slot absent unused" }, "publish 1" },
		{ "something else is there: once it is entered", "",
		    { SIGNS, "rsa g-1h wrong other" }, "unseen 1" },
		{ "and then it can be there again", "",
		    { SIGNS, "rsa g-1h contested absent unused" },
		    "publish 1" },
		{ "too late: it was published", "",
		    { SIGNS, "rsa g-1h p-1h absent unused" }, "publish 1" },
		{ "it is there already", "", { SIGNS, "rsa g-1h right unused" },
		    "seen 1" },
		{ "a kind of key that is not wanted", "",
		    { SIGNS, WAITS, "ed g-1h" }, "retire 2 +0s" },
		{ "something else is there: it is no proof", "",
		    { SIGNS, "rsa g-1h p-1h n-1h wrong other" }, "unseen 1" },
		{ "that was not so before", "",
		    { SIGNS, "rsa g-1h p-1h wrong other" }, "nothing" },
		{ "some servers have it, some nothing yet", "",
		    { SIGNS, "rsa g-1h p-1h n-1h different" }, "nothing" },
		{ "an empty p= at one of them", "",
		    { SIGNS, "rsa g-1h p-1h n-1h different other" },
		    "unseen 1" },
	};

	(void)arg;
	CHECK(cases);
}

/* A cache that can only lack the record has it soon. */
static void
soon(void **arg)
{
	static const struct step_case cases[] = {
		{ "nothing was there", "",
		    { SIGNS, "rsa g-1h n-1h p-1h s-62s right" }, "verify 1" },
		{ "a second ago it could be lacking", "",
		    { SIGNS, "rsa g-1h n-1h p-1h s-61s right" }, "nothing" },
		{ "by hand", "hand",
		    { SIGNS, "rsa g-1h n-1h p-1h s-62s right" }, "verify 1" },
		{ "it was to be kept for longer then", "",
		    { SIGNS, "rsa g-1h n-1h for90s p-1h s-91s right" },
		    "nothing" },
		{ "for so long", "",
		    { SIGNS, "rsa g-1h n-1h for90s p-1h s-92s right" },
		    "verify 1" },
		{ "it is to be kept for longer now", "",
		    { SIGNS, "rsa g-1h n-1h for90s p-1h s-101s neg100s right" },
		    "nothing" },
		{ "what the policy says is longer", "l2h",
		    { SIGNS, "rsa g-3h n-3h p-3h s-1h right" }, "nothing" },
		{ "not known: as long as a record", "",
		    { SIGNS, "rsa g-1h p-1h s-3601s right" }, "nothing" },
		{ "something else is seen on the way", "",
		    { SIGNS, "rsa g-1h n-1h p-1h s-60s right other" },
		    "unseen 1" },
	};

	(void)arg;
	CHECK(cases);
}

static void
seeing(void **arg)
{
	static const struct step_case cases[] = {
		{ "seen for the first time", "",
		    { SIGNS, "rsa g-1h p-1h right" }, "seen 1" },
		{ "by hand", "hand", { SIGNS, "rsa g-1h right" }, "seen 1" },
		{ "active by force", "",
		    { "rsa g-2d a-1d right", WAITS }, "seen 0" },
		{ "seen already", "",
		    { SIGNS, "rsa g-1h p-1h s-5s right" }, "nothing" },
		{ "now", "", { SIGNS, "rsa g-1h p-1h s+0s right" },
		    "nothing" },
		{ "seen by a clock that was ahead", "",
		    { SIGNS, "rsa g-1h p-1h s+1s right" }, "seen 1" },
		{ "and verified by it", "",
		    { SIGNS, "rsa g-1h p-1h s+1s v+2s right" }, "seen 1" },
		{ "verified since", "",
		    { SIGNS, "rsa g-3h p-3h s+1s v-1h right" }, "nothing" },
		{ "seen, and not any more", "",
		    { SIGNS, "rsa " SEEN "different" }, "unseen 1" },
		{ "verified, and not right now", "",
		    { SIGNS, "rsa " STANDBY "wrong" }, "unseen 1" },
		{ "verified, and never seen", "",
		    { SIGNS, "rsa g-2d p-2d v-1d absent" }, "unseen 1" },
		{ "revoked by somebody", "",
		    { SIGNS, "rsa " STANDBY "revoked" }, "unseen 1" },
		{ "gone: not seen first, then published", "",
		    { SIGNS, "rsa " STANDBY "absent" }, "unseen 1" },
		{ "no answer says nothing", "",
		    { SIGNS, "rsa " STANDBY "unknown" }, "nothing" },
		{ "a key that signs stays verified", "",
		    { "rsa " ACTIVE "wrong", WAITS }, "nothing" },
		{ "unless it never was", "",
		    { "rsa g-2d p-2d s-1d a-1d wrong", WAITS }, "unseen 0" },
		{ "not seen, not verified: nothing to enter", "",
		    { SIGNS, "rsa g-2d p-2d wrong" }, "nothing" },
		{ "one with a time to begin stays verified", "",
		    { SIGNS, WAITS, "rsa " STANDBY "a+1d wrong" },
		    "nothing" },
		{ "tried", "", { SIGNS, "rsa g-1h p-1h right tried" },
		    "nothing" },
		{ "retired", "", { SIGNS, WAITS, "rsa g-9d p-9d t-1h right" },
		    "revoke 2" },
	};

	(void)arg;
	CHECK(cases);
}

static void
verifying(void **arg)
{
	static const struct step_case cases[] = {
		{ "a cache may lack it", "",
		    { SIGNS, "rsa g-1d p-1d s-3601s right" }, "nothing" },
		{ "no cache can", "",
		    { SIGNS, "rsa g-1d p-1d s-3602s right" }, "verify 1" },
		{ "without its file nothing proves it", "norsa",
		    { SIGNS, "rsa g-1d p-1d s-3602s right lost" }, "nothing" },
		{ "nor with a damaged one", "norsa",
		    { SIGNS, "rsa g-1d p-1d s-3602s right damaged" },
		    "nothing" },
		{ "a longer TTL", "",
		    { SIGNS, "rsa g-1d p-1d s-2h right wait3h" }, "nothing" },
		{ "a longer lead", "l1d",
		    { SIGNS, "rsa g-1d p-1d s-23h right" }, "nothing" },
		{ "which is over", "l1d",
		    { SIGNS, "rsa g-1d p-1d s-24h right" }, "verify 1" },
		{ "a lead shorter than the TTL does not count", "l1s",
		    { SIGNS, "rsa g-1d p-1d s-3601s right" }, "nothing" },
		{ "it must be right now", "",
		    { SIGNS, "rsa " SEEN "unknown" }, "nothing" },
		{ "active by force", "",
		    { "rsa g-9d s-9d a-8d right", WAITS }, "verify 0" },
		{ "by a clock that was ahead", "",
		    { SIGNS, "rsa g-9d p-9d s-8d v+1s right" }, "verify 1" },
		{ "now: it is", "",
		    { SIGNS, "rsa g-9d p-9d s-8d v+0s right" }, "nothing" },
		{ "the proof failed", "",
		    { SIGNS, "rsa " SEEN "right tried" }, "nothing" },
		{ "retired", "",
		    { SIGNS, WAITS, "rsa " SEEN "a-5d t-1d right" },
		    "nothing" },
		{ "by hand, too", "hand",
		    { SIGNS, "rsa " SEEN "right" }, "verify 1" },
		{ "first to verify, then to activate", "",
		    { "rsa " OLD "right", WAITS, "rsa " SEEN "right" },
		    "verify 2" },
	};

	(void)arg;
	CHECK(cases);
}

static void
activating(void **arg)
{
	static const struct step_case cases[] = {
		{ "the first", "", { WAITS, "rsa g-1d" }, "activate 0 +0s" },
		{ "the oldest", "", { "rsa g-9d p-9d s-9d v-8d right",
		    WAITS }, "activate 1 +0s" },
		{ "of one age the first", "", { WAITS, WAITS },
		    "activate 0 +0s" },
		{ "verified, and DNS does not answer", "",
		    { "rsa " STANDBY "unknown" }, "nothing" },
		{ "verified in the future", "",
		    { "rsa g-1d p-1d s-60s v+1s right" }, "nothing" },
		{ "not verified", "", { "rsa g-1d p-1d s-60s right" },
		    "nothing" },
		{ "its key cannot be loaded", "",
		    { "rsa " STANDBY "right tried" }, "nothing" },
		{ "one in reserve is enough while another signs", "",
		    { SIGNS, WAITS }, "nothing" },
		{ "a second before its time is over", "",
		    { "rsa g-150d p-150d s-150d v-149d a-7775999s right",
		    WAITS }, "nothing" },
		{ "its time is over", "", { "rsa " OLD "right", WAITS },
		    "activate 1 +0s" },
		{ "though its own record is wrong", "",
		    { "rsa " OLD "wrong", WAITS }, "activate 1 +0s" },
		{ "over, and the next one begins when it ends", "",
		    { "rsa " OLD "t+30s right", "rsa " STANDBY "a+30s right",
		    WAITS }, "nothing" },
		{ "over, and the next one begins later", "",
		    { "rsa " OLD "t+30s right", "rsa " STANDBY "a+31s right",
		    WAITS }, "activate 2 +0s" },
		{ "over, and none is in reserve", "",
		    { "rsa " OLD "right" }, "generate rsa" },
		{ "over, and DNS does not answer", "",
		    { "rsa " OLD "right", "rsa " STANDBY "unknown" },
		    "nothing" },
		{ "over, and some servers do not answer", "",
		    { "rsa " OLD "right", "rsa " STANDBY "unknown shown" },
		    "activate 1 +0s" },
		{ "one that is not verified must be shown by all", "",
		    { "rsa " OLD "right", "rsa " SEEN "unknown shown" },
		    "nothing" },
		{ "one whose verification lies in the future, too", "",
		    { "rsa " OLD "right",
		    "rsa g-1d p-1d s-60s v+1s unknown shown" }, "nothing" },
		{ "the oldest is not right, another is", "",
		    { "rsa " OLD "right", "rsa " STANDBY "unknown",
		    "rsa g-9d p-9d s-9d v-8d right" }, "activate 2 +0s" },
		{ "compromised", "", { "rsa " ACTIVE "bad right", WAITS },
		    "activate 1 +0s" },
		{ "compromised: not every server is waited for", "",
		    { "rsa " ACTIVE "bad right",
		    "rsa " STANDBY "unknown shown" }, "activate 1 +0s" },
		{ "but no server shows the record", "",
		    { "rsa " ACTIVE "bad right", "rsa " STANDBY "unknown" },
		    "nothing" },
		{ "but what is known to be wrong does not help", "",
		    { "rsa " ACTIVE "bad right",
		    "rsa g-20d p-20d wrong" }, "nothing" },
		{ "the one in reserve is compromised too", "",
		    { "rsa " ACTIVE "bad right", "rsa " STANDBY "bad right" },
		    "retire 1 +0s" },
		{ "compromised, with an older one that is not", "",
		    { "rsa " OLD "right", "rsa " ACTIVE "bad right", WAITS },
		    "activate 2 +0s" },
		{ "compromised: its successor need not wait for its time", "",
		    { "rsa " ACTIVE "bad t+5d right",
		    "rsa " STANDBY "a+5d right",
		    "rsa g-1d p-1d s-60s right" }, "activate 1 +0s" },
		{ "even if some servers do not answer", "",
		    { "rsa " ACTIVE "bad t+5d right",
		    "rsa " STANDBY "a+5d unknown shown",
		    "rsa g-1d p-1d s-1h unknown" }, "activate 1 +0s" },
		{ "but not if none answers", "",
		    { "rsa " ACTIVE "bad t+5d right",
		    "rsa " STANDBY "a+5d unknown",
		    "rsa g-1d p-1d s-1h unknown" }, "nothing" },
		{ "but not if DNS lacks it", "",
		    { "rsa " ACTIVE "bad t+5d right",
		    "rsa " STANDBY "a+5d different",
		    "rsa g-1d p-1d s-1h wait2h right" }, "nothing" },
		{ "one that a person retires", "",
		    { "rsa " ACTIVE "t+5d right", WAITS },
		    "activate 1 +432000s" },
		{ "that has its successor", "",
		    { "rsa " ACTIVE "t+5d right", "rsa " STANDBY "a+5d right",
		    "rsa g-1d p-1d s-1h v-1s right" }, "nothing" },
		{ "one that comes later than it goes", "",
		    { "rsa " ACTIVE "t+5d right", "rsa " STANDBY "a+6d right",
		    "rsa g-1d p-1d s-1h v-1s right" },
		    "activate 2 +432000s" },
		{ "one that is compromised", "",
		    { "rsa " ACTIVE "t+5d right",
		    "rsa " STANDBY "a+5d t+6d bad right",
		    "rsa g-1d p-1d s-1h v-1s right" },
		    "activate 2 +432000s" },
		{ "the successor ends before it begins", "",
		    { "rsa " ACTIVE "t+5d right",
		    "rsa " STANDBY "a+2d t-1s right",
		    "rsa g-1d p-1d s-1h v-1s right" },
		    "activate 2 +432000s" },
		{ "of another algorithm", "ed",
		    { "rsa " ACTIVE "t+5d right", "ed " STANDBY "a+5d right",
		    WAITS, ED_SIGNS, ED_WAITS }, "activate 2 +432000s" },
		{ "retires, and its time is over", "",
		    { "rsa " OLD "t+5d right", WAITS }, "activate 1 +0s" },
		{ "none in reserve to follow", "",
		    { "rsa " ACTIVE "t+5d right", "rsa g-1d p-1d s-60s right" },
		    "nothing" },
		{ "retired in haste: nothing signs", "",
		    { "rsa " ACTIVE "t-1s right", WAITS }, "activate 1 +0s" },
		{ "nothing signs, and some servers do not answer", "",
		    { "rsa " ACTIVE "t-1s", "rsa " STANDBY "unknown shown" },
		    "activate 1 +0s" },
		{ "nothing signs, and no server answers", "",
		    { "rsa " ACTIVE "t-1s", "rsa " STANDBY "unknown" },
		    "nothing" },
		{ "a person has set another day: mail does not wait", "",
		    { "rsa " STANDBY "a+2d right", WAITS },
		    "activate 1 +0s" },
		{ "the private key of the one that signs is lost", "",
		    { "rsa " ACTIVE "right lost", WAITS }, "activate 1 +0s" },
		{ "lost, and none is in reserve", "",
		    { "rsa " ACTIVE "right lost" }, "generate rsa" },
		{ "only one with another day", "",
		    { "rsa " STANDBY "a+2d right",
		    "rsa g-1d p-1d s-60s right" }, "nothing" },
		{ "a standby that a person retires is none", "",
		    { "rsa " OLD "right", "rsa " STANDBY "t+9d right",
		    "rsa g-1d p-1d s-60s right" }, "nothing" },
	};

	(void)arg;
	CHECK(cases);
}

/* The file of a key that signs cannot be used. */
static void
unusable(void **arg)
{
	static const struct step_case cases[] = {
		{ "the reserve takes over", "",
		    { "rsa " ACTIVE "right damaged", WAITS },
		    "activate 1 +0s" },
		{ "though some servers do not answer", "",
		    { "rsa " ACTIVE "unknown shown damaged",
		    "rsa " STANDBY "unknown shown" }, "activate 1 +0s" },
		{ "but not if none answers", "",
		    { "rsa " ACTIVE "unknown damaged",
		    "rsa " STANDBY "unknown" }, "nothing" },
		{ "what is damaged in reserve cannot", "",
		    { "rsa " ACTIVE "right damaged",
		    "rsa " STANDBY "right damaged",
		    "rsa g-1d p-1d s-60s right" }, "nothing" },
		{ "without a reserve one is made", "",
		    { "rsa " ACTIVE "right damaged" }, "generate rsa" },
		{ "and the key is not retired: it may be restored", "",
		    { "rsa " ACTIVE "right damaged",
		    "rsa g-1d p-1d s-60s right" }, "nothing" },
		{ "restored beside the one that took over", "",
		    { "rsa " OLD "right", SIGNS, WAITS }, "retire 0 +0s" },
		{ "retired: revoked in its time", "",
		    { "rsa " RETIRED "damaged", SIGNS, WAITS }, "nothing" },
		{ "one in reserve is none", "",
		    { SIGNS, "rsa " STANDBY "right damaged" },
		    "generate rsa" },
		{ "of the other algorithm", "ed",
		    { SIGNS, WAITS, "ed " ACTIVE "right damaged", ED_WAITS },
		    "activate 3 +0s" },
		{ "a fault of the store: no reserve is used up", "broken",
		    { "rsa " ACTIVE "right damaged", WAITS }, "nothing" },
		{ "nor made", "broken", { "rsa " ACTIVE "right damaged" },
		    "nothing" },
		{ "nor is a key changed whose time is over", "broken",
		    { "rsa " OLD "right", WAITS }, "nothing" },
		{ "nor retired", "broken",
		    { SIGNS, WAITS, "rsa " OLD "right" }, "nothing" },
		{ "what has ended goes on to its end", "broken",
		    { SIGNS, WAITS, "rsa " RETIRED "u-20d" }, "revoke 2" },
		{ "but what is stolen is replaced", "broken",
		    { "rsa " ACTIVE "right bad", WAITS }, "activate 1 +0s" },
		{ "stolen and damaged", "broken",
		    { "rsa " ACTIVE "right bad damaged", WAITS },
		    "activate 1 +0s" },
		{ "and revoked", "broken",
		    { "rsa " ACTIVE "t-0s bad damaged", SIGNS, WAITS },
		    "revoke 0" },
		{ "after which it is halted again", "broken",
		    { "rsa " ACTIVE "t-0s k-0s bad damaged",
		    "rsa " ACTIVE "right damaged", WAITS }, "nothing" },
	};

	(void)arg;
	CHECK(cases);
}

/* Every server has something else for a key that signs. */
static void
repudiated(void **arg)
{
	static const struct step_case cases[] = {
		{ "another key: the reserve takes over", "",
		    { "rsa " ACTIVE "foreign", WAITS }, "activate 1 +0s" },
		{ "an empty p=", "",
		    { "rsa " ACTIVE "revoked", WAITS }, "activate 1 +0s" },
		{ "by hand, too", "hand",
		    { "rsa " ACTIVE "foreign", WAITS }, "activate 1 +0s" },
		{ "wrong in another way: a person sees to it", "",
		    { "rsa " ACTIVE "wrong", WAITS }, "nothing" },
		{ "not at every server", "",
		    { "rsa " ACTIVE "different", WAITS }, "nothing" },
		{ "a reserve that DNS does not show right cannot", "",
		    { "rsa " ACTIVE "foreign", "rsa " STANDBY "unknown" },
		    "nothing" },
		{ "nor one that is not verified", "",
		    { "rsa " ACTIVE "foreign", "rsa g-1d p-1d s-60s right" },
		    "nothing" },
		{ "without a reserve one is made", "",
		    { "rsa " ACTIVE "foreign" }, "generate rsa" },
		{ "one in reserve with another key's record", "",
		    { SIGNS, "rsa " STANDBY "foreign" }, "unseen 1" },
		{ "of the other algorithm", "ed",
		    { SIGNS, WAITS, "ed " ACTIVE "foreign", ED_WAITS },
		    "activate 3 +0s" },
	};

	(void)arg;
	CHECK(cases);
}

/* Whether what begins does so in place of a compromised key. */
static void
taking_over(void **arg)
{
	static const struct {
		const char	*name;
		const char	*keys[LIFECYCLECASE_KEYS];
		int		 want;		/* index, or -1 */
	} cases[] = {
		{ "the first", { WAITS }, -1 },
		{ "in turn", { "rsa " OLD "right", WAITS }, -1 },
		{ "compromised", { "rsa " ACTIVE "bad right", WAITS }, 0 },
		{ "compromised and damaged",
		    { "rsa " ACTIVE "bad right damaged", WAITS }, 0 },
		{ "compromised and retired",
		    { "rsa " ACTIVE "t-1s bad", WAITS }, 0 },
		{ "compromised and revoked, before a reserve was there",
		    { "rsa " ACTIVE "t-2s k-1s bad", WAITS }, 0 },
		{ "compromised long before the last",
		    { "rsa " RETIRED "k-9d bad revoked", "rsa " OLD "right",
		    WAITS },
		    -1 },
		{ "damaged", { "rsa " ACTIVE "right damaged", WAITS }, -1 },
		{ "another algorithm is compromised",
		    { "ed " ACTIVE "bad right", WAITS }, -1 },
	};
	struct lifecycle_action action;
	struct lifecyclecase lifecase;
	const struct ks_key *want;
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lifecyclecase_parse(&lifecase, "", cases[i].keys);
		lifecycle_next(&lifecase.state, lifecase.facts,
		    &lifecase.policy, LIFECYCLECASE_NOW, &action);
		want = cases[i].want == -1 ? NULL :
		    &lifecase.keys[cases[i].want];
		if (action.step != LIFECYCLE_ACTIVATE ||
		    action.compromised != want)
			fail_msg("%s", cases[i].name);
	}
}

static void
two_algorithms(void **arg)
{
	static const struct step_case cases[] = {
		{ "both begin, RSA first", "ed", { ED_WAITS, WAITS },
		    "activate 1 +0s" },
		{ "then Ed25519", "ed", { ED_WAITS, SIGNS, WAITS },
		    "activate 0 +0s" },
		{ "Ed25519 without RSA", "ed",
		    { ED_WAITS, "rsa g-1d p-1d s-60s right" }, "nothing" },
		{ "RSA is only to come", "ed",
		    { ED_WAITS, "rsa " STANDBY "a+1d right",
		    "rsa g-1d p-1d s-60s right" }, "nothing" },
		{ "Ed25519 goes on alone", "ed",
		    { "ed " OLD "right", ED_WAITS,
		    "rsa g-1d p-1d s-60s right" }, "activate 1 +0s" },
		{ "each has its own time", "ed",
		    { SIGNS, WAITS, "ed " OLD "right", ED_WAITS },
		    "activate 3 +0s" },
		{ "an Ed25519 key does not follow RSA", "ed",
		    { "rsa " OLD "right", "rsa g-1d p-1d s-60s right",
		    ED_SIGNS, ED_WAITS }, "nothing" },
		{ "not wanted: the one in reserve goes", "",
		    { SIGNS, WAITS, ED_WAITS }, "retire 2 +0s" },
		{ "not wanted: the active one goes", "",
		    { SIGNS, WAITS, ED_SIGNS }, "retire 2 +0s" },
		{ "not wanted: but it is all that signs", "",
		    { "rsa g-1d p-1d s-60s right", ED_SIGNS }, "nothing" },
		{ "not wanted: one with a time goes at once", "",
		    { SIGNS, WAITS, "ed " STANDBY "a+1d right" },
		    "retire 2 +0s" },
		{ "not wanted: a person has set an end", "",
		    { SIGNS, WAITS, "ed " ACTIVE "t+1d right" }, "nothing" },
		{ "not wanted, compromised, with an end", "",
		    { SIGNS, WAITS, "ed " ACTIVE "t+1d bad right" },
		    "retire 2 +0s" },
		{ "compromised Ed25519: RSA is enough", "ed",
		    { SIGNS, WAITS, "ed " ACTIVE "bad right",
		    "ed g-1d p-1d s-60s right" }, "retire 2 +0s" },
		{ "compromised Ed25519 with one in reserve", "ed",
		    { SIGNS, WAITS, "ed " ACTIVE "bad right", ED_WAITS },
		    "activate 3 +0s" },
		{ "compromised Ed25519, all that signs", "ed",
		    { "rsa g-1d p-1d s-60s right", "ed " ACTIVE "bad right",
		    "ed g-1d p-1d s-60s right" }, "nothing" },
		{ "RSA is made first", "ed", { GONE }, "generate rsa" },
		{ "then Ed25519", "ed", { SIGNS, WAITS }, "generate ed" },
		{ "RSA cannot be made", "ed norsa", { SIGNS },
		    "generate ed" },
		{ "neither can", "ed norsa noed", { SIGNS }, "nothing" },
		{ "not wanted, not made", "", { SIGNS, WAITS }, "nothing" },
	};

	(void)arg;
	CHECK(cases);
}

static void
retiring(void **arg)
{
	static const struct step_case cases[] = {
		{ "two that sign: the older goes", "",
		    { SIGNS, WAITS, "rsa " OLD "right" }, "retire 2 +0s" },
		{ "in any order", "", { "rsa " OLD "right", WAITS, SIGNS },
		    "retire 0 +0s" },
		{ "of one age the first stays", "",
		    { SIGNS, SIGNS, WAITS }, "retire 1 +0s" },
		{ "the newer is forced, not verified", "",
		    { SIGNS, "rsa g-2d a-1d unknown p-2d", WAITS },
		    "nothing" },
		{ "both are forced", "",
		    { "rsa g-2d p-2d a-2d unknown",
		    "rsa g-2d p-2d a-1d unknown", WAITS }, "nothing" },
		{ "the record of the newer is wrong: the older stays", "",
		    { SIGNS, "rsa g-9d p-9d s-9d v-9d a-1d wrong", WAITS },
		    "nothing" },
		{ "it cannot be seen: the older goes", "",
		    { SIGNS, "rsa g-9d p-9d s-9d v-9d a-1d unknown", WAITS },
		    "retire 0 +0s" },
		{ "the newer retires soon: the older stays", "",
		    { SIGNS, "rsa g-9d p-9d s-9d v-9d a-1d t+1d right",
		    WAITS }, "nothing" },
		{ "the older retires soon anyway", "",
		    { "rsa " ACTIVE "t+1d right",
		    "rsa g-9d p-9d s-9d v-9d a-1d right", WAITS }, "nothing" },
		{ "the newer is compromised", "",
		    { "rsa " ACTIVE "right",
		    "rsa g-9d p-9d s-9d v-9d a-1d bad right", WAITS },
		    "retire 1 +0s" },
		{ "though the other retires, too", "",
		    { "rsa " ACTIVE "t+5d right",
		    "rsa g-9d p-9d s-9d v-9d a-1d bad right",
		    "rsa g-1d p-1d s-60s right" }, "retire 1 +0s" },
		{ "and for one that a person has forced to sign", "",
		    { "rsa g-60d p-60d a-30d unknown",
		    "rsa g-9d p-9d s-9d v-9d a-1d bad right",
		    "rsa g-1d p-1d s-60s right" }, "retire 1 +0s" },
		{ "even if that is wrong in DNS", "",
		    { "rsa g-60d p-60d a-30d wrong",
		    "rsa g-9d p-9d s-9d v-9d a-1d bad right",
		    "rsa g-1d p-1d s-60s right" }, "retire 1 +0s" },
		{ "but not for one that cannot sign", "",
		    { "rsa " ACTIVE "right damaged",
		    "rsa g-9d p-9d s-9d v-9d a-1d bad right",
		    "rsa g-1d p-1d s-60s right" }, "nothing" },
		{ "both are compromised", "",
		    { "rsa " ACTIVE "bad right",
		    "rsa g-9d p-9d s-9d v-9d a-1d bad right",
		    "rsa g-1d p-1d s-60s right" }, "nothing" },
		{ "compromised, without a successor", "",
		    { "rsa " ACTIVE "bad right",
		    "rsa g-1d p-1d s-60s right" }, "nothing" },
		{ "compromised in reserve", "",
		    { SIGNS, WAITS, "rsa " STANDBY "bad right" },
		    "retire 2 +0s" },
		{ "compromised, with a time to begin", "",
		    { SIGNS, WAITS, "rsa " STANDBY "a+1d bad right" },
		    "retire 2 +0s" },
		{ "compromised, with a time to end", "",
		    { SIGNS, WAITS, "rsa " STANDBY "t+1d bad right" },
		    "retire 2 +0s" },
		{ "tried", "",
		    { SIGNS, WAITS, "rsa " STANDBY "bad right tried" },
		    "nothing" },
		{ "of another algorithm: no matter", "ed",
		    { SIGNS, WAITS, "ed g-9d p-9d s-9d v-9d a-9d right",
		    ED_WAITS }, "nothing" },
	};

	(void)arg;
	CHECK(cases);
}

static void
revoking(void **arg)
{
	static const struct step_case cases[] = {
		{ "its last signatures are under way", "",
		    { SIGNS, WAITS, "rsa " RETIRED }, "nothing" },
		{ "retained, lifetime, queue: 12 days and 300 seconds", "",
		    { SIGNS, WAITS, "rsa g-99d p-99d v-99d a-90d t-12d" },
		    "nothing" },
		{ "and no more", "", { SIGNS, WAITS,
		    "rsa g-99d p-99d v-99d a-90d t-1037100s" }, "revoke 2" },
		{ "by its real use", "",
		    { SIGNS, WAITS, "rsa " RETIRED "u-20d" }, "revoke 2" },
		{ "a minute is added", "",
		    { SIGNS, WAITS, "rsa " RETIRED "u-1036859s" },
		    "nothing" },
		{ "and a second less is not enough", "",
		    { SIGNS, WAITS, "rsa " RETIRED "u-1036860s" },
		    "revoke 2" },
		{ "it is retained at least", "", { SIGNS, WAITS,
		    "rsa g-99d p-99d v-99d a-90d t-8d u-80d" }, "revoke 2" },
		{ "a second less", "", { SIGNS, WAITS,
		    "rsa g-99d p-99d v-99d a-90d t-691199s u-80d" },
		    "nothing" },
		{ "no real use in its time", "", { SIGNS, WAITS,
		    "rsa " RETIRED "u-101d" }, "nothing" },
		{ "it never began", "",
		    { SIGNS, WAITS, "rsa " STANDBY "t-1s" }, "revoke 2" },
		{ "nor could it", "",
		    { SIGNS, WAITS, "rsa " STANDBY "a+1d t-1s" },
		    "revoke 2" },
		{ "it never began, and yet was used", "",
		    { SIGNS, WAITS, "rsa " STANDBY "t-1s u-5d" },
		    "nothing" },
		{ "it never was in DNS", "",
		    { SIGNS, WAITS, "rsa g-9d t-1s" }, "remove 2" },
		{ "compromised, and never used: at once", "",
		    { SIGNS, WAITS, "rsa " ACTIVE "t-0s bad" },
		    "revoke 2" },
		{ "compromised: when its signers have changed", "",
		    { SIGNS, WAITS, "rsa " ACTIVE "t-11s u-12s bad" },
		    "revoke 2" },
		{ "a second before", "",
		    { SIGNS, WAITS, "rsa " ACTIVE "t-10s u-12s bad" },
		    "nothing" },
		{ "before a new one is made", "",
		    { SIGNS, "rsa " ACTIVE "t-11s u-12s bad" }, "revoke 1" },
		{ "it failed", "",
		    { SIGNS, WAITS, "rsa " ACTIVE "t-0s bad tried" },
		    "nothing" },
		{ "by hand: nobody does it", "hand",
		    { SIGNS, WAITS, "rsa " ACTIVE "t-0s bad right" },
		    "nothing" },
		{ "by hand: somebody did it", "hand",
		    { SIGNS, WAITS, "rsa " ACTIVE "t-0s bad revoked" },
		    "revoke 2" },
		{ "still active, and its record is revoked", "hand",
		    { "rsa " ACTIVE "revoked", WAITS }, "activate 1 +0s" },
		{ "still active, without a reserve", "hand",
		    { "rsa " ACTIVE "revoked", "rsa g-1d p-1d s-60s right" },
		    "nothing" },
		{ "removed without", "",
		    { SIGNS, WAITS,
		    "rsa g-9d p-9d a-8d t-7d x-1s u-7d" }, "nothing" },
		{ "its time is to come: a clock was wrong", "",
		    { SIGNS, WAITS,
		    "rsa g+1s p-99d v-99d a-90d t-60d" }, "nothing" },
		{ "but for a compromised one", "",
		    { SIGNS, WAITS,
		    "rsa g+1s p-99d v-99d a-90d t-60d bad" }, "revoke 2" },
		{ "no lifetimes at all", "i0s q0s r0s", { SIGNS, WAITS,
		    "rsa g-99d p-99d v-99d a-90d t-300s" }, "revoke 2" },
		{ "used until it retired", "i0s q0s r0s", { SIGNS, WAITS,
		    "rsa g-99d p-99d v-99d a-90d t-30s u-31s" }, "nothing" },
	};

	(void)arg;
	CHECK(cases);
}

static void
ending(void **arg)
{
	static const struct step_case cases[] = {
		{ "revoked for its time", "",
		    { SIGNS, WAITS, "rsa " REVOKED }, "remove 2" },
		{ "a second less", "k2592001s",
		    { SIGNS, WAITS, "rsa " REVOKED }, "nothing" },
		{ "revoked by a person, never retired", "",
		    { SIGNS, WAITS, "rsa " STANDBY "k-30d" }, "remove 2" },
		{ "revoked in the future", "k0s",
		    { SIGNS, WAITS, "rsa g-9d p-9d a-8d t-5d k+1s" },
		    "nothing" },
		{ "some other time is to come", "k0s",
		    { SIGNS, WAITS, "rsa g-9d p-9d s+1s a-8d t-5d k-1s" },
		    "nothing" },
		{ "never published, of the future", "",
		    { SIGNS, WAITS, "rsa g+1s t-1s" }, "nothing" },
		{ "tried", "", { SIGNS, WAITS, "rsa " REVOKED "tried" },
		    "nothing" },
		{ "by hand: there it is", "hand",
		    { SIGNS, WAITS, "rsa " REVOKED "revoked" }, "nothing" },
		{ "by hand: it is gone", "hand",
		    { SIGNS, WAITS, "rsa " REVOKED "absent" }, "remove 2" },
		{ "by hand: it is gone without being revoked", "hand",
		    { SIGNS, WAITS, "rsa " RETIRED "u-20d absent" },
		    "remove 2" },
		{ "by hand: just when nothing is awaited", "hand",
		    { SIGNS, WAITS, "rsa " RETIRED "u-1036860s absent" },
		    "remove 2" },
		{ "by hand: a second before", "hand",
		    { SIGNS, WAITS, "rsa " RETIRED "u-1036859s absent" },
		    "nothing" },
		{ "by hand: it is gone too early", "hand",
		    { SIGNS, WAITS, "rsa " RETIRED "absent" }, "nothing" },
		{ "by hand: compromised, and gone", "hand",
		    { SIGNS, WAITS, "rsa " ACTIVE "t-1s bad absent" },
		    "remove 2" },
		{ "by hand: of a key that may sign it is missed", "hand",
		    { "rsa " ACTIVE "absent", WAITS }, "nothing" },
		{ "by hand: never published, not looked at", "hand",
		    { SIGNS, WAITS, "rsa g-9d t-1s unknown" }, "nothing" },
		{ "still in caches", "",
		    { SIGNS, WAITS, "rsa g-9d k-8d x-3599s" }, "nothing" },
		{ "in no cache", "", { SIGNS, WAITS, "rsa " REMOVED },
		    "destroy 2" },
		{ "a lost key", "", { SIGNS, WAITS, "rsa " GONE }, "nothing" },
		{ "whose record may still be there", "",
		    { SIGNS, WAITS, "rsa " GONE " unconfirmed" }, "destroy 2" },
		{ "once caches are without it", "y2h",
		    { SIGNS, WAITS, "rsa " GONE " unconfirmed" }, "nothing" },
		{ "a longer TTL", "y2h", { SIGNS, WAITS, "rsa " REMOVED },
		    "nothing" },
		{ "a silent server may come back with the record", "",
		    { SIGNS, WAITS, "rsa " REMOVED "silent-9d expire99d" },
		    "nothing" },
		{ "it cannot any more", "",
		    { SIGNS, WAITS,
		    "rsa g-9d k-8d x-5d silent-99d expire4d" },
		    "destroy 2" },
		{ "destroyed", "", { SIGNS, WAITS, "rsa " GONE },
		    "nothing" },
		{ "not destroyed: it failed", "",
		    { SIGNS, WAITS, "rsa " REMOVED "tried" }, "nothing" },
		{ "not destroyed: a clock was wrong", "",
		    { SIGNS, WAITS, "rsa " REMOVED "v+1s" }, "nothing" },
		{ "not before it is removed", "",
		    { SIGNS, WAITS, "rsa " RETIRED "tried" }, "nothing" },
		{ "the first of two", "",
		    { SIGNS, WAITS, "rsa " REMOVED, "rsa " REMOVED },
		    "destroy 2" },
		{ "records go before keys", "",
		    { SIGNS, WAITS, "rsa " REMOVED, "rsa " REVOKED },
		    "remove 3" },
	};

	(void)arg;
	CHECK(cases);
}

static void
reserve(void **arg)
{
	static const struct step_case cases[] = {
		{ "no key at all", "", { NULL }, "generate rsa" },
		{ "only ended ones", "", { "rsa " GONE }, "generate rsa" },
		{ "one that signs", "", { SIGNS }, "generate rsa" },
		{ "one with a time to begin is none", "",
		    { SIGNS, "rsa " STANDBY "a+9d right" }, "generate rsa" },
		{ "one with an end is none", "",
		    { SIGNS, "rsa " STANDBY "t+9d right" }, "generate rsa" },
		{ "of another algorithm", "",
		    { SIGNS, "ed " STANDBY "t+1s right" }, "generate rsa" },
		{ "one whose private key is gone is none", "",
		    { SIGNS, "rsa " STANDBY "unknown lost tried" },
		    "generate rsa" },
		{ "one that is not right is one", "",
		    { SIGNS, "rsa g-9d p-9d wrong" }, "nothing" },
		{ "one that was tried is one", "",
		    { SIGNS, "rsa g-9d tried" }, "nothing" },
		{ "none can be made", "norsa", { SIGNS }, "nothing" },
		{ "a retired one is revoked first", "",
		    { SIGNS, "rsa " RETIRED "u-90d" }, "revoke 1" },
		{ "it is made before others are removed", "",
		    { SIGNS, "rsa " REVOKED }, "generate rsa" },
		{ "it is made before others are published", "ed",
		    { SIGNS, "rsa g-1h" }, "generate ed" },
	};

	(void)arg;
	CHECK(cases);
}

/* A year back: what is to come has been, and nothing of it is lost. */
static void
clock_set_back(void **arg)
{
	static const struct step_case cases[] = {
		{ "the key that signed may begin again", "",
		    { "rsa g+1d p+1d s+1d v+2d a+30d right",
		    "rsa g+30d p+30d s-1s v+31d right" }, "seen 0" },
		{ "and does so at once", "",
		    { "rsa g+1d p+1d s-1s v+2d a+30d right",
		    "rsa g+30d p+30d s-1s v+31d right" }, "activate 0 +0s" },
		{ "not if it was to retire", "",
		    { "rsa g+1d p+1d s-1s v+2d a+30d t+60d right",
		    "rsa g+30d p+30d s-1s v+31d right" }, "activate 1 +0s" },
		{ "not if it is compromised", "",
		    { "rsa g+1d p+1d s-1s v+2d a+30d bad t+1s right",
		    "rsa g+30d p+30d s-1s v+31d right" }, "activate 1 +0s" },
		{ "not if it is revoked", "",
		    { "rsa g+1d p+1d s-1s v+2d a+30d k+31d right",
		    "rsa g+30d p+30d s-1s v+31d right" }, "activate 1 +0s" },
		{ "not if its record is wrong", "",
		    { "rsa g+1d p+1d s-1s v+2d a+30d wrong",
		    "rsa g+30d p+30d s-1s v+31d right" }, "activate 1 +0s" },
		{ "one that was never verified does not", "",
		    { "rsa g+1d p+1d s-1s a+30d right" }, "generate rsa" },
		{ "a person's day counts when the clock was right", "",
		    { "rsa g-5d p-5d s-5d v-5d a+30d right",
		    "rsa g-1d p-1d s-1s right" }, "nothing" },
		{ "unless mail would wait for it that did not before", "",
		    { "rsa " ACTIVE "t-1s", "rsa " STANDBY "a+30d right",
		    "rsa g-1d p-1d s-1s right" }, "activate 1 +0s" },
		{ "another key signs", "", { SIGNS,
		    "rsa g-9d p-9d s-9d v-8d a+30d right",
		    "rsa g+30d p+30d s-1s v+31d right" }, "nothing" },
		{ "in a compromise the reserve is good enough", "",
		    { "rsa " ACTIVE "bad right",
		    "rsa g+30d p+30d s-1s v+31d right" }, "activate 1 +0s" },
		{ "if DNS shows it", "", { "rsa " ACTIVE "bad right",
		    "rsa g+30d p+30d s-1s v+31d unknown" }, "nothing" },
		{ "retired later: it signs on", "",
		    { "rsa " ACTIVE "t+1d right",
		    "rsa " STANDBY "a+1d right", WAITS }, "nothing" },
		{ "nothing of it is revoked", "k0s r0s", { SIGNS, WAITS,
		    "rsa g-1d p-1d s-1d v-1d a-1d t-1s k+1d" }, "nothing" },
		{ "nothing is destroyed", "k0s r0s", { SIGNS, WAITS,
		    "rsa g-1d p-1d s-1d v-1d a-1d t-1s k-1s x+1d" },
		    "nothing" },
	};

	(void)arg;
	CHECK(cases);
}

static void
leaving(void **arg)
{
	static const struct step_case cases[] = {
		{ "the key that signs stops", "leaving", { SIGNS, WAITS },
		    "retire 0 +0s" },
		{ "also one that was to stop later", "leaving",
		    { "rsa " ACTIVE "t+1d right" }, "retire 0 +0s" },
		{ "one that is scheduled never starts", "leaving",
		    { "rsa " STANDBY "a+1d right" }, "retire 0 +0s" },
		{ "and the reserve", "leaving", { "rsa " RETIRED, WAITS },
		    "retire 1 +0s" },
		{ "no key takes over", "leaving",
		    { "rsa " ACTIVE "t-1s bad", "rsa " STANDBY "t-1s right" },
		    "revoke 0" },
		{ "none is made", "leaving", { GONE }, "nothing" },
		{ "a key that signed has its time", "leaving i1d q1d",
		    { "rsa g-50d p-50d a-50d t-7d u-7d" }, "nothing" },
		{ "and is then revoked", "leaving i1d q1d",
		    { "rsa g-50d p-50d a-50d t-9d u-9d" }, "revoke 0" },
		{ "and removed", "leaving", { "rsa " REVOKED }, "remove 0" },
		{ "and destroyed", "leaving", { "rsa " REMOVED }, "destroy 0" },
		{ "without a use on record it may have signed", "leaving",
		    { "rsa g-1d p-1d a-1d t-1s" }, "nothing" },
		{ "one that never signed is not revoked", "leaving",
		    { "rsa g-1d p-1d s-1d v-1d t-1s" }, "remove 0" },
		{ "nor waits when it is", "leaving",
		    { "rsa g-1d p-1d s-1d v-1d t-2s k-1s" }, "remove 0" },
		{ "nor when it is removed", "leaving",
		    { "rsa g-1d p-1d s-1d v-1d t-2s x-0s" }, "destroy 0" },
		{ "unless it is compromised", "leaving",
		    { "rsa g-1d p-1d s-1d v-1d t-1s bad" }, "revoke 0" },
		{ "other domains wait", "",
		    { SIGNS, WAITS, "rsa g-1d p-1d s-1d v-1d t-2s x-0s" },
		    "nothing" },
		{ "a person removes it", "leaving hand",
		    { "rsa g-1d p-1d s-1d v-1d t-1s right" }, "nothing" },
		{ "which is seen", "leaving hand",
		    { "rsa g-1d p-1d s-1d v-1d t-1s absent" }, "remove 0" },
	};

	(void)arg;
	CHECK(cases);
}

/* Each stream has its own line of keys: none takes another's place. */
static void
streams(void **arg)
{
	static const struct step_case cases[] = {
		{ "a source names it: it gets a key", "@desk",
		    { SIGNS, WAITS }, "generate rsa @desk" },
		{ "no source names it: nothing", "", { SIGNS, WAITS },
		    "nothing" },
		{ "default keys come first", "@desk", { SIGNS },
		    "generate rsa" },
		{ "streams in their order", "@shop @desk", { SIGNS, WAITS },
		    "generate rsa @desk" },
		{ "the next stream", "@shop @desk", { SIGNS, WAITS,
		    SIGNS " @desk", WAITS " @desk" }, "generate rsa @shop" },
		{ "both algorithms in it", "ed @desk", { SIGNS, WAITS,
		    ED_SIGNS, ED_WAITS, WAITS " @desk" },
		    "activate 4 +0s" },
		{ "a default key cannot be made: a stream's can",
		    "norsa @desk", { SIGNS }, "generate rsa @desk" },
		{ "a stream's cannot be made: a default key can",
		    "norsa@desk @desk", { SIGNS }, "generate rsa" },
		{ "no reserve in the stream", "@desk", { SIGNS, WAITS,
		    SIGNS " @desk" }, "generate rsa @desk" },
		{ "a stream begins with its own key", "@desk", { SIGNS, WAITS,
		    WAITS " @desk" }, "activate 2 +0s" },
		{ "never with a default key", "norsa@desk @desk", { SIGNS,
		    WAITS }, "nothing" },
		{ "nor default keys with one of a stream", "norsa @desk",
		    { WAITS " @desk", SIGNS " @desk" }, "nothing" },
		{ "both sign: neither retires", "@desk", { SIGNS, WAITS,
		    SIGNS " @desk", WAITS " @desk" }, "nothing" },
		{ "two in one stream: the older retires", "@desk", { SIGNS,
		    WAITS, SIGNS " @desk", "rsa " OLD "right @desk",
		    WAITS " @desk" }, "retire 3 +0s" },
		{ "each has its own time", "@desk", { SIGNS, WAITS,
		    "rsa " OLD "right @desk", WAITS " @desk" },
		    "activate 3 +0s" },
		{ "the default keys theirs", "@desk", { "rsa " OLD "right",
		    WAITS, SIGNS " @desk", WAITS " @desk" },
		    "activate 1 +0s" },
		{ "compromised: its own reserve takes over", "@desk", { SIGNS,
		    WAITS, "rsa " ACTIVE "bad right @desk", WAITS " @desk" },
		    "activate 3 +0s" },
		{ "compromised without one: it waits for its own", "@desk",
		    { SIGNS, WAITS, "rsa " ACTIVE "bad right @desk",
		    "rsa g-1d p-1d s-60s right @desk" }, "nothing" },
		{ "another stream's key does not help", "@desk @shop",
		    { SIGNS, WAITS, "rsa " ACTIVE "bad right @desk",
		    SIGNS " @shop", WAITS " @shop" }, "generate rsa @desk" },
		{ "revoked while the default keys go on", "@desk", { SIGNS,
		    WAITS, "rsa " ACTIVE "t-20s bad right @desk",
		    "rsa " STANDBY "a-20s right @desk", WAITS " @desk" },
		    "revoke 2" },
		{ "no longer named: it goes on", "", { SIGNS, WAITS,
		    "rsa " OLD "right @desk", WAITS " @desk" },
		    "activate 3 +0s" },
		{ "and gets a reserve", "", { SIGNS, WAITS,
		    SIGNS " @desk" }, "generate rsa @desk" },
		{ "all of it removed: it is over", "", { SIGNS, WAITS,
		    "rsa " GONE " @desk" }, "nothing" },
		{ "named again: it begins again", "@desk", { SIGNS, WAITS,
		    "rsa " GONE " @desk" }, "generate rsa @desk" },
		{ "to be removed: it stops", "", { SIGNS, WAITS,
		    SIGNS " @desk ending" }, "retire 2 +0s" },
		{ "with its reserve", "", { SIGNS, WAITS, "rsa " RETIRED
		    "right @desk ending", WAITS " @desk ending" },
		    "retire 3 +0s" },
		{ "and gets no key, named or not", "@desk", { SIGNS, WAITS,
		    "rsa " RETIRED "u-11d @desk ending" }, "nothing" },
		{ "a reserve that never signed goes at once", "", { SIGNS,
		    WAITS, "rsa " STANDBY "t-1s right @desk ending" },
		    "remove 2" },
		{ "the store is at fault: no stream is changed",
		    "broken @desk", { SIGNS, WAITS, "rsa " OLD "right @desk",
		    WAITS " @desk" }, "nothing" },
		{ "but a compromised one is", "broken @desk", { SIGNS, WAITS,
		    "rsa " ACTIVE "bad right @desk", WAITS " @desk" },
		    "activate 3 +0s" },
		{ "and that is no reason for default keys", "broken @desk",
		    { "rsa " OLD "right", WAITS, "rsa " ACTIVE
		    "bad right @desk", "rsa g-1d p-1d s-60s right @desk" },
		    "nothing" },
		{ "Ed25519 needs RSA in its own stream", "ed @desk",
		    { SIGNS, WAITS, ED_SIGNS, ED_WAITS,
		    ED_WAITS " @desk" }, "generate rsa @desk" },
		{ "the domain is leaving, and so are its streams",
		    "leaving @desk", { "rsa " ACTIVE "right @desk" },
		    "retire 0 +0s" },
	};

	(void)arg;
	CHECK(cases);
}

/* Which streams a domain has, and which should sign. */
static void
stream_lists(void **arg)
{
	static const struct {
		const char	*name, *policy;
		const char	*keys[LIFECYCLECASE_KEYS];
		const char	*want;	/* "+": wanted, "-": not */
	} cases[] = {
		{ "no keys", "", { NULL }, "+" },
		{ "named", "@shop @desk", { NULL }, "+ desk+ shop+" },
		{ "default keys alone", "", { SIGNS }, "+" },
		{ "with keys", "", { SIGNS, SIGNS " @shop", SIGNS " @desk" },
		    "+ desk+ shop+" },
		{ "named, and with keys", "@desk", { SIGNS " @desk",
		    WAITS " @desk" }, "+ desk+" },
		{ "all removed", "", { "rsa " REMOVED " @desk" }, "+" },
		{ "all removed, and named", "@desk", { "rsa " REMOVED
		    " @desk" }, "+ desk+" },
		{ "to be removed", "", { SIGNS " @desk ending" }, "+ desk-" },
		{ "to be removed, and named", "@desk", { SIGNS
		    " @desk ending" }, "+ desk-" },
		{ "that was removed, and is named again", "@desk", { "rsa "
		    REMOVED " @desk ending" }, "+ desk+" },
		{ "one of two is to be removed", "@shop", { SIGNS
		    " @desk ending", SIGNS " @shop" }, "+ desk- shop+" },
	};
	struct lifecyclecase lifecase;
	const char *stream;
	char got[64];
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lifecyclecase_parse(&lifecase, cases[i].policy, cases[i].keys);
		got[0] = '\0';
		stream = NULL;
		do {
			(void)snprintf(got + strlen(got),
			    sizeof(got) - strlen(got), "%s%s%s",
			    stream == NULL ? "" : " ",
			    stream == NULL ? "" : stream,
			    lifecycle_wants_stream(&lifecase.state,
			    &lifecase.policy, stream) ? "+" : "-");
		} while (lifecycle_next_stream(&lifecase.state,
		    &lifecase.policy, &stream));
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: \"%s\", want \"%s\"", cases[i].name,
			    got, cases[i].want);
	}
}

/* A line for which there is no room in the policy counts as marked. */
static void
unmakable(void **arg)
{
	const struct lifecycle_line desk = { "desk", DKIMSIG_RSA_SHA256 };
	const struct lifecycle_line other = { NULL, DKIMSIG_RSA_SHA256 };
	struct lifecycle_policy policy = { .nstreams = 0 };
	size_t i;

	(void)arg;
	for (i = 0; i < LIFECYCLE_MAX_MARKED; i++) {
		assert_true(lifecycle_can_make(&policy, &other));
		assert_int_equal(lifecycle_can_make(&policy, &desk), i == 0);
		lifecycle_mark_unmakable(&policy, &desk);
	}
	assert_false(lifecycle_can_make(&policy, &other));
	lifecycle_mark_unmakable(&policy, &other);
	assert_int_equal(policy.nunmakable, LIFECYCLE_MAX_MARKED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looking),
		cmocka_unit_test(publishing),
		cmocka_unit_test(taken),
		cmocka_unit_test(unused),
		cmocka_unit_test(soon),
		cmocka_unit_test(seeing),
		cmocka_unit_test(verifying),
		cmocka_unit_test(activating),
		cmocka_unit_test(unusable),
		cmocka_unit_test(repudiated),
		cmocka_unit_test(taking_over),
		cmocka_unit_test(two_algorithms),
		cmocka_unit_test(retiring),
		cmocka_unit_test(revoking),
		cmocka_unit_test(ending),
		cmocka_unit_test(reserve),
		cmocka_unit_test(clock_set_back),
		cmocka_unit_test(leaving),
		cmocka_unit_test(streams),
		cmocka_unit_test(stream_lists),
		cmocka_unit_test(unmakable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

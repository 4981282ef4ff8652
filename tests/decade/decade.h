/* SPDX-License-Identifier: ISC */

/*
 * A simulated decade: the loop of rotation as it is in the product, from the
 * steps to the reports, in a world that is simulated apart from it.
 *
 * Below the product's code, doubles.c stands in for the key store, for the
 * queries to name servers and for the publisher; outside.c is the DNS: name
 * servers that get changes late, die, stop to follow, or lie, and all that a
 * cache of some receiver can still hold.  hosts.c has other hosts that sign
 * with copies of the keys.  people.c has the people, who know only what they
 * are told, and act after hours, weeks or never; fate.c what happens to them
 * all; judge.c what must always be so, with judge_causes.c and judge_needs.c
 * about what people are told.
 *
 * One step is an hour.  A seed makes a world; the same seed makes the same one.
 */

#ifndef DECADE_H
#define DECADE_H

#include "config/config.h"
#include "life/silence.h"
#include "life/trouble.h"
#include "probe/alias.h"
#include "rotate/all.h"
#include "store/hosts_file.h"
#include "store/keystore.h"

#define HOUR	INT64_C(3600)
#define DAY	(24 * HOUR)
#define YEAR	(365 * DAY)

#define DOMAIN	"example.com"
#define ZONE	"dns.example"		/* where CNAMEs lead to */

#define SERVERS	3			/* the first is the primary */
#define PASTS	6			/* values that caches may still hold */
#define NAMES	4000
#define DECADE_STREAM	"desk"	/* in worlds with a stream */
#define FILES	400
#define HOSTS	2			/* the second is a clone */
#define PEERS	2			/* that take copies of the keys */
#define TOLD	64

/* What a server shows at a name: the number of a key, or ... */
#define SHOWS_NOTHING	0
#define SHOWS_EMPTY	(-1)		/* an empty p= */
#define SHOWS_SILENCE	(-2)
#define STRANGER	1		/* the key of somebody else */

struct past {
	int	 value;
	int64_t	 until;
	bool	 is_fault;	/* it was not for the product to prevent */
};

/* A name at one server. */
struct answer {
	int	 value, next;	/* next comes when it arrives */
	int64_t	 arrives;
	bool	 is_fault, next_is_fault;
	int	 seen;		/* shown when somebody looked last */
	bool	 seen_is_fault;
	struct past pasts[PASTS];
	size_t	 npasts;
};

struct name {
	char	 text[DKIMSIG_DOMAIN_SIZE];
	struct answer answers[SERVERS];
	int64_t	 made;
	bool	 is_quiet;	/* nothing has been there for long */
	int64_t	 alias_from;	/* there is a CNAME to it; 0: none needed */
	enum dns_alias_fault alias_fault;	/* what the CNAME then is */
	int64_t	 alias_until;	/* the fault lasts */
	int	 outside;	/* as the resolver outside has cached it */
	int64_t	 outside_until;
};

enum manner { ANSWERS, IS_SILENT, IS_STUCK };

struct server {
	enum manner manner;
	int64_t	 since, until;	/* of another manner than to answer */
	int64_t	 lies_until;	/* shows lie at the name lies_at; */
	size_t	 lies_at;	/* NAMES: at all of them */
	int64_t	 lies_since;
	int	 lie;
	int64_t	 stale_until;	/* back from the dead, with old records */
};

/* What is true of a key, whatever a state says. */
struct truth {
	size_t	 name;
	enum dkimsig_algorithm algorithm;
	int64_t	 made, begun, withdrawn;	/* or KS_NEVER */
	int64_t	 retired;	/* it signs no more */
	int64_t	 last_signature;
	bool	 is_compromised, was_shared;
	bool	 was_revived;	/* by a backup, after its end */
	bool	 was_ahead;	/* the first host's clock, as another signed */
	bool	 was_displaced;	/* removed by a stranger, then by a clone */
};

struct file {
	char	 selector[KS_SELECTOR_SIZE];
	int	 id;
	int64_t	 last_use;
	int64_t	 damaged_until;
	bool	 is_lost;	/* but not what says when it was used */
};

struct told {
	enum trouble trouble;
	char	 selector[KS_SELECTOR_SIZE];
	int64_t	 acts;		/* when somebody acts, or KS_NEVER */
	bool	 wants_empty;	/* the text speaks of an empty p= */
	bool	 is_new, is_kept;
};

/* What needs a person, and when that began. */
enum need {
	NEED_SIGNING, NEED_RECORD, NEED_SERVER, NEED_RESERVE, NEED_WITHDRAWAL,
	NEED_REVOCATION, NEED_FILE, NEED_CLOCK, NEED_ROTATION, NEED_STATE,
	NEED_ALIAS, NEED_HOST,
	NEEDS
};
const char *need_name(enum need need);

/* What can be in the way. */
enum cause {
	CAUSE_SILENT, CAUSE_SILENT_DAY, CAUSE_STUCK, CAUSE_LIE, CAUSE_HARM,
	CAUSE_OUTSIDE, CAUSE_NET, CAUSE_UPDATE, CAUSE_HAND,
	CAUSE_FILE, CAUSE_STATE, CAUSE_CLOCK, CAUSE_COMPROMISE, CAUSE_CLONE,
	CAUSE_DOWN, CAUSE_POLICY, CAUSE_ALIAS, CAUSE_SLOTS, CAUSE_HOST,
	CAUSE_BIRTH, CAUSES
};

struct keystore {			/* and the host that has it */
	bool	 exists, has_state;
	struct ks_state state;
	struct file files[FILES];
	size_t	 nfiles;
	int64_t	 ahead;			/* what its clock is wrong */
	int64_t	 last_forward;		/* jump of the clock, or KS_NEVER */
	int64_t	 wrong_until;
	int64_t	 down_until, timer_off_until, net_down_until;
	int64_t	 restored;		/* last, or KS_NEVER */
	int64_t	 last_run, adopted;
	struct silence silences[SERVERS];
	struct told told[TOLD];
	size_t	 ntold;
	uint32_t told_now;		/* bits: enum trouble */
};

/* What another host has of a key, and what the first one knows of that. */
struct copy {
	bool	 has_key, is_known;
	int64_t	 last_use;
	struct ks_host_key known;
};

struct peer {
	struct ks_state state;		/* as it took it last */
	struct copy copies[NAMES];	/* by the number of the key */
	struct ks_host_record record;
	bool	 was_pushed;		/* to, or that was tried */
	int64_t	 away_until;
};

/* An old copy of a store. */
struct backup {
	bool	 exists;
	struct ks_state state;
	struct file files[FILES];
	size_t	 nfiles;
};

enum pace { PACE_HOURS, PACE_DAYS, PACE_WEEKS, PACE_NEVER, PACES };

/* What may happen in a world: bits. */
enum {
	FATE_SILENT = 1, FATE_STUCK = 2, FATE_LIES = 4, FATE_HARM = 8,
	FATE_OUTSIDE = 16, FATE_NET = 32, FATE_UPDATE = 64, FATE_FILES = 128,
	FATE_RESTORE = 256, FATE_LOSS = 512, FATE_CLOCKS = 1024,
	FATE_COMPROMISE = 2048, FATE_CLONES = 4096, FATE_DOWN = 8192,
	FATE_POLICY = 16384, FATE_ALL = 32767
};

struct world {
	uint64_t seed, random;
	int64_t	 now, begin;
	bool	 is_loud;		/* print what happens */
	unsigned int fates;
	enum pace pace;
	int64_t	 negative;		/* TTL of what does not exist */
	int64_t	 propagation, expire;
	unsigned int mail;		/* per mille of the hours */
	struct rotation rotation;
	struct config config;
	const char *resolver;
	int64_t	 queue_lifetime;
	int64_t	 split_until, mute_until;	/* resolvers outside */
	int64_t	 update_off_until;
	int64_t	 alias_from;		/* when somebody enters the CNAMEs */

	struct server servers[SERVERS];
	struct name *names;
	size_t	 nnames;
	struct truth *truths;		/* by the number of the key */
	int	 nkeys;
	struct keystore *hosts;
	struct backup *backup;
	struct peer *peers;
	size_t	 npeers;
	uint64_t peer_random;
	int64_t	 wrong_name_until;

	struct keystore *running;	/* the host whose run this is */
	int64_t	 next_action;		/* of fate */
	int64_t	 causes[CAUSES];	/* last time, or KS_NEVER */
	int64_t	 needs[NEEDS];		/* since when, or KS_NEVER */
	bool	 is_told[NEEDS];

	char	 broken[400];		/* what is wrong; "": nothing */
	size_t	 nmails, njudged, nrotations, ntold, nexcused, ndestroyed;
	size_t	 max_lines, max_files;
	uint32_t times[NEEDS][400];	/* hours from need to telling */
};

/* The world that the doubles serve. */
extern struct world *decade;

int64_t	decade_random(int64_t limit);
bool	decade_chance(unsigned int per_mille);
int64_t	host_clock(const struct keystore *host);
void	decade_broken(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));
void	decade_say(const char *format, ...)
	    __attribute__((format(printf, 1, 2)));

/* -- outside.c: DNS ------------------------------------------------------ */

size_t	outside_name(const char *text);
/* What a server shows at the very name of a record. */
int	outside_record(size_t name, size_t server, bool *is_fault);
/* What is wrong with the CNAME to the name. */
enum dns_alias_fault outside_alias(size_t name);
void	outside_break_alias(size_t name, enum dns_alias_fault fault,
	    int64_t until);
void	outside_mend_alias(size_t name);
/*
 * What a server shows now to those who follow a CNAME, and whether that is
 * nobody's fault.
 */
int	outside_shown(size_t name, size_t server, bool *is_fault);
/* Note what all servers show, because something has changed. */
void	outside_observe(void);
/* Names without anything for long are left alone. */
void	outside_tidy(void);
/* A change at the primary, that spreads. */
void	outside_change(size_t name, int value, bool is_fault);
void	outside_stop(size_t server, enum manner manner, int64_t until);
void	outside_start(size_t server);
/*
 * Whether some receiver may now find something other than the key at the name;
 * faults: also what is not for the product to prevent.
 */
bool	outside_is_bad(size_t name, int id, bool faults);
/* Whether a live server shows the key, or a dead one may come back with it. */
bool	outside_has_key(size_t name, int id);
/* What the resolver outside answers. */
int	outside_resolve(size_t name);

/* -- doubles.c: below the product ---------------------------------------- */

struct file *file_find(struct keystore *host, const char *selector);
/* The same, also if the private key is lost. */
struct file *file_any(struct keystore *host, const char *selector);
void	file_remove(struct keystore *host, struct file *file);
bool	file_is_good(const struct file *file);
int	key_id(const struct ks_key *key);
void	state_copy(struct ks_state *to, const struct ks_state *from);

/* -- hosts.c: other hosts ------------------------------------------------ */

void	peers_init(void);
void	peers_finish(void);
/* A number below limit, that changes nothing else in the world. */
int64_t	peers_random(int64_t limit);
void	peers_push(struct keystore *host);
void	peers_forget(void);
void	peers_live(void);
void	peers_repair(void);
bool	peers_are_away(void);
bool	peers_lack(int id);
bool	peers_may_sign(int id);

/* -- people.c, fate.c, judge.c ------------------------------------------- */

void	people_hear(struct keystore *host, const struct domain_report *report);
void	people_act(struct keystore *host);
void	fate_strike(void);
/* Sign mail at this moment. */
void	judge_mail(struct keystore *host);
void	judge_peer_mail(const struct ks_key *key);
void	judge_report(struct keystore *host,
	    const struct domain_report *report);
void	judge_hour(void);
void	judge_run(struct keystore *host);
/* Before a private key is destroyed. */
void	judge_destruction(struct keystore *host, const struct ks_key *key);

/* Between the files of judge.  Troubles and causes are bits of a set. */
#define BIT(n)	(UINT32_C(1) << (n))

int64_t	judge_window(void);	/* how long mail may be verified */
bool	judge_shows_wrong(size_t name, int id);
int	judge_at_primary(const struct ks_key *key);
bool	judge_has_future(const struct ks_key *key, int64_t clock);
void	judge_find_causes(void);
void	judge_needs(struct keystore *host, bool has_run);

#endif /* DECADE_H */

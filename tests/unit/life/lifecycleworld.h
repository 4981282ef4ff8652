/* SPDX-License-Identifier: ISC */

/*
 * A world in which the steps of a domain's keys are carried out: DNS servers
 * that get a change late, or are dead and come back with what they had, a host
 * with a clock that may be wrong, mail that is signed, a timer that runs what
 * is due; another host with copies of the keys, that is away at times; and
 * owners of domains who lose their CNAMEs.
 *
 * Whatever must never happen ends the test: a key that signs though a cache
 * may lack its record, a record that goes while mail is under way, a run that
 * does not end.  A seed makes a world; the same seed makes the same one.
 */

#ifndef LIFECYCLEWORLD_H
#define LIFECYCLEWORLD_H

#include "life/lifecycle.h"
#include "life/silence.h"

#define WORLD_KEYS	2000
#define WORLD_SERVERS	3
#define WORLD_SLOTS	3	/* of an algorithm */

enum world_record { WORLD_NONE, WORLD_FULL, WORLD_EMPTY, WORLD_OTHER };

/* One server's record of a key; next takes its place when it arrives. */
struct world_server {
	enum world_record	record, next;
	int64_t			since, arrives;
	int64_t			ended[WORLD_OTHER + 1];	/* last shown; 0 */
};

/* A server that gets no changes, and, if it is dead, gives no answers. */
struct world_health {
	bool			is_stuck, is_dead;
	int64_t			stuck;		/* since when */
	int64_t			excused_until;	/* it may show old records */
	struct silence		silence;	/* as the host counts it */
};

/* What is true of a key, whatever the state says. */
struct world_key {
	struct world_server	servers[WORLD_SERVERS];
	struct world_server	outside;	/* as resolvers show it */
	int64_t			last_signature;	/* KS_NEVER: none */
	int64_t			withdrawn;	/* when its record went */
	int64_t			made;
	int64_t			harmed_until;	/* its record, by a stranger */
	int64_t			damaged_until;	/* its file */
	unsigned int		slot;		/* 0: none, or free again */
	/* As the other host knows it; and when it was told its end, ... */
	struct ks_key		 copy;
	bool			 has_copy, knows_end;
	int64_t			 told;
	int64_t			 copy_use;	/* ... signed last; KS_NEVER */
	int64_t			 noted_use;	/* what this host knows of it */
};

/* The CNAME of a slot, in the zone of the domain's owner. */
struct world_alias {
	int64_t			 broken_until;
	bool			 is_wrong;	/* and not missing */
};

struct world {
	const char		*name;
	uint64_t		 seed;
	int64_t			 now;		/* truly */
	int64_t			 ahead;		/* what the clock is wrong */
	struct lifecycle_policy	 policy;
	struct world_health	 health[WORLD_SERVERS];
	int64_t			 unreachable_after;
	int64_t			 expire;	/* of the zone */
	int64_t			 propagation;	/* at most, to a server */
	int64_t			 negative;	/* TTL of what is not there */
	unsigned int		 crash_percent;	/* of runs */
	bool			 dns_is_down;
	/* Resolvers outside: they get changes late, do not answer, or see
	 * nothing of the zone. */
	int64_t			 outside_lag;	/* at most */
	bool			 outside_is_silent, outside_is_split;

	struct ks_state		 state;
	struct ks_key		*keys;		/* WORLD_KEYS of each */
	struct lifecycle_fact	*facts;
	struct world_key	*truths;
	bool			 has_slots;	/* as in CNAME mode */
	bool			 has_aliases;	/* CNAMEs lead to them */
	/* Of default keys, and of those of a stream. */
	struct world_alias	 aliases[2][LIFECYCLE_NALGORITHMS]
				    [WORLD_SLOTS + 1];
	bool			 has_host, host_is_away;
	unsigned int		 counter;	/* of other selectors */

	int64_t			 last_run;	/* that was not cut off, */
	int64_t			 last_good_run;	/* and had DNS */
	int64_t			 last_forward;	/* jump of the clock */
	int64_t			 last_jump;

	uint64_t		 trace;		/* of all that happened */
	size_t			 nrotations, nwithdrawn, ndestroyed;
	size_t			 nexcused;	/* withdrawn after a jump */
	size_t			 nsignatures, nreused;
	size_t			 ninvisible;	/* refused for the outside */
	size_t			 ngiven_up;	/* their names were taken */
	size_t			 ncopies;	/* signatures by the other */
};

void	world_init(struct world *world, const char *name, uint64_t seed);
void	world_finish(struct world *world);

/* A number below limit. */
int64_t	world_random(struct world *world, int64_t limit);
bool	world_chance(struct world *world, unsigned int per_mille);

/* What the clock of the host says. */
int64_t	world_clock(const struct world *world);

void	world_set_clock(struct world *world, int64_t ahead);

/*
 * A server gets no changes any more, and may be dead, too.  Later it comes back
 * with what it had, until it gets the changes; what has expired it does not
 * show.
 */
void	world_stop_server(struct world *world, size_t j, bool is_dead);
void	world_start_server(struct world *world, size_t j);
/* Whether the host still waits for some server. */
bool	world_is_waiting(const struct world *world);

/* All that is due, as the timer has it done. */
void	world_run(struct world *world);

/* A message: every key that signs now signs it; begun: it began before. */
void	world_sign(struct world *world, bool begun);

/* A change in DNS, that reaches each server when it may. */
void	world_publish(struct world *world, size_t i,
	    enum world_record record);

/* The record of a key goes: checks that it may. */
void	world_withdraw(struct world *world, size_t i);

/* What is known of the other host, before the next step is asked for. */
void	world_note_host(struct world *world);

/* A CNAME is missing or wrong until then. */
void	world_break_alias(struct world *world, size_t i, int64_t until);
bool	world_is_unlinked(const struct world *world, size_t i);

enum lifecycle_view world_view(const struct world *world, size_t i);
enum lifecycle_outside world_outside(const struct world *world, size_t i);

/* Files are damaged, and restored. */
void	world_damage(struct world *world, size_t i, int64_t until);
bool	world_is_damaged(const struct world *world);

/* The key of the line that signs, in reserve; -1: none. */
long	world_active_of(const struct world *world,
	    const struct lifecycle_line *line);
long	world_standby_of(const struct world *world,
	    const struct lifecycle_line *line);

/* The default key of the algorithm that signs, in reserve; -1: none. */
long	world_active(const struct world *world,
	    enum dkimsig_algorithm algorithm);
long	world_standby(const struct world *world,
	    enum dkimsig_algorithm algorithm);

#endif /* LIFECYCLEWORLD_H */

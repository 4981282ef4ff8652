/* SPDX-License-Identifier: ISC */

/*
 * A model of the fleet for spin: two hosts change one domain's keys through DNS
 * and a database that may be restored from a backup.
 *
 * Key 0 signs at the start; key 1 is generated and takes over.  Host 0 begins
 * alone, admits host 1, and may expel it.
 *
 * The model says almost nothing about time, so what it proves holds for any
 * delay: each step of a host may come arbitrarily late after the one before
 * (SIGSTOP, a partition, a full disk), or never (silence, kill -9); a lease
 * ends at any moment; the clocks of hosts differ by any amount.  It assumes
 * only this about time: that a hook ends within the span that was noted for it,
 * and UPDATE_ENDS; that a clock that has passed an activation does not go back
 * before it, and that all signers of a host have read a mark when its record is
 * revoked there.  If hooks are used and a backup is restored, that each host
 * has seen a newer token than the backup has, so that it refuses the backup;
 * and that each host writes back what it has while changes of DNS are held.
 *
 * A hook outlives the command that began it.  The next holder waits for the
 * span of each intent that is open: beyond the end of the lease, or from when
 * the daemon saw that its client lives no more, and abandoned the lease.  An
 * UPDATE may come at any time; its span is not relied upon.
 *
 * Rows are true here: that nobody else can write them is for unit tests.
 *
 * The environment says what happens in a run (EVENTS), which check is missing
 * (MISSING=NUMBER) and which goal is an error (REACH=NUMBER).  test_model.py
 * sets them: without a check spin must find an error, and each goal is reached.
 */

#define HOSTS		2
#define KEYS		2
#define other(x)	(1 - (x))

/* What happens in this run. */
#define BACKUP		1
#define REMOVE		2	/* records go in the end */
#define EXPEL		4
#define WITHOUT		8
#define KILL		16
#define HOOK		32
#define MARKS		64	/* times the number of compromises */
#define happens(event)	((events & (event)) != 0)
/* The largest world would be too large. */
#define may_lag		(!happens(BACKUP) || events < MARKS)

/* A check; MISSING=number leaves it out. */
#define CHECK(number, condition)	(missing == number || (condition))

#define FENCE		1	/* a write names the token of its lease */
#define FROM		2	/* a write names what was seen before */
#define CONFIRM		3	/* activation waits for confirmations */
#define STOPPED		4	/* revocation waits for all who sign */
#define LOWER		5	/* a lower change number is never news */
#define STICKY		6	/* a compromised mark stays */
#define PREREQUISITE	7	/* an UPDATE names what was seen in DNS */
#define HOOK_ENDS	8	/* a new lease waits for open intents */
#define UPDATE_ENDS	9	/* p= stays longer than an UPDATE can live */
#define INTENT_FIRST	10	/* who sees an intent to revoke stops signing */
#define ADMIT_FRESH	11	/* who admits has what the database has */
#define MARK_FIRST	12	/* own marks are pushed before admitting */
#define LOOK_GONE	13	/* a look at DNS counts a missing record */
#define LOOK_RESERVE	14	/* it looks at the reserve, too */
#define LISTED		15	/* a lower member list is never news */
#define NAMED		16	/* compromise lists who has not confirmed */
#define OUTCOME		17	/* published only after DNS showed it */
#define SETTLED		18	/* a report waits for the signers */
#define SPAN		19	/* what is abandoned takes its span */
#define LIVES		20	/* no lease of a client that lives is abandoned */
#define OWN_INTENT	21	/* who settles an intent notes one of its own */
#define HELD		22	/* a restored database waits for lost intents */
#define TERM		23	/* a lease taken again is another one */

/* Goals. */
#define PUBLISHED		1
#define ACTIVATED		2
#define WITHDRAWN		3
#define LOOK_STOPPED		4
#define RESTORED		5
#define EXPELLED		6
#define ABANDONED		7

/* The phase of a key.  Those in -ING are intents, written before DNS is. */
#define GENERATED	0
#define PUBLISHING	1
#define STANDBY		2
#define ACTIVE		3
#define RETIRED		4
#define REVOKING	5
#define REVOKED		6
#define REMOVING	7
#define REMOVED		8

/* What DNS shows. */
#define NEVER		0
#define SHOWN		1
#define EMPTY		2	/* p= */
#define GONE		3

/* Where a host is in its work on a key. */
#define IDLE		0
#define HOLDS		1	/* the lease */
#define DECIDED		2	/* what to write, from what it read */
#define INTENDED	3	/* the intent is written */
#define SENDING		4	/* checked its lease for the last time */
#define SENT		5

#define NOBODY		2

byte missing, reach, events;
bit by_hook;			/* hooks know no prerequisites */

byte dns[KEYS];

/* The database: the row of each key, its confirmations, the lease, the list. */
byte phase[KEYS];
bit mark[KEYS];			/* compromised */
byte change;
byte token, holder;		/* whose token is the newest; whose lease */
byte list;			/* 0: host 0; 1: both; 2: host 1 was expelled */

/* A backup of it. */
byte b_phase[KEYS];
bit b_mark[KEYS];
byte b_change;
byte b_list;
byte nmarks;			/* compromises so far */
byte backup;			/* 0: none yet; 1: made; 2: restored */
bit held;			/* intents were lost with the database */

/* Each host: its mirror, what it keeps on disk, its work. */
byte m_phase[4];		/* [2 * host + key] */
bit m_mark[4];
byte seen[HOSTS];		/* the highest change number */
byte m_list[HOSTS];		/* the highest member list */
bit loaded[HOSTS];		/* and confirmed: key 1 */
bit switched[HOSTS];		/* its clock has passed the activation */
bit lags[HOSTS];		/* signers have not read that key 0 ended */
bit dead[4];			/* its look at DNS stopped it */
bit left[4];			/* is named as left behind with the key */
bit without[HOSTS];		/* was left out of the activation */
byte pc[HOSTS], work[HOSTS], to[HOSTS];

/* Of hooks: whether the time of its lease has not passed, by its own clock. */
bit until[HOSTS];
/* An open intent, for which others wait: see is_over(). */
byte wait[HOSTS];
#define LEASE_AND_SPAN	1
#define SPAN_ALONE	2
/* A change that nobody will note: its client, or the daemon, was killed. */
byte orphan[HOSTS];		/* the intent, or 0 */
bit orphan_key[HOSTS];
bit begun[HOSTS];		/* else a client that lives may begin it */
hidden byte worked;

#define at(h, k)	(2 * (h) + (k))
#define member(h, l)	((h) == 0 || (l) == 1)

/* Whether a host signs with a key. */
#define stops(h)	(m_mark[at(h, 0)] || dead[at(h, 0)])
#define state0(h)	(!stops(h) && (m_phase[at(h, 0)] == ACTIVE ||	\
			(m_phase[at(h, 0)] == RETIRED && !switched[h]) || \
			(missing == INTENT_FIRST &&			\
			m_phase[at(h, 0)] == REVOKING)))
#define signs0(h)	(state0(h) || (lags[h] && !stops(h)))
#define signs1(h)	(loaded[h] && !m_mark[at(h, 1)] &&		\
			!dead[at(h, 1)] &&				\
			m_phase[at(h, 1)] >= STANDBY &&			\
			m_phase[at(h, 1)] <= ACTIVE &&			\
			(stops(h) || (m_phase[at(h, 1)] == ACTIVE &&	\
			(switched[h] || m_phase[at(h, 0)] != RETIRED))))

/* No signature with a key whose record is not there, but by whom we named. */
#define good_use(h, k, s)	(!(s) || dns[k] == SHOWN ||		\
				(dns[k] != NEVER && left[at(h, k)]))
/* What was revoked or removed stays so. */
#define all_before(k, limit)	(m_phase[at(0, k)] < limit &&		\
				m_phase[at(1, k)] < limit)
#define good_dns(k)	((dns[k] != SHOWN || all_before(k, REVOKED)) &&	\
			(dns[k] != EMPTY || all_before(k, REMOVED)))
/* Rotation alone never leaves a host without a key. */
#define good_supply(h)	(m_phase[at(h, 0)] == GENERATED || signs0(h) ||	\
			signs1(h) || without[h] || left[at(h, 0)] ||	\
			m_mark[0] || m_mark[1] || m_mark[2] || m_mark[3])

/*
 * A host reports that it stopped signing with key 0.  This never becomes false,
 * so the report is as good as the fact.
 */
#define stopped(h)	(m_phase[at(h, 0)] >= RETIRED && !state0(h) &&	\
			CHECK(SETTLED, !lags[h] || stops(h)))

/* Something of that host changes DNS, now or later. */
#define in_flight(h)	(pc[h] == SENDING || (orphan[h] != 0 && begun[h]))
/* The last look at the lease, by the monotonic clock. */
#define may_send(h)	((by_hook && until[h]) ||			\
			(!by_hook && holder == h && token == h))
#define nobody_sends(h)	(pc[other(h)] != SENDING && orphan[0] == 0 &&	\
			orphan[1] == 0)

/* The work of a host ends: done, refused, or killed. */
inline idle(h)
{
	work[h] = 0;
	to[h] = 0;
	pc[h] = IDLE
}

inline check()
{
	assert(good_use(0, 0, signs0(0)));
	assert(good_use(0, 1, signs1(0)));
	assert(good_use(1, 0, signs0(1)));
	assert(good_use(1, 1, signs1(1)));
	assert(good_dns(0));
	assert(good_dns(1));
	assert(good_supply(0));
	assert(good_supply(1))
}

inline goal(number)
{
	if
	:: reach == number -> assert(false)
	:: else
	fi
}

/* A backup has no token as new as each host has seen. */
#define is_used()	(!by_hook || backup != 2)
/* The host is a member, and its mirror is as the database. */
#define is_fresh(h)	(is_used() && seen[h] == change &&		\
			member(h, list) && CHECK(LISTED, list >= m_list[h]))

#define is_intent(p)	((p) == PUBLISHING || (p) == REVOKING ||	\
			(p) == REMOVING)
#define is_free(h)	(pc[h] == HOLDS && is_fresh(h))
/* It notes that, so the database looks at its lease. */
#define may_settle(h)	(is_free(h) && (missing == OWN_INTENT ||	\
			(holder == h && token == h)))
#define may_begin(h)	(is_free(h) && !is_intent(m_phase[at(h, 0)]) &&	\
			!is_intent(m_phase[at(h, 1)]))
#define may_activate(h)	(may_begin(h) && m_phase[at(h, 1)] == STANDBY && \
			!m_mark[at(h, 1)] && m_phase[at(h, 0)] == ACTIVE && \
			dns[1] == SHOWN)
#define may_retire(h)	(may_begin(h) && m_phase[at(h, 0)] == RETIRED)

inline decide(h, k, next)
{
	work[h] = k;
	to[h] = next;
	pc[h] = DECIDED
}

/* Change the row of a key, if all that the write names holds. */
inline write(h, k, next)
{
	if
	:: CHECK(FENCE, token == h) && member(h, list) &&
	    CHECK(FROM, change == seen[h]) ->
		if
		:: next == ACTIVE ->
			phase[1] = ACTIVE;
			phase[0] = RETIRED;
			m_phase[at(h, 0)] = RETIRED;
			lags[h] = may_lag;
			goal(ACTIVATED)
		:: else -> phase[k] = next
		fi;
		m_phase[at(h, k)] = next;
		change++;
		seen[h] = change;
		if
		:: is_intent(next) ->
			wait[h] = by_hook * LEASE_AND_SPAN;
			pc[h] = INTENDED
		:: else ->
			wait[h] = 0;
			pc[h] = HOLDS
		fi
	:: else -> idle(h)
	fi
}

/* Change DNS, if that is possible. */
inline send(k, next, done)
{
	done = true;
	if
	:: next == PUBLISHING && (by_hook || dns[k] == NEVER ||
	    dns[k] == GONE || missing == PREREQUISITE) ->
		dns[k] = SHOWN;
		goal(PUBLISHED)
	:: next == REVOKING && (by_hook || dns[k] == SHOWN) ->
		dns[k] = EMPTY
	:: next == REMOVING && (by_hook || dns[k] == EMPTY) ->
		dns[k] = GONE
	/* As it should be already. */
	:: (next == PUBLISHING && dns[k] == SHOWN) ||
	    (next == REVOKING && dns[k] == EMPTY) ||
	    (next == REMOVING && dns[k] == GONE)
	:: else -> done = false
	fi
}

/* Settle what was intended before. */
inline settle(h, k)
{
	work[h] = k;
	if
	:: missing != OWN_INTENT -> wait[h] = by_hook * LEASE_AND_SPAN
	:: else
	fi;
	pc[h] = INTENDED
}

#define may_die(h)	(happens(KILL) && orphan[h] == 0)

/* The client of the daemon is killed. */
inline strike(h)
{
	if
	:: pc[h] == SENDING ->
		orphan[h] = to[h];
		orphan_key[h] = work[h];
		begun[h] = true
	:: else
	fi;
	idle(h)
}

/* Give the lease back, while a change may be under way. */
inline abandon(h)
{
	if
	:: wait[h] != 0 ->
		wait[h] = (missing == SPAN -> 0 : SPAN_ALONE);
		goal(ABANDONED)
	:: else
	fi;
	holder = NOBODY
}

inline forget(h)
{
	orphan[h] = 0;
	orphan_key[h] = 0;
	begun[h] = false
}

/* The holder of the lease. */
proctype Rotate(byte h)
{
end:	do
	/* The new holder waits until what the old one began has ended. */
	:: d_step { pc[h] == IDLE && holder == NOBODY && is_fresh(h) &&
	    CHECK(HOOK_ENDS, wait[0] == 0 && wait[1] == 0) &&
	    CHECK(HELD, !held) ->
		token = h;
		holder = h;
		until[h] = by_hook;
		pc[h] = HOLDS;
		check() }
	/* It was lost meanwhile, and is taken again for what was decided. */
	:: d_step { missing == TERM && pc[h] == DECIDED && holder == NOBODY &&
	    is_fresh(h) && wait[0] == 0 && wait[1] == 0 && !held ->
		token = h;
		holder = h;
		until[h] = by_hook }
	:: d_step { may_settle(h) && is_intent(m_phase[at(h, 0)]) ->
		settle(h, 0) }
	:: d_step { may_settle(h) && is_intent(m_phase[at(h, 1)]) ->
		settle(h, 1) }
	/* A new step, if nothing is open. */
	:: d_step { may_begin(h) && m_phase[at(h, 1)] == GENERATED ->
		decide(h, 1, PUBLISHING) }
	:: d_step { may_activate(h) && CHECK(CONFIRM,
	    loaded[0] && (!member(1, list) || loaded[1])) ->
		decide(h, 1, ACTIVE) }
	:: d_step { may_retire(h) && CHECK(STOPPED,
	    stopped(0) && (!member(1, list) || stopped(1))) ->
		decide(h, 0, REVOKING) }
	/* A person says --without HOST. */
	:: d_step { may_activate(h) && happens(WITHOUT) && loaded[h] &&
	    member(other(h), list) && !loaded[other(h)] ->
		without[other(h)] = true;
		left[at(other(h), 0)] = true;
		decide(h, 1, ACTIVE) }
	:: d_step { may_retire(h) && happens(WITHOUT) && stopped(h) &&
	    member(other(h), list) && !stopped(other(h)) ->
		left[at(other(h), 0)] = true;
		decide(h, 0, REVOKING) }
	:: d_step { may_begin(h) && m_mark[at(h, 0)] &&
	    m_phase[at(h, 0)] < REVOKING -> decide(h, 0, REVOKING) }
	:: d_step { may_begin(h) && m_mark[at(h, 1)] &&
	    m_phase[at(h, 1)] < REVOKING && m_phase[at(h, 1)] >= STANDBY ->
		decide(h, 1, REVOKING) }
	:: d_step { may_begin(h) && happens(REMOVE) &&
	    m_phase[at(h, 0)] == REVOKED ->
		decide(h, 0, REMOVING) }
	:: d_step { may_begin(h) && happens(REMOVE) &&
	    m_phase[at(h, 1)] == REVOKED ->
		decide(h, 1, REMOVING) }
	:: d_step { pc[h] == HOLDS && !(holder == h && token == h) ->
		idle(h) }
	:: d_step { pc[h] == DECIDED -> write(h, work[h], to[h]); check() }
	:: d_step { pc[h] == INTENDED && may_send(h) &&
	    (m_phase[at(h, work[h])] != REMOVING ||
	    CHECK(UPDATE_ENDS, by_hook || nobody_sends(h))) ->
		to[h] = m_phase[at(h, work[h])];
		pc[h] = SENDING }
	:: d_step { pc[h] == INTENDED && !may_send(h) -> idle(h) }
	:: d_step { pc[h] == SENDING ->
		send(work[h], to[h], worked);
		if
		:: worked -> pc[h] = SENT
		:: else -> idle(h)
		fi;
		check() }
	:: d_step { pc[h] == INTENDED && missing == OUTCOME -> pc[h] = SENT }
	/* STANDBY, REVOKED, REMOVED. */
	:: d_step { pc[h] == SENT ->
		write(h, work[h], m_phase[at(h, work[h])] + 1);
		if
		:: m_phase[at(h, 0)] == REMOVED -> goal(WITHDRAWN)
		:: else
		fi;
		check() }
	/* kill -9: what is on disk stays, and so does what was sent. */
	:: d_step { pc[h] != IDLE && may_die(h) -> strike(h) }
	/* The daemon lives, and sees it. */
	:: d_step { pc[h] != IDLE && may_die(h) && by_hook && holder == h &&
	    token == h -> strike(h); abandon(h) }
	/* The daemon is killed, and its client is not. */
	:: d_step { pc[h] == INTENDED && may_die(h) && until[h] ->
		orphan[h] = m_phase[at(h, work[h])];
		orphan_key[h] = work[h];
		if
		:: missing == LIVES && holder == h && token == h ->
			abandon(h)
		:: else
		fi;
		idle(h) }
	:: d_step { orphan[h] != 0 && !begun[h] && until[h] -> begun[h] = true }
	:: d_step { orphan[h] != 0 && begun[h] ->
		send(orphan_key[h], orphan[h], worked);
		forget(h);
		check() }
	:: d_step { orphan[h] != 0 -> forget(h) }
	od
}

/* The rest of a host. */
proctype Mirror(byte h)
{
end:	do
	/* Take what is new in the database. */
	:: d_step { (pc[h] == IDLE || pc[h] == HOLDS) && member(h, list) &&
	    (list >= m_list[h] || missing == LISTED) &&
	    (change > seen[h] || (missing == LOWER && change != seen[h])) ->
		if
		/* The first mirror is complete before the host serves. */
		:: m_phase[at(h, 0)] == GENERATED && phase[1] >= PUBLISHING &&
		    phase[1] <= ACTIVE -> loaded[h] = true
		:: else
		fi;
		lags[h] = lags[h] || (may_lag &&
		    m_phase[at(h, 0)] == ACTIVE && phase[0] >= RETIRED);
		m_phase[at(h, 0)] = phase[0];
		m_phase[at(h, 1)] = phase[1];
		m_mark[at(h, 0)] = mark[0] ||
		    (missing != STICKY && m_mark[at(h, 0)]);
		m_mark[at(h, 1)] = mark[1] ||
		    (missing != STICKY && m_mark[at(h, 1)]);
		seen[h] = change;
		m_list[h] = list;
		check() }
	:: d_step { !loaded[h] && m_phase[at(h, 1)] >= PUBLISHING &&
	    m_phase[at(h, 1)] <= ACTIVE && member(h, list) ->
		loaded[h] = true;
		check() }
	:: d_step { !switched[h] && m_phase[at(h, 0)] >= RETIRED ->
		switched[h] = true;
		check() }
	:: d_step { lags[h] -> lags[h] = false; check() }
	/* Look at DNS for the records of its own keys. */
	:: d_step { signs0(h) || signs1(h) ->
		if
		:: signs0(h) && (dns[0] == EMPTY || (dns[0] == GONE &&
		    missing != LOOK_GONE)) ->
			dead[at(h, 0)] = true;
			goal(LOOK_STOPPED)
		:: else
		fi;
		if
		:: signs1(h) && missing != LOOK_RESERVE && (dns[1] == EMPTY ||
		    (dns[1] == GONE && missing != LOOK_GONE)) ->
			dead[at(h, 1)] = true
		:: else
		fi;
		assert(!signs0(h) || dns[0] == SHOWN);
		assert(!signs1(h) || dns[1] == SHOWN);
		check() }
	od
}

/* Compromise a key: here it ends at once; nobody is waited for. */
inline compromise(h, k)
{
	nmarks++;
	m_mark[at(h, k)] = true;
	if
	:: missing != NAMED && member(other(h), m_list[h]) ->
		left[at(other(h), k)] = true
	:: else
	fi
}

/* Who knows that it was expelled refuses. */
#define may_compromise(h, k)	(nmarks < events / MARKS &&		\
				((h) == 0 || m_list[h] != 2) &&		\
				!m_mark[at(h, k)] &&			\
				m_phase[at(h, k)] >= STANDBY &&		\
				m_phase[at(h, k)] <= RETIRED)
#define may_revoke(h, k)	(m_mark[at(h, k)] && dns[k] == SHOWN &&	\
				m_phase[at(h, k)] >= STANDBY &&		\
				m_phase[at(h, k)] <= RETIRED)
#define may_push(h, k)		(m_mark[at(h, k)] && !mark[k] && is_fresh(h))

inline push(h, k)
{
	mark[k] = true;
	change++;
	seen[h] = change
}

proctype People(byte h)
{
end:	do
	:: d_step { may_compromise(h, 0) -> compromise(h, 0); check() }
	:: d_step { may_compromise(h, 1) -> compromise(h, 1); check() }
	:: d_step { may_revoke(h, 0) -> dns[0] = EMPTY; check() }
	:: d_step { may_revoke(h, 1) -> dns[1] = EMPTY; check() }
	:: d_step { may_push(h, 0) -> push(h, 0) }
	:: d_step { may_push(h, 1) -> push(h, 1) }
	/* After the database was restored: what the mirrors have. */
	:: d_step { (backup == 2 || held) && seen[h] > change &&
	    member(h, m_list[h]) ->
		phase[0] = m_phase[at(h, 0)];
		phase[1] = m_phase[at(h, 1)];
		mark[0] = m_mark[at(h, 0)];
		mark[1] = m_mark[at(h, 1)];
		change = seen[h];
		list = m_list[h];
		token = NOBODY;
		holder = NOBODY;
		held = by_hook;
		backup = 3;
		goal(RESTORED);
		check() }
	od
}

/*
 * The time of a lease passes, also of one that was ended before: its holder
 * begins nothing more.
 */
inline pass(h)
{
	until[h] = false;
	if
	:: holder == h -> holder = NOBODY
	:: else
	fi;
	if
	:: !begun[h] -> forget(h)
	:: else
	fi
}

/* Nobody waits any longer: what had begun has ended. */
#define is_over(h)	(!in_flight(h) && (!until[h] || wait[h] == SPAN_ALONE))

proctype World()
{
end:	do
	/* The lease ends, by the clock of the database. */
	:: d_step { holder != NOBODY && !by_hook -> holder = NOBODY }
	:: d_step { until[0] -> pass(0) }
	:: d_step { until[1] -> pass(1) }
	:: d_step { wait[0] != 0 && is_over(0) -> wait[0] = 0 }
	:: d_step { wait[1] != 0 && is_over(1) -> wait[1] = 0 }
	:: d_step { backup == 0 && happens(BACKUP) ->
		b_phase[0] = phase[0];
		b_phase[1] = phase[1];
		b_mark[0] = mark[0];
		b_mark[1] = mark[1];
		b_change = change;
		b_list = list;
		backup = 1 }
	:: d_step { backup == 1 && b_change != change ->
		phase[0] = b_phase[0];
		phase[1] = b_phase[1];
		mark[0] = b_mark[0];
		mark[1] = b_mark[1];
		change = b_change;
		list = b_list;
		holder = NOBODY;
		wait[0] = 0;
		wait[1] = 0;
		backup = 2 }
	:: d_step { held && !in_flight(0) && !in_flight(1) && !until[0] &&
	    !until[1] && seen[0] <= change && seen[1] <= change ->
		held = false }
	/* Host 0 admits host 1, and expels it. */
	:: d_step { m_list[0] == 0 && CHECK(ADMIT_FRESH, is_fresh(0)) &&
	    holder == NOBODY &&
	    CHECK(MARK_FIRST, mark[0] == m_mark[at(0, 0)] &&
	    mark[1] == m_mark[at(0, 1)]) ->
		token = NOBODY;
		list = 1;
		m_list[0] = 1 }
	:: d_step { m_list[0] == 1 && happens(EXPEL) && is_fresh(0) ->
		token = NOBODY;
		holder = NOBODY;
		list = 2;
		m_list[0] = 2;
		left[at(1, 0)] = true;
		left[at(1, 1)] = true;
		goal(EXPELLED) }
	od
}

init
{
	atomic {
		c_code {
			now.missing = (unsigned char)atoi(getenv("MISSING"));
			now.events = (unsigned char)atoi(getenv("EVENTS"));
			now.reach = (unsigned char)atoi(getenv("REACH"));
		};
		by_hook = happens(HOOK);
		dns[0] = SHOWN;
		phase[0] = ACTIVE;
		m_phase[at(0, 0)] = ACTIVE;
		change = 1;
		seen[0] = 1;
		holder = NOBODY;
		token = NOBODY;
		run Rotate(0);
		run Rotate(1);
		run Mirror(0);
		run Mirror(1);
		run People(0);
		run People(1);
		run World()
	}
}

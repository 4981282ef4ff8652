/* SPDX-License-Identifier: ISC */

/*
 * What needs a person in a simulated decade is told within a day in which
 * rotation ran.
 */

#include "decade.h"

#include <stdio.h>

#include "life/key_phase.h"
#include "life/newkey.h"

#define TELL_WITHIN	DAY

static const struct {
	const char	*name;
	uint32_t	 troubles;	/* that tell it */
} needs[NEEDS] = {
	[NEED_SIGNING] = { "nothing signs", BIT(TROUBLE_NOT_SIGNED) |
	    BIT(TROUBLE_KEY_FILE) | BIT(TROUBLE_KEY_STORE) |
	    BIT(TROUBLE_ROTATION) | BIT(TROUBLE_EXPOSED) },
	[NEED_RECORD] = { "a record is wrong", BIT(TROUBLE_RECORD) |
	    BIT(TROUBLE_VANISHED) | BIT(TROUBLE_CNAME) },
	[NEED_SERVER] = { "a server is silent", BIT(TROUBLE_SERVER) },
	[NEED_RESERVE] = { "no reserve", ~(BIT(TROUBLE_OLD_RECORD) |
	    BIT(TROUBLE_RECORD) | BIT(TROUBLE_VANISHED) |
	    BIT(TROUBLE_INVISIBLE) | BIT(TROUBLE_OVERDUE)) },
	[NEED_WITHDRAWAL] = { "an old record stays", BIT(TROUBLE_OLD_RECORD) |
	    BIT(TROUBLE_PUBLICATION) | BIT(TROUBLE_CLOCK) |
	    BIT(TROUBLE_HOST) },
	[NEED_REVOCATION] = { "a compromised key is not revoked",
	    BIT(TROUBLE_EXPOSED) | BIT(TROUBLE_PUBLICATION) },
	[NEED_FILE] = { "a key file is bad", BIT(TROUBLE_KEY_FILE) |
	    BIT(TROUBLE_SPARE_FILE) | BIT(TROUBLE_KEY_STORE) },
	[NEED_CLOCK] = { "the clock", BIT(TROUBLE_CLOCK) |
	    BIT(TROUBLE_EXPOSED) },
	[NEED_ROTATION] = { "a key signs for too long",
	    ~(BIT(TROUBLE_OLD_RECORD)) },
	[NEED_STATE] = { "the state is lost", BIT(TROUBLE_ROTATION) |
	    BIT(TROUBLE_STRAY_FILE) },
	[NEED_ALIAS] = { "a CNAME is missing or wrong", BIT(TROUBLE_CNAME) },
	[NEED_HOST] = { "another host is not up to date",
	    BIT(TROUBLE_HOST) | BIT(TROUBLE_EXPOSED) }
};

const char *
need_name(enum need need)
{
	return needs[need].name;
}

/* Of one key in use. */
static void
find_needs_of_use(struct keystore *host, const struct ks_key *key,
    bool *is_now)
{
	const struct file *file = file_find(host, key->selector);
	const int64_t clock = host_clock(host);
	const int id = key_id(key);

	if (judge_has_future(key, clock)) {
		is_now[NEED_CLOCK] = true;
		return;
	}
	if (ks_key_is_active(key, clock)) {
		is_now[NEED_RECORD] |= file_is_good(file) && file->id == id &&
		    host->net_down_until <= decade->now &&
		    judge_shows_wrong(decade->truths[id].name, id);
		is_now[NEED_ROTATION] |= clock - key->active_from >
		    decade->rotation.every + decade->rotation.every / 4 + DAY;
		is_now[NEED_FILE] |= !file_is_good(file) || file->id != id;
	} else if (key->verified != KS_NEVER)
		is_now[NEED_FILE] |= file != NULL && (!file_is_good(file) ||
		    file->id != id);
}

/* Of one that has ended. */
static void
find_needs_of_end(struct keystore *host, const struct ks_key *key,
    bool *is_now)
{
	const struct truth *truth = &decade->truths[key_id(key)];
	const int64_t clock = host_clock(host);
	const int value = judge_at_primary(key);
	const bool is_there = value == key_id(key) || value == SHOWS_EMPTY;
	int64_t due;

	if (key->retire_at == KS_NEVER || key->retire_at > clock ||
	    key->compromised || !is_there)
		return;
	if (judge_has_future(key, clock)) {
		is_now[NEED_CLOCK] = true;
		return;
	}
	due = key->retire_at + decade->rotation.retain + judge_window() + DAY;
	if (key->revoked != KS_NEVER)
		due = key->revoked + decade->rotation.revoke_for + DAY;
	else if (truth->last_signature != KS_NEVER &&
	    truth->last_signature + judge_window() + DAY > due)
		due = truth->last_signature + judge_window() + DAY;
	is_now[NEED_WITHDRAWAL] |= due < clock &&
	    host->net_down_until <= decade->now;
}

/* Whether a line has a key in reserve. */
static bool
line_has_reserve(struct keystore *host, const struct lifecycle_line *line)
{
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (lifecycle_line_has(line, key) &&
		    key_stays_in_use(key, clock) &&
		    key->verified != KS_NEVER && key->verified <= clock &&
		    !ks_key_is_active(key, clock) &&
		    file_is_good(file_find(host, key->selector)))
			return true;
	}
	return false;
}

/* Whether all streams have a reserve of the algorithm. */
static bool
has_reserve(struct keystore *host, enum dkimsig_algorithm algorithm)
{
	const struct lifecycle_line ours = { NULL, algorithm };
	const struct lifecycle_line others = { DECADE_STREAM, algorithm };

	return line_has_reserve(host, &ours) &&
	    (decade->config.nstreams == 0 || line_has_reserve(host, &others));
}

static bool
stream_signs(struct keystore *host, const char *stream)
{
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->algorithm == DKIMSIG_RSA_SHA256 &&
		    ks_key_is_of(key, stream) &&
		    ks_key_is_active(key, clock) &&
		    file_is_good(file_find(host, key->selector)))
			return true;
	}
	return false;
}

/* Whether mail of all sources is signed. */
static bool
signs(struct keystore *host)
{
	return stream_signs(host, NULL) && (decade->config.nstreams == 0 ||
	    stream_signs(host, DECADE_STREAM));
}

/* Whether servers are asked for some record. */
static bool
has_record(const struct keystore *host)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->published != KS_NEVER && key_stays_in_use(key,
		    host_clock(host)))
			return true;
	}
	return false;
}

/* The CNAMEs of the slots, and of all keys that may be verified. */
static bool
lacks_alias(struct keystore *host)
{
	char text[DKIMSIG_DOMAIN_SIZE];
	const struct ks_key *key;
	size_t i;

	if (decade->rotation.cname_zone == NULL)
		return false;
	for (i = 1; i <= NEWKEY_SLOTS; i++) {
		(void)snprintf(text, sizeof(text), "countersign-r%zu."
		    "_domainkey." DOMAIN "." ZONE, i);
		if (dns_alias_is_wrong(outside_alias(outside_name(text))))
			return true;
	}
	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key_stays_in_use(key, host_clock(host)) &&
		    dns_alias_is_wrong(outside_alias(
		    decade->truths[key_id(key)].name)))
			return true;
	}
	return false;
}

/* Whether nothing but another host keeps a verified key from its turn. */
static bool
waits_for_host(struct keystore *host, const struct ks_key *active)
{
	const struct lifecycle_line line = lifecycle_line_of(active);
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	bool waits = false;
	size_t i;

	if (!ks_key_is_active(active, clock) ||
	    !key_stays_in_use(active, clock) ||
	    clock - active->active_from <= decade->rotation.every)
		return false;
	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (!lifecycle_line_has(&line, key) || key == active ||
		    !key_stays_in_use(key, clock) ||
		    key->verified == KS_NEVER || key->verified > clock)
			continue;
		if (!peers_lack(key_id(key)) ||
		    !file_is_good(file_find(host, key->selector)))
			return false;
		waits = true;
	}
	return waits;
}

static bool
needs_host(struct keystore *host)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->removed == KS_NEVER && (waits_for_host(host, key) ||
		    (key->compromised && peers_may_sign(key_id(key)))))
			return true;
	}
	return false;
}

static void
find_needs(struct keystore *host, bool *is_now)
{
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	size_t i;

	/* Without a state nothing else can be known. */
	is_now[NEED_STATE] = !host->has_state;
	if (!host->has_state)
		return;
	for (i = 0; i < SERVERS; i++)
		is_now[NEED_SERVER] |= decade->servers[i].manner ==
		    IS_SILENT && host->net_down_until <= decade->now &&
		    has_record(host);
	is_now[NEED_SERVER] &= decade->servers[0].manner != IS_SILENT ||
	    decade->servers[1].manner != IS_SILENT ||
	    decade->servers[2].manner != IS_SILENT;
	is_now[NEED_SIGNING] = !signs(host);
	is_now[NEED_ALIAS] = lacks_alias(host) &&
	    host->net_down_until <= decade->now;
	is_now[NEED_HOST] = decade->npeers > 0 && needs_host(host);
	is_now[NEED_RESERVE] = !has_reserve(host, DKIMSIG_RSA_SHA256) ||
	    (decade->rotation.wants_ed25519 && !has_reserve(host,
	    DKIMSIG_ED25519_SHA256));
	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->removed != KS_NEVER)
			continue;
		is_now[NEED_REVOCATION] |= key->compromised &&
		    judge_at_primary(key) == key_id(key);
		if (key_stays_in_use(key, clock))
			find_needs_of_use(host, key, is_now);
		else
			find_needs_of_end(host, key, is_now);
	}
}

/* How long a state may last before it needs a person. */
static int64_t
patience(enum need need)
{
	const int64_t waits = decade->propagation + decade->rotation.ttl +
	    decade->negative + 3 * HOUR;

	switch (need) {
	case NEED_SERVER:
		return DAY;
	case NEED_RESERVE:
		return DAY + waits;
	case NEED_SIGNING:
		return decade->hosts[0].last_run == KS_NEVER ? DAY : waits;
	default:
		return 2 * HOUR;
	}
}

static void
tell(enum need need)
{
	int64_t hours;

	decade->is_told[need] = true;
	hours = (decade->now - decade->needs[need]) / HOUR;
	if (hours > 399)
		hours = 399;
	decade->times[need][hours]++;
}

void
judge_needs(struct keystore *host, bool has_run)
{
	bool is_now[NEEDS] = { false };
	enum need need;

	find_needs(host, is_now);
	for (need = 0; need < NEEDS; need++) {
		if (!is_now[need]) {
			decade->needs[need] = KS_NEVER;
			decade->is_told[need] = false;
			continue;
		}
		if (decade->needs[need] == KS_NEVER)
			decade->needs[need] = decade->now;
		if (!has_run)
			decade->needs[need] += HOUR;
		if (decade->is_told[need] || !has_run)
			continue;
		if ((host->told_now & needs[need].troubles) != 0)
			tell(need);
		else if (decade->now - decade->needs[need] > patience(need) +
		    TELL_WITHIN)
			decade_broken("nobody is told: %s",
			    needs[need].name);
	}
}

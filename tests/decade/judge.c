/* SPDX-License-Identifier: ISC */

/*
 * What must be so at every hour of a simulated decade.
 *
 * 1. Signed mail finds its record: when it is signed, and for as long as it may
 *    be verified (queue_lifetime and signature_lifetime), in every cache that a
 *    receiver may have.  It may not, and this is counted as excused, only if
 *    - somebody else changed the record, or a server lied, or came back from
 *      the dead with old records, after the product had waited for it
 *      (answers that are "faults": they are never counted here);
 *    - the key is compromised;
 *    - the clock was set forward since the key was made, or, if the record was
 *      withdrawn, since the last signature: time that has passed cannot be told
 *      from that;
 *    - a backup brought the key back after its end, so that it signs until the
 *      reserve takes over, or, without a reserve, with an alarm; or the backup
 *      does not know when the key was used last;
 *    - a clone of the machine signs with the same key: neither host knows the
 *      last use of the other.
 *    - another host signed with it while the clock of the first, which counts
 *      the time since then, was ahead.
 * 2. A key starts to sign only if no live server shows anything but its record,
 *    and no other host is known to lack it; unless the previous key must not or
 *    cannot go on.
 * 3. A private key is destroyed only if no live server has its record, and no
 *    dead one can come back with it.
 * 4. What needs a person is told within a day in which rotation ran.
 * 5. What is told has a cause: something that is, or was just before, in the
 *    way.  A server that does not answer for less than a day is none for keys
 *    that wait for it: that goes away by itself.
 * 6. States and stores do not grow without end.
 */

#include "decade.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "life/key_phase.h"
#include "life/newkey.h"

#define MAX_LINES	510
#define MAX_FILES	40
#define TELL_WITHIN	DAY

static int64_t
window(void)
{
	return decade->rotation.signature_lifetime + decade->queue_lifetime;
}

/* -- Mail ---------------------------------------------------------------- */

static bool
is_excused(struct keystore *host, const struct truth *truth)
{
	if (truth->is_compromised || truth->was_shared || truth->was_revived ||
	    truth->was_ahead)
		return true;
	if (host->last_forward == KS_NEVER)
		return false;
	return host->last_forward >= (truth->withdrawn == KS_NEVER ?
	    truth->made : truth->last_signature);
}

static void
sign(struct keystore *host, const struct ks_key *key, struct file *file)
{
	struct truth *truth = &decade->truths[file->id];
	const int64_t clock = host_clock(host);

	decade->nmails++;
	if (outside_is_bad(truth->name, file->id, false)) {
		if (!is_excused(host, truth))
			decade_broken("%s signs, and a cache may have "
			    "something other than its record", key->selector);
		decade->nexcused++;
	}
	truth->last_signature = decade->now;
	if (file->last_use == KS_NEVER || clock - file->last_use >= 60 ||
	    file->last_use - clock > 60)
		file->last_use = clock;
}

void
judge_mail(struct keystore *host)
{
	/* No message can have begun with a key that was adopted since. */
	const bool begun_before = decade_chance(200) &&
	    decade->now - host->adopted > KS_HANDOVER;
	const struct ks_key *key;
	struct file *file;
	size_t i;

	if (!host->has_state)
		return;
	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (!(begun_before ? ks_key_may_sign(key, host_clock(host)) :
		    ks_key_is_active(key, host_clock(host))))
			continue;
		file = file_find(host, key->selector);
		if (file_is_good(file) && file->id == key_id(key))
			sign(host, key, file);
	}
}

/* On another host, whose clock is right. */
void
judge_peer_mail(const struct ks_key *key)
{
	struct truth *truth = &decade->truths[key_id(key)];

	decade->nmails++;
	truth->last_signature = decade->now;
	truth->was_ahead |= decade->hosts[0].ahead > 0;
	if (!outside_is_bad(truth->name, key_id(key), false))
		return;
	if (!is_excused(&decade->hosts[0], truth))
		decade_broken("%s signs on another host, and a cache may have "
		    "something other than its record", key->selector);
	decade->nexcused++;
}

/* Mail that was signed before, and may be verified now. */
static void
judge_mail_under_way(void)
{
	const struct truth *truth;
	int id;

	for (id = STRANGER + 1; id < decade->nkeys; id++) {
		truth = &decade->truths[id];
		if (truth->last_signature == KS_NEVER ||
		    truth->last_signature + window() <= decade->now)
			continue;
		decade->njudged++;
		if (!outside_is_bad(truth->name, id, false))
			continue;
		if (!is_excused(&decade->hosts[0], truth))
			decade_broken("the record of key %d (%s) is gone, and "
			    "mail is under way", id,
			    decade->names[truth->name].text);
		decade->nexcused++;
	}
}

/* -- Keys ---------------------------------------------------------------- */

void
judge_destruction(struct keystore *host, const struct ks_key *key)
{
	const struct truth *truth = &decade->truths[key_id(key)];

	if (outside_has_key(truth->name, key_id(key)) &&
	    !is_excused(host, truth) && decade->rotation.cname_zone == NULL)
		decade_broken("%s is destroyed, and its record may be shown",
		    key->selector);
}

static bool
is_shown_wrong(size_t name, int id)
{
	bool is_fault;
	size_t j;
	int shown;

	for (j = 0; j < SERVERS; j++) {
		shown = outside_shown(name, j, &is_fault);
		if (shown != id && shown != SHOWS_SILENCE)
			return true;
	}
	return false;
}

/* Whether the key that ended as this one began could have gone on. */
static bool
could_wait(struct keystore *host, const struct ks_key *key)
{
	const struct ks_key *before;
	bool is_first = true;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		before = &host->state.keys[i];
		if (before == key || before->algorithm != key->algorithm ||
		    before->active_from == KS_NEVER)
			continue;
		is_first = false;
		if (before->retire_at == key->active_from &&
		    before->active_from < before->retire_at &&
		    !before->compromised &&
		    file_is_good(file_find(host, before->selector)) &&
		    !is_shown_wrong(decade->truths[key_id(before)].name,
		    key_id(before)))
			return true;
	}
	return is_first;
}

static void
judge_start(struct keystore *host, const struct ks_key *key)
{
	struct truth *truth = &decade->truths[key_id(key)];

	decade->nrotations++;
	truth->begun = decade->now;
	if ((outside_is_bad(truth->name, key_id(key), false) ||
	    is_shown_wrong(truth->name, key_id(key))) &&
	    !is_excused(host, truth))
		decade_broken("%s starts to sign, and its record is not right "
		    "everywhere", key->selector);
	if (peers_lack(key_id(key)) && could_wait(host, key))
		decade_broken("%s starts to sign, and another host lacks it",
		    key->selector);
}

void
judge_run(struct keystore *host)
{
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	struct truth *truth;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		truth = &decade->truths[key_id(key)];
		if (truth->begun == KS_NEVER && ks_key_is_active(key, clock))
			judge_start(host, key);
		if (truth->retired == KS_NEVER &&
		    key_phase(key, clock) >= KEY_RETIRED)
			truth->retired = decade->now;
	}
	if (host->state.nkeys > decade->max_lines)
		decade->max_lines = host->state.nkeys;
	if (host->nfiles > decade->max_files)
		decade->max_files = host->nfiles;
	if (host->state.nkeys > MAX_LINES)
		decade_broken("%zu lines in the state", host->state.nkeys);
	if (host->nfiles > MAX_FILES)
		decade_broken("%zu key files", host->nfiles);
}

/* -- Causes -------------------------------------------------------------- */

static bool
is_in_use(const struct ks_key *key, int64_t clock)
{
	return key_stays_in_use(key, clock);
}

static int
at_primary(const struct ks_key *key)
{
	return decade->names[decade->truths[key_id(key)].name].
	    answers[0].value;
}

/* Whether somebody must change its record by hand. */
static bool
is_owed(struct keystore *host, const struct ks_key *key)
{
	const int64_t clock = host_clock(host);
	const struct truth *truth = &decade->truths[key_id(key)];
	const int value = at_primary(key);
	const struct file *file;
	int64_t due, last;

	if (decade->rotation.publish != ROTATION_MANUAL ||
	    key->removed != KS_NEVER)
		return false;
	if (is_in_use(key, clock))
		return value != key_id(key);
	if (key->compromised)
		return value == key_id(key) || key->revoked != KS_NEVER;
	if (key->retire_at > clock || key->retire_at == KS_NEVER)
		return false;
	if (key->revoked != KS_NEVER)
		return value != SHOWS_NOTHING && clock - key->revoked >=
		    decade->rotation.revoke_for;
	due = key->retire_at + decade->rotation.retain;
	last = truth->last_signature;
	/* What a clone has signed with it, this host cannot know. */
	file = file_any(host, key->selector);
	if (truth->was_shared && file != NULL)
		last = file->last_use;
	if (last == KS_NEVER)
		due = key->retire_at;
	else if (last + window() > due)
		due = last + window();
	/* A clock that was behind noted an earlier last use. */
	if (decade->causes[CAUSE_CLOCK] != KS_NEVER)
		due -= DAY;
	return due - HOUR <= clock && value == key_id(key);
}

static bool
has_future(const struct ks_key *key, int64_t clock)
{
	return key->generated > clock || key->published > clock ||
	    key->seen > clock || key->verified > clock ||
	    key->revoked > clock || key->removed > clock;
}

static void
find_causes_of_host(struct keystore *host, bool *is_now)
{
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	const struct file *file;
	size_t i;

	is_now[CAUSE_STATE] |= !host->has_state;
	is_now[CAUSE_CLOCK] |= host->ahead != 0;
	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->removed != KS_NEVER)
			continue;
		file = file_find(host, key->selector);
		is_now[CAUSE_FILE] |= !file_is_good(file) ||
		    file->id != key_id(key);
		is_now[CAUSE_CLOCK] |= has_future(key, clock);
		is_now[CAUSE_COMPROMISE] |= key->compromised;
		is_now[CAUSE_HAND] |= is_owed(host, key);
	}
	for (i = 0; i < host->nfiles; i++)
		is_now[CAUSE_STATE] |= !host->files[i].is_lost && ks_state_find(&host->state,
		    host->files[i].selector) == NULL;
}

/* Whether a state accounts for what the primary shows at a name. */
static bool
is_explained(const struct ks_state *state, size_t name, int value)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (value == SHOWS_EMPTY ? key->revoked != KS_NEVER &&
		    key->removed == KS_NEVER &&
		    decade->truths[key_id(key)].name == name :
		    key_id(key) == value && key->revoked == KS_NEVER &&
		    key->removed == KS_NEVER)
			return true;
	}
	return false;
}

/* Whether some record is of a key that no state has. */
static bool
has_orphan(void)
{
	size_t n, h;
	int value;

	for (n = 0; n < decade->nnames; n++) {
		value = decade->names[n].answers[0].value;
		if (decade->names[n].is_quiet || value == SHOWS_NOTHING ||
		    value == STRANGER)
			continue;
		for (h = 0; h < HOSTS; h++)
			if (decade->hosts[h].exists && is_explained(
			    &decade->hosts[h].state, n, value))
				break;
		if (h == HOSTS)
			return true;
	}
	return false;
}

/*
 * All selectors behind CNAMEs are used up for as long as old keys take to end,
 * after something else that made for more keys than usual.
 */
static bool
lacks_slots(void)
{
	enum cause cause;

	if (decade->rotation.cname_zone == NULL)
		return false;
	for (cause = 0; cause < CAUSES; cause++)
		if (cause != CAUSE_SLOTS && cause != CAUSE_BIRTH &&
		    decade->causes[cause] != KS_NEVER &&
		    decade->now - decade->causes[cause] < 150 * DAY)
			return true;
	return false;
}

/* A record that somebody changed is so until it is put right. */
static bool
is_harmed(void)
{
	size_t n;

	for (n = 0; n < decade->nnames; n++)
		if (!decade->names[n].is_quiet &&
		    decade->names[n].answers[0].is_fault)
			return true;
	return false;
}

static void
find_causes(void)
{
	struct keystore *host = &decade->hosts[0];
	bool is_now[CAUSES] = { false };
	const struct server *server;
	size_t j;

	for (j = 0; j < SERVERS; j++) {
		server = &decade->servers[j];
		if (server->manner == IS_SILENT) {
			is_now[CAUSE_SILENT] = true;
			is_now[CAUSE_SILENT_DAY] |= decade->now -
			    server->since >= DAY;
		}
		is_now[CAUSE_STUCK] |= server->manner == IS_STUCK ||
		    server->stale_until > decade->now ||
		    (j == 0 && server->manner == IS_SILENT);
		is_now[CAUSE_LIE] |= server->lies_until > decade->now;
	}
	is_now[CAUSE_HARM] = is_harmed();
	is_now[CAUSE_SLOTS] = lacks_slots();
	is_now[CAUSE_STATE] = has_orphan();
	is_now[CAUSE_OUTSIDE] = decade->split_until > decade->now ||
	    decade->mute_until > decade->now;
	is_now[CAUSE_NET] = host->net_down_until > decade->now;
	is_now[CAUSE_UPDATE] = decade->update_off_until > decade->now;
	is_now[CAUSE_CLONE] = decade->hosts[1].exists;
	is_now[CAUSE_DOWN] = host->down_until > decade->now ||
	    host->timer_off_until > decade->now;
	for (j = 0; j < decade->nnames; j++)
		is_now[CAUSE_ALIAS] |= dns_alias_is_wrong(outside_alias(j));
	is_now[CAUSE_HOST] = peers_are_away();
	for (j = 0; j < HOSTS; j++)
		if (decade->hosts[j].exists)
			find_causes_of_host(&decade->hosts[j], is_now);
	for (j = 0; j < CAUSES; j++)
		if (is_now[j])
			decade->causes[j] = decade->now;
}

/* -- What is told -------------------------------------------------------- */

#define BIT(n)	(UINT32_C(1) << (n))
#define ANY	(BIT(CAUSES) - 1)

static const uint32_t causes_of[] = {
	[TROUBLE_KEY_FILE]	= BIT(CAUSE_FILE) | BIT(CAUSE_STATE),
	[TROUBLE_SPARE_FILE]	= BIT(CAUSE_FILE) | BIT(CAUSE_STATE),
	[TROUBLE_KEY_STORE]	= BIT(CAUSE_FILE) | BIT(CAUSE_STATE),
	[TROUBLE_RECORD]	= BIT(CAUSE_LIE) | BIT(CAUSE_HARM) |
	    BIT(CAUSE_STUCK) | BIT(CAUSE_OUTSIDE) | BIT(CAUSE_STATE) |
	    BIT(CAUSE_CLONE) | BIT(CAUSE_ALIAS) | BIT(CAUSE_CLOCK),
	[TROUBLE_VANISHED]	= BIT(CAUSE_LIE) | BIT(CAUSE_HARM) |
	    BIT(CAUSE_STATE) | BIT(CAUSE_CLONE) | BIT(CAUSE_ALIAS),
	[TROUBLE_INVISIBLE]	= BIT(CAUSE_OUTSIDE) | BIT(CAUSE_LIE) |
	    BIT(CAUSE_HARM) | BIT(CAUSE_STUCK) | BIT(CAUSE_STATE) |
	    BIT(CAUSE_CLONE) | BIT(CAUSE_ALIAS),
	[TROUBLE_CNAME]		= BIT(CAUSE_ALIAS),
	[TROUBLE_NEW_RECORD]	= BIT(CAUSE_STUCK) | BIT(CAUSE_LIE) |
	    BIT(CAUSE_HARM) | BIT(CAUSE_SILENT_DAY) | BIT(CAUSE_NET) |
	    BIT(CAUSE_HAND) | BIT(CAUSE_CLONE) | BIT(CAUSE_STATE) |
	    BIT(CAUSE_ALIAS),
	[TROUBLE_OLD_RECORD]	= BIT(CAUSE_STUCK) | BIT(CAUSE_LIE) |
	    BIT(CAUSE_HARM) | BIT(CAUSE_HAND) | BIT(CAUSE_NET) |
	    BIT(CAUSE_CLONE) | BIT(CAUSE_STATE) | BIT(CAUSE_CLOCK),
	[TROUBLE_OUTSIDE]	= BIT(CAUSE_OUTSIDE) | BIT(CAUSE_NET) |
	    BIT(CAUSE_LIE) | BIT(CAUSE_HARM),
	[TROUBLE_PUBLICATION]	= BIT(CAUSE_UPDATE) | BIT(CAUSE_HARM) |
	    BIT(CAUSE_CLONE) | BIT(CAUSE_STATE) | BIT(CAUSE_SILENT) |
	    BIT(CAUSE_NET),
	[TROUBLE_EXPOSED]	= BIT(CAUSE_COMPROMISE),
	[TROUBLE_OVERDUE]	= ANY,
	[TROUBLE_CLOCK]		= BIT(CAUSE_CLOCK),
	[TROUBLE_GENERATION]	= ANY,
	[TROUBLE_NOT_SIGNED]	= ANY,
	[TROUBLE_NO_RESERVE]	= ANY,
	[TROUBLE_STRAY_FILE]	= BIT(CAUSE_STATE),
	[TROUBLE_SERVER]	= BIT(CAUSE_SILENT_DAY) | BIT(CAUSE_CLOCK),
	[TROUBLE_ROTATION]	= BIT(CAUSE_STATE),
	[TROUBLE_HOST]		= BIT(CAUSE_HOST) | BIT(CAUSE_STATE) |
	    BIT(CAUSE_FILE) | BIT(CAUSE_CLOCK) | BIT(CAUSE_NET),
	[TROUBLE_OTHER_HOST]	= BIT(CAUSE_CLONE) | BIT(CAUSE_HARM) |
	    BIT(CAUSE_STATE)
};

/* How long a cause may be over when its trouble is still told. */
static int64_t
slack_of(enum trouble trouble)
{
	const int64_t spreading = decade->propagation +
	    decade->rotation.ttl + decade->negative + 3 * HOUR;

	if (causes_of[trouble] == ANY || trouble == TROUBLE_OTHER_HOST ||
	    trouble == TROUBLE_VANISHED)
		return 4 * DAY + spreading;
	return spreading;
}

static bool
has_cause(enum trouble trouble)
{
	enum cause cause;

	for (cause = 0; cause < CAUSES; cause++)
		if ((causes_of[trouble] & BIT(cause)) != 0 &&
		    decade->causes[cause] != KS_NEVER &&
		    decade->causes[cause] + slack_of(trouble) >= decade->now)
			return true;
	return false;
}

void
judge_report(struct keystore *host, const struct domain_report *report)
{
	const struct report_line *line;
	size_t i;

	(void)host;
	find_causes();
	for (i = 0; i < report->nlines; i++) {
		line = &report->lines[i];
		if (line->trouble != TROUBLE_NONE && !has_cause(line->trouble))
			decade_broken("told without a cause: %s %s: %.200s",
			    trouble_word(line->trouble), line->selector,
			    line->text);
	}
}

/* -- What must be told --------------------------------------------------- */

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

	if (has_future(key, clock)) {
		is_now[NEED_CLOCK] = true;
		return;
	}
	if (ks_key_is_active(key, clock)) {
		is_now[NEED_RECORD] |= file_is_good(file) && file->id == id &&
		    host->net_down_until <= decade->now &&
		    is_shown_wrong(decade->truths[id].name, id);
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
	const int value = at_primary(key);
	const bool is_there = value == key_id(key) || value == SHOWS_EMPTY;
	int64_t due;

	if (key->retire_at == KS_NEVER || key->retire_at > clock ||
	    key->compromised || !is_there)
		return;
	if (has_future(key, clock)) {
		is_now[NEED_CLOCK] = true;
		return;
	}
	due = key->retire_at + decade->rotation.retain + window() + DAY;
	if (key->revoked != KS_NEVER)
		due = key->revoked + decade->rotation.revoke_for + DAY;
	else if (truth->last_signature != KS_NEVER &&
	    truth->last_signature + window() + DAY > due)
		due = truth->last_signature + window() + DAY;
	is_now[NEED_WITHDRAWAL] |= due < clock &&
	    host->net_down_until <= decade->now;
}

/* Whether an algorithm has a key in reserve. */
static bool
has_reserve(struct keystore *host, enum dkimsig_algorithm algorithm)
{
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->algorithm == algorithm && is_in_use(key, clock) &&
		    key->verified != KS_NEVER && key->verified <= clock &&
		    !ks_key_is_active(key, clock) &&
		    file_is_good(file_find(host, key->selector)))
			return true;
	}
	return false;
}

static bool
signs(struct keystore *host)
{
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->algorithm == DKIMSIG_RSA_SHA256 &&
		    ks_key_is_active(key, clock) &&
		    file_is_good(file_find(host, key->selector)))
			return true;
	}
	return false;
}

/* Whether servers are asked for some record. */
static bool
has_record(const struct keystore *host)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->published != KS_NEVER && is_in_use(key,
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
		if (is_in_use(key, host_clock(host)) && dns_alias_is_wrong(
		    outside_alias(decade->truths[key_id(key)].name)))
			return true;
	}
	return false;
}

/* Whether nothing but another host keeps a verified key from its turn. */
static bool
waits_for_host(struct keystore *host, const struct ks_key *active)
{
	const int64_t clock = host_clock(host);
	const struct ks_key *key;
	bool waits = false;
	size_t i;

	if (!ks_key_is_active(active, clock) || !is_in_use(active, clock) ||
	    clock - active->active_from <= decade->rotation.every)
		return false;
	for (i = 0; i < host->state.nkeys; i++) {
		key = &host->state.keys[i];
		if (key->algorithm != active->algorithm || key == active ||
		    !is_in_use(key, clock) || key->verified == KS_NEVER ||
		    key->verified > clock)
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
		    at_primary(key) == key_id(key);
		if (is_in_use(key, clock))
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

static void
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

void
judge_hour(void)
{
	struct keystore *host = &decade->hosts[0];

	/* Also while rotation does not run. */
	find_causes();
	judge_mail_under_way();
	judge_needs(host, host->last_run == decade->now);
}

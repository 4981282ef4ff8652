/* SPDX-License-Identifier: ISC */

/*
 * What must be so at every hour of a simulated decade: mail and keys.
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
 *      last use of the other;
 *    - another host signed with it while the clock of the first, which counts
 *      the time since then, was ahead;
 *    - somebody else removed the record, and a clone, which has its own key for
 *      the name, took it.
 * 2. A key starts to sign only if no live server shows anything but its record,
 *    and no other host is known to lack it; unless the previous key must not or
 *    cannot go on.
 * 3. A private key is destroyed only if no live server has its record, and no
 *    dead one can come back with it.
 * 4. States and stores do not grow without end.
 */

#include "decade.h"

#include "life/key_phase.h"

#define MAX_LINES	510
#define MAX_FILES	40

int64_t
judge_window(void)
{
	return decade->rotation.signature_lifetime + decade->queue_lifetime;
}

/* -- Mail ---------------------------------------------------------------- */

static bool
is_excused(struct keystore *host, const struct truth *truth)
{
	if (truth->is_compromised || truth->was_shared || truth->was_revived ||
	    truth->was_ahead || truth->was_displaced)
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
		    truth->last_signature + judge_window() <= decade->now)
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

bool
judge_shows_wrong(size_t name, int id)
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
	const struct lifecycle_line line = lifecycle_line_of(key);
	const struct ks_key *before;
	bool is_first = true;
	size_t i;

	for (i = 0; i < host->state.nkeys; i++) {
		before = &host->state.keys[i];
		if (before == key || !lifecycle_line_has(&line, before) ||
		    before->active_from == KS_NEVER)
			continue;
		is_first = false;
		if (before->retire_at == key->active_from &&
		    before->active_from < before->retire_at &&
		    !before->compromised &&
		    file_is_good(file_find(host, before->selector)) &&
		    !judge_shows_wrong(decade->truths[key_id(before)].name,
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
	    judge_shows_wrong(truth->name, key_id(key))) &&
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

/* -- Everything ---------------------------------------------------------- */

void
judge_hour(void)
{
	struct keystore *host = &decade->hosts[0];

	/* Also while rotation does not run. */
	judge_find_causes();
	judge_mail_under_way();
	judge_needs(host, host->last_run == decade->now);
}

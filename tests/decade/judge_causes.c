/* SPDX-License-Identifier: ISC */

/*
 * What is told in a simulated decade has a cause: something that is, or was
 * just before, in the way.  A server that does not answer for less than a day
 * is none for keys that wait for it: that goes away by itself.
 */

#include "decade.h"

#include "life/key_phase.h"

/* -- Causes -------------------------------------------------------------- */

int
judge_at_primary(const struct ks_key *key)
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
	const int value = judge_at_primary(key);
	const struct file *file;
	int64_t due, last;

	if (decade->rotation.publish != ROTATION_MANUAL ||
	    key->removed != KS_NEVER)
		return false;
	if (key_stays_in_use(key, clock))
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
	else if (last + judge_window() > due)
		due = last + judge_window();
	/* A clock that was behind noted an earlier last use. */
	if (decade->causes[CAUSE_CLOCK] != KS_NEVER)
		due -= DAY;
	return due - HOUR <= clock && value == key_id(key);
}

bool
judge_has_future(const struct ks_key *key, int64_t clock)
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
		is_now[CAUSE_CLOCK] |= judge_has_future(key, clock);
		is_now[CAUSE_COMPROMISE] |= key->compromised;
		is_now[CAUSE_HAND] |= is_owed(host, key);
	}
	for (i = 0; i < host->nfiles; i++)
		is_now[CAUSE_STATE] |= !host->files[i].is_lost &&
		    ks_state_find(&host->state, host->files[i].selector) ==
		    NULL;
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

void
judge_find_causes(void)
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
	judge_find_causes();
	for (i = 0; i < report->nlines; i++) {
		line = &report->lines[i];
		if (line->trouble != TROUBLE_NONE && !has_cause(line->trouble))
			decade_broken("told without a cause: %s %s: %.200s",
			    trouble_word(line->trouble), line->selector,
			    line->text);
	}
}

/* SPDX-License-Identifier: ISC */

/*
 * The people of a simulated decade.
 *
 * They know only what they are told by the troubles in a report, and do, when
 * they get to it, what its text asks for: after hours, days, weeks or never.
 */

#include "decade.h"

#include <stdlib.h>
#include <string.h>

#include "life/newkey.h"

static int64_t
delay(void)
{
	static const int64_t longest[PACES] = {
		[PACE_HOURS] = 8 * HOUR, [PACE_DAYS] = 4 * DAY,
		[PACE_WEEKS] = 40 * DAY
	};

	if (decade->pace == PACE_NEVER)
		return KS_NEVER;
	return decade->now + HOUR + decade_random(longest[decade->pace]);
}

static struct told *
find_told(struct keystore *host, enum trouble trouble, const char *selector)
{
	size_t i;

	for (i = 0; i < host->ntold; i++)
		if (host->told[i].trouble == trouble &&
		    strcmp(host->told[i].selector, selector) == 0)
			return &host->told[i];
	return NULL;
}

static void
hear_line(struct keystore *host, const struct report_line *line)
{
	struct told *told = find_told(host, line->trouble, line->selector);
	const bool wants_empty = strstr(line->text, "empty p=") != NULL;

	if (told == NULL) {
		if (host->ntold == TOLD)
			return;
		told = &host->told[host->ntold++];
		memset(told, 0, sizeof(*told));
		told->trouble = line->trouble;
		(void)strlcpy(told->selector, line->selector,
		    sizeof(told->selector));
		told->acts = delay();
		decade->ntold++;
		decade_say("host %d: told %s %s: %.200s",
		    (int)(host - decade->hosts), trouble_word(line->trouble),
		    line->selector, line->text);
	} else if (told->wants_empty && !wants_empty)
		told->acts = delay();
	told->wants_empty = wants_empty;
	told->is_kept = true;
}

void
people_hear(struct keystore *host, const struct domain_report *report)
{
	size_t i, n;

	for (i = 0; i < host->ntold; i++)
		host->told[i].is_kept = false;
	host->told_now = 0;
	for (i = 0; i < report->nlines; i++)
		if (report->lines[i].trouble != TROUBLE_NONE) {
			hear_line(host, &report->lines[i]);
			host->told_now |= UINT32_C(1) <<
			    report->lines[i].trouble;
		}
	for (i = n = 0; i < host->ntold; i++)
		if (host->told[i].is_kept)
			host->told[n++] = host->told[i];
	host->ntold = n;
}

/* -- What they do -------------------------------------------------------- */

static void
repair_servers(enum manner manner)
{
	size_t j;

	for (j = 0; j < SERVERS; j++) {
		if (decade->servers[j].manner == manner)
			outside_start(j);
		if (manner == IS_STUCK)
			decade->servers[j].lies_until = decade->now;
	}
	outside_observe();
}

/* The owner of the domain enters the CNAME of a selector. */
static void
enter_alias(const struct told *told)
{
	const size_t len = strlen(told->selector);
	size_t n;

	for (n = 0; n < decade->nnames; n++)
		if (strncmp(decade->names[n].text, told->selector, len) == 0 &&
		    decade->names[n].text[len] == '.')
			outside_mend_alias(n);
}

/* The key's record, as the text asks for it. */
static void
put_record(const struct keystore *host, const struct told *told, int value)
{
	const struct ks_key *key = ks_state_find(&host->state,
	    told->selector);

	if (!host->has_state || key == NULL || key->removed != KS_NEVER ||
	    decade->servers[0].manner == IS_SILENT)
		return;
	if (value > 0) {
		if (key->retire_at != KS_NEVER && key->retire_at <=
		    host_clock(host))
			return;
		value = key_id(key);
	}
	decade_say("person: %s: record %d", told->selector, value);
	outside_change(decade->truths[key_id(key)].name, value, false);
}

/* Whether mail signed with a key may still be under way. */
static bool
may_verify(int id)
{
	const int64_t last = decade->truths[id].last_signature;

	return last != KS_NEVER && last + decade->queue_lifetime +
	    decade->rotation.signature_lifetime > decade->now;
}

/*
 * Whether a record is another host's key, whose mail may be under way; that
 * host is found, and stopped.
 */
static bool
is_of_another(const struct keystore *host, const struct told *told)
{
	const struct ks_key *key = ks_state_find(&host->state,
	    told->selector);
	int value;

	if (!host->has_state || key == NULL)
		return false;
	value = decade->names[decade->truths[key_id(key)].name].
	    answers[0].value;
	if (value <= STRANGER || value == key_id(key))
		return false;
	decade->hosts[1].exists = false;
	return host != &decade->hosts[0] || may_verify(value);
}

static void
mend_records(const struct keystore *host, const struct told *told)
{
	const struct ks_key *key = ks_state_find(&host->state,
	    told->selector);
	const struct answer *answer;

	repair_servers(IS_STUCK);
	if (!host->has_state || key == NULL || key->compromised)
		return;
	answer = &decade->names[decade->truths[key_id(key)].name].answers[0];
	if (answer->value == key_id(key))
		return;
	if (is_of_another(host, told))
		return;
	if (decade->rotation.publish == ROTATION_MANUAL ||
	    answer->is_fault || key->published != KS_NEVER)
		put_record(host, told, key_id(key));
	else if (answer->value == STRANGER || (answer->value > 0 &&
	    !may_verify(answer->value)))
		put_record(host, told, SHOWS_NOTHING);
}

static void
mend_files(struct keystore *host)
{
	const struct backup *backup = decade->backup;
	struct file *file;
	size_t i;

	for (i = 0; i < host->nfiles; i++)
		host->files[i].damaged_until = KS_NEVER;
	for (i = 0; i < backup->nfiles; i++) {
		file = file_any(host, backup->files[i].selector);
		if (file != NULL && file->id == backup->files[i].id)
			file->is_lost = false;
	}
}

/* As countersign-key adopt does. */
static void
adopt(struct keystore *host)
{
	struct ks_key key;
	struct file *file;
	char public[16], stream[KS_STREAM_SIZE];
	size_t i;

	for (i = 0; i < host->nfiles; i++) {
		file = &host->files[i];
		if (file->is_lost || ks_state_find(&host->state,
		    file->selector) != NULL)
			continue;
		ks_key_init(&key);
		(void)strlcpy(key.selector, file->selector,
		    sizeof(key.selector));
		(void)snprintf(public, sizeof(public), "%d", file->id);
		key.public = public;
		if (newkey_stream(file->selector, stream))
			key.stream = DECADE_STREAM;
		key.algorithm = decade->truths[file->id].algorithm;
		key.generated = file->last_use != KS_NEVER &&
		    file->last_use < host_clock(host) ? file->last_use :
		    host_clock(host) - 1;
		key.published = key.active_from = key.generated;
		key.retire_at = host_clock(host);
		if (decade->rotation.cname_zone != NULL)
			(void)strlcpy(key.record, decade->names[
			    decade->truths[file->id].name].text,
			    sizeof(key.record));
		if (ks_state_append(&host->state, &key) != 0)
			abort();
		if (decade->truths[file->id].withdrawn != KS_NEVER)
			decade->truths[file->id].was_revived = true;
		decade_say("person: adopts %s", file->selector);
	}
	host->has_state = true;
	host->adopted = decade->now;
}

static void
mend_clock(struct keystore *host)
{
	if (host->ahead < 0)
		host->last_forward = decade->now;
	host->ahead = 0;
}

static void
act(struct keystore *host, const struct told *told)
{
	const bool by_hand = decade->rotation.publish == ROTATION_MANUAL;

	switch (told->trouble) {
	case TROUBLE_CNAME:
		enter_alias(told);
		break;
	case TROUBLE_NEW_RECORD:
	case TROUBLE_RECORD:
	case TROUBLE_NO_RESERVE:
	case TROUBLE_NOT_SIGNED:
	case TROUBLE_OVERDUE:
		mend_records(host, told);
		break;
	case TROUBLE_OLD_RECORD:
	case TROUBLE_EXPOSED:
		repair_servers(IS_STUCK);
		if (told->trouble == TROUBLE_EXPOSED)
			peers_repair();
		if ((by_hand || told->trouble == TROUBLE_OLD_RECORD) &&
		    !is_of_another(host, told))
			put_record(host, told, told->wants_empty &&
			    decade_chance(700) ? SHOWS_EMPTY : SHOWS_NOTHING);
		break;
	case TROUBLE_PUBLICATION:
		decade->update_off_until = decade->now;
		if (decade->servers[0].manner == IS_SILENT)
			outside_start(0);
		mend_records(host, told);
		break;
	case TROUBLE_OUTSIDE:
	case TROUBLE_INVISIBLE:
		decade->split_until = decade->mute_until = decade->now;
		break;
	case TROUBLE_SERVER:
		repair_servers(IS_SILENT);
		break;
	case TROUBLE_KEY_FILE:
	case TROUBLE_SPARE_FILE:
	case TROUBLE_KEY_STORE:
		mend_files(host);
		break;
	case TROUBLE_STRAY_FILE:
	case TROUBLE_ROTATION:
		adopt(host);
		break;
	case TROUBLE_OTHER_HOST:
		decade->hosts[1].exists = false;
		break;
	case TROUBLE_HOST:
		peers_repair();
		break;
	case TROUBLE_CLOCK:
		mend_clock(host);
		break;
	default:
		break;
	}
}

void
people_act(struct keystore *host)
{
	struct told told;
	size_t i;

	for (i = 0; i < host->ntold; i++) {
		told = host->told[i];
		if (told.acts == KS_NEVER || told.acts > decade->now)
			continue;
		/* Told again, somebody looks again. */
		host->told[i].acts = delay();
		act(host, &told);
	}
}

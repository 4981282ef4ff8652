/* SPDX-License-Identifier: ISC */

/*
 * Rows that are ignored: see alarms.h.  Alarms are compared by their texts,
 * which name the row and the reason; or by their beginnings, if the rest has
 * numbers that change.
 */

#include "fleet/alarms.h"

#include <string.h>

bool
fleet_alarms_note(struct fleet_alarms *alarms, const char *text,
    size_t keylen, bool lasts, int64_t now_ms)
{
	struct fleet_alarm *alarm;
	size_t i;

	if (keylen > FLEET_ALARM_SIZE - 1)
		keylen = FLEET_ALARM_SIZE - 1;
	for (i = 0; i < alarms->n; i++) {
		alarm = &alarms->list[i];
		if (alarm->keylen == keylen &&
		    strncmp(alarm->text, text, keylen) == 0) {
			(void)strlcpy(alarm->text, text, sizeof(alarm->text));
			alarm->noted_ms = now_ms;
			alarm->is_awaited = alarm->is_over = false;
			return false;
		}
	}
	if (alarms->n == FLEET_MAX_ALARMS) {
		alarms->nomitted++;
		return false;
	}
	alarm = &alarms->list[alarms->n++];
	(void)strlcpy(alarm->text, text, sizeof(alarm->text));
	alarm->keylen = keylen;
	alarm->noted_ms = now_ms;
	alarm->lasts = lasts;
	alarm->is_awaited = alarm->is_over = false;
	return true;
}

void
fleet_alarms_begin(struct fleet_alarms *alarms, int64_t now_ms)
{
	struct fleet_alarm *alarm;
	size_t i, kept = 0;

	for (i = 0; i < alarms->n; i++) {
		alarm = &alarms->list[i];
		alarm->is_awaited = !alarm->lasts;
		if (now_ms - alarm->noted_ms <= FLEET_ALARM_FORGET_MS)
			alarms->list[kept++] = *alarm;
	}
	alarms->n = kept;
	alarms->nomitted = 0;
}

void
fleet_alarms_end(struct fleet_alarms *alarms)
{
	size_t i;

	for (i = 0; i < alarms->n; i++)
		if (alarms->list[i].is_awaited)
			alarms->list[i].is_over = true;
}

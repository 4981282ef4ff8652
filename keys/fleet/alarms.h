/* SPDX-License-Identifier: ISC */

/*
 * Rows that are ignored, each told once.
 *
 * A row that is not believed is read again at each look; if there are very
 * many, at each sweep.  An alarm is told when it is first noted, and again if
 * it was not noted for FLEET_ALARM_FORGET_MS, which is longer than from one
 * sweep to the next.  It is over when a look that reads all such rows does not
 * note it, but for those that lasts is set for, which no look notes.  Who has
 * the database can make any number of them: those beyond FLEET_MAX_ALARMS are
 * only counted.
 */

#ifndef FLEET_ALARMS_H
#define FLEET_ALARMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLEET_MAX_ALARMS	256
#define FLEET_ALARM_SIZE	512	/* octets of a text, NUL included */
#define FLEET_ALARM_FORGET_MS	(3 * INT64_C(3600000))

struct fleet_alarm {
	char	text[FLEET_ALARM_SIZE];
	size_t	keylen;
	int64_t	noted_ms;
	bool	lasts;
	bool	is_awaited;	/* not noted yet, in this look */
	bool	is_over;
};

/* Zeroed: none. */
struct fleet_alarms {
	struct fleet_alarm	list[FLEET_MAX_ALARMS];
	size_t			n;
	size_t			nomitted;	/* since the last expiry */
};

/*
 * Note an alarm.  Two are the same if the first keylen octets of their texts
 * are; the later text is kept.  Returns whether it is to be told.
 */
bool	fleet_alarms_note(struct fleet_alarms *alarms, const char *text,
	    size_t keylen, bool lasts, int64_t now_ms);

/*
 * A look begins: forget those that were not noted any more, and how many were
 * omitted.
 */
void	fleet_alarms_begin(struct fleet_alarms *alarms, int64_t now_ms);

/* It has read all such rows: what it did not note is over. */
void	fleet_alarms_end(struct fleet_alarms *alarms);

#endif /* FLEET_ALARMS_H */

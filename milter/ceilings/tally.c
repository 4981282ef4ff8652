/* SPDX-License-Identifier: ISC */

/*
 * Counting for one source: see tally.h.
 *
 * A message is first compared with all ceilings, and counted only if none of
 * them defers it, so that retries do not keep a source over its ceiling.  What
 * finds no room in a table is not counted: CEILING_ROOM tells that.
 */

#include "ceilings/tally.h"

#include <string.h>

#define MINUTE	60	/* seconds */

static uint64_t
sum(const uint32_t counts[TALLY_MINUTES])
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < TALLY_MINUTES; i++)
		total += counts[i];
	return total;
}

/* Clear the counters of the minutes and hours that have begun since. */
static void
advance(struct tally *t, uint32_t minute)
{
	uint32_t hour = t->minute / 60, end = minute / 60;

	if (!t->is_begun) {
		t->is_begun = true;
		t->minute = minute;
		t->first_hour = end;
		return;
	}
	if (minute > t->minute && minute - t->minute >= TALLY_MINUTES) {
		memset(t->messages, 0, sizeof(t->messages));
		memset(t->recipients, 0, sizeof(t->recipients));
		t->minute = minute;
	}
	while (t->minute < minute) {
		t->minute++;
		t->messages[t->minute % TALLY_MINUTES] = 0;
		t->recipients[t->minute % TALLY_MINUTES] = 0;
	}
	/* Weeks without mail say nothing about what is usual. */
	if (end > hour && end - hour >= TALLY_HOURS) {
		memset(t->hours, 0, sizeof(t->hours));
		t->first_hour = end;
	} else
		while (hour < end)
			t->hours[++hour % TALLY_HOURS] = 0;
}

/* How many recipients there is room for. */
static size_t
room(const struct ceilings *limits)
{
	size_t n = limits->max[CEILING_RECIPIENTS_DAY];

	if (n == 0 && limits->max[CEILING_PER_RECIPIENT] > 0)
		n = TALLY_ROOM_RECIPIENTS;
	return n > limits->max[CEILING_RECIPIENTS_HOUR] ? n :
	    limits->max[CEILING_RECIPIENTS_HOUR];
}

/* Whether only the last hour's recipients matter. */
static bool
is_hour_only(const struct ceilings *limits)
{
	return limits->max[CEILING_RECIPIENTS_DAY] == 0 &&
	    limits->max[CEILING_PER_RECIPIENT] == 0;
}

static bool
is_recent(const struct tally *t, uint32_t minute)
{
	return t->minute < TALLY_MINUTES ||
	    minute > t->minute - TALLY_MINUTES;
}

/* If the table may be full, remove recipients who do not matter any more. */
static void
tidy(struct tally *t, size_t nmore)
{
	if (!is_hour_only(&t->ceilings) || t->expired == t->minute ||
	    t->today.n + nmore <= room(&t->ceilings) ||
	    t->minute < TALLY_MINUTES)
		return;
	t->expired = t->minute;
	table_expire(&t->today, t->minute - TALLY_MINUTES + 1);
}

static unsigned int
check(const struct tally *t, enum ceiling ceiling, uint64_t n)
{
	const uint32_t max = t->ceilings.max[ceiling];

	return max > 0 && n > max ? 1u << ceiling : 0;
}

static unsigned int
check_recipients(const struct tally *t, const struct tally_message *message)
{
	const struct table_entry *entry;
	uint64_t nhour = 0, nday = 0, most = 0;
	unsigned int over = 0;
	size_t i;

	for (i = 0; i < message->nrecipients; i++) {
		entry = table_find(&t->today, message->recipients[i]);
		nday += entry == NULL;
		nhour += entry == NULL || !is_recent(t, entry->last);
		if (entry != NULL && entry->count > most)
			most = entry->count;
	}
	/* Mail to those who got some before needs no more room. */
	if (nhour > 0)
		over |= check(t, CEILING_RECIPIENTS_HOUR,
		    sum(t->recipients) + nhour);
	if (nday > 0)
		over |= check(t, CEILING_RECIPIENTS_DAY, t->today.n + nday);
	if (message->nrecipients > 0)
		over |= check(t, CEILING_PER_RECIPIENT, most + 1);
	return over;
}

static unsigned int
check_body(const struct tally *t, const struct tally_message *message)
{
	const struct table_entry *entry;

	if (!message->has_body)
		return 0;
	entry = table_find(&t->bodies, message->body);
	return check(t, CEILING_PER_BODY, message->nrecipients +
	    (entry != NULL ? (uint64_t)entry->count : 0));
}

/* The most messages in the same hour of the last two weeks, or beside it. */
static uint64_t
usual(const struct tally *t, uint32_t hour)
{
	uint32_t most = 0, i, n;
	int week;

	for (week = 1; week <= 2; week++)
		for (i = 0; i < 3; i++) {
			n = t->hours[(hour - (uint32_t)week * TALLY_WEEK - 1 +
			    i) % TALLY_HOURS];
			if (n > most)
				most = n;
		}
	return most;
}

static unsigned int
check_unusual(const struct tally *t)
{
	const uint32_t hour = t->minute / 60;
	const uint64_t n = (uint64_t)t->hours[hour % TALLY_HOURS] + 1;
	const uint32_t factor = t->ceilings.max[CEILING_UNUSUAL];

	if (factor == 0 || n <= TALLY_LEAST_UNUSUAL ||
	    hour - t->first_hour < 2 * TALLY_WEEK + 1)
		return 0;
	return n > factor * usual(t, hour) ? 1u << CEILING_UNUSUAL : 0;
}

static void
add_recipient(struct tally *t, uint64_t hash, unsigned int *over)
{
	struct table_entry *entry;

	entry = table_add(&t->today, hash, room(&t->ceilings));
	if (entry == NULL) {
		/* At a ceiling that named the room, this is no news. */
		if ((*over & (1u << CEILING_RECIPIENTS_HOUR |
		    1u << CEILING_RECIPIENTS_DAY)) == 0)
			*over |= 1u << CEILING_ROOM;
		return;
	}
	if (entry->count > 0 && is_recent(t, entry->last) &&
	    t->recipients[entry->last % TALLY_MINUTES] > 0)
		t->recipients[entry->last % TALLY_MINUTES]--;
	t->recipients[t->minute % TALLY_MINUTES]++;
	entry->last = t->minute;
	if (entry->count < UINT32_MAX)
		entry->count++;
}

static void
count(struct tally *t, const struct tally_message *message, unsigned int *over)
{
	struct table_entry *entry;
	size_t i;

	t->messages[t->minute % TALLY_MINUTES]++;
	t->hours[t->minute / 60 % TALLY_HOURS]++;
	if (room(&t->ceilings) > 0)
		for (i = 0; i < message->nrecipients; i++)
			add_recipient(t, message->recipients[i], over);
	if (t->ceilings.max[CEILING_PER_BODY] == 0 || !message->has_body ||
	    message->nrecipients == 0)
		return;
	entry = table_add(&t->bodies, message->body, TALLY_ROOM_BODIES);
	if (entry == NULL)
		*over |= 1u << CEILING_ROOM;
	else if (message->nrecipients <= UINT32_MAX - entry->count)
		entry->count += (uint32_t)message->nrecipients;
}

/* Which of them to tell: each once in an hour. */
static unsigned int
alarms_of(struct tally *t, unsigned int over, int64_t now)
{
	unsigned int alarms = 0, i;

	for (i = 0; i < CEILING_MAX; i++) {
		if ((over & 1u << i) == 0 || (t->alarmed[i] != 0 &&
		    now - t->alarmed[i] < TALLY_ALARM_EVERY))
			continue;
		t->alarmed[i] = now;
		alarms |= 1u << i;
	}
	return alarms;
}

void
tally_take(struct tally *t, const struct tally_message *message, int64_t now,
    struct tally_result *result)
{
	unsigned int over;

	advance(t, (uint32_t)(now / MINUTE));
	tidy(t, message->nrecipients);
	over = check(t, CEILING_MESSAGES, sum(t->messages) + 1) |
	    check_recipients(t, message) | check_body(t, message) |
	    check_unusual(t);
	result->is_refused = (over & t->ceilings.defers) != 0;
	if (!result->is_refused)
		count(t, message, &over);
	result->over = over;
	result->alarms = alarms_of(t, over, now);
}

uint64_t
tally_use(struct tally *t, enum ceiling ceiling, int64_t now)
{
	if (!t->is_begun)
		return 0;
	advance(t, (uint32_t)(now / MINUTE));
	switch (ceiling) {
	case CEILING_MESSAGES:
		return sum(t->messages);
	case CEILING_RECIPIENTS_HOUR:
		return sum(t->recipients);
	case CEILING_RECIPIENTS_DAY:
		return t->today.n;
	default:
		return 0;
	}
}

/* From the newest counter that has one: it was taken seconds ago. */
static void
return_message(struct tally *t)
{
	const uint32_t hour = t->minute / 60;
	uint32_t i;

	for (i = 0; i < TALLY_MINUTES && i <= t->minute; i++)
		if (t->messages[(t->minute - i) % TALLY_MINUTES] > 0) {
			t->messages[(t->minute - i) % TALLY_MINUTES]--;
			break;
		}
	if (t->hours[hour % TALLY_HOURS] > 0)
		t->hours[hour % TALLY_HOURS]--;
}

static void
return_recipient(struct tally *t, uint64_t hash)
{
	struct table_entry *entry = table_find(&t->today, hash);

	if (entry == NULL || --entry->count > 0)
		return;
	entry->count = 1;	/* so that it is found */
	if (is_recent(t, entry->last) &&
	    t->recipients[entry->last % TALLY_MINUTES] > 0)
		t->recipients[entry->last % TALLY_MINUTES]--;
	table_remove(&t->today, hash);
}

void
tally_return(struct tally *t, const struct tally_message *message)
{
	struct table_entry *entry;
	size_t i;

	return_message(t);
	for (i = 0; i < message->nrecipients; i++)
		return_recipient(t, message->recipients[i]);
	entry = message->has_body ? table_find(&t->bodies, message->body) :
	    NULL;
	if (entry == NULL)
		return;
	if (entry->count > message->nrecipients)
		entry->count -= (uint32_t)message->nrecipients;
	else
		table_remove(&t->bodies, message->body);
}

void
tally_end_day(struct tally *t)
{
	table_clear(&t->today);
	table_clear(&t->bodies);
}

void
tally_reset(struct tally *t)
{
	struct tally empty = { .ceilings = t->ceilings };

	(void)strlcpy(empty.name, t->name, sizeof(empty.name));
	tally_end_day(t);
	*t = empty;
}

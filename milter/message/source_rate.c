/* SPDX-License-Identifier: ISC */

/*
 * Each source has a counter for the current minute and each of the last 60.
 *
 * There are 61, because the last 60 minutes begin within the 60th minute before
 * the current one.  Nothing fails: the table is static.
 */

#include "message/source_rate.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#define MINUTE_MS	((int64_t)60 * 1000)
#define HOUR_MS		(60 * MINUTE_MS)
#define MINUTES		61
#define NAME_SIZE	72	/* a source's name has up to 64 octets */

struct source_rate {
	char		 name[NAME_SIZE];	/* "": free */
	int64_t		 used;		/* last, ms; free: 0 */
	int64_t		 refused;	/* last, ms */
	bool		 was_refused;
	int64_t		 minute;	/* of the newest counter */
	unsigned int	 counts[MINUTES];	/* by minute % MINUTES */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct source_rate rates[RATE_SOURCES];

/* Clear the counters of the minutes that have begun since the last use. */
static void
advance(struct source_rate *rate, int64_t minute)
{
	if (minute - rate->minute >= MINUTES) {
		memset(rate->counts, 0, sizeof(rate->counts));
		rate->minute = minute;
	}
	while (rate->minute < minute)
		rate->counts[++rate->minute % MINUTES] = 0;
}

/* The source's counters.  A new source takes over a free slot, or that of the
 * source which was idle for longest. */
static struct source_rate *
find(const char *source, int64_t now_ms)
{
	struct source_rate *rate = &rates[0];
	size_t i;

	for (i = 0; i < RATE_SOURCES; i++) {
		if (strcmp(rates[i].name, source) == 0) {
			rate = &rates[i];
			break;
		}
		if (rates[i].used < rate->used)
			rate = &rates[i];
	}
	if (i == RATE_SOURCES) {
		memset(rate, 0, sizeof(*rate));
		(void)strlcpy(rate->name, source, sizeof(rate->name));
		rate->minute = now_ms / MINUTE_MS;
	}
	rate->used = now_ms;
	advance(rate, now_ms / MINUTE_MS);
	return rate;
}

bool
source_rate_take(const char *source, unsigned int max_per_hour, int64_t now_ms,
    bool *is_first)
{
	struct source_rate *rate;
	uint64_t sum = 0;
	size_t i;

	*is_first = false;
	pthread_mutex_lock(&lock);
	rate = find(source, now_ms);
	for (i = 0; i < MINUTES; i++)
		sum += rate->counts[i];
	if (sum < max_per_hour)
		rate->counts[rate->minute % MINUTES]++;
	else {
		*is_first = !rate->was_refused ||
		    now_ms - rate->refused >= HOUR_MS;
		rate->was_refused = true;
		rate->refused = now_ms;
	}
	pthread_mutex_unlock(&lock);
	return sum < max_per_hour;
}

void
source_rate_return(const char *source, int64_t now_ms)
{
	struct source_rate *rate;
	int64_t minute;
	size_t i;

	pthread_mutex_lock(&lock);
	rate = find(source, now_ms);
	/* From the newest counter: it was taken seconds ago. */
	for (i = 0; i < MINUTES && rate->minute >= (int64_t)i; i++) {
		minute = rate->minute - (int64_t)i;
		if (rate->counts[minute % MINUTES] > 0) {
			rate->counts[minute % MINUTES]--;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
}

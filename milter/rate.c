/* SPDX-License-Identifier: ISC */

/*
 * Two counters a source: of the present hour and of the one before.
 */

#include "rate.h"

#include <pthread.h>
#include <string.h>

#define HOUR_MS		((int64_t)60 * 60 * 1000)
#define NAME_SIZE	72	/* a source's name has up to 64 octets */

struct rate {
	char		 name[NAME_SIZE];	/* "": free */
	int64_t		 begin;		/* of the present hour */
	int64_t		 used;		/* last */
	int64_t		 alarm;		/* last; 0: none */
	unsigned int	 before, now;	/* messages */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rate rates[RATE_SOURCES];

/* The source's counters, moved on to the present hour. */
static struct rate *
find(const char *source, int64_t now)
{
	struct rate *rate = &rates[0];
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
		strlcpy(rate->name, source, sizeof(rate->name));
		rate->begin = now;
	}
	rate->used = now;
	if (now - rate->begin >= 2 * HOUR_MS) {
		rate->before = rate->now = 0;
		rate->begin = now;
	} else if (now - rate->begin >= HOUR_MS) {
		rate->before = rate->now;
		rate->now = 0;
		rate->begin += HOUR_MS;
	}
	return rate;
}

bool
rate_take(const char *source, unsigned int max_per_hour, int64_t now_ms,
    bool *is_first)
{
	struct rate *rate;
	uint64_t still;
	bool is_below;

	*is_first = false;
	pthread_mutex_lock(&lock);
	rate = find(source, now_ms);
	still = rate->before * (uint64_t)(HOUR_MS - (now_ms - rate->begin)) /
	    (uint64_t)HOUR_MS;
	is_below = still + rate->now < max_per_hour;
	if (is_below)
		rate->now++;
	else if (rate->alarm == 0 || now_ms - rate->alarm >= HOUR_MS) {
		rate->alarm = now_ms;
		*is_first = true;
	}
	pthread_mutex_unlock(&lock);
	return is_below;
}

void
rate_return(const char *source, int64_t now_ms)
{
	struct rate *rate;

	pthread_mutex_lock(&lock);
	rate = find(source, now_ms);
	if (rate->now > 0)
		rate->now--;
	pthread_mutex_unlock(&lock);
}

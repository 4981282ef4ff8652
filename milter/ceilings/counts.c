/* SPDX-License-Identifier: ISC */

/*
 * The tallies of all sources, their lock, the clock and the key of the day:
 * see counts.h.
 *
 * A recipient is hashed when it arrives and counted when its message ends.  If
 * a day has ended in between, its hash is one of the old key: then it is found
 * by nobody, and gone with the next day.
 */

#include "ceilings/counts.h"

#include <stdlib.h>
#include <string.h>

#include "ceilings/private.h"
#include "text/text.h"

#define DAY		86400	/* seconds */
#define ADDRESS_SIZE	512	/* what is hashed of one */

struct counts *
counts_new(void)
{
	struct counts *counts;

	if ((counts = calloc(1, sizeof(*counts))) == NULL)
		return NULL;
	(void)pthread_mutex_init(&counts->lock, NULL);
	counts->day = -1;
	counts->latest = -1;
	return counts;
}

static void
free_tallies(struct tally *tallies, size_t n)
{
	while (n > 0)
		tally_end_day(&tallies[--n]);
	free(tallies);
}

void
counts_free(struct counts *counts)
{
	if (counts == NULL)
		return;
	free_tallies(counts->tallies, counts->n);
	(void)pthread_mutex_destroy(&counts->lock);
	explicit_bzero(counts->key, sizeof(counts->key));
	free(counts);
}

static int
compare_tallies(const void *a, const void *b)
{
	const struct tally *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static int
compare_name(const void *name, const void *tally)
{
	return strcmp(name, ((const struct tally *)tally)->name);
}

struct tally *
counts_find(const struct counts *counts, const char *source)
{
	return counts->n == 0 ? NULL : bsearch(source, counts->tallies,
	    counts->n, sizeof(*counts->tallies), compare_name);
}

/* Move what was counted into the new tallies; free that of sources that have
 * gone. */
static void
replace(struct counts *counts, struct tally *tallies, size_t n)
{
	struct ceilings limits;
	struct tally *old;
	size_t i;

	for (i = 0; i < n; i++) {
		if ((old = counts_find(counts, tallies[i].name)) == NULL)
			continue;
		limits = tallies[i].ceilings;
		tallies[i] = *old;
		tallies[i].ceilings = limits;
		old->today = old->bodies = (struct table){ .n = 0 };
	}
	free_tallies(counts->tallies, counts->n);
	counts->tallies = tallies;
	counts->n = n;
	counts->changed++;
}

int
counts_configure(struct counts *counts, const struct config *config)
{
	struct tally *tallies;
	size_t i, n = 0;

	tallies = calloc(config->nsources + 1, sizeof(*tallies));
	if (tallies == NULL)
		return -1;
	for (i = 0; i < config->nsources; i++) {
		if (!ceilings_any(&config->sources[i].ceilings))
			continue;
		tallies[n].ceilings = config->sources[i].ceilings;
		(void)strlcpy(tallies[n++].name, config->sources[i].name,
		    sizeof(tallies->name));
	}
	if (n > 1)
		qsort(tallies, n, sizeof(*tallies), compare_tallies);
	pthread_mutex_lock(&counts->lock);
	replace(counts, tallies, n);
	pthread_mutex_unlock(&counts->lock);
	return 0;
}

bool
counts_has(struct counts *counts, const char *source)
{
	bool has;

	pthread_mutex_lock(&counts->lock);
	has = counts_find(counts, source) != NULL;
	pthread_mutex_unlock(&counts->lock);
	return has;
}

/* -- The clock ----------------------------------------------------------- */

static void
reset(struct counts *counts)
{
	size_t i;

	for (i = 0; i < counts->n; i++)
		tally_reset(&counts->tallies[i]);
	counts->was_reset = true;
	counts->day = -1;
}

/* The time, which never runs backward; begins a new day if it is due. */
static int64_t
advance(struct counts *counts, int64_t now)
{
	size_t i;

	if (now < 0)
		now = 0;
	if (now > (int64_t)UINT32_MAX)
		now = UINT32_MAX;
	if (counts->latest - now > COUNTS_BACKWARD)
		reset(counts);
	else if (now < counts->latest)
		now = counts->latest;
	counts->latest = now;
	if (now / DAY == counts->day)
		return now;
	for (i = 0; i < counts->n; i++)
		tally_end_day(&counts->tallies[i]);
	arc4random_buf(counts->key, sizeof(counts->key));
	counts->day = now / DAY;
	counts->changed++;
	return now;
}

/* -- Messages ------------------------------------------------------------ */

/* Write what is compared of an address; returns its length. */
static size_t
normalize(const char *address, char buf[ADDRESS_SIZE])
{
	const char *at;
	size_t len = 0;
	bool is_tag = false;

	if (*address == '<')
		address++;
	at = strrchr(address, '@');
	for (; *address != '\0' && len < ADDRESS_SIZE; address++) {
		if (address == at)
			is_tag = false;
		else if (*address == '+' && len > 0 && at != NULL &&
		    address < at)
			is_tag = true;
		if (!is_tag)
			buf[len++] = text_lower(*address);
	}
	if (len > 0 && buf[len - 1] == '>')
		len--;
	return len;
}

uint64_t
counts_recipient(struct counts *counts, const char *address, int64_t now)
{
	char buf[ADDRESS_SIZE];
	const size_t len = normalize(address, buf);
	uint64_t hash;

	pthread_mutex_lock(&counts->lock);
	(void)advance(counts, now);
	hash = siphash(counts->key, buf, len);
	pthread_mutex_unlock(&counts->lock);
	return hash;
}

static struct tally_message
hashes_of(const struct counts *counts, const struct counts_message *message)
{
	struct tally_message hashes = {
		.recipients = message->recipients,
		.nrecipients = message->nrecipients,
		.has_body = message->bodyhash != NULL
	};

	if (hashes.has_body)
		hashes.body = siphash(counts->key, message->bodyhash,
		    message->bodyhashlen);
	return hashes;
}

void
counts_take(struct counts *counts, const struct counts_message *message,
    int64_t now, struct tally_result *result)
{
	struct tally_message hashes;
	struct tally *tally;

	*result = (struct tally_result){ .over = 0 };
	pthread_mutex_lock(&counts->lock);
	if ((tally = counts_find(counts, message->source)) != NULL) {
		now = advance(counts, now);
		hashes = hashes_of(counts, message);
		tally_take(tally, &hashes, now, result);
		counts->changed++;
	}
	pthread_mutex_unlock(&counts->lock);
}

void
counts_return(struct counts *counts, const struct counts_message *message)
{
	struct tally_message hashes;
	struct tally *tally;

	pthread_mutex_lock(&counts->lock);
	if ((tally = counts_find(counts, message->source)) != NULL) {
		hashes = hashes_of(counts, message);
		tally_return(tally, &hashes);
		counts->changed++;
	}
	pthread_mutex_unlock(&counts->lock);
}

static const enum ceiling shown[] = { CEILING_MESSAGES,
    CEILING_RECIPIENTS_HOUR, CEILING_RECIPIENTS_DAY };
#define NSHOWN		(sizeof(shown) / sizeof(shown[0]))

bool
counts_shows(const struct ceilings *ceilings)
{
	size_t i;

	for (i = 0; i < NSHOWN; i++)
		if (ceilings->max[shown[i]] > 0)
			return true;
	return false;
}

void
counts_each_use(struct counts *counts, int64_t now,
    void (*fn)(const char *, enum ceiling, uint64_t, uint64_t, void *),
    void *arg)
{
	struct tally *tally;
	size_t i, j;

	pthread_mutex_lock(&counts->lock);
	if (counts->n > 0)
		now = advance(counts, now);
	for (i = 0; i < counts->n; i++) {
		tally = &counts->tallies[i];
		for (j = 0; j < NSHOWN; j++)
			fn(tally->name, shown[j], tally_use(tally, shown[j],
			    now), tally->ceilings.max[shown[j]], arg);
	}
	pthread_mutex_unlock(&counts->lock);
}

bool
counts_were_reset(struct counts *counts)
{
	bool was_reset;

	pthread_mutex_lock(&counts->lock);
	was_reset = counts->was_reset;
	counts->was_reset = false;
	pthread_mutex_unlock(&counts->lock);
	return was_reset;
}

uint64_t
counts_changed(struct counts *counts)
{
	uint64_t changed;

	pthread_mutex_lock(&counts->lock);
	changed = counts->changed;
	pthread_mutex_unlock(&counts->lock);
	return changed;
}

/* SPDX-License-Identifier: ISC */

/*
 * All counts as octets, for the slots of the file: see counts.h.
 *
 * Numbers have 32 bits, as in wire.h, which also keeps the length: larger ones
 * are two of them.  The order is the one of the functions here; FORMAT changes
 * with it, and a state of another format is not read.  Whatever is read is
 * checked: a wrong count must not be able to defer mail for long.
 */

#include "ceilings/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "ceilings/private.h"

#define FORMAT		1
/* Octets of a source at least: so many sources cannot be in less. */
#define LEAST_TALLY	((2 * TALLY_MINUTES + TALLY_HOURS) * 4)

static void
put_u64(struct wire_writer *w, uint64_t n)
{
	wire_put_u32(w, (uint32_t)(n >> 32));
	wire_put_u32(w, (uint32_t)n);
}

static uint64_t
get_u64(struct wire_reader *r)
{
	const uint64_t high = wire_get_u32(r);

	return high << 32 | wire_get_u32(r);
}

static void
put_array(struct wire_writer *w, const uint32_t *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		wire_put_u32(w, list[i]);
}

static void
get_array(struct wire_reader *r, uint32_t *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = wire_get_u32(r);
}

static void
put_table(struct wire_writer *w, const struct table *table)
{
	size_t i;

	wire_put_u32(w, (uint32_t)table->n);
	for (i = 0; i < table->size; i++) {
		if (table->slots[i].count == 0)
			continue;
		put_u64(w, table->slots[i].hash);
		wire_put_u32(w, table->slots[i].count);
		wire_put_u32(w, table->slots[i].last);
	}
}

/* Whether all of it could be read and stored. */
static bool
get_table(struct wire_reader *r, struct table *table, uint32_t newest)
{
	struct table_entry *entry, read;
	uint32_t n = wire_get_u32(r);

	while (n-- > 0) {
		read.hash = get_u64(r);
		read.count = wire_get_u32(r);
		read.last = wire_get_u32(r);
		if (r->failed || read.count == 0 || read.last > newest ||
		    table_find(table, read.hash) != NULL ||
		    (entry = table_add(table, read.hash, SIZE_MAX)) == NULL)
			return false;
		*entry = read;
	}
	return true;
}

static void
put_tally(struct wire_writer *w, const struct tally *tally)
{
	size_t i;

	wire_put_string(w, tally->name, strlen(tally->name));
	wire_put_u8(w, tally->is_begun);
	wire_put_u32(w, tally->minute);
	put_array(w, tally->messages, TALLY_MINUTES);
	put_array(w, tally->recipients, TALLY_MINUTES);
	wire_put_u32(w, tally->first_hour);
	put_array(w, tally->hours, TALLY_HOURS);
	for (i = 0; i < CEILING_MAX; i++)
		put_u64(w, (uint64_t)tally->alarmed[i]);
	put_table(w, &tally->today);
	put_table(w, &tally->bodies);
}

static bool
get_tally(struct wire_reader *r, struct tally *tally, int64_t latest)
{
	size_t i;

	wire_get_text(r, tally->name, sizeof(tally->name));
	tally->is_begun = wire_get_u8(r) != 0;
	tally->minute = wire_get_u32(r);
	get_array(r, tally->messages, TALLY_MINUTES);
	get_array(r, tally->recipients, TALLY_MINUTES);
	tally->first_hour = wire_get_u32(r);
	get_array(r, tally->hours, TALLY_HOURS);
	for (i = 0; i < CEILING_MAX; i++) {
		tally->alarmed[i] = (int64_t)get_u64(r);
		if (tally->alarmed[i] < 0 || tally->alarmed[i] > latest)
			return false;
	}
	if ((int64_t)tally->minute * 60 > latest ||
	    tally->first_hour > tally->minute / 60)
		return false;
	return get_table(r, &tally->today, tally->minute) &&
	    get_table(r, &tally->bodies, tally->minute);
}

unsigned char *
counts_write(struct counts *counts, size_t *len, uint64_t *changed)
{
	struct wire_writer w;
	size_t i;

	wire_writer_init(&w, COUNTS_MAX_STATE);
	pthread_mutex_lock(&counts->lock);
	*changed = counts->changed;
	wire_put_u32(&w, FORMAT);
	put_u64(&w, (uint64_t)counts->day);
	put_u64(&w, (uint64_t)counts->latest);
	wire_put_string(&w, counts->key, sizeof(counts->key));
	wire_put_u32(&w, (uint32_t)counts->n);
	for (i = 0; i < counts->n; i++)
		put_tally(&w, &counts->tallies[i]);
	pthread_mutex_unlock(&counts->lock);
	*len = w.len;
	if (w.failed) {
		wire_writer_finish(&w);
		return NULL;
	}
	return w.data;
}

/* Put what was read into the place of the same source, if there is one. */
static void
use_tally(struct counts *counts, struct tally *read)
{
	struct tally *tally = counts_find(counts, read->name);
	const struct ceilings *limits;

	if (tally == NULL)
		return;
	limits = &tally->ceilings;
	read->ceilings = *limits;
	tally_end_day(tally);
	*tally = *read;
	read->today = read->bodies = (struct table){ .n = 0 };
}

static void
free_read(struct tally *list, size_t n)
{
	while (n > 0)
		tally_end_day(&list[--n]);
	free(list);
}

/* Read all sources; NULL if they are malformed. */
static struct tally *
get_tallies(struct wire_reader *r, int64_t latest, size_t *n)
{
	const uint32_t wanted = wire_get_u32(r);
	struct tally *list;

	*n = 0;
	if (r->failed || wanted > r->left / LEAST_TALLY ||
	    (list = calloc((size_t)wanted + 1, sizeof(*list))) == NULL)
		return NULL;
	while (*n < wanted && get_tally(r, &list[*n], latest))
		++*n;
	if (*n == wanted && wire_reader_is_complete(r))
		return list;
	free_read(list, *n < wanted ? *n + 1 : *n);
	return NULL;
}

/* Whether messages were counted before a state could be read. */
static bool
has_counted(const struct counts *counts)
{
	size_t i;

	for (i = 0; i < counts->n; i++)
		if (counts->tallies[i].is_begun)
			return true;
	return false;
}

static void
use_state(struct counts *counts, const unsigned char *key, int64_t day,
    int64_t latest, struct tally *list, size_t n)
{
	size_t i;

	memcpy(counts->key, key, sizeof(counts->key));
	counts->day = day;
	counts->latest = latest;
	for (i = 0; i < n; i++)
		use_tally(counts, &list[i]);
	counts->changed++;
}

int
counts_read(struct counts *counts, const unsigned char *state, size_t len)
{
	const unsigned char *key;
	struct wire_reader r;
	struct tally *list;
	int64_t day, latest;
	size_t keylen, n;

	wire_reader_init(&r, state, len);
	if (wire_get_u32(&r) != FORMAT)
		return -1;
	day = (int64_t)get_u64(&r);
	latest = (int64_t)get_u64(&r);
	wire_get_string(&r, &key, &keylen);
	if (r.failed || keylen != sizeof(counts->key) || latest < -1 ||
	    latest > UINT32_MAX || day < -1 || day > latest ||
	    (list = get_tallies(&r, latest, &n)) == NULL)
		return -1;
	pthread_mutex_lock(&counts->lock);
	if (!has_counted(counts))
		use_state(counts, key, day, latest, list, n);
	pthread_mutex_unlock(&counts->lock);
	free_read(list, n);
	return 0;
}

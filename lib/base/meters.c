/* SPDX-License-Identifier: ISC */

/*
 * What the service counts for its metrics: see meters.h.
 *
 * A slot belongs to a source from its first use on, for as long as the table
 * exists.  It is found by a tag, which is a hash of the name (FNV-1a) and is
 * written after the name, so whoever finds the tag can read the name.  Sources
 * are named by the administrator, who has no reason to look for equal hashes;
 * if two have one, their slots are next to each other, and the names differ.
 *
 * Only one thread of one process adds sources.  Numbers are added without any
 * order between them.
 */

#include "base/meters.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Another number for each change of struct meters, or of an enum in it. */
#define LAYOUT		UINT64_C(0x6d65746572730001)
#define OTHER_NAME	"other"

typedef _Atomic uint64_t number;

struct slot {
	number		tag;		/* 0: free */
	char		name[METERS_NAME_SIZE];
	number		messages[2][METERS_ACTIONS][METERS_NREASONS];
	number		used[METERS_CEILINGS], limits[METERS_CEILINGS];
};

struct times {
	number		buckets[METERS_BUCKETS + 1];
	number		sum_us;
};

struct meters {
	number		layout;		/* of all that follows */
	number		signatures[METERS_ALGORITHMS];
	number		counts[METERS_COUNTS];
	number		gauges[METERS_GAUGES];	/* int64_t */
	struct times	times[METERS_TIMES];
	number		nsources;
	struct slot	slots[METERS_ALL_SLOTS];
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2,
    "processes cannot share a lock that the compiler adds");
_Static_assert(METERS_MAX_SOURCES <= METERS_SLOTS / 2,
    "a free slot must be near");

/* The table in which this process counts; NULL: none. */
static struct meters *_Atomic mine;
/* Those of this process, also without a table. */
static _Atomic int64_t gauges[METERS_GAUGES];

static const int64_t bounds_us[METERS_BUCKETS] = {
	500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 5000000, 10000000, 30000000
};

#define METERS_NAME(symbol, name) [symbol] = (name),
static const char *const reasons[METERS_NREASONS] = {
	METERS_REASONS(METERS_NAME)
};
#undef METERS_NAME

const char *
meters_reason_name(enum meters_reason reason)
{
	return reasons[reason];
}

/* -- The table ----------------------------------------------------------- */

static struct meters *
map(int fd, int protection)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) == -1)
		return NULL;
	if (st.st_size != sizeof(struct meters)) {
		errno = EINVAL;
		return NULL;
	}
	p = mmap(NULL, sizeof(struct meters), protection, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

/* Open it again: what is opened for reading cannot be made writable. */
static int
open_reader(int fd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

struct meters *
meters_make(int *fd, int *reader)
{
	struct meters *meters = NULL;

	*reader = -1;
	*fd = memfd_create(METERS_MEMFD, MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);
	/*
	 * A table that shrinks would end the processes that use it.  By its
	 * mode, even a process of the same user cannot open it for writing.
	 */
	if (*fd != -1 && ftruncate(*fd, sizeof(*meters)) == 0 &&
	    fchmod(*fd, 0400) == 0 &&
	    fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_SEAL) == 0 && (*reader = open_reader(*fd)) != -1)
		meters = map(*fd, PROT_READ | PROT_WRITE);
	if (meters != NULL) {
		atomic_store(&meters->layout, LAYOUT);
		return meters;
	}
	if (*reader != -1)
		(void)close(*reader);
	if (*fd != -1)
		(void)close(*fd);
	*fd = *reader = -1;
	return NULL;
}

struct meters *
meters_adopt(int fd, int *reader)
{
	struct meters *meters;

	*reader = -1;
	if ((meters = map(fd, PROT_READ | PROT_WRITE)) == NULL)
		return NULL;
	if (atomic_load(&meters->layout) != LAYOUT)
		errno = EINVAL;
	else if ((*reader = open_reader(fd)) != -1)
		return meters;
	meters_free(meters);
	return NULL;
}

const struct meters *
meters_map(int fd)
{
	struct meters *meters;

	if ((meters = map(fd, PROT_READ)) == NULL ||
	    atomic_load(&meters->layout) == LAYOUT)
		return meters;
	meters_free(meters);
	errno = EINVAL;
	return NULL;
}

void
meters_free(const struct meters *meters)
{
	void *p;

	if (meters == NULL)
		return;
	memcpy(&p, &meters, sizeof(p));
	(void)munmap(p, sizeof(*meters));
}

/* -- Counting ------------------------------------------------------------ */

static void
add(number *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t
get(const number *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static struct meters *
current(void)
{
	return atomic_load_explicit(&mine, memory_order_acquire);
}

/* A table that was replaced stays: another thread may be counting in it. */
void
meters_use_own(struct meters *meters)
{
	atomic_store(&mine, meters);
}

int
meters_use(int fd)
{
	struct meters *meters;
	unsigned int i;

	if ((meters = map(fd, PROT_READ | PROT_WRITE)) == NULL)
		return -1;
	for (i = 0; i < METERS_GAUGES; i++)
		atomic_store(&meters->gauges[i],
		    (uint64_t)atomic_load(&gauges[i]));
	meters_use_own(meters);
	return 0;
}

bool
meters_are_used(void)
{
	return current() != NULL;
}

static uint64_t
tag_of(const char *name)
{
	uint64_t tag = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		tag = (tag ^ (unsigned char)*name) *
		    UINT64_C(0x100000001b3);
	return tag != 0 ? tag : 1;
}

/* The slot of a source, or the free one where it would be. */
static struct slot *
seek(struct meters *meters, const char *name, uint64_t tag, uint64_t *found)
{
	struct slot *slot;
	unsigned int i;

	for (i = 0; i < METERS_SLOTS; i++) {
		slot = &meters->slots[(tag + i) % METERS_SLOTS];
		*found = atomic_load_explicit(&slot->tag,
		    memory_order_acquire);
		if (*found == 0 || (*found == tag &&
		    strcmp(slot->name, name) == 0))
			return slot;
	}
	return NULL;
}

static struct slot *
slot_of(struct meters *meters, const char *name)
{
	struct slot *slot;
	uint64_t found;

	if (name == NULL)
		return &meters->slots[METERS_NO_SOURCE];
	slot = seek(meters, name, tag_of(name), &found);
	return slot != NULL && found != 0 ? slot :
	    &meters->slots[METERS_OTHER];
}

bool
meters_add_source(const char *name, unsigned int most)
{
	struct meters *meters = current();
	const uint64_t tag = tag_of(name);
	struct slot *slot;
	uint64_t found;

	/* A source of that name counts with the others. */
	if (meters == NULL || strcmp(name, OTHER_NAME) == 0 ||
	    strlen(name) >= METERS_NAME_SIZE ||
	    (slot = seek(meters, name, tag, &found)) == NULL)
		return false;
	if (found != 0)
		return true;
	if (get(&meters->nsources) >= most ||
	    get(&meters->nsources) >= METERS_MAX_SOURCES)
		return false;
	(void)strlcpy(slot->name, name, sizeof(slot->name));
	atomic_store_explicit(&slot->tag, tag, memory_order_release);
	add(&meters->nsources, 1);
	return true;
}

void
meters_message(const char *source, unsigned int action,
    enum meters_reason reason, bool is_observed)
{
	struct meters *meters = current();

	if (meters != NULL && action < METERS_ACTIONS &&
	    reason < METERS_NREASONS)
		add(&slot_of(meters, source)->messages[is_observed][action]
		    [reason], 1);
}

void
meters_signature(unsigned int algorithm)
{
	struct meters *meters = current();

	if (meters != NULL && algorithm < METERS_ALGORITHMS)
		add(&meters->signatures[algorithm], 1);
}

void
meters_time(enum meters_time time, int64_t us)
{
	struct meters *meters = current();
	unsigned int i = 0;

	if (meters == NULL)
		return;
	if (us < 0)
		us = 0;
	while (i < METERS_BUCKETS && us > bounds_us[i])
		i++;
	add(&meters->times[time].buckets[i], 1);
	add(&meters->times[time].sum_us, (uint64_t)us);
}

void
meters_count(enum meters_count count, uint64_t n)
{
	struct meters *meters = current();

	if (meters != NULL)
		add(&meters->counts[count], n);
}

void
meters_move(enum meters_gauge gauge, int by)
{
	struct meters *meters = current();

	(void)atomic_fetch_add_explicit(&gauges[gauge], by,
	    memory_order_relaxed);
	if (meters != NULL)
		add(&meters->gauges[gauge], (uint64_t)(int64_t)by);
}

void
meters_ceiling(const char *source, unsigned int ceiling, uint64_t used,
    uint64_t limit)
{
	struct meters *meters = current();
	struct slot *slot;

	if (meters == NULL || ceiling >= METERS_CEILINGS)
		return;
	slot = slot_of(meters, source);
	if (slot == &meters->slots[METERS_OTHER])
		return;
	atomic_store(&slot->used[ceiling], used);
	atomic_store(&slot->limits[ceiling], limit);
}

void
meters_drop_ceilings(bool (*has)(const char *source))
{
	const struct meters *meters = current();
	char name[METERS_NAME_SIZE];
	unsigned int slot, ceiling;

	for (slot = 0; meters != NULL && slot < METERS_SLOTS; slot++) {
		if (!meters_read_source(meters, slot, name) || has(name))
			continue;
		for (ceiling = 0; ceiling < METERS_CEILINGS; ceiling++)
			meters_ceiling(name, ceiling, 0, 0);
	}
}

/* -- Reading ------------------------------------------------------------- */

int64_t
meters_bound_us(unsigned int bucket)
{
	return bounds_us[bucket];
}

bool
meters_read_source(const struct meters *meters, unsigned int slot,
    char name[METERS_NAME_SIZE])
{
	const struct slot *from = &meters->slots[slot];

	(void)strlcpy(name, slot == METERS_OTHER ? OTHER_NAME : "",
	    METERS_NAME_SIZE);
	if (slot >= METERS_SLOTS)
		return true;
	if (atomic_load_explicit(&from->tag, memory_order_acquire) == 0)
		return false;
	memcpy(name, from->name, METERS_NAME_SIZE - 1);
	name[METERS_NAME_SIZE - 1] = '\0';
	return true;
}

uint64_t
meters_read_messages(const struct meters *meters, unsigned int slot,
    bool is_observed, unsigned int action, enum meters_reason reason)
{
	return get(&meters->slots[slot].messages[is_observed][action]
	    [reason]);
}

uint64_t
meters_read_signatures(const struct meters *meters, unsigned int algorithm)
{
	return get(&meters->signatures[algorithm]);
}

uint64_t
meters_read_bucket(const struct meters *meters, enum meters_time time,
    unsigned int bucket)
{
	return get(&meters->times[time].buckets[bucket]);
}

uint64_t
meters_read_sum_us(const struct meters *meters, enum meters_time time)
{
	return get(&meters->times[time].sum_us);
}

uint64_t
meters_read_count(const struct meters *meters, enum meters_count count)
{
	return get(&meters->counts[count]);
}

int64_t
meters_read_gauge(const struct meters *meters, enum meters_gauge gauge)
{
	const int64_t value = (int64_t)get(&meters->gauges[gauge]);

	return value > 0 ? value : 0;
}

uint64_t
meters_read_ceiling(const struct meters *meters, unsigned int slot,
    unsigned int ceiling, uint64_t *used)
{
	*used = get(&meters->slots[slot].used[ceiling]);
	return get(&meters->slots[slot].limits[ceiling]);
}

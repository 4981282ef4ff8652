/* SPDX-License-Identifier: ISC */

/*
 * Signatures per domain and hour: see hourly.h.
 *
 * A slot belongs to a domain from its first signature on, for as long as the
 * table exists; so a slot never changes its domain while others count there.
 * Its value has the hour in the upper half and the count in the lower one: a
 * single exchange both begins an hour and counts in it.  An hour earlier than
 * that of the slot, by a process that is late, counts in the later one.
 *
 * A domain gets the first free slot from its first choice on: a short way until
 * the table is nearly full.  When it is full, a further domain shares the slot
 * of its first choice.
 */

#include "base/hourly.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define HOUR	3600

struct slot {
	_Atomic uint64_t	tag;	/* 0: free */
	_Atomic uint64_t	value;
};

struct hourly {
	unsigned char	 key[HOURLY_KEY_SIZE];
	int64_t		 offset;	/* from monotonic to the clock */
	_Atomic uint32_t limit;
	_Atomic bool	 is_full;
	struct slot	 slots[HOURLY_SLOTS];
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_BOOL_LOCK_FREE == 2,
    "processes cannot share a lock that the compiler adds");

static struct hourly *
map(int fd)
{
	void *p;

	p = mmap(NULL, sizeof(struct hourly), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

struct hourly *
hourly_make(int *fd)
{
	struct hourly *hourly = NULL;

	*fd = memfd_create("countersign-hourly", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);
	/* A table that shrinks would end the processes that use it. */
	if (*fd != -1 && ftruncate(*fd, sizeof(*hourly)) == 0 &&
	    fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_SEAL) == 0)
		hourly = map(*fd);
	if (hourly == NULL) {
		if (*fd != -1)
			(void)close(*fd);
		*fd = -1;
		return NULL;
	}
	arc4random_buf(hourly->key, sizeof(hourly->key));
	hourly->offset = (int64_t)time(NULL) - monotonic_ms() / 1000;
	return hourly;
}

struct hourly *
hourly_map(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return NULL;
	if (st.st_size != sizeof(struct hourly)) {
		errno = EINVAL;
		return NULL;
	}
	return map(fd);
}

void
hourly_free(struct hourly *hourly)
{
	if (hourly != NULL)
		(void)munmap(hourly, sizeof(*hourly));
}

void
hourly_set_limit(struct hourly *hourly, uint32_t limit)
{
	atomic_store(&hourly->limit, limit);
}

uint32_t
hourly_limit(const struct hourly *hourly)
{
	return atomic_load(&hourly->limit);
}

const unsigned char *
hourly_key(const struct hourly *hourly)
{
	return hourly->key;
}

static struct slot *
find_slot(struct hourly *hourly, uint64_t tag)
{
	struct slot *slot;
	uint64_t found;
	unsigned int i;

	for (i = 0; i < HOURLY_SLOTS; i++) {
		slot = &hourly->slots[(tag + i) % HOURLY_SLOTS];
		found = atomic_load(&slot->tag);
		if (found == tag || (found == 0 &&
		    (atomic_compare_exchange_strong(&slot->tag, &found, tag) ||
		    found == tag)))
			return slot;
	}
	atomic_store(&hourly->is_full, true);
	return &hourly->slots[tag % HOURLY_SLOTS];
}

bool
hourly_take(struct hourly *hourly, uint64_t tag, int64_t monotonic)
{
	const uint64_t hour =
	    (uint64_t)((monotonic + hourly->offset) / HOUR) << 32;
	const uint32_t limit = hourly_limit(hourly);
	uint64_t old, new;
	struct slot *slot;

	if (limit == 0)
		return true;
	slot = find_slot(hourly, tag != 0 ? tag : 1);
	old = atomic_load(&slot->value);
	do {
		if (old < hour)
			new = hour + 1;
		else if ((uint32_t)old >= limit)
			return false;
		else
			new = old + 1;
	} while (!atomic_compare_exchange_weak(&slot->value, &old, new));
	return true;
}

bool
hourly_is_full(const struct hourly *hourly)
{
	return atomic_load(&hourly->is_full);
}

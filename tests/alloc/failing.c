/* SPDX-License-Identifier: ISC */

/*
 * The replacements count, fail when told, and else pass on: to the C library,
 * or to AddressSanitizer where that has the place of the C library, so that
 * it watches these tests too.  Allocations of all threads count.
 */

#include "failing.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__has_feature)
#define HAS_FEATURE(f)	__has_feature(f)
#else
#define HAS_FEATURE(f)	0
#endif

/* The sanitizer's strdup(3) does not call malloc(3): it counts itself. */
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#define REAL(f)		__interceptor_##f
#define COUNTS		false
#else
#define REAL(f)		__libc_##f
#define COUNTS		true
#endif

void	*REAL(malloc)(size_t);
void	*REAL(calloc)(size_t, size_t);
void	*REAL(realloc)(void *, size_t);
void	 REAL(free)(void *);

static atomic_bool is_armed, fails_on, has_failed;
static atomic_long countdown;	/* 1: the next one fails; less: later ones */
static atomic_size_t live;

void
failing_arm(size_t n, bool all_later)
{
	fails_on = all_later;
	has_failed = false;
	countdown = (long)n;
	is_armed = getenv("FAILING_NEVER") == NULL;
}

bool
failing_disarm(void)
{
	is_armed = false;
	return has_failed;
}

size_t
failing_live(void)
{
	return COUNTS ? live : 0;
}

/*
 * Whether this allocation is to fail.  No local variable may be in memory:
 * under AddressSanitizer, this is called before that can be used.
 */
static bool
fails(void)
{
	long left;

	if (!is_armed)
		return false;
	left = atomic_fetch_sub(&countdown, 1);
	if (left > 1 || (left < 1 && !fails_on))
		return false;
	has_failed = true;
	errno = ENOMEM;
	return true;
}

static void *
counted(void *p)
{
	if (p != NULL)
		live++;
	return p;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : counted(REAL(malloc)(size));
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(REAL(calloc)(n, size));
}

void *
realloc(void *p, size_t size)
{
	if (p == NULL)
		return malloc(size);
	if (size == 0) {
		free(p);
		return NULL;
	}
	return fails() ? NULL : REAL(realloc)(p, size);
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, n * size);
}

void
free(void *p)
{
	if (p != NULL)
		live--;
	REAL(free)(p);
}

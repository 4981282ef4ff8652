/* SPDX-License-Identifier: ISC */

/*
 * The monotonic clock, for deadlines and durations.
 *
 * It counts from an unspecified moment and does not jump when the system clock
 * is set, so it does not tell the time of day.  It cannot fail on supported
 * systems.
 */

#include "base/clock.h"

#include <time.h>

int64_t
monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
monotonic_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

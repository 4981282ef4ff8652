/* SPDX-License-Identifier: ISC */

/*
 * The monotonic clock, in milliseconds, for deadlines and durations.
 *
 * It counts from an unspecified moment and never goes back when somebody sets
 * the clock of the host; so it says nothing about the time of day.  Nothing
 * can fail on the systems that are supported.
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

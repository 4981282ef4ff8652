/* SPDX-License-Identifier: ISC */

/*
 * The monotonic clock, for deadlines and durations, and pauses.
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

bool
monotonic_has_passed(int64_t ms)
{
	return ms != 0 && monotonic_ms() >= ms;
}

int64_t
monotonic_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
sleep_ms(int64_t ms)
{
	const struct timespec pause = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000L
	};

	(void)nanosleep(&pause, NULL);
}

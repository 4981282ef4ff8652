/* SPDX-License-Identifier: ISC */

/*
 * The monotonic clock, for deadlines and durations, and pauses.
 */

#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC, in milliseconds. */
int64_t	monotonic_ms(void);

/*
 * Whether that moment of it has passed; 0 never does.  A signal handler may ask
 * that, too.
 */
bool	monotonic_has_passed(int64_t ms);

/* The same clock, in microseconds. */
int64_t	monotonic_us(void);

/* Wait for ms milliseconds, at least 0; a signal ends it early. */
void	sleep_ms(int64_t ms);

#endif /* CLOCK_H */

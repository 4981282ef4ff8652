/* SPDX-License-Identifier: ISC */

/*
 * The monotonic clock, for deadlines and durations.
 */

#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, in milliseconds. */
int64_t	monotonic_ms(void);

/* The same, in microseconds. */
int64_t	monotonic_us(void);

#endif /* CLOCK_H */

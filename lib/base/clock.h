/* SPDX-License-Identifier: ISC */

/*
 * The clock that nobody sets: for deadlines, and for how long work takes.
 */

#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, in milliseconds. */
int64_t	monotonic_ms(void);

#endif /* CLOCK_H */

/* SPDX-License-Identifier: ISC */

/*
 * A duration as text: a number followed by s, m, h, d or w.
 */

#ifndef DURATION_H
#define DURATION_H

#include <stdbool.h>

/* False if the text is not a duration, or is over max seconds. */
bool	duration_parse(const char *text, long long max, long long *seconds);

#endif /* DURATION_H */

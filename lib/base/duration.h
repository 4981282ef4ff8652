/* SPDX-License-Identifier: ISC */

/*
 * A duration as text: a number with s, m, h, d or w behind it.
 */

#ifndef DURATION_H
#define DURATION_H

#include <stdbool.h>

/* False when the text is none, or is over max seconds. */
bool	duration_parse(const char *text, long long max, long long *seconds);

#endif /* DURATION_H */

/* SPDX-License-Identifier: ISC */

/*
 * Which of its two formats a client wants, by its field Accept.
 */

#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdbool.h>

/*
 * Whether OpenMetrics 1.0.0 is accepted, and no less than the text format.
 * accept NULL: the client did not say.
 */
bool	accept_wants_openmetrics(const char *accept);

#endif /* ACCEPT_H */

/* SPDX-License-Identifier: ISC */

/*
 * The cell of countersign-metrics(8).
 */

#ifndef METRICS_CONFINE_H
#define METRICS_CONFINE_H

#include <stdbool.h>

#include "cell/cell.h"

/* Each NULL if there is none. */
struct metrics_places {
	const char	*listen;	/* as in config/loopback.h */
	const char	*textfile;
};

extern const struct cell_call metrics_calls[];

/* Enter it, for good: 0, or -1 with the reason logged. */
int	metrics_confine(const struct metrics_places *places, bool is_debug);

#endif /* METRICS_CONFINE_H */

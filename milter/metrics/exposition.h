/* SPDX-License-Identifier: ISC */

/*
 * All numbers as text, in the format of Prometheus 0.0.4 or as OpenMetrics
 * 1.0.0.
 */

#ifndef EXPOSITION_H
#define EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/meters.h"

#define EXPOSITION_TEXT_TYPE \
	"text/plain; version=0.0.4; charset=utf-8"
#define EXPOSITION_OPENMETRICS_TYPE \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Octets: some 20,000 lines, as many as 1000 sources have on a bad day. */
#define EXPOSITION_MAX	4194304

/*
 * Write it; the caller frees the text, of *len octets.  NULL, with errno
 * ENOMEM, or EFBIG if it would be longer than EXPOSITION_MAX.
 */
char	*exposition_write(const struct meters *meters, bool is_openmetrics,
	    size_t *len);

#endif /* EXPOSITION_H */

/* SPDX-License-Identifier: ISC */

/*
 * Signed messages per source and hour: a stolen account is noticed, rather
 * than signed for until somebody complains.
 *
 * The hour is a sliding one: of the hour before, as much still counts as is
 * left of it in the last 60 minutes, as if its messages had come evenly.
 * Counts outlive a reload, since they go by the name of the source; they do
 * not outlive a restart.  Thread safe.
 */

#ifndef RATE_H
#define RATE_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_SOURCES	1024	/* counted; the one idle longest gives way */

/*
 * Count one more message of a source; false if that would be over the
 * ceiling, and *is_first then says whether it is the first in an hour.
 * now_ms is of a clock that never goes back.
 */
bool	rate_take(const char *source, unsigned int max_per_hour,
	    int64_t now_ms, bool *is_first);

/* Give one back: the message was not signed after all. */
void	rate_return(const char *source, int64_t now_ms);

#endif /* RATE_H */

/* SPDX-License-Identifier: ISC */

/*
 * Signed messages per source and hour: a stolen account is noticed, rather
 * than signed for until somebody complains.
 *
 * In no 60 minutes more than the ceiling are signed.  It is counted by whole
 * minutes, and one that has begun within the last 61 counts as a whole, so an
 * even stream gets at least 60/61 of the ceiling.  Messages that are refused
 * do not count.
 *
 * Counts go by the name of the source and outlive a reload; they do not
 * outlive a restart.  Thread safe.
 */

#ifndef SOURCE_RATE_H
#define SOURCE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Most sources that are counted.  If there are more, the one that has sent
 * nothing for longest is evicted: its hour starts again.
 */
#define RATE_SOURCES	1024

/*
 * Count one more message of a source, whose name has up to 64 octets; false
 * if that would be over the ceiling.  *is_first then says whether this is to
 * be an alarm: the first refusal since an hour without any.  now_ms is of a
 * clock that never goes back.
 */
bool	rate_take(const char *source, unsigned int max_per_hour,
	    int64_t now_ms, bool *is_first);

/* Give one back: the message was not signed after all. */
void	rate_return(const char *source, int64_t now_ms);

#endif /* SOURCE_RATE_H */

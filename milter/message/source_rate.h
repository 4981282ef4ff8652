/* SPDX-License-Identifier: ISC */

/*
 * Signed messages per source and hour, so that a stolen account is noticed
 * before somebody complains.
 *
 * No more than the ceiling are signed in any 60 minutes.  The current minute
 * and the 60 before it are counted as a whole, so an even stream gets at least
 * 60/61 of the ceiling.  Refused messages do not count.
 *
 * Counts belong to the name of a source.  They survive a reload, but not a
 * restart.  Thread safe.
 */

#ifndef SOURCE_RATE_H
#define SOURCE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Most sources that are counted.  If there are more, the least recently used
 * one is evicted, and its count starts again from zero.
 */
#define RATE_SOURCES	1024

/*
 * Count one more message of a source, whose name has at most 64 octets; false
 * if that would exceed the ceiling.  *is_first is then true if there was no
 * other refusal for an hour, so that an alarm is due.  now_ms is monotonic.
 */
bool	source_rate_take(const char *source, unsigned int max_per_hour,
	    int64_t now_ms, bool *is_first);

/* Take one back: the message was not signed after all. */
void	source_rate_return(const char *source, int64_t now_ms);

#endif /* SOURCE_RATE_H */

/* SPDX-License-Identifier: ISC */

/*
 * How long a name server is silent: see silence.h.
 *
 * If the clock was ahead, or nobody asked for a long time, nothing is known
 * about that time, and the silence starts again.  Pure; nothing can fail.
 */

#include "life/silence.h"

#include <limits.h>

#include "store/keystore.h"

bool
silence_is_void(const struct silence *silence, int64_t now)
{
	return silence->nlooks == 0 || silence->since > silence->last ||
	    silence->last > now || now - silence->last > SILENCE_MAX_GAP;
}

void
silence_note(struct silence *silence, int64_t now)
{
	if (silence_is_void(silence, now)) {
		silence->since = now;
		silence->nlooks = 0;
	}
	silence->last = now;
	if (silence->nlooks < UINT_MAX)
		silence->nlooks++;
}

bool
silence_is_excepted(const struct silence *silence, int64_t after, int64_t now)
{
	return after != KS_NEVER && !silence_is_void(silence, now) &&
	    silence->nlooks >= SILENCE_MIN_LOOKS &&
	    now - silence->since >= after;
}

/* SPDX-License-Identifier: ISC */

/*
 * How long a name server gives no usable answer for a zone, and when it is
 * excepted: not waited for any more.
 *
 * Resolvers skip such a server and ask the next one, so it harms nobody; but
 * waiting for it would stop rotation.  It is excepted when it has been silent
 * for as long as the policy says, without a break, and was asked often enough
 * in that time.
 */

#ifndef SILENCE_H
#define SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#define SILENCE_MIN_LOOKS	24
/* If nobody asked for longer than this, the counting starts again. */
#define SILENCE_MAX_GAP		(2 * INT64_C(86400))	/* seconds */
/* A server that is silent for this long is a trouble. */
#define SILENCE_TROUBLE		INT64_C(86400)		/* seconds */

/* Zeroed: none so far. */
struct silence {
	int64_t		 since, last;	/* first and last time, if any */
	unsigned int	 nlooks;	/* without an answer */
};

/* It was asked once more, and gave no usable answer. */
void	silence_note(struct silence *silence, int64_t now);

/* Whether nobody asked for so long, or a clock was wrong, that it is void. */
bool	silence_is_void(const struct silence *silence, int64_t now);

/*
 * Whether the server is not waited for any more.
 *
 * after   seconds of silence; KS_NEVER: it is always waited for
 */
bool	silence_is_excepted(const struct silence *silence, int64_t after,
	    int64_t now);

#endif /* SILENCE_H */

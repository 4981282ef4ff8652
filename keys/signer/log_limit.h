/* SPDX-License-Identifier: ISC */

/*
 * How often lines about a peer's errors may be logged: the peer decides how
 * many errors it makes, but must not fill the log with them.
 */

#ifndef RATELIMIT_H
#define RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define RATELIMIT_BURST		10	/* lines in a period */
#define RATELIMIT_PERIOD	60	/* seconds */

/* Zeroed: nothing logged yet. */
struct ratelimit {
	int64_t		period_start;	/* seconds, monotonic */
	unsigned int	npassed;	/* in this period */
	unsigned int	nheld;		/* lines not logged in it */
};

/*
 * Whether one more line may be logged now.  *nheld is the number of lines that
 * were held back in an earlier period and not yet reported, usually 0; the
 * caller logs it with this line.
 */
bool	ratelimit_pass(struct ratelimit *limit, int64_t now,
	    unsigned int *nheld);

#endif /* RATELIMIT_H */

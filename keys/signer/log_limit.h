/* SPDX-License-Identifier: ISC */

/*
 * How often lines about a peer's errors may be logged: the peer decides how
 * many errors it makes, but must not fill the log with them.
 */

#ifndef LOG_LIMIT_H
#define LOG_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LIMIT_BURST		10	/* lines in a period */
#define LOG_LIMIT_PERIOD	60	/* seconds */

/* Zeroed: nothing logged yet. */
struct log_limit {
	int64_t		period_start;	/* seconds, monotonic */
	unsigned int	npassed;	/* in this period */
	unsigned int	nheld;		/* lines not logged in it */
};

/*
 * Whether one more line may be logged now.  *nheld is the number of lines that
 * were held back in an earlier period and not yet reported, usually 0; the
 * caller logs it with this line.
 */
bool	log_limit_pass(struct log_limit *limit, int64_t now,
	    unsigned int *nheld);

/* What a line says about nheld lines; "" if there are none.  Returns buf. */
const char *log_limit_held(char *buf, size_t size, unsigned int nheld);

#endif /* LOG_LIMIT_H */

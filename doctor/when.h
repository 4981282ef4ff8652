/* SPDX-License-Identifier: ISC */

/*
 * Times that a person gives, as spans of time.
 */

#ifndef WHEN_H
#define WHEN_H

#include <stdbool.h>
#include <stdint.h>

#define WHEN_MAX_AGO	((long long)3660 * 24 * 60 * 60)	/* seconds */

/*
 * A span around a time:
 *	2026-11-23			that day
 *	2026-11-23T13:37[:00][Z]	an hour before to an hour after it
 *	13:37[:00]			the same, today or yesterday
 *	2h				from then until now
 * Times without "Z" are local.  A blank may stand for "T".  Returns false if
 * the text is none of these.
 */
bool	when_parse(const char *text, int64_t now, int64_t *since,
	    int64_t *until);

#endif /* WHEN_H */

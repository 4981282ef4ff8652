/* SPDX-License-Identifier: ISC */

/*
 * Times as text: RFC 3339 in the one form "2026-11-23T09:00:00Z".
 */

#ifndef RFC3339_H
#define RFC3339_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RFC3339_LEN	20			/* octets, without NUL */
#define RFC3339_SIZE	(RFC3339_LEN + 1)
#define RFC3339_MAX	INT64_C(253402300799)	/* 9999-12-31T23:59:59Z */

/*
 * Read a time: exactly RFC3339_LEN octets, UTC as "Z", capital letters, no
 * fraction, years from 1970, no leap second.  *seconds is set on success.
 */
bool	rfc3339_parse(const char *text, size_t len, int64_t *seconds);

/*
 * Write a time and a NUL.  seconds is 0 to RFC3339_MAX; returns false for
 * any other, and then buf is "".
 */
bool	rfc3339_print(int64_t seconds, char buf[RFC3339_SIZE]);

#endif /* RFC3339_H */

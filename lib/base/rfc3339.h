/* SPDX-License-Identifier: ISC */

/*
 * Times as text: RFC 3339, only in the form "2026-11-23T09:00:00Z".
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
 * Parse a time: exactly RFC3339_LEN octets, "T" and "Z" in capitals, no
 * fraction, no leap second, year 1970 or later.  Sets *seconds and returns
 * true, or returns false.
 */
bool	rfc3339_parse(const char *text, size_t len, int64_t *seconds);

/*
 * Write a time and a NUL.  If seconds is not in the range 0 to RFC3339_MAX, buf
 * is "" and the function returns false.
 */
bool	rfc3339_print(int64_t seconds, char buf[RFC3339_SIZE]);

#endif /* RFC3339_H */

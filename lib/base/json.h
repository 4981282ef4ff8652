/* SPDX-License-Identifier: ISC */

/*
 * JSON values, RFC 8259.
 */

#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A string of len octets: printable ASCII as it is, all else escaped. */
void	json_string(FILE *fp, const char *text, size_t len);

/* A time as an RFC 3339 string, or null where there is none: rfc3339.h. */
void	json_time(FILE *fp, int64_t seconds);

#endif /* JSON_H */

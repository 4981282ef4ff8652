/* SPDX-License-Identifier: ISC */

/*
 * Output of a command for people: text that comes from mail or DNS made safe
 * for a terminal, and colours.
 */

#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum print_colour {
	PRINT_PLAIN,
	PRINT_BOLD,
	PRINT_GOOD,
	PRINT_BAD,
	PRINT_DOUBT
};

/* Whether a stream gets colours: a terminal, and NO_COLOR unset or empty. */
bool	print_wants_colour(FILE *fp);

/* Begin a colour, PRINT_PLAIN to end it; nothing unless colours is set. */
void	print_colour(FILE *fp, bool colours, enum print_colour colour);

/*
 * len octets: printable ASCII as it stands, a backslash as "\\", any other
 * octet as "\xNN".
 */
void	print_safe(FILE *fp, const char *text, size_t len);

/* A time as 2026-11-23T09:00:00Z; "?" when it has no such form. */
void	print_time(FILE *fp, int64_t seconds);

/* A span of time in words: "45 seconds", "3 hours", "12 days". */
void	print_span(FILE *fp, int64_t seconds);

#endif /* PRINT_H */

/* SPDX-License-Identifier: ISC */

/*
 * Output of commands for people: colours, times, and text from mail or DNS made
 * safe for a terminal.
 */

#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PRINT_COLUMNS		80
#define PRINT_SYNOPSIS_HANG	11

enum print_colour {
	PRINT_PLAIN,
	PRINT_BOLD,
	PRINT_GOOD,
	PRINT_BAD,
	PRINT_DOUBT
};

/* Whether to use colours: fp is a terminal, and NO_COLOR is unset or empty. */
bool	print_wants_colour(FILE *fp);

/* Begin a colour; PRINT_PLAIN ends it.  Does nothing unless colours is set. */
void	print_colour(FILE *fp, bool colours, enum print_colour colour);

/*
 * Print len octets: printable ASCII unchanged, a backslash as "\\", any other
 * octet as "\xNN".
 */
void	print_safe(FILE *fp, const char *text, size_t len);

/*
 * The same as a copy, which the caller frees: C1 controls, which terminals
 * obey, are UTF-8, too.  NULL if memory ran out.
 */
char	*print_safe_copy(const char *text);

/*
 * Print a line of a usage text, "       PROGRAM SYNOPSIS", the first with
 * "usage:"; a newline in the synopsis begins another line of that kind.  What
 * is longer than 80 columns is wrapped between options, and goes on with
 * PRINT_SYNOPSIS_HANG blanks.
 */
void	print_synopsis(FILE *fp, bool is_first, const char *program,
	    const char *synopsis);

/* Print a time as 2026-11-23T09:00:00Z; "?" if rfc3339_print() refuses it. */
void	print_time(FILE *fp, int64_t seconds);

/* Print a span of time in words: "45 seconds", "3 hours", "12 days". */
void	print_span(FILE *fp, int64_t seconds);

/*
 * Write what is buffered; whether all output to the stream could be written.
 * If not, errno says why the last of it was not.
 */
bool	print_is_written(FILE *fp);

/*
 * End a program that has printed its usage or version: exit status 0, or 1,
 * with an error, if standard output could not be written.
 */
_Noreturn void print_exit(void);

#endif /* PRINT_H */

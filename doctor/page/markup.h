/* SPDX-License-Identifier: ISC */

/*
 * Writing HTML.  Every text that comes from a log, a key store or a
 * configuration goes through markup_text() or markup_value(); nothing else is
 * printed but constants and numbers.
 */

#ifndef PAGE_MARKUP_H
#define PAGE_MARKUP_H

#include <stdint.h>
#include <stdio.h>

/*
 * A text as it is, for elements and quoted attributes alike: what has a meaning
 * in HTML as a reference, what a reader would not see as its code, in brackets:
 * [U+202E], [0xFF].
 */
void	markup_text(FILE *fp, const char *text);

/*
 * The same as an element of its own, whose direction does not affect what
 * follows, with codes set apart from the text.
 */
void	markup_value(FILE *fp, const char *text);

/* 1234567 as "1,234,567". */
void	markup_number(FILE *fp, unsigned long number);

/* A share of a whole in percent, with one digit; "" if the whole is 0. */
void	markup_share(FILE *fp, unsigned long part, unsigned long whole);

/* A time element: "2026-11-26 09:00", UTC; a dash if there is none. */
void	markup_time(FILE *fp, int64_t seconds);

#endif /* PAGE_MARKUP_H */

/* SPDX-License-Identifier: ISC */

/*
 * A progress line on the terminal, for long work.  Nothing is shown if standard
 * error is not a terminal.
 */

#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool	is_shown;	/* standard error is a terminal */
	bool	is_drawn;	/* the line is on the screen */
	int64_t	begun_ms;	/* monotonic */
};

void	progress_begin(struct progress *progress, bool wanted);

/* Show the text, and the time since progress_begin(). */
void	progress_show(struct progress *progress, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Erase the line, before anything else is printed. */
void	progress_clear(struct progress *progress);

#endif /* PROGRESS_H */

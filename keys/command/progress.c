/* SPDX-License-Identifier: ISC */

/*
 * A progress line on the terminal, for long work.
 *
 * The line is drawn on standard error, only if that is a terminal, and is
 * erased before other output.  If it cannot be drawn, that is not reported.
 */

#include "command/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

/* Go to the first column, and erase to the end of the line (ECMA-48). */
#define CLEAR_LINE	"\r\033[K"

void
progress_begin(struct progress *progress, bool wanted)
{
	progress->is_shown = wanted && isatty(STDERR_FILENO);
	progress->is_drawn = false;
	progress->begun_ms = monotonic_ms();
}

void
progress_show(struct progress *progress, const char *format, ...)
{
	int64_t seconds;
	va_list ap;

	if (!progress->is_shown)
		return;
	seconds = (monotonic_ms() - progress->begun_ms) / 1000;
	(void)fputs(CLEAR_LINE, stderr);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fprintf(stderr, "  %lld:%02lld", (long long)(seconds / 60),
	    (long long)(seconds % 60));
	(void)fflush(stderr);
	progress->is_drawn = true;
}

void
progress_clear(struct progress *progress)
{
	if (!progress->is_drawn)
		return;
	(void)fputs(CLEAR_LINE, stderr);
	(void)fflush(stderr);
	progress->is_drawn = false;
}

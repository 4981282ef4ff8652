/* SPDX-License-Identifier: ISC */

/*
 * Room lib/base: what every program needs: log, time, talk between processes,
 * users and privileges.
 *
 * Log lines, to syslog (facility mail) or to stderr.
 *
 * One line a call, no final newline in the format.  log_warn adds the text of
 * errno.  Octets outside printable ASCII are written as \xNN by log.c itself,
 * so that no text from mail can forge a line; a text that must be told apart
 * from such an escape goes through log_value().  Thread safe.  Nothing secret
 * is ever an argument.
 */

#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

/* to_stderr: with time stamp and program name; else syslog. */
void	log_init(const char *program, bool to_stderr);
void	log_set_debug(bool on);

/*
 * While a start is watched: warnings and what is fatal go to stderr, too, as
 * "program: text".  leave ends this, and points stderr to /dev/null; without
 * the first it does nothing.
 */
void	log_at_terminal(void);
void	log_leave_terminal(void);

void	log_warn(const char *format, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_warnx(const char *format, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_info(const char *format, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_debug(const char *format, ...)
	    __attribute__((__format__(printf, 1, 2)));
/* Only before the service is up: log and exit with that status. */
_Noreturn void	fatal(int status, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));
_Noreturn void	fatalx(int status, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));

/*
 * A logfmt value made safe: quoted where it has a blank, a quote, "=", a
 * backslash, an octet outside printable ASCII or is empty; such an octet is
 * written as \xNN, a quote as \" and a backslash as \\; cut with "..." at
 * the end of buf.  Returns buf, which is "" when bufsize is below 8.
 */
const char *log_value(char *buf, size_t bufsize, const char *value,
	    size_t valuelen);

#endif /* LOG_H */

/* SPDX-License-Identifier: ISC */

/*
 * Room lib/base: what every program needs: log, time, messages between
 * processes, users and privileges.
 *
 * Log lines, to syslog (facility mail), to stderr or to the journal.
 *
 * Each call writes one line; the format has no final newline.  log_warn() adds
 * the text of errno.  Octets outside printable ASCII are written as \xNN, so
 * that text from mail cannot forge a line.  Use log_value() for a text that may
 * itself contain "\x".  Thread-safe.  Never pass a secret.
 */

#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/message_ids.h"

/*
 * to_stderr: write to stderr, with time and program name; else to syslog.  If
 * stderr is systemd's journal, lines go to the journal by its own protocol
 * (journal.h), with the facility and the MESSAGE_ID that the text alone would
 * not carry.
 */
void	log_init(const char *program, bool to_stderr);
void	log_set_debug(bool on);

/*
 * During startup: copy warnings and fatal errors to stderr, as "program: text".
 * log_leave_terminal() ends this and redirects stderr to /dev/null; it does
 * nothing unless log_at_terminal() was called.
 */
void	log_at_terminal(void);
void	log_leave_terminal(void);

/*
 * Each line but a debug line has an id: see message_ids.h.  Its name is
 * written at the end, as " [config-kept]".
 */
void	log_warn(enum message_id id, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	log_warnx(enum message_id id, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	log_info(enum message_id id, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	log_debug(const char *format, ...)
	    __attribute__((__format__(printf, 1, 2)));
/*
 * A line of facts for programs, whose text is documented as it is: the id is
 * only for the journal, as are the message's queue id and the name of its
 * source, each NULL or "" if there is none.
 */
void	log_record(enum message_id id, const char *queue_id,
	    const char *source, const char *record);
/* Log and exit with this status.  Only before the service is up. */
_Noreturn void	fatal(int status, enum message_id id, const char *format, ...)
	    __attribute__((__format__(printf, 3, 4)));
_Noreturn void	fatalx(int status, enum message_id id, const char *format, ...)
	    __attribute__((__format__(printf, 3, 4)));

/*
 * Write a logfmt value to buf.  The value is quoted if it is empty or contains
 * a blank, a quote, "=", a backslash or an octet outside printable ASCII.  Such
 * an octet is written as \xNN, a quote as \" and a backslash as \\.  A value
 * that does not fit ends in "...".  Returns buf, which is "" if bufsize is
 * below 8.
 */
const char *log_value(char *buf, size_t bufsize, const char *value,
	    size_t valuelen);

#endif /* LOG_H */

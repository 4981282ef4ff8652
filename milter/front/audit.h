/* SPDX-License-Identifier: ISC */

/*
 * The audit file: one line of JSON is appended for each decided message.
 * Failures are logged and never stop mail.  Thread safe.
 *
 * The process must ignore SIGXFSZ, so that a file-size limit makes writing fail
 * and does not kill the process; the front does that.
 */

#ifndef AUDIT_H
#define AUDIT_H

/*
 * Open the file; NULL closes it.  Called again after a log rotation, it opens
 * the file that now has the name.  A failure is logged, and a file that is open
 * stays open.  A new file gets mode 0640, less the umask.  Symbolic links and
 * anything but regular files are refused.
 */
void	audit_open(const char *path);

/*
 * Append a line, given without its newline; does nothing if no file is open.
 * Only the first of consecutive failures is logged; the next success logs how
 * many lines were lost.
 */
void	audit_write(const char *line);

#endif /* AUDIT_H */

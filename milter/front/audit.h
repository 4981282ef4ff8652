/* SPDX-License-Identifier: ISC */

/*
 * The audit file: a line of JSON for each message that was decided, appended.
 * What goes wrong with it is logged and never stops mail.  Thread safe.
 *
 * A file-size limit of the process makes writing fail only where SIGXFSZ is
 * ignored; the front does that.
 */

#ifndef AUDIT_H
#define AUDIT_H

/*
 * Open the file, or open it again by its name, which a log rotation may have
 * given away; NULL closes it.  If that fails, it is logged, and a file that
 * is open stays so.  A new file gets mode 0640, less the umask.  A symbolic
 * link and what is no plain file are refused.
 */
void	audit_open(const char *path);

/*
 * Append a line, which has no newline; nothing where no file is open.  Of
 * failures that follow one another the first is logged, and how many lines
 * were lost when one can be written again.
 */
void	audit_write(const char *line);

#endif /* AUDIT_H */

/* SPDX-License-Identifier: ISC */

/*
 * The audit file: a line of JSON for each message that was decided, appended.
 * What goes wrong with it is logged and never stops mail.  Thread safe.
 */

#ifndef AUDIT_H
#define AUDIT_H

/*
 * Open the file, or open it again by its name, which a log rotation may have
 * given away; NULL closes it.  If that fails, a file that is open stays so.
 */
void	audit_open(const char *path);

/* Append a line, which has no newline; nothing where no file is open. */
void	audit_write(const char *line);

#endif /* AUDIT_H */

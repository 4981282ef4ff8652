/* SPDX-License-Identifier: ISC */

/*
 * Queue files of Sendmail: the header is in qfID, the body in dfID.
 */

#ifndef SENDMAIL_QUEUE_H
#define SENDMAIL_QUEUE_H

/* Octets of a queue file; a test message has a thousand. */
#define SENDMAIL_QUEUE_MAX	1048576

/*
 * The message of the only queue file in a directory, with lines that end with
 * LF, for free(3); NULL if there is none, or more than one, or one that is too
 * long, no file, or not of the owner of the directory or root.
 */
char	*sendmail_queue_read(const char *directory);

/* Remove the files of a queue directory, and it. */
void	sendmail_queue_remove(const char *directory);

#endif /* SENDMAIL_QUEUE_H */

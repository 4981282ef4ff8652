/* SPDX-License-Identifier: ISC */

/*
 * Queue files of Sendmail: the header is in qfID, the body in dfID.
 */

#ifndef SENDMAIL_QUEUE_H
#define SENDMAIL_QUEUE_H

/*
 * The message of the only queue file in a directory, with lines that end with
 * LF, for free(3); NULL if there is none, or more than one.
 */
char	*sendmail_queue_read(const char *directory);

/* Remove the files of a queue directory, and it. */
void	sendmail_queue_remove(const char *directory);

#endif /* SENDMAIL_QUEUE_H */

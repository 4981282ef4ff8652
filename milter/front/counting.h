/* SPDX-License-Identifier: ISC */

/*
 * The counts of the ceilings, as long as the front runs: read at the start,
 * written each minute and at the end, to the file "counts" of counts_dir; and
 * the alarms, which go to the log and to the file "alarms" (config/ceiling.h):
 * notices of countersign-key tell people of them.
 *
 * Mail never waits for a file.  If one cannot be used, that is logged once, and
 * counts are lost when the front ends.
 */

#ifndef COUNTING_H
#define COUNTING_H

#include "ceilings/counts.h"
#include "config/config.h"
#include "message/message.h"

/* Begin without any counts.  0, or -1 when out of memory. */
int	counting_init(void);

/* For messages; NULL before counting_init(). */
struct counts *counting_counts(void);

/* Count by this configuration, from now on. */
void	counting_configure(const struct config *config);

/* As the user of the front: read the counts, and start to write them. */
void	counting_open(const struct config *config);

/* Write the counts, and end the use of the files: another front may begin. */
void	counting_close(void);

/* Tell the alarms of a message, if there are any. */
void	counting_tell(const struct message *message, const char *queue_id);

#endif /* COUNTING_H */

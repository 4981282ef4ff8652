/* SPDX-License-Identifier: ISC */

/*
 * The line about each message in the log and in the audit file; and its
 * counters.
 */

#ifndef MESSAGE_LOG_H
#define MESSAGE_LOG_H

#include <stdint.h>

#include "config/config.h"
#include "message/message.h"
#include "policy/facts.h"

struct message_about {
	const struct config	*config;
	const struct facts	*facts;
	const struct message	*message;
	const struct fate	*fate;		/* the final one */
	const char	*queue_id;	/* "" if there is none */
	int64_t		 elapsed_us;	/* microseconds */
};

void	message_log(const struct message_about *about);
void	message_count(const struct message_about *about);
/* One for which there was no memory, and one that the MTA gave up. */
void	message_count_lost(void);
void	message_count_aborted(void);

#endif /* MESSAGE_LOG_H */

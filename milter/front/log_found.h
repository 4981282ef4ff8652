/* SPDX-License-Identifier: ISC */

/*
 * The part of a message's log line that says why it was not signed, and how it
 * came.
 */

#ifndef LOG_FOUND_H
#define LOG_FOUND_H

#include "front/logline.h"
#include "front/message_log.h"

/* One word for the reason, unless the message was signed. */
void	log_cause(struct logline *line, const struct message_about *about);

/*
 * The values that factors found although the source requires others: see
 * log_found.c for those that are never logged.
 */
void	log_found(struct logline *line, const struct message_about *about);

/* Signatures that the message came with, its list and its hops. */
void	log_traces(struct logline *line, const struct traces *traces);

#endif /* LOG_FOUND_H */

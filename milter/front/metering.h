/* SPDX-License-Identifier: ISC */

/*
 * What the front counts for metrics, in the table of the master
 * (base/meters.h).  Without a table, these functions do nothing.
 */

#ifndef METERING_H
#define METERING_H

#include "base/meters.h"
#include "config/config.h"
#include "front/message_log.h"

/* The master has sent a table; fd stays the caller's. */
void	metering_use(int fd);

/*
 * Give the sources of a new configuration their slots, and clear ceilings that
 * it does not have.  Called after counting_configure().
 */
void	metering_configure(const struct config *config);

/* Count a message that is done. */
void	metering_message(const struct message_about *about);
/* ... for which there was no memory. */
void	metering_lost(void);

/* Why a message is not signed: for the log, too. */
enum meters_reason metering_reason(const struct fate *fate,
	    const struct decision *decision);

/* Write how much of the ceilings is used: every few seconds. */
void	metering_attend(void);

#endif /* METERING_H */

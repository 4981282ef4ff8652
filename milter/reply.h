/* SPDX-License-Identifier: ISC */

/*
 * The one place where a message's fate becomes an answer to the MTA.
 */

#ifndef REPLY_H
#define REPLY_H

#include <libmilter/mfapi.h>

#include "message.h"

/*
 * The SMFIS_* code for a fate, the SMTP reply text being set where there is
 * one.  queue_id may be NULL.
 */
sfsistat reply_for(SMFICTX *ctx, const struct fate *fate,
	    const char *queue_id);

/* "451 4.7.1", for failures that come before there is a fate. */
sfsistat reply_tempfail(SMFICTX *ctx, const char *reason);

#endif /* REPLY_H */

/* SPDX-License-Identifier: ISC */

/*
 * The one place where a message's fate becomes an answer to the MTA.
 */

#ifndef REPLY_H
#define REPLY_H

#include <libmilter/mfapi.h>

#include "message/message.h"

/*
 * The SMFIS_* code for a fate, the SMTP reply text being set where there is
 * one.  author_domain may be "", queue_id NULL.
 */
sfsistat reply_for(SMFICTX *ctx, const struct fate *fate,
	    const char *author_domain, const char *queue_id);

/* For failures that come before there is a fate. */
sfsistat reply_out_of_memory(SMFICTX *ctx);

#endif /* REPLY_H */

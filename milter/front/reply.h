/* SPDX-License-Identifier: ISC */

/*
 * The reply to the MTA for the fate of a message.
 */

#ifndef REPLY_H
#define REPLY_H

#include <libmilter/mfapi.h>

#include "message/message.h"

/*
 * Return the SMFIS_* code for a fate, and set the SMTP reply if it needs one.
 * author_domain may be "", queue_id may be NULL.
 */
sfsistat reply_for(SMFICTX *ctx, const struct fate *fate,
	    const char *author_domain, const char *queue_id);

/* For a message that has no fate because memory ran out. */
sfsistat reply_out_of_memory(SMFICTX *ctx);

#endif /* REPLY_H */

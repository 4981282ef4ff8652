/* SPDX-License-Identifier: ISC */

/*
 * The reply to the MTA for the fate of a message.
 */

#ifndef REPLY_H
#define REPLY_H

#include <libmilter/mfapi.h>

#include "message/message.h"

/* What the text of a reply may name. */
struct reply_about {
	const char	*author_domain;	/* "" if there is none */
	const char	*queue_id;	/* NULL or "": none */
	const char	*contact;	/* reply_contact; NULL: none */
};

/* Return the SMFIS_* code for a fate; set the SMTP reply if it needs one. */
sfsistat reply_for(SMFICTX *ctx, const struct fate *fate,
	    const struct reply_about *about);

/* For a message that has no fate because memory ran out. */
sfsistat reply_out_of_memory(SMFICTX *ctx);

#endif /* REPLY_H */

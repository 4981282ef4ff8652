/* SPDX-License-Identifier: ISC */

/*
 * The options of a session: see negotiation.h.
 *
 * Replies that the MTA does not need are negotiated away: one round trip for
 * each header field would cost more than signing.
 *
 * SMFIP_HDR_LEADSPC is requested because, without it, the MTA strips one blank
 * after the colon and adds one itself, so that simple canonicalization would
 * hash something that is not on the wire.
 */

#include "front/negotiation.h"

#include <string.h>

#include "base/log.h"
#include "front/snapshot.h"
#include "message/mta_facts.h"

static const unsigned long wanted_protocol =
    SMFIP_NORCPT | SMFIP_NODATA | SMFIP_NOUNKNOWN |
    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |
    SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC;

static int
ask_for_macros(SMFICTX *ctx)
{
	static const int stages[] = {
		[MTA_CONNECT] = SMFIM_CONNECT,
		[MTA_MAIL_FROM] = SMFIM_ENVFROM,
		[MTA_END_OF_HEADER] = SMFIM_EOH,
		[MTA_END_OF_MESSAGE] = SMFIM_EOM,
	};
	char list[256];
	size_t i;

	for (i = 0; i < mta_nmacros; i++) {
		strlcpy(list, mta_macros[i].names, sizeof(list));
		if (smfi_setsymlist(ctx, stages[mta_macros[i].stage],
		    list) != MI_SUCCESS)
			return -1;
	}
	return 0;
}

/* Whether a source has ceilings of recipients; a connection of the MTA that is
 * older than that has none to count. */
static bool
wants_recipients(void)
{
	struct snapshot *snapshot = snapshot_acquire();
	const bool wants = snapshot != NULL &&
	    snapshot->config->wants_recipients;

	snapshot_release(snapshot);
	return wants;
}

bool
negotiation_begin(SMFICTX *ctx, unsigned long *actions,
    unsigned long *protocol)
{
	if ((*actions & SMFIF_ADDHDRS) == 0) {
		log_warnx(M_MTA_NO_HEADERS,
		    "the MTA does not let milters add header fields");
		return false;
	}
	*protocol &= wanted_protocol;
	if (wants_recipients())
		*protocol &= ~(unsigned long)SMFIP_NORCPT;
	*actions &= NEGOTIATION_ACTIONS;
	if ((*actions & SMFIF_SETSYMLIST) != 0 && ask_for_macros(ctx) != 0)
		log_warnx(M_MTA_MACROS_FIXED,
		    "the MTA does not let milters choose macros: using its "
		    "defaults");
	if ((*protocol & SMFIP_HDR_LEADSPC) == 0)
		log_debug("the MTA adds the space after the colon itself");
	return true;
}

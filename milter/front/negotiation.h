/* SPDX-License-Identifier: ISC */

/*
 * What a session of the MTA is to be like: the options of the milter protocol
 * that we want, as far as the MTA offers them.
 */

#ifndef NEGOTIATION_H
#define NEGOTIATION_H

#include <libmilter/mfapi.h>

#include <stdbool.h>

/* What a message may need: SMFIF_*. */
#define NEGOTIATION_ACTIONS \
	((unsigned long)(SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | \
	SMFIF_SETSYMLIST))

/*
 * Called when: in the negotiation of a session, once.
 *
 * *actions and *protocol are what the MTA offers, then what is in force.
 * Returns false, after logging why, if it does not offer what signing needs.
 */
bool	negotiation_begin(SMFICTX *ctx, unsigned long *actions,
	    unsigned long *protocol);

#endif /* NEGOTIATION_H */

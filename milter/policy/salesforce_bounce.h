/* SPDX-License-Identifier: ISC */

/*
 * The envelope sender of Salesforce's bounce management, which names the
 * organization:
 *
 *	user=example.com__token@random.4x-4z0h4eai.na150.bnc.salesforce.com
 *
 * The label before the instance and bnc.salesforce.com is the id of 18
 * characters in lower case, without its 00D, and with its longest run of zeros
 * replaced by a hyphen.  The last three characters restore the case of the
 * others, so no information is lost.  Observed in public samples of 2018 to
 * 2022; Salesforce does not document it.
 */

#ifndef SALESFORCE_BOUNCE_H
#define SALESFORCE_BOUNCE_H

#include <stdbool.h>

#include "config/salesforce_id.h"

/* Whether the domain of an address is that of such addresses. */
bool	salesforce_bounce_is(const char *address);

/* Whether an address names the organization, an id of 15 characters. */
bool	salesforce_bounce_names(const char *address,
	    const char id[SALESFORCE_ID_SIZE]);

#endif /* SALESFORCE_BOUNCE_H */

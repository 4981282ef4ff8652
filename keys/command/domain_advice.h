/* SPDX-License-Identifier: ISC */

/*
 * Advice on a domain, from what was seen of its keys in DNS and from answers of
 * the resolver; connects probe/sight.h to advice.h.
 */

#ifndef DOMAIN_ADVICE_H
#define DOMAIN_ADVICE_H

#include "command/domain_check.h"

/*
 * Returns 0 or KS_E_NOMEM.  The caller frees *advice with free() in either
 * case.
 */
int	domain_advice_gather(const struct domain_check *check,
	    struct advice **advice);

#endif /* DOMAIN_ADVICE_H */

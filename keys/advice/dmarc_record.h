/* SPDX-License-Identifier: ISC */

/*
 * DMARC policy records, RFC 9989 (and RFC 7489 before it): reading one, and
 * the names at which one is looked for.  Pure.
 */

#ifndef DMARC_H
#define DMARC_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/dkimsig.h"

enum dmarc_policy {
	DMARC_NO_POLICY,	/* not given, or not known */
	DMARC_NONE,
	DMARC_QUARANTINE,
	DMARC_REJECT
};

enum dmarc_psd {
	DMARC_PSD_UNKNOWN,	/* psd=u, the default */
	DMARC_PSD_NO,		/* psd=n: an organizational domain */
	DMARC_PSD_YES		/* psd=y: a public suffix */
};

struct dmarc_record {
	enum dmarc_policy	 policy;	/* p= */
	enum dmarc_policy	 subdomains;	/* sp= */
	enum dmarc_psd		 psd;
	unsigned int		 percent;	/* pct= of RFC 7489; 100 */
	bool			 strict_dkim;	/* adkim=s */
	bool			 testing;	/* t=y */
	bool			 has_reports;	/* rua= is not empty */
};

/*
 * Read a record.  False if the text does not begin with v=DMARC1.  Unknown tags
 * and values are ignored, as receivers do.
 */
bool	dmarc_parse(const char *txt, struct dmarc_record *record);

const char *dmarc_policy_name(enum dmarc_policy policy);

/*
 * The names of the tree walk, RFC 9989: the domain itself, then its parents,
 * up to a single label; from a long name at most seven labels of the right.
 */
#define DMARC_MAX_WALK	8

/*
 * The next domain of the walk after this one, a part of the same text; NULL
 * at its end.  is_first: domain is where the walk began.
 */
const char *dmarc_walk_next(const char *domain, bool is_first);

#endif /* DMARC_H */

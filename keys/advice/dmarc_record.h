/* SPDX-License-Identifier: ISC */

/*
 * Read DMARC policy records, RFC 9989 (and RFC 7489 before it), and find the
 * names at which receivers look for one.  Pure.
 */

#ifndef DMARC_H
#define DMARC_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/dkimsig.h"

enum dmarc_policy {
	DMARC_NO_POLICY,	/* missing or unknown */
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
	unsigned int		 percent;	/* pct=, RFC 7489 */
	bool			 strict_dkim;	/* adkim=s */
	bool			 testing;	/* t=y */
	bool			 has_reports;	/* rua= is not empty */
};

/*
 * Read a record.  Returns false if the text does not begin with v=DMARC1.
 * Unknown tags and values are ignored, as receivers do.
 */
bool	dmarc_parse(const char *txt, struct dmarc_record *record);

const char *dmarc_policy_name(enum dmarc_policy policy);

/*
 * Most names in a tree walk, RFC 9989: the domain itself, then its parents up
 * to the top-level domain; for a long name, those of at most seven labels.
 */
#define DMARC_MAX_WALK	8

/*
 * The next domain of the walk, which is a part of the same text; NULL at the
 * end.  is_first says that the walk began with this domain.
 */
const char *dmarc_walk_next(const char *domain, bool is_first);

#endif /* DMARC_H */

/* SPDX-License-Identifier: ISC */

/*
 * The formats of countersign-key export: a fragment of a zone file, JSON, and
 * what octoDNS and DNSControl read.
 */

#ifndef EXPORT_FORMAT_H
#define EXPORT_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "dkimsig/dkimsig.h"
#include "store/keystore.h"

/* A record that should be in DNS. */
struct export_record {
	char		 domain[DKIMSIG_DOMAIN_SIZE];	/* of the key */
	char		 selector[KS_SELECTOR_SIZE];
	const char	*status;	/* of the key; static */
	/* The domain, or the zone to which its CNAMEs point. */
	char		 zone[DKIMSIG_DOMAIN_SIZE];
	char		 name[DKIMSIG_DOMAIN_SIZE];
	char		*value;		/* in one piece */
	char		*strings;	/* as in a zone file */
	int64_t		 ttl;		/* seconds */
};

/* All of them, in the order of the domains and keys. */
struct export_list {
	struct export_record	*records;
	size_t			 n;
	int64_t			 now;	/* when it was made */
};

struct export_format {
	const char	*name;		/* of --format */
	bool		 has_one_zone;	/* records of one zone at a time */
	/* Print the list; may sort it. */
	void		(*print)(FILE *fp, struct export_list *list);
};

/* The format of that name; NULL if there is none. */
const struct export_format *export_format_find(const char *name);

#endif /* EXPORT_FORMAT_H */

/* SPDX-License-Identifier: ISC */

/*
 * The sources that a configuration needs for the senders of a plan.
 */

#ifndef IMPORT_SOURCES_H
#define IMPORT_SOURCES_H

#include "import/plan.h"
#include "store/keystore.h"

#define IMPORT_SOURCE_DOMAINS	3

/* All texts are borrowed from struct import_sources or from the plan. */
struct import_source {
	struct import_place	 place;		/* of its first sender */
	const char	*domains[IMPORT_SOURCE_DOMAINS];
	size_t		 ndomains;
	unsigned int	 number;	/* from 1, of those with domains[0] */
	const char	*const *authors;	/* none: all of domains */
	size_t		 nauthors;
	/* One of domains that is no sender: its key signs for the others. */
	const char	*parent;		/* or NULL */
	/* An author domain, or "*." and one, that has no key; or NULL. */
	const char	*keyless;
	const char	*const *also_sign;
	size_t		 nalso;
};

struct import_sources {
	struct import_source	*list;
	size_t			 n;
	char			**signers;	/* domain of each key */
	size_t			 nsigners;
	const char		**also;		/* also_sign of all sources */
	size_t			 nalso;
	char			**authors;	/* of all sources */
	size_t			 nauthors;
};

/*
 * Make the sources.  Keys of the plan that were not stored must have
 * is_refused set.  The senders of the plan are sorted; if it has none, and
 * has_senders is false, the domains of its keys are taken.  A pattern of
 * senders whose keys were all refused gets a note instead of a source.
 */
void	import_sources_make(struct import_sources *sources,
	    struct import_plan *plan, struct keystore *ks);

void	import_sources_finish(struct import_sources *sources);

#endif /* IMPORT_SOURCES_H */

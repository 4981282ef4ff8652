/* SPDX-License-Identifier: ISC */

/*
 * What a source allows, and how two sources relate.
 */

#ifndef CONFIG_RELATION_H
#define CONFIG_RELATION_H

#include <stdbool.h>

#include "config/config.h"

/* Whether a source allows an author domain, which is normalized. */
bool	source_allows(const struct source *source, const char *domain);

/* Whether all that proves source proves weaker, for all domains of source. */
bool	source_implies(const struct source *source,
	    const struct source *weaker);

/* Whether no message proves both sources, as far as can be seen; or none
 * whatever its author addresses are. */
bool	sources_exclude(const struct source *a, const struct source *b);
bool	sources_exclude_by_route(const struct source *a,
	    const struct source *b);

/*
 * Whether source refuses author addresses that other may allow without naming
 * each of them.
 */
bool	source_refuses_more(const struct source *source,
	    const struct source *other);

/* The first domain that both allow, as the narrower one has it; or NULL. */
const char *sources_common_domain(const struct source *a,
	    const struct source *b);

/* What of the connection fits both sources; NULL if nothing is known to. */
const char *sources_common_route(const struct source *a,
	    const struct source *b);

/* Why no message can prove a source; NULL if one may. */
const char *source_contradiction(const struct source *source);

#endif /* CONFIG_RELATION_H */

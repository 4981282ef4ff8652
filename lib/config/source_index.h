/* SPDX-License-Identifier: ISC */

/*
 * Finds the sources that a message may concern, in the order of the
 * configuration, without looking at all of them.
 *
 * A configuration that was loaded has an index.  One that was put together
 * otherwise has none; then a search looks at each source.
 */

#ifndef CONFIG_SOURCE_INDEX_H
#define CONFIG_SOURCE_INDEX_H

#include <stddef.h>

#include "config/config.h"

enum search_kind {
	SEARCH_ALLOWING,
	SEARCH_AKIN,
	SEARCH_ROUTES,
	SEARCH_STRICTEST
};

/* A search that is under way; its strings are borrowed until it ends. */
struct source_search {
	const struct config *config;
	enum search_kind kind;
	const char	*domain;
	const char	*organization;
	const char	*login;
	size_t		 next;	/* the first source that was not seen yet */
};

/* The sources that allow a normalized domain. */
struct source_search source_search_allowing(const struct config *config,
	    const char *domain);

/*
 * At least the sources that name a domain of the same organization, a domain
 * below this one, or a domain above it.
 */
struct source_search source_search_akin(const struct config *config,
	    const char *domain, const char *organization);

/*
 * The first source of each route by which a client with this login may have
 * come; NULL: without a login.  Sources have the same route if their mode and
 * on_unclear_author are the same, and all factors that do not depend on the
 * message itself.
 */
struct source_search source_search_routes(const struct config *config,
	    const char *login);

/*
 * Of the sources that observe, and of those that do not, at least the first
 * one and the first one with the strictest on_mismatch.
 */
struct source_search source_search_strictest(const struct config *config);

/* The next source; NULL: there are no more. */
const struct source *source_search_next(struct source_search *search);

#endif /* CONFIG_SOURCE_INDEX_H */

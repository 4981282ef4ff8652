/* SPDX-License-Identifier: ISC */

/*
 * Sources that do nothing, or not what they seem to do, because of another one
 * or of themselves.
 *
 * Sources are tried in their order, and the first that holds decides how a
 * message is signed.  Sources in observe mode are tried only for domains that
 * no other source names.  So a source can be
 *
 *	impossible	its factors exclude each other
 *	shadowed	whatever it proves is proven by an earlier source
 *	silent		it observes domains that are already decided by others
 *	ambiguous	it and an earlier one fit the same connection and domain
 *	evaded		another one may sign for the authors that it refuses
 *
 * All are allowed, but probably mistakes.
 *
 * Cannot fail.  The time grows with the square of the number of sources, and
 * with their domains, so only a person who checks the files should wait for it.
 */

#include "config/overlap.h"

#include <string.h>

#include "config/private.h"
#include "config/relation.h"

struct search {
	const struct config	*config;
	FILE			*out;
	size_t			 n;	/* warnings */
};

/* Begin a warning about a source; false if there are too many. */
static bool
warn(struct search *search, const struct source *source)
{
	struct config_place place = config_place(search->config, source->line);

	if (search->n++ >= CONFIG_MAX_WARNINGS)
		return false;
	(void)fprintf(search->out, "%s:%u: warning: source \"%s\"", place.file,
	    place.line, source->name);
	return true;
}

/* Write the name and place of the source that a warning compares with. */
static void
print_other(const struct search *search, const struct source *source,
    const struct source *other)
{
	char line[CONFIG_LINE_SIZE];

	config_print_line(&search->config->files, other->line, source->line,
	    line);
	(void)fprintf(search->out, "source \"%s\" (%s)", other->name, line);
}

static void
check_alone(struct search *search, const struct source *source)
{
	const char *why = source_contradiction(source);
	size_t i;

	if (why != NULL && warn(search, source))
		(void)fprintf(search->out, " can never match: %s\n", why);
	for (i = 0; i < source->login.n; i++)
		if (strchr(source->login.texts[i], '*') != NULL) {
			if (warn(search, source))
				(void)fprintf(search->out, ": login \"%s\" is "
				    "compared as it is, and \"*\" stands for "
				    "nothing else; for any login of your own "
				    "people, use any_login = true\n",
				    source->login.texts[i]);
			return;
		}
}

/* A source that observes is not asked where another one decides. */
static bool
check_silent(struct search *search, const struct source *source,
    const struct source *other)
{
	const char *domain;

	if (!source->observe || other->observe ||
	    (domain = sources_common_domain(source, other)) == NULL)
		return false;
	if (warn(search, source)) {
		(void)fputs(" observes nothing of ", search->out);
		(void)fprintf(search->out, "%s, because ", domain);
		print_other(search, source, other);
		(void)fputs(" decides about its mail\n", search->out);
	}
	return true;
}

static bool
check_shadowed(struct search *search, const struct source *source,
    const struct source *earlier)
{
	if (source->observe != earlier->observe ||
	    !source_implies(source, earlier))
		return false;
	if (warn(search, source)) {
		(void)fputs(" is never used: mail that proves it also proves ",
		    search->out);
		print_other(search, source, earlier);
		(void)fputs(", which comes first; remove one, or put the "
		    "stricter one first\n", search->out);
	}
	return true;
}

static void
check_ambiguous(struct search *search, const struct source *source,
    const struct source *earlier)
{
	const char *domain, *route;

	if (source->observe != earlier->observe ||
	    sources_exclude(source, earlier) ||
	    (route = sources_common_route(source, earlier)) == NULL ||
	    (domain = sources_common_domain(source, earlier)) == NULL ||
	    source_implies(earlier, source) || !warn(search, source))
		return;
	(void)fprintf(search->out, " fits %s and domain, %s, as ", route,
	    domain);
	print_other(search, source, earlier);
	(void)fputs(", whose options apply to mail that proves both\n",
	    search->out);
}

static void
check_evaded(struct search *search, const struct source *source,
    const struct source *other)
{
	const char *domain;

	if (source == other || source->observe != other->observe ||
	    !source_refuses_more(source, other) ||
	    sources_exclude_by_route(source, other) ||
	    (domain = sources_common_domain(source, other)) == NULL ||
	    !warn(search, source))
		return;
	(void)fprintf(search->out, " refuses some author addresses of %s, "
	    "but ", domain);
	print_other(search, source, other);
	(void)fputs(" may sign that mail; give it the same \"authors\", or a "
	    "factor, such as another login, that tells the two apart\n",
	    search->out);
}

void
config_warn_of_overlaps(const struct config *config, FILE *out)
{
	struct search search = { .config = config, .out = out };
	const struct source *source, *other;
	size_t i, j;

	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		check_alone(&search, source);
		for (j = 0; j < config->nsources; j++) {
			other = &config->sources[j];
			if (check_silent(&search, source, other) ||
			    (j < i && check_shadowed(&search, source, other)))
				break;
			if (j < i)
				check_ambiguous(&search, source, other);
			check_evaded(&search, source, other);
		}
	}
	if (search.n > CONFIG_MAX_WARNINGS)
		(void)fprintf(out, "%s: %zu more warnings about sources\n",
		    config->file, search.n - CONFIG_MAX_WARNINGS);
}

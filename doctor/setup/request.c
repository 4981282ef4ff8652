/* SPDX-License-Identifier: ISC */

/*
 * What is wanted: options, and answers to questions, become a complete request.
 *
 * What is missing, unknown, or cannot be written into a configuration file is
 * reported with the option's name.  Whether values are valid, the parser of the
 * configuration judges later.
 */

#include <stdio.h>
#include <string.h>

#include "config/relation.h"
#include "setup/conf_text.h"
#include "setup/private.h"
#include "text/distance.h"

/* Names that countersign.conf and a file can have. */
static bool
is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strlen(name) <= 64 &&
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0' &&
	    strcmp(name, SETUP_SOCKET_NAME) != 0 &&
	    strcmp(name, SETUP_ROTATION_NAME) != 0;
}

/* The value is not printed: it may hold what a terminal obeys. */
static bool
are_quotable(const char *option, const struct setup_words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++)
		if (!conf_text_is_quotable(words->list[i])) {
			(void)setup_fail("%s: the value is empty, or has a "
			    "quote, a backslash, \"${\" or a control "
			    "character, which such a value cannot have",
			    option);
			return false;
		}
	return true;
}

static bool
is_quotable(const char *option, const char *value)
{
	const struct setup_words words = { { value }, value != NULL };

	return are_quotable(option, &words);
}

static bool
all_are_quotable(const struct setup_request *r)
{
	return is_quotable("--config", r->config) &&
	    is_quotable("--secret-header", r->secret_header) &&
	    is_quotable("--publish", r->publish) &&
	    is_quotable("--tsig-key", r->tsig_key) &&
	    are_quotable("--tenant", &r->tenants) &&
	    are_quotable("--login", &r->logins) &&
	    are_quotable("--daemon", &r->daemons) &&
	    are_quotable("--domain", &r->domains) &&
	    are_quotable("--selector", &r->selectors) &&
	    are_quotable("--check-resolvers", &r->check_resolvers);
}

static bool
publish_is_valid(const char *publish)
{
	if (publish == NULL || conf_text_publish_is_valid(publish))
		return true;
	(void)setup_fail("--publish %s: write manual, update, update:SERVER "
	    "or hook:/PROGRAM", publish);
	return false;
}

/* Options that only mean something beside another one. */
static bool
belong_together(const struct setup_request *r)
{
	if (r->publish == NULL && r->check_resolvers.n > 0)
		(void)setup_fail("--check-resolvers is written with the way of "
		    "publication: give --publish, too");
	else if (r->tsig_key != NULL && (r->publish == NULL ||
	    strncmp(r->publish, "update", 6) != 0))
		(void)setup_fail("--tsig-key is for updates: give --publish "
		    "update, too");
	else
		return true;
	return false;
}

/* Without any preset, no platform is known: say where they were sought. */
static bool
has_presets(const struct setup *setup)
{
	const char *list[PRESETS_MAX_DIRECTORIES];
	size_t n, i;

	if (preset_list_count(setup->presets) > 0)
		return true;
	(void)setup_fail("there are no presets, the files that say how mail "
	    "of a platform is recognized; install countersign again, or name "
	    "their directory with preset_dir in %s.  Searched:",
	    setup->request->config);
	n = preset_directories(setup->config != NULL ?
	    setup->config->preset_dir : NULL, list);
	for (i = 0; i < n; i++)
		(void)fprintf(stderr, "  %s\n", list[i]);
	return false;
}

static bool
knows_platform(const struct setup *setup, const char *platform)
{
	const char *names[PRESETS_MAX], *nearest;
	size_t n = preset_list_count(setup->presets), i;

	if (preset_list_find(setup->presets, platform) != NULL)
		return true;
	for (i = 0; i < n; i++)
		names[i] = preset_list_at(setup->presets, i)->name;
	nearest = text_nearest(names, n, platform);
	(void)setup_fail("--platform %s: unknown%s%s%s; the platforms are:",
	    platform, nearest != NULL ? "; did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	for (i = 0; i < n; i++)
		(void)fprintf(stderr, "  %-18s %s\n", names[i],
		    preset_list_at(setup->presets, i)->title);
	return false;
}

/* Report an option that is missing. */
static bool
has(bool is_given, const struct preset_summary *preset, const char *option)
{
	if (!is_given)
		(void)setup_fail("--platform %s needs %s", preset->name,
		    option);
	return is_given;
}

/*
 * Whether every "*.example.com" stands beside a domain whose keys may sign for
 * it, such as example.com: with the pattern alone, each subdomain would need
 * keys of its own.
 */
static bool
patterns_have_parents(const struct setup_words *domains)
{
	const struct source source = {
		.domains = { domains->list, domains->n }
	};
	const char *parent;
	size_t i;

	for (i = 0; i < domains->n; i++) {
		/* Another "*" is refused by the parser. */
		if (strncmp(domains->list[i], "*.", 2) != 0 ||
		    strchr(domains->list[i] + 1, '*') != NULL)
			continue;
		for (parent = domains->list[i] + 1; parent != NULL &&
		    !source_allows(&source, parent + 1);
		    parent = strchr(parent + 1, '.'))
			;
		if (parent != NULL)
			continue;
		(void)setup_fail("--domain %s: give --domain %s, too, because "
		    "its keys sign for the subdomains", domains->list[i],
		    domains->list[i] + 2);
		return false;
	}
	return true;
}

/* Whether the request has all that its platform needs. */
static bool
has_needs(const struct setup_request *r, const struct preset_summary *preset)
{
	bool complete;

	complete = has(preset->tenants.n == 0 || r->tenants.n > 0, preset,
	    "--tenant, which says whose mail it is");
	complete &= has(!text_list_has(&preset->needs, "login") ||
	    r->logins.n > 0, preset, "--login, the user that it logs in as");
	complete &= has(!text_list_has(&preset->needs, "daemon") ||
	    r->daemons.n > 0, preset, "--daemon, the "
	    "milter_macro_daemon_name of its smtpd service");
	complete &= has(!text_list_has(&preset->needs, "secret_header") ||
	    r->secret_header != NULL, preset, "--secret-header, the name of "
	    "the field with the secret");
	complete &= has(r->domains.n > 0, preset, "--domain, for which mail "
	    "is signed");
	return complete;
}

/* Whether an option says something about a source. */
static bool
describes_source(const struct setup_request *r)
{
	return r->secret_header != NULL || r->tenants.n + r->logins.n +
	    r->daemons.n + r->domains.n + r->selectors.n > 0;
}

/* Whether the options alone can be used; only then are questions asked. */
static int
check_options(struct setup *setup, bool can_ask)
{
	const struct setup_request *r = setup->request;
	bool has_sources = setup->config != NULL && setup->config->nsources > 0;

	if (!all_are_quotable(r) || !publish_is_valid(r->publish) ||
	    !belong_together(r))
		return SETUP_USAGE;
	if (r->platform == NULL && !can_ask && describes_source(r))
		return setup_fail("--platform is missing: it says what sends "
		    "the mail"), SETUP_USAGE;
	if (r->platform == NULL && !can_ask && !has_sources)
		return setup_fail("there is no source yet, and no terminal to "
		    "ask: give --platform, --tenant, --login, --domain and "
		    "--publish as far as needed"), SETUP_USAGE;
	if ((r->platform != NULL || describes_source(r) || !has_sources) &&
	    !has_presets(setup))
		return SETUP_FAILED;
	if (r->name != NULL && !is_name(r->name))
		return setup_fail("--name: use up to 64 letters, digits, "
		    "\".\", \"_\" and \"-\", not beginning with \".\", and not "
		    "\"socket\" or \"rotation\""), SETUP_USAGE;
	return r->platform == NULL || knows_platform(setup, r->platform) ?
	    SETUP_DONE : SETUP_USAGE;
}

int
request_complete(struct setup *setup)
{
	struct setup_request *r = setup->request;
	bool has_sources = setup->config != NULL && setup->config->nsources > 0;
	bool can_ask = ask_is_possible() && !r->apply;
	int status;

	if ((status = check_options(setup, can_ask)) != SETUP_DONE)
		return status;
	if (can_ask && (r->platform != NULL || describes_source(r) ||
	    !has_sources) && ask_source(setup) == -1)
		return SETUP_FAILED;
	if (r->platform == NULL)
		return SETUP_DONE;
	if (r->name == NULL)
		r->name = r->platform;
	return has_needs(r, preset_list_find(setup->presets, r->platform)) &&
	    patterns_have_parents(&r->domains) ? SETUP_DONE : SETUP_USAGE;
}

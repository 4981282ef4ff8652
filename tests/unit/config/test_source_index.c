/* SPDX-License-Identifier: ISC */

/*
 * The index finds the sources that a look at each of them finds, in their
 * order: of texts as operators write them, and of random ones.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/organization.h"
#include "config/private.h"
#include "config/relation.h"
#include "config/source_index.h"

#define NETWORK	" networks = 192.0.2.0/24 trust_network = yes"

static const char text[] =
    "source \"a\" {" NETWORK " domains = { example.com } }\n"
    "source \"b\" {" NETWORK " domains = { \"*.example.com\" } }\n"
    "source \"c\" { login = { one, two } domains = { a.example.com,"
    " example.net, example.com } }\n"
    "source \"d\" {" NETWORK " domains = { \"*.a.example.com\" }"
    " on_mismatch = pass }\n"
    "source \"e\" { login = two domains = example.org mode = observe }\n"
    "source \"f\" { login = two domains = shop.co.uk mode = observe"
    " on_mismatch = tempfail }\n"
    "source \"g\" { login = three domains = co.uk"
    " on_mismatch = quarantine }\n";

/* The names of all that a search finds. */
static const char *
found(struct source_search search)
{
	static char names[256];
	const struct source *source;

	names[0] = '\0';
	while ((source = source_search_next(&search)) != NULL)
		(void)strlcat(names, source->name, sizeof(names));
	return names;
}

static struct config *
load(const char *from)
{
	struct config *config;
	size_t nfaults;

	config = config_load_text("test.conf", from, strlen(from), stderr,
	    &nfaults);
	assert_non_null(config);
	assert_non_null(config->index);
	return config;
}

static void
finds_what_allows(void **state)
{
	static const char *const cases[][2] = {
		{ "example.com", "ac" }, { "a.example.com", "bc" },
		{ "b.example.com", "b" }, { "x.a.example.com", "bd" },
		{ "y.x.a.example.com", "bd" }, { "example.net", "c" },
		{ "x.example.net", "" }, { "xexample.com", "" },
		{ "com", "" }, { "", "" }, { ".", "" }, { ".example.com", "" },
		{ "a.example.com.", "" }, { "*.example.com", "b" },
		{ "example.org", "e" }, { "co.uk", "g" },
	};
	struct config *config = load(text);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(found(source_search_allowing(config, cases[i][0])),
		    cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0],
			    found(source_search_allowing(config,
			    cases[i][0])));
	config_unref(config);
}

static void
finds_what_is_akin(void **state)
{
	static const char *const cases[][2] = {
		{ "example.com", "abcd" }, { "other.example.com", "abcd" },
		{ "com", "abcd" }, { "example.info", "" },
		{ "x.shop.co.uk", "fg" }, { "other.co.uk", "g" },
		{ "co.uk", "fg" }, { "uk", "fg" }, { "x.example.org", "e" },
	};
	char organization[DKIMSIG_DOMAIN_SIZE];
	struct config *config = load(text);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		organization_of(cases[i][0], organization);
		if (strcmp(found(source_search_akin(config, cases[i][0],
		    organization)), cases[i][1]) != 0)
			fail_msg("%s: %s", cases[i][0],
			    found(source_search_akin(config, cases[i][0],
			    organization)));
	}
	config_unref(config);
}

static void
finds_routes_and_the_strictest(void **state)
{
	struct config *config = load(text);

	(void)state;
	assert_string_equal(found(source_search_routes(config, NULL)), "a");
	assert_string_equal(found(source_search_routes(config, "one")), "ac");
	assert_string_equal(found(source_search_routes(config, "two")), "ace");
	assert_string_equal(found(source_search_routes(config, "TWO")), "a");
	assert_string_equal(found(source_search_routes(config, "three")),
	    "ag");
	/* Of those that observe, e; of the others, a. */
	assert_string_equal(found(source_search_strictest(config)), "ae");
	config_unref(config);
}

/* Each factor of the route makes another one, and so do mode and action. */
static void
tells_routes_apart(void **state)
{
	static const char *const other[] = { "tls = TLSv1.2", "tls = TLSv1.3",
	    "networks = 192.0.2.0/25", "networks = 192.0.3.0/24",
	    "networks = \"2001:db8::/32\"",
	    "networks = { 192.0.2.0/24, \"!192.0.2.0/24\" }",
	    "spf = a.example", "spf = b.example", "ptr = a.example",
	    "helo = a.example", "cert_cn = a.example",
	    "cert_cn = a.example cert_issuer = CA", "daemon = a",
	    "mode = observe", "on_unclear_author = tempfail",
	    "daemon = b", "daemon = b any_login = true" };
	/* Of the message itself. */
	static const char *const same[] = { "envelope = \"*@a.example\"",
	    "header X-Other { value = b }", "on_mismatch = pass",
	    "on_no_key = pass", "remove = X-Trace",
	    "dkim { domains = a.test selectors = s }" };
	const size_t nother = sizeof(other) / sizeof(other[0]);
	const size_t nsame = sizeof(same) / sizeof(same[0]);
	char all[4096] = "", *end = all;
	struct config *config;
	size_t i;

	(void)state;
	for (i = 0; i < nother + nsame; i++)
		end += snprintf(end, (size_t)(all + sizeof(all) - end),
		    "source %c { header X-Org { value = a } domains = "
		    "%c.example %s %s }\n", (int)('a' + i), (int)('a' + i),
		    i < nother ? other[i] : same[i - nother],
		    i < nother && (strncmp(other[i], "networks", 8) == 0 ||
		    strncmp(other[i], "daemon = b", 10) == 0) ? "" :
		    "networks = 192.0.2.0/24");
	config = load(all);
	assert_string_equal(found(source_search_routes(config, NULL)),
	    "abcdefghijklmnopqr");
	config_unref(config);
}

static uint32_t
next_random(uint32_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 17;
	*random ^= *random << 5;
	return *random;
}

/* A name of one to four labels of few letters. */
static void
make_name(uint32_t *random, char name[16])
{
	unsigned int labels = 1 + next_random(random) % 4, i;

	for (i = 0; i < labels; i++) {
		*name++ = (char)('a' + next_random(random) % 3);
		*name++ = '.';
	}
	name[-1] = '\0';
}

static bool
is_akin(const struct source *source, const char *name, const char *org)
{
	const char *own;
	size_t i;

	for (i = 0; i < source->domains.n; i++) {
		own = source->domains.texts[i];
		own += strncmp(own, "*.", 2) == 0 ? 2 : 0;
		if (strcmp(source->organizations.texts[i], org) == 0 ||
		    strcmp(own, name) == 0 ||
		    dkimsig_domain_is_below(own, name) ||
		    dkimsig_domain_is_below(name, own))
			return true;
	}
	return false;
}

static void
compare(const struct config *config, const char *name)
{
	char allowing[256] = "", akin[256] = "", org[DKIMSIG_DOMAIN_SIZE];
	const struct source *source;
	size_t i;

	organization_of(name, org);
	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		if (source_allows(source, name))
			(void)strlcat(allowing, source->name,
			    sizeof(allowing));
		if (is_akin(source, name, org))
			(void)strlcat(akin, source->name, sizeof(akin));
	}
	assert_string_equal(found(source_search_allowing(config, name)),
	    allowing);
	assert_string_equal(found(source_search_akin(config, name, org)),
	    akin);
}

static void
finds_the_same_at_random(void **state)
{
	char all[2048], name[16], *end;
	uint32_t random = 20261127;
	struct config *config;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < 300; i++) {
		end = all;
		for (j = 0; j < 12; j++) {
			end += sprintf(end, "source %c {" NETWORK
			    " domains = {", (int)('a' + j));
			for (k = 0; k <= next_random(&random) % 3; k++) {
				make_name(&random, name);
				end += sprintf(end, "%s \"%sx%zu.%s\"",
				    k > 0 ? "," : "",
				    next_random(&random) % 2 == 0 ? "*." : "",
				    k, name);
			}
			end += sprintf(end, "} }\n");
		}
		config = load(all);
		for (j = 0; j < 40; j++) {
			make_name(&random, name);
			compare(config, name);
			(void)snprintf(all, sizeof(all), "%sx%u.%s",
			    j % 2 == 0 ? "a." : "",
			    (unsigned int)(next_random(&random) % 3), name);
			compare(config, all);
		}
		config_unref(config);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_allows),
		cmocka_unit_test(finds_what_is_akin),
		cmocka_unit_test(finds_routes_and_the_strictest),
		cmocka_unit_test(tells_routes_apart),
		cmocka_unit_test(finds_the_same_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * Warnings about sources that are impossible, shadowed, silent or ambiguous;
 * and none about those that are not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/overlap.h"
#include "config/private.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define DOMAINS		"domains = { example.com, \"*.example.com\" }\n"
#define NAMED(name, text) "source " name " {\n" text "}\n"
#define SOURCE(name, text) NAMED(name, DOMAINS text)
#define NETWORK(block)	"networks = \"" block "\"\n"
#define OUR_ID(id)	"header X-Id { value = " id " }\n"

/* want: the warnings without file, line and "source"; "" for none. */
static const struct {
	const char	*name, *text, *want;
} cases[] = {
	{ "one", SOURCE("a", "login = a\n"), "" },
	{ "two logins", SOURCE("a", "login = a\n") SOURCE("b", "login = b\n"),
	    "" },

	{ "all networks excluded", SOURCE("a", "login = a\nnetworks = { "
	    "\"192.0.2.0/25\", \"!192.0.2.0/24\" }\n"),
	    "\"a\" can never match: all its networks are excluded\n" },
	{ "some networks excluded", SOURCE("a", "login = a\nnetworks = { "
	    "\"192.0.2.0/24\", \"!192.0.2.0/25\" }\n"), "" },
	{ "only an exclusion", SOURCE("a", "login = a\nnetworks = "
	    "\"!192.0.2.0/24\"\n"), "" },
	{ "a secret that is not there", SOURCE("a",
	    "secret_header X-A { value = 0123456789abcdef }\n"
	    "header x-a { compare = absent }\n"), "\"a\" can never match: the "
	    "field of its secret_header must be absent\n" },
	{ "any login", SOURCE("a", "login = \"*\"\n"), "\"a\": login \"*\" is "
	    "compared as it is, and \"*\" stands for nothing else; for any "
	    "login of your own people, use any_login = true\n" },
	{ "own people, and a platform", SOURCE("a", "any_login = true\n")
	    SOURCE("b", "login = b\n") SOURCE("c", "login = c\n"
	    "daemon = c\n"), "" },
	{ "own people twice", SOURCE("a", "any_login = true\n")
	    SOURCE("b", "any_login = true\ndaemon = b\n"), "\"b\" is never "
	    "used: mail that proves it also proves source \"a\" (line 1), "
	    "which comes first; remove one, or put the stricter one first\n" },
	{ "own people by two services", SOURCE("a", "any_login = true\n"
	    "tls = TLSv1.3\n") SOURCE("b", "any_login = true\n"
	    "daemon = b\n"), "\"b\" fits the same login and domain, "
	    "example.com, as source \"a\" (line 1), whose options apply to "
	    "mail that proves both\n" },
	{ "without a login", SOURCE("a", "any_login = true\ndaemon = a\n")
	    SOURCE("b", "daemon = b\n"), "" },

	{ "the same", SOURCE("a", "login = x\n") SOURCE("b", "login = x\n"),
	    "\"b\" is never used: mail that proves it also proves source \"a\" "
	    "(line 1), which comes first; remove one, or put the stricter one "
	    "first\n" },
	{ "a stricter one behind", SOURCE("a", "login = { x, y }\n")
	    SOURCE("b", "login = x\ntls = TLSv1.2\n" NETWORK("192.0.2.0/24")
	    OUR_ID("a")), "\"b\" is never used: mail that proves it also "
	    "proves source \"a\" (line 1), which comes first; remove one, or "
	    "put the stricter one first\n" },
	{ "a stricter one in front", SOURCE("a", "login = x\n"
	    OUR_ID("a")) SOURCE("b", "login = { x, y }\n"), "" },
	{ "other logins, too", SOURCE("a", "login = { x, z }\n")
	    SOURCE("b", "login = { x, y }\n"), "\"b\" fits the same login and "
	    "domain, example.com, as source \"a\" (line 1), whose options "
	    "apply to mail that proves both\n" },
	{ "another domain, too", SOURCE("a", "login = { x, z }\n")
	    NAMED("b", "login = x\ndomains = { example.com, example.org }\n"),
	    "\"b\" fits the same login and domain, example.com, as source "
	    "\"a\" (line 1), whose options apply to mail that proves both\n" },
	{ "a subdomain of it", SOURCE("a", "login = x\n")
	    NAMED("b", "login = x\ndomains = { a.example.com, "
	    "\"*.b.example.com\" }\n"), "\"b\" is never used: mail that proves "
	    "it also proves source \"a\" (line 1), which comes first; remove "
	    "one, or put the stricter one first\n" },
	{ "its parent", NAMED("a", "login = x\ndomains = a.example.com\n")
	    NAMED("b", "login = x\ndomains = example.com\n"), "" },
	{ "networks in networks", SOURCE("a", "login = x\n"
	    NETWORK("192.0.2.0/24")) SOURCE("b", "login = x\n"
	    NETWORK("192.0.2.128/25")), "\"b\" is never used: mail that proves "
	    "it also proves source \"a\" (line 1), which comes first; remove "
	    "one, or put the stricter one first\n" },
	{ "but not those excluded", SOURCE("a", "login = x\nnetworks = { "
	    "\"192.0.2.0/24\", \"!192.0.2.128/25\" }\n") SOURCE("b",
	    "login = x\n" NETWORK("192.0.2.128/25")), "" },
	{ "other networks", SOURCE("a", "login = x\n"
	    NETWORK("192.0.2.0/25")) SOURCE("b", "login = x\n"
	    NETWORK("192.0.2.128/25")), "" },
	{ "no networks", SOURCE("a", "login = x\n" NETWORK("192.0.2.0/24"))
	    SOURCE("b", "login = x\n"), "" },
	{ "an optional field is weaker", SOURCE("a", "login = x\n"
	    "header X-Id { value = a optional = true }\n") SOURCE("b",
	    "login = x\n" OUR_ID("a")), "\"b\" is never used: mail that proves "
	    "it also proves source \"a\" (line 1), which comes first; remove "
	    "one, or put the stricter one first\n" },

	{ "two tenants of a platform", SOURCE("a", NETWORK("192.0.2.0/24")
	    OUR_ID("a")) SOURCE("b", NETWORK("192.0.2.0/24") OUR_ID("b")),
	    "" },
	{ "two secrets", SOURCE("a", NETWORK("192.0.2.0/24")
	    "secret_header X-A { value = 0123456789abcdef }\n") SOURCE("b",
	    NETWORK("192.0.2.0/24")
	    "secret_header X-A { value = 123456789abcdef0 }\n"), "" },
	{ "two fields", SOURCE("a", NETWORK("192.0.2.0/24") OUR_ID("a"))
	    SOURCE("b", NETWORK("192.0.2.0/24") "header X-B { value = b }\n"),
	    "\"b\" fits the same client address and domain, example.com, as "
	    "source \"a\" (line 1), whose options apply to mail that proves "
	    "both\n" },
	{ "two platforms", SOURCE("a", NETWORK("192.0.2.0/24") OUR_ID("a"))
	    SOURCE("b", NETWORK("198.51.100.0/24")
	    "header X-B { value = b }\n"), "" },
	{ "two services", SOURCE("a", "daemon = a\n") SOURCE("b",
	    "daemon = b\n"), "" },
	{ "the same service", SOURCE("a", "daemon = a\nlogin = a\n")
	    SOURCE("b", "daemon = a\n" OUR_ID("b")), "\"b\" fits the same "
	    "service and domain, example.com, as source \"a\" (line 1), whose "
	    "options apply to mail that proves both\n" },

	{ "authors that another one of the same login may sign for",
	    SOURCE("a", "login = x\nauthors = \"a@example.com\"\n"
	    NETWORK("192.0.2.0/24")) SOURCE("b", "daemon = y\n"),
	    "\"a\" refuses some author addresses of example.com, but source "
	    "\"b\" (line 7) may sign that mail; give it the same "
	    "\"authors\", or a factor, such as another login, that tells "
	    "the two apart\n" },
	{ "exclusions that another one does not have", SOURCE("a",
	    "daemon = x\nauthors = \"!a@example.com\"\n") SOURCE("b",
	    "login = y\nauthors = { \"*@example.com\", \"*@*.example.com\" "
	    "}\n"), "\"a\" refuses "
	    "some author addresses of example.com, but source \"b\" (line "
	    "6) may sign that mail; give it the same \"authors\", or a "
	    "factor, such as another login, that tells the two apart\n" },
	{ "each refuses what the other may sign for", SOURCE("a",
	    "daemon = x\nauthors = \"!a@example.com\"\n") SOURCE("b",
	    "login = y\nauthors = \"*@example.com\"\n"), "\"a\" refuses "
	    "some author addresses of example.com, but source \"b\" (line "
	    "6) may sign that mail; give it the same \"authors\", or a "
	    "factor, such as another login, that tells the two apart\n"
	    "f:6: warning: source \"b\" refuses some author addresses of "
	    "example.com, but source \"a\" (line 1) may sign that mail; give "
	    "it the same \"authors\", or a factor, such as another login, "
	    "that tells the two apart\n" },
	{ "the same authors", SOURCE("a", "login = x\nauthors = "
	    "{ \"*@example.com\", \"!a@example.com\" }\n") SOURCE("b",
	    "daemon = y\nauthors = { \"!a@example.com\", "
	    "\"*@example.com\" }\n"), "" },
	{ "authors of two logins", SOURCE("a", "login = x\nauthors = "
	    "\"a@example.com\"\n") SOURCE("b", "login = y\n"), "" },
	{ "authors of two domains", NAMED("a", "login = x\nauthors = "
	    "\"a@example.com\"\ndomains = example.com\n") NAMED("b",
	    "daemon = y\ndomains = example.org\n"), "" },
	{ "each its own authors", SOURCE("a", "login = x\nauthors = "
	    "\"a@example.com\"\n") SOURCE("b", "login = x\nauthors = "
	    "\"b@example.com\"\n"), "" },
	{ "stricter authors in front", SOURCE("a", "login = x\n"
	    NETWORK("192.0.2.0/24") "authors = \"a@example.com\"\n")
	    SOURCE("b", "login = x\n" NETWORK("192.0.2.0/24")
	    "authors = { \"a@example.com\", \"b@example.com\" }\n"),
	    "\"b\" fits the same login and domain, example.com, as source "
	    "\"a\" (line 1), whose options apply to mail that proves both\n"
	},
	{ "shadowed with the same authors", SOURCE("a", "login = x\n"
	    "authors = \"a@example.com\"\n") SOURCE("b", "login = x\n"
	    "authors = \"a@example.com\"\n"), "\"b\" is never used: mail "
	    "that proves it also proves source \"a\" (line 1), which comes "
	    "first; remove one, or put the stricter one first\n" },

	{ "observes what is decided", SOURCE("a", "login = x\n")
	    SOURCE("b", "mode = observe\nlogin = y\n"), "\"b\" observes "
	    "nothing of example.com, because source \"a\" (line 1) decides "
	    "about its mail\n" },
	{ "wherever it stands", SOURCE("a", "mode = observe\nlogin = y\n")
	    SOURCE("b", "login = x\n"), "\"a\" observes nothing of "
	    "example.com, because source \"b\" (line 6) decides about its "
	    "mail\n" },
	{ "observes others", SOURCE("a", "login = x\n") NAMED("b",
	    "mode = observe\nlogin = x\ndomains = example.org\n"), "" },
	{ "observes in vain", SOURCE("a", "mode = observe\nlogin = x\n")
	    SOURCE("b", "mode = observe\nlogin = x\n"), "\"b\" is never used: "
	    "mail that proves it also proves source \"a\" (line 1), which "
	    "comes first; remove one, or put the stricter one first\n" },
	{ "all observe", "mode = observe\n" SOURCE("a", "login = x\n")
	    SOURCE("b", "login = y\n"), "" },
};

static void
test_cases(void **state)
{
	char printed[2048], *warning, *p;
	struct config *config;
	size_t nfaults, i;
	FILE *out;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(printed, 0, sizeof(printed));
		assert_non_null(out = fmemopen(printed, sizeof(printed) - 1,
		    "w"));
		config = config_load_text("f", cases[i].text,
		    strlen(cases[i].text), out, &nfaults);
		if (config != NULL)
			config_warn_of_overlaps(config, out);
		(void)fclose(out);
		if (config == NULL)
			fail_msg("%s: %s", cases[i].name, printed);
		config_unref(config);
		warning = printed;
		if ((p = strstr(printed, ": warning: source ")) != NULL)
			warning = p + strlen(": warning: source ");
		if (strcmp(warning, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, printed);
	}
}

/* At most so many are printed; the others are counted. */
static void
test_limit(void **state)
{
	static char text[65536], printed[131072];
	size_t nfaults, n = 0, i;
	struct config *config;
	FILE *out;
	char *p;

	(void)state;
	for (i = 0; i < CONFIG_MAX_WARNINGS + 3; i++) {
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "source s%zu {\nlogin = a\n" DOMAINS "}\n", i);
	}
	assert_non_null(out = fmemopen(printed, sizeof(printed) - 1, "w"));
	config = config_load_text("f", text, strlen(text), out, &nfaults);
	assert_non_null(config);
	config_warn_of_overlaps(config, out);
	(void)fclose(out);
	config_unref(config);
	for (p = printed; (p = strstr(p, "is never used")) != NULL; p++)
		n++;
	assert_int_equal(n, CONFIG_MAX_WARNINGS);
	assert_non_null(strstr(printed, "f: 2 more warnings about sources\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

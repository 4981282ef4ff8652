/* SPDX-License-Identifier: ISC */

/*
 * The resolver for questions about messages: whether one is needed, with what
 * it is made, and that a failure is told.  Resolvers are this program's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "message/answers.h"
#include "resolver/resolver.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define SOURCE		"source s { login = s domains = example.com "
#define DNS		"dns { timeout = 3s servers = 192.0.2.1 }\n"

static int resolver;		/* its address is that of a resolver */
static bool fails;
static size_t nmade;
static struct dns_options made;
static char server[64];

struct dns_resolver *
dns_resolver_new(const struct dns_options *options, char *error,
    size_t errorsize)
{
	nmade++;
	made = *options;
	if (options->nservers > 0)
		(void)strlcpy(server, options->servers[0], sizeof(server));
	if (!fails)
		return (struct dns_resolver *)&resolver;
	(void)strlcpy(error, "no resolver", errorsize);
	return NULL;
}

void
dns_resolver_free(struct dns_resolver *old)
{
	assert_ptr_equal(old, &resolver);
}

enum dns_status
dns_lookup(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	(void)arg;
	(void)type;
	(void)answer;
	fail_msg("%s is looked up", name);
	return DNS_TEMPFAIL;
}

void
dns_lookup_all(void *arg, const struct dns_question *questions, size_t n,
    enum dns_type type, struct dns_answer *answers)
{
	(void)arg;
	(void)questions;
	(void)type;
	(void)answers;
	assert_int_equal(n, 0);
}

/* Make the resolver of a configuration: what answers_resolver_new() returns. */
static int
make(const char *text, const char *const *servers, size_t nservers,
    struct dns_resolver **got, char error[64])
{
	struct config *config;
	size_t nfaults;
	int r;

	config = config_load_text("f", text, strlen(text), stderr, &nfaults);
	assert_non_null(config);
	nmade = 0;
	server[0] = error[0] = '\0';
	*got = (struct dns_resolver *)&nmade;
	r = answers_resolver_new(config, servers, nservers, got, error, 64);
	assert_int_equal(nmade > 0, answers_need_dns(config));
	config_unref(config);
	return r;
}

static void
test_needed(void **state)
{
	static const struct {
		const char	*text;
		bool		 is_needed;
	} cases[] = {
		{ DNS SOURCE "}", false },
		{ DNS SOURCE "spf = a.example }", true },
		{ DNS SOURCE "dkim { domains = a.example } }", true },
	};
	struct dns_resolver *got;
	char error[64];
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		fails = false;
		assert_int_equal(make(cases[i].text, NULL, 0, &got, error),
		    0);
		assert_ptr_equal(got, cases[i].is_needed ?
		    (void *)&resolver : NULL);
		fails = true;
		assert_int_equal(make(cases[i].text, NULL, 0, &got, error),
		    cases[i].is_needed ? -1 : 0);
		assert_null(got);
		assert_string_equal(error, cases[i].is_needed ?
		    "no resolver" : "");
	}
}

/* Servers that are given come before those of the configuration. */
static void
test_options(void **state)
{
	static const char *const given[] = { "198.51.100.7" };
	static const char text[] = DNS SOURCE "dkim { domains = a.example } }";
	struct dns_resolver *got;
	char error[64];

	(void)state;
	fails = false;
	assert_int_equal(make(text, NULL, 0, &got, error), 0);
	assert_string_equal(server, "192.0.2.1");
	assert_int_equal(made.nservers, 1);
	assert_int_equal(made.timeout_ms, 3000);
	assert_int_equal(make(text, given, 1, &got, error), 0);
	assert_string_equal(server, "198.51.100.7");
	assert_int_equal(made.nservers, 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * Which logins belong to platforms: those that a source names, in any case,
 * with or without the realm.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/login.h"
#include "config/private.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const char *named[] = {
	"sfdc-relay@relay.example.net", "Zendesk", "hr@one.example",
	"hr@two.example", "a@b@relay.example.net", "@realm.example", "z",
	"caf\303\251",
};

static const struct {
	const char	*login;
	bool		 is_named;
} cases[] = {
	{ "sfdc-relay@relay.example.net", true },
	{ "SFDC-Relay@Relay.Example.NET", true },
	{ "sfdc-relay", true },		/* may be in the default realm */
	{ "SFDC-RELAY", true },
	{ "sfdc-relay@", false },
	{ "sfdc-relay@other.example", false },
	{ "sfdc-rela", false },
	{ "sfdc-relay2", false },
	{ " sfdc-relay", false },
	{ "zendesk", true },
	{ "ZENDESK@relay.example.net", true },
	{ "hr", true },
	{ "hr@one.example", true },
	{ "hr@two.example", true },
	{ "hr@three.example", false },
	{ "a@b@relay.example.net", true },
	{ "a@b@other.example", false },
	{ "a", false },
	{ "@realm.example", true },
	{ "@other.example", false },
	{ "Z", true },
	{ "y", false },
	{ "~", false },
	{ "0", false },
	{ "caf\303\251", true },
	{ "CAF\303\251@relay.example.net", true },
	{ "caf\303\211", false },	/* only ASCII has case here */
	{ "alice@example.com", false },
};

static void
test_cases(void **state)
{
	const char *sorted[COUNT(named)];
	const struct text_list list = { sorted, COUNT(named) };
	const struct text_list none = { 0 };
	size_t i;

	(void)state;
	memcpy(sorted, named, sizeof(sorted));
	qsort(sorted, COUNT(sorted), sizeof(*sorted), login_compare);
	for (i = 0; i < COUNT(cases); i++) {
		if (login_is_named(&list, cases[i].login) !=
		    cases[i].is_named)
			fail_msg("%s: wanted %d", cases[i].login,
			    cases[i].is_named);
		assert_false(login_is_named(&none, cases[i].login));
	}
}

/* Each source with any_login knows the logins of all others, also observers. */
static void
test_sources(void **state)
{
	static const char text[] =
	    "source z { login = { z, y } domains = z.example }\n"
	    "source own { any_login = true domains = example.com }\n"
	    "source o { mode = observe login = \"O@r\" domains = o.example }\n"
	    "source too { any_login = yes daemon = in domains = t.example }\n"
	    "source not { any_login = no login = n domains = n.example }\n";
	struct config *config;
	size_t nfaults, i;

	(void)state;
	config = config_load_text("f", text, sizeof(text) - 1, stderr,
	    &nfaults);
	assert_non_null(config);
	for (i = 1; i < 4; i += 2) {
		assert_true(config->sources[i].any_login);
		assert_int_equal(config->sources[i].platform_logins.n, 4);
		assert_true(login_is_named(
		    &config->sources[i].platform_logins, "Y"));
		assert_true(login_is_named(
		    &config->sources[i].platform_logins, "o"));
		assert_true(login_is_named(
		    &config->sources[i].platform_logins, "n"));
		assert_false(login_is_named(
		    &config->sources[i].platform_logins, "x"));
	}
	assert_false(config->sources[4].any_login);
	assert_int_equal(config->sources[0].platform_logins.n, 0);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

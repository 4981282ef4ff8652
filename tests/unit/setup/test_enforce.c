/* SPDX-License-Identifier: ISC */

/*
 * Which source a changed configuration lets sign.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "setup/conf_text.h"
#include "setup/private.h"

#define BODY(name)	"\tlogin = \"" name "\"\n\tdomains = \"" name \
			".example\"\n"

static struct config *
load(const char *text)
{
	struct config *config;
	size_t nfaults;

	config = config_load_text("f", text, strlen(text), stderr, &nfaults);
	assert_non_null(config);
	return config;
}

/* In each, "mode = observe" of the first source is to go. */
static const struct {
	const char	*name, *text;
	bool		 is_only;
} cases[] = {
	{ "as setup writes it",
	    "source a {\n\tmode = observe\n" BODY("a") "}\n"
	    "source b {\n\tmode = observe\n" BODY("b") "}\n", true },
	{ "on one line with another option: the next source's is found",
	    "source a {\n\tmode = observe login = \"a\"\n"
	    "\tdomains = \"a.example\"\n\t}\n"
	    "source b {\n\tmode = observe\n" BODY("b") "}\n", false },
	{ "on two lines, and the source ends on a line with another word",
	    "source a {\n\tmode =\n\tobserve\n" BODY("a") "\t} source b {\n"
	    "\tmode = observe\n" BODY("b") "}\n", false },
};

static void
only_that_source_signs(void **state)
{
	struct config *before, *after;
	bool no_memory;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		before = load(cases[i].text);
		assert_true(before->sources[0].observe);
		text = conf_text_enforced(cases[i].text, 1, &no_memory);
		assert_non_null(text);
		after = load(text);
		if (enforce_is_only(before, after, 0) != cases[i].is_only)
			fail_msg("%s: %s", cases[i].name, text);
		assert_false(enforce_is_only(before, before, 0));
		config_unref(before);
		config_unref(after);
		free(text);
	}
}

static void
another_number_of_sources(void **state)
{
	struct config *one = load("source a {\n" BODY("a") "}\n");
	struct config *two = load("source a {\n" BODY("a") "}\n"
	    "source b {\n" BODY("b") "}\n");

	(void)state;
	assert_true(enforce_is_only(one, one, 0));
	assert_false(enforce_is_only(one, two, 0));
	assert_false(enforce_is_only(two, one, 0));
	config_unref(one);
	config_unref(two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_that_source_signs),
		cmocka_unit_test(another_number_of_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

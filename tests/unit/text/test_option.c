/* SPDX-License-Identifier: ISC */

/*
 * Errors of the command line: what text_option_fault() says of each.
 */

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "text/option.h"

#define MAX_ARGS	6

static const struct option options[] = {
	{ "config",	required_argument,	NULL, 'c' },
	{ "json",	no_argument,		NULL, 256 },
	{ "monitor",	no_argument,		NULL, 257 },
	{ "removed",	no_argument,		NULL, 258 },
	{ "remote",	required_argument,	NULL, 259 },
	{ NULL,		0,			NULL, 0 }
};

static const struct {
	const char	*args[MAX_ARGS], *wanted;
} cases[] = {
	{ { "p", "--mointor" },
	    "unknown option --mointor; did you mean --monitor?" },
	{ { "p", "--mointor=3" },
	    "unknown option --mointor; did you mean --monitor?" },
	{ { "p", "--nothing-like-it" },
	    "unknown option --nothing-like-it: see 'p help'" },
	{ { "p", "--a-name-that-is-longer-than-any-option-has" },
	    "unknown option --a-name-that-is-longer-than-any-option-has: "
	    "see 'p help'" },
	{ { "p", "--rem" },
	    "option --rem is ambiguous: see 'p help'" },
	{ { "p", "--json=yes" },
	    "option --json takes no value: see 'p help'" },
	{ { "p", "--remote" },
	    "option --remote needs a value: see 'p help'" },
	{ { "p", "-c" },	"option -c needs a value: see 'p help'" },
	{ { "p", "-vc" },	"option -c needs a value: see 'p help'" },
	{ { "p", "-x" },	"unknown option -x: see 'p help'" },
	{ { "p", "-vx" },	"unknown option -x: see 'p help'" },
	{ { "p", "--remote=far", "-x" }, "unknown option -x: see 'p help'" },
	{ { "p", "operand", "-x" }, "unknown option -x: see 'p help'" },
	{ { "p", "--json", "--" },	NULL },
	{ { "p", "-v", "-c", "file" },	NULL },
};

static void
faults(void **state)
{
	char *argv[MAX_ARGS + 1], buf[128];
	int argc, option;
	size_t i;

	(void)state;
	opterr = 0;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (argc = 0; cases[i].args[argc] != NULL; argc++)
			argv[argc] = (char *)(uintptr_t)cases[i].args[argc];
		argv[argc] = NULL;
		optind = 0;
		do
			option = getopt_long(argc, argv, ":c:v", options,
			    NULL);
		while (option != -1 && option != '?' && option != ':');
		if (cases[i].wanted == NULL) {
			assert_int_equal(option, -1);
			continue;
		}
		assert_ptr_equal(text_option_fault(buf, sizeof(buf), option,
		    argv, options, "see 'p help'"), buf);
		assert_string_equal(buf, cases[i].wanted);
		(void)text_option_fault(buf, 12, option, argv, options, "x");
		assert_memory_equal(buf, cases[i].wanted, 11);
		assert_int_equal(buf[11], '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

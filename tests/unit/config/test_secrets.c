/* SPDX-License-Identifier: ISC */

/*
 * No fault shows a secret, whatever slip of the hand made the fault: faults
 * are printed, and logged at each reload.
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

#define MARK	"S3cr3t"
#define SECRET	MARK "-0123456789abcdef"
#define OTHER	MARK "/fedcba9876543210"
#define BEGIN	"source \"a\" {\nlogin = a\ndomains = example.com\n"

/* want: a part of what is printed. */
static const struct {
	const char	*name, *text, *want;
} slips[] = {
	{ "duplicate", BEGIN "secret_header X-A { value = { \"" SECRET "\",\n"
	    "\"" SECRET "\" } }\n}\n", "f:5: duplicate secret" },
	{ "blank at its end", BEGIN "secret_header X-A { value = \"" SECRET
	    " \" }\n}\n", "f:4: a secret must be printable" },
	{ "8-bit", BEGIN "secret_header X-A { value = \"" SECRET
	    "\303\244\" }\n}\n", "f:4: a secret must be printable" },
	{ "short", BEGIN "secret_header X-A { value = \"" MARK "\" }\n}\n",
	    "f:4: a secret must have at least 16 octets" },
	{ "three", BEGIN "secret_header X-A { value = { \"" SECRET "\", \""
	    OTHER "\", \"" SECRET "x\" } }\n}\n", "more than 2 values" },
	{ "no value =", BEGIN "secret_header X-A { \"" SECRET "\" }\n}\n",
	    "f:4: expected the name of an option or \"}\", found a string" },
	{ "no =", BEGIN "secret_header X-A { value \"" SECRET "\" }\n}\n",
	    "f:4: expected \"=\", found a string" },
	{ "no comma", BEGIN "secret_header X-A { value = { \"" SECRET "\" \""
	    OTHER "\" } }\n}\n",
	    "f:4: expected \",\" or \"}\", found a string" },
	{ "word", BEGIN "secret_header X-A { " SECRET " }\n}\n",
	    "f:4: unknown option (not shown" },
	{ "word behind the section", BEGIN "secret_header X-A { }\n"
	    SECRET "\n}\n", "f:5: unknown option (not shown" },
	{ "word with = behind the section", BEGIN "secret_header X-A { }\n"
	    SECRET "==\n}\n", "f:5: unknown option (not shown" },
	{ "two words", BEGIN "secret_header X-A { value = " SECRET " " OTHER
	    " }\n}\n", "f:4: unknown option (not shown" },
	{ "no braces", BEGIN "secret_header X-A \"" SECRET "\"\n}\n",
	    "f:4: expected \"{\", found a string" },
	{ "no title", BEGIN "secret_header { value = \"" SECRET "\" }\n}\n",
	    "f:4: \"secret_header\" is a section with a title" },
	{ "as a value", BEGIN "secret_header = \"" SECRET "\"\n}\n",
	    "f:4: \"secret_header\" is a section with a title" },
	{ "in the title", BEGIN "secret_header \"X-A: " SECRET "\" { value = "
	    "\"" SECRET "\" }\n}\n", "f:4: the title of secret_header" },
	{ "as the title", BEGIN "secret_header \"" SECRET "\" { }\n}\n",
	    "f:4: this secret_header has no value" },
	{ "outside of the source", "secret_header X-A { value = \"" SECRET
	    "\" }\n", "f:1: unknown option \"secret_header\"; it belongs" },
	{ "not closed", BEGIN "secret_header X-A { value = \"" SECRET "\"\n",
	    "never closed" },
	{ "string not closed", BEGIN "secret_header X-A { value = \"" SECRET
	    " }\n}\n", "f:4: string not closed" },
	{ "misspelt section", BEGIN "secret_haeder X-A { value = \"" SECRET
	    "\" }\n}\n", "f:4: unknown option \"secret_haeder\"; did" },
	{ "misspelt section, and no comma", BEGIN "secert_haeder X-A { value "
	    "= { \"" SECRET "\" \"" OTHER "\" } }\n}\n", "f:4: " },
	{ "section in capitals, and no comma", BEGIN "Secret_Header X-A { "
	    "value = { \"" SECRET "\" \"" OTHER "\" } }\n}\n",
	    "f:4: " },
	{ "misspelt section, and no =", BEGIN "secert_header X-A { value \""
	    SECRET "\" }\n}\n", "f:4: " },
	{ "misspelt option", BEGIN "secret_header X-A { vlaue = \"" SECRET
	    "\" }\n}\n", "f:4: unknown option \"vlaue\"; did" },
	{ "misspelt without a likeness", BEGIN "secret_header X-A { key = \""
	    SECRET "\" }\n}\n", "f:4: unknown option (not shown" },
	{ "value twice", BEGIN "secret_header X-A { value = \"" SECRET
	    "\" value = \"" OTHER "\" }\n}\n", "duplicate \"value\"" },
	{ "added", BEGIN "secret_header X-A { value += \"" SECRET
	    "\" }\n}\n", "f:4: \"+=\"" },
};

/* Load it; what is printed is without the secrets. */
static size_t
load(const char *name, const char *text, size_t len, const char *want)
{
	struct config *config;
	char *printed = NULL;
	size_t nfaults, size;
	FILE *faults;

	assert_non_null(faults = open_memstream(&printed, &size));
	config = config_load_text("f", text, len, faults, &nfaults);
	assert_int_equal(fclose(faults), 0);
	if (strstr(printed, MARK) != NULL)
		fail_msg("%s: shown: %s", name, printed);
	if (want != NULL && strstr(printed, want) == NULL)
		fail_msg("%s: got %s, wanted ... %s", name, printed, want);
	config_unref(config);
	free(printed);
	return nfaults;
}

static void
slips_of_the_hand(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(slips) / sizeof(slips[0]); i++)
		assert_true(load(slips[i].name, slips[i].text,
		    strlen(slips[i].text), slips[i].want) > 0);
}

static const char whole[] = BEGIN
    "secret_header \"X-Key\" {\n"
    "value = { \"" SECRET "\",\n\"" OTHER "\" }\n"
    "}\n"
    "header X-B { value = b }\n"
    "}\n"
    "source b { secret_header X-C { value = '" SECRET "' } "
    "domains = example.org }\n";

/* Each octet lost, each octet followed by another one, each cut. */
static void
every_slip(void **state)
{
	static const char put_in[] = " \n\"'\\{}()=+,*#/$;x\001\303";
	char text[sizeof(whole) + 1], name[64];
	size_t len = sizeof(whole) - 1, i, j, n = 0;

	(void)state;
	assert_int_equal(load("whole", whole, len, NULL), 0);
	for (i = 0; i < len; i++) {
		memcpy(text, whole, i);
		memcpy(text + i, whole + i + 1, len - i - 1);
		(void)snprintf(name, sizeof(name), "without octet %zu", i);
		n += load(name, text, len - 1, NULL) > 0;
		(void)snprintf(name, sizeof(name), "up to octet %zu", i);
		n += load(name, whole, i, NULL) > 0;
		memcpy(text + i + 1, whole + i, len - i);
		for (j = 0; put_in[j] != '\0'; j++) {
			text[i] = put_in[j];
			(void)snprintf(name, sizeof(name), "%d before octet "
			    "%zu", put_in[j], i);
			n += load(name, text, len + 1, NULL) > 0;
		}
	}
	/* Most of these are faults. */
	assert_true(n > len * 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slips_of_the_hand),
		cmocka_unit_test(every_slip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

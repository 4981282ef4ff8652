/* SPDX-License-Identifier: ISC */

/*
 * Findings as they are stored and printed, and commands that are found in
 * texts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chain/chain.h"
#include "chain/private.h"

static void
fill(struct findings *findings)
{
	findings_add(findings, "a-note", FINDING_NOTE, "DNS", "example.com",
	    NULL, "There is no %s record.", "DMARC");
	findings_add(findings, "well", FINDING_WELL, "clock", "-", NULL,
	    "right");
	findings_add(findings, "a-problem", FINDING_PROBLEM, "key store",
	    "/keys", "chmod 0700 /keys\nchown root /keys", "Mode 0777 lets "
	    "other users read and change all that is in this directory, which "
	    "has keys.");
	findings_add(findings, "not-known", FINDING_UNKNOWN, "services", "-",
	    "", "a\033[1m\tb");
}

/* Print the findings with one of the functions; the caller frees the text. */
static char *
print(const struct findings *findings, const struct chain_style *style,
    void (*print_all)(FILE *, const struct findings *,
    const struct chain_style *))
{
	char *text;
	size_t size;
	FILE *fp = open_memstream(&text, &size);

	assert_non_null(fp);
	print_all(fp, findings, style);
	assert_int_equal(fclose(fp), 0);
	return text;
}

static void
test_text(void **state)
{
	struct chain_style style = { .colours = false };
	struct findings findings = { .n = 0 };
	char *text;

	(void)state;
	fill(&findings);
	text = print(&findings, &style, chain_print_text);
	assert_string_equal(text,
	    "problem: key store: /keys [a-problem]\n"
	    "    Mode 0777 lets other users read and change all that is in "
	    "this directory,\n"
	    "    which has keys.\n"
	    "    fix:\n"
	    "        chmod 0700 /keys\n"
	    "        chown root /keys\n"
	    "\n"
	    "unknown: services: - [not-known]\n"
	    "    a?[1m?b\n"
	    "\n"
	    "note: DNS: example.com [a-note]\n"
	    "    There is no DMARC record.\n"
	    "\n"
	    "4 checks: 1 problem, 1 unknown, 1 note, 1 well\n");
	free(text);
	style.only_problems = true;
	text = print(&findings, &style, chain_print_text);
	assert_non_null(strstr(text, "[a-problem]"));
	assert_null(strstr(text, "[not-known]"));
	assert_null(strstr(text, "[a-note]"));
	assert_non_null(strstr(text, "\n4 checks: "));
	free(text);
	findings_finish(&findings);
	text = print(&findings, &style, chain_print_text);
	assert_string_equal(text, "0 checks: 0 well\n");
	free(text);
}

static void
test_json(void **state)
{
	struct chain_style style = { .only_problems = true };
	struct findings findings = { .n = 0 };
	char *text;

	(void)state;
	fill(&findings);
	text = print(&findings, &style, chain_print_json);
	assert_string_equal(text,
	    "{\"checks\": 4, \"problems\": 1, \"unknown\": 1, \"notes\": 1, "
	    "\"complete\": true,\n"
	    " \"findings\": [\n"
	    "  {\"id\": \"a-problem\", \"state\": \"problem\", "
	    "\"area\": \"key store\", \"subject\": \"/keys\",\n"
	    "   \"text\": \"Mode 0777 lets other users read and change all "
	    "that is in this directory, which has keys.\",\n"
	    "   \"fix\": \"chmod 0700 /keys\\u000achown root /keys\"}\n"
	    "]}\n");
	free(text);
	style.only_problems = false;
	text = print(&findings, &style, chain_print_json);
	assert_non_null(strstr(text, "\"id\": \"not-known\", "
	    "\"state\": \"unknown\""));
	assert_non_null(strstr(text, "\"fix\": null}"));
	free(text);
	findings_finish(&findings);
}

/* More than the list has room for at first, and long lines. */
static void
test_many(void **state)
{
	struct chain_style style = { .colours = false };
	struct findings findings = { .n = 0 };
	char *text, *line, *rest;
	char subject[300];
	size_t i;

	(void)state;
	memset(subject, 'x', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = '\0';
	for (i = 0; i < 500; i++)
		findings_add(&findings, "many", FINDING_PROBLEM, "key store",
		    i == 0 ? subject : "/var/lib/countersign/keys/example.com",
		    "rm -f a\001b", "%zu: word word word word word word word "
		    "word word word word word word", i);
	assert_int_equal(findings.n, 500);
	assert_int_equal(findings_count(&findings, FINDING_PROBLEM), 500);
	assert_false(findings.is_incomplete);
	/* A fix with a control character would not be what it seems. */
	assert_null(findings.list[7].fix);
	text = print(&findings, &style, chain_print_text);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL;)
		assert_true(strlen(line) <= 80 || strstr(line, subject));
	free(text);
	findings_finish(&findings);
}

static void
test_fixes(void **state)
{
	static const struct {
		const char	*text, *want;	/* NULL: none */
	} cases[] = {
		{ "mode 0777: chmod 0700 /keys", "chmod 0700 /keys" },
		{ "it belongs to user x: chown root:k /a; chmod 0640 /a",
		    "chown root:k /a; chmod 0640 /a" },
		{ "so create them with 'countersign-key add example.com'",
		    "countersign-key add example.com" },
		{ "the owner's mode: run 'countersign-key add a', then wait",
		    "countersign-key add a" },
		{ "no such directory: create it with 'install -d -o a /k'",
		    "install -d -o a /k" },
		{ "chmod 0700 /keys", "chmod 0700 /keys" },
		{ "mode 0777: chmod 0700 /my keys\tof mine", NULL },
		{ "mode 0777: chmod 0700 $(reboot)", NULL },
		{ "mode 0777: chmod 0700 a|b", NULL },
		{ "mode 0777: chmod 0700 a; reboot", NULL },
		{ "mode 0777: chmod 0700 a; ", NULL },
		{ "use 'rm -rf /'", NULL },
		{ "no presets: install countersign again, or name the "
		    "directory with preset_dir", NULL },
		{ "install: countersign", NULL },
		{ "it's wrong", NULL },
		{ "nothing: to be done", NULL },
		{ "", NULL },
	};
	struct chain chain = { .config_file = CONFIG_DEFAULT_FILE };
	char fix[CHAIN_FIX_SIZE];
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		got = chain_fix_in(&chain, cases[i].text, fix, sizeof(fix));
		if (cases[i].want == NULL)
			assert_null(got);
		else {
			assert_non_null(got);
			assert_string_equal(got, cases[i].want);
		}
	}
	assert_null(chain_fix_in(&chain, "chmod 0700 /keys",
	    fix, 16));
	assert_string_equal(chain_fix_word(fix, sizeof(fix), "chmod 0700",
	    "/my keys"), "chmod 0700 '/my keys'");
	assert_null(chain_fix_word(fix, sizeof(fix), "chmod 0700", "a\nb"));
	assert_null(chain_fix_word(fix, 12, "chmod 0700", "/keys"));
	assert_string_equal(chain_fix_key(&chain, fix, sizeof(fix), "add",
	    "a.b"), "countersign-key add a.b");

	/* Another configuration must be named. */
	chain.config_file = "/my conf";
	assert_string_equal(chain_fix_key(&chain, fix, sizeof(fix), "add",
	    "a.b"), "countersign-key -c '/my conf' add a.b");
	assert_string_equal(chain_fix_in(&chain, "run 'countersign-key add a'",
	    fix, sizeof(fix)), "countersign-key -c '/my conf' add a");
	assert_string_equal(chain_fix_in(&chain,
	    "run 'countersign-key -c /c add a'", fix, sizeof(fix)),
	    "countersign-key -c /c add a");
	chain.config_file = "/my\nconf";
	assert_null(chain_fix_in(&chain, "run 'countersign-key add a'", fix,
	    sizeof(fix)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_fixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * What countersign-key says about the keys, as findings.
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
#include "machine/key_program.h"

/* What it prints, its exit status and the last line of its errors. */
static const struct said {
	const char	*text;
	int		 code;
	const char	*complaint;
	enum finding_state state;
	const char	*finding;
} cases[] = {
	{ "{\"status\": \"ok\", \"domains\": 3, \"last_run\": null, "
	    "\"problems\": []}", 0, "", FINDING_WELL, "no problems; domains "
	    "with keys: 3; last run of rotation: none yet" },
	{ "{\"status\": \"unknown\", \"domains\": 0, \"last_run\": null, "
	    "\"problems\": []}", 3, "/keys: cannot open", FINDING_PROBLEM,
	    "The keys cannot be examined as the hourly rotation does it: "
	    "countersign-key: exit status 3: /keys: cannot open" },
	{ "", 1, "fault", FINDING_PROBLEM, "The keys cannot be examined as "
	    "the hourly rotation does it: countersign-key: exit status 1: "
	    "fault" },
};

static const struct said *said;

void	__wrap_key_program_ask(const struct key_program *program,
	    const char *const arguments[], unsigned int limit_ms,
	    struct machine_output *out);

void
__wrap_key_program_ask(const struct key_program *program,
    const char *const arguments[], unsigned int limit_ms,
    struct machine_output *out)
{
	(void)program;
	(void)limit_ms;
	assert_string_equal(arguments[1], "--monitor");
	memset(out, 0, sizeof(*out));
	out->end = PROGRAM_EXITED;
	out->code = said->code;
	assert_non_null(out->text = strdup(said->text));
	out->len = strlen(out->text);
	(void)strlcpy(out->complaint, said->complaint,
	    sizeof(out->complaint));
}

static void
test_keys(void **state)
{
	char keydir[] = "/keys";
	struct config config = { .keydir = keydir };
	struct chain chain = { .config = &config, .has_keys = true };
	struct findings findings = { .n = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		said = &cases[i];
		chain_keys(&chain, &findings);
		assert_int_equal(findings.n, 1);
		assert_string_equal(findings.list[0].id, "key-store");
		assert_string_equal(findings.list[0].text, said->finding);
		assert_int_equal(findings.list[0].state, said->state);
		findings_finish(&findings);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

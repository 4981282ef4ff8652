/* SPDX-License-Identifier: ISC */

/*
 * Refusals by reason: how they are counted, and that a process of its own does
 * it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/refusals.h"
#include "report/tally.h"

static char path[] = "/tmp/test_refusals.XXXXXX";
static const char *const given[] = { path };

/* 2026-11-27T04:00:00Z. */
static const int64_t now = 1795752000;

static struct refusals found;

static void
write_log(const char *text)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_int_not_equal(fputs(text, fp), EOF);
	assert_int_equal(fclose(fp), 0);
}

static void
count(void)
{
	const struct logs_options options = {
		.given = given, .ngiven = 1, .user = "nobody",
		.since = now - 86400, .until = now, .now = now,
	};
	char why[128];

	assert_true(refusals_count(&options, &found, why, sizeof(why)));
}

#define LINE(time, rest)						\
	"2026-11-" time ":00Z countersign-milter[1]: " rest "\n"

static void
test_reasons(void **state)
{
	(void)state;
	write_log(
	    LINE("25T12:00", "qid=A action=rejected reason=too-old")
	    LINE("26T12:00",
	    "qid=B action=rejected reason=\"source \\\"s\\\"\"")
	    LINE("26T12:01", "qid=C action=tempfailed reason=dns")
	    LINE("26T12:02", "qid=D action=signed")
	    LINE("26T12:03", "qid=E action=rejected reason=dns")
	    LINE("26T12:05", "qid=G action=tempfailed reason=dns")
	    LINE("26T12:04", "qid=F action=tempfailed reason=dns")
	    LINE("26T12:06", "qid=H action=tempfailed observed=true reason=dns")
	    LINE("26T12:07", "qid=I action=passed reason=x"));
	count();
	assert_int_equal(found.ndecisions, 8);
	assert_int_equal(found.n, 4);
	assert_int_equal(found.kind, LOGS_GIVEN);
	assert_string_equal(found.list[0].reason, "dns");
	assert_string_equal(found.list[0].action, "tempfailed");
	assert_int_equal(found.list[0].n, 3);
	assert_string_equal(found.list[0].qid, "G");
	assert_int_equal(found.list[0].newest, 1795694700);
	assert_false(found.list[0].observed);
	assert_int_equal(found.list[1].n + found.list[2].n +
	    found.list[3].n, 3);
	assert_int_equal(found.nothers, 0);
}

/* Whoever sends mail may have chosen the first reasons of the log. */
static void
test_many_reasons(void **state)
{
	FILE *fp = fopen(path, "w");
	unsigned int i;

	(void)state;
	assert_non_null(fp);
	for (i = 0; i < 2 * TALLY_ROWS; i++)
		(void)fprintf(fp, LINE("26T12:00",
		    "qid=Q action=rejected reason=r%u"), i);
	for (i = 0; i < 20; i++)
		(void)fputs(LINE("26T12:00",
		    "qid=R action=rejected reason=real"), fp);
	for (i = 0; i < 10; i++)
		(void)fputs(LINE("26T12:00",
		    "qid=F action=tempfailed reason=fault"), fp);
	assert_int_equal(fclose(fp), 0);
	count();
	assert_int_equal(found.n, REFUSALS_MAX);
	assert_string_equal(found.list[0].reason, "fault");
	assert_string_equal(found.list[0].action, "tempfailed");
	assert_true(refusal_is_fault(&found.list[0]));
	assert_int_equal(found.list[0].n, 10);
	assert_string_equal(found.list[1].reason, "real");
	assert_false(refusal_is_fault(&found.list[1]));
	assert_int_equal(found.list[1].n, 20);
	assert_int_equal(found.nothers, 2 * TALLY_ROWS - (REFUSALS_MAX - 2));
}

static void
test_nothing(void **state)
{
	(void)state;
	write_log("");
	count();
	assert_int_equal(found.ndecisions, 0);
	assert_int_equal(found.n, 0);
}

/* Without its user, the process reads nothing. */
static void
test_no_user(void **state)
{
	const struct logs_options options = {
		.given = given, .ngiven = 1, .user = "no-such-user-here",
		.until = now, .now = now,
	};
	char why[128];

	(void)state;
	if (geteuid() != 0)
		skip();
	write_log(LINE("26T12:00", "qid=A action=rejected"));
	assert_false(refusals_count(&options, &found, why, sizeof(why)));
	assert_string_equal(why, "the process that reads the logs failed as "
	    "user no-such-user-here");
	assert_int_equal(found.ndecisions, 0);
}

static int
begin(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd == -1 ? -1 : close(fd);
}

static int
end(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_many_reasons),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_no_user),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

/* SPDX-License-Identifier: ISC */

/*
 * Messages as files have them, read as an MTA would.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/mailfile.h"

static const struct {
	const char	*name, *text;
	enum mailfile_ends ends;
	const char	*fields;	/* "name|value~name|value" */
	const char	*body;
	size_t		 bad_line;
} cases[] = {
	{ "CRLF", "A: 1\r\nB: 2\r\n\r\nhi\r\n", MAILFILE_CRLF,
	    "A| 1~B| 2", "hi\r\n", 0 },
	{ "LF", "A: 1\nB: 2\n\nhi\n\nho\n", MAILFILE_LF, "A| 1~B| 2",
	    "hi\r\n\r\nho\r\n", 0 },
	{ "LF, the last line without an end", "A: 1\n\nhi", MAILFILE_LF,
	    "A| 1", "hi", 0 },
	{ "mixed", "A: 1\n 2\r\n\nhi\nho\r\n", MAILFILE_MIXED,
	    "A| 1\r\n 2", "hi\nho\r\n", 0 },
	{ "folds", "A: 1\n\t2\n 3\nB:\n\n", MAILFILE_LF,
	    "A| 1\r\n\t2\r\n 3~B|", "", 0 },
	{ "blanks before the colon", "A \t: 1\n\n", MAILFILE_LF,
	    "A \t| 1", "", 0 },
	{ "a fold of blanks", "A: 1\n \nB: 2\n\n", MAILFILE_LF,
	    "A| 1\r\n ~B| 2", "", 0 },
	{ "mail folder", "From joe Mon Nov 23\nA: 1\n\nhi\n", MAILFILE_LF,
	    "A| 1", "hi\r\n", 0 },
	{ "no body", "A: 1\r\n", MAILFILE_CRLF, "A| 1", "", 0 },
	{ "no header", "\r\nhi\r\n", MAILFILE_CRLF, "", "hi\r\n", 0 },
	{ "nothing", "", MAILFILE_CRLF, "", "", 0 },
	{ "no field", "A: 1\nhi there\n\nB: 2\n", MAILFILE_LF, "A| 1",
	    "hi there\r\n\r\nB: 2\r\n", 2 },
	{ "a blank first", " A: 1\n", MAILFILE_LF, "", " A: 1\r\n", 1 },
	{ "bare CR", "A: 1\r2\r\n\r\nhi\rho\r\n", MAILFILE_CRLF,
	    "A| 1\r2", "hi\rho\r\n", 0 },
};

/* The fields as the table has them. */
static char *
join(const struct mailfile *mail)
{
	char *text;
	size_t i, len;
	FILE *fp = open_memstream(&text, &len);

	assert_non_null(fp);
	for (i = 0; i < mail->nfields; i++)
		(void)fprintf(fp, "%s%.*s|%.*s", i == 0 ? "" : "~",
		    (int)mail->fields[i].namelen, mail->fields[i].name,
		    (int)mail->fields[i].valuelen, mail->fields[i].value);
	assert_int_equal(fclose(fp), 0);
	return text;
}

static void
check(size_t i, const struct mailfile *mail)
{
	char *fields = join(mail);

	if (mail->ends != cases[i].ends ||
	    strcmp(fields, cases[i].fields) != 0 ||
	    mail->bodylen != strlen(cases[i].body) ||
	    memcmp(mail->body, cases[i].body, mail->bodylen) != 0 ||
	    mail->bad_line != cases[i].bad_line)
		fail_msg("%s: %d %s, %.*s, %zu", cases[i].name, mail->ends,
		    fields, (int)mail->bodylen, mail->body, mail->bad_line);
	free(fields);
}

static void
test_parse(void **state)
{
	struct mailfile mail;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(mailfile_parse(&mail, cases[i].text,
		    strlen(cases[i].text), &why));
		check(i, &mail);
		mailfile_finish(&mail);
	}
}

static void
test_read(void **state)
{
	struct mailfile mail;
	const char *why;
	size_t i;
	FILE *fp;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_non_null(fp = tmpfile());
		(void)fputs(cases[i].text, fp);
		rewind(fp);
		assert_true(mailfile_read(&mail, fp, &why));
		check(i, &mail);
		mailfile_finish(&mail);
		(void)fclose(fp);
	}
}

static void
test_limit(void **state)
{
	struct mailfile mail;
	const char *why;
	char *text = calloc(1, MAILFILE_MAX + 1);

	(void)state;
	assert_non_null(text);
	assert_false(mailfile_parse(&mail, text, MAILFILE_MAX + 1, &why));
	assert_string_equal(why, "more than 64 MiB");
	mailfile_finish(&mail);
	free(text);
}

static void
test_find(void **state)
{
	static const char text[] = "a: 1\nB : 2\nA: 3\n\n";
	struct mailfile mail;
	const struct mailfield *f;
	const char *why;

	(void)state;
	assert_true(mailfile_parse(&mail, text, strlen(text), &why));
	assert_non_null(f = mailfile_find(&mail, "A", 1));
	assert_memory_equal(f->value, " 3", 2);
	assert_non_null(mailfile_find(&mail, "b", 0));
	assert_null(mailfile_find(&mail, "a", 2));
	assert_null(mailfile_find(&mail, "c", 0));
	mailfile_finish(&mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

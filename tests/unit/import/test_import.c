/* SPDX-License-Identifier: ISC */

/*
 * What the readers of other signers' files make of them: each plan as text
 * (see planprint.h).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import/address.h"
#include "import/lines.h"
#include "import/opendkim.h"
#include "import/ucl.h"
#include "planprint.h"

static const struct {
	const char	*name, *keytable, *signingtable, *want;
} opendkim[] = {
	{ "nothing", "", NULL, "" },
	{ "comments and empty lines", "# a\n\n \t\n  # b:c:/d", NULL, "" },
	{ "a path", "k a.example:s:/p", NULL, "key K:1 a.example s /p\n" },
	{ "blanks", "  k\t \ta.example:s:/p \t\n", NULL,
	    "key K:1 a.example s /p\n" },
	{ "CRLF and a comment", "\r\nk a.example:s:/p # c\r\n", NULL,
	    "key K:2 a.example s /p\n" },
	{ "a path with a colon", "k a.example:s:/p:q", NULL,
	    "key K:1 a.example s /p:q\n" },
	{ "no folder to be relative to", "k a.example:s:../p", NULL,
	    "key K:1 a.example s ../p\n" },
	{ "a key", "k a.example:s:MII=", NULL, "key K:1 a.example s =MII=\n" },
	{ "PEM", "k a.example:s:-----BEGIN PRIVATE KEY----- M I", NULL,
	    "key K:1 a.example s =-----BEGIN PRIVATE KEY----- M I\n" },
	{ "a name alone", "k", NULL, "lost K:1 expected a name and DOMAIN\n" },
	{ "too little", "k a.example:s", NULL,
	    "lost K:1 expected a name and DOMAIN\n" },
	{ "empty parts", "k :s:/p\nk a.example::/p\nk a.example:s:\n", NULL,
	    "lost K:1 expected a name and DOMAIN\n"
	    "lost K:2 expected a name and DOMAIN\n"
	    "lost K:3 expected a name and DOMAIN\n" },
	{ "two of a name", "k a.example:s:/p\nk b.example:s:/q\n",
	    "*@x.example k", "key K:1 a.example s /p\n"
	    "key K:2 b.example s /q\nsender S:1 x.example\n" },
	{ "a template without senders", "k %:s:/p", NULL,
	    "lost K:1 key k depends on the domain of the sender (%), and the "
	    "SigningTable is not given\n" },
	{ "a template", "k %:s:/%/%.pem",
	    "*@a.example k\nb.example k:i=%\n*@*.c.example k\n*@A.example k",
	    "key K:1 a.example s /a.example/a.example.pem\n"
	    "key K:1 b.example s /b.example/b.example.pem\n"
	    "key K:1 A.example s /A.example/A.example.pem\n"
	    "sender S:1 a.example\nsender S:2 b.example\n"
	    "sender S:4 a.example\nnote S:3 senders *.c.example\n" },
	{ "a path that depends on the sender", "k a.example:s:/%",
	    "*@mail.a.example k", "key K:1 a.example s /mail.a.example\n"
	    "sender S:1 mail.a.example\n" },
	{ "a key named by the sender", "a.example a.example:s:/p",
	    "*@a.example %\n*@b.example %\n*@*.c.example %\n",
	    "key K:1 a.example s /p\nsender S:1 a.example\n"
	    "note S:2 key b.example is not in the KeyTable\n"
	    "note S:3 senders *.c.example\n" },
	{ "a wildcard with a key of its own", "k a.example:s:/p",
	    "*@*.c.example k", "key K:1 a.example s /p\n"
	    "sender S:1 *.c.example\n" },
	{ "patterns", "k a.example:s:/p", "joe@a.example k\n.b.example k\n"
	    "*@.c.example k\n* k\n*@* k\n*@m*.d.example k\njoe@* k\n*@_x k\n"
	    "*@ k\nk", "key K:1 a.example s /p\nsender S:1 joe@a.example\n"
	    "sender S:2 *.b.example\nsender S:3 *.c.example\n"
	    "note S:4 senders *\n"
	    "note S:5 senders *@*\nnote S:6 senders *@m*.d.example\n"
	    "note S:7 senders joe@*\nnote S:7 senders joe@*\n"
	    "note S:8 senders _x\n"
	    "note S:9 senders *@\nnote S:10 expected a pattern and the name of "
	    "a key\n" },
	{ "addresses", "k a.example:s:/p", "Joe.X+y@A.example k\n"
	    "joe@.a.example k\njoe@*.a.example k\nj*e@a.example k\n"
	    "**@a.example k\n%@a.example %\n", "key K:1 a.example s /p\n"
	    "sender S:1 joe.x+y@a.example\nsender S:2 joe@*.a.example\n"
	    "sender S:3 joe@*.a.example\nsender S:4 j*e@a.example\n"
	    "sender S:5 a.example\n"
	    "note S:6 key a.example is not in the KeyTable\n" },
	{ "regular expressions", "k a.example:s:/p", "joe?@a.example k\n"
	    "[a-z]*@a.example k\n(a|b)@a.example k\n^a@a.example k\n"
	    "a{2}@a.example k\na$@a.example k\na\\.b@a.example k\n"
	    "/joe@a.example k\njoe@(a|b).example k\n/.*/ k\n",
	    "key K:1 a.example s /p\n"
	    "note S:1 senders joe?@a.example\n"
	    "note S:2 senders [a-z]*@a.example\n"
	    "note S:3 senders (a|b)@a.example\n"
	    "note S:4 senders ^a@a.example\n"
	    "note S:5 senders a{2}@a.example\n"
	    "note S:6 senders a$@a.example\n"
	    "note S:7 senders a\\.b@a.example\n"
	    "note S:8 senders /joe@a.example\n"
	    "note S:9 senders (a|b).example\n"
	    "note S:10 senders /.*/\n" },
	{ "what is no address for authors", "k a.example:s:/p",
	    "@a.example k\n!joe@a.example k\njo\303\251@a.example k\n"
	    "\"joe\"@a.example k\na@b@a.example k\na,b@a.example k\n",
	    "key K:1 a.example s /p\n"
	    "note S:1 senders @a.example\n"
	    "note S:2 senders !joe@a.example\n"
	    "note S:3 senders jo\303\251@a.example\n"
	    "note S:4 senders \"joe\"@a.example\n"
	    "note S:5 senders a@b@a.example\n"
	    "note S:6 senders a,b@a.example\n" },
	{ "a template and a regular expression", "k %:s:/%",
	    "jo?@a.example k", "key K:1 a.example s /a.example\n"
	    "note S:1 senders jo?@a.example\n" },
	{ "control characters", "k a.example:s:/\033[1m\n", "\001 k",
	    "lost K:1 contains a control character\n"
	    "lost S:1 contains a control character\n" }
};

static void
check_opendkim(void **state)
{
	struct import_opendkim given = { .keytable = { .file = "K" },
	    .signingtable = { .file = "S" } };
	struct import_plan plan;
	char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(opendkim) / sizeof(opendkim[0]); i++) {
		import_plan_init(&plan);
		given.keytable.text = opendkim[i].keytable;
		given.keytable.len = strlen(opendkim[i].keytable);
		given.signingtable.text = opendkim[i].signingtable;
		given.signingtable.len = opendkim[i].signingtable == NULL ?
		    0 : strlen(opendkim[i].signingtable);
		import_opendkim(&plan, &given);
		got = planprint(&plan);
		if (strcmp(got, opendkim[i].want) != 0)
			fail_msg("%s:\n%s", opendkim[i].name, got);
		free(got);
	}
}

static void
check_limits(void **state)
{
	struct import_opendkim given = { .keytable = { .file = "dir/K" } };
	struct import_plan plan;
	char *got, *text;
	int n;

	(void)state;
	/* A path from the folder of the table; a line that is too long; a
	 * path that is, though its line is not; a NUL. */
	n = asprintf(&text, "k a.example:s:./p\nk a.example:s:/%0*d\n"
	    "k a.example:s:/%05000d\nk a.example:s:/%c\nk a.example:s:/q\n",
	    IMPORT_MAX_LINE, 0, 0, '\0');
	assert_true(n > 0);
	import_plan_init(&plan);
	given.keytable.text = text;
	given.keytable.len = (size_t)n;
	import_opendkim(&plan, &given);
	got = planprint(&plan);
	assert_string_equal(got, "key dir/K:1 a.example s dir/./p\n"
	    "key dir/K:5 a.example s /q\n"
	    "lost dir/K:2 the line is over 16384 octets long\n"
	    "lost dir/K:4 contains a control character\n"
	    "lost dir/K:3 the path of the key is over 4095 octets\n");
	free(got);
	free(text);
}

/* As many octets before "@" as authors of a source can have, and one more. */
static void
check_long_address(void **state)
{
	static const char keytable[] = "k a.example:s:/p";
	struct import_opendkim given = {
		.keytable = { .file = "K", .text = keytable,
		    .len = sizeof(keytable) - 1 },
		.signingtable = { .file = "S" }
	};
	struct import_plan plan;
	char local[IMPORT_MAX_LOCAL + 2], *text;
	int n;

	(void)state;
	memset(local, 'a', sizeof(local) - 1);
	local[sizeof(local) - 1] = '\0';
	n = asprintf(&text, "%s@a.example k\n%s@a.example k", local + 1,
	    local);
	assert_true(n > 0);
	import_plan_init(&plan);
	given.signingtable.text = text;
	given.signingtable.len = (size_t)n;
	import_opendkim(&plan, &given);
	assert_int_equal(plan.nsenders, 1);
	assert_string_equal(plan.senders[0].local, local + 1);
	assert_int_equal(plan.nnotes, 1);
	assert_int_equal(plan.notes[0].place.line, 2);
	assert_false(plan.notes[0].is_loss);
	import_plan_finish(&plan);
	free(text);
}

static const struct {
	const char	*operand, *path;
} operands[] = {
	{ "/a/b", "/a/b" }, { "b", "b" }, { "./x:y", "./x:y" },
	{ "/x:y", "/x:y" }, { "file:/a", "/a" }, { "refile:a", "a" },
	{ "csl:a,b", NULL }, { "ldap://x/", NULL }, { "mdb:/x", NULL }
};

static void
check_operands(void **state)
{
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(operands) / sizeof(operands[0]); i++) {
		got = import_opendkim_path(operands[i].operand);
		if (operands[i].path == NULL)
			assert_null(got);
		else
			assert_string_equal(got, operands[i].path);
	}
}

static const struct {
	const char	*name, *text, *want;
} ucl[] = {
	{ "empty", "", "" },
	{ "all separators", "a = 1; b: 2, c: 3\nd=4", "1 a=1\n1 b=2\n1 c=3\n"
	    "2 d=4\n" },
	{ "quotes", "a = \"x; y\\\"#\"; 'b' = 'z{';", "1 a=x; y\"#\n"
	    "1 b=z{\n" },
	{ "comments", "# a = 1\na /* b **\n*/ = 1 # c\nb = 2/* */",
	    "3 a=1\nlost u:4 a value that needs quotes\n" },
	{ "a comment behind a value", "a = 1 /* b\n */; c = \"2\"/**/",
	    "1 a=1\n2 c=2\n" },
	{ "a comment in a comment", "a /* /* b */\n*/ = 1",
	    "lost u:2 a name without \"=\" and a value\n" },
	{ "sections", "a { b { c = 1 }\nd = 2 }\ne = 3", "1 a/b/c=1\n"
	    "2 a/d=2\n3 e=3\n" },
	{ "a section with two names", "a b.c { d = 1 }", "lost u:1 a name "
	    "without \"=\" and a value\n" },
	{ "a section with an equals sign", "a = { b.c: { d = 1 } }",
	    "1 a/b.c/d=1\n" },
	{ "lists", "a [ 1, \"2\" 3\n{ b = 4 }, [ 5 ] ]\nc = [];",
	    "1 a/0=1\n1 a/1=2\n1 a/2=3\n2 a/3/b=4\n2 a/4/0=5\n" },
	{ "JSON", "{ \"a\": { \"b\": [ \"c\", true ] }, \"d\": 1 }",
	    "1 a/b/0=c\n1 a/b/1=true\n1 d=1\n" },
	{ "a value on the next line", "a =\n  b\n", "2 a=b\n" },
	{ "blanks in a value", "a = b c ; d = e", "lost u:1 a value that needs "
	    "quotes\n" },
	{ "quotes in a value", "a = b\"c\"", "lost u:1 a value that needs "
	    "quotes\n" },
	{ "a value without a mark", "a 1", "lost u:1 a name without \"=\" "
	    "and a value\n" },
	{ "escapes", "a = \"\\\\ \\/ \\\" \\n\"; b = '\\' \\n'",
	    "1 a=\\ / \" \\n\n1 b=' \\n\n" },
	{ "CRLF", "a = 1\r\nb {\r\nc = 2\r\n}\r\n", "1 a=1\n3 b/c=2\n" },
	{ "a macro", ".include \"x\"\na = 1", "2 a=1\nnote u:1 a macro, which "
	    "is not followed\n" },
	{ "a name alone", "a\nb = 1", "lost u:2 a name without \"=\" and a "
	    "value\n" },
	{ "a name at the end", "a =", "lost u:1 a name without \"=\" and a "
	    "value\n" },
	{ "an empty value", "a = ; b = 1", "lost u:1 expected a name or a "
	    "value\n" },
	{ "an open quote", "a = \"b", "lost u:1 a quoted text is not "
	    "closed\n" },
	{ "an open comment", "a = 1 /* b", "1 a=1\nlost u:1 a comment is "
	    "not closed\n" },
	{ "an open section", "a { b = 1", "1 a/b=1\nlost u:1 a section is "
	    "not closed\n" },
	{ "an end too much", "a = 1 } b = 2", "1 a=1\nlost u:1 a section "
	    "is closed that was not opened\n" },
	{ "an open list", "a [ 1", "1 a/0=1\nlost u:1 a list is not closed\n" },
	{ "ends that are crossed", "a [ { b = 1; ] }", "1 a/0/b=1\nlost u:1 a "
	    "section is closed that was not opened\n" },
	{ "several lines", "a = <<EOD\nx\nEOD\n", "lost u:1 a multi-line "
	    "value\n" },
	{ "control characters", "a = b\001c", "lost u:1 a control character "
	    "in a name or value\n" },
	{ "too deep", "a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{", "lost u:1 too "
	    "many nested sections\n" }
};

static void
each_option(void *arg, unsigned int line, char (*names)[UCL_MAX_NAME],
    size_t nnames, const char *value)
{
	FILE *fp = arg;
	size_t i;

	(void)fprintf(fp, "%u ", line);
	for (i = 0; i < nnames; i++)
		(void)fprintf(fp, "%s%s", i > 0 ? "/" : "", names[i]);
	(void)fprintf(fp, "=%s\n", value);
}

static void
check_ucl(void **state)
{
	struct import_plan plan;
	char *got, *notes;
	size_t i, len;
	FILE *fp;

	(void)state;
	for (i = 0; i < sizeof(ucl) / sizeof(ucl[0]); i++) {
		assert_non_null(fp = open_memstream(&got, &len));
		import_plan_init(&plan);
		import_ucl(&plan, "u", ucl[i].text, strlen(ucl[i].text),
		    each_option, fp);
		notes = planprint(&plan);
		(void)fputs(notes, fp);
		free(notes);
		assert_int_equal(fclose(fp), 0);
		if (strcmp(got, ucl[i].want) != 0)
			fail_msg("%s:\n%s", ucl[i].name, got);
		free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_opendkim),
		cmocka_unit_test(check_limits),
		cmocka_unit_test(check_long_address),
		cmocka_unit_test(check_operands),
		cmocka_unit_test(check_ucl)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * What the readers of other signers' files make of them: each plan as text.
 *
 *	key FILE:LINE DOMAIN SELECTOR PATH-or-=SECRET
 *	sender FILE:LINE PATTERN
 *	note or lost FILE:LINE TEXT
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import/lines.h"
#include "import/opendkim.h"
#include "import/rspamd.h"
#include "import/ucl.h"

/* The plan as text, notes up to their first colon; the plan is finished. */
static char *
print_plan(struct import_plan *plan)
{
	char *text;
	size_t i, len;
	FILE *fp;

	assert_non_null(fp = open_memstream(&text, &len));
	for (i = 0; i < plan->nkeys; i++)
		(void)fprintf(fp, "key %s:%u %s %s %s%s\n",
		    plan->keys[i].place.file, plan->keys[i].place.line,
		    plan->keys[i].domain, plan->keys[i].selector,
		    plan->keys[i].path == NULL ? "=" : "",
		    plan->keys[i].path == NULL ? plan->keys[i].secret :
		    plan->keys[i].path);
	for (i = 0; i < plan->nsenders; i++)
		(void)fprintf(fp, "sender %s:%u %s\n",
		    plan->senders[i].place.file,
		    plan->senders[i].place.line, plan->senders[i].pattern);
	for (i = 0; i < plan->nnotes; i++)
		(void)fprintf(fp, "%s %s:%u %.*s\n",
		    plan->notes[i].is_loss ? "lost" : "note",
		    plan->notes[i].place.file, plan->notes[i].place.line,
		    (int)strcspn(plan->notes[i].text, ":"),
		    plan->notes[i].text);
	assert_false(plan->is_cut);
	import_plan_finish(plan);
	assert_int_equal(fclose(fp), 0);
	return text;
}

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
	    "sender S:3 *.c.example\nsender S:4 a.example\n" },
	{ "a path that depends on the sender", "k a.example:s:/%",
	    "*@mail.a.example k", "key K:1 a.example s /mail.a.example\n"
	    "sender S:1 mail.a.example\n" },
	{ "a key named by the sender", "a.example a.example:s:/p",
	    "*@a.example %\n*@b.example %\n*@*.c.example %\n",
	    "key K:1 a.example s /p\nsender S:1 a.example\n"
	    "sender S:2 b.example\nsender S:3 *.c.example\n"
	    "note S:2 key b.example is not in the KeyTable\n"
	},
	{ "patterns", "k a.example:s:/p", "joe@a.example k\n.b.example k\n"
	    "*@.c.example k\n* k\n*@* k\n*@m*.d.example k\njoe@* k\n*@_x k\n"
	    "*@ k\nk", "key K:1 a.example s /p\nsender S:1 a.example\n"
	    "sender S:2 *.b.example\nsender S:3 *.c.example\n"
	    "note S:1 senders joe@a.example\nnote S:4 senders *\n"
	    "note S:5 senders *@*\nnote S:6 senders *@m*.d.example\n"
	    "note S:7 senders joe@*\nnote S:8 senders _x\n"
	    "note S:9 senders *@\nnote S:10 expected a pattern and the name of "
	    "a key\n" },
	{ "control characters", "k a.example:s:/\033[1m\n", "\001 k",
	    "lost K:1 contains a control character\n"
	    "lost S:1 contains a control character\n" }
};

static void
check_opendkim(void **state)
{
	struct import_table keytable = { .file = "K" };
	struct import_table signingtable = { .file = "S" };
	struct import_plan plan;
	char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(opendkim) / sizeof(opendkim[0]); i++) {
		import_plan_init(&plan);
		keytable.text = opendkim[i].keytable;
		keytable.len = strlen(keytable.text);
		signingtable.text = opendkim[i].signingtable;
		if (signingtable.text != NULL)
			signingtable.len = strlen(signingtable.text);
		import_opendkim(&plan, &keytable,
		    signingtable.text == NULL ? NULL : &signingtable);
		got = print_plan(&plan);
		if (strcmp(got, opendkim[i].want) != 0)
			fail_msg("%s:\n%s", opendkim[i].name, got);
		free(got);
	}
}

static void
check_limits(void **state)
{
	struct import_table keytable = { .file = "dir/K" };
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
	keytable.text = text;
	keytable.len = (size_t)n;
	import_opendkim(&plan, &keytable, NULL);
	got = print_plan(&plan);
	assert_string_equal(got, "key dir/K:1 a.example s dir/./p\n"
	    "key dir/K:5 a.example s /q\n"
	    "lost dir/K:2 the line is over 16384 octets long\n"
	    "lost dir/K:4 contains a control character\n"
	    "lost dir/K:3 the path of the key is over 4095 octets\n");
	free(got);
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
		notes = print_plan(&plan);
		(void)fputs(notes, fp);
		free(notes);
		assert_int_equal(fclose(fp), 0);
		if (strcmp(got, ucl[i].want) != 0)
			fail_msg("%s:\n%s", ucl[i].name, got);
		free(got);
	}
}

/* The files there are: maps /s and /p, and keys of two domains. */
static bool
read_file(void *arg, const char *path, struct import_file *file, char *buf,
    size_t bufsize)
{
	static const struct {
		const char	*path, *text;
	} files[] = {
		{ "/s", "a.example s1\n*.b.example s2\nc.example\n" },
		{ "/p", "a.example '/keys/$selector'\nd.example /d\n" },
		{ "/etc/rspamd/s", "e.example s5" }
	};
	size_t i;

	(void)arg;
	memset(file, 0, sizeof(*file));
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(files[i].path, path) == 0) {
			assert_non_null(file->text = strdup(files[i].text));
			file->len = strlen(file->text);
			return true;
		}
	(void)snprintf(buf, bufsize, "%s: none", path);
	return false;
}

static bool
search_files(void *arg, struct import_search *search)
{
	(void)arg;
	if (strcmp(search->before, "/unreadable/") == 0) {
		(void)strlcpy(search->why, "/unreadable/: why",
		    sizeof(search->why));
		return false;
	}
	if (strcmp(search->before, "/dkim/") == 0 &&
	    strcmp(search->after, ".dkim.key") == 0) {
		search->each(search->arg, "/dkim/x.example.dkim.key");
		search->each(search->arg, "/dkim/y.example.dkim.key");
	}
	return true;
}

static const struct {
	const char	*name, *text, *want;
} rspamd[] = {
	{ "what is usual", "", "lost R:0 /var/lib/rspamd/dkim/*.dkim.key\n" },
	{ "files of domains", "path = \"/dkim/$domain.$selector.key\"",
	    "key R:0 x.example dkim /dkim/x.example.dkim.key\n"
	    "key R:0 y.example dkim /dkim/y.example.dkim.key\n" },
	{ "another selector", "path = /dkim/$domain.$selector.key;"
	    "selector = s; domain { a.example { selector = t } }",
	    "key R:1 a.example t /dkim/a.example.t.key\n" },
	{ "one key for all", "path = /k", "lost R:0 /k\n" },
	{ "a folder that is unreadable", "path = /unreadable/$domain",
	    "lost R:0 cannot list key files /unreadable/*\n" },
	{ "a key in the place of the path for all", "path = MC4CAQAwBQ",
	    "lost R:0 the path for all domains does not begin with /\n" },
	{ "a relative path", "path = \"$domain.key\"; domain { a.example { "
	    "path = /1 } }", "key R:1 a.example dkim /1\n"
	    "lost R:0 the path for all domains does not begin with /\n" },
	{ "maps", "selector_map = /s; path_map = \"map:///p\"",
	    "key /s:1 a.example s1 /keys/s1\nkey /p:2 d.example dkim /d\n"
	    "lost /s:2 *.b.example\nlost /s:3 c.example\n" },
	{ "a map of another form", "selector_map { name = x; url = "
	    "\"file:///s\" }\npath_map [ /p ]", "key /s:1 a.example s1 "
	    "/keys/s1\nkey /p:2 d.example dkim /d\nlost /s:2 *.b.example\n"
	    "lost /s:3 c.example\n" },
	{ "a map by a variable", "selector_map = $LOCAL_CONFDIR/s",
	    "key /etc/rspamd/s:1 e.example s5 "
	    "/var/lib/rspamd/dkim/e.example.s5.key\n" },
	{ "maps that are none", "path = /$domain; path_map = "
	    "\"https://x/\"\nselector_map = /none", "lost R:1 map https\n"
	    "lost R:2 map /none\nlost R:0 /*\n" },
	{ "a section before the maps", "path_map = /p\ndomain { d.example {\n"
	    "path = /e } }", "key /p:1 a.example dkim /keys/dkim\n"
	    "key /p:2 d.example dkim /e\n" },
	{ "selectors of a domain", "dkim_signing { domain { a.example {\n"
	    "selectors [ { path = /1; selector = s }\n{ selector = t } ]\n"
	    "path = /3; } } path = /$domain/$selector }",
	    "key R:2 a.example s /1\nkey R:3 a.example t /a.example/t\n" },
	{ "selectors beside another domain", "domain { b.example { selectors ["
	    "{ path: /1 } ] }\na.example { path: /2 } }\nselector: s",
	    "key R:2 a.example s /2\nkey R:1 b.example s /1\n" },
	{ "selectors that are no list", "domain { a.example { selectors { "
	    "path: /1 } path: /2 }\nb.example { selectors { x { path: /1 } } "
	    "} }", "key R:1 a.example dkim /2\nlost R:1 a.example\n"
	    "lost R:2 b.example\n" },
	{ "what rspamadm prints", "{\n    \"domain\": {\n"
	    "        \"a.example\": {\n            \"selectors\": [\n"
	    "                {\n"
	    "                    \"path\": \"/k/a\",\n"
	    "                    \"selector\": \"s\"\n"
	    "                },\n                {\n"
	    "                    \"path\": \"/k/b\",\n"
	    "                    \"selector\": \"t\"\n"
	    "                }\n            ]\n        }\n    },\n"
	    "    \"selector_map\": \"/etc/rspamd/s\",\n"
	    "    \"path_map\": [\n        \"/p\"\n    ],\n"
	    "    \"sign_headers\": \"(o)from:(x)to\\\\n\",\n"
	    "    \"use_redis\": false,\n    \"path\": "
	    "\"/dkim/$domain.$selector.key\"\n}\n",
	    "key R:6 a.example s /k/a\nkey R:10 a.example t /k/b\n"
	    "key /p:2 d.example dkim /d\nkey /etc/rspamd/s:1 e.example s5 "
	    "/dkim/e.example.s5.key\n"
	    "key R:0 x.example dkim /dkim/x.example.dkim.key\n"
	    "key R:0 y.example dkim /dkim/y.example.dkim.key\n" },
	{ "a key in the place of its path", "domain { a.example { path = "
	    "MC4CAQAwBQ } }", "lost R:1 a.example\n" },
	{ "keys elsewhere", "domain { a.example { path = /1 } }\n"
	    "use_redis = true; use_vault = false",
	    "key R:1 a.example dkim /1\nlost R:2 use_redis\n" },
	{ "what has nothing to do with keys", "enabled = true; symbol = X;"
	    "domain { a.example { other = /1 } } x { path = /2 }",
	    "lost R:0 /var/lib/rspamd/dkim/*.dkim.key\n" }
};

static void
check_rspamd(void **state)
{
	const struct import_files files = {
		.read = read_file, .search = search_files
	};
	struct import_plan plan;
	char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rspamd) / sizeof(rspamd[0]); i++) {
		import_plan_init(&plan);
		import_rspamd(&plan, "R", rspamd[i].text,
		    strlen(rspamd[i].text), &files);
		got = print_plan(&plan);
		if (strcmp(got, rspamd[i].want) != 0)
			fail_msg("%s:\n%s", rspamd[i].name, got);
		free(got);
	}
}

/* What to do about key files that cannot be listed. */
static void
check_unreadable(void **state)
{
	const struct import_files files = {
		.read = read_file, .search = search_files
	};
	static const char text[] = "path = /unreadable/$domain.key";
	struct import_plan plan;

	(void)state;
	import_plan_init(&plan);
	import_rspamd(&plan, "R", text, strlen(text), &files);
	assert_int_equal(plan.nnotes, 1);
	assert_string_equal(plan.notes[0].text, "cannot list key files "
	    "/unreadable/*.key: /unreadable/: why: domains that only such a "
	    "file names are left out: make the directory readable, or import "
	    "their keys with 'import pem'");
	import_plan_finish(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_opendkim),
		cmocka_unit_test(check_limits),
		cmocka_unit_test(check_operands),
		cmocka_unit_test(check_ucl),
		cmocka_unit_test(check_rspamd),
		cmocka_unit_test(check_unreadable)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * The syntax of countersign.conf and of presets: what is accepted, as a tree
 * with the line of each value, and each error of a file that is not, with its
 * line.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"

#define MARK	"\357\273\277"		/* byte order mark */

/*
 * A tree in one line: NAME=LINE:VALUE,LINE:VALUE; and NAME(TITLE)@LINE{...},
 * with "!" if the section is not complete.
 */
static const struct {
	const char	*name, *text, *tree;
} good[] = {
	{ "nothing", "", "" },
	{ "blanks", " \t\n\r\n ", "" },
	{ "word", "user = a", "user=1:a;" },
	{ "no blanks", "user=a", "user=1:a;" },
	{ "all on lines of their own", "\nuser\n=\n\na\n", "user=5:a;" },
	{ "two on a line", "user=a keydir=/b", "user=1:a;keydir=1:/b;" },
	{ "octets of a word", "user = !$%&-./:;<>?@A[]^_`|~z",
	    "user=1:!$%&-./:;<>?@A[]^_`|~z;" },
	{ "UTF-8 in a word", "user = b\303\274cher", "user=1:b\303\274cher;" },
	{ "string", "user = \"a b\"", "user=1:a b;" },
	{ "empty string", "user = \"\"", "user=1:;" },
	{ "string in single quotes", "user = 'a \"b\"'", "user=1:a \"b\";" },
	{ "string of all that ends a word", "user = \" \t#'={}()+,*//\"",
	    "user=1: \t#'={}()+,*//;" },
	{ "escapes", "user = \"\\\"\\\\\\\\\\\"\"", "user=1:\"\\\\\";" },
	{ "escapes in single quotes", "user = '\\'\\\\'", "user=1:'\\;" },
	{ "name of a variable in single quotes", "user = '${HOME}'",
	    "user=1:${HOME};" },
	{ "dollar sign", "user = \"a$b\" keydir = $c",
	    "user=1:a$b;keydir=1:$c;" },

	{ "list", "dns { servers = { a, 'b c' } }",
	    "dns@1{servers=1:a,1:b c;}" },
	{ "list of one", "dns { servers = { a } }", "dns@1{servers=1:a;}" },
	{ "list without braces", "dns { servers = a }", "dns@1{servers=1:a;}" },
	{ "comma behind the last one", "dns { servers = { a, b, } }",
	    "dns@1{servers=1:a,1:b;}" },
	{ "list on lines", "dns {\nservers = {\na,\n\nb\n}\n}\n",
	    "dns@1{servers=3:a,5:b;}" },
	{ "values that are names of options", "dns { servers = { timeout,\n"
	    "servers } }", "dns@1{servers=1:timeout,2:servers;}" },

	{ "section", "limits { header_size = 1 }",
	    "limits@1{header_size=1:1;}" },
	{ "empty section", "limits\n{\n}\n", "limits@1{}" },
	{ "section with a title", "source \"a b\" { mode = x }",
	    "source(a b)@1{mode=1:x;}" },
	{ "title that is a word", "source a{}", "source(a)@1{}" },
	{ "title that is a name", "source source { }", "source(source)@1{}" },
	{ "empty title", "source '' { }", "source()@1{}" },
	{ "sections of a kind", "source a { }\nsource a { }\n",
	    "source(a)@1{}source(a)@2{}" },
	{ "section in a section", "\nsource a {\nheader b {\nvalue = c\n}\n}\n",
	    "source(a)@2{header(b)@3{value=4:c;}}" },
	{ "option behind a section", "limits { } user = a",
	    "user=1:a;limits@1{}" },

	{ "comments", "# a\n// b\n/* c\n d */ user = /* e */ a # f\n"
	    "keydir = b // g\n", "user=4:a;keydir=5:b;" },
	{ "comment of nothing", "/**/ user = a #\n//\n", "user=1:a;" },
	{ "comment in a comment", "/* /* # */ user = a", "user=1:a;" },
	{ "comment in a list", "dns { servers = { # { b\n a /* , c */ } }",
	    "dns@1{servers=2:a;}" },
	{ "quote in a comment", "# it's\nuser = a", "user=2:a;" },
	{ "comment behind a word", "user = a#b", "user=1:a;" },
	{ "comment in a string", "user = \"a#b//c/*d*/\"",
	    "user=1:a#b//c/*d*/;" },
	{ "word behind a comment", "/**/user = a", "user=1:a;" },
	{ "slashes", "keydir = /a/b/", "keydir=1:/a/b/;" },

	{ "line ends of DOS", "# a\r\nuser = a\r\n/* b\r\n*/ dns {\r\n"
	    "servers = { a,\r\nb } }\r\n",
	    "user=2:a;dns@4{servers=5:a,6:b;}" },
	{ "byte order mark", MARK "user = a", "user=1:a;" },
	{ "byte order mark alone", MARK, "" },
};

/* want: "LINE TEXT" of each error, one a line; TEXT is a part of it. */
static const struct {
	const char	*name, *text, *want;
} bad[] = {
	{ "many in one file",
	    "user = \"a\n"
	    "keydir /k\n"
	    "signers =\n"
	    "limits {\n"
	    "\theader_size = 1, 2\n"
	    "\theader_fields 3\n"
	    "}\n"
	    "source a {\n"
	    "\tdomains = { b c, , d }\n"
	    "\tlogin = = e\n"
	    "\tcolour = { 1 2 }\n"
	    "\t\"mode\" = f\n"
	    "\theader g { value ( ) }\n"
	    "}\n"
	    "}\n"
	    "mode += h\n",
	    "1 string not closed\n"
	    "2 expected \"=\", found \"/k\"\n"
	    "3 write signers = ...\n"
	    "5 expected the name of an option or \"}\", found \",\"; quote\n"
	    "6 expected \"=\", found \"3\"\n"
	    "9 expected \",\" or \"}\", found \"c\"\n"
	    "10 expected a value, found \"=\"\n"
	    "11 unknown option \"colour\"\n"
	    "11 expected \",\" or \"}\", found \"2\"\n"
	    "12 expected the name of an option or \"}\", found \"mode\"\n"
	    "13 expected \"=\", found \"(\"\n"
	    "15 expected the name of an option, found \"}\"\n"
	    "16 \"+=\" is not supported" },

	/* Words and strings. */
	{ "string not closed at the end", "user = \"a", "1 add \" at its end" },
	{ "string not closed, in single quotes", "user = 'a\nuser = b\n",
	    "1 add ' at its end\n2 duplicate" },
	{ "string not closed, with line ends of DOS",
	    "user = \"a\r\nkeydir = \"b\r\n",
	    "1 not closed on its line\n2 not closed on its line" },
	{ "string with a backslash at its end", "user = \"a\\\nuser = b",
	    "1 a backslash\n1 not closed\n2 duplicate" },
	{ "string with a quote that is escaped last", "user = \"a\\\"",
	    "1 not closed on its line" },
	{ "string not closed, of a title", "source \"a {\nmode = b\n}\n",
	    "1 not closed on its line" },
	{ "string not closed, in a list", "dns {\nservers = { \"a, b }\n"
	    "timeout = 1s\n}\n", "2 not closed on its line" },
	{ "escapes of other languages", "user = \"\\n\"\nkeydir = '\\\"'\n",
	    "1 followed by \" or another\n2 followed by ' or another" },
	{ "variables", "user = ${A}\nkeydir = \"b${A}\"\nmode = a${B\n",
	    "1 environment variables\n2 use single quotes\n"
	    "3 environment variables" },
	{ "outside of quotes", "user = *.a\nkeydir = a*\nmode = a+b\n",
	    "1 \"*\" outside\n2 \"*\" outside\n3 \"+\" outside" },
	{ "semicolon", "user = a;\nkeydir = b ;\nmode = a;b\n",
	    "1 \";\" at the end\n2 \";\" at the end" },
	{ "comment in a word", "keydir = /a//b\nuser = a/*\n*/ mode = a\n",
	    "1 \"//\" in a word\n2 \"/*\" in a word" },
	{ "comment not closed", "user = a /* b\nc\n", "1 comment not closed" },
	{ "end of a comment alone", "user = a */\n", "1 \"*\" outside" },
	{ "control octets", "user = \001a\n\002\nkeydir = \"a\tb\003\"\n"
	    "mode = a\177\n# \004\n", "1 octet 1\n2 octet 2\n3 octet 3\n"
	    "4 octet 127" },
	{ "carriage returns", "user = a\rkeydir = b\n# c\rmode = d\n/*\r*/\n\r",
	    "1 carriage return\n2 carriage return\n3 carriage return\n"
	    "4 carriage return" },
	{ "line ends of a Macintosh", "# a\ruser = b\r",
	    "1 carriage return\n1 carriage return" },
	{ "byte order mark at a wrong place", "\n" MARK "user = a\n",
	    "2 unknown option" },
	{ "two byte order marks", MARK MARK "user = a\n", "1 unknown option" },

	/* Statements. */
	{ "value missing", "user =\nkeydir = a\nmode =\n",
	    "1 write user = ...\n3 write mode = ..." },
	{ "value missing before a section", "user =\nlimits { }\nmode =\n"
	    "source a { }\n", "1 write user = ...\n3 write mode = ..." },
	{ "value missing before a brace", "limits { header_size = }\nuser =",
	    "1 expected a value, found \"}\"\n2 write user = ..." },
	{ "value missing at the end of a section", "limits { header_size =\n}\n"
	    "user = a b\n", "1 write header_size = ...\n3 unknown" },
	{ "value with blanks", "user = John Smith\nmode = a\nkeydir = mode a\n",
	    "1 unknown option \"Smith\"; quote values that contain "
	    "spaces\n3 unknown option \"a\"; quote" },
	{ "value with an equal sign", "user = ab==\nkeydir = a=b\n",
	    "1 expected the name of an option, found \"=\"; quote values\n"
	    "2 expected the name of an option, found \"=\"" },
	{ "two values", "user = a, b\n", "1 quote values that contain" },
	{ "no equal sign", "user a\nkeydir\nmode \"b\"\n",
	    "1 expected \"=\", found \"a\"\n2 \"=\" is missing after "
	    "\"keydir\"\n"
	    "3 expected \"=\", found \"b\"" },
	{ "colon", "user: a\nkeydir: b\n",
	    "1 unknown option \"user:\"; did you mean\n"
	    "2 unknown option \"keydir:\"" },
	{ "name in quotes", "'user' = a\nmode = b c\n",
	    "1 expected the name of an option, found 'user'\n2 unknown" },
	{ "name in other letters", "USER = a\nmode \303\274 = a",
	    "1 did you mean \"user\"\n2 expected \"=\", found \"\303\274\"" },
	{ "append", "mode += a\ndns { servers += { b } timeout = { c } }\n",
	    "1 \"+=\" is not supported\n2 \"+=\" is not supported\n"
	    "2 takes one value" },
	{ "include", "include(\"/a\")\ninclude = a\n",
	    "1 write include \"/DIRECTORY\n2 without \"=\" or braces" },
	{ "duplicates", "user = a\nlimits { }\nuser = b\nlimits {\n"
	    "header_size = 1\nheader_size = 2\n}\nuser { }\n",
	    "3 first on line 1\n4 first on line 2\n6 first on line 5\n"
	    "8 first on line 1" },
	{ "duplicate in a duplicate section is read", "limits { }\nlimits {\n"
	    "colour = 1\n}\n", "2 first on line 1\n3 \"colour\"" },

	/* Lists. */
	{ "list not closed", "dns {\nservers = { a, b\ntimeout = 1s\n}\n"
	    "user = a b\n", "2 this list is never closed\n5 unknown" },
	{ "list not closed before a section", "source a {\nlogin = { b\n"
	    "header c { value = d }\n}\n", "2 this list is never closed" },
	{ "list not closed before the next section", "source a { login = {\n"
	    "b\n\nsource c { login = d }\nuser = a b\n",
	    "1 this list is never closed\n5 unknown option \"b\"" },
	{ "list not closed at the end", "dns {\nservers = { a,", "1 never\n"
	    "2 this list is never closed" },
	{ "commas", "dns { servers = { a b\nc,, d,\n, e } }\n",
	    "1 expected \",\" or \"}\", found \"b\"\n2 expected \",\" or "
	    "\"}\", found \"c\"\n3 expected a value or \"}\", found \",\"" },
	{ "comma first", "dns { servers = { , a } }\n",
	    "1 expected a value or \"}\", found \",\"" },
	{ "list in a list", "dns { servers = { a, { b, c }, d } timeout = 1\n"
	    "timeout = 2 }\n",
	    "1 expected a value or \"}\", found \"{\"\n2 duplicate" },
	{ "equal signs in a list", "dns { servers = {\na=1,\nb=2 } }\n",
	    "2 expected \",\" or \"}\", found \"=\"; quote values that "
	    "contain\n"
	    "3 expected \",\" or \"}\", found \"=\"" },
	{ "list without equal sign", "dns {\nservers {\na,\nb } }\n"
	    "user = a b\n", "2 write servers = { ... }\n5 unknown" },
	{ "empty lists", "dns { servers = { } }\nuser = { }\nfoo = { }\n",
	    "1 empty list\n2 takes one value\n3 unknown option \"foo\"" },
	{ "parentheses", "user = (a)\nkeydir = { (b) }\n",
	    "1 expected a value, found \"(\"\n2 takes one value\n2 expected a "
	    "value or \"}\", found \"(\"" },

	/* Sections. */
	{ "section not closed", "source a {\nlogin = b\n\nsource c {\n"
	    "login = d\n}\nlimits { }\nlimits { }\n",
	    "1 this section is never closed; add } before line 4\n"
	    "8 duplicate \"limits\"" },
	{ "inner section not closed", "source a {\nheader b {\nvalue = c\n"
	    "login = d\n}\nsource e { login = f login = g }\n",
	    "2 never closed; add } before line 4\n6 duplicate" },
	{ "last section not closed", "source a {\n}\nsource b {\nlogin = c\n",
	    "3 this section is never closed; add } at its end" },
	{ "two sections not closed", "source a {\nheader b {\nvalue = c\n",
	    "1 never closed\n2 never closed" },
	{ "unknown section not closed", "foo {\na = b\nuser = c\n",
	    "1 unknown option \"foo\"\n1 \"{\" is never closed; add } before" },
	{ "misspelt section not closed", "sorce a {\nlogin = b\n"
	    "source c {\nlogin = d\n}\n", "1 did you mean \"source\"?\n"
	    "1 \"{\" is never closed; add } before line 3" },
	{ "name at a wrong place is not a missing brace", "limits {\n"
	    "keydir = a\n}\nlimits { }\n", "2 outside of any section\n"
	    "4 duplicate" },
	{ "section not opened", "limits\nheader_size = 1\nheader_size = 2\n}\n"
	    "source a\nlogin = b\nlogin = c\n}\n",
	    "1 section \"limits\" has no \"{\"\n3 duplicate\n"
	    "5 section \"source\" has no \"{\"\n7 duplicate" },
	{ "section without braces", "source a\nuser = a b\n",
	    "1 \"{\" is missing after \"source\"\n2 unknown" },
	{ "brace too many", "limits { } }\nuser = a b\n}\n",
	    "1 expected the name of an option, found \"}\"\n2 unknown\n3 "
	    "expected the name of an option, found \"}\"" },
	{ "section with an equal sign", "limits = {\nheader_size = 1\n}\n"
	    "source = a\nuser = a b\n", "1 write limits { ... }\n"
	    "2 expected \",\" or \"}\", found \"=\"\n4 write source \"...\"\n5 "
	    "unknown" },
	{ "title missing", "source {\nlogin = a\nlogin = b\n}\n",
	    "1 write source \"...\" { ... }\n3 duplicate" },
	{ "title too many", "limits \"a\" {\nheader_size = 1 2\n}\n",
	    "1 write limits { ... }\n2 unknown option \"2\"" },
	{ "option as a section", "user {\na = b\n}\nkeydir a { b c }\n",
	    "1 write user = ...\n4 write keydir = ...\n4 expected \",\" or "
	    "\"}\", found \"c\"" },
	{ "braces alone", "{ }\n{ a, b }\n{ user = a }\n",
	    "1 expected the name of an option, found \"{\"\n"
	    "2 expected the name of an option, found \"{\"\n3 expected the "
	    "name of an option, found \"{\"" },
	{ "errors in unknown sections", "foo \"a\" {\nb = { c d }\ne f\n"
	    "g { h } i = j\nk += l\n}\n", "1 unknown option \"foo\"\n"
	    "2 expected \",\" or \"}\", found \"d\"\n3 expected \"=\", found "
	    "\"f\"\n5 \"+=\" is not supported" },
};

/* A tree as it stands in the tables above. */
static void
print_tree(const struct config_node *node, FILE *out)
{
	const struct config_setting *setting;
	const struct config_node *below;
	size_t i;

	TAILQ_FOREACH(setting, &node->settings, entry) {
		(void)fprintf(out, "%s=", setting->option->name);
		for (i = 0; i < setting->nvalues; i++)
			(void)fprintf(out, "%s%u:%s", i > 0 ? "," : "",
			    setting->values[i].line, setting->values[i].text);
		(void)fputc(';', out);
	}
	STAILQ_FOREACH(below, &node->nodes, entry) {
		(void)fputs(below->option->name, out);
		if (below->title != NULL)
			(void)fprintf(out, "(%s)", below->title);
		(void)fprintf(out, "@%u%s{", below->line,
		    below->is_complete ? "" : "!");
		print_tree(below, out);
		(void)fputc('}', out);
	}
}

/* The tree and the faults of a text; both are freed by the caller. */
static size_t
read_text(const char *text, size_t len, char **tree, char **faults)
{
	struct config_faults list = { 0 };
	struct config_node *root = NULL;
	size_t size, total;
	char *copy;
	FILE *out;

	if ((copy = config_text_copy(text, len, 0, &list)) != NULL)
		root = config_outline(copy, config_schema(), &list);
	/* Nothing of the text is needed any more. */
	free(copy);
	assert_false(list.no_memory);
	assert_non_null(out = open_memstream(tree, &size));
	if (root != NULL)
		print_tree(root, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(out = open_memstream(faults, &size));
	config_faults_print(&list, "f", out);
	assert_int_equal(fclose(out), 0);
	total = list.total;
	config_faults_finish(&list);
	config_node_free(root);
	return total;
}

static void
accepts(void **state)
{
	char *tree, *faults;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (read_text(good[i].text, strlen(good[i].text), &tree,
		    &faults) != 0)
			fail_msg("%s: %s", good[i].name, faults);
		if (strcmp(tree, good[i].tree) != 0)
			fail_msg("%s: got %s, wanted %s", good[i].name, tree,
			    good[i].tree);
		free(tree);
		free(faults);
	}
}

/* Each line of want, and no other, stands in faults, in that order. */
static void
compare(const char *name, const char *faults, const char *want)
{
	char head[32], part[128];
	const char *line = faults, *end, *text;
	char *number_end;
	long number;

	for (; *want != '\0'; want = *end == '\0' ? end : end + 1) {
		number = strtol(want, &number_end, 10);
		text = number_end + 1;
		end = text + strcspn(text, "\n");
		(void)snprintf(head, sizeof(head), "f:%ld: ", number);
		(void)snprintf(part, sizeof(part), "%.*s", (int)(end - text),
		    text);
		text = strstr(line, part);
		if (strncmp(line, head, strlen(head)) != 0 || text == NULL ||
		    text > strchr(line, '\n'))
			fail_msg("%s: wanted %s%s, got %s", name, head, part,
			    faults);
		line = strchr(line, '\n') + 1;
	}
	if (*line != '\0')
		fail_msg("%s: too many: %s", name, faults);
}

static void
reports_every_error(void **state)
{
	char *tree, *faults;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_true(read_text(bad[i].text, strlen(bad[i].text), &tree,
		    &faults) > 0);
		compare(bad[i].name, faults, bad[i].want);
		free(tree);
		free(faults);
	}
}

static void
no_text(void **state)
{
	static const char utf16[] = "\377\376u\0s\0";
	char *tree, *faults;

	(void)state;
	assert_int_equal(read_text("user = a\n\nuser\0= b ;", 21, &tree,
	    &faults), 1);
	assert_string_equal(faults,
	    "f:3: contains a NUL octet; is this a text file?\n");
	free(tree);
	free(faults);
	assert_int_equal(read_text(utf16, sizeof(utf16) - 1, &tree, &faults),
	    1);
	assert_string_equal(faults,
	    "f:1: contains a NUL octet; is this a text file?\n");
	free(tree);
	free(faults);
}

/* head, n times c, tail; freed by the caller. */
static char *
stretch(const char *head, char c, size_t n, const char *tail)
{
	size_t headlen = strlen(head), taillen = strlen(tail);
	char *text;

	assert_non_null(text = malloc(headlen + n + taillen + 1));
	memcpy(text, head, headlen);
	memset(text + headlen, c, n);
	memcpy(text + headlen + n, tail, taillen + 1);
	return text;
}

static void
assert_faults(char *text, const char *wanted)
{
	char *tree, *faults;

	(void)read_text(text, strlen(text), &tree, &faults);
	assert_string_equal(faults, wanted);
	free(tree);
	free(faults);
	free(text);
}

static void
long_tokens(void **state)
{
	(void)state;
	assert_faults(stretch("user = ", 'a', CONFIG_MAX_VALUE, ""), "");
	assert_faults(stretch("user = ", 'a', CONFIG_MAX_VALUE + 1, "\nx y"),
	    "f:1: this word has 4097 octets; shorten it to 4096 or fewer\n"
	    "f:2: unknown option \"x\"\n");
	assert_faults(stretch("user = \"", 'a', CONFIG_MAX_VALUE, "\""), "");
	assert_faults(stretch("user = \"", 'a', CONFIG_MAX_VALUE + 1, "\""),
	    "f:1: this string has 4097 octets; shorten it to 4096 or fewer\n");
	assert_faults(stretch("source ", 'a', CONFIG_MAX_VALUE, " { }"), "");
	assert_faults(stretch("source '", 'a', CONFIG_MAX_VALUE + 1, "' { }"),
	    "f:1: this string has 4097 octets; shorten it to 4096 or fewer\n");
	assert_faults(stretch("", 'a', CONFIG_MAX_VALUE + 1, " = b"),
	    "f:1: this word has 4097 octets; shorten it to 4096 or fewer\n");
	/* Of a long name as much is quoted as a person reads. */
	assert_faults(stretch("", 'a', 100, " = b"), "f:1: unknown option \""
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "\"\n");
	assert_faults(stretch("user ", 'a', 100, ""), "f:1: expected "
	    "\"=\", found \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n");
}

/* A value is kept up to its last octet. */
static void
longest_value(void **state)
{
	char *text = stretch("user = \"", 'a', CONFIG_MAX_VALUE - 1, "b\"");
	char *wanted = stretch("user=1:", 'a', CONFIG_MAX_VALUE - 1, "b;");
	char *tree, *faults;

	(void)state;
	assert_int_equal(read_text(text, strlen(text), &tree, &faults), 0);
	assert_string_equal(tree, wanted);
	free(tree);
	free(faults);
	free(text);
	free(wanted);
}

/* Sections inside of each other, each on a line of its own, and one more. */
static void
assert_nested(size_t n, bool is_closed, const char *wanted)
{
	char *text, *p;
	size_t i;

	assert_non_null(text = malloc(4 * n + 16));
	p = stpcpy(text, "limits { ");
	for (i = 1; i < n; i++)
		p = stpcpy(p, "\na{");
	for (i = 0; is_closed && i < n; i++)
		p = stpcpy(p, "}");
	(void)stpcpy(p, "\nb=c");
	assert_faults(text, wanted);
}

static void
deep_nesting(void **state)
{
	char *text, *tree, *faults;

	(void)state;
	assert_nested(CONFIG_MAX_DEPTH, true, "f:2: unknown option \"a\"\n"
	    "f:9: unknown option \"b\"\n");
	assert_nested(CONFIG_MAX_DEPTH + 1, true, "f:2: unknown option \"a\"\n"
	    "f:9: \"{\" is nested more than 8 levels deep; remove "
	    "it\nf:10: unknown option \"b\"\n");
	assert_nested(200000, true, "f:2: unknown option \"a\"\n"
	    "f:9: \"{\" is nested more than 8 levels deep; remove "
	    "it\nf:200001: unknown option \"b\"\n");
	assert_nested(200000, false, "f:1: this section is never closed; add } "
	    "at its end\nf:2: unknown option \"a\"\n"
	    "f:2: \"{\" is never closed; add } at its end\n"
	    "f:3: \"{\" is never closed; add } at its end\n"
	    "f:4: \"{\" is never closed; add } at its end\n"
	    "f:5: \"{\" is never closed; add } at its end\n"
	    "f:6: \"{\" is never closed; add } at its end\n"
	    "f:7: \"{\" is never closed; add } at its end\n"
	    "f:8: \"{\" is never closed; add } at its end\n"
	    "f:9: \"{\" is nested more than 8 levels deep; remove "
	    "it\n");
	/* Nothing else, as much as a file can have. */
	text = stretch("", '{', CONFIG_MAX_FILE, "");
	assert_int_equal(read_text(text, CONFIG_MAX_FILE, &tree, &faults), 1);
	assert_string_equal(faults, "f:1: expected the name of an option, "
	    "found \"{\"\n");
	free(tree);
	free(faults);
	free(text);
}

/* A file of the greatest size: one line, many lines, or nothing but errors. */
static void
huge_files(void **state)
{
	static const char source[] =
	    "source \"a\" { login = { b, c } domains = example.com }%c";
	char *text, *tree, *faults;
	char wanted[128];
	size_t i, n = 0, end;
	int len;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_non_null(text = calloc(1, CONFIG_MAX_FILE + 64));
		for (n = 0, end = 0; end + sizeof(source) < CONFIG_MAX_FILE;
		    n++, end += (size_t)len)
			len = sprintf(text + end, source, i == 0 ? ' ' : '\n');
		memset(text + end, ' ', CONFIG_MAX_FILE - end);
		assert_int_equal(read_text(text, CONFIG_MAX_FILE, &tree,
		    &faults), 0);
		(void)snprintf(wanted, sizeof(wanted), "{login=%zu:b,%zu:c;"
		    "domains=%zu:example.com;}", i == 0 ? 1 : n,
		    i == 0 ? 1 : n, i == 0 ? 1 : n);
		assert_string_equal(tree + strlen(tree) - strlen(wanted),
		    wanted);
		free(tree);
		free(faults);
		free(text);
	}
	assert_faults(stretch("", ' ', CONFIG_MAX_FILE + 1, ""),
	    "f: larger than 1048576 octets; is this the configuration "
	    "file?\n");
}

static void
huge_lists(void **state)
{
	const size_t n = CONFIG_MAX_FILE / 2 - 50;
	char *text, *tree, *faults;
	size_t i;

	(void)state;
	text = stretch("dns { servers = {", ' ', 2 * n, "} }");
	for (i = 0; i < n; i++)
		memcpy(text + 17 + 2 * i, "a,", 2);
	assert_int_equal(read_text(text, strlen(text), &tree, &faults), 0);
	assert_int_equal(strlen(tree), strlen("dns@1{servers=") +
	    n * strlen("1:a,") + strlen("}"));
	free(tree);
	free(faults);
	/* The same without commas. */
	for (i = 0; i < n; i++)
		memcpy(text + 17 + 2 * i, "a\n", 2);
	assert_int_equal(read_text(text, strlen(text), &tree, &faults),
	    n - 1);
	free(tree);
	free(faults);
	free(text);
}

/* Only so many errors are kept. */
static void
counts_errors(void **state)
{
	static const char kinds[][8] = { "a b\n", "} = \n", "user a\n" };
	char text[8 * 4000 + 1], more[64], *tree, *faults, *p;
	size_t i, j, lines;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (text[0] = '\0', j = 0; j < 4000; j++)
			strlcat(text, kinds[i], sizeof(text));
		assert_int_equal(read_text(text, strlen(text), &tree,
		    &faults), 4000);
		for (lines = 0, p = faults; *p != '\0'; p++)
			lines += *p == '\n';
		assert_int_equal(lines, CONFIG_MAX_FAULTS + 1);
		(void)snprintf(more, sizeof(more), "\nf: %d more errors\n",
		    4000 - CONFIG_MAX_FAULTS);
		assert_string_equal(faults + strlen(faults) - strlen(more),
		    more);
		free(tree);
		free(faults);
	}
}

/* Every text that these become when cut, or when an octet is lost. */
static void
any_text(void **state)
{
	char text[1024], *tree, *faults;
	size_t i, j, len;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		len = strlen(bad[i].text);
		for (j = 0; j < len; j++) {
			(void)read_text(bad[i].text, j, &tree, &faults);
			free(tree);
			free(faults);
			memcpy(text, bad[i].text, j);
			memcpy(text + j, bad[i].text + j + 1, len - j - 1);
			(void)read_text(text, len - 1, &tree, &faults);
			free(tree);
			free(faults);
		}
	}
}

static void *
read_all(void *unused)
{
	char *tree, *faults;
	size_t round, i;

	(void)unused;
	for (round = 0; round < 20; round++) {
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			(void)read_text(bad[i].text, strlen(bad[i].text),
			    &tree, &faults);
			compare(bad[i].name, faults, bad[i].want);
			free(tree);
			free(faults);
		}
		for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
			(void)read_text(good[i].text, strlen(good[i].text),
			    &tree, &faults);
			if (strcmp(tree, good[i].tree) != 0)
				abort();
			free(tree);
			free(faults);
		}
	}
	return NULL;
}

/* Nothing is shared: several threads read at the same time. */
static void
at_the_same_time(void **state)
{
	pthread_t threads[4];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_all,
		    NULL), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(reports_every_error),
		cmocka_unit_test(no_text),
		cmocka_unit_test(long_tokens),
		cmocka_unit_test(longest_value),
		cmocka_unit_test(deep_nesting),
		cmocka_unit_test(huge_files),
		cmocka_unit_test(huge_lists),
		cmocka_unit_test(counts_errors),
		cmocka_unit_test(any_text),
		cmocka_unit_test(at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

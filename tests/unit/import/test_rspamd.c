/* SPDX-License-Identifier: ISC */

/*
 * What is read from the configuration of rspamd, its maps and tables: each
 * plan as text (see planprint.h).
 */

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import/rspamd.h"
#include "planprint.h"

#define SECRET	"MC4CAQAwBQYDK2VwBCIEIG"

static bool is_searching;	/* what is freed, for the secret */
static size_t nleft;		/* blocks that had it */

void	__real_free(void *p);
void	__wrap_free(void *p);

void
__wrap_free(void *p)
{
	if (is_searching && p != NULL && memmem(p, malloc_usable_size(p),
	    SECRET, strlen(SECRET)) != NULL)
		nleft++;
	__real_free(p);
}

/* The files there are: maps /s and /p, and keys of two domains. */
static bool
read_file(void *arg, const char *path, struct import_file *file, char *buf,
    size_t bufsize)
{
	static const struct plan_file files[] = {
		{ "/s", "a.example s1\n*.b.example s2\nc.example\n" },
		{ "/p", "a.example '/keys/$selector'\nd.example /d\n" },
		{ "/secret", "b.example " SECRET "\n" },
		{ "/etc/rspamd/s", "e.example s5" },
		{ "/kt", "k a.example:s:/p/$selector\nl b.example:$DBDIR\n"
		    "m b.example:/$domain\n" },
		{ "/st", "*@a.example k\n*@c.example m\n" }
	};

	(void)arg;
	return plan_read_file(files, sizeof(files) / sizeof(files[0]), path,
	    file, buf, bufsize);
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
	if (strcmp(search->after, ".missing.key") == 0) {
		search->is_missing = true;
		(void)strlcpy(search->why, "/: none", sizeof(search->why));
		return false;
	}
	if (strcmp(search->before, "/dkim/") == 0 &&
	    strcmp(search->after, ".dkim.key") == 0) {
		search->each(search->arg, "/dkim/x.example.dkim.key");
		search->each(search->arg, "/dkim/y.example.dkim.key");
	}
	return true;
}

static const struct plan_case rspamd[] = {
	{ "what is usual", "", "lost R:0 /var/lib/rspamd/dkim/*.dkim.key\n" },
	{ "files of domains", "path = \"/dkim/$domain.$selector.key\"",
	    "key R:0 x.example dkim /dkim/x.example.dkim.key\n"
	    "key R:0 y.example dkim /dkim/y.example.dkim.key\n"
	    "note R:0 use_esld\n" },
	{ "another selector", "path = /dkim/$domain.$selector.key;"
	    "selector = s; domain { a.example { selector = t } }",
	    "key R:1 a.example t /dkim/a.example.t.key\n"
	    "note R:0 use_esld\n" },
	{ "one key for all", "path = /k", "lost R:0 /k\n" },
	{ "a folder that is unreadable", "path = /unreadable/$domain",
	    "lost R:0 cannot list key files /unreadable/*\n" },
	{ "a key in the place of the path for all", "path = MC4CAQAwBQ",
	    "lost R:0 the path for all domains does not begin with /\n" },
	{ "a relative path", "path = \"$domain.key\"; domain { a.example { "
	    "path = /1 } }", "key R:1 a.example dkim /1\n"
	    "lost R:0 the path for all domains does not begin with /\n"
	    "note R:0 use_esld\n" },
	{ "maps", "selector_map = /s; path_map = \"map:///p\"",
	    "key /s:1 a.example s1 /keys/s1\nkey /p:2 d.example dkim /d\n"
	    "lost /s:2 *.b.example\nlost /s:3 c.example\n"
	    "note R:0 use_esld\n" },
	{ "a map of another form", "selector_map { name = x; url = "
	    "\"file:///s\" }\npath_map [ /p ]", "key /s:1 a.example s1 "
	    "/keys/s1\nkey /p:2 d.example dkim /d\nlost /s:2 *.b.example\n"
	    "lost /s:3 c.example\n"
	    "note R:0 use_esld\n" },
	{ "a map by a variable", "selector_map = $LOCAL_CONFDIR/s",
	    "key /etc/rspamd/s:1 e.example s5 "
	    "/var/lib/rspamd/dkim/e.example.s5.key\n"
	    "note R:0 use_esld\n" },
	{ "maps that are none", "path = /$domain; path_map = "
	    "\"https://x/\"\nselector_map = /none", "lost R:1 map https\n"
	    "lost R:2 map /none\nlost R:0 /*\n" },
	{ "a section before the maps", "path_map = /p\ndomain { d.example {\n"
	    "path = /e } }", "key /p:1 a.example dkim /keys/dkim\n"
	    "key /p:2 d.example dkim /e\n"
	    "note R:0 use_esld\n" },
	{ "selectors of a domain", "dkim_signing { domain { a.example {\n"
	    "selectors [ { path = /1; selector = s }\n{ selector = t } ]\n"
	    "path = /3; } } path = /$domain/$selector }",
	    "key R:4 a.example dkim /3\nkey R:2 a.example s /1\n"
	    "key R:3 a.example t /a.example/t\n"
	    "note R:0 use_esld\n" },
	{ "selectors beside another domain", "domain { b.example { selectors ["
	    "{ path: /1 } ] }\na.example { path: /2 } }\nselector: s",
	    "key R:2 a.example s /2\nkey R:1 b.example s /1\n"
	    "note R:0 use_esld\n" },
	{ "selectors that are no list", "domain { a.example { selectors { "
	    "path: /1 } path: /2 }\nb.example { selectors { x { path: /1 } } "
	    "} }", "key R:1 a.example dkim /2\nlost R:1 a.example\n"
	    "lost R:2 b.example\n"
	    "note R:0 use_esld\n" },
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
	    "key R:0 y.example dkim /dkim/y.example.dkim.key\n"
	    "note R:0 use_esld\n" },
	{ "a key in the place of its path", "domain { a.example { path = "
	    "MC4CAQAwBQ } }", "lost R:1 a.example\n" },
	{ "keys elsewhere", "domain { a.example { path = /1 } }\n"
	    "use_redis = true; use_vault = false",
	    "key R:1 a.example dkim /1\nlost R:2 use_redis\n"
	    "note R:0 use_esld\n" },
	{ "two single keys", "domain { a.example { path = /1; selector = s }\n"
	    "b.example { path = /2; selector = t } }",
	    "key R:1 a.example s /1\nkey R:2 b.example t /2\n"
	    "note R:0 use_esld\n" },
	{ "maps fill in what selectors do not set", "selector_map = /s; "
	    "path_map = /p; domain { a.example { selectors [ { path = /1 }\n"
	    "{ selector = t } ] } }", "key R:1 a.example s1 /1\n"
	    "key R:2 a.example t /keys/t\nkey /p:2 d.example dkim /d\n"
	    "lost /s:2 *.b.example\nlost /s:3 c.example\n"
	    "note R:0 use_esld\n" },
	{ "the default path is missing, and not needed", "selector = missing\n"
	    "domain { a.example { path = /1; selector = s } }",
	    "key R:2 a.example s /1\nnote R:0 use_esld\n" },
	{ "the default path is missing, and nothing else", "selector = "
	    "missing", "lost R:0 cannot list key files /var/lib/rspamd/dkim/"
	    "*.missing.key\n" },
	{ "a path that is missing", "selector = missing\npath = "
	    "\"/x/$domain.$selector.key\"; domain { a.example { path = /1; "
	    "selector = s } }", "key R:2 a.example s /1\n"
	    "lost R:0 cannot list key files /x/*.missing.key\n"
	    "note R:0 use_esld\n" },
	{ "no other domains", "path = /dkim/$domain.$selector.key\n"
	    "domain { a.example { path = /1 } } try_fallback = false; "
	    "use_esld = no", "key R:2 a.example dkim /1\n" },
	{ "another domain signs", "domain { a.example { path = /1 } }\n"
	    "use_domain = envelope; use_domain_sign_local = header",
	    "key R:1 a.example dkim /1\nnote R:2 use_domain envelope\n"
	    "note R:0 use_esld\n" },
	{ "tables", "selector = t; key_table = \"map:///kt\"\n"
	    "signing_table = /st", "key /kt:1 a.example s /p/s\n"
	    "key /kt:2 b.example t =$DBDIR\n"
	    "key /kt:3 b.example t /b.example\n"
	    "sender /st:1 a.example\nsender /st:2 c.example\n" },
	{ "tables in the configuration", "key_table [ \"k a.example:s:/p\",\n"
	    "\"%.example %:t:/%\", \"l %:/%\" ]\nsigning_table [\n"
	    "\"*@a.example k\",\n\"*@b.example l\" ]",
	    "key R:1 a.example s /p\nkey R:1 b.example dkim /b.example\n"
	    "sender R:4 a.example\nsender R:4 b.example\n"
	    "lost R:1 key %.example depends on the domain of the sender (%), "
	    "and no sender that uses it in the SigningTable is a single "
	    "domain\n" },
	{ "tables and sections",
	    "key_table = /kt; signing_table = \"*@x.example"
	    " k\"; domain { a.example { path = /1 } }",
	    "key /kt:1 a.example s /p/s\nkey /kt:2 b.example dkim =$DBDIR\n"
	    "key /kt:3 b.example dkim /b.example\nsender R:1 x.example\n"
	    "note R:0 rspamd uses only signing_table and key_table if both "
	    "are set\n" },
	{ "one table", "key_table = /kt; domain { a.example { path = /1 } }",
	    "key R:1 a.example dkim /1\nlost R:0 key_table cannot be used "
	    "without signing_table\nnote R:0 use_esld\n" },
	{ "tables that cannot be read", "key_table = /none\nsigning_table [ "
	    "/st, /kt ]", "lost R:1 map /none\nlost R:2 a table in several "
	    "places, of which only the first is read\n"
	    "lost R:0 key_table could not be read\n" },
	{ "senders that cannot be read", "key_table = /kt\nsigning_table = "
	    "https://x.example/st; domain { a.example { path = /1 } }",
	    "key /kt:1 a.example s /p/s\n"
	    "key /kt:2 b.example dkim =$DBDIR\n"
	    "key /kt:3 b.example dkim /b.example\n"
	    "lost R:2 map https\nlost R:0 signing_table could not be read\n"
	    "note R:0 rspamd uses only signing_table and key_table if both "
	    "are set\n" },
	{ "addresses in the table", "key_table [ \"k a.example:s:/p\" ]\n"
	    "signing_table [ \"Joe@a.example k\", \"jo?@a.example k\", "
	    "\"*x@b.example k\", \"*@c.example k\" ]",
	    "key R:1 a.example s /p\nsender R:2 joe@a.example\n"
	    "sender R:2 *x@b.example\nsender R:2 c.example\n"
	    "note R:2 senders jo?@a.example\n" },
	{ "a script chooses the domain", "domain { a.example { path = /1 } }\n"
	    "use_domain_custom = \"return function(task) end\"",
	    "key R:1 a.example dkim /1\nnote R:2 use_domain_custom\n"
	    "note R:0 use_esld\n" },
	{ "what has nothing to do with keys", "enabled = true; symbol = X;"
	    "domain { a.example { other = /1 } } x { path = /2 }",
	    "lost R:0 /var/lib/rspamd/dkim/*.dkim.key\n" }
};

static void
read_rspamd(struct import_plan *plan, const char *text, size_t len)
{
	const struct import_files files = {
		.read = read_file, .search = search_files
	};

	import_rspamd(plan, "R", text, len, &files);
}

static void
check_rspamd(void **state)
{
	(void)state;
	plan_check(rspamd, sizeof(rspamd) / sizeof(rspamd[0]), read_rspamd);
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

/* A key may be in a table, or in the place of a path. */
static void
check_wiping(void **state)
{
	const struct import_files files = {
		.read = read_file, .search = search_files
	};
	static const char text[] = "path = " SECRET "\n"
	    "domain { a.example { path = " SECRET " } }\n"
	    "path_map = /secret\n"
	    "signing_table [ \"*@a.example k\" ]\n"
	    "key_table [ \"k a.example:s:" SECRET "\" ]\n";
	struct import_plan plan;

	(void)state;
	import_plan_init(&plan);
	is_searching = true;
	import_rspamd(&plan, "R", text, strlen(text), &files);
	assert_int_equal(plan.nkeys, 1);
	assert_string_equal(plan.keys[0].secret, SECRET);
	import_plan_finish(&plan);
	is_searching = false;
	assert_int_equal(nleft, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_rspamd),
		cmocka_unit_test(check_unreadable),
		cmocka_unit_test(check_wiping)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * What is read from opendkim.conf, and which file is taken for one: each plan
 * as text (see planprint.h).
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

#include "import/opendkim.h"
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

/* The files that a configuration may name. */
static const struct plan_file files[] = {
	{ "/K", "k a.example:s:/p\nt %:s:/%.pem\nr b.example:s:./r\n" },
	{ "/S", "*@a.example k\nb.example r\nc.example t\n" },
	{ "/D", "# domains\na.example\nb.example ignored\n" },
	{ "dir/key", "Selector s\nKeyFile /p\n" },
	{ "dir/loop", "Include loop\n" },
	{ "dir/many", "Include many\nInclude empty\n" },
	{ "dir/empty", "" },
	{ "/base/tables/K", "k a.example:s:./p\n" },
	{ "/secret/S", "a.example k:" SECRET "\n" },
	{ "/secret/D", "a.example " SECRET "\n" }
};

static bool
read_file(void *arg, const char *path, struct import_file *file, char *buf,
    size_t bufsize)
{
	unsigned int *nread = arg;

	++*nread;
	return plan_read_file(files, sizeof(files) / sizeof(files[0]), path,
	    file, buf, bufsize);
}

#define ONE	"Domain a.example\nSelector s\n"
#define TABLES	"sender /S:1 a.example\nsender /S:2 b.example\n"	\
		"sender /S:3 c.example\n"

static const struct plan_case confs[] = {
	{ "one key", "Domain a.example\nSelector s\nKeyFile /p\n",
	    "key dir/C:1 a.example s /p\nsender dir/C:1 a.example\n" },
	{ "names in any case, comments and blanks", "# c\r\n\tdomain\t"
	    "a.example # c\r\nSELECTOR  s\r\nkeyfile /p\r\nSocket local:/x\n",
	    "key dir/C:2 a.example s /p\nsender dir/C:2 a.example\n" },
	{ "the last one counts", ONE "KeyFile /p\nKeyFile /q\nSelector t\n",
	    "key dir/C:1 a.example t /q\nsender dir/C:1 a.example\n" },
	{ "several domains", "Domain a.example, b.example,c.example\nSelector "
	    "s\nKeyFile /p\n", "key dir/C:1 a.example s /p\n"
	    "key dir/C:1 b.example s /p\nkey dir/C:1 c.example s /p\n"
	    "sender dir/C:1 a.example\nsender dir/C:1 b.example\n"
	    "sender dir/C:1 c.example\n" },
	{ "domains after csl:", "Domain csl:a.example\nSelector s\nKeyFile "
	    "/p\n", "key dir/C:1 a.example s /p\nsender dir/C:1 a.example\n" },
	{ "domains in a file", "Domain file:/D\nSelector s\nKeyFile /p\n",
	    "key /D:2 a.example s /p\nkey /D:3 b.example s /p\n"
	    "sender /D:2 a.example\nsender /D:3 b.example\n" },
	{ "domains in a file without a prefix", "Domain /D\nSelector s\n"
	    "KeyFile /p\n", "key /D:2 a.example s /p\n"
	    "key /D:3 b.example s /p\nsender /D:2 a.example\n"
	    "sender /D:3 b.example\n" },
	{ "a pattern of domains", "Domain *,*.example\nSelector s\nKeyFile "
	    "/p\n", "lost dir/C:1 Domain *\nlost dir/C:1 Domain *.example\n" },
	{ "subdomains", ONE "KeyFile /p\nSubDomains yes\n",
	    "key dir/C:1 a.example s /p\nsender dir/C:1 a.example\n"
	    "sender dir/C:1 *.a.example\n" },
	{ "no subdomains", ONE "KeyFile /p\nSubDomains no\n",
	    "key dir/C:1 a.example s /p\nsender dir/C:1 a.example\n" },
	{ "a relative path", ONE "KeyFile p\n", "key dir/C:1 a.example s "
	    "dir/p\nsender dir/C:1 a.example\n" },
	{ "a path from BaseDirectory", ONE "KeyFile ./p\nBaseDirectory /b\n",
	    "key dir/C:1 a.example s /b/./p\nsender dir/C:1 a.example\n" },
	{ "no selector", "Domain a.example\nKeyFile /p\n", "lost dir/C:0 "
	    "Selector is not set\n" },
	{ "no key and no domain", "Selector s\n", "lost dir/C:0 Domain is not "
	    "set\nlost dir/C:0 KeyFile is not set\n" },
	{ "nothing", "Syslog yes\n", "lost dir/C:0 names no key\n" },
	{ "a name without a value", ONE "KeyFile /p\nKeyTable\n",
	    "key dir/C:1 a.example s /p\nsender dir/C:1 a.example\n"
	    "lost dir/C:4 KeyTable\n" },
	{ "verifies only", "Mode v\n" ONE "KeyFile /p\n", "note dir/C:1 "
	    "Mode v\n" },
	{ "signs and verifies", "Mode sv\n" ONE "KeyFile /p\n",
	    "key dir/C:2 a.example s /p\nsender dir/C:2 a.example\n" },
	{ "a root of its own", "ChangeRootDirectory /r\n" ONE "KeyFile /p\n",
	    "key dir/C:2 a.example s /p\nsender dir/C:2 a.example\n"
	    "note dir/C:1 ChangeRootDirectory\n" },
	{ "tables", "KeyTable /K\nSigningTable refile:/S\n",
	    "key /K:1 a.example s /p\nkey /K:3 b.example s /./r\n"
	    "key /K:2 c.example s /c.example.pem\n" TABLES },
	{ "tables and one key", "KeyTable file:/K\nSigningTable /S\n" ONE
	    "KeyFile /p\n", "key /K:1 a.example s /p\n"
	    "key /K:3 b.example s /./r\nkey /K:2 c.example s "
	    "/c.example.pem\n" TABLES "note dir/C:5 Domain, Selector and "
	    "KeyFile\n" },
	{ "tables in lists", "KeyTable csl:k=a.example:s:/p,l=b.example:t:"
	    "MII=\nSigningTable *@a.example=k, b.example=l\n",
	    "key dir/C:1 a.example s /p\nkey dir/C:1 b.example t =MII=\n"
	    "sender dir/C:2 a.example\nsender dir/C:2 b.example\n" },
	{ "a key table alone", "KeyTable k=a.example:s:./p\n",
	    "key dir/C:1 a.example s dir/./p\nnote dir/C:1 SigningTable is "
	    "not set\n" },
	{ "tables from BaseDirectory", "BaseDirectory /base\nKeyTable "
	    "file:tables/K\nSigningTable a.example=k\n", "key /base/tables/K:1 "
	    "a.example s /base/./p\nsender dir/C:3 a.example\n" },
	{ "a signing table alone", "SigningTable /S\n", "lost dir/C:1 "
	    "SigningTable is set, but not KeyTable\n" },
	{ "tables in a database", "KeyTable dsn:mysql://u:p@h/d\n"
	    "SigningTable /S\n", "lost dir/C:1 KeyTable dsn\n" },
	{ "senders in a database", "KeyTable k=a.example:s:/p\nSigningTable "
	    "/x/y.db\n", "key dir/C:1 a.example s /p\n"
	    "lost dir/C:2 SigningTable /x/y.db\n" },
	{ "a table that is missing", "KeyTable /none\nSigningTable /S\n",
	    "lost dir/C:1 KeyTable /none\n" },
	{ "an included file", "Include key\nDomain a.example\nInclude none\n",
	    "key dir/C:2 a.example s /p\nsender dir/C:2 a.example\n"
	    "lost dir/C:3 Include dir/none\n" },
	{ "a file that includes itself", "Include loop\n" ONE "KeyFile /p\n",
	    "key dir/C:2 a.example s /p\nsender dir/C:2 a.example\n"
	    "lost dir/loop:1 Include loop\n" },
	{ "a control character", ONE "KeyFile /p\001\n", "lost dir/C:3 "
	    "contains a control character\nlost dir/C:0 KeyFile is not set\n" }
};

static void
read_conf(struct import_plan *plan, const char *text, size_t len)
{
	unsigned int nread = 0;
	const struct import_files means = { .read = read_file,
	    .arg = &nread };

	import_opendkim_conf(plan, "dir/C", text, len, &means);
}

static void
check_confs(void **state)
{
	(void)state;
	plan_check(confs, sizeof(confs) / sizeof(confs[0]), read_conf);
}

/* Files that include others, each twice, end. */
static void
check_includes(void **state)
{
	static char text[100 * 13 + 1];
	unsigned int nread = 0;
	const struct import_files means = { .read = read_file,
	    .arg = &nread };
	struct import_plan plan;
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		memcpy(text + i * 13, "Include many\n", 13);
	import_plan_init(&plan);
	import_opendkim_conf(&plan, "dir/C", text, strlen(text), &means);
	assert_int_equal(nread, 100);
	assert_false(plan.is_cut);
	import_plan_finish(&plan);
}

static void
check_long_paths(void **state)
{
	unsigned int nread = 0;
	const struct import_files means = { .read = read_file,
	    .arg = &nread };
	struct import_plan plan;
	char *got, *text;

	(void)state;
	assert_true(asprintf(&text, "Include /%05000d\n" ONE "KeyFile "
	    "/%05000d\n", 0, 0) > 0);
	import_plan_init(&plan);
	import_opendkim_conf(&plan, "dir/C", text, strlen(text), &means);
	got = planprint(&plan);
	assert_string_equal(got, "lost dir/C:1 the path is over 4095 octets\n"
	    "lost dir/C:4 the path is over 4095 octets\n");
	assert_int_equal(nread, 0);
	free(got);
	free(text);
}

/* A key may be in a list that another one replaces, or in the wrong file. */
static void
check_wiping(void **state)
{
	static const char *const texts[] = {
		"KeyTable k=a.example:s:" SECRET "\nKeyTable k=a.example:s:/p\n"
		    "SigningTable /p\n",
		"KeyTable k=a.example:s:/p\nSigningTable /secret/S\n",
		"Domain /secret/D\nSelector s\nKeyFile /p\n"
	};
	struct import_plan plan;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		import_plan_init(&plan);
		is_searching = true;
		read_conf(&plan, texts[i], strlen(texts[i]));
		assert_int_equal(plan.nkeys, 1);
		import_plan_finish(&plan);
		is_searching = false;
		if (nleft > 0)
			fail_msg("%s", texts[i]);
	}
}

static const struct {
	const char		*text;
	enum import_kind	 kind;
} kinds[] = {
	{ "", IMPORT_KEYTABLE },
	{ "k a.example:s:/p\n", IMPORT_KEYTABLE },
	{ "domain a.example:s:/p\n", IMPORT_KEYTABLE },
	{ "a b\n", IMPORT_KEYTABLE },
	{ "# c\nUnknown x\nDomain a.example\n", IMPORT_CONF },
	{ "Socket inet6:8891@[::1]\nsyslog yes\n", IMPORT_CONF },
	{ "KeyTable refile:/etc/opendkim/KeyTable\n", IMPORT_CONF },
	{ "Include /x\n", IMPORT_CONF },
	{ "*@a.example k\n", IMPORT_SIGNINGTABLE },
	{ "a.example k\njoe@b.example k:i\n", IMPORT_SIGNINGTABLE },
	{ "a@b c\nk a.example:s:/p\n", IMPORT_KEYTABLE },
	{ "-----BEGIN PRIVATE KEY-----\nMII\n", IMPORT_PEM },
	{ "k a.example:s:-----BEGIN PRIVATE KEY-----\n", IMPORT_KEYTABLE }
};

static void
check_kinds(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (import_opendkim_kind(kinds[i].text,
		    strlen(kinds[i].text)) != kinds[i].kind)
			fail_msg("%s", kinds[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_confs),
		cmocka_unit_test(check_includes),
		cmocka_unit_test(check_long_paths),
		cmocka_unit_test(check_wiping),
		cmocka_unit_test(check_kinds)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

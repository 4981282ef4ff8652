/* SPDX-License-Identifier: ISC */

/*
 * The sources that are proposed for tables of OpenDKIM.  A key whose path is
 * "/no" was refused; the store has a key of stored.example.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import/opendkim.h"
#include "import/sources.h"
#include "keydir.h"

/*
 * A source as text: domains, "#" and the number unless it is 1, authors in
 * parentheses, "+" and also_sign, "<" and the parent, "!" and the domain that
 * has no key.  After the sources, notes up to a colon.
 */
static char *
print_sources(const struct import_sources *sources,
    const struct import_plan *plan)
{
	const struct import_source *source;
	char *text;
	size_t i, j, len;
	FILE *fp;

	assert_non_null(fp = open_memstream(&text, &len));
	for (i = 0; i < sources->n; i++) {
		source = &sources->list[i];
		(void)fprintf(fp, "%u", source->place.line);
		for (j = 0; j < source->ndomains; j++)
			(void)fprintf(fp, " %s", source->domains[j]);
		if (source->number != 1)
			(void)fprintf(fp, " #%u", source->number);
		for (j = 0; j < source->nauthors; j++)
			(void)fprintf(fp, " (%s)", source->authors[j]);
		for (j = 0; j < source->nalso; j++)
			(void)fprintf(fp, " +%s", source->also_sign[j]);
		if (source->parent != NULL)
			(void)fprintf(fp, " <%s", source->parent);
		if (source->keyless != NULL)
			(void)fprintf(fp, " !%s", source->keyless);
		(void)putc('\n', fp);
	}
	for (i = 0; i < plan->nnotes; i++)
		(void)fprintf(fp, "note %u %.*s\n", plan->notes[i].place.line,
		    (int)strcspn(plan->notes[i].text, ":"),
		    plan->notes[i].text);
	assert_int_equal(fclose(fp), 0);
	return text;
}

static const struct tables {
	const char	*name, *keytable, *signingtable, *want;
} cases[] = {
	{ "a domain signs for itself", "k a.example:s:/p", "*@A.example k",
	    "1 a.example\n" },
	{ "keys alone", "k a.example:s:/p\nl b.example:s:/no\nm c.example:s:"
	    "/p\nn a.example:t:/p", NULL, "1 a.example\n3 c.example\n" },
	{ "two keys of a domain", "k a.example:s:/p\nl a.example:t:/p",
	    "*@a.example k\n*@a.example l", "1 a.example\n" },
	{ "another domain signs", "k hoster.example:s:/p", "*@a.example k",
	    "1 a.example +hoster.example !a.example\n" },
	{ "another domain signs, too", "k a.example:s:/p\nl hoster.example:s:"
	    "/p\nm x.example:s:/p", "*@a.example l\n*@a.example k\n"
	    "*@a.example m", "1 a.example +hoster.example +x.example\n" },
	{ "another signs, and the domain has a key that is not used",
	    "k a.example:s:/p\nl hoster.example:s:/p", "*@a.example l",
	    "1 a.example +hoster.example\n" },
	{ "another signs, and the store has a key", "k hoster.example:s:/p",
	    "*@stored.example k", "1 stored.example +hoster.example\n" },
	{ "another's key was refused", "k a.example:s:/p\nl hoster.example:s:"
	    "/no", "*@a.example k\n*@a.example l", "1 a.example\n" },
	{ "the key was refused", "k a.example:s:/no\nl b.example:s:/p",
	    "*@a.example k\n*@b.example l", "2 b.example\nnote 1 senders "
	    "a.example\n" },
	{ "only the key of another is left", "k a.example:s:/no\nl "
	    "hoster.example:s:/p", "*@a.example k\n*@a.example l",
	    "1 a.example +hoster.example !a.example\n" },
	{ "no senders", "k a.example:s:/p", "", "" },
	{ "a parent signs", "k a.example:s:/p", "*@mail.a.example k",
	    "1 mail.a.example a.example (*@mail.a.example) "
	    "<a.example\n" },
	{ "no parent, though it ends alike", "k a.example:s:/p",
	    "*@ba.example k", "1 ba.example +a.example !ba.example\n" },
	{ "the nearer parent signs", "k a.example:s:/p\nl m.a.example:s:/p",
	    "*@x.m.a.example k\n*@x.m.a.example l", "1 x.m.a.example "
	    "m.a.example (*@x.m.a.example) +a.example <m.a.example\n" },
	{ "a subdomain signs", "k m.a.example:s:/p", "*@a.example k",
	    "1 a.example +m.a.example !a.example\n" },
	{ "subdomains", "k a.example:s:/p", "*@*.a.example k",
	    "1 *.a.example a.example (*@*.a.example) <a.example\n" },
	{ "subdomains and the domain", "k a.example:s:/p", "*@*.a.example k\n"
	    "*@a.example k", "2 a.example *.a.example\n" },
	{ "subdomains by a key of one", "k sub.a.example:s:/p",
	    "*@*.a.example k", "1 *.a.example +sub.a.example !*.a.example\n" },
	{ "all by another", "k hoster.example:s:/p", "*@a.example k\n"
	    "*@*.a.example k", "1 a.example *.a.example +hoster.example "
	    "!a.example\n" },
	{ "subdomains by a parent above", "k up.example:s:/p",
	    "*@a.up.example k\n*@*.a.up.example k", "1 a.up.example "
	    "*.a.up.example up.example (*@a.up.example) (*@*.a.up.example) "
	    "<up.example\n" },
	{ "subdomains by another than the domain", "k a.example:s:/p\n"
	    "l hoster.example:s:/p", "*@a.example k\n*@*.a.example l",
	    "1 a.example\n2 *.a.example a.example (*@*.a.example) "
	    "+hoster.example <a.example\n" },
	{ "a domain between", "k a.example:s:/p\nl b.a.example:s:/p",
	    "*@a.example k\n*@b.a.example l\n*@*.a.example k",
	    "1 a.example *.a.example\n2 b.a.example\n" },
	{ "the order of also_sign does not matter", "k x.example:s:/p\n"
	    "l y.example:s:/p\nm a.example:s:/p", "*@a.example k\n"
	    "*@a.example l\n*@*.a.example l\n*@*.a.example k", "1 a.example "
	    "*.a.example +x.example +y.example\n" },
	{ "some addresses", "k a.example:s:/p", "joe@a.example k\n"
	    "j*@a.example k\nann@a.example k\nJoe@A.example k",
	    "1 a.example (joe@a.example) (j*@a.example) (ann@a.example)\n" },
	{ "some, and all", "k a.example:s:/p", "joe@a.example k\n"
	    "*@a.example k", "2 a.example\n" },
	{ "some, and all by the domain alone", "k a.example:s:/p",
	    "joe@a.example k\na.example k", "2 a.example\n" },
	{ "some, with two keys", "k a.example:s:/p\nl a.example:t:/p",
	    "joe@a.example k\njoe@a.example l", "1 a.example "
	    "(joe@a.example)\n" },
	{ "one by another domain, too", "k a.example:s:/p\nl hoster.example:"
	    "s:/p", "joe@a.example k\njoe@a.example l\nann@a.example k",
	    "3 a.example (ann@a.example)\n"
	    "1 a.example #2 (joe@a.example) +hoster.example\n" },
	{ "one by another domain, and all", "k a.example:s:/p\nl hoster."
	    "example:s:/p", "joe@a.example l\n*@a.example k", "2 a.example\n"
	    "1 a.example #2 (joe@a.example) +hoster.example\n" },
	{ "three ways", "k a.example:s:/p\nl x.example:s:/p\nm y.example:s:"
	    "/p", "a@a.example k\nb@a.example l\nc@a.example m\n"
	    "d@a.example l\n*@b.example k", "1 a.example (a@a.example)\n"
	    "2 a.example #2 (b@a.example) (d@a.example) +x.example\n"
	    "3 a.example #3 (c@a.example) +y.example\n"
	    "5 b.example +a.example !b.example\n" },
	{ "one, and all of subdomains", "k a.example:s:/p", "joe@a.example k\n"
	    "*@*.a.example k", "1 a.example *.a.example (joe@a.example) "
	    "(*@*.a.example)\n" },
	{ "all, and one of subdomains", "k a.example:s:/p", "joe@*.a.example "
	    "k\n*@a.example k", "2 a.example *.a.example (*@a.example) "
	    "(joe@*.a.example)\n" },
	{ "one of subdomains, by a parent", "k a.example:s:/p",
	    "joe@*.a.example k", "1 *.a.example a.example (joe@*.a.example) "
	    "<a.example\n" },
	{ "ways for a domain and its subdomains", "k a.example:s:/p\n"
	    "l x.example:s:/p", "a@a.example k\nb@*.a.example k\n"
	    "c@*.a.example l\nd@a.example l", "1 a.example *.a.example "
	    "(a@a.example) (b@*.a.example)\n4 a.example *.a.example #2 "
	    "(d@a.example) (c@*.a.example) +x.example\n" },
	{ "numbers of a domain and of its subdomains", "k a.example:s:/p\n"
	    "l x.example:s:/p\nm y.example:s:/p", "a@a.example k\n"
	    "b@*.a.example l\nc@*.a.example m\nd@a.example m",
	    "1 a.example (a@a.example)\n"
	    "2 *.a.example a.example (b@*.a.example) +x.example <a.example\n"
	    "4 a.example *.a.example #2 (d@a.example) (c@*.a.example) "
	    "+y.example\n" },
	{ "one without a key", "k hoster.example:s:/p", "joe@a.example k",
	    "1 a.example (joe@a.example) +hoster.example !a.example\n" },
	{ "one whose key was refused", "k a.example:s:/no\nl a.example:t:/p",
	    "joe@a.example k\nann@a.example l", "2 a.example "
	    "(ann@a.example)\nnote 1 senders joe@a.example\n" },
	{ "a regular expression alone", "k a.example:s:/p", "jo?@a.example k",
	    "note 1 senders jo?@a.example\n" },
	{ "a regular expression beside an address", "k a.example:s:/p",
	    "jo?@a.example k\nann@a.example k", "2 a.example "
	    "(ann@a.example)\nnote 1 senders jo?@a.example\n" },
	{ "a regular expression beside all", "k a.example:s:/p",
	    "jo?@a.example k\n*@a.example k", "2 a.example\nnote 1 senders "
	    "jo?@a.example\n" }
}, first_only[] = {
	{ "only the first key of a pattern signs", "k a.example:s:/p\n"
	    "l hoster.example:s:/p", "*@a.example k\n*@a.example l\n"
	    "*@b.example l\n*@b.example l", "1 a.example\n3 b.example "
	    "+hoster.example !b.example\nnote 2 senders a.example\n" },
	{ "only the first line of an address signs", "k a.example:s:/p\n"
	    "l hoster.example:s:/p", "joe@a.example k\njoe@a.example l",
	    "1 a.example (joe@a.example)\nnote 2 senders joe@a.example\n" },
	{ "all before one", "k a.example:s:/p\nl hoster.example:s:/p",
	    "*@a.example k\njoe@a.example l\nann@a.example k",
	    "1 a.example\nnote 2 senders joe@a.example\n" },
	{ "one before all", "k a.example:s:/p\nl hoster.example:s:/p",
	    "joe@a.example l\n*@a.example k", "2 a.example\n"
	    "1 a.example #2 (joe@a.example) +hoster.example\n" },
	{ "all before one in a file, where one comes first", "k a.example:s:"
	    "/p\nl hoster.example:s:/p", "a.example k\njoe@a.example l",
	    "1 a.example\n2 a.example #2 (joe@a.example) "
	    "+hoster.example\n" },
	{ "all of subdomains before one of the domain", "k a.example:s:/p\n"
	    "l hoster.example:s:/p", "*@*.a.example k\njoe@a.example l",
	    "1 *.a.example a.example (*@*.a.example) <a.example\n"
	    "2 a.example (joe@a.example) +hoster.example\n" },
	{ "and that was refused", "k a.example:s:/no\nl hoster.example:s:/p",
	    "*@a.example k\n*@a.example l", "note 2 senders a.example\n"
	    "note 1 senders a.example\n" }
};

static struct keydir keydir;

static void
check_case(const struct tables *tables, bool is_first_only)
{
	struct import_opendkim given = { .keytable = { .file = "K" },
	    .signingtable = { .file = "S" } };
	struct import_sources sources;
	struct import_plan plan;
	char *got;
	size_t i;

	import_plan_init(&plan);
	given.keytable.text = tables->keytable;
	given.keytable.len = strlen(tables->keytable);
	given.signingtable.text = tables->signingtable;
	given.signingtable.len = tables->signingtable == NULL ? 0 :
	    strlen(tables->signingtable);
	import_opendkim(&plan, &given);
	plan.is_first_only = is_first_only;
	for (i = 0; i < plan.nkeys; i++)
		plan.keys[i].is_refused = strcmp(plan.keys[i].path, "/no") ==
		    0;
	import_sources_make(&sources, &plan, keydir.ks);
	assert_false(plan.is_cut);
	got = print_sources(&sources, &plan);
	if (strcmp(got, tables->want) != 0)
		fail_msg("%s:\n%s", tables->name, got);
	free(got);
	import_sources_finish(&sources);
	import_plan_finish(&plan);
}

static void
check_sources(void **state)
{
	size_t i;

	(void)state;
	keydir_make(&keydir);
	(void)keydir_add(&keydir, "stored.example", "s1",
	    DKIMSIG_ED25519_SHA256, 1, KS_NEVER);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(&cases[i], false);
	for (i = 0; i < sizeof(first_only) / sizeof(first_only[0]); i++)
		check_case(&first_only[i], true);
	keydir_remove(&keydir);
	keydir_free_keys();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_sources)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

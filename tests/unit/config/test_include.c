/* SPDX-License-Identifier: ISC */

/*
 * Files that the main file includes: which are read, in which order, where an
 * error is said to be, and who may own them.  Run by root, it also has files of
 * somebody else.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "config/means.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define NFILES		4	/* of a case */

/* "@" stands for the directory of the test. */
#define INCLUDE		"include \"@/conf.d/*.conf\"\n"
#define SOURCE(name)	"source " name " {\nlogin = a\n" \
			"domains = { example.com, \"*.example.com\" }\n}\n"
#define SECRET		"source s {\nlogin = a\n" \
			"domains = { example.com, \"*.example.com\" }\n" \
			"secret_header X-A { value = 0123456789abcdef }\n}\n"

static char folder[] = "/tmp/test_include.XXXXXX";

static int
set_up(void **state)
{
	char path[64];

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/conf.d", folder);
	return mkdir(path, 0755);
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* Replace each "@" by the directory. */
static void
expand(const char *text, char *buf, size_t size)
{
	char letter[2] = "";

	buf[0] = '\0';
	for (; *text != '\0'; text++) {
		letter[0] = *text;
		(void)strlcat(buf, *text == '@' ? folder : letter, size);
	}
	assert_true(strlen(buf) < size - 1);
}

/* Write a file of conf.d, or "main". */
static void
write_file(const char *name, const char *text)
{
	char path[128], expanded[4096];
	size_t len;
	int fd;

	(void)snprintf(path, sizeof(path), "%s%s/%s", folder,
	    strcmp(name, "main") == 0 ? "" : "/conf.d", name);
	expand(text, expanded, sizeof(expanded));
	len = strlen(expanded);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(write(fd, expanded, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static void
empty(void)
{
	char command[128];

	expand("cd @ && rm -rf main conf.d && mkdir -m 0755 conf.d", command,
	    sizeof(command));
	assert_int_equal(system(command), 0);
}

/* Load main; the errors without the directory's name. */
static struct config *
load(char *printed, size_t size)
{
	char file[64], text[8192] = "", *p, *found;
	struct config *config;
	size_t nfaults;
	FILE *faults;

	(void)snprintf(file, sizeof(file), "%s/main", folder);
	assert_non_null(faults = fmemopen(text, sizeof(text) - 1, "w"));
	config = config_load(file, faults, &nfaults);
	(void)fclose(faults);
	assert_int_equal(config == NULL, nfaults > 0);
	printed[0] = '\0';
	for (p = text; (found = strstr(p, folder)) != NULL;
	    p = found + strlen(folder)) {
		*found = '\0';
		(void)strlcat(printed, p, size);
		(void)strlcat(printed, "@", size);
	}
	(void)strlcat(printed, p, size);
	return config;
}

struct file {
	const char	*name, *text;
};

static const struct {
	const char	*name;
	struct file	 files[NFILES];
	const char	*want;		/* all sources, or the errors */
} cases[] = {
	{ "none", { { "main", INCLUDE } }, "" },
	{ "no directory", { { "main", "include \"@/nowhere/*.conf\"\n" } },
	    "" },
	{ "one", { { "main", INCLUDE }, { "a.conf", SOURCE("a") } }, "a" },
	{ "by octets, after the main file", {
	    { "main", INCLUDE SOURCE("m") }, { "a.conf", SOURCE("a") },
	    { "B.conf", SOURCE("B") }, { "10.conf", SOURCE("ten") } },
	    "m ten B a" },
	{ "other names", { { "main", INCLUDE }, { "a.conf~", SOURCE("x") },
	    { ".b.conf", SOURCE("y") }, { "c.conf.dpkg-old", SOURCE("z") } },
	    "" },
	{ "by name", { { "main", "include @/conf.d/a.conf\n" },
	    { "a.conf", SOURCE("a") } }, "a" },
	{ "twice", { { "main", "include \"@/conf.d/a*\"\n"
	    "include \"@/conf.d/b*\"\n" }, { "b", SOURCE("b") },
	    { "a", SOURCE("a") } }, "a b" },
	{ "an option", { { "main", INCLUDE },
	    { "a.conf", "mode = observe\n" } }, "" },

	{ "a name that is not there", { { "main",
	    "mode = sign\ninclude \"@/conf.d/a.conf\"\n" } },
	    "@/main:2: include: there is no file @/conf.d/a.conf\n" },
	{ "relative", { { "main", "include \"conf.d/*.conf\"\n" } },
	    "@/main:1: include: \"conf.d/*.conf\" does not begin with \"/\"; "
	    "write the whole path\n" },
	{ "without a value", { { "main", "include\nmode = sign\n" } },
	    "@/main:1: write include \"/DIRECTORY/*.conf\", without \"=\" or "
	    "braces\n" },
	{ "with =", { { "main", "include = \"@/conf.d/*\"\n" } },
	    "@/main:1: write include \"/DIRECTORY/*.conf\", without \"=\" or "
	    "braces\n" },
	{ "in a section", { { "main", "dns {\ninclude \"@/conf.d/*\"\n}\n" } },
	    "@/main:2: unknown option \"include\"; it belongs outside of any "
	    "section\n" },
	{ "in an included file", { { "main", INCLUDE },
	    { "a.conf", "mode = sign\ninclude \"@/conf.d/b\"\n" },
	    { "b", SOURCE("b") } },
	    "@/conf.d/a.conf:2: only the main file, @/main, can include "
	    "others; do it there\n" },
	{ "a directory", { { "main", "include \"@/conf.*\"\n" } },
	    "@/conf.d: is a directory; name the configuration file itself\n" },
	{ "empty", { { "main", INCLUDE }, { "a.conf", "" } },
	    "@/conf.d/a.conf: is empty; was it cut off?\n" },
	{ "cut off", { { "main", INCLUDE }, { "a.conf", "# a\nmode = sign" } },
	    "@/conf.d/a.conf:2: the last line does not end with a line feed; "
	    "was the file cut off? If not, add one\n" },
	{ "errors in all", { { "main", "\nmod = sign\n" INCLUDE "\n\n" },
	    { "a.conf", "\n\nsocke = a\n" }, { "b.conf", "user = !\n" },
	    { "c.conf", "host = a\n\n\nkeydi = a\n" } },
	    "@/main:2: unknown option \"mod\"; did you mean \"mode\"?\n"
	    "@/conf.d/a.conf:3: unknown option \"socke\"; did you mean "
	    "\"socket\"?\n"
	    "@/conf.d/b.conf:1: \"user\" is \"!\"; it must be a name of "
	    "letters, digits, \"_\", \".\" and \"-\"\n"
	    "@/conf.d/c.conf:4: unknown option \"keydi\"; did you mean "
	    "\"keydir\"?\n" },
	{ "duplicate option", { { "main", INCLUDE "\nmode = sign\n" },
	    { "a.conf", "\nmode = observe\n" },
	    { "b.conf", "mode = sign\nmode = sign\n" } },
	    "@/conf.d/a.conf:2: duplicate \"mode\", first on line 3 of @/main; "
	    "keep one\n"
	    "@/conf.d/b.conf:1: duplicate \"mode\", first on line 3 of @/main; "
	    "keep one\n"
	    "@/conf.d/b.conf:2: duplicate \"mode\", first on line 3 of @/main; "
	    "keep one\n" },
	{ "duplicate title", { { "main", INCLUDE },
	    { "a.conf", "\n" SOURCE("same") }, { "b.conf", SOURCE("same") } },
	    "@/conf.d/b.conf:1: duplicate source \"same\", first on line 2 of "
	    "@/conf.d/a.conf; give this one another name\n" },
	{ "a brace is missing", { { "main", INCLUDE },
	    { "a.conf", "source a {\nlogin = a\ndomains = example.com\n" },
	    { "b.conf", SOURCE("b") "mode = x\n" } },
	    "@/conf.d/a.conf:1: this section is never closed; add } at its "
	    "end\n"
	    "@/conf.d/b.conf:5: \"mode\" is \"x\"; it must be sign or "
	    "observe\n" },
};

static void
test_cases(void **state)
{
	char printed[8192], names[256];
	struct config *config;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		empty();
		for (j = 0; j < NFILES && cases[i].files[j].name != NULL; j++)
			write_file(cases[i].files[j].name,
			    cases[i].files[j].text);
		config = load(printed, sizeof(printed));
		names[0] = '\0';
		for (j = 0; config != NULL && j < config->nsources; j++) {
			(void)strlcat(names, j == 0 ? "" : " ", sizeof(names));
			(void)strlcat(names, config->sources[j].name,
			    sizeof(names));
		}
		if (strcmp(config != NULL ? names : printed,
		    cases[i].want) != 0)
			fail_msg("%s: %s%s", cases[i].name, names, printed);
		config_unref(config);
	}
}

/* Where things are said to be when there is no error. */
static void
test_places(void **state)
{
	struct config_place place;
	char printed[512], path[64], warnings[1024] = "";
	struct config *config;
	FILE *out;

	(void)state;
	empty();
	write_file("main", SOURCE("m") INCLUDE);
	write_file("a.conf", "\n\n" SOURCE("a"));
	write_file("b.conf", "source b {\nlogin = b\n"
	    "domains = example.org\n}\nrotation {\nevery = 1h\nttl = 2h\n}\n");
	config = load(printed, sizeof(printed));
	assert_non_null(config);
	assert_int_equal(config->files.n, 3);
	place = config_place(config, config->sources[0].line);
	assert_int_equal(place.line, 1);
	assert_string_equal(place.file, config->file);
	place = config_place(config, config->sources[1].line);
	assert_int_equal(place.line, 3);
	(void)snprintf(path, sizeof(path), "%s/conf.d/a.conf", folder);
	assert_string_equal(place.file, path);
	place = config_place(config, config->rotations[0].line);
	assert_int_equal(place.line, 5);

	assert_non_null(out = fmemopen(warnings, sizeof(warnings) - 1, "w"));
	config_print_warnings(config, out);
	config_warn_of_means(config, out);
	(void)fclose(out);
	assert_non_null(strstr(warnings, "/conf.d/b.conf:3: warning: \"example"
	    ".org\" without"));
	assert_non_null(strstr(warnings, "/conf.d/b.conf:5: warning: "
	    "\"every\""));
	config_unref(config);
}

/* Run change on a.conf or conf.d; the error that is then printed. */
static void
expect(const char *change, const char *want)
{
	char command[256], printed[2048];
	struct config *config;

	empty();
	write_file("main", INCLUDE);
	write_file("a.conf", SOURCE("a"));
	expand(change, command, sizeof(command));
	assert_int_equal(system(command), 0);
	config = load(printed, sizeof(printed));
	if (strcmp(printed, want) != 0)
		fail_msg("%s: %s", change, printed);
	config_unref(config);
}

static void
test_owners(void **state)
{
	(void)state;
	expect("chmod 0640 @/conf.d/a.conf", "");
	expect("chmod 0664 @/conf.d/a.conf",
	    "@/conf.d/a.conf: mode 0664 lets others have any mail signed: "
	    "chmod go-w @/conf.d/a.conf\n");
	expect("chmod 0777 @/conf.d",
	    "@/main:1: directory @/conf.d: mode 0777 lets others have any "
	    "mail signed: chmod go-w @/conf.d\n");
	if (geteuid() != 0)
		return;
	expect("chown 65534 @/conf.d/a.conf",
	    "@/conf.d/a.conf: owner nobody could have any mail signed: "
	    "chown root @/conf.d/a.conf\n");
	expect("chown 65534 @/conf.d",
	    "@/main:1: directory @/conf.d: owner nobody could have any mail "
	    "signed: chown root @/conf.d\n");
	/* Who owns the main file may own the others. */
	expect("chown 65534 @/main @/conf.d @/conf.d/a.conf", "");
}

/* Texts in the place of files, before these are written. */
static void
test_drafts(void **state)
{
	char main_path[64], a[64], b[64], printed[1024] = "";
	struct config_draft drafts[3] = {
		{ a, "source a {\nlogin = b\ndomains = { example.com, "
		    "\"*.example.com\" }\n}\n" },
		{ b, SOURCE("new") },
		{ main_path, NULL },
	};
	struct config *config;
	char text[128];
	size_t nfaults;
	FILE *faults;

	(void)state;
	empty();
	write_file("main", INCLUDE);
	write_file("a.conf", SOURCE("a"));
	(void)snprintf(main_path, sizeof(main_path), "%s/main", folder);
	(void)snprintf(a, sizeof(a), "%s/conf.d/a.conf", folder);
	(void)snprintf(b, sizeof(b), "%s/conf.d/0.conf", folder);
	assert_non_null(faults = fmemopen(printed, sizeof(printed) - 1, "w"));
	config = config_load_drafts(main_path, drafts, 2, faults, &nfaults);
	assert_non_null(config);
	assert_int_equal(config->nsources, 2);
	assert_string_equal(config->sources[0].name, "new");
	assert_string_equal(config->sources[1].login.texts[0], "b");
	config_unref(config);

	/* A name without a pattern, in a directory that does not exist. */
	expand("include @/later/c.conf\n", text, sizeof(text));
	drafts[2].text = text;
	(void)snprintf(b, sizeof(b), "%s/later/c.conf", folder);
	config = config_load_drafts(main_path, drafts, 3, faults, &nfaults);
	assert_non_null(config);
	assert_int_equal(config->nsources, 1);
	assert_string_equal(config->sources[0].name, "new");
	config_unref(config);

	/* A draft of another name is not found, and errors name its file. */
	(void)snprintf(b, sizeof(b), "%s/later/d.conf", folder);
	assert_null(config_load_drafts(main_path, drafts, 3, faults,
	    &nfaults));
	(void)snprintf(b, sizeof(b), "%s/later/c.conf", folder);
	drafts[1].text = "sourc\n";
	assert_null(config_load_drafts(main_path, drafts, 3, faults,
	    &nfaults));
	(void)fclose(faults);
	assert_non_null(strstr(printed, "/later/c.conf\n"));
	assert_non_null(strstr(printed, "/later/c.conf:1: "));
}

/* Only a file that holds a secret must be kept from others. */
static void
test_secrets(void **state)
{
	char printed[2048], path[64];
	struct config *config;

	(void)state;
	empty();
	write_file("main", INCLUDE SOURCE("m"));
	write_file("a.conf", SOURCE("a"));
	write_file("b.conf", SECRET);
	assert_null(load(printed, sizeof(printed)));
	assert_non_null(strstr(printed, "@/conf.d/b.conf: holds a "
	    "secret_header: mode 0644"));
	assert_null(strstr(printed, "main"));
	assert_null(strstr(printed, "a.conf"));
	(void)snprintf(path, sizeof(path), "%s/conf.d/b.conf", folder);
	assert_int_equal(chmod(path, 0600), 0);
	config = load(printed, sizeof(printed));
	if (strstr(printed, "cannot read it") == NULL && config == NULL)
		fail_msg("%s", printed);
	config_unref(config);
}

/* Each limit, and that what fits is taken. */
static void
test_limits(void **state)
{
	char printed[8192], name[32], *big;
	struct config *config;
	size_t i;

	(void)state;
	empty();
	write_file("main", INCLUDE);
	for (i = 1; i < CONFIG_MAX_FILES; i++) {
		(void)snprintf(name, sizeof(name), "%04zu.conf", i);
		write_file(name, "# nothing\n");
	}
	config = load(printed, sizeof(printed));
	assert_non_null(config);
	assert_int_equal(config->files.n, CONFIG_MAX_FILES);
	config_unref(config);
	write_file("x.conf", "# nothing\n");
	assert_null(load(printed, sizeof(printed)));
	assert_string_equal(printed, "@/main:1: more than 1024 files with the "
	    "main one; put more into one file\n");

	empty();
	write_file("main", INCLUDE);
	assert_non_null(big = malloc(1048577));
	memset(big, '\n', 1048576);
	big[1048576] = '\0';
	for (i = 0; i < 17; i++) {
		char path[64];
		int fd;

		(void)snprintf(path, sizeof(path), "%s/conf.d/%02zu.conf",
		    folder, i);
		fd = open(path, O_WRONLY | O_CREAT, 0644);
		assert_int_not_equal(fd, -1);
		assert_int_equal(write(fd, big, 1048576), 1048576);
		assert_int_equal(close(fd), 0);
		if (i < 15)
			continue;
		config = load(printed, sizeof(printed));
		assert_int_equal(config != NULL, i == 15);
		config_unref(config);
	}
	assert_string_equal(printed, "@/conf.d/16.conf: with this file, the "
	    "configuration is larger than 16777216 octets\n");
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_drafts),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

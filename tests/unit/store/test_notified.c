/* SPDX-License-Identifier: ISC */

/*
 * The file of what people were told of.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/notified.h"
#include "storefile.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define FIRST		"countersign-notified 1\n"
#define T		"2026-11-23T09:00:00Z"
#define LONG64 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct storefile file = { .name = "notified" };
static struct ks_error error;

static void
none(void **state)
{
	struct ks_notified notified;

	(void)state;
	assert_int_equal(ks_notified_read(file.ks, &notified, &error), 0);
	assert_int_equal(notified.ntold, 0);
	assert_int_equal(notified.ncontacts, 0);
	assert_string_equal(notified.hook, "");
	assert_true(notified.begun == KS_NEVER);
	assert_true(notified.failed_since == KS_NEVER);
	ks_notified_finish(&notified);
}

static const char all[] = FIRST
    "hook - /etc/countersign/notify mail\n"
    "begun " T "\n"
    "failed " T " the disk: is full\n"
    "contact " T " - - a@example.com -\n"
    "contact - " T " 2026-11-24T09:00:00Z - exit status 1: no route\n"
    "told " T " 2026-11-24T09:00:00Z critical record example.com s1 "
    "a@example.com\n"
    "told " T " " T " warning rotation - - -\n";

/* Reading and writing leaves it as it is. */
static void
round_trip(void **state)
{
	struct ks_notified notified;
	struct ks_contact *contact;
	char text[2048];

	(void)state;
	storefile_write(file.path, all, strlen(all));
	if (ks_notified_read(file.ks, &notified, &error) != 0)
		fail_msg("%s", error.text);
	assert_string_equal(notified.hook, "/etc/countersign/notify mail");
	assert_string_equal(notified.general, "");
	assert_int_equal(notified.begun, notified.failed_since);
	assert_string_equal(notified.failure, "the disk: is full");
	assert_non_null(contact = ks_notified_find(&notified, ""));
	assert_true(contact->last == KS_NEVER);
	assert_int_equal(contact->tried - contact->since, 86400);
	assert_string_equal(contact->failure, "exit status 1: no route");
	assert_null(ks_notified_find(&notified, "b@example.com"));
	assert_int_equal(notified.ntold, 2);
	assert_true(notified.told[0].was_critical);
	assert_string_equal(notified.told[0].word, "record");
	assert_string_equal(notified.told[0].domain, "example.com");
	assert_string_equal(notified.told[0].selector, "s1");
	assert_string_equal(notified.told[0].contact, "a@example.com");
	assert_int_equal(notified.told[0].last - notified.told[0].first,
	    86400);
	assert_string_equal(notified.told[1].domain, "");
	assert_string_equal(notified.told[1].selector, "-");
	assert_string_equal(notified.told[1].contact, "");
	assert_int_equal(ks_notified_write(file.ks, &notified, &error), 0);
	storefile_read(file.path, text, sizeof(text));
	assert_string_equal(text, all);
	ks_notified_finish(&notified);
}

/* What is over, and contacts of whom nothing is known, are not written. */
static void
left_out(void **state)
{
	struct ks_notified notified;
	struct ks_contact *contact;
	struct stat st;
	char text[2048];

	(void)state;
	storefile_write(file.path, all, strlen(all));
	assert_int_equal(ks_notified_read(file.ks, &notified, &error), 0);
	notified.told[0].is_over = true;
	notified.hook[0] = '\0';
	notified.begun = notified.failed_since = KS_NEVER;
	assert_non_null(contact = ks_notified_contact(&notified, ""));
	(void)strlcpy(contact->failure, "a\nb\033c", sizeof(contact->failure));
	assert_non_null(ks_notified_contact(&notified, "b@example.com"));
	ks_notified_find(&notified, "a@example.com")->last = KS_NEVER;
	assert_int_equal(ks_notified_write(file.ks, &notified, &error), 0);
	ks_notified_finish(&notified);
	storefile_read(file.path, text, sizeof(text));
	assert_string_equal(text, FIRST
	    "contact - " T " 2026-11-24T09:00:00Z - a?b?c\n"
	    "told " T " " T " warning rotation - - -\n");
	assert_int_equal(stat(file.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static const struct {
	const char	*name, *text;
	int		 line;
} bad[] = {
	{ "empty", "", 1 },
	{ "another version", "countersign-notified 2\n", 1 },
	{ "no newline", FIRST "begun " T, 1 },
	{ "unknown line", FIRST "began " T "\n", 2 },
	{ "a word alone", FIRST "begun\n", 2 },
	{ "no time", FIRST "begun yesterday\n", 2 },
	{ "more", FIRST "begun " T " now\n", 2 },
	{ "two spaces", FIRST "begun  " T "\n", 2 },
	{ "empty line", FIRST "\nbegun " T "\n", 2 },
	{ "relative hook", FIRST "hook - notify\n", 2 },
	{ "hook, no path", FIRST "hook -\n", 2 },
	{ "failed, no text", FIRST "failed " T " \n", 2 },
	{ "control character", FIRST "failed " T " a\tb\n", 2 },
	{ "contact, short", FIRST "contact " T " - - a@example.com\n", 2 },
	{ "contact, long", FIRST "contact " T " - - " LONG64 LONG64 LONG64
	    LONG64 " -\n", 2 },
	{ "contact, time", FIRST "contact x - - a@example.com -\n", 2 },
	{ "told, severity", FIRST "told " T " " T " bad record example.com s1 "
	    "-\n", 2 },
	{ "told, no time", FIRST "told - " T " warning record example.com s1 "
	    "-\n", 2 },
	{ "told, long word", FIRST "told " T " " T " warning " LONG64
	    " example.com s1 -\n", 2 },
	{ "told, domain", FIRST "told " T " " T " warning record Example.com "
	    "s1 -\n", 2 },
	{ "told, selector", FIRST "told " T " " T " warning record "
	    "example.com S1 -\n", 2 },
	{ "told, short", FIRST "told " T " " T " warning record example.com "
	    "s1\n", 2 },
	{ "told, more", FIRST "told " T " " T " warning record example.com s1 "
	    "- -\n", 2 },
	{ "third line", FIRST "begun " T "\ntold\n", 3 },
};

static void
damaged(void **state)
{
	struct ks_notified notified;
	char want[32];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		storefile_write(file.path, bad[i].text, strlen(bad[i].text));
		(void)snprintf(want, sizeof(want), "/notified: line %d: ",
		    bad[i].line);
		if (ks_notified_read(file.ks, &notified, &error) !=
		    KS_E_DAMAGED || strstr(error.text, want) == NULL)
			fail_msg("%s: %s", bad[i].name, error.text);
		assert_int_equal(notified.ntold, 0);
		assert_int_equal(notified.ncontacts, 0);
		ks_notified_finish(&notified);
	}
	storefile_write(file.path, "countersign-notified 1\n\0x\n", 26);
	assert_int_equal(ks_notified_read(file.ks, &notified, &error),
	    KS_E_DAMAGED);
	/* A writer replaces it. */
	assert_int_equal(ks_notified_write(file.ks, &notified, &error), 0);
	assert_int_equal(ks_notified_read(file.ks, &notified, &error), 0);
}

static void
unsafe(void **state)
{
	struct ks_notified notified;

	(void)state;
	storefile_write(file.path, all, strlen(all));
	assert_int_equal(chmod(file.path, 0666), 0);
	assert_int_equal(ks_notified_read(file.ks, &notified, &error),
	    KS_E_UNSAFE);
	assert_int_equal(notified.ntold, 0);
}

/* Beyond its limits, nothing is added, and a file is damaged. */
static void
limits(void **state)
{
	const struct ks_told told = { .first = 1, .last = 1, .word = "record",
	    .domain = "example.com", .selector = "-" };
	struct ks_notified notified;
	char contact[32];
	size_t i;
	FILE *fp;

	(void)state;
	ks_notified_init(&notified);
	for (i = 0; i < KS_MAX_TOLD; i++)
		assert_int_equal(ks_notified_add_told(&notified, &told), 0);
	assert_int_equal(ks_notified_add_told(&notified, &told), KS_E_NOMEM);
	for (i = 0; i < KS_MAX_CONTACTS; i++) {
		(void)snprintf(contact, sizeof(contact), "%zu@example.com", i);
		assert_non_null(ks_notified_contact(&notified, contact));
	}
	assert_null(ks_notified_contact(&notified, "a@example.com"));
	assert_non_null(ks_notified_contact(&notified, "0@example.com"));
	assert_int_equal(ks_notified_write(file.ks, &notified, &error), 0);
	ks_notified_finish(&notified);
	assert_int_equal(ks_notified_read(file.ks, &notified, &error), 0);
	assert_int_equal(notified.ntold, KS_MAX_TOLD);
	ks_notified_finish(&notified);
	assert_non_null(fp = fopen(file.path, "a"));
	(void)fprintf(fp, "told " T " " T " warning record - - -\n");
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(ks_notified_read(file.ks, &notified, &error),
	    KS_E_DAMAGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STOREFILE_TEST(none, &file),
		STOREFILE_TEST(round_trip, &file),
		STOREFILE_TEST(left_out, &file),
		STOREFILE_TEST(damaged, &file),
		STOREFILE_TEST(unsafe, &file),
		STOREFILE_TEST(limits, &file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

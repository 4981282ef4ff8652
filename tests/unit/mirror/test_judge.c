/* SPDX-License-Identifier: ISC */

/*
 * What a host takes from a database that anybody may have changed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleethosts.h"
#include "mirror/judge.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PUBLIC	"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define OTHER	"PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="
#define LINE	"s1 algorithm=ed25519-sha256 generated=2026-11-23T09:00:00Z"
#define END	" public=" PUBLIC
#define NEXT	" published=2026-11-23T09:01:00Z" END
#define MARK	END " compromised=yes"
#define TIME	"2026-11-24T09:00:00Z"

static const char secret[] = "a private key, sealed";

static struct testhost a, b, c;
static struct fleet_members members;
static struct ks_error why;

/* a and b are members; c was one for changes 11 to 15. */
static int
setup(void **state)
{
	(void)state;
	fleethosts_make(&a, "a.example", 1);
	fleethosts_make(&b, "b.example", 2);
	fleethosts_make(&c, "c.example", 3);
	fleethosts_begin(&members, &a);
	fleethosts_change(&members, &b, 2, &a);
	fleethosts_change(&members, &c, 10, &a);
	c.host.to = 15;
	fleethosts_change(&members, &c, 20, &a);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fleet_members_finish(&members);
	fleethosts_free(&a);
	fleethosts_free(&b);
	fleethosts_free(&c);
	return 0;
}

/* A row of key s1 of example.com; line NULL: the domain is gone. */
struct sample {
	int64_t		 change, before;
	const char	*line;
	const char	*by;
	unsigned int	 epoch;		/* 0: 2 */
};

static char *
print(const struct sample *sample)
{
	struct fleet_row row;
	char *octets;
	size_t len;

	memset(&row, 0, sizeof(row));
	row.kind = sample->line == NULL ? FLEET_ROW_GONE : FLEET_ROW_KEY;
	row.change = sample->change;
	row.before = sample->before;
	row.epoch = sample->epoch == 0 ? 2 : sample->epoch;
	(void)strlcpy(row.domain, "example.com", sizeof(row.domain));
	(void)strlcpy(row.by, sample->by, sizeof(row.by));
	assert_int_equal(fleet_digest(secret, sizeof(secret), row.blob), 0);
	row.line = sample->line;
	row.linelen = sample->line == NULL ? 0 : strlen(sample->line);
	if (fleet_row_print(&row, members.fleet, &octets, &len, &why) != 0)
		fail_msg("%s", why.text);
	return octets;
}

/* The row as the database has it, signed by its host. */
static void
find(struct fleet_found *found, const struct sample *sample, char *octets,
    unsigned char signature[FLEET_SIGNATURE])
{
	const struct testhost *by = sample->by[0] == 'a' ? &a :
	    sample->by[0] == 'b' ? &b : &c;

	fleethosts_sign(by, octets, strlen(octets), signature);
	memset(found, 0, sizeof(*found));
	found->domain = "example.com";
	found->selector = sample->line == NULL ? "-" : "s1";
	found->change = sample->change;
	found->octets = octets;
	found->len = strlen(octets);
	found->signature = signature;
	found->signaturelen = FLEET_SIGNATURE;
	if (sample->line != NULL) {
		found->has_blob = true;
		found->blob = secret;
		found->bloblen = sizeof(secret);
	}
}

/* Keep a row; frees its octets. */
static void
keep(struct fleet_kept *kept, const char *selector, int64_t change,
    char *octets)
{
	struct fleet_kept_row row;

	memset(&row, 0, sizeof(row));
	assert_non_null(octets);
	(void)strlcpy(row.selector, selector, sizeof(row.selector));
	row.change = change;
	row.octets = (unsigned char *)octets;
	row.octetslen = strlen(octets);
	assert_int_equal(fleet_kept_put(kept, &row, false), 0);
	free(octets);
}

/* What the host has (change 0: nothing), and what it finds. */
static const struct {
	const char		*name;
	struct sample		 known;
	const char		*other;		/* kept with change 30 */
	struct sample		 found;
	enum fleet_verdict	 want;
	const char		*text;
} cases[] = {
	{ "a new key", { 0, 0, NULL, "a.example", 0 }, NULL,
	    { 30, 0, LINE END, "a.example", 0 }, FLEET_NEWS, "" },
	{ "a further step", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 31, 30, LINE NEXT, "b.example", 0 }, FLEET_NEWS, "" },
	{ "several steps", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 50, 49, LINE NEXT, "b.example", 0 }, FLEET_NEWS, "" },
	{ "as before", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 30, 0, LINE END, "a.example", 0 }, FLEET_SAME, "" },
	{ "sealed again", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 31, 30, LINE END, "a.example", 3 }, FLEET_REGRESSED,
	    "sealed the key for another epoch" },
	{ "older", { 31, 30, LINE NEXT, "a.example", 0 }, NULL,
	    { 30, 0, LINE END, "a.example", 0 }, FLEET_OLDER,
	    "change 31 is known here" },
	{ "changed", { 31, 30, LINE NEXT, "a.example", 0 }, NULL,
	    { 31, 30, LINE END, "b.example", 0 }, FLEET_CHANGED,
	    "two histories" },
	{ "forked", { 31, 30, LINE NEXT, "a.example", 0 }, NULL,
	    { 32, 30, LINE END, "b.example", 0 }, FLEET_FORKED,
	    "it replaces change 30, but change 31 is known here" },
	{ "begun again", { 31, 30, LINE NEXT, "a.example", 0 }, NULL,
	    { 40, 0, LINE END, "b.example", 0 }, FLEET_FORKED,
	    "it replaces change 0" },
	{ "before the end", { 0, 0, NULL, "a.example", 0 }, "-",
	    { 29, 0, LINE END, "a.example", 0 }, FLEET_OLDER,
	    "the domain ended with change 30" },
	{ "after the end", { 0, 0, NULL, "a.example", 0 }, "-",
	    { 31, 0, LINE END, "a.example", 0 }, FLEET_NEWS, "" },
	{ "the end", { 0, 0, NULL, "a.example", 0 }, "s2",
	    { 31, 30, NULL, "a.example", 0 }, FLEET_NEWS, "" },
	{ "the end, of less", { 0, 0, NULL, "a.example", 0 }, "s2",
	    { 31, 29, NULL, "a.example", 0 }, FLEET_FORKED,
	    "it ends the domain after change 29" },
	{ "by an expelled host", { 0, 0, NULL, "a.example", 0 }, NULL,
	    { 12, 0, LINE END, "c.example", 0 }, FLEET_UNSIGNED,
	    "signed by c.example, which was expelled" },
	{ "by it, known", { 12, 0, LINE END, "c.example", 0 }, NULL,
	    { 12, 0, LINE END, "c.example", 0 }, FLEET_SAME, "" },
	{ "by it, news", { 12, 0, LINE END, "c.example", 0 }, NULL,
	    { 13, 12, LINE NEXT, "c.example", 0 }, FLEET_UNSIGNED,
	    "which was expelled" },
	{ "by it, later", { 16, 0, LINE END, "c.example", 0 }, NULL,
	    { 16, 0, LINE END, "c.example", 0 }, FLEET_UNSIGNED,
	    "not signed by c.example, or" },
	{ "by a later member", { 0, 0, NULL, "a.example", 0 }, NULL,
	    { 2, 0, LINE END, "b.example", 0 }, FLEET_UNSIGNED,
	    "not signed by b.example, or" },
	{ "compromised", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 31, 30, LINE MARK, "b.example", 0 }, FLEET_NEWS, "" },
	{ "not any more", { 31, 30, LINE MARK, "a.example", 0 }, NULL,
	    { 32, 31, LINE END, "b.example", 0 }, FLEET_REGRESSED,
	    "takes back that the key is compromised" },
	{ "another public half", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 31, 30, LINE " public=" OTHER, "a.example", 0 },
	    FLEET_REGRESSED, "it changes the key" },
	{ "no public half", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 31, 30, LINE, "a.example", 0 }, FLEET_REGRESSED,
	    "it changes the key" },
	{ "a stream", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 31, 30, LINE END " stream=news", "a.example", 0 },
	    FLEET_REGRESSED, "it changes the stream" },
	{ "another birth", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 31, 30, "s1 algorithm=ed25519-sha256 generated=" TIME END,
	    "a.example", 0 }, FLEET_REGRESSED, "when the key was generated" },
	{ "not revoked", { 30, 0, LINE " revoked=" TIME END, "a.example", 0 },
	    NULL, { 31, 30, LINE END, "a.example", 0 }, FLEET_REGRESSED,
	    "takes back that the key is revoked" },
	{ "not removed", { 30, 0, LINE " removed=" TIME END, "a.example", 0 },
	    NULL, { 31, 30, LINE END, "a.example", 0 }, FLEET_REGRESSED,
	    "takes back that the key is removed" },
	{ "an earlier epoch", { 30, 0, LINE END, "a.example", 0 }, NULL,
	    { 31, 30, LINE END, "a.example", 1 }, FLEET_REGRESSED,
	    "sealed the key for another epoch" },
};

static void
test_cases(void **state)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_kept kept;
	struct fleet_found found;
	struct fleet_row row;
	enum fleet_verdict verdict;
	char *octets;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		memset(&kept, 0, sizeof(kept));
		if (cases[i].known.change > 0)
			keep(&kept, "s1", cases[i].known.change,
			    print(&cases[i].known));
		if (cases[i].other != NULL)
			keep(&kept, cases[i].other, 30, strdup("not read"));
		octets = print(&cases[i].found);
		find(&found, &cases[i].found, octets, signature);
		why.text[0] = '\0';
		verdict = fleet_judge(&members, &kept, &found, &row, &why);
		if (verdict != cases[i].want ||
		    strstr(why.text, cases[i].text) == NULL)
			fail_msg("%s: %s, \"%s\"", cases[i].name,
			    fleet_verdict_word(verdict), why.text);
		if (verdict != FLEET_NEWS && verdict != FLEET_SAME)
			assert_non_null(strstr(why.text, " of example.com, "
			    "change "));
		free(octets);
		fleet_kept_finish(&kept);
	}
}

/* A row that is right, and what an administrator may do to it. */
static const struct sample sample = { 30, 0, LINE END, "a.example", 0 };
static const struct fleet_kept nothing;

static enum fleet_verdict
judge(const struct fleet_found *found)
{
	struct fleet_row row;

	why.text[0] = '\0';
	return fleet_judge(&members, &nothing, found, &row, &why);
}

static void
test_columns(void **state)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_found found, moved;
	char *octets = print(&sample);

	(void)state;
	find(&found, &sample, octets, signature);
	assert_int_equal(judge(&found), FLEET_NEWS);
	moved = found;
	moved.domain = "example.org";
	assert_int_equal(judge(&moved), FLEET_UNSIGNED);
	assert_non_null(strstr(why.text, "signed for another domain"));
	moved = found;
	moved.selector = "s2";
	assert_int_equal(judge(&moved), FLEET_UNSIGNED);
	assert_non_null(strstr(why.text, "signed for another selector"));
	moved = found;
	moved.change = 31;
	assert_int_equal(judge(&moved), FLEET_UNSIGNED);
	assert_non_null(strstr(why.text, "with another change number"));
	free(octets);
}

/* His own key, and signatures of nobody. */
static void
test_signatures(void **state)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_found found;
	struct testhost stranger;
	char *octets = print(&sample);

	(void)state;
	find(&found, &sample, octets, signature);
	found.signaturelen--;
	assert_int_equal(judge(&found), FLEET_UNSIGNED);
	found.signaturelen++;
	fleethosts_make(&stranger, "a.example", 9);
	fleethosts_sign(&stranger, octets, strlen(octets), signature);
	assert_int_equal(judge(&found), FLEET_UNSIGNED);
	fleethosts_free(&stranger);
	/* b in the name of a. */
	fleethosts_sign(&b, octets, strlen(octets), signature);
	assert_int_equal(judge(&found), FLEET_UNSIGNED);
	free(octets);
}

static void
test_blobs(void **state)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_found found;
	char *octets = print(&sample);

	(void)state;
	find(&found, &sample, octets, signature);
	found.blob = "a private key, of his";
	assert_int_equal(judge(&found), FLEET_BLOB);
	found.blob = NULL;
	assert_int_equal(judge(&found), FLEET_BLOB);
	found.has_blob = false;
	assert_int_equal(judge(&found), FLEET_NEWS);
	free(octets);
}

/* Not one bit of a signed row, or of its signature, can be changed. */
static void
test_flipped(void **state)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_found found;
	char *octets = print(&sample), *octet;
	const size_t len = strlen(octets);
	size_t i;

	(void)state;
	find(&found, &sample, octets, signature);
	for (i = 0; i < 8 * (len + FLEET_SIGNATURE); i++) {
		octet = i / 8 < len ? octets + i / 8 :
		    (char *)signature + (i / 8 - len);
		*octet ^= (char)(1 << i % 8);
		if (judge(&found) != FLEET_UNSIGNED)
			fail_msg("bit %zu", i);
		*octet ^= (char)(1 << i % 8);
	}
	assert_int_equal(judge(&found), FLEET_NEWS);
	free(octets);
}

/* What is on disk cannot be read: no news until somebody looks. */
static void
test_damaged(void **state)
{
	struct fleet_kept kept = { NULL, 0 };
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_found found;
	struct fleet_row row;
	char *octets = print(&sample);

	(void)state;
	find(&found, &sample, octets, signature);
	keep(&kept, "s1", 29, strdup("damaged\n"));
	assert_int_equal(fleet_judge(&members, &kept, &found, &row, &why),
	    FLEET_BROKEN);
	fleet_kept_finish(&kept);
	free(octets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cases, setup, teardown),
		cmocka_unit_test_setup_teardown(test_columns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signatures, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_blobs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flipped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

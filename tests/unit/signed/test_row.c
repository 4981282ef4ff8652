/* SPDX-License-Identifier: ISC */

/*
 * Rows: their only text, what is refused, and that a signature covers each
 * octet.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>

#include "fleethosts.h"
#include "signed/row.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define FLEET	"0123456789abcdef0123456789abcdef" \
		"0123456789abcdef0123456789abcdef"
#define BLOB	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"
#define PUBLIC	"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define LINE	"s1 algorithm=ed25519-sha256 generated=2026-11-23T09:00:00Z " \
		"published=2026-11-23T09:01:00Z public=" PUBLIC " stream=news"
#define KEY	"countersign-fleet key 1\nfleet " FLEET "\nchange 17\n" \
		"before 12\ndomain example.com\nstate " LINE "\nblob " BLOB \
		"\nepoch 3\nby relay1\n"
#define GONE	"countersign-fleet gone 1\nfleet " FLEET "\nchange 18\n" \
		"before 17\ndomain example.com\nby relay1\n"

static struct ks_error error;

static const char *const good[] = { KEY, GONE };

static void
test_forms(void **state)
{
	struct fleet_row row;
	char *octets;
	size_t i, len;

	(void)state;
	for (i = 0; i < SIZE(good); i++) {
		assert_int_equal(fleet_row_parse(good[i], strlen(good[i]),
		    FLEET, &row, &error), 0);
		assert_int_equal(fleet_row_print(&row, FLEET, &octets, &len,
		    &error), 0);
		assert_string_equal(octets, good[i]);
		assert_int_equal(len, strlen(good[i]));
		free(octets);
	}
}

static void
test_values(void **state)
{
	struct fleet_row row;
	struct ks_state keys;

	(void)state;
	assert_int_equal(fleet_row_parse(KEY, strlen(KEY), FLEET, &row,
	    &error), 0);
	assert_int_equal(row.kind, FLEET_ROW_KEY);
	assert_int_equal(row.change, 17);
	assert_int_equal(row.before, 12);
	assert_int_equal(row.epoch, 3);
	assert_string_equal(row.domain, "example.com");
	assert_string_equal(row.selector, "s1");
	assert_string_equal(row.blob, BLOB);
	assert_string_equal(row.by, "relay1");
	assert_int_equal(fleet_row_key(&row, &keys, &error), 0);
	assert_string_equal(keys.domain, "example.com");
	assert_int_equal(keys.nkeys, 1);
	assert_string_equal(keys.keys[0].public, PUBLIC);
	assert_string_equal(keys.keys[0].stream, "news");
	ks_state_finish(&keys);
	assert_int_equal(fleet_row_parse(GONE, strlen(GONE), FLEET, &row,
	    &error), 0);
	assert_int_equal(row.kind, FLEET_ROW_GONE);
	assert_string_equal(row.selector, "-");
	assert_string_equal(row.blob, "-");
	assert_int_equal(fleet_row_key(&row, &keys, &error), KS_E_DAMAGED);
}

/* A text in which old is replaced by new, and the error. */
static const struct {
	const char	*name, *text, *old, *new, *want;
} bad[] = {
	{ "empty", "x", "x", "", "line 1 is missing" },
	{ "another kind", KEY, "fleet key 1", "fleet members 1",
	    "line 1 is not what" },
	{ "version", KEY, "key 1", "key 2", "line 1 is not what" },
	{ "another fleet", KEY, "fleet 01", "fleet 11",
	    "line 2 names another fleet" },
	{ "fleet in capitals", KEY, "fleet 0123456789a", "fleet 0123456789A",
	    "line 2 has no digest" },
	{ "change 0", KEY, "change 17", "change 0", "line 3 has no number" },
	{ "leading zero", KEY, "change 17", "change 017",
	    "line 3 has no number" },
	{ "sign", KEY, "change 17", "change +17", "line 3 has no number" },
	{ "negative", KEY, "before 12", "before -1", "line 4 has no number" },
	{ "19 digits", KEY, "change 17", "change 9999999999999999999",
	    "line 3 has no number" },
	{ "too high", KEY, "change 17", "change 4611686018427387904",
	    "line 3 has no number" },
	{ "far too high", KEY, "change 17", "change 99999999999999999999",
	    "line 3 has no number" },
	{ "before itself", KEY, "before 12", "before 17",
	    "line 4 has a number that is not before" },
	{ "gone, of nothing", GONE, "before 17", "before 0",
	    "line 4 has no number" },
	{ "domain in capitals", KEY, "domain example", "domain Example",
	    "line 5 has no domain" },
	{ "domain with a dot", KEY, "domain example.com",
	    "domain example.com.", "line 5 has no domain" },
	{ "a path", KEY, "domain example.com", "domain ../example.com",
	    "line 5 has no domain" },
	{ "line without algorithm", KEY, "algorithm=ed25519-sha256 ", "",
	    "line 2 of the state: " },
	{ "unfinished", KEY, " public=", " unfinished=yes public=",
	    "line 2 of the state: " },
	{ "order of names", KEY, " published=2026-11-23T09:01:00Z public="
	    PUBLIC, " public=" PUBLIC " published=2026-11-23T09:01:00Z",
	    "line 2 of the state: " },
	{ "two blanks", KEY, " public=", "  public=", "line 2 of the state: " },
	{ "a tab", KEY, " public=", "\tpublic=", "line 6 has an octet" },
	{ "CR", KEY, "stream=news", "stream=news\r", "line 6 has an octet" },
	{ "eight bits", KEY, "stream=news", "stream=n\344ws",
	    "line 6 has an octet" },
	{ "two keys", KEY, "stream=news\n", "stream=news\ns2 "
	    "algorithm=ed25519-sha256\n", "line 7 has another name" },
	{ "blob", KEY, "blob 00", "blob 0", "line 7 has no digest" },
	{ "no blob, but an epoch", KEY, "blob " BLOB, "blob -",
	    "line 8 does not fit" },
	{ "epoch 0, but a blob", KEY, "epoch 3", "epoch 0",
	    "line 8 does not fit" },
	{ "epoch too high", KEY, "epoch 3", "epoch 4294967296",
	    "line 8 does not fit" },
	{ "no epoch", KEY, "epoch 3\n", "", "line 8 has another name" },
	{ "by nobody", KEY, "by relay1", "by ", "line 9 has no name" },
	{ "by a path", KEY, "by relay1", "by ../x", "line 9 has no name" },
	{ "no end", KEY, "by relay1\n", "by relay1", "line 9 has no end" },
	{ "cut", KEY, "by relay1\n", "", "line 9 is missing" },
	{ "more", KEY, "by relay1\n", "by relay1\nby relay2\n",
	    "line 10 follows the end" },
	{ "gone with a state", GONE, "by relay1", "state " LINE "\nby relay1",
	    "line 6 has another name" },
};

static void
test_refused(void **state)
{
	struct fleet_row row;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(bad); i++) {
		text = fleethosts_replace(bad[i].text, bad[i].old, bad[i].new);
		error.text[0] = '\0';
		if (fleet_row_parse(text, strlen(text), FLEET, &row,
		    &error) != KS_E_DAMAGED || strncmp(error.text,
		    bad[i].want, strlen(bad[i].want)) != 0)
			fail_msg("%s: \"%s\"", bad[i].name, error.text);
		free(text);
	}
}

/*
 * The highest number; names that a later version adds are kept; and a NUL is
 * not the end.
 */
static void
test_octets(void **state)
{
	struct fleet_row row;
	struct ks_state keys;
	char *text;

	(void)state;
	text = fleethosts_replace(KEY, "change 17",
	    "change 4611686018427387903");
	assert_int_equal(fleet_row_parse(text, strlen(text), FLEET, &row,
	    &error), 0);
	assert_int_equal(row.change, FLEET_MAX_NUMBER - 1);
	free(text);
	text = fleethosts_replace(KEY, "stream=news", "stream=news later=1");
	assert_int_equal(fleet_row_parse(text, strlen(text), FLEET, &row,
	    &error), 0);
	assert_int_equal(fleet_row_key(&row, &keys, &error), 0);
	assert_string_equal(keys.keys[0].others, "later=1");
	ks_state_finish(&keys);
	free(text);
	text = strdup(KEY);
	assert_non_null(text);
	assert_int_equal(fleet_row_parse(text, strlen(KEY) + 1, FLEET, &row,
	    &error), KS_E_DAMAGED);
	*strchr(text, ' ') = '\0';
	assert_int_equal(fleet_row_parse(text, strlen(KEY), FLEET, &row,
	    &error), KS_E_DAMAGED);
	free(text);
}

static void
test_size(void **state)
{
	struct fleet_row row;
	char *text, *longer, more[FLEET_MAX_ROW];
	const size_t room = FLEET_MAX_ROW - strlen(KEY) - strlen(" x=");

	(void)state;
	memset(more, 'x', sizeof(more));
	(void)snprintf(more, 16, "stream=news x=");
	more[strlen("stream=news x=")] = 'x';
	more[strlen("stream=news x=") + room] = '\0';
	text = fleethosts_replace(KEY, "stream=news", more);
	assert_int_equal(strlen(text), FLEET_MAX_ROW);
	assert_int_equal(fleet_row_parse(text, strlen(text), FLEET, &row,
	    &error), 0);
	longer = fleethosts_replace(text, "stream=news", "stream=newsx");
	assert_int_equal(fleet_row_parse(longer, strlen(longer), FLEET, &row,
	    &error), KS_E_DAMAGED);
	assert_string_equal(error.text, "the row is too large");
	free(longer);
	free(text);
}

static void
test_not_printed(void **state)
{
	struct fleet_row row;
	char *octets;
	size_t len;

	(void)state;
	assert_int_equal(fleet_row_parse(KEY, strlen(KEY), FLEET, &row,
	    &error), 0);
	row.before = row.change;
	assert_int_equal(fleet_row_print(&row, FLEET, &octets, &len, &error),
	    KS_E_ARG);
	assert_null(octets);
	row.before = 0;
	row.line = "s1";
	row.linelen = 2;
	assert_int_equal(fleet_row_print(&row, FLEET, &octets, &len, &error),
	    KS_E_ARG);
	row.linelen = FLEET_MAX_ROW + 1;
	assert_int_equal(fleet_row_print(&row, FLEET, &octets, &len, &error),
	    KS_E_ARG);
}

/* Each bit of the octets and of the signature counts. */
static void
test_signature(void **state)
{
	unsigned char signature[FLEET_SIGNATURE], *octet;
	struct testhost a, b;
	char text[] = KEY;
	size_t i;
	int bit;

	(void)state;
	fleethosts_make(&a, "relay1", 1);
	fleethosts_make(&b, "relay2", 2);
	fleethosts_sign(&a, text, strlen(text), signature);
	assert_true(fleet_verify(a.host.sign, text, strlen(text), signature));
	assert_false(fleet_verify(b.host.sign, text, strlen(text),
	    signature));
	assert_false(fleet_verify(a.host.sign, text, strlen(text) - 1,
	    signature));
	for (i = 0; i < strlen(KEY) + FLEET_SIGNATURE; i++) {
		octet = i < strlen(KEY) ? (unsigned char *)text + i :
		    signature + (i - strlen(KEY));
		for (bit = 1; bit < 256; bit *= 2) {
			*octet ^= (unsigned char)bit;
			if (fleet_verify(a.host.sign, text, strlen(KEY),
			    signature))
				fail_msg("octet %zu, bit %d", i, bit);
			*octet ^= (unsigned char)bit;
		}
	}
	assert_true(fleet_verify(a.host.sign, text, strlen(text), signature));
	fleethosts_free(&a);
	fleethosts_free(&b);
}

/* Only Ed25519 keys sign. */
static void
test_other_keys(void **state)
{
	unsigned char signature[FLEET_SIGNATURE], public[FLEET_PUBLIC];
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	(void)state;
	assert_non_null(pkey);
	assert_int_equal(fleet_sign(pkey, "x", 1, signature), KS_E_CRYPTO);
	assert_int_equal(fleet_sign_public(pkey, public), KS_E_CRYPTO);
	EVP_PKEY_free(pkey);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_not_printed),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_other_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * What hosts say of themselves: only they can say it, nothing old counts, and
 * what a host cannot use is not confirmed.
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

#include "fleethosts.h"
#include "kept/confirmed.h"
#include "store/fleet_file.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* A confirmation or a use, as the database has it. */
struct sent {
	char		*octets, *text;
	size_t		 len, textlen;
	unsigned char	 signature[FLEET_SIGNATURE];
};

static struct testhost a, b, c;
static struct fleet_members members, others;
static struct fleet_exceptions exceptions;
static struct fleet_confirmed confirmed;
static struct keystore *ks;
static char dir[64];
static struct ks_error error;

/* a and b are members, c was expelled. */
static int
setup(void **state)
{
	(void)state;
	fleethosts_make(&a, "a.example", 1);
	fleethosts_make(&b, "b.example", 2);
	fleethosts_make(&c, "c.example", 3);
	fleethosts_begin(&members, &a);
	fleethosts_change(&members, &b, 10, &a);
	fleethosts_change(&members, &c, 20, &a);
	c.host.to = 25;
	fleethosts_change(&members, &c, 30, &a);
	fleethosts_begin(&others, &b);
	memset(&exceptions, 0, sizeof(exceptions));
	memset(&confirmed, 0, sizeof(confirmed));
	(void)strlcpy(dir, "/tmp/countersign-report.XXXXXX", sizeof(dir));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(ks_open(&ks, dir, NULL, &error), 0);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	fleet_confirmed_finish(&confirmed);
	fleet_exceptions_finish(&exceptions);
	fleet_members_finish(&members);
	fleet_members_finish(&others);
	fleethosts_free(&a);
	fleethosts_free(&b);
	fleethosts_free(&c);
	ks_close(ks);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void
finish(struct sent *sent)
{
	free(sent->octets);
	free(sent->text);
	memset(sent, 0, sizeof(*sent));
}

static void
except(const char *domain, const char *selector, int64_t change,
    const char *why)
{
	assert_int_equal(fleet_exceptions_add(&exceptions, domain, selector,
	    change, why), 0);
}

/* -- Confirmations -------------------------------------------------------- */

#define SAME	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"
#define OTHER	"ffeeddccbbaa99887766554433221100" \
		"00112233445566778899aabbccddeeff"
static const char *rows = SAME;

static struct sent
confirm(const struct testhost *host, const char *name, int64_t change,
    int64_t at)
{
	struct fleet_confirmation new = {
		.change = change, .members = 3, .at = at
	};
	struct sent sent;

	(void)strlcpy(new.rows, rows, sizeof(new.rows));
	(void)strlcpy(new.host, name, sizeof(new.host));
	assert_int_equal(fleet_exceptions_print(&exceptions, &sent.text,
	    &sent.textlen, &error), 0);
	error.text[0] = '\0';
	if (fleet_confirmation_make(&new, members.fleet, &exceptions,
	    sent.text, sent.textlen, &sent.octets, &sent.len, &error) != 0)
		fail_msg("%s", error.text);
	fleethosts_sign(host, sent.octets, sent.len, sent.signature);
	return sent;
}

static int
take_at(const struct fleet_members *list, const struct sent *sent,
    const char *host, int64_t change)
{
	const struct fleet_found_confirmation found = {
		.host = host, .change = change, .octets = sent->octets,
		.len = sent->len, .signature = sent->signature,
		.signaturelen = FLEET_SIGNATURE, .exceptions = sent->text,
		.exceptionslen = sent->textlen
	};

	error.text[0] = '\0';
	return fleet_confirmed_take(&confirmed, list, &found, &error);
}

static void
refuse_at(const struct fleet_members *list, const struct sent *sent,
    const char *host, int64_t change, int code, const char *want)
{
	assert_int_equal(take_at(list, sent, host, change), code);
	if (strstr(error.text, want) == NULL)
		fail_msg("\"%s\", not \"%s\"", error.text, want);
}

static bool
has(const char *host, const char *selector, int64_t change)
{
	return fleet_confirmed_has(&confirmed, host, "d.example", selector,
	    change);
}

static void
test_confirmed(void **state)
{
	struct sent sent;

	(void)state;
	assert_false(has("b.example", "s1", 1));
	except("d.example", "s2", 40, "disk full");
	sent = confirm(&b, "b.example", 50, 1000);
	assert_int_equal(take_at(&members, &sent, "b.example", 50), 0);
	assert_true(has("b.example", "s1", 50));
	assert_false(has("b.example", "s1", 51));
	assert_false(has("b.example", "s2", 40));
	assert_false(has("a.example", "s1", 1));
	/* The same again, and then the database does not have it any more. */
	assert_int_equal(take_at(&members, &sent, "b.example", 50), 0);
	fleet_confirmed_begin(&confirmed);
	assert_false(has("b.example", "s1", 50));
	assert_int_equal(take_at(&members, &sent, "b.example", 50), 0);
	assert_true(has("b.example", "s1", 50));
	finish(&sent);
}

static void
test_confirmation_refused(void **state)
{
	struct sent sent, changed;

	(void)state;
	except("d.example", "s2", 40, "disk full");
	sent = confirm(&b, "b.example", 50, 1000);
	refuse_at(&members, &sent, "a.example", 50, KS_E_DAMAGED,
	    "by another host");
	refuse_at(&members, &sent, "b.example", 51, KS_E_DAMAGED,
	    "another change number");
	refuse_at(&others, &sent, "b.example", 50, KS_E_DAMAGED,
	    "another fleet");
	/* Its exceptions are dropped, or others put in their place. */
	changed = sent;
	changed.textlen = 0;
	refuse_at(&members, &changed, "b.example", 50, KS_E_DAMAGED,
	    "not those that were signed");
	finish(&sent);
	/* Another host signs for it; the expelled one signs. */
	sent = confirm(&a, "b.example", 50, 1000);
	refuse_at(&members, &sent, "b.example", 50, KS_E_DAMAGED,
	    "not signed by its host");
	finish(&sent);
	sent = confirm(&c, "c.example", 24, 1000);
	refuse_at(&members, &sent, "c.example", 24, KS_E_DAMAGED,
	    "not admitted");
	finish(&sent);
	assert_int_equal(confirmed.nhosts, 0);
}

/* A member that signs nonsense. */
static void
test_confirmation_nonsense(void **state)
{
	static const char *const pairs[][2] = {
		{ "except 0 ", "except 1 " }, { "change 50", "change 050" },
		{ "at 1000", "at " }, { "members 3", "members 0" },
		{ "confirm 1", "confirm 2" }, { "at 1000\n", "" },
		{ "rows 0", "rows " },
	};
	struct sent sent, changed;
	size_t i;

	(void)state;
	sent = confirm(&b, "b.example", 50, 1000);
	for (i = 0; i < SIZE(pairs); i++) {
		changed = sent;
		changed.octets = fleethosts_replace(sent.octets, pairs[i][0],
		    pairs[i][1]);
		changed.len = strlen(changed.octets);
		fleethosts_sign(&b, changed.octets, changed.len,
		    changed.signature);
		if (take_at(&members, &changed, "b.example", 50) !=
		    KS_E_DAMAGED)
			fail_msg("%s", pairs[i][1]);
		free(changed.octets);
	}
	finish(&sent);
}

/* Each bit of the text, of the signature and of the exceptions counts. */
static void
test_confirmation_flipped(void **state)
{
	struct sent sent;
	size_t i, n;
	char *octet;

	(void)state;
	except("d.example", "s2", 40, "disk full");
	sent = confirm(&b, "b.example", 50, 1000);
	n = sent.len + sent.textlen + FLEET_SIGNATURE;
	for (i = 0; i < 8 * n; i++) {
		octet = i / 8 < sent.len ? sent.octets + i / 8 :
		    i / 8 < sent.len + sent.textlen ? sent.text +
		    (i / 8 - sent.len) : (char *)sent.signature +
		    (i / 8 - sent.len - sent.textlen);
		*octet ^= (char)(1 << i % 8);
		if (take_at(&members, &sent, "b.example", 50) != KS_E_DAMAGED)
			fail_msg("bit %zu", i);
		*octet ^= (char)(1 << i % 8);
	}
	assert_int_equal(confirmed.nhosts, 0);
	finish(&sent);
}

/* Somebody puts an old one back, from before an exception. */
static void
test_replayed(void **state)
{
	struct sent first, second, third;

	(void)state;
	first = confirm(&b, "b.example", 50, 1000);
	except("d.example", "s2", 40, "disk full");
	second = confirm(&b, "b.example", 50, 1010);
	assert_int_equal(take_at(&members, &first, "b.example", 50), 0);
	assert_int_equal(take_at(&members, &second, "b.example", 50), 0);
	refuse_at(&members, &first, "b.example", 50, KS_E_EXISTS,
	    "put an old one back");
	assert_false(has("b.example", "s2", 40));
	third = confirm(&b, "b.example", 60, 1005);
	assert_int_equal(take_at(&members, &third, "b.example", 60), 0);
	/* After a start, too. */
	assert_int_equal(fleet_confirmed_write(ks, &confirmed, &error), 0);
	fleet_confirmed_finish(&confirmed);
	assert_int_equal(fleet_confirmed_read(ks, &confirmed, &error), 0);
	assert_false(has("b.example", "s1", 1));
	refuse_at(&members, &second, "b.example", 50, KS_E_EXISTS,
	    "put an old one back");
	assert_false(has("b.example", "s1", 1));
	assert_int_equal(take_at(&members, &third, "b.example", 60), 0);
	assert_true(has("b.example", "s1", 60));
	finish(&first);
	finish(&second);
	finish(&third);
}

static void
test_highest(void **state)
{
	struct sent sent;

	(void)state;
	assert_null(fleet_confirmed_highest(&confirmed, &members,
	    "a.example"));
	sent = confirm(&b, "b.example", 50, 1000);
	assert_int_equal(take_at(&members, &sent, "b.example", 50), 0);
	finish(&sent);
	sent = confirm(&a, "a.example", 60, 1000);
	assert_int_equal(take_at(&members, &sent, "a.example", 60), 0);
	finish(&sent);
	assert_string_equal(fleet_confirmed_highest(&confirmed, &members,
	    "a.example")->name, "b.example");
	assert_int_equal(fleet_confirmed_highest(&confirmed, &members,
	    "b.example")->change, 60);
	/* What an expelled host said is not missed. */
	assert_null(fleet_confirmed_highest(&confirmed, &others,
	    "b.example"));
}

/* Two hosts with the same number, which are shown different rows. */
static void
test_differing(void **state)
{
	struct fleet_confirmation self = { .change = 50 };
	struct sent sent;

	(void)state;
	(void)strlcpy(self.host, "a.example", sizeof(self.host));
	(void)strlcpy(self.rows, SAME, sizeof(self.rows));
	sent = confirm(&b, "b.example", 50, 1000);
	assert_int_equal(take_at(&members, &sent, "b.example", 50), 0);
	finish(&sent);
	assert_null(fleet_confirmed_differing(&confirmed, &members, &self));
	rows = OTHER;
	sent = confirm(&b, "b.example", 50, 1001);
	rows = SAME;
	assert_int_equal(take_at(&members, &sent, "b.example", 50), 0);
	finish(&sent);
	assert_string_equal(fleet_confirmed_differing(&confirmed, &members,
	    &self)->name, "b.example");
	self.change = 49;
	assert_null(fleet_confirmed_differing(&confirmed, &members, &self));
	self.change = 50;
	self.nexceptions = 1;
	assert_null(fleet_confirmed_differing(&confirmed, &members, &self));
	self.nexceptions = 0;
	(void)strlcpy(self.host, "b.example", sizeof(self.host));
	assert_null(fleet_confirmed_differing(&confirmed, &members, &self));
}

/* What this host confirms is never older than what it did before. */
static void
test_noted(void **state)
{
	int64_t at = 1000;

	(void)state;
	assert_int_equal(fleet_confirmed_note(&confirmed, "a.example", 50,
	    &at), 0);
	assert_int_equal(at, 1000);
	assert_int_equal(fleet_confirmed_note(&confirmed, "a.example", 50,
	    &at), 0);
	assert_int_equal(at, 1001);
	assert_int_equal(fleet_confirmed_write(ks, &confirmed, &error), 0);
	fleet_confirmed_finish(&confirmed);
	assert_int_equal(fleet_confirmed_read(ks, &confirmed, &error), 0);
	at = 900;
	assert_int_equal(fleet_confirmed_note(&confirmed, "a.example", 51,
	    &at), 0);
	assert_int_equal(at, 1002);
	/* Nobody has confirmed it until the database has it. */
	assert_false(has("a.example", "s1", 50));
}

static void
test_confirmed_file(void **state)
{
	static const char *const texts[] = {
		"", "x\n", "countersign-fleet-confirmed 2\n",
		"countersign-fleet-confirmed 1\nhost b.example 50\n",
		"countersign-fleet-confirmed 1\nhost b.example 50 x\n",
		("countersign-fleet-confirmed 1\nhost b.example 50 1\n"
		    "host b.example 40 1\n"),
		"countersign-fleet-confirmed 1\nhost b.example 50 1",
	};
	size_t i;

	(void)state;
	assert_int_equal(fleet_confirmed_read(ks, &confirmed, &error), 0);
	assert_int_equal(confirmed.nhosts, 0);
	for (i = 0; i < SIZE(texts); i++) {
		assert_int_equal(ks_fleet_write(ks, "confirmed", false,
		    texts[i], strlen(texts[i]), &error), 0);
		if (fleet_confirmed_read(ks, &confirmed, &error) !=
		    KS_E_DAMAGED)
			fail_msg("%s", texts[i]);
		assert_int_equal(confirmed.nhosts, 0);
	}
}

/* -- Uses ----------------------------------------------------------------- */

static struct ks_key key;
#define END	5000		/* retire_at */

static struct sent
report(const struct testhost *host, const char *name, int64_t last,
    int64_t at)
{
	struct fleet_use use = { .domain = "d.example", .selector = "s1",
	    .last = last, .at = at };
	struct sent sent = { NULL, NULL, 0, 0, { 0 } };

	ks_key_init(&key);
	(void)strlcpy(key.selector, "s1", sizeof(key.selector));
	key.retire_at = END;
	(void)strlcpy(use.host, name, sizeof(use.host));
	error.text[0] = '\0';
	if (fleet_use_make(&use, members.fleet, &sent.octets, &sent.len,
	    &error) != 0)
		fail_msg("%s", error.text);
	fleethosts_sign(host, sent.octets, sent.len, sent.signature);
	return sent;
}

static int
use_of(const struct fleet_members *list, const struct sent *sent,
    const char *host, const char *domain, const char *selector,
    struct fleet_use *use)
{
	const struct fleet_found_use found = {
		.host = host, .domain = domain, .selector = selector,
		.octets = sent->octets, .len = sent->len,
		.signature = sent->signature, .signaturelen = FLEET_SIGNATURE
	};

	error.text[0] = '\0';
	return fleet_use_verify(list, &found, &key, use, &error);
}

static void
refuse_use(const struct fleet_members *list, const struct sent *sent,
    const char *host, const char *domain, const char *selector,
    const char *want)
{
	struct fleet_use use;

	assert_int_equal(use_of(list, sent, host, domain, selector, &use),
	    KS_E_DAMAGED);
	if (strstr(error.text, want) == NULL)
		fail_msg("\"%s\", not \"%s\"", error.text, want);
}

static void
test_used(void **state)
{
	struct fleet_use use;
	struct sent sent;

	(void)state;
	sent = report(&b, "b.example", 4900, END + KS_HANDOVER + 1);
	assert_int_equal(use_of(&members, &sent, "b.example", "d.example",
	    "s1", &use), 0);
	assert_int_equal(use.last, 4900);
	finish(&sent);
	sent = report(&b, "b.example", KS_NEVER, END + KS_HANDOVER + 1);
	assert_int_equal(use_of(&members, &sent, "b.example", "d.example",
	    "s1", &use), 0);
	assert_int_equal(use.last, KS_NEVER);
	finish(&sent);
	/* A compromised key has ended where its mark is known. */
	sent = report(&b, "b.example", 900, 1000);
	key.compromised = true;
	assert_int_equal(use_of(&members, &sent, "b.example", "d.example",
	    "s1", &use), 0);
	finish(&sent);
}

static void
test_use_refused(void **state)
{
	struct sent sent;

	(void)state;
	sent = report(&b, "b.example", 4900, END + KS_HANDOVER);
	refuse_use(&members, &sent, "b.example", "d.example", "s1",
	    "before the end");
	finish(&sent);
	sent = report(&b, "b.example", 4900, END + 1000);
	refuse_use(&members, &sent, "a.example", "d.example", "s1",
	    "by another host");
	refuse_use(&members, &sent, "b.example", "e.example", "s1",
	    "for another key");
	refuse_use(&members, &sent, "b.example", "d.example", "s2",
	    "for another key");
	refuse_use(&others, &sent, "b.example", "d.example", "s1",
	    "another fleet");
	/* A key that is not to end; one that ends later than it was told. */
	key.retire_at = KS_NEVER;
	refuse_use(&members, &sent, "b.example", "d.example", "s1",
	    "before the end");
	key.retire_at = END + 900;
	refuse_use(&members, &sent, "b.example", "d.example", "s1",
	    "before the end");
	finish(&sent);
	sent = report(&a, "b.example", 4900, END + 1000);
	refuse_use(&members, &sent, "b.example", "d.example", "s1",
	    "not signed by its host");
	finish(&sent);
	sent = report(&c, "c.example", 4900, END + 1000);
	refuse_use(&members, &sent, "c.example", "d.example", "s1",
	    "not admitted");
	finish(&sent);
}

static void
test_use_flipped(void **state)
{
	struct fleet_use use;
	struct sent sent;
	size_t i;
	char *octet;

	(void)state;
	sent = report(&b, "b.example", 4900, END + 1000);
	for (i = 0; i < 8 * (sent.len + FLEET_SIGNATURE); i++) {
		octet = i / 8 < sent.len ? sent.octets + i / 8 :
		    (char *)sent.signature + (i / 8 - sent.len);
		*octet ^= (char)(1 << i % 8);
		if (use_of(&members, &sent, "b.example", "d.example", "s1",
		    &use) != KS_E_DAMAGED)
			fail_msg("bit %zu", i);
		*octet ^= (char)(1 << i % 8);
	}
	finish(&sent);
}

static void
test_use_not_made(void **state)
{
	static const struct fleet_use uses[] = {
		{ "b.example", "D.example", "s1", 1, 2 },
		{ "b.example", "d.example", "S1", 1, 2 },
		{ "b.example", "d.example", "", 1, 2 },
		{ "b example", "d.example", "s1", 1, 2 },
		{ "b.example", "d.example", "s1", 3, 2 },
		{ "b.example", "d.example", "s1", -2, 2 },
		{ "b.example", "d.example", "s1", 1, -1 },
	};
	size_t i, len;
	char *octets;

	(void)state;
	for (i = 0; i < SIZE(uses); i++) {
		assert_int_equal(fleet_use_make(&uses[i], members.fleet,
		    &octets, &len, &error), KS_E_ARG);
		assert_null(octets);
	}
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_confirmed),
		TEST(test_confirmation_refused),
		TEST(test_confirmation_nonsense),
		TEST(test_confirmation_flipped),
		TEST(test_replayed),
		TEST(test_highest),
		TEST(test_differing),
		TEST(test_noted),
		TEST(test_confirmed_file),
		TEST(test_used),
		TEST(test_use_refused),
		TEST(test_use_flipped),
		TEST(test_use_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

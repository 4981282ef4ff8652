/* SPDX-License-Identifier: ISC */

/*
 * A push from one store to another, with nothing in between: cut anywhere,
 * broken off anywhere, sent again, sent late, and with answers that lie.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "keydir.h"
#include "sync/push.h"
#include "sync/receive.h"

#define NOW	INT64_C(1700000000)

static struct keydir one, two;
static struct ks_host first, second;
static struct ks_error error;
static struct ks_host_record record;
static struct sync_outcome outcome;
static char *domains[2];
static char *gone[1];
static int64_t clock_now;

static int64_t
read_clock(void)
{
	return clock_now;
}

static int
setup(void **state)
{
	struct ks_rotator rotator;

	(void)state;
	clock_now = NOW;
	keydir_make(&one);
	keydir_make(&two);
	assert_int_equal(ks_host_init(&first, "one", "/none", &error), 0);
	assert_int_equal(ks_host_init(&second, "two", "/none", &error), 0);
	(void)keydir_add(&one, "example.com", "s1", DKIMSIG_ED25519_SHA256,
	    NOW - 100, KS_NEVER);
	(void)keydir_add(&one, "example.org", "s2", DKIMSIG_ED25519_SHA256,
	    NOW - 100, NOW - 50);
	assert_int_equal(ks_rotator_adopt(one.ks, &first, 0, &rotator,
	    &error), 0);
	domains[0] = strdup("example.com");
	domains[1] = strdup("example.org");
	gone[0] = strdup("example.net");
	memset(&record, 0, sizeof(record));
	record.reached = record.failing = KS_NEVER;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ks_host_take_keys(&record, NULL, 0);
	free(domains[0]);
	free(domains[1]);
	free(gone[0]);
	keydir_remove(&one);
	keydir_remove(&two);
	return 0;
}

/* What a push goes through; NULL: nothing. */
struct wire {
	size_t	cut;		/* octets in one piece, or 0 */
	size_t	broken_after;	/* octets to the other host, or 0 */
	const char *instead_of;	/* an answer, and another one for it */
	const char *answer;
	struct ks_generation generation;	/* term 0: the next one */
};

/* Hand over answers; those that are to be replaced are. */
static void
hand_over(struct sync_push *push, const char *text, size_t len,
    const struct wire *wire)
{
	const size_t cut = wire->cut == 0 ? len : wire->cut;
	const char *end;
	size_t n;

	while (wire->instead_of != NULL && len > 0) {
		end = memchr(text, '\n', len);
		n = (size_t)(end - text) + 1;
		if (strncmp(text, wire->instead_of,
		    strlen(wire->instead_of)) == 0)
			sync_push_take(push, wire->answer,
			    strlen(wire->answer));
		else
			sync_push_take(push, text, n);
		text += n;
		len -= n;
	}
	for (; len > 0; text += n, len -= n) {
		n = cut < len ? cut : len;
		sync_push_take(push, text, n);
	}
}

/* Let both talk until one of them has nothing to say.  Returns all octets. */
static size_t
talk(struct sync_push *push, struct sync_receiver *receiver, FILE *out,
    char **answers, size_t *answerslen, const struct wire *wire)
{
	size_t len, n, at, total = 0, told = 0;
	const char *chunk;
	int r = 0;

	for (;;) {
		len = sync_push_give(push, &chunk);
		if (len == 0 || len == SYNC_PUSH_END)
			break;
		for (at = 0; at < len && r == 0; at += n) {
			n = wire->cut == 0 || wire->cut > len - at ?
			    len - at : wire->cut;
			if (wire->broken_after != 0 &&
			    total + n > wire->broken_after)
				n = wire->broken_after - total;
			if (n == 0)
				return total;
			total += n;
			r = sync_receiver_take(receiver, chunk + at, n,
			    &error);
		}
		(void)fflush(out);
		if (*answerslen > told)
			hand_over(push, *answers + told, *answerslen - told,
			    wire);
		told = *answerslen;
		if (r != 0)
			break;
	}
	return total;
}

static size_t
run(const struct wire *wire)
{
	struct sync_push_means means = {
		.ks = one.ks, .clock = read_clock, .domains = domains,
		.ndomains = 2, .gone = gone, .ngone = 1
	};
	struct sync_receiver_means other = {
		.ks = two.ks, .host = &second, .clock = read_clock
	};
	struct sync_receiver *receiver;
	struct sync_push *push;
	char *answers = NULL;
	size_t len = 0, total;

	assert_int_equal(ks_rotator_holder(one.ks, &means.holder, &error), 0);
	assert_int_equal(ks_generation_next(one.ks, NOW, 0,
	    &means.generation, &error), 0);
	if (wire->generation.term != 0)
		means.generation = wire->generation;
	assert_non_null(other.out = open_memstream(&answers, &len));
	assert_non_null(receiver = sync_receiver_new(&other));
	assert_non_null(push = sync_push_new(&means, &record));
	total = talk(push, receiver, other.out, &answers, &len, wire);
	assert_int_equal(sync_push_finish(push, &outcome, &record), 0);
	sync_push_free(push);
	sync_receiver_free(receiver);
	(void)fclose(other.out);
	free(answers);
	return total;
}

static const struct wire plain;

/* The state of a domain is the same in both stores, and whole. */
static void
expect_same(const char *domain, const char *selector)
{
	struct ks_state a, b;
	char x[KS_DIGEST_SIZE], y[KS_DIGEST_SIZE];
	EVP_PKEY *pkey;
	bool is_whole;

	assert_int_equal(ks_state_read(one.ks, domain, &a, &error), 0);
	assert_int_equal(ks_state_read(two.ks, domain, &b, &error), 0);
	assert_int_equal(ks_replica_digest(one.ks, &a, x, &is_whole, &error),
	    0);
	assert_int_equal(ks_replica_digest(two.ks, &b, y, &is_whole, &error),
	    0);
	assert_string_equal(x, y);
	assert_true(is_whole);
	assert_int_equal(ks_key_load(two.ks, domain, ks_state_find(&b,
	    selector), &pkey, &error), 0);
	EVP_PKEY_free(pkey);
	ks_state_finish(&a);
	ks_state_finish(&b);
}

static void
expect_done(size_t ntaken)
{
	if (!outcome.is_done || outcome.nfailed != 0)
		fail_msg("%s", outcome.fault.text);
	assert_int_equal(outcome.ntaken, ntaken);
	expect_same("example.com", "s1");
	expect_same("example.org", "s2");
}

static void
test_push(void **state)
{
	const struct ks_host_key *key;
	struct ks_key s2;

	(void)state;
	(void)run(&plain);
	expect_done(3);		/* with the one that is gone */
	assert_int_equal(record.nkeys, 2);
	assert_string_equal(record.keys[0].name, "example.com s1");
	assert_int_equal(record.keys[0].taken, NOW);
	assert_int_equal(record.keys[0].until, KS_NEVER);
	assert_int_equal(record.keys[1].until, NOW - 50);
	assert_int_equal(record.keys[1].since, NOW);
	/* It may still sign with it for the grace period. */
	assert_false(record.keys[1].is_final);
	(void)run(&plain);
	expect_done(1);
	clock_now = NOW + KS_HANDOVER;
	(void)run(&plain);
	ks_key_init(&s2);
	(void)strlcpy(s2.selector, "s2", sizeof(s2.selector));
	s2.generated = 1;
	assert_non_null(key = ks_host_key(&record, "example.org", &s2));
	assert_true(key->is_final);
	assert_int_equal(key->used, KS_NEVER);
	assert_int_equal(key->since, NOW);
	s2.generated = 2;
	assert_null(ks_host_key(&record, "example.org", &s2));
}

static void
test_cut(void **state)
{
	struct wire wire = { .cut = 1 };

	(void)state;
	(void)run(&wire);
	expect_done(3);
	wire.cut = 7;
	keydir_set_times(&one, "example.com", "s1", NOW - 100, NOW + 100);
	(void)run(&wire);
	expect_done(2);
}

/* Broken off after any octet: what is there is whole; the next push ends. */
static void
test_broken(void **state)
{
	struct wire wire = { .broken_after = 1 };
	struct ks_state there;
	EVP_PKEY *pkey;
	size_t i;
	int r;

	(void)state;
	for (;; wire.broken_after += 5) {
		(void)run(&wire);
		if (outcome.is_done)
			break;
		for (i = 0; i < 2; i++) {
			r = ks_state_read(two.ks, domains[i], &there, &error);
			if (r == KS_E_NODOMAIN)
				continue;
			assert_int_equal(r, 0);
			assert_int_equal(there.nunfinished, 0);
			assert_int_equal(ks_key_load(two.ks, domains[i],
			    &there.keys[0], &pkey, &error), 0);
			EVP_PKEY_free(pkey);
			ks_state_finish(&there);
		}
		if (wire.broken_after % 50 == 1) {
			(void)run(&plain);
			if (!outcome.is_done)
				fail_msg("%s", outcome.fault.text);
		}
		keydir_remove(&two);
		keydir_make(&two);
		ks_host_take_keys(&record, NULL, 0);
	}
	assert_true(wire.broken_after > 800);
	expect_same("example.com", "s1");
	expect_same("example.org", "s2");
}

/* A push that is older than the last one changes nothing. */
static void
test_replay(void **state)
{
	struct wire wire = { .generation = { NOW, 1 } };

	(void)state;
	(void)run(&plain);
	expect_done(3);
	(void)run(&wire);
	assert_false(outcome.is_done);
	assert_non_null(strstr(outcome.fault.text, "push 1 of term 1700000000 "
	    "is not later than push 1 of term 1700000000"));
	wire.generation.term = NOW - 1;
	wire.generation.push = 99;
	(void)run(&wire);
	assert_false(outcome.is_done);
	wire.generation.term = NOW + 1;
	wire.generation.push = 1;
	(void)run(&wire);
	expect_done(1);
	/* The others are late now. */
	(void)run(&plain);
	assert_false(outcome.is_done);
}

static void
test_other_store(void **state)
{
	struct ks_rotator rotator;

	(void)state;
	/* Keys of its own. */
	(void)keydir_add(&two, "example.com", "s1", DKIMSIG_ED25519_SHA256,
	    1, KS_NEVER);
	(void)run(&plain);
	assert_non_null(strstr(outcome.fault.text, "there are keys here"));
	assert_int_equal(ks_rotator_adopt(two.ks, &second, 0, &rotator,
	    &error), 0);
	(void)run(&plain);
	assert_non_null(strstr(outcome.fault.text, "not the store that one "
	    "pushes"));
	keydir_remove(&two);
	keydir_make(&two);
	second = first;
	(void)run(&plain);
	assert_non_null(strstr(outcome.fault.text, "cannot be told from one"));
}

/* A key that is replaced, one that goes, and a file that is damaged. */
static void
test_changes(void **state)
{
	char path[128];
	FILE *fp;

	(void)state;
	(void)run(&plain);
	expect_done(3);
	(void)snprintf(path, sizeof(path), "%s/example.com/s1.pem", two.path);
	assert_int_equal(unlink(path), 0);
	(void)run(&plain);
	expect_done(2);
	/* An unknown file does not come back as a key, and stays. */
	(void)snprintf(path, sizeof(path), "%s/example.com/stray.pem",
	    two.path);
	assert_non_null(fp = fopen(path, "w"));
	(void)fclose(fp);
	(void)keydir_add(&one, "example.com", "s3", DKIMSIG_RSA_SHA256, NOW,
	    KS_NEVER);
	(void)run(&plain);
	expect_done(2);
	expect_same("example.com", "s3");
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(record.nkeys, 3);
}

static const struct {
	const char	*name, *instead_of, *answer, *want;
} lies[] = {
	{ "nonsense", "ready", "SSH-2.0\n", "not an answer of countersign-key "
	    "receive: line 1: a line that begins with an unknown word" },
	{ "no greeting", "ready", "taken example.com\n",
	    "the first line is not that of countersign-key receive" },
	{ "refused", "ready", "refused for a reason\n", "for a reason" },
	{ "another domain", "want example.com", "want example.org\n",
	    "an answer about another domain" },
	{ "taken without a push", "want example.com", "taken example.com\n",
	    "an answer that is not expected here" },
	{ "a key that was not named", "proof", "proof example.com s9 QUJD\n",
	    "SELECTOR is no key that was named" },
	{ "a wrong proof", "proof", "proof example.com s1 QUJDREVGR0g=\n",
	    "example.com: no test signature with key s1 verifies" },
	{ "no proof", "proof", "used example.com s1 -\n",
	    "example.com: no test signature with key s1 verifies" },
	{ "failed", "taken example.com", "failed example.com disk is full\n",
	    "example.com: disk is full" },
};

static void
test_lies(void **state)
{
	struct wire wire = { .cut = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		keydir_remove(&two);
		keydir_make(&two);
		ks_host_take_keys(&record, NULL, 0);
		/* One domain, so that each lie is about it. */
		wire.instead_of = lies[i].instead_of;
		wire.answer = lies[i].answer;
		(void)run(&wire);
		if (strstr(outcome.fault.text, lies[i].want) == NULL)
			fail_msg("%s: %s", lies[i].name, outcome.fault.text);
		if (record.nkeys > 0 && strcmp(record.keys[0].name,
		    "example.com s1") == 0)
			assert_int_equal(record.keys[0].taken, KS_NEVER);
	}
}

/* The other host's clock is ahead: no key was used after now. */
static void
test_clock(void **state)
{
	struct wire wire = { .instead_of = "used",
	    .answer = "used example.org s2 1800000000\n" };

	(void)state;
	(void)run(&plain);
	clock_now = NOW + KS_HANDOVER;
	(void)run(&wire);
	assert_int_equal(record.nkeys, 2);
	assert_true(record.keys[1].is_final);
	assert_int_equal(record.keys[1].used, NOW + KS_HANDOVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_push, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_store, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock, setup, teardown),
	};
	int r;

	r = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return r;
}

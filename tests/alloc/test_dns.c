/* SPDX-License-Identifier: ISC */

/*
 * The signature that a message arrives with, its key from DNS, and the two
 * memories, with the n-th allocation failing, alone and with all that follow:
 * what would pass passes or may pass later, and no block is left.
 */

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "failing.h"
#include "message/replay.h"
#include "message/spf_cache.h"
#include "message/upstream.h"
#include "resolver/answer.h"
#include "signedmail.h"

#define NOW	1790000000
#define MOST	10000	/* allocations of one run */

static struct signedmail mail;
static struct mailfile parts;
static char key_record[256];	/* as TXT on the wire */

static void
look_up(void *arg, const struct dns_question *questions, size_t n,
    enum dns_type type, struct dns_answer *answer)
{
	char *data[] = { key_record, NULL };
	int len[] = { 1 + (unsigned char)key_record[0] };
	const struct ub_result result = {
		.data = data, .len = len, .havedata = 1
	};

	(void)arg;
	(void)questions;
	assert(n == 1);
	memset(answer, 0, sizeof(*answer));
	dns_answer_take(answer, type, &result);
}

static enum asked
wants(void *arg, const char *sdid, const char *selector)
{
	(void)arg;
	(void)sdid;
	(void)selector;
	return ASKED_BY_PATTERN;
}

/* Whether the digests, by which uses are counted and our keys known, are those
 * of the first signature asked about. */
static bool
has_digests(const struct upstream_signature *signature)
{
	static struct upstream_signature first;
	static bool is_known;

	if (!is_known) {
		memcpy(first.digest, signature->digest, sizeof(first.digest));
		memcpy(first.key_digest, signature->key_digest,
		    sizeof(first.key_digest));
		is_known = true;
	}
	return memcmp(first.digest, signature->digest,
	    sizeof(first.digest)) == 0 && memcmp(first.key_digest,
	    signature->key_digest, sizeof(first.key_digest)) == 0;
}

/* Whether the signature passes; *is_final: or never will. */
static bool
judge(struct upstream *u, bool *is_final)
{
	const struct mailfield *f;
	const struct upstream_signature *signature;
	size_t i;

	for (i = 0; i < parts.nfields; i++) {
		f = &parts.fields[i];
		upstream_header(u, f->name, f->namelen, f->value,
		    f->valuelen);
	}
	upstream_end_headers(u, wants, NULL);
	upstream_body(u, parts.body, parts.bodylen);
	upstream_end(u);
	*is_final = false;
	if (upstream_judge(u, look_up, NULL) != 0)
		return false;
	*is_final = true;
	if (upstream_count(u) != 1)
		return false;
	signature = upstream_get(u, 0);
	*is_final = signature->verdict.result != DKIMSIG_RESULT_TEMPERROR;
	return signature->verdict.result == DKIMSIG_RESULT_PASS &&
	    signature->nfields > 0 && has_digests(signature);
}

static bool
run(bool *is_final)
{
	struct upstream *u = upstream_new(NOW, (const char *const[]){ "from" },
	    1);
	bool passes;

	*is_final = false;
	if (u == NULL)
		return false;
	passes = judge(u, is_final);
	upstream_free(u);
	return passes;
}

static void
run_out(bool all_later)
{
	size_t live, n;
	bool has_failed = true, passes, is_final;

	assert_true(run(&is_final));
	OPENSSL_thread_stop();
	live = failing_live();
	for (n = 1; has_failed; n++) {
		assert_true(n < MOST);
		failing_arm(n, all_later);
		passes = run(&is_final);
		has_failed = failing_disarm();
		/* OpenSSL keeps the texts of its errors to use them again. */
		OPENSSL_thread_stop();
		assert_int_equal(failing_live(), live);
		if (!passes && (!has_failed || is_final))
			fail_msg("allocation %zu", n);
	}
	assert_true(n > 10);
}

static void
test_one(void **state)
{
	(void)state;
	run_out(false);
}

static void
test_all_later(void **state)
{
	(void)state;
	run_out(true);
}

static void
test_memories(void **state)
{
	size_t live = failing_live();

	(void)state;
	failing_arm(1, false);
	assert_null(replay_new());
	failing_arm(1, false);
	assert_null(spf_cache_new());
	assert_true(failing_disarm());
	assert_int_equal(failing_live(), live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_all_later),
		cmocka_unit_test(test_memories)
	};
	const struct dkimsig_sigspec spec = {
		.algorithm = DKIMSIG_ED25519_SHA256
	};
	EVP_PKEY *key = testkeys_make(spec.algorithm, 0);
	const char *why;
	bool is_final;
	int failed;

	testkeys_record(key, spec.algorithm, key_record + 1,
	    sizeof(key_record) - 1);
	key_record[0] = (char)strlen(key_record + 1);
	mail = signedmail_make("From: a@example.com\r\nSubject: Hi\r\n",
	    "Hello\r\n", &spec, key);
	EVP_PKEY_free(key);
	/* What libraries keep is there before anything is counted. */
	if (!mailfile_parse(&parts, mail.text, mail.len, &why) ||
	    !run(&is_final))
		return 1;
	failed = cmocka_run_group_tests_name("dns", tests, NULL, NULL);
	mailfile_finish(&parts);
	free(mail.text);
	return failed;
}

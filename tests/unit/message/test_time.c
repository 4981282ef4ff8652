/* SPDX-License-Identifier: ISC */

/*
 * A message that takes ten minutes from MAIL to its end: which of its times is
 * which.  The clock and the signers are this program's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "fakesigners.h"
#include "message/message.h"
#include "signer/request.h"

#define BEGIN	1790000000
#define END	(BEGIN + 600)
#define WEEK	604800		/* the default lifetime, in seconds */

static const char source[] =
    "source \"a\" { login = crm domains = example.com }\n";

static int64_t clock_now;
static struct dkimsig_tbs signed_tbs;
static unsigned int nsigned;

static int64_t
read_clock(void)
{
	return clock_now;
}

static void
keep_block(const void *tbs, size_t tbslen)
{
	assert_int_equal(dkimsig_tbs_parse(tbs, tbslen, &signed_tbs), 0);
	nsigned++;
}

static struct fakesigners signers = { .on_sign = keep_block };

static void
add(struct message *m, const char *name, const char *value)
{
	message_header(m, name, strlen(name), value, strlen(value));
}

static void
ten_minutes_to_the_end(void **state)
{
	const struct message_means means = { .signers =
	    fakesigners_service(&signers),
	    .now = read_clock };
	struct facts facts = { 0 };
	struct message *m;
	struct config *config;
	struct fate fate;
	size_t nfaults;

	(void)state;
	config = config_load_text("f", source, sizeof(source) - 1, stderr,
	    &nfaults);
	assert_non_null(config);
	assert_int_equal(facts_set(&facts.login, "crm"), 0);

	clock_now = BEGIN;
	assert_non_null(m = message_new(config, &facts, &means));
	add(m, "From", " a@example.com");
	add(m, "Subject", " s");
	assert_false(message_decide(m, &fate));
	message_body(m, "Hello\r\n", 7);
	clock_now = END;
	message_end(m, &fate);

	assert_int_equal(fate.action, ACTION_SIGN);
	assert_int_equal(message_nsignatures(m), 1);
	assert_int_equal(signers.nlisted, 1);
	assert_string_equal(signers.domain, "example.com");
	assert_int_equal(nsigned, 1);
	/* A signer takes it. */
	assert_int_equal(signed_tbs.timestamp, END);
	assert_int_equal(signed_tbs.expires, END + WEEK);
	assert_true(END - BEGIN > SIGN_REQUEST_SKEW);
	/* And a signature that it came with would be as old as it is. */
	assert_int_equal(facts.now, END);
	message_free(m);
	facts_finish(&facts);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_minutes_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * What a message counts: its recipients, each once and up to a limit, and
 * nothing if it is not signed, or not taken by the mail server.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ceilings/counts.h"
#include "config/private.h"
#include "fakesigners.h"
#include "message/message.h"

#define NOW	1790000000

static struct fakesigners signers;
static struct config *config;
static struct counts *counts;

static int64_t
read_clock(void)
{
	return NOW;
}

static void
begin(const char *ceilings)
{
	char text[256];
	size_t nfaults;

	(void)snprintf(text, sizeof(text), "source desk { login = desk "
	    "domains = example.com ceilings { %s action = tempfail } }",
	    ceilings);
	config = config_load_text("f", text, strlen(text), stderr, &nfaults);
	assert_non_null(config);
	assert_non_null(counts = counts_new());
	assert_int_equal(counts_configure(counts, config), 0);
	signers.signed_ = SIGN_OK;
}

static void
finish(void)
{
	counts_free(counts);
	config_unref(config);
}

/* A message to n recipients from the first one on, each of them twice. */
static enum action
send_mail(size_t first, size_t n, bool is_taken)
{
	const struct message_means means = {
		.signers = fakesigners_service(&signers), .counts = counts,
		.now = read_clock
	};
	struct facts facts = { 0 };
	struct message *m;
	struct fate fate;
	char address[64];
	size_t i;

	assert_int_equal(facts_set(&facts.login, "desk"), 0);
	assert_non_null(m = message_new(config, &facts, &means));
	for (i = 0; i < 2 * n; i++) {
		(void)snprintf(address, sizeof(address), "<%zu@example.org>",
		    first + i % n);
		message_recipient(m, address);
	}
	message_header(m, "From", 4, " a@example.com", 14);
	assert_false(message_decide(m, &fate));
	message_body(m, "text\r\n", 6);
	message_end(m, &fate);
	assert_int_equal(message_is_counted(m), fate.action == ACTION_SIGN);
	assert_int_equal(message_is_over(m), fate.cause == CAUSE_RATE);
	if (!is_taken)
		message_take_back(m);
	/* Once is enough. */
	if (!is_taken)
		message_take_back(m);
	message_free(m);
	facts_finish(&facts);
	return fate.action;
}

static void
test_distinct(void **state)
{
	(void)state;
	begin("recipients_per_hour = 5");
	assert_int_equal(send_mail(0, 3, true), ACTION_SIGN);
	assert_int_equal(send_mail(1, 4, true), ACTION_SIGN);
	assert_int_equal(send_mail(0, 6, true), ACTION_TEMPFAIL);
	assert_int_equal(send_mail(0, 5, true), ACTION_SIGN);
	finish();
}

static void
test_not_signed(void **state)
{
	size_t i;

	(void)state;
	begin("messages_per_hour = 1 recipients_per_day = 3");
	signers.signed_ = SIGN_E_UNAVAILABLE;
	for (i = 0; i < 10; i++)
		assert_int_equal(send_mail(3 * i, 3, true), ACTION_TEMPFAIL);
	signers.signed_ = SIGN_OK;
	/* Signed, but the mail server refuses the change. */
	for (i = 0; i < 10; i++)
		assert_int_equal(send_mail(3 * i, 3, false), ACTION_SIGN);
	assert_int_equal(send_mail(0, 3, true), ACTION_SIGN);
	assert_int_equal(send_mail(0, 3, true), ACTION_TEMPFAIL);
	finish();
}

static void
test_limit(void **state)
{
	(void)state;
	begin("recipients_per_body = 10000");
	assert_int_equal(MESSAGE_MAX_RECIPIENTS, 10000);
	/* Those after the limit are not counted. */
	assert_int_equal(send_mail(0, MESSAGE_MAX_RECIPIENTS + 5, true),
	    ACTION_SIGN);
	assert_int_equal(send_mail(0, 1, true), ACTION_TEMPFAIL);
	finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distinct),
		cmocka_unit_test(test_not_signed),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

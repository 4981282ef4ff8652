/* SPDX-License-Identifier: ISC */

/*
 * A message from its first field to its signatures, with the n-th allocation
 * failing, alone and with all that follow: it is signed by its domain or
 * deferred, one without proof is never accepted, and no block is left.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "config/private.h"
#include "failing.h"
#include "fakesigners.h"
#include "message/message.h"

static const char text[] =
    "source \"crm\" {\n"
    "    login = crm\n"
    "    header \"X-Tenant\" { value = \"t1\" }\n"
    "    domains = { \"example.com\", \"*.example.com\" }\n"
    "    authors = \"s\303\251@sub.example.com\"\n"
    "    also_sign = \"example.net\"\n"
    "    remove = \"X-Internal\"\n"
    "    on_mismatch = reject\n"
    "}\n"
    "source \"relay\" {\n"
    "    domains = \"example.org\"\n"
    "    dkim { domains = \"example.edu\" }\n"
    "    on_mismatch = reject\n"
    "}\n";

struct mail {
	const char	*login, *from, *tenant;
};

static const struct mail signed_mail = {
	"crm", " \"=?utf-8?q?S=C3=BC?=\" <s\303\251@sub.example.com>", " t1"
}, wrong_mail = {
	"crm", " \"=?utf-8?q?S=C3=BC?=\" <s\303\251@sub.example.com>", " t2"
}, relayed_mail = {
	"", " s@example.org", " t1"	/* needs a signature, and has none */
};

static struct config *config;

static int64_t
read_clock(void)
{
	return 1790000000;
}

/* One field, without or with a fold. */
static void
add_field(struct message *m, const char *name, const char *value)
{
	message_header(m, name, strlen(name), value, strlen(value));
}

/* What becomes of a message; *nsignatures: how many it has. */
static enum action
pass(const struct mail *mail, size_t *nsignatures)
{
	struct fakesigners signers = { 0 };
	const struct message_means means = {
		.signers = fakesigners_service(&signers),
		.now = read_clock,
	};
	struct facts facts = { 0 };
	struct fate fate = { .action = ACTION_TEMPFAIL };
	struct message *m = NULL;

	*nsignatures = 0;
	if (facts_set(&facts.login, mail->login) != 0 ||
	    (m = message_new(config, &facts, &means)) == NULL)
		goto done;
	add_field(m, "Received", " from a\n\tby b");
	add_field(m, "From", mail->from);
	add_field(m, "X-Tenant", mail->tenant);
	add_field(m, "X-Internal", " gone");
	add_field(m, "Subject", " a\n folded one");
	message_decide(m, &fate);
	if (fate.action == ACTION_SIGN || fate.action == ACTION_UNDECIDED) {
		message_body(m, "Text.\r\n", 7);
		message_end(m, &fate);
		*nsignatures = message_nsignatures(m);
	}
done:
	message_free(m);
	facts_finish(&facts);
	return fate.action;
}

static void
run_out(const struct mail *mail, enum action expected, size_t nsignatures,
    bool all_later)
{
	size_t live, made, n;
	bool has_failed = true;
	enum action action;

	OPENSSL_thread_stop();
	live = failing_live();
	for (n = 1; has_failed; n++) {
		assert_true(n < 10000);
		failing_arm(n, all_later);
		action = pass(mail, &made);
		has_failed = failing_disarm();
		/* OpenSSL keeps the texts of its errors to use them again. */
		OPENSSL_thread_stop();
		if (failing_live() != live)
			fail_msg("allocation %zu: blocks are left", n);
		if (action != expected && (!has_failed ||
		    action != ACTION_TEMPFAIL))
			fail_msg("allocation %zu: action %d", n, (int)action);
		/* That of also_sign may be missing, which is logged. */
		if (action == ACTION_SIGN && made != nsignatures &&
		    (!has_failed || made != 1))
			fail_msg("allocation %zu: %zu signatures", n, made);
	}
	assert_true(n > 10);
}

static void
test_signed(void **state)
{
	(void)state;
	run_out(&signed_mail, ACTION_SIGN, 2, false);
	run_out(&signed_mail, ACTION_SIGN, 2, true);
}

static void
test_mismatch(void **state)
{
	(void)state;
	run_out(&wrong_mail, ACTION_REJECT, 0, false);
	run_out(&wrong_mail, ACTION_REJECT, 0, true);
}

/* The decision waits for the end of the body. */
static void
test_unsigned(void **state)
{
	(void)state;
	run_out(&relayed_mail, ACTION_REJECT, 0, false);
	run_out(&relayed_mail, ACTION_REJECT, 0, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_mismatch),
		cmocka_unit_test(test_unsigned),
	};
	size_t nfaults, n;
	int r;

	config = config_load_text("f", text, sizeof(text) - 1, stderr,
	    &nfaults);
	/* What libraries keep, also for the time of log lines, is there
	 * before anything is counted. */
	tzset();
	if (config == NULL || pass(&signed_mail, &n) != ACTION_SIGN || n != 2)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	config_unref(config);
	return r;
}

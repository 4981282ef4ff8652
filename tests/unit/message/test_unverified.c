/* SPDX-License-Identifier: ISC */

/*
 * Mail that rests on a signature it came with, which cannot be verified now: it
 * is deferred, and not for DNS if that has answered.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "fakesigners.h"
#include "message/message.h"
#include "message/upstream.h"

static const char text[] = "source \"s\" { domains = example.com\n"
    "dkim { domains = a.example } on_mismatch = reject }\n";

static int judged;	/* what it returns */

int	__wrap_upstream_judge(struct upstream *upstream,
	    dns_lookup_all_fn *lookup, void *arg);

int
__wrap_upstream_judge(struct upstream *upstream, dns_lookup_all_fn *lookup,
    void *arg)
{
	(void)upstream;
	(void)lookup;
	(void)arg;
	return judged;
}

static int64_t
read_clock(void)
{
	return 1790000000;
}

static void
send_message(const struct config *config, struct fate *fate)
{
	static const char from[] = " joe@example.com", body[] = "Hello\r\n";
	struct fakesigners signers = { 0 };
	const struct message_means means = {
		.signers = fakesigners_service(&signers), .now = read_clock,
	};
	struct facts facts = { 0 };
	struct message *m = message_new(config, &facts, &means);

	assert_non_null(m);
	message_header(m, "From", 4, from, strlen(from));
	(void)message_decide(m, fate);
	message_body(m, body, strlen(body));
	message_end(m, fate);
	message_free(m);
	facts_finish(&facts);
}

static void
test_failures(void **state)
{
	static const int failures[] = { DKIMSIG_E_NOMEM, DKIMSIG_E_CRYPTO };
	struct config *config;
	struct fate fate;
	size_t nfaults, i;

	(void)state;
	config = config_load_text("f", text, sizeof(text) - 1, stderr,
	    &nfaults);
	assert_non_null(config);
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		judged = failures[i];
		send_message(config, &fate);
		assert_int_equal(fate.action, ACTION_TEMPFAIL);
		assert_int_equal(fate.cause, CAUSE_SYSTEM);
		assert_string_equal(fate.reason, dkimsig_strerror(judged));
	}
	/* Signed by nobody. */
	judged = 0;
	send_message(config, &fate);
	assert_int_equal(fate.action, ACTION_REJECT);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

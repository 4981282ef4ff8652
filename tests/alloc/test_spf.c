/* SPDX-License-Identifier: ISC */

/*
 * check_host() with the n-th allocation failing, alone and with all that
 * follow: what would pass passes or is temperror, and no block is left.
 * Allocations are those of libidn2 and of the answers of DNS.
 */

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "spf/spf.h"

static const char record[] = "v=spf1 include:%{o} mx -exists:%{d} ~all";
static const char included[] = "v=spf1 ptr ?all";

/* One record for each question, or none for want of memory. */
static enum dns_status
look_up(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	const char *data = type == DNS_MX ? "mail.example" :
	    type == DNS_PTR ? "x.example" : type == DNS_A ? "\xc0\0\2\1" :
	    strncmp(name, "xn--in", 6) == 0 ? included : record;

	(void)arg;
	memset(answer, 0, sizeof(*answer));
	answer->status = DNS_TEMPFAIL;
	if ((answer->records = calloc(1, sizeof(*answer->records))) == NULL)
		return answer->status;
	answer->n = 1;
	answer->records[0].len = type == DNS_A ? 4 : strlen(data);
	answer->records[0].data = calloc(1, answer->records[0].len + 1);
	if (answer->records[0].data == NULL) {
		dns_answer_free(answer);
		return answer->status;
	}
	memcpy(answer->records[0].data, data, answer->records[0].len);
	return answer->status = DNS_OK;
}

static enum spf_result
run(struct spf_answer *answer)
{
	static const unsigned char address[4] = { 192, 0, 2, 1 };
	const struct spf_query query = {
		.family = AF_INET, .address = address,
		.domain = "b\xc3\xbc" "cher.example",
		.sender = "x@in\xc3\xbc.example", .lookup = look_up,
	};

	spf_check_host(&query, answer);
	return answer->result;
}

static void
run_out(bool all_later)
{
	struct spf_answer answer;
	enum spf_result result;
	size_t live = failing_live(), n;
	bool has_failed = true;

	for (n = 1; has_failed; n++) {
		assert_true(n < 10000);
		failing_arm(n, all_later);
		result = run(&answer);
		has_failed = failing_disarm();
		assert_int_equal(failing_live(), live);
		if (result != SPF_PASS && (!has_failed ||
		    result != SPF_TEMPERROR))
			fail_msg("allocation %zu: %s", n, answer.reason);
		assert_int_not_equal(answer.reason[0], '\0');
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_all_later),
	};
	struct spf_answer answer;

	/* What libraries keep is there before anything is counted. */
	if (run(&answer) != SPF_PASS)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */

/*
 * Fates as SMTP replies.  smfi_setreply() is this program's, and keeps what
 * it is given.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "front/reply.h"

static char	reply[1024];	/* "" if none was set */
static int	setreply_result = MI_SUCCESS;

int
smfi_setreply(SMFICTX *ctx, char *code, char *enhanced, char *text)
{
	assert_null(ctx);
	/* libmilter refuses these: RFC 2034 section 4, and line ends. */
	assert_int_equal(strlen(code), 3);
	assert_int_equal(code[0], enhanced[0]);
	assert_null(strpbrk(text, "\r\n"));
	/* RFC 5321 section 4.5.3.1.5, CRLF included. */
	assert_true(strlen(text) + sizeof("550 5.7.1 \r\n") <= 512);
	(void)snprintf(reply, sizeof(reply), "%s %s %s", code, enhanced,
	    text);
	return setreply_result;
}

static sfsistat
reply_of(const struct fate *fate, const char *domain, const char *id,
    const char *contact)
{
	const struct reply_about about = { domain, id, contact };

	return reply_for(NULL, fate, &about);
}

static const struct {
	enum action	 action;
	enum fate_cause	 cause;
	sfsistat	 status;
	const char	*reply;
} cases[] = {
	{ ACTION_PASS, CAUSE_NONE, SMFIS_ACCEPT, "" },
	{ ACTION_PASS, CAUSE_NO_KEY, SMFIS_ACCEPT, "" },
	{ ACTION_SIGN, CAUSE_NONE, SMFIS_ACCEPT, "" },
	{ ACTION_QUARANTINE, CAUSE_MISMATCH, SMFIS_CONTINUE, "" },
	{ ACTION_UNDECIDED, CAUSE_NONE, SMFIS_TEMPFAIL,
	    "451 4.3.0 mail from example.com is not accepted (ID)" },
	{ ACTION_REJECT, CAUSE_NONE, SMFIS_REJECT,
	    "550 5.7.1 mail from example.com is not accepted (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_NONE, SMFIS_TEMPFAIL,
	    "451 4.3.0 mail from example.com is not accepted (ID)" },
	{ ACTION_REJECT, CAUSE_MISMATCH, SMFIS_REJECT,
	    "550 5.7.1 not authorized to send mail from example.com (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_MISMATCH, SMFIS_TEMPFAIL,
	    "451 4.7.1 not authorized to send mail from example.com (ID)" },
	{ ACTION_REJECT, CAUSE_UNCLEAR, SMFIS_REJECT,
	    "550 5.7.1 the From field does not clearly name one author domain "
	    "(ID)" },
	{ ACTION_TEMPFAIL, CAUSE_UNCLEAR, SMFIS_TEMPFAIL,
	    "451 4.7.1 the From field does not clearly name one author domain "
	    "(ID)" },
	{ ACTION_REJECT, CAUSE_NO_KEY, SMFIS_REJECT,
	    "550 5.7.5 no key to sign mail from example.com (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_NO_KEY, SMFIS_TEMPFAIL,
	    "451 4.7.5 no key to sign mail from example.com (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_DNS, SMFIS_TEMPFAIL,
	    "451 4.4.3 authorization of mail from example.com cannot be "
	    "checked now (ID)" },
	{ ACTION_REJECT, CAUSE_DNS, SMFIS_REJECT,
	    "550 5.7.1 authorization of mail from example.com cannot be "
	    "checked now (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_RATE, SMFIS_TEMPFAIL,
	    "451 4.7.1 too much mail from example.com (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_LIMIT, SMFIS_TEMPFAIL,
	    "451 4.7.1 too much mail from example.com (ID)" },
	{ ACTION_REJECT, CAUSE_FRAGILE, SMFIS_REJECT,
	    "550 5.6.2 mail from example.com with 8-bit text or lines over "
	    "998 octets is not accepted (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_FRAGILE, SMFIS_TEMPFAIL,
	    "451 4.6.2 mail from example.com with 8-bit text or lines over "
	    "998 octets is not accepted (ID)" },
	{ ACTION_REJECT, CAUSE_FAULT, SMFIS_REJECT,
	    "550 5.6.0 mail from example.com is malformed and cannot be "
	    "signed (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_FAULT, SMFIS_TEMPFAIL,
	    "451 4.6.0 mail from example.com is malformed and cannot be "
	    "signed (ID)" },
	{ ACTION_REJECT, CAUSE_SIZE, SMFIS_REJECT,
	    "552 5.3.4 the reason (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_SIZE, SMFIS_TEMPFAIL,
	    "451 4.3.0 the reason (ID)" },
	{ ACTION_TEMPFAIL, CAUSE_SYSTEM, SMFIS_TEMPFAIL,
	    "451 4.3.0 mail from example.com cannot be signed now (ID)" },
	{ ACTION_REJECT, CAUSE_SYSTEM, SMFIS_REJECT,
	    "550 5.3.0 mail from example.com cannot be signed now (ID)" },
};

static void
test_cases(void **state)
{
	struct fate fate;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&fate, 0, sizeof(fate));
		fate.action = cases[i].action;
		fate.cause = cases[i].cause;
		(void)strlcpy(fate.reason, "the reason", sizeof(fate.reason));
		reply[0] = '\0';
		assert_int_equal(reply_of(&fate, "example.com", "ID", NULL),
		    cases[i].status);
		assert_string_equal(reply, cases[i].reply);
		/* Who only observes lets all of it go on. */
		fate.observed = true;
		reply[0] = '\0';
		assert_int_equal(reply_of(&fate, "example.com", "ID", NULL),
		    SMFIS_ACCEPT);
		assert_string_equal(reply, "");
	}
}

static const struct {
	const char	*author_domain, *queue_id, *contact, *text;
} names[] = {
	{ "", "ID", NULL, "this sender (ID)" },
	{ "example.com", NULL, NULL, "example.com" },
	{ "example.com", "", NULL, "example.com" },
	{ "example.com", "ID", "postmaster@example.com",
	    "example.com (ID); contact postmaster@example.com" },
	{ "example.com", NULL, "+49 30 1, 100%",
	    "example.com; contact +49 30 1, 100%%" },
	/* libmilter would take it as a format. */
	{ "%s%n.example", "100%", NULL, "%%s%%n.example (100%%)" },
	{ "a\r\n250 x", "I\001\177\377D", NULL, "a??250 x (I???D)" },
};

static void
test_names(void **state)
{
	const struct fate fate = {
		.action = ACTION_REJECT,
		.cause = CAUSE_MISMATCH,
		.reason = "source \"salesforce\": login: client did not log in",
	};
	char want[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(want, sizeof(want),
		    "550 5.7.1 not authorized to send mail from %s",
		    names[i].text);
		assert_int_equal(reply_of(&fate,
		    names[i].author_domain, names[i].queue_id,
		    names[i].contact), SMFIS_REJECT);
		assert_string_equal(reply, want);
	}
}

static void
fill(char *buf, size_t bufsize, char octet, size_t n)
{
	if (n >= bufsize)
		n = bufsize - 1;
	memset(buf, octet, n);
	buf[n] = '\0';
}

/* The line ends in time, and no "%" is cut in two. */
static void
check_long(struct fate *fate, char octet, size_t n)
{
	char domain[DKIMSIG_DOMAIN_SIZE], id[600];
	size_t i;

	fill(domain, sizeof(domain), octet, n);
	fill(id, sizeof(id), octet, n);
	fill(fate->reason, sizeof(fate->reason), octet, n);
	reply[0] = '\0';
	assert_int_equal(reply_of(fate, domain, id, id), SMFIS_REJECT);
	for (i = 0; reply[i] != '\0'; i++)
		if (reply[i] == '%')
			assert_int_equal(reply[++i], '%');
}

static void
test_long(void **state)
{
	struct fate fate = { .action = ACTION_REJECT };
	char domain[DKIMSIG_DOMAIN_SIZE], id[101];
	size_t n;

	(void)state;
	for (fate.cause = CAUSE_NONE; fate.cause <= CAUSE_SYSTEM;
	    fate.cause++)
		for (n = 1; n < 600; n++) {
			check_long(&fate, 'a', n);
			check_long(&fate, '%', n);
			check_long(&fate, '\n', n);
		}
	/* The longest domain that there is leaves room for the queue id. */
	fill(domain, sizeof(domain), 'a', sizeof(domain));
	fill(id, sizeof(id), 'c', sizeof(id));
	fate.cause = CAUSE_FRAGILE;
	(void)reply_of(&fate, domain, "4XyZabcdefghijklmnop", id);
	assert_non_null(strstr(reply, " (4XyZabcdefghijklmnop)"));
}

static void
test_failures(void **state)
{
	const struct fate fate = {
		.action = ACTION_TEMPFAIL, .cause = CAUSE_RATE
	};

	(void)state;
	assert_int_equal(reply_out_of_memory(NULL), SMFIS_TEMPFAIL);
	assert_string_equal(reply,
	    "451 4.3.0 mail from this sender cannot be signed now");
	/* The text is lost, the answer is not. */
	setreply_result = MI_FAILURE;
	assert_int_equal(reply_of(&fate, "example.com", "ID", NULL),
	    SMFIS_TEMPFAIL);
	setreply_result = MI_SUCCESS;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_failures)
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}

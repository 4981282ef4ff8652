/* SPDX-License-Identifier: ISC */

/*
 * What becomes of a message: each word that a configuration can name comes
 * out as the action that it names, and all that is not known is deferred.
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

#define NOW		1790000000
#define LONG_LINE	999	/* octets: one over what MTAs take */
#define HEADER_LIMIT	4096	/* octets */

static int64_t
read_clock(void)
{
	return NOW;
}

static struct fakesigners signers;
static const char *from = " a@example.com";

struct sent {
	const char	*config, *login, *subject, *body;
};

/* Send it all; whether it was final when the header was complete. */
static bool
send_mail(const struct sent *sent, struct fate *fate, size_t *nsignatures)
{
	const struct message_means means = { .signers =
	    fakesigners_service(&signers),
	    .now = read_clock };
	struct facts facts = { 0 };
	struct message *m;
	struct config *config;
	size_t nfaults;
	bool is_final;

	config = config_load_text("f", sent->config, strlen(sent->config),
	    stderr, &nfaults);
	assert_non_null(config);
	assert_int_equal(facts_set(&facts.login, sent->login), 0);
	assert_non_null(m = message_new(config, &facts, &means));
	message_header(m, "From", 4, from, strlen(from));
	message_header(m, "Subject", 7, sent->subject,
	    strlen(sent->subject));
	is_final = message_decide(m, fate);
	if (!is_final) {
		message_body(m, sent->body, strlen(sent->body));
		message_end(m, fate);
	}
	*nsignatures = message_nsignatures(m);
	message_free(m);
	facts_finish(&facts);
	config_unref(config);
	return is_final;
}

static char long_body[LONG_LINE + 3], long_subject[HEADER_LIMIT + 1];

static const struct {
	const char	*option, *first;	/* PASS is called so */
	struct sent	 sent;
	int		 listed;
	enum fate_cause	 cause;
	bool		 at_header;		/* known when that is over */
	bool		 quarantines;		/* it can be asked for */
	enum action	 passes;		/* what PASS comes to */
} options[] = {
	{ "on_mismatch", "pass", { NULL, "other", " s", "b\r\n" }, SIGN_OK,
	    CAUSE_MISMATCH, true, true, ACTION_PASS },
	{ "on_no_key", "pass", { NULL, "crm", " s", "b\r\n" }, SIGN_E_NOKEY,
	    CAUSE_NO_KEY, true, true, ACTION_PASS },
	{ "on_fault", "pass", { NULL, "crm", " s\001", "b\r\n" }, SIGN_OK,
	    CAUSE_FAULT, true, true, ACTION_PASS },
	{ "on_fault", "pass", { NULL, "crm", " s", "b\n" }, SIGN_OK,
	    CAUSE_FAULT, false, true, ACTION_PASS },
	{ "on_fragile", "warn", { NULL, "crm", " s", long_body }, SIGN_OK,
	    CAUSE_FRAGILE, false, false, ACTION_SIGN },
};

static void
check_option(size_t i, enum action action)
{
	enum action want = action == ACTION_PASS ? options[i].passes : action;
	struct sent sent = options[i].sent;
	struct fate fate;
	char config[256];
	size_t nsignatures;
	bool is_final;

	(void)snprintf(config, sizeof(config), "source \"a\" { login = crm "
	    "domains = example.com %s = %s }", options[i].option,
	    action == ACTION_PASS ? options[i].first : action_name(action));
	sent.config = config;
	signers.listed = options[i].listed;
	is_final = send_mail(&sent, &fate, &nsignatures);
	if (fate.action != want)
		fail_msg("%s: %s", config, action_name(fate.action));
	/* Mail is held, as it is signed, at its end. */
	assert_int_equal(is_final, options[i].at_header &&
	    action != ACTION_QUARANTINE);
	assert_false(fate.observed);
	assert_int_equal(nsignatures, want == ACTION_SIGN);
	if (!action_delivers(want))
		assert_int_equal(fate.cause, options[i].cause);
}

static void
words_come_out_as_they_are(void **state)
{
	enum action action;
	size_t i;

	(void)state;
	memset(long_body, 'x', LONG_LINE);
	memcpy(long_body + LONG_LINE, "\r\n", 3);
	signers.signed_ = SIGN_OK;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		for (action = ACTION_PASS; action <= ACTION_REJECT; action++)
			if (options[i].quarantines ||
			    action != ACTION_QUARANTINE)
				check_option(i, action);
}

#define SOURCE(more)	"source \"a\" { login = crm domains = example.com " \
			more " }"
#define LIMIT		"limits { header_size = 4096 } "
#define MAIL		"crm", " s", "b\r\n"

static const struct {
	const char	*name;
	struct sent	 sent;
	int		 listed, signed_;
	enum action	 action;
	enum fate_cause	 cause;
	bool		 is_final, observed;
	size_t		 nsignatures;
} cases[] = {
	{ "signed", { SOURCE(""), MAIL }, SIGN_OK, SIGN_OK, ACTION_SIGN,
	    CAUSE_NONE, false, false, 1 },
	{ "no signer has keys to list", { SOURCE(""), MAIL },
	    SIGN_E_UNAVAILABLE, SIGN_OK, ACTION_TEMPFAIL, CAUSE_SYSTEM, true,
	    false, 0 },
	{ "also_sign", { SOURCE("also_sign = example.net"), MAIL }, SIGN_OK,
	    SIGN_OK, ACTION_SIGN, CAUSE_NONE, false, false, 2 },
	{ "also_sign with the domain itself", { SOURCE("also_sign = "
	    "Example.com"), MAIL }, SIGN_OK, SIGN_OK, ACTION_SIGN, CAUSE_NONE,
	    false, false, 1 },
	{ "no signer signs", { SOURCE(""), MAIL }, SIGN_OK,
	    SIGN_E_UNAVAILABLE, ACTION_TEMPFAIL, CAUSE_SYSTEM, false, false,
	    0 },
	{ "its domain has got all of this hour", { SOURCE("on_no_key = "
	    "pass"), MAIL }, SIGN_OK, SIGN_E_LIMITED, ACTION_TEMPFAIL,
	    CAUSE_LIMIT, false, false, 0 },
	{ "a key that went while the body came", { SOURCE("on_no_key = "
	    "reject"), MAIL }, SIGN_OK, SIGN_E_NOKEY, ACTION_TEMPFAIL,
	    CAUSE_SYSTEM, false, false, 0 },
	{ "a key that went, and mail without keys passes", {
	    SOURCE("on_no_key = pass"), MAIL }, SIGN_OK, SIGN_E_NOKEY,
	    ACTION_TEMPFAIL, CAUSE_SYSTEM, false, false, 0 },
	{ "a header over the limit", { LIMIT SOURCE("on_mismatch = pass"),
	    "crm", long_subject, "b\r\n" }, SIGN_OK, SIGN_OK,
	    ACTION_REJECT, CAUSE_SIZE, true, false, 0 },
	{ "nobody's mail over the limit", { LIMIT "source \"a\" "
	    "{ login = crm domains = example.net }", "crm", long_subject,
	    "b\r\n" }, SIGN_OK, SIGN_OK, ACTION_PASS, CAUSE_NONE, true,
	    false, 0 },
	{ "a source that observes", { SOURCE("mode = observe"), MAIL },
	    SIGN_OK, SIGN_OK, ACTION_SIGN, CAUSE_NONE, true, true, 0 },
	{ "a milter that observes", { "mode = observe " SOURCE(""), MAIL },
	    SIGN_OK, SIGN_OK, ACTION_SIGN, CAUSE_NONE, true, true, 0 },
	{ "observed, and would be rejected", { SOURCE("mode = observe"),
	    "other", " s", "b\r\n" }, SIGN_OK, SIGN_OK, ACTION_REJECT,
	    CAUSE_MISMATCH, true, true, 0 },
	{ "observed, and would pass without a key", {
	    SOURCE("mode = observe on_no_key = pass"), MAIL }, SIGN_E_NOKEY,
	    SIGN_OK, ACTION_PASS, CAUSE_NO_KEY, true, true, 0 },
};

static void
other_fates(void **state)
{
	struct fate fate;
	size_t nsignatures, i;
	bool is_final;

	(void)state;
	memset(long_subject, 'x', HEADER_LIMIT);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		signers.listed = cases[i].listed;
		signers.signed_ = cases[i].signed_;
		is_final = send_mail(&cases[i].sent, &fate, &nsignatures);
		if (fate.action != cases[i].action ||
		    fate.cause != cases[i].cause ||
		    fate.observed != cases[i].observed ||
		    is_final != cases[i].is_final ||
		    nsignatures != cases[i].nsignatures)
			fail_msg("%s: %s, cause %d, %s", cases[i].name,
			    action_name(fate.action), fate.cause,
			    fate.reason);
	}
}

/* Not the first author alone decides. */
static void
each_author_counts(void **state)
{
	static const struct sent sent = { SOURCE(""), MAIL };
	const char *const one = from;
	struct fate fate;
	size_t nsignatures;

	(void)state;
	memset(&signers, 0, sizeof(signers));
	from = " a@example.com, b@example.com";
	assert_false(send_mail(&sent, &fate, &nsignatures));
	assert_int_equal(fate.action, ACTION_SIGN);
	from = " a@example.com, b@example.net";
	assert_true(send_mail(&sent, &fate, &nsignatures));
	assert_int_equal(fate.action, ACTION_REJECT);
	assert_int_equal(fate.cause, CAUSE_MISMATCH);
	from = one;
}

/*
 * A key ends between the header and the end of a message.  The first list of
 * keys is made for the header, and again if a key does not sign.  Without a
 * key it is deferred even if mail without keys passes.
 */
static const struct {
	const char	*name;
	const char	*selectors[5];
	enum action	 actions[2];	/* when it is sent, and sent again */
	unsigned int	 nlisted;	/* in both */
} changes[] = {
	{ "another one is listed: it signs at once", { "old", "new" },
	    { ACTION_SIGN, ACTION_SIGN }, 3 },
	{ "a signer lists the old one again: deferred, then signed",
	    { "old", "old", "new" }, { ACTION_TEMPFAIL, ACTION_SIGN }, 3 },
	{ "and when it is sent again, too", { "old", "old", "old", "new" },
	    { ACTION_TEMPFAIL, ACTION_SIGN }, 4 },
	{ "it is listed for ever", { "old" },
	    { ACTION_TEMPFAIL, ACTION_TEMPFAIL }, 4 },
};

static void
key_ends_during_a_message(void **state)
{
	static const struct sent sent = { SOURCE("on_no_key = pass"), MAIL };
	struct fate fate;
	size_t nsignatures, i, j;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		memset(&signers, 0, sizeof(signers));
		signers.selectors = changes[i].selectors;
		signers.ended = "old";
		for (j = 0; j < 2; j++) {
			assert_false(send_mail(&sent, &fate, &nsignatures));
			if (fate.action != changes[i].actions[j])
				fail_msg("%s: %zu: %s", changes[i].name, j,
				    action_name(fate.action));
			assert_int_equal(nsignatures,
			    fate.action == ACTION_SIGN);
			assert_int_equal(fate.cause,
			    fate.action == ACTION_SIGN ? CAUSE_NONE :
			    CAUSE_SYSTEM);
		}
		if (signers.nlisted != changes[i].nlisted ||
		    signers.nrefreshed != changes[i].nlisted - 2)
			fail_msg("%s: %u lists", changes[i].name,
			    signers.nlisted);
	}
	memset(&signers, 0, sizeof(signers));
}

/* A caller that does not ask for the decision gets nothing through. */
static void
undecided_mail_is_deferred(void **state)
{
	static const char text[] = SOURCE("on_mismatch = pass");
	const struct message_means means = { .signers =
	    fakesigners_service(&signers),
	    .now = read_clock };
	struct facts facts = { 0 };
	struct message *m;
	struct config *config;
	struct fate fate;
	size_t nfaults;

	(void)state;
	config = config_load_text("f", text, sizeof(text) - 1, stderr,
	    &nfaults);
	assert_non_null(config);
	assert_non_null(m = message_new(config, &facts, &means));
	message_header(m, "From", 4, " a@example.com", 14);
	message_end(m, &fate);
	assert_int_equal(fate.action, ACTION_TEMPFAIL);
	assert_int_equal(fate.cause, CAUSE_SYSTEM);
	assert_string_not_equal(fate.reason, "");
	message_free(m);
	facts_finish(&facts);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_come_out_as_they_are),
		cmocka_unit_test(other_fates),
		cmocka_unit_test(each_author_counts),
		cmocka_unit_test(key_ends_during_a_message),
		cmocka_unit_test(undecided_mail_is_deferred),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

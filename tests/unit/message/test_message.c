/* SPDX-License-Identifier: ISC */

/*
 * What a message asks of its caller and keeps for it: whether the body is
 * needed, at each time; the hash of it; and whether it is fragile.  The
 * resolver, which finds no name, and the signers are this program's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "config/private.h"
#include "fakesigners.h"
#include "message/message.h"
#include "resolver/resolver.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define SOURCE(more)	"source \"a\" { login = crm domains = example.com " \
			more " }"
#define BY_DKIM		"source \"a\" { domains = example.com " \
			"dkim { domains = a.example } }"
#define SIGNATURE	" v=1; a=rsa-sha256; d=a.example; s=s1; h=from;" \
			" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;" \
			" b=AAAA"

static struct fakesigners signers;
static struct facts facts;
static struct config *config;
static struct fate fate;

struct dns_resolver *
dns_resolver_new(const struct dns_options *options, char *error,
    size_t errorsize)
{
	(void)options;
	(void)error;
	(void)errorsize;
	return NULL;
}

void
dns_resolver_free(struct dns_resolver *resolver)
{
	(void)resolver;
}

enum dns_status
dns_lookup(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	(void)arg;
	(void)name;
	(void)type;
	memset(answer, 0, sizeof(*answer));
	return DNS_NXDOMAIN;
}

void
dns_lookup_all(void *arg, const struct dns_question *questions, size_t n,
    enum dns_type type, struct dns_answer *answers)
{
	size_t i;

	for (i = 0; i < n; i++)
		answers[i].status = dns_lookup(arg, questions[i].name, type,
		    &answers[i]);
}

static int64_t
read_clock(void)
{
	return 1790000000;
}

static struct message *
begin(const char *text, const char *login)
{
	static struct message_means means;
	struct message *m;
	size_t nfaults;

	means = (struct message_means){
		.signers = fakesigners_service(&signers),
		.answers = { .resolver = (struct dns_resolver *)&signers },
		.now = read_clock
	};
	memset(&facts, 0, sizeof(facts));
	config = config_load_text("f", text, strlen(text), stderr, &nfaults);
	assert_non_null(config);
	assert_int_equal(facts_set(&facts.login, login), 0);
	assert_non_null(m = message_new(config, &facts, &means));
	return m;
}

static void
add(struct message *m, const char *name, const char *value)
{
	message_header(m, name, strlen(name), value, strlen(value));
}

static void
finish(struct message *m)
{
	message_free(m);
	facts_finish(&facts);
	config_unref(config);
}

static const struct {
	const char	*name, *config, *login;
	bool		 is_final, wants_body;
	enum action	 action;
} cases[] = {
	{ "to be signed", SOURCE(""), "crm", false, true, ACTION_SIGN },
	{ "waits for a signature", BY_DKIM, NULL, false, true,
	    ACTION_REJECT },
	{ "of nobody", "source \"a\" { login = crm domains = example.net }",
	    "crm", true, false, ACTION_PASS },
	{ "rejected", SOURCE(""), "other", true, false, ACTION_REJECT },
	{ "observed", SOURCE("mode = observe"), "crm", true, false,
	    ACTION_SIGN },
	{ "in quarantine", SOURCE("on_mismatch = quarantine"), "other",
	    false, false, ACTION_QUARANTINE },
	{ "quarantine, observed", SOURCE("mode = observe on_mismatch = "
	    "quarantine"), "other", true, false, ACTION_QUARANTINE },
	{ "a field to remove", SOURCE("on_mismatch = pass secret_header "
	    "X-Secret { value = 0123456789abcdef0123 }"), "crm", false,
	    false, ACTION_PASS },
	{ "a field to remove, observed", "mode = observe " SOURCE(
	    "on_mismatch = pass secret_header X-Secret { "
	    "value = 0123456789abcdef0123 }"), "crm", true, false,
	    ACTION_PASS },
};

/*
 * The body is wanted from the decision to the end, unless that does not depend
 * on it; what comes at other times has no effect.
 */
static void
test_body_is_wanted(void **state)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	struct message *m;
	size_t i;

	(void)state;
	(void)SHA256((const unsigned char *)"Hello\r\n", 7, hash);
	for (i = 0; i < SIZE(cases); i++) {
		print_message("# %s\n", cases[i].name);
		m = begin(cases[i].config, cases[i].login);
		add(m, "From", " a@example.com");
		add(m, "DKIM-Signature", SIGNATURE);
		add(m, "X-Secret", " another");
		assert_false(message_wants_body(m));
		message_body(m, "early\r\n", 7);
		assert_int_equal(message_decide(m, &fate), cases[i].is_final);
		assert_int_equal(message_wants_body(m), cases[i].wants_body);
		assert_null(message_bodyhash(m));
		message_body(m, "Hel", 3);
		message_body(m, "lo\r\n", 4);
		message_end(m, &fate);
		assert_int_equal(fate.action, cases[i].action);
		assert_false(message_wants_body(m));
		message_body(m, "late\r\n", 6);
		if (cases[i].wants_body)
			assert_memory_equal(message_bodyhash(m), hash,
			    sizeof(hash));
		else
			assert_null(message_bodyhash(m));
		finish(m);
	}
}

/* The body of a message with a malformed field is not hashed. */
static void
test_malformed(void **state)
{
	struct message *m;

	(void)state;
	m = begin(SOURCE("on_fault = pass"), "crm");
	add(m, "From", " a@example.com");
	add(m, "a b", " text");
	add(m, "Subject", " text");
	if (!message_decide(m, &fate)) {
		message_body(m, "Hello\r\n", 7);
		message_end(m, &fate);
	}
	assert_int_equal(fate.action, ACTION_PASS);
	assert_true(facts.malformed);
	assert_null(message_bodyhash(m));
	assert_int_equal(message_nsignatures(m), 0);
	finish(m);
}

#define WORD10	"0123456789"
#define WORD100	WORD10 WORD10 WORD10 WORD10 WORD10 WORD10 WORD10 WORD10 \
		WORD10 WORD10
#define WORD998	WORD100 WORD100 WORD100 WORD100 WORD100 WORD100 WORD100 \
		WORD100 WORD100 WORD10 WORD10 WORD10 WORD10 WORD10 WORD10 \
		WORD10 WORD10 WORD10 "01234567"
#define EIGHT	"Gr\xc3\xbc\xc3\x9f" "e\r\n"
#define LONG	"a line over 998 octets, which the next MTA breaks"
#define CONVERT	"an 8-bit body, which another MTA may convert"

static const struct {
	const char	*name, *config, *body;
	bool		 is_fragile;
	enum action	 action;
	const char	*reason;
} fragile[] = {
	{ "plain", SOURCE("on_fragile = reject"), "Hello\r\n", false,
	    ACTION_SIGN, "" },
	{ "998 octets", SOURCE("on_fragile = reject"), WORD998 "\r\n", false,
	    ACTION_SIGN, "" },
	{ "999 octets", SOURCE("on_fragile = reject"), WORD998 "x\r\n", true,
	    ACTION_REJECT, LONG },
	{ "8-bit", SOURCE("on_fragile = tempfail"), EIGHT, true,
	    ACTION_TEMPFAIL, CONVERT },
	{ "both", SOURCE("on_fragile = reject"), EIGHT WORD998 "x\r\n", true,
	    ACTION_REJECT, LONG },
	{ "8-bit, on a way that is safe", "eight_bit_safe = on " SOURCE(
	    "on_fragile = reject"), EIGHT, false, ACTION_SIGN, "" },
	{ "999 octets on it", "eight_bit_safe = on " SOURCE(
	    "on_fragile = reject"), WORD998 "x\r\n", true, ACTION_REJECT,
	    LONG },
	{ "signed in spite of that", SOURCE("on_fragile = warn"), EIGHT,
	    true, ACTION_SIGN, "" },
};

static void
test_fragile(void **state)
{
	struct message *m;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(fragile); i++) {
		m = begin(fragile[i].config, "crm");
		add(m, "From", " a@example.com");
		assert_false(message_decide(m, &fate));
		message_body(m, fragile[i].body, strlen(fragile[i].body));
		message_end(m, &fate);
		if (fate.action != fragile[i].action ||
		    message_is_fragile(m) != fragile[i].is_fragile ||
		    strcmp(fate.reason, fragile[i].reason) != 0)
			fail_msg("%s: %s: %s", fragile[i].name,
			    action_name(fate.action), fate.reason);
		assert_int_equal(message_nsignatures(m),
		    fate.action == ACTION_SIGN);
		finish(m);
	}
}

/* The author that is logged: of the decision, else the first one. */
static void
test_author(void **state)
{
	struct message *m;

	(void)state;
	m = begin(SOURCE(""), "other");
	assert_string_equal(message_author(m), "");
	add(m, "From", " b@example.net, a@example.com");
	assert_true(message_decide(m, &fate));
	assert_string_equal(message_author(m), "example.com");
	finish(m);
	m = begin("source \"a\" { login = crm domains = example.org }", "crm");
	add(m, "From", " b@example.net");
	assert_true(message_decide(m, &fate));
	assert_string_equal(message_author(m), "example.net");
	finish(m);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body_is_wanted),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_fragile),
		cmocka_unit_test(test_author),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

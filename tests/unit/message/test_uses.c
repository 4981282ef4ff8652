/* SPDX-License-Identifier: ISC */

/*
 * Which signatures give their uses back: a message that rests on a signature
 * it came with takes one use of it, for good only if it is signed.  The
 * resolver and the signers are this program's.
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

#include "config/private.h"
#include "fakesigners.h"
#include "message/message.h"
#include "resolver/resolver.h"
#include "signedmail.h"

#define NOW	1790000000
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define STEPS	4
#define SOURCE	"source \"s\" { domains = example.com "
#define BY_A	SOURCE "dkim { domains = a.example } "
#define BY_A_TWICE	SOURCE "dkim { domains = a.example max_uses = 2 } "
#define BY_BOTH	BY_A_TWICE "dkim { domains = b.example } "
#define HEADER	"From: joe@example.com\r\nSubject: hi\r\n"
#define BODY	"Hello\r\n"
#define BODY8	"Gr\xc3\xbc\xc3\x9f" "e\r\n"

static EVP_PKEY *key;
static char key_record[DKIMSIG_KEYRECORD_SIZE];

/* A resolver that has the record of our key at every name. */
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
	assert_non_null(answer->records = calloc(1, sizeof(*answer->records)));
	answer->n = 1;
	answer->records->data = (unsigned char *)strdup(key_record);
	assert_non_null(answer->records->data);
	answer->records->len = strlen(key_record);
	return DNS_OK;
}

void
dns_lookup_all(void *arg, const struct dns_question *questions, size_t n,
    enum dns_type type, struct dns_answer *answers)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)dns_lookup(arg, questions[i].name, type, &answers[i]);
}

static int64_t
read_clock(void)
{
	return NOW;
}

static int
make_key(void **state)
{
	(void)state;
	key = testkeys_make(DKIMSIG_ED25519_SHA256, 0);
	testkeys_record(key, DKIMSIG_ED25519_SHA256, key_record,
	    sizeof(key_record));
	return 0;
}

static int
free_key(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
}

/* Add the field by which a domain signs the message. */
static void
add_signature(struct message *m, const char *domain, const char *body)
{
	const struct dkimsig_sigspec spec = {
		.sdid = domain, .body_canon = DKIMSIG_CANON_SIMPLE,
		.algorithm = DKIMSIG_ED25519_SHA256,
	};
	struct signedmail mail = signedmail_make(HEADER, body, &spec, key);
	struct mailfile parts;
	const char *why;

	assert_true(mailfile_parse(&parts, mail.text, mail.len, &why));
	message_header(m, parts.fields[0].name, parts.fields[0].namelen,
	    parts.fields[0].value, parts.fields[0].valuelen);
	mailfile_finish(&parts);
	free(mail.text);
}

enum trouble_of_signers { NONE, NO_KEY, NO_SIGNER };

static const struct story {
	const char	*name;
	struct {
		const char	*config;
		const char	*body;
		enum trouble_of_signers trouble;
		enum action	 action;
	}		 steps[STEPS];
	size_t		 nsteps;
	size_t		 full_at;	/* the table is, from that step on */
} stories[] = {
	{ "one use", {
		{ BY_A "}", BODY, NONE, ACTION_SIGN },
		{ BY_A "}", BODY, NONE, ACTION_REJECT } }, 2, STEPS },
	{ "no signer", {
		{ BY_A "}", BODY, NO_SIGNER, ACTION_TEMPFAIL },
		{ BY_A "}", BODY, NONE, ACTION_SIGN },
		{ BY_A "}", BODY, NO_SIGNER, ACTION_REJECT },
		{ BY_A "}", BODY, NONE, ACTION_REJECT } }, 4, STEPS },
	{ "no key", {
		{ BY_A "on_no_key = tempfail }", BODY, NO_KEY,
		    ACTION_TEMPFAIL },
		{ BY_A "}", BODY, NONE, ACTION_SIGN },
		{ BY_A "}", BODY, NONE, ACTION_REJECT } }, 3, STEPS },
	{ "a body that would be converted", {
		{ BY_A "on_fragile = tempfail }", BODY8, NONE,
		    ACTION_TEMPFAIL },
		{ BY_A "on_fragile = warn }", BODY8, NONE, ACTION_SIGN },
		{ BY_A "on_fragile = warn }", BODY8, NONE, ACTION_REJECT } },
	    3, STEPS },
	{ "an observed message takes none, and returns none of others", {
		{ BY_A "mode = observe }", BODY, NONE, ACTION_SIGN },
		{ BY_A "}", BODY, NONE, ACTION_SIGN },
		{ BY_A_TWICE "mode = observe }", BODY, NO_KEY,
		    ACTION_TEMPFAIL },
		{ BY_A "}", BODY, NONE, ACTION_REJECT } }, 4, STEPS },
	{ "one of two is used up: the other is returned", {
		{ BY_BOTH "}", BODY, NONE, ACTION_SIGN },
		{ BY_BOTH "}", BODY, NONE, ACTION_REJECT },
		{ BY_A_TWICE "}", BODY, NONE, ACTION_SIGN },
		{ BY_A_TWICE "}", BODY, NONE, ACTION_REJECT } }, 4, STEPS },
	{ "two, and no signer: both are returned once", {
		{ BY_BOTH "}", BODY, NO_SIGNER, ACTION_TEMPFAIL },
		{ BY_BOTH "}", BODY, NONE, ACTION_SIGN },
		{ BY_A_TWICE "}", BODY, NO_SIGNER, ACTION_TEMPFAIL },
		{ BY_A "}", BODY, NONE, ACTION_REJECT } }, 4, STEPS },
	{ "two factors by one signature: one use", {
		{ BY_A_TWICE "dkim { domains = a.example max_uses = 2 } }",
		    BODY, NONE, ACTION_SIGN },
		{ BY_A_TWICE "dkim { domains = a.example max_uses = 2 } }",
		    BODY, NO_SIGNER, ACTION_TEMPFAIL },
		{ BY_A "}", BODY, NONE, ACTION_REJECT } }, 3, STEPS },
	{ "no room for the second: the first is returned once", {
		{ BY_A "}", BODY, NONE, ACTION_SIGN },
		{ BY_BOTH "}", BODY, NONE, ACTION_TEMPFAIL },
		{ BY_A "}", BODY, NONE, ACTION_REJECT },
		{ BY_A_TWICE "}", BODY, NONE, ACTION_SIGN } }, 4, 1 },
};

/* Uses of so many others that there is no room. */
static void
fill(struct replay *replay)
{
	unsigned char digest[REPLAY_DIGEST_SIZE] = { 0 };
	uint32_t i;

	for (i = 0; i < REPLAY_ENTRIES; i++) {
		memcpy(digest, &i, sizeof(i));
		(void)replay_use(replay, digest, NOW + 10000, 1, NOW);
	}
}

/* Send a message. */
static void
send_mail(const struct story *story, size_t step, struct replay *replay,
    struct fate *fate)
{
	static const int errors[] = {
		[NONE] = SIGN_OK, [NO_KEY] = SIGN_E_NOKEY,
		[NO_SIGNER] = SIGN_E_UNAVAILABLE
	};
	const char *text = story->steps[step].config;
	const char *body = story->steps[step].body;
	struct fakesigners signers = {
		.listed = errors[story->steps[step].trouble]
	};
	const struct message_means means = {
		.signers = fakesigners_service(&signers),
		.answers = { .resolver = (struct dns_resolver *)replay },
		.replay = replay, .now = read_clock
	};
	struct facts facts = { 0 };
	struct config *config;
	struct message *m;
	size_t nfaults;

	config = config_load_text("f", text, strlen(text), stderr, &nfaults);
	assert_non_null(config);
	assert_non_null(m = message_new(config, &facts, &means));
	add_signature(m, "a.example", body);
	add_signature(m, "b.example", body);
	message_header(m, "From", 4, " joe@example.com", 16);
	message_header(m, "Subject", 7, " hi", 3);
	if (!message_decide(m, fate)) {
		message_body(m, body, strlen(body));
		message_end(m, fate);
	}
	message_free(m);
	facts_finish(&facts);
	config_unref(config);
}

static void
test_stories(void **state)
{
	struct replay *replay;
	struct fate fate;
	size_t i, j;

	(void)state;
	for (i = 0; i < SIZE(stories); i++) {
		assert_non_null(replay = replay_new());
		for (j = 0; j < stories[i].nsteps; j++) {
			if (j == stories[i].full_at)
				fill(replay);
			send_mail(&stories[i], j, replay, &fate);
			if (fate.action != stories[i].steps[j].action)
				fail_msg("%s: message %zu: action %d (%s), "
				    "want %d", stories[i].name, j + 1,
				    fate.action, fate.reason,
				    stories[i].steps[j].action);
		}
		replay_free(replay);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}

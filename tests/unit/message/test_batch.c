/* SPDX-License-Identifier: ISC */

/*
 * Which signatures are made in one request, and what becomes of all of them if
 * one fails.  The signing service is this program's: each domain has two keys.
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
#include "message/message.h"

#define BEGIN	"source \"a\" { login = crm domains = example.com "
#define SOURCE	BEGIN "also_sign = { example.net, example.org } "

/* What the service is to do, and what was asked of it. */
static struct {
	const char	*fails;		/* "DOMAIN SELECTOR", or NULL */
	int		 error;
	bool		 fails_once;
	char		 calls[4096];	/* "DOMAIN SELECTOR, ...; ..." */
	const char	*stream;	/* of example.com; NULL: none */
	unsigned int	 nrefreshed;
	size_t		 nmore;		/* own keys, once refreshed */
	bool		 is_own_too;	/* also_sign has example.com, too */
	char		 reason[MESSAGE_REASON_SIZE];	/* of the fate */
} service;

/* Which stream is asked for the keys of a domain. */
static const char *
stream_of(const char *domain)
{
	return service.stream != NULL &&
	    strcmp(domain, "example.com") == 0 ? service.stream : "";
}

static int
list_keys(void *arg, const char *domain, const char *stream, bool refresh,
    unsigned int timeout_ms, struct sign_key keys[SIGN_MAX_KEYS],
    size_t *nkeys)
{
	size_t i;

	(void)arg;
	(void)timeout_ms;
	assert_string_equal(stream, stream_of(domain));
	service.nrefreshed += refresh;
	keys[0] = (struct sign_key){ .selector = "r",
	    .algorithm = DKIMSIG_RSA_SHA256 };
	keys[1] = (struct sign_key){ .selector = "e",
	    .algorithm = DKIMSIG_ED25519_SHA256 };
	*nkeys = 2;
	if (strcmp(domain, "example.com") != 0)
		return SIGN_OK;
	*nkeys += refresh ? service.nmore : 0;
	for (i = 2; i < *nkeys; i++) {
		keys[i] = keys[0];
		(void)snprintf(keys[i].selector, sizeof(keys[i].selector),
		    "s%zu", i);
	}
	return SIGN_OK;
}

static void
sign(void *arg, struct sign_block *blocks, size_t nblocks,
    unsigned int timeout_ms)
{
	char name[300];
	size_t i;

	(void)arg;
	(void)timeout_ms;
	if (service.calls[0] != '\0')
		(void)strlcat(service.calls, "; ", sizeof(service.calls));
	for (i = 0; i < nblocks; i++) {
		assert_string_equal(blocks[i].stream,
		    stream_of(blocks[i].domain));
		(void)snprintf(name, sizeof(name), "%s %s", blocks[i].domain,
		    blocks[i].key->selector);
		(void)strlcat(service.calls, i > 0 ? ", " : "",
		    sizeof(service.calls));
		(void)strlcat(service.calls, name, sizeof(service.calls));
		blocks[i].error = SIGN_OK;
		blocks[i].siglen = 64;
		if (service.fails == NULL || strcmp(service.fails, name) != 0)
			continue;
		blocks[i].error = service.error;
		blocks[i].siglen = 0;
		if (service.fails_once)
			service.fails = NULL;
	}
}

static int64_t
read_clock(void)
{
	return 1790000000;
}

static const char *
error_text(int error)
{
	return error == SIGN_E_FAILED ? "failed" : "another error";
}

/*
 * Send a message with a subject of so many octets; the signatures as "DOMAIN
 * SELECTOR, ..." from the first that is inserted to the last.
 */
static const char *
send_mail(size_t subjectlen)
{
	static const struct sign_service signers = { .list_keys = list_keys,
	    .sign = sign, .error_text = error_text };
	const struct message_means means = { .signers = &signers,
	    .now = read_clock };
	static char text[4096];
	const char *source;
	const struct message_signature *signature;
	struct facts facts = { 0 };
	struct config *config;
	struct message *m;
	struct fate fate;
	char *subject;
	size_t i, nfaults;

	source = service.stream != NULL ? SOURCE
	    "keys = desk expire = 1h }" : service.is_own_too ? BEGIN
	    "also_sign = { example.net, example.org, example.com } }" :
	    SOURCE "}";
	config = config_load_text("f", source, strlen(source), stderr,
	    &nfaults);
	assert_non_null(config);
	assert_non_null(subject = malloc(subjectlen));
	memset(subject, 'x', subjectlen);
	assert_int_equal(facts_set(&facts.login, "crm"), 0);
	assert_non_null(m = message_new(config, &facts, &means));
	message_header(m, "From", 4, " a@example.com", 14);
	message_header(m, "Subject", 7, subject, subjectlen);
	assert_false(message_decide(m, &fate));
	message_body(m, "Hello\r\n", 7);
	message_end(m, &fate);
	(void)strlcpy(service.reason, fate.reason, sizeof(service.reason));

	text[0] = '\0';
	for (i = 0; i < message_nsignatures(m); i++) {
		signature = message_signature(m, i);
		(void)strlcat(text, i > 0 ? ", " : "", sizeof(text));
		(void)strlcat(text, signature->sdid, sizeof(text));
		(void)strlcat(text, " ", sizeof(text));
		(void)strlcat(text, signature->key.selector, sizeof(text));
		assert_non_null(strstr(signature->value, signature->sdid));
		/* An hour, or a week. */
		assert_non_null(strstr(signature->value,
		    service.stream != NULL ? "x=1790003600;" :
		    "x=1790604800;"));
	}
	assert_int_equal(fate.action, message_nsignatures(m) > 0 ?
	    ACTION_SIGN : ACTION_TEMPFAIL);
	message_free(m);
	facts_finish(&facts);
	config_unref(config);
	free(subject);
	return text;
}

#define OTHERS	"example.org e, example.org r, example.net e, example.net r"
#define OWN	"example.com e, example.com r"

static const struct {
	const char	*name;
	const char	*fails;
	int		 error;
	bool		 fails_once;
	const char	*signatures;
	const char	*calls;
	unsigned int	 nrefreshed;
} cases[] = {
	{ "one request", NULL, 0, false, OTHERS ", " OWN, OTHERS ", " OWN,
	    0 },
	{ "another domain fails: only its signatures are missing",
	    "example.net e", SIGN_E_FAILED, false,
	    "example.org e, example.org r, " OWN, OTHERS ", " OWN, 0 },
	{ "a key of another domain is refused: its keys are listed again",
	    "example.net e", SIGN_E_NOKEY, false,
	    "example.org e, example.org r, " OWN, OTHERS ", " OWN, 1 },
	{ "a key of the author is refused: both sign again", "example.com r",
	    SIGN_E_REFUSED, true, OTHERS ", " OWN, OTHERS ", " OWN "; " OWN,
	    1 },
	{ "and is refused again", "example.com r", SIGN_E_NOKEY, false, "",
	    OTHERS ", " OWN "; " OWN, 1 },
	{ "a key of the author fails: none", "example.com e", SIGN_E_FAILED,
	    false, "", OTHERS ", " OWN, 0 },
	{ "no signer", "example.com e", SIGN_E_UNAVAILABLE, false, "",
	    OTHERS ", " OWN, 0 },
};

static void
test_batches(void **state)
{
	const char *signatures;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&service, 0, sizeof(service));
		service.fails = cases[i].fails;
		service.error = cases[i].error;
		service.fails_once = cases[i].fails_once;
		signatures = send_mail(10);
		if (strcmp(signatures, cases[i].signatures) != 0 ||
		    strcmp(service.calls, cases[i].calls) != 0 ||
		    service.nrefreshed != cases[i].nrefreshed)
			fail_msg("%s: %s by %s", cases[i].name, signatures,
			    service.calls);
	}
}

/*
 * The source's stream is asked for the keys of the author domain, first and
 * after a refusal, and never for those of also_sign.
 */
static void
test_streams(void **state)
{
	(void)state;
	memset(&service, 0, sizeof(service));
	service.stream = "desk";
	assert_string_equal(send_mail(10), OTHERS ", " OWN);
	assert_string_equal(service.calls, OTHERS ", " OWN);
	memset(&service, 0, sizeof(service));
	service.stream = "desk";
	service.fails = "example.com r";
	service.error = SIGN_E_REFUSED;
	service.fails_once = true;
	assert_string_equal(send_mail(10), OTHERS ", " OWN);
	assert_string_equal(service.calls, OTHERS ", " OWN "; " OWN);
	assert_int_equal(service.nrefreshed, 1);
}

/* After a refusal, own keys may be as many as there is room for, not more. */
static void
test_most_signatures(void **state)
{
	(void)state;
	memset(&service, 0, sizeof(service));
	service.fails = "example.com r";
	service.error = SIGN_E_NOKEY;
	service.fails_once = true;
	service.nmore = MESSAGE_MAX_SIGNATURES - 6;
	assert_non_null(strstr(send_mail(10), OWN));
	memset(&service, 0, sizeof(service));
	service.fails = "example.com r";
	service.error = SIGN_E_NOKEY;
	service.fails_once = true;
	service.nmore = MESSAGE_MAX_SIGNATURES - 5;
	assert_string_equal(send_mail(10), "");
	assert_string_equal(service.reason,
	    "signing for example.com: failed");
}

/* If also_sign names the author domain, its keys sign once, and last. */
static void
test_itself(void **state)
{
	(void)state;
	memset(&service, 0, sizeof(service));
	service.is_own_too = true;
	assert_string_equal(send_mail(10), OTHERS ", " OWN);
	assert_string_equal(service.calls, OTHERS ", " OWN);
	memset(&service, 0, sizeof(service));
	service.is_own_too = true;
	service.fails = "example.com r";
	service.error = SIGN_E_REFUSED;
	service.fails_once = true;
	assert_string_equal(send_mail(10), OTHERS ", " OWN);
	assert_int_equal(service.nrefreshed, 1);
}

/* If no signer answers one request, the others are not sent. */
static void
test_no_signer(void **state)
{
	(void)state;
	memset(&service, 0, sizeof(service));
	service.fails = "example.org e";
	service.error = SIGN_E_UNAVAILABLE;
	assert_string_equal(send_mail(SIGN_MAX_OCTETS), "");
	assert_string_equal(service.calls, "example.org e");
}

/* A request has at most SIGN_MAX_OCTETS, or a single block. */
static void
test_big_headers(void **state)
{
	static const struct {
		size_t		 subjectlen;
		const char	*calls;
	} sizes[] = {
		{ SIGN_MAX_OCTETS / 6 - 1000, OTHERS ", " OWN },
		{ SIGN_MAX_OCTETS / 3, "example.org e, example.org r; "
		    "example.net e, example.net r; example.com e, "
		    "example.com r" },
		{ SIGN_MAX_OCTETS, "example.org e; example.org r; "
		    "example.net e; example.net r; example.com e; "
		    "example.com r" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(&service, 0, sizeof(service));
		assert_string_equal(send_mail(sizes[i].subjectlen),
		    OTHERS ", " OWN);
		assert_string_equal(service.calls, sizes[i].calls);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_most_signatures),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_no_signer),
		cmocka_unit_test(test_big_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

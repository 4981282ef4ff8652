/* SPDX-License-Identifier: ISC */

/*
 * Which domain's keys sign a message: those of the author domain, else those
 * of the nearest parent that its source allows, without those that may not
 * sign for subdomains (RFC 6376, 3.6.1 and 3.10).  The signing service is this
 * program's: it has the keys that a case lists.
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

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define NDOMAINS	4
#define NO_SIGNER	"none"

static const char *error_texts[] = { "fine", "no key", "refused", "failed",
    "no signer", "no memory", "limited" };

/* The keys of domains; what was asked. */
static struct {
	const char *const (*domains)[2];	/* name, keys as in a case */
	char		 asked[512];		/* "DOMAIN DOMAIN! ..." */
	const char	*refused;		/* a selector; once */
	unsigned int	 timeout_ms;
} service;

/* Set keys to those of a text, "SELECTOR SELECTOR!": ! is a strict one. */
static size_t
read_keys(const char *text, struct sign_key *keys)
{
	size_t n, len;

	for (n = 0; *text != '\0'; n++) {
		len = strcspn(text, "! ");
		memset(&keys[n], 0, sizeof(keys[n]));
		memcpy(keys[n].selector, text, len);
		text += len;
		if ((keys[n].strict = *text == '!'))
			text++;
		text += *text == ' ';
	}
	return n;
}

static int
list_keys(void *arg, const char *domain, const char *stream, bool refresh,
    unsigned int timeout_ms, struct sign_key keys[SIGN_MAX_KEYS],
    size_t *nkeys)
{
	size_t i;

	(void)arg;
	(void)stream;
	service.timeout_ms = timeout_ms;
	(void)strlcat(service.asked, service.asked[0] != '\0' ? " " : "",
	    sizeof(service.asked));
	(void)strlcat(service.asked, domain, sizeof(service.asked));
	(void)strlcat(service.asked, refresh ? "!" : "",
	    sizeof(service.asked));
	for (i = 0; i < NDOMAINS && service.domains[i][0] != NULL; i++) {
		if (strcmp(service.domains[i][0], domain) != 0)
			continue;
		if (strcmp(service.domains[i][1], NO_SIGNER) == 0)
			return SIGN_E_UNAVAILABLE;
		*nkeys = read_keys(service.domains[i][1], keys);
		return SIGN_OK;
	}
	return SIGN_E_NOKEY;
}

static void
sign(void *arg, struct sign_block *blocks, size_t nblocks,
    unsigned int timeout_ms)
{
	size_t i;

	(void)arg;
	assert_int_equal(timeout_ms, service.timeout_ms);
	for (i = 0; i < nblocks; i++) {
		blocks[i].error = SIGN_OK;
		blocks[i].siglen = 256;
		memset(blocks[i].sig, 1, blocks[i].siglen);
		if (service.refused == NULL || strcmp(service.refused,
		    blocks[i].key->selector) != 0)
			continue;
		blocks[i].error = SIGN_E_REFUSED;
		blocks[i].siglen = 0;
		service.refused = NULL;
	}
}

static const char *
error_text(int error)
{
	return error_texts[-error];
}

static int64_t
read_clock(void)
{
	return 1790000000;
}

/* Send a message; its signatures from the first one on, as "DOMAIN: SELECTOR
 * SELECTOR", or what is said of it. */
static const char *
send_mail(const char *options, const char *author)
{
	static const struct sign_service signers = { .list_keys = list_keys,
	    .sign = sign, .error_text = error_text };
	const struct message_means means = { .signers = &signers,
	    .now = read_clock };
	const struct message_signature *signature;
	static char text[MESSAGE_REASON_SIZE + 64];
	char configuration[512], from[300];
	struct facts facts = { 0 };
	struct config *config;
	struct message *m;
	struct fate fate;
	size_t i, nfaults;

	(void)snprintf(configuration, sizeof(configuration),
	    "sign_timeout = 7s source \"a\" { login = crm %s }", options);
	(void)snprintf(from, sizeof(from), " a@%s", author);
	config = config_load_text("f", configuration, strlen(configuration),
	    stderr, &nfaults);
	assert_non_null(config);
	assert_int_equal(facts_set(&facts.login, "crm"), 0);
	assert_non_null(m = message_new(config, &facts, &means));
	message_header(m, "From", 4, from, strlen(from));
	if (!message_decide(m, &fate)) {
		message_body(m, "Hello\r\n", 7);
		message_end(m, &fate);
	}
	(void)snprintf(text, sizeof(text), "%s, cause %d: %s",
	    action_name(fate.action), fate.cause, fate.reason);
	assert_int_equal(message_nsignatures(m) > 0,
	    fate.action == ACTION_SIGN);
	for (i = 0; i < message_nsignatures(m); i++) {
		signature = message_signature(m, i);
		if (i == 0)
			(void)snprintf(text, sizeof(text), "%s:",
			    signature->sdid);
		else
			assert_int_equal(strncmp(text, signature->sdid,
			    strlen(signature->sdid)), 0);
		(void)strlcat(text, " ", sizeof(text));
		(void)strlcat(text, signature->key.selector, sizeof(text));
	}
	message_free(m);
	facts_finish(&facts);
	config_unref(config);
	return text;
}

#define TOP	"domains = { example.com, \"*.example.com\" }"
#define NEVER	"domains = \"*.example.com\""

/* Signatures are inserted at the top: the first key's comes last. */
static const struct {
	const char	*name, *options, *author;
	const char	*domains[NDOMAINS][2];
	const char	*want, *asked;
} cases[] = {
	{ "its own", TOP, "b.example.com", {
	    { "b.example.com", "x" }, { "example.com", "p" } },
	    "b.example.com: x", "b.example.com" },
	{ "its own, which are strict", TOP, "b.example.com", {
	    { "b.example.com", "x! y!" } },
	    "b.example.com: y x", "b.example.com" },
	{ "its parent's", TOP, "b.example.com", { { "example.com", "p q" } },
	    "example.com: q p", "b.example.com example.com" },
	{ "the nearest parent's", TOP, "a.b.example.com", {
	    { "example.com", "p" }, { "b.example.com", "n" } },
	    "b.example.com: n", "a.b.example.com b.example.com" },
	{ "a parent's parent's", TOP, "a.b.example.com", {
	    { "example.com", "p" } },
	    "example.com: p", "a.b.example.com b.example.com example.com" },
	{ "the first is strict", TOP, "b.example.com", {
	    { "example.com", "p! q r" } },
	    "example.com: r q", "b.example.com example.com" },
	{ "the last is strict", TOP, "b.example.com", {
	    { "example.com", "p q r!" } },
	    "example.com: q p", "b.example.com example.com" },
	{ "one between is strict", TOP, "b.example.com", {
	    { "example.com", "p q! r" } },
	    "example.com: r p", "b.example.com example.com" },
	{ "all of the nearest are strict", TOP, "a.b.example.com", {
	    { "b.example.com", "x! y!" }, { "example.com", "p" } },
	    "example.com: p", "a.b.example.com b.example.com example.com" },
	{ "all are strict", TOP, "b.example.com", {
	    { "example.com", "p!" } },
	    "tempfail, cause 3: signing for b.example.com: no key",
	    "b.example.com example.com" },
	{ "a parent that the source does not allow", NEVER, "b.example.com",
	    { { "example.com", "p" } },
	    "tempfail, cause 3: signing for b.example.com: no key",
	    "b.example.com" },
	{ "a parent between that it does not allow",
	    "domains = { example.com, a.b.example.com }", "a.b.example.com",
	    { { "b.example.com", "x" }, { "example.com", "p" } },
	    "example.com: p", "a.b.example.com example.com" },
	{ "none", TOP " on_no_key = reject", "b.example.com", { { NULL } },
	    "reject, cause 3: signing for b.example.com: no key",
	    "b.example.com example.com" },
	{ "none in the stream", TOP " keys = desk", "b.example.com",
	    { { NULL } }, "tempfail, cause 3: signing for b.example.com by "
	    "stream desk: no key", "b.example.com example.com" },
	{ "a name that has no keys", TOP, "a_b.example.com", {
	    { "a_b.example.com", "x" }, { "example.com", "p" } },
	    "example.com: p", "example.com" },
	{ "no signer: not the parent's", TOP " on_no_key = reject",
	    "b.example.com",
	    { { "b.example.com", NO_SIGNER }, { "example.com", "p" } },
	    "tempfail, cause 10: signing for b.example.com: no signer",
	    "b.example.com" },
	{ "no signer for the parent", TOP " on_no_key = reject",
	    "b.example.com", { { "example.com", NO_SIGNER } },
	    "tempfail, cause 10: signing for b.example.com: no signer",
	    "b.example.com example.com" },
};

static void
test_domains(void **state)
{
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		memset(&service, 0, sizeof(service));
		service.domains = cases[i].domains;
		got = send_mail(cases[i].options, cases[i].author);
		if (strcmp(got, cases[i].want) != 0 ||
		    strcmp(service.asked, cases[i].asked) != 0)
			fail_msg("%s: %s; asked for %s", cases[i].name, got,
			    service.asked);
		assert_int_equal(service.timeout_ms, 7000);
	}
}

/* If a key is refused, the search begins again at the author domain. */
static void
test_refused(void **state)
{
	static const char *const domains[NDOMAINS][2] = {
		{ "example.com", "p q! r" }
	};

	(void)state;
	memset(&service, 0, sizeof(service));
	service.domains = domains;
	service.refused = "r";
	assert_string_equal(send_mail(TOP, "b.example.com"),
	    "example.com: r p");
	assert_string_equal(service.asked, "b.example.com example.com "
	    "b.example.com! example.com!");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

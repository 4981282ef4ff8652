/* SPDX-License-Identifier: ISC */

/*
 * Signer to verifier and back: every canonicalization and algorithm, two
 * signatures over one body pass, and each verdict's reason.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"
#include "testkeys.h"

#define NOW	1790000000
#define MAX_FIELDS	16

struct field {
	const char	*name, *value;
};

static const struct field message[] = {
	{ "Received",	" from a by b" },
	{ "From",	" Joe <joe@example.com>" },
	{ "To",		" a@example.org,\r\n\tb@example.org" },
	{ "Subject ",	"  two \t words " },
	{ "Date",	" Mon, 23 Nov 2026 09:00:00 +0000" },
	{ "Comments",	" one" },
	{ "Comments",	" two" },
	{ "X-Empty",	"" },
};
#define NMESSAGE	(sizeof(message) / sizeof(message[0]))

static const char body[] = " Hi.\r\n\r\nWe  lost\tthe game. \r\n\r\n\r\n";

static EVP_PKEY *keys[2];
static char records[2][DKIMSIG_KEYRECORD_SIZE];

static int
make_keys(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		keys[i] = testkeys_make((enum dkimsig_algorithm)i, 2048);
		testkeys_record(keys[i], (enum dkimsig_algorithm)i,
		    records[i], sizeof(records[i]));
	}
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	return 0;
}

/* The signer with the whole message in it. */
static struct dkimsig_signer *
feed_signer(void)
{
	const struct dkimsig_signer_opts opts = {
		.body_canons = 1u << DKIMSIG_CANON_SIMPLE |
		    1u << DKIMSIG_CANON_RELAXED,
	};
	struct dkimsig_signer *s;
	size_t i;

	assert_int_equal(dkimsig_signer_new(&s, &opts), 0);
	for (i = 0; i < NMESSAGE; i++)
		assert_int_equal(dkimsig_signer_header(s, message[i].name,
		    strlen(message[i].name), message[i].value,
		    strlen(message[i].value)), 0);
	assert_int_equal(dkimsig_signer_end_headers(s), 0);
	assert_int_equal(dkimsig_signer_body(s, body, strlen(body)), 0);
	assert_int_equal(dkimsig_signer_end(s), 0);
	return s;
}

/* A finished field's value, to be freed. */
static char *
sign(struct dkimsig_signer *s, struct dkimsig_sigspec *spec)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	const char *value;
	size_t len, siglen;
	char *copy;

	if (spec->sdid == NULL)
		spec->sdid = "example.com";
	spec->selector = spec->algorithm == DKIMSIG_RSA_SHA256 ? "r" : "e";
	if (spec->timestamp == 0)
		spec->timestamp = NOW;
	assert_int_equal(dkimsig_signature_new(&signature, s, spec), 0);
	tbs = dkimsig_signature_block(signature, &len);
	siglen = testkeys_sign(keys[spec->algorithm], spec->algorithm, tbs,
	    len, sig);
	assert_int_equal(dkimsig_signature_field(signature, sig, siglen,
	    &value, &len), 0);
	assert_int_equal(strlen(value), len);
	copy = strdup(value);
	assert_non_null(copy);
	dkimsig_signature_free(signature);
	return copy;
}

static char *
sign_once(struct dkimsig_sigspec spec)
{
	struct dkimsig_signer *s = feed_signer();
	char *value = sign(s, &spec);

	dkimsig_signer_free(s);
	return value;
}

/* What a verifier says of the top signature of these fields. */
static struct dkimsig_verdict
verify_fields(const struct field *fields, size_t nfields, const char *text,
    enum dkimsig_dns status, const char *txt)
{
	const struct dkimsig_verifier_opts opts = { .now = NOW };
	struct dkimsig_verifier *v;
	struct dkimsig_verdict verdict;
	size_t i;

	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	for (i = 0; i < nfields; i++)
		assert_int_equal(dkimsig_verifier_header(v, fields[i].name,
		    strlen(fields[i].name), fields[i].value,
		    strlen(fields[i].value)), 0);
	assert_int_equal(dkimsig_verifier_end_headers(v), 0);
	for (i = 0; i < dkimsig_verifier_count(v); i++)
		assert_int_equal(dkimsig_verifier_key(v, i, status, txt,
		    strlen(txt)), 0);
	assert_int_equal(dkimsig_verifier_body(v, text, strlen(text)), 0);
	assert_int_equal(dkimsig_verifier_end(v), 0);
	assert_int_equal(dkimsig_verifier_result(v, 0, &verdict), 0);
	dkimsig_verifier_free(v);
	return verdict;
}

/* The same of the message with that signature on top. */
static struct dkimsig_verdict
verify(const char *value, const char *text, const char *txt)
{
	struct field fields[MAX_FIELDS];

	fields[0] = (struct field){ "DKIM-Signature", value };
	memcpy(fields + 1, message, sizeof(message));
	return verify_fields(fields, NMESSAGE + 1, text, DKIMSIG_DNS_FOUND,
	    txt);
}

static void
assert_verdict(struct dkimsig_verdict verdict, enum dkimsig_result result,
    enum dkimsig_reason reason)
{
	if (verdict.result != result || verdict.reason != reason)
		fail_msg("%s (%s)", dkimsig_result_name(verdict.result),
		    dkimsig_reason_text(verdict.reason));
}

static void
test_round_trips(void **state)
{
	struct dkimsig_sigspec spec;
	unsigned int i;
	char *value;

	(void)state;
	for (i = 0; i < 8; i++) {
		memset(&spec, 0, sizeof(spec));
		spec.algorithm = (enum dkimsig_algorithm)(i & 1);
		spec.header_canon = (enum dkimsig_canon)(i >> 1 & 1);
		spec.body_canon = (enum dkimsig_canon)(i >> 2 & 1);
		spec.lifetime = 3600;
		value = sign_once(spec);
		assert_verdict(verify(value, body, records[i & 1]),
		    DKIMSIG_RESULT_PASS, DKIMSIG_REASON_NONE);
		assert_verdict(verify(value, "Hi.\r\n", records[i & 1]),
		    DKIMSIG_RESULT_FAIL, DKIMSIG_REASON_BODY_HASH);
		assert_verdict(verify(value, body, records[~i & 1]),
		    DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_KEY_TYPE);
		free(value);
	}
}

/* Lines within 78 octets, and folds at blanks of the field alone. */
static void
test_folding(void **state)
{
	const char *line, *end;
	char *value;
	size_t column;

	(void)state;
	value = sign_once((struct dkimsig_sigspec){ .lifetime = 1 });
	column = strlen("DKIM-Signature:");
	for (line = value; (end = strstr(line, "\r\n")) != NULL;
	    line = end + 2, column = 0) {
		assert_true(column + (size_t)(end - line) <= 78);
		assert_int_equal(end[2], '\t');
	}
	assert_true(strlen(line) <= 78);
	assert_null(strstr(value, "z="));
	assert_null(strstr(value, " l="));
	free(value);
}

static void
test_two_signatures_one_pass(void **state)
{
	struct dkimsig_signer *s = feed_signer();
	struct dkimsig_sigspec rsa = { .header_canon = 1, .body_canon = 1 };
	struct dkimsig_sigspec ed = { .algorithm = DKIMSIG_ED25519_SHA256 };
	char *first = sign(s, &rsa), *second = sign(s, &ed);

	(void)state;
	assert_verdict(verify(first, body, records[0]),
	    DKIMSIG_RESULT_PASS, DKIMSIG_REASON_NONE);
	assert_verdict(verify(second, body, records[1]),
	    DKIMSIG_RESULT_PASS, DKIMSIG_REASON_NONE);
	dkimsig_signer_free(s);
	free(first);
	free(second);
}

/* RFC 6376 section 8.15: a field put on top of a signed one. */
static void
test_added_fields_break_it(void **state)
{
	static const char *const added[] = {
		"From", "Subject", "To", "Date", "Reply-To", "Cc",
		"Content-Type", "Content-Transfer-Encoding", "MIME-Version",
		"subject ",
	};
	struct field fields[MAX_FIELDS];
	char *value = sign_once((struct dkimsig_sigspec){ 0 });
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		fields[0] = (struct field){ added[i], " x@example.net" };
		fields[1] = (struct field){ "DKIM-Signature", value };
		memcpy(fields + 2, message, sizeof(message));
		assert_verdict(verify_fields(fields, NMESSAGE + 2, body,
		    DKIMSIG_DNS_FOUND, records[0]),
		    DKIMSIG_RESULT_FAIL, DKIMSIG_REASON_SIGNATURE);
	}
	free(value);
}

static const struct {
	const char		*title, *txt;
	enum dkimsig_reason	 reason;
} bad_records[] = {
	{ "not a tag list",	"nonsense",	DKIMSIG_REASON_KEY_SYNTAX },
	{ "empty",		"",		DKIMSIG_REASON_KEY_SYNTAX },
	{ "no p=",		"v=DKIM1; k=rsa", DKIMSIG_REASON_KEY_SYNTAX },
	{ "version",		"v=DKIM2; p=aaaa", DKIMSIG_REASON_KEY_VERSION },
	{ "version not first",	"k=rsa; v=DKIM1; p=aaaa",
	    DKIMSIG_REASON_KEY_VERSION },
	{ "revoked",		"v=DKIM1; p=",	DKIMSIG_REASON_KEY_REVOKED },
	{ "type",		"v=DKIM1; k=x; p=aaaa",
	    DKIMSIG_REASON_KEY_TYPE },
	{ "hash",		"v=DKIM1; h=sha1; p=aaaa",
	    DKIMSIG_REASON_KEY_HASH },
	{ "service",		"v=DKIM1; s=tlsrpt; p=aaaa",
	    DKIMSIG_REASON_KEY_SERVICE },
	{ "no key in p=",	"v=DKIM1; p=aaaa", DKIMSIG_REASON_KEY_SYNTAX },
	{ "no base64 in p=",	"v=DKIM1; p=a!aa", DKIMSIG_REASON_KEY_SYNTAX },
};

static void
test_bad_records(void **state)
{
	char *value = sign_once((struct dkimsig_sigspec){ 0 });
	struct dkimsig_verdict verdict;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad_records) / sizeof(bad_records[0]); i++) {
		verdict = verify(value, body, bad_records[i].txt);
		if (verdict.result != DKIMSIG_RESULT_PERMERROR ||
		    verdict.reason != bad_records[i].reason)
			fail_msg("%s: %s", bad_records[i].title,
			    dkimsig_reason_text(verdict.reason));
	}
	free(value);
}

static void
test_dns_answers(void **state)
{
	static const struct {
		enum dkimsig_dns	status;
		enum dkimsig_result	result;
		enum dkimsig_reason	reason;
	} answers[] = {
		{ DKIMSIG_DNS_NONE,	DKIMSIG_RESULT_PERMERROR,
		    DKIMSIG_REASON_NO_KEY },
		{ DKIMSIG_DNS_MANY,	DKIMSIG_RESULT_PERMERROR,
		    DKIMSIG_REASON_KEY_MANY },
		{ DKIMSIG_DNS_FAILED,	DKIMSIG_RESULT_TEMPERROR,
		    DKIMSIG_REASON_DNS_TEMPORARY },
	};
	struct field fields[MAX_FIELDS];
	char *value = sign_once((struct dkimsig_sigspec){ 0 });
	size_t i;

	(void)state;
	fields[0] = (struct field){ "DKIM-Signature", value };
	memcpy(fields + 1, message, sizeof(message));
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		assert_verdict(verify_fields(fields, NMESSAGE + 1, body,
		    answers[i].status, ""), answers[i].result,
		    answers[i].reason);
	free(value);
}

static void
test_small_key(void **state)
{
	EVP_PKEY *small = testkeys_make(DKIMSIG_RSA_SHA256, 512);
	char txt[DKIMSIG_KEYRECORD_SIZE];
	char *value = sign_once((struct dkimsig_sigspec){ 0 });

	(void)state;
	testkeys_record(small, DKIMSIG_RSA_SHA256, txt, sizeof(txt));
	assert_verdict(verify(value, body, txt), DKIMSIG_RESULT_PERMERROR,
	    DKIMSIG_REASON_KEY_SIZE);
	EVP_PKEY_free(small);
	free(value);
}

/* t=s: the signature's i= may not be a subdomain. */
static void
test_strict_key(void **state)
{
	char txt[DKIMSIG_KEYRECORD_SIZE + 8];
	char *value = sign_once((struct dkimsig_sigspec){
	    .auid = "@sub.example.com" });

	(void)state;
	assert_verdict(verify(value, body, records[0]), DKIMSIG_RESULT_PASS,
	    DKIMSIG_REASON_NONE);
	(void)snprintf(txt, sizeof(txt), "%s; t=s", records[0]);
	assert_verdict(verify(value, body, txt), DKIMSIG_RESULT_PERMERROR,
	    DKIMSIG_REASON_KEY_STRICT);
	free(value);
}

static void
test_times(void **state)
{
	char *value = sign_once((struct dkimsig_sigspec){
	    .timestamp = NOW - 100, .lifetime = 99 });

	(void)state;
	assert_verdict(verify(value, body, records[0]),
	    DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_EXPIRED);
	free(value);
	value = sign_once((struct dkimsig_sigspec){ .timestamp = NOW + 1 });
	assert_verdict(verify(value, body, records[0]),
	    DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_FUTURE);
	free(value);
}

#define HASH	"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define REST	"d=example.com; s=s; h=from; bh=" HASH "; b=aaaa"

static const struct {
	const char		*value;
	enum dkimsig_reason	 reason;
} bad_fields[] = {
	{ "v=1; a=rsa-sha256; " REST "; b=aaaa", DKIMSIG_REASON_SYNTAX },
	{ "v=1; a=rsa-sha256; nonsense; " REST, DKIMSIG_REASON_SYNTAX },
	{ "", DKIMSIG_REASON_SYNTAX },
	{ "v=2; a=rsa-sha256; " REST, DKIMSIG_REASON_VERSION },
	{ "a=rsa-sha256; " REST, DKIMSIG_REASON_MISSING_TAG },
	{ "v=1; " REST, DKIMSIG_REASON_MISSING_TAG },
	{ "v=1; a=rsa-sha1; " REST, DKIMSIG_REASON_ALGORITHM },
	{ "v=1; a=rsa-sha256; c=nowsp; " REST, DKIMSIG_REASON_CANON },
	{ "v=1; a=rsa-sha256; c=relaxed/; " REST, DKIMSIG_REASON_CANON },
	{ "v=1; a=rsa-sha256; c=relaxed/simple/simple; " REST,
	    DKIMSIG_REASON_CANON },
	{ "v=1; a=rsa-sha256; q=dns/srv; " REST, DKIMSIG_REASON_QUERY },
	{ "v=1; a=rsa-sha256; i=@example.net; " REST, DKIMSIG_REASON_AUID },
	{ "v=1; a=rsa-sha256; i=@notexample.com; " REST,
	    DKIMSIG_REASON_AUID },
	{ "v=1; a=rsa-sha256; t=2; x=2; " REST, DKIMSIG_REASON_TIMES },
	/* Not past yet, either. */
	{ "v=1; a=rsa-sha256; t=99999999999; x=99999999998; " REST,
	    DKIMSIG_REASON_TIMES },
	{ "v=1; a=rsa-sha256; t=-1; " REST, DKIMSIG_REASON_SYNTAX },
	{ "v=1; a=rsa-sha256; t=1234567890123; " REST,
	    DKIMSIG_REASON_SYNTAX },
	{ "v=1; a=rsa-sha256; l=; " REST, DKIMSIG_REASON_SYNTAX },
	{ "v=1; a=rsa-sha256; d=example.com; s=s; h=to; bh=" HASH
	    "; b=aaaa", DKIMSIG_REASON_FROM_UNSIGNED },
	{ "v=1; a=rsa-sha256; d=example.com; s=s; h=from; bh=aaaa; b=aaaa",
	    DKIMSIG_REASON_SYNTAX },
	{ "v=1; a=rsa-sha256; d=example.com; s=s; h=from; bh=" HASH "; b=",
	    DKIMSIG_REASON_SYNTAX },
	{ "v=1; a=rsa-sha256; d=example..com; s=s; h=from; bh=" HASH
	    "; b=aaaa", DKIMSIG_REASON_SYNTAX },
};

static void
test_bad_fields(void **state)
{
	struct dkimsig_verdict verdict;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad_fields) / sizeof(bad_fields[0]); i++) {
		verdict = verify(bad_fields[i].value, body, records[0]);
		if (verdict.result != DKIMSIG_RESULT_PERMERROR ||
		    verdict.reason != bad_fields[i].reason)
			fail_msg("%s: %s", bad_fields[i].value,
			    dkimsig_reason_text(verdict.reason));
	}
}

/* l= more than the canonical body has. */
static void
test_body_length(void **state)
{
	struct dkimsig_verdict verdict;

	(void)state;
	verdict = verify("v=1; a=rsa-sha256; l=1000000; " REST, body,
	    records[0]);
	assert_verdict(verdict, DKIMSIG_RESULT_PERMERROR,
	    DKIMSIG_REASON_BODY_LENGTH);
	verdict = verify("v=1; a=rsa-sha256; l=0; c=relaxed/relaxed; " REST,
	    body, records[0]);
	assert_verdict(verdict, DKIMSIG_RESULT_FAIL,
	    DKIMSIG_REASON_SIGNATURE);
	assert_true(verdict.body_unsigned > 10);
}

static void
test_too_many(void **state)
{
	const struct dkimsig_verifier_opts opts = { .now = NOW };
	struct dkimsig_verifier *v;
	struct dkimsig_verdict verdict;
	const char *name;
	size_t i;

	(void)state;
	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	for (i = 0; i < DKIMSIG_DEFAULT_SIGNATURES + 2; i++)
		assert_int_equal(dkimsig_verifier_header(v,
		    "DKIM-Signature", 14, "x", 1), 0);
	assert_int_equal(dkimsig_verifier_end_headers(v), 0);
	assert_int_equal(dkimsig_verifier_count(v), i);
	assert_int_equal(dkimsig_verifier_query(v, i - 1, &name), 0);
	assert_null(name);
	assert_int_equal(dkimsig_verifier_query(v, i, &name),
	    DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_verifier_end(v), 0);
	assert_int_equal(dkimsig_verifier_result(v, i - 1, &verdict), 0);
	assert_verdict(verdict, DKIMSIG_RESULT_PERMERROR,
	    DKIMSIG_REASON_LIMIT);
	assert_int_equal(verdict.field, i - 1);
	assert_int_equal(dkimsig_verifier_result(v, 0, &verdict), 0);
	assert_verdict(verdict, DKIMSIG_RESULT_PERMERROR,
	    DKIMSIG_REASON_SYNTAX);
	dkimsig_verifier_free(v);
}

static bool
wants_b_or_c(void *arg, const struct dkimsig_verdict *claim)
{
	size_t *asked = arg;

	(*asked)++;
	assert_int_equal(claim->result, DKIMSIG_RESULT_NONE);
	assert_string_equal(claim->sdid, "example.com");
	assert_int_equal(claim->body_length, -1);
	assert_int_equal(claim->field, *asked);
	return strcmp(claim->selector, "b") == 0 ||
	    strcmp(claim->selector, "c") == 0;
}

/* What is not wanted has no number, and leaves the limit to what is. */
static void
test_wants(void **state)
{
	static const char *const selectors[] = { "a", "b", "a", "c", "b" };
	size_t asked = 0, i;
	const struct dkimsig_verifier_opts opts = {
		.now = NOW, .max_signatures = 2, .wants = wants_b_or_c,
		.wants_arg = &asked
	};
	struct dkimsig_verdict verdict;
	struct dkimsig_verifier *v;
	const char *name;
	char value[256];

	(void)state;
	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	assert_int_equal(dkimsig_verifier_header(v, "DKIM-Signature", 14,
	    "not a signature", 15), 0);
	for (i = 0; i < 5; i++) {
		(void)snprintf(value, sizeof(value), " v=1; a=rsa-sha256; "
		    "d=example.com; s=%s; h=from; bh=%s; b=AAAA", selectors[i],
		    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
		assert_int_equal(dkimsig_verifier_header(v, "DKIM-Signature",
		    14, value, strlen(value)), 0);
	}
	assert_int_equal(dkimsig_verifier_end_headers(v), 0);
	assert_int_equal(asked, 4);
	assert_int_equal(dkimsig_verifier_count(v), 2);
	assert_int_equal(dkimsig_verifier_query(v, 0, &name), 0);
	assert_string_equal(name, "b._domainkey.example.com");
	assert_int_equal(dkimsig_verifier_query(v, 1, &name), 0);
	assert_string_equal(name, "c._domainkey.example.com");
	assert_int_equal(dkimsig_verifier_query(v, 2, &name),
	    DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_verifier_end(v), 0);
	assert_int_equal(dkimsig_verifier_result(v, 1, &verdict), 0);
	assert_int_equal(verdict.field, 4);
	assert_int_equal(dkimsig_verifier_result(v, 2, &verdict),
	    DKIMSIG_E_ARG);
	dkimsig_verifier_free(v);
}

/* The last time that was set, until the first verdict. */
static void
test_set_now(void **state)
{
	const struct dkimsig_verifier_opts opts = {
		.now = NOW, .clock_skew = 10
	};
	struct dkimsig_verifier *v;
	struct dkimsig_verdict verdict;
	const char *query;
	char *value = sign_once((struct dkimsig_sigspec){ .lifetime = 60 });
	size_t i;

	(void)state;
	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	assert_int_equal(dkimsig_verifier_header(v, "DKIM-Signature", 14,
	    value, strlen(value)), 0);
	for (i = 0; i < NMESSAGE; i++)
		assert_int_equal(dkimsig_verifier_header(v, message[i].name,
		    strlen(message[i].name), message[i].value,
		    strlen(message[i].value)), 0);
	assert_int_equal(dkimsig_verifier_end_headers(v), 0);
	assert_int_equal(dkimsig_verifier_query(v, 0, &query), 0);
	assert_non_null(query);
	assert_int_equal(dkimsig_verifier_set_now(v, 0), DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_verifier_set_now(v, INT64_MAX - 9),
	    DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_verifier_set_now(v, INT64_MAX - 10), 0);
	assert_int_equal(dkimsig_verifier_query(v, 0, &query), 0);
	assert_null(query);
	assert_int_equal(dkimsig_verifier_end(v), 0);
	assert_int_equal(dkimsig_verifier_set_now(v, NOW + 71), 0);
	assert_int_equal(dkimsig_verifier_result(v, 0, &verdict), 0);
	assert_verdict(verdict, DKIMSIG_RESULT_PERMERROR,
	    DKIMSIG_REASON_EXPIRED);
	assert_int_equal(dkimsig_verifier_set_now(v, NOW), DKIMSIG_E_STATE);
	dkimsig_verifier_free(v);
	free(value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_two_signatures_one_pass),
		cmocka_unit_test(test_added_fields_break_it),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_dns_answers),
		cmocka_unit_test(test_small_key),
		cmocka_unit_test(test_strict_key),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_set_now),
		cmocka_unit_test(test_bad_fields),
		cmocka_unit_test(test_body_length),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_wants),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}

/* SPDX-License-Identifier: ISC */

/*
 * Signatures that a message arrives with.  They are made by hand here, so
 * that they may say what our signer never would, such as l=.
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
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "message/answers.h"
#include "message/upstream.h"
#include "testkeys.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define NOW		1790000000
#define SIGNED		"t=1790000000; "
#define FROM		"From: a@example.com\r\n"
#define BODY		"Hello\r\n"
#define MOST		100	/* hostile signatures of a message */

static const char *const names[] = { "from", "subject" };
static EVP_PKEY *key;
static char key_record[512];

/* DNS: what it says to every question, and how often it was asked. */
struct fake {
	enum dns_status	 status;
	size_t		 n;		/* records, all the same */
	const char	*extra;		/* tags before the others of the key */
	unsigned int	 asked, rounds, apart;
	char		 name[300];	/* the last one */
};

static void
answer_one(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	struct fake *fake = arg;
	struct dns_record *record;
	char *text;
	int len;

	assert_int_equal(type, DNS_TXT);
	fake->asked++;
	(void)snprintf(fake->name, sizeof(fake->name), "%s", name);
	memset(answer, 0, sizeof(*answer));
	answer->status = fake->status;
	answer->records = calloc(fake->n + 1, sizeof(*record));
	assert_non_null(answer->records);
	for (; answer->n < fake->n; answer->n++) {
		record = &answer->records[answer->n];
		len = asprintf(&text, "v=DKIM1; %s%s", fake->extra != NULL ?
		    fake->extra : "", key_record + strlen("v=DKIM1; "));
		assert_true(len > 0);
		record->data = (unsigned char *)text;
		record->len = (size_t)len;
	}
}

static void
look_up(void *arg, const struct dns_question *asked, size_t n,
    enum dns_type type, struct dns_answer *answers)
{
	struct fake *fake = arg;
	size_t i;

	fake->rounds++;
	for (i = 0; i < n; i++) {
		fake->apart += asked[i].apart;
		answer_one(arg, asked[i].name, type, &answers[i]);
	}
}

/* All but selectors that begin with "hostile"; some by their names. */
static enum asked
wants(void *arg, const char *sdid, const char *selector)
{
	(void)arg;
	(void)sdid;
	if (strncmp(selector, "hostile", 7) == 0)
		return ASKED_BY_NOBODY;
	return strncmp(selector, "named", 5) == 0 ? ASKED_BY_NAME :
	    ASKED_BY_PATTERN;
}

static void
encode(char *out, size_t outsize, const unsigned char *in, size_t len)
{
	assert_true(outsize > 4 * ((len + 2) / 3));
	(void)EVP_EncodeBlock((unsigned char *)out, in, (int)len);
}

/* The value of a field that signs FROM and so much of the body, simple. */
static char *
sign(const char *tags, size_t bodylen)
{
	unsigned char hash[SHA256_DIGEST_LENGTH], sig[DKIMSIG_MAX_SIGVALUE];
	char bodyhash[64], b[128], *block, *value;
	size_t siglen;
	int len;

	(void)SHA256((const unsigned char *)BODY, bodylen, hash);
	encode(bodyhash, sizeof(bodyhash), hash, sizeof(hash));
	len = asprintf(&block, FROM "DKIM-Signature: v=1; "
	    "a=ed25519-sha256; bh=%s; %s; b=", bodyhash, tags);
	assert_true(len > 0);
	siglen = testkeys_sign(key, DKIMSIG_ED25519_SHA256, block,
	    (size_t)len, sig);
	encode(b, sizeof(b), sig, siglen);
	assert_true(asprintf(&value, "%s%s", strchr(block, ':') + 1 +
	    strlen(FROM) - strlen("From:") + strlen("DKIM-Signature:"), b) >
	    0);
	free(block);
	return value;
}

/* A message with n fields, the first on top, judged later. */
static struct upstream *
feed(char *const *fields, size_t n, const char *body, int64_t now)
{
	struct upstream *u = upstream_new(now, names, SIZE(names));
	size_t i;

	assert_non_null(u);
	for (i = 0; i < n; i++)
		upstream_header(u, "DKIM-Signature", 14, fields[i],
		    strlen(fields[i]));
	upstream_header(u, "From", 4, " a@example.com", 14);
	upstream_end_headers(u, wants, NULL);
	for (i = 0; body[i] != '\0'; i++)
		upstream_body(u, body + i, 1);
	upstream_end(u);
	return u;
}

#define TAGS	"d=example.com; s=sel; h=From"

static const struct {
	const char		*name, *tags;
	struct fake		 fake;
	size_t			 bodylen;
	const char		*body;
	int			 later;
	enum dkimsig_result	 result;
	enum dkimsig_reason	 reason;
} cases[] = {
	{ "passes", SIGNED TAGS, { .n = 1 }, 7, BODY, 0,
	    DKIMSIG_RESULT_PASS, DKIMSIG_REASON_NONE },
	{ "no such name", SIGNED TAGS, { .status = DNS_NXDOMAIN }, 7, BODY,
	    0, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_NO_KEY },
	{ "no TXT there", SIGNED TAGS, { .status = DNS_NODATA }, 7, BODY, 0,
	    DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_NO_KEY },
	{ "no usable record", SIGNED TAGS, { .status = DNS_OK }, 7, BODY, 0,
	    DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_NO_KEY },
	{ "two records", SIGNED TAGS, { .n = 2 }, 7, BODY, 0,
	    DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_KEY_MANY },
	{ "DNS fails", SIGNED TAGS, { .status = DNS_TEMPFAIL }, 7, BODY, 0,
	    DKIMSIG_RESULT_TEMPERROR, DKIMSIG_REASON_DNS_TEMPORARY },
	{ "body changed", SIGNED TAGS, { .n = 1 }, 7, "Hallo\r\n", 0,
	    DKIMSIG_RESULT_FAIL, DKIMSIG_REASON_BODY_HASH },
	{ "appended", SIGNED TAGS, { .n = 1 }, 7, BODY "x\r\n", 0,
	    DKIMSIG_RESULT_FAIL, DKIMSIG_REASON_BODY_HASH },
	{ "ahead, within skew", SIGNED TAGS, { .n = 1 }, 7, BODY,
	    -UPSTREAM_CLOCK_SKEW, DKIMSIG_RESULT_PASS, DKIMSIG_REASON_NONE },
	{ "further ahead", SIGNED TAGS, { .n = 1 }, 7, BODY,
	    -UPSTREAM_CLOCK_SKEW - 1, DKIMSIG_RESULT_PERMERROR,
	    DKIMSIG_REASON_FUTURE },
	{ "expired", SIGNED "x=1790000100; " TAGS, { .n = 1 }, 7, BODY,
	    1000, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_EXPIRED },
	{ "no t=", TAGS, { .n = 1 }, 7, BODY, 0, DKIMSIG_RESULT_PASS,
	    DKIMSIG_REASON_NONE },
};

static void
test_verdicts(void **state)
{
	const struct dkimsig_verdict *verdict;
	struct upstream *u;
	struct fake fake;
	char *field;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		fake = cases[i].fake;
		field = sign(cases[i].tags, cases[i].bodylen);
		u = feed(&field, 1, cases[i].body, NOW + cases[i].later);
		assert_int_equal(upstream_judge(u, look_up, &fake), 0);
		assert_int_equal(upstream_count(u), 1);
		verdict = &upstream_get(u, 0)->verdict;
		if (verdict->result != cases[i].result ||
		    verdict->reason != cases[i].reason)
			fail_msg("%s: %s: %s", cases[i].name,
			    dkimsig_result_name(verdict->result),
			    dkimsig_reason_text(verdict->reason));
		if (fake.asked > 0)
			assert_string_equal(fake.name,
			    "sel._domainkey.example.com");
		upstream_free(u);
		free(field);
	}
}

/* A signature is judged when the message is there, not when it began. */
static void
test_slow_message(void **state)
{
	static const struct {
		const char	*name, *tags;
		int		 begin, end;	/* seconds after NOW */
		enum dkimsig_reason reason;
		unsigned int	 asked;
	} slow[] = {
		{ "expires on the way", SIGNED "x=1790000600; " TAGS, 0,
		    601 + UPSTREAM_CLOCK_SKEW, DKIMSIG_REASON_EXPIRED, 0 },
		{ "does not", SIGNED "x=1790000600; " TAGS, 0,
		    600 + UPSTREAM_CLOCK_SKEW, DKIMSIG_REASON_NONE, 1 },
		{ "made on the way", SIGNED TAGS, -600, 0,
		    DKIMSIG_REASON_NONE, 1 },
	};
	struct upstream *u;
	struct fake fake;
	char *field;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(slow); i++) {
		fake = (struct fake){ .n = 1 };
		field = sign(slow[i].tags, 7);
		u = feed(&field, 1, BODY, NOW + slow[i].begin);
		upstream_set_now(u, NOW + slow[i].end);
		assert_int_equal(upstream_judge(u, look_up, &fake), 0);
		if (upstream_get(u, 0)->verdict.reason != slow[i].reason ||
		    fake.asked != slow[i].asked)
			fail_msg("%s", slow[i].name);
		upstream_free(u);
		free(field);
	}
}

/* Names with "_" are against the grammar, and in use. */
static void
test_underscores(void **state)
{
	struct fake fake = { .n = 1 };
	char *field = sign(SIGNED "d=mail_1.example.com; s=_s_1.x_; h=From",
	    7);
	struct upstream *u = feed(&field, 1, BODY, NOW);
	const struct upstream_signature *signature;

	(void)state;
	assert_int_equal(upstream_judge(u, look_up, &fake), 0);
	signature = upstream_get(u, 0);
	assert_int_equal(signature->verdict.result, DKIMSIG_RESULT_PASS);
	assert_string_equal(signature->verdict.sdid, "mail_1.example.com");
	assert_string_equal(signature->verdict.selector, "_s_1.x_");
	assert_string_equal(fake.name,
	    "_s_1.x_._domainkey.mail_1.example.com");
	upstream_free(u);
	free(field);
}

static void
test_what_it_says(void **state)
{
	struct fake fake = { .n = 1, .extra = "t=y; " };
	char *field = sign(SIGNED "x=1790000600; d=Example.COM; s=sel; "
	    "h=From : X-Tenant:from; l=3", 3);
	struct upstream *u = feed(&field, 1, BODY, NOW);
	const struct upstream_signature *signature;

	(void)state;
	assert_int_equal(upstream_judge(u, look_up, &fake), 0);
	signature = upstream_get(u, 0);
	assert_int_equal(signature->verdict.result, DKIMSIG_RESULT_PASS);
	assert_string_equal(signature->verdict.sdid, "example.com");
	assert_string_equal(signature->verdict.selector, "sel");
	assert_int_equal(signature->verdict.timestamp, NOW);
	assert_int_equal(signature->verdict.expires, NOW + 600);
	assert_int_equal(signature->verdict.body_length, 3);
	assert_true(signature->verdict.key_testing);
	assert_int_equal(signature->nfields, 3);
	assert_string_equal(signature->fields[0], "From");
	assert_string_equal(signature->fields[1], "X-Tenant");
	assert_string_equal(signature->fields[2], "from");
	assert_int_equal(signature->nleft_out, 0);
	upstream_free(u);
	free(field);
}

/* The same signature again is the same, whatever its base64 is folded to. */
static void
test_digest(void **state)
{
	struct fake fake = { .n = 1 };
	char *fields[3] = { sign(SIGNED TAGS, 7), NULL,
	    sign("t=1789999999; " TAGS, 7) };
	size_t len = strlen(fields[0]);
	struct upstream *u;

	(void)state;
	assert_true(asprintf(&fields[1], "%.*s\r\n %s", (int)len - 20,
	    fields[0], fields[0] + len - 20) > 0);
	u = feed(fields, 3, BODY, NOW);
	assert_int_equal(upstream_judge(u, look_up, &fake), 0);
	assert_int_equal(upstream_count(u), 3);
	assert_memory_equal(upstream_get(u, 0)->digest,
	    upstream_get(u, 1)->digest, UPSTREAM_DIGEST_SIZE);
	assert_memory_not_equal(upstream_get(u, 0)->digest,
	    upstream_get(u, 2)->digest, UPSTREAM_DIGEST_SIZE);
	/* All are under one name: one question, here and below. */
	assert_int_equal(fake.asked, 1);
	upstream_free(u);
	free(fields[0]);
	free(fields[1]);
	free(fields[2]);
}

/* A message with n such fields, by one key or by as many, with these tags
 * before; below them a genuine one if wanted. */
static struct upstream *
feed_many(size_t n, const char *prefix, const char *more, bool is_genuine)
{
	char *fields[MOST + 1] = { NULL }, tags[128], number[24];
	struct upstream *u;
	size_t i;

	for (i = 0; i < n; i++) {
		(void)snprintf(number, sizeof(number), "%zu", i);
		(void)snprintf(tags, sizeof(tags), SIGNED "%s"
		    "d=example.com; s=%s%s; h=From", more, prefix,
		    strcmp(prefix, "sel") == 0 ? "" : number);
		fields[i] = sign(tags, 7);
		/* Another body is what it is right for. */
		memcpy(strstr(fields[i], "bh=") + 3, "AAAA", 4);
	}
	if (is_genuine)
		fields[n++] = sign(SIGNED TAGS, 7);
	u = feed(fields, n, BODY, NOW);
	for (i = 0; i < n; i++)
		free(fields[i]);
	return u;
}

static const struct {
	const char	*name, *prefix, *more;
	size_t		 n, count, skipped;
	unsigned int	 asked;
	bool		 hides;		/* the genuine one */
} many[] = {
	{ "eight by the same key", "sel", "", 8, 9, 0, 1, false },
	{ "as many as are looked at", "sel", "",
	    UPSTREAM_MAX_SIGNATURES - 1, UPSTREAM_MAX_SIGNATURES, 0, 1,
	    false },
	{ "one more", "sel", "", UPSTREAM_MAX_SIGNATURES,
	    UPSTREAM_MAX_SIGNATURES, 0, 1, true },
	{ "that nobody asks for", "hostile", "", MOST, 1, MOST, 1,
	    false },
	{ "by as many keys as are asked for", "k", "",
	    UPSTREAM_MAX_KEYS - 1, UPSTREAM_MAX_KEYS, 0, UPSTREAM_MAX_KEYS,
	    false },
	{ "by one more", "k", "", UPSTREAM_MAX_KEYS, UPSTREAM_MAX_KEYS, 1,
	    UPSTREAM_MAX_KEYS, true },
	{ "of a part of the body", "sel", "l=1; ", 20,
	    UPSTREAM_MAX_PARTIAL + 1, 20 - UPSTREAM_MAX_PARTIAL, 1, false },
};

/* What stands above the genuine signature, and whether that hides it. */
static void
test_many(void **state)
{
	struct upstream *u;
	struct fake fake;
	size_t i, n;

	(void)state;
	for (i = 0; i < SIZE(many); i++) {
		fake = (struct fake){ .n = 1 };
		u = feed_many(many[i].n, many[i].prefix, many[i].more, true);
		assert_int_equal(upstream_judge(u, look_up, &fake), 0);
		n = upstream_count(u);
		if (n != many[i].count ||
		    upstream_skipped(u) != many[i].skipped ||
		    fake.asked != many[i].asked || fake.rounds != 1)
			fail_msg("%s: %zu, %zu skipped, %u asked in %u rounds",
			    many[i].name, n, upstream_skipped(u), fake.asked,
			    fake.rounds);
		if ((upstream_get(u, n - 1)->verdict.result ==
		    DKIMSIG_RESULT_PASS) == many[i].hides)
			fail_msg("%s", many[i].name);
		upstream_free(u);
	}
}

/* What cannot be read as a signature is none, and costs nothing. */
static void
test_unreadable(void **state)
{
	static const char *const tags[] = {
		"oops", SIGNED "d=example.com; s=sel; h=To",
		SIGNED "d=example.com; h=From",
	};
	struct fake fake = { .n = 1 };
	struct upstream *u;
	char *field;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(tags); i++) {
		field = sign(tags[i], 7);
		u = feed(&field, 1, BODY, NOW);
		assert_int_equal(upstream_judge(u, look_up, &fake), 0);
		assert_int_equal(upstream_count(u), 0);
		assert_int_equal(fake.rounds, 0);
		upstream_free(u);
		free(field);
	}
}

/* Where nobody asks for one, DNS is not asked at all. */
static void
test_none_wanted(void **state)
{
	struct fake fake = { .n = 1 };
	struct upstream *u = feed_many(MOST, "hostile", "", false);

	(void)state;
	assert_int_equal(upstream_judge(u, look_up, &fake), 0);
	assert_int_equal(upstream_count(u), 0);
	assert_int_equal(upstream_skipped(u), MOST);
	assert_int_equal(fake.rounds, 0);
	upstream_free(u);
}

/* Names that a sender may have chosen are looked up apart, others are not. */
static void
test_chosen_names(void **state)
{
	struct fake fake = { .n = 1 };
	char *fields[] = {
		sign(SIGNED "d=example.com; s=chosen; h=From", 7),
		sign(SIGNED "d=example.com; s=named1; h=From", 7),
		sign(SIGNED "d=Example.com; s=named2; h=From", 7),
	};
	struct upstream *u = feed(fields, SIZE(fields), BODY, NOW);
	size_t i;

	(void)state;
	assert_int_equal(upstream_judge(u, look_up, &fake), 0);
	assert_int_equal(upstream_count(u), 3);
	assert_int_equal(fake.rounds, 1);
	assert_int_equal(fake.asked, 3);
	assert_int_equal(fake.apart, 1);
	upstream_free(u);
	for (i = 0; i < SIZE(fields); i++)
		free(fields[i]);
}

/* A header over the library's limits: no signature, and no failure. */
static void
test_too_big(void **state)
{
	struct fake fake = { .n = 1 };
	char *field = sign(SIGNED TAGS, 7);
	struct upstream *u = upstream_new(NOW, names, SIZE(names));
	size_t i;

	(void)state;
	assert_non_null(u);
	upstream_header(u, "DKIM-Signature", 14, field, strlen(field));
	for (i = 0; i < 2000; i++)
		upstream_header(u, "From", 4, " a@example.com", 14);
	upstream_end_headers(u, wants, NULL);
	upstream_body(u, BODY, 7);
	upstream_end(u);
	assert_int_equal(upstream_judge(u, look_up, &fake), 0);
	assert_int_equal(upstream_count(u), 0);
	assert_int_equal(fake.asked, 0);
	upstream_free(u);
	free(field);
}

/* Without a resolver nothing is known, and nothing is denied. */
static void
test_no_resolver(void **state)
{
	const struct answers_means means = { NULL, NULL };
	char *fields[2] = { sign(SIGNED TAGS, 7), sign("oops", 7) };
	struct upstream *u = feed(fields, 2, BODY, NOW);
	struct facts facts = { 0 };

	(void)state;
	assert_int_equal(answers_dkim(&means, &facts, u), 0);
	assert_true(facts.dkim_known);
	assert_int_equal(facts.nsignatures, 1);
	assert_int_equal(facts.signatures[0].valid, FACT_TEMPFAIL);
	assert_string_equal(facts.signatures[0].dns_error, "no resolver");
	assert_string_equal(facts.signatures[0].sdid, "example.com");
	assert_int_equal(facts.signatures[0].timestamp, NOW);
	assert_int_equal(facts.signatures[0].nfields, 1);
	assert_memory_equal(facts.signatures[0].digest,
	    upstream_get(u, 0)->digest, FACTS_DIGEST_SIZE);
	assert_int_equal(answers_spf(&means, &facts, "example.com"), 0);
	assert_int_equal(facts_spf(&facts, "example.com")->covers,
	    FACT_TEMPFAIL);
	facts_finish(&facts);
	upstream_free(u);
	free(fields[0]);
	free(fields[1]);
	assert_int_equal(answers_dkim(&means, &facts, NULL),
	    DKIMSIG_E_NOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_slow_message),
		cmocka_unit_test(test_underscores),
		cmocka_unit_test(test_what_it_says),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_none_wanted),
		cmocka_unit_test(test_chosen_names),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_no_resolver)
	};
	int failed;

	key = testkeys_make(DKIMSIG_ED25519_SHA256, 0);
	testkeys_record(key, DKIMSIG_ED25519_SHA256, key_record,
	    sizeof(key_record));
	failed = cmocka_run_group_tests_name("upstream", tests, NULL, NULL);
	EVP_PKEY_free(key);
	return failed;
}

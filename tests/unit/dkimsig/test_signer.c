/* SPDX-License-Identifier: ISC */

/*
 * The signer by itself: what h= names, the order of calls, limits, faults,
 * and what a specification may not say.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"

#define NOW	1790000000

static const struct dkimsig_sigspec plain = {
	.sdid = "example.com",
	.selector = "s",
	.header_canon = DKIMSIG_CANON_RELAXED,
	.body_canon = DKIMSIG_CANON_RELAXED,
	.timestamp = NOW,
};

static struct dkimsig_signer *
new_signer(void)
{
	struct dkimsig_signer *s;

	assert_int_equal(dkimsig_signer_new(&s, NULL), 0);
	return s;
}

static int
add(struct dkimsig_signer *s, const char *name, const char *value)
{
	return dkimsig_signer_header(s, name, strlen(name), value,
	    strlen(value));
}

/* A signer at its end, with the fields of a list "Name:value" and no body. */
static struct dkimsig_signer *
with_fields(const char *const *fields)
{
	struct dkimsig_signer *s = new_signer();
	const char *colon;

	for (; *fields != NULL; fields++) {
		colon = strchr(*fields, ':');
		assert_int_equal(dkimsig_signer_header(s, *fields,
		    (size_t)(colon - *fields), colon + 1, strlen(colon + 1)),
		    0);
	}
	assert_int_equal(dkimsig_signer_end_headers(s), 0);
	assert_int_equal(dkimsig_signer_end(s), 0);
	return s;
}

/* The h= of the block's field, in a static buffer. */
static const char *
hnames_of(struct dkimsig_signer *s, const struct dkimsig_sigspec *spec)
{
	static char h[4096];
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	char *block, *at, *end;
	size_t len, n = 0;

	assert_int_equal(dkimsig_signature_new(&signature, s, spec), 0);
	tbs = dkimsig_signature_block(signature, &len);
	block = strndup((const char *)tbs, len);
	dkimsig_signature_free(signature);
	assert_non_null(block);
	at = strstr(block, "; h=");
	assert_non_null(at);
	end = strchr(at + 1, ';');
	for (at += 4; at < end; at++)
		if (*at != ' ')
			h[n++] = *at;
	h[n] = '\0';
	free(block);
	return h;
}

static void
test_default_names(void **state)
{
	static const char *const fields[] = {
		"Received: x", "From: a@example.com", "To: b", "To: c",
		"Comments: x", "List-Id: l", "DKIM-Signature: x",
		"Subject: s", NULL
	};
	struct dkimsig_signer *s = with_fields(fields);
	struct dkimsig_sigspec spec = plain;

	(void)state;
	assert_string_equal(hnames_of(s, &spec), "from:from:subject:subject:"
	    "to:to:to:list-id:reply-to:cc:mime-version:content-type:"
	    "content-transfer-encoding");
	spec.no_oversign = true;
	assert_string_equal(hnames_of(s, &spec),
	    "from:subject:to:to:list-id");
	dkimsig_signer_free(s);
}

/* A field that is left out is neither counted nor hashed. */
static void
test_omitted(void **state)
{
	static const char *const fields[] = {
		"From: a@example.com", "To: b", "To: c", "Subject: s", NULL
	};
	struct dkimsig_signer *s = with_fields(fields);
	struct dkimsig_sigspec spec = plain;
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	size_t len;

	(void)state;
	spec.no_oversign = true;
	assert_int_equal(dkimsig_signer_omit(s, 4), DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_signer_omit(s, 2), 0);
	assert_int_equal(dkimsig_signer_omit(s, 3), 0);
	assert_string_equal(hnames_of(s, &spec), "from:to");
	assert_int_equal(dkimsig_signature_new(&signature, s, &spec), 0);
	/* One that exists stays as it is. */
	assert_int_equal(dkimsig_signer_omit(s, 1), 0);
	tbs = dkimsig_signature_block(signature, &len);
	assert_non_null(memmem(tbs, len, "to:b\r\n", 6));
	assert_null(memmem(tbs, len, "to:c\r\n", 6));
	dkimsig_signature_free(signature);
	assert_int_equal(dkimsig_signer_omit(s, 0), 0);
	assert_int_equal(dkimsig_signature_new(&signature, s, &spec),
	    DKIMSIG_E_NOFROM);
	assert_null(signature);
	dkimsig_signer_free(s);

	s = new_signer();
	assert_int_equal(dkimsig_signer_omit(s, 0), DKIMSIG_E_STATE);
	dkimsig_signer_free(s);
}

static void
test_own_names(void **state)
{
	static const char *const fields[] = {
		"From: a@example.com", "X: 1", "x : 2", "To: b", NULL
	};
	static const char *const sign[] = { "X", "to", "absent", "from" };
	static const char *const oversign[] = { "x", "absent" };
	static const char *const guard[] = { "To", "absent" };
	struct dkimsig_signer *s = with_fields(fields);
	struct dkimsig_sigspec spec = plain;

	(void)state;
	spec.sign = sign;
	spec.nsign = 4;
	spec.oversign = oversign;
	spec.noversign = 2;
	spec.guard = guard;
	spec.nguard = 2;
	assert_string_equal(hnames_of(s, &spec), "from:X:X:X:to:to:absent");
	dkimsig_signer_free(s);
}

/* RFC 6376 section 5.4.2: the fields of a name, from the bottom up. */
static void
test_block_is_bottom_up(void **state)
{
	static const char *const fields[] = {
		"X: 1", "From: a@example.com", "X: 2", "X: 3", NULL
	};
	static const char *const sign[] = { "x" };
	static const char begin[] = "from:a@example.com\r\nx:3\r\nx:2\r\n"
	    "x:1\r\ndkim-signature:v=1; ";
	struct dkimsig_signer *s = with_fields(fields);
	struct dkimsig_sigspec spec = plain;
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	size_t len;

	(void)state;
	spec.sign = sign;
	spec.nsign = 1;
	assert_int_equal(dkimsig_signature_new(&signature, s, &spec), 0);
	tbs = dkimsig_signature_block(signature, &len);
	assert_true(len > strlen(begin));
	assert_memory_equal(tbs, begin, strlen(begin));
	assert_memory_equal(tbs + len - 4, "; b=", 4);
	dkimsig_signature_free(signature);
	dkimsig_signer_free(s);
}

static const struct {
	const char	*title;
	struct dkimsig_sigspec	spec;
	int		 error;
} specs[] = {
	{ "no SDID",		{ .selector = "s", .timestamp = 1 },
	    DKIMSIG_E_ARG },
	{ "no selector",	{ .sdid = "a.example", .timestamp = 1 },
	    DKIMSIG_E_ARG },
	{ "SDID in capitals",	{ .sdid = "A.example", .selector = "s",
	    .timestamp = 1 },	DKIMSIG_E_ARG },
	{ "SDID of one label",	{ .sdid = "example", .selector = "s",
	    .timestamp = 1 },	DKIMSIG_E_ARG },
	{ "SDID with a semicolon", { .sdid = "a;b=.example", .selector = "s",
	    .timestamp = 1 },	DKIMSIG_E_ARG },
	{ "bad selector",	{ .sdid = "a.example", .selector = "s;",
	    .timestamp = 1 },	DKIMSIG_E_ARG },
	{ "no time",		{ .sdid = "a.example", .selector = "s" },
	    DKIMSIG_E_ARG },
	{ "time too large",	{ .sdid = "a.example", .selector = "s",
	    .timestamp = 1000000000000 }, DKIMSIG_E_ARG },
	{ "negative lifetime",	{ .sdid = "a.example", .selector = "s",
	    .timestamp = 1, .lifetime = -1 }, DKIMSIG_E_ARG },
	{ "lifetime too large",	{ .sdid = "a.example", .selector = "s",
	    .timestamp = 1, .lifetime = INT64_MAX }, DKIMSIG_E_ARG },
	{ "AUID elsewhere",	{ .sdid = "a.example", .selector = "s",
	    .timestamp = 1, .auid = "@b.example" }, DKIMSIG_E_ARG },
	{ "AUID alike",		{ .sdid = "a.example", .selector = "s",
	    .timestamp = 1, .auid = "@xa.example" }, DKIMSIG_E_ARG },
	{ "AUID with a local part", { .sdid = "a.example", .selector = "s",
	    .timestamp = 1, .auid = "x@a.example" }, DKIMSIG_E_ARG },
	{ "a body never hashed", { .sdid = "a.example", .selector = "s",
	    .timestamp = 1, .body_canon = DKIMSIG_CANON_SIMPLE },
	    DKIMSIG_E_ARG },
	{ "right",		{ .sdid = "a.example", .selector = "s.t",
	    .timestamp = 1, .body_canon = DKIMSIG_CANON_RELAXED,
	    .auid = "@x.a.example" }, 0 },
};

static void
test_specs(void **state)
{
	static const char *const fields[] = { "From: a@example.com", NULL };
	struct dkimsig_signer *s = with_fields(fields);
	struct dkimsig_signature *signature;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		if (dkimsig_signature_new(&signature, s, &specs[i].spec) !=
		    specs[i].error)
			fail_msg("%s", specs[i].title);
		dkimsig_signature_free(signature);
	}
	dkimsig_signer_free(s);
}

static void
test_names_refused(void **state)
{
	static const char *const fields[] = { "From: a@example.com", NULL };
	static const char *const names[] = {
		"DKIM-Signature", "", "a b", "a:b", "a;b", "\xc3\xa4",
	};
	struct dkimsig_signer *s = with_fields(fields);
	struct dkimsig_sigspec spec;
	struct dkimsig_signature *signature;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		spec = plain;
		spec.sign = &names[i];
		spec.nsign = 1;
		assert_int_equal(dkimsig_signature_new(&signature, s, &spec),
		    DKIMSIG_E_ARG);
		spec = plain;
		spec.guard = &names[i];
		spec.nguard = 1;
		assert_int_equal(dkimsig_signature_new(&signature, s, &spec),
		    DKIMSIG_E_ARG);
	}
	dkimsig_signer_free(s);
}

static void
test_no_from(void **state)
{
	static const char *const fields[] = { "To: a@example.com", NULL };
	struct dkimsig_signer *s = with_fields(fields);
	struct dkimsig_signature *signature;

	(void)state;
	assert_int_equal(dkimsig_signature_new(&signature, s, &plain),
	    DKIMSIG_E_NOFROM);
	dkimsig_signer_free(s);
}

static void
test_call_order(void **state)
{
	struct dkimsig_signer *s = new_signer();
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	const char *value;
	size_t len;

	(void)state;
	/* In the header. */
	assert_int_equal(add(s, "From", " a@example.com"), 0);
	assert_int_equal(dkimsig_signer_body(s, "", 0), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_end(s), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signature_new(&signature, s, &plain),
	    DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_bodyhash(s, DKIMSIG_CANON_RELAXED,
	    &tbs), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_end_headers(s), 0);
	/* In the body. */
	assert_int_equal(add(s, "To", " b"), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_end_headers(s), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signature_new(&signature, s, &plain),
	    DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_body(s, NULL, 0), 0);
	assert_int_equal(dkimsig_signer_end(s), 0);
	/* After the end. */
	assert_int_equal(add(s, "To", " b"), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_end_headers(s), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_body(s, "x", 1), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_end(s), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signature_new(&signature, s, &plain), 0);
	assert_int_equal(dkimsig_signature_field(signature, "x", 0, &value,
	    &len), DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_signature_field(signature, "x",
	    DKIMSIG_MAX_SIGVALUE + 1, &value, &len), DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_signature_field(signature, "x", 1, &value,
	    &len), 0);
	assert_int_equal(dkimsig_signature_field(signature, "x", 1, &value,
	    &len), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_signer_bodyhash(s, DKIMSIG_CANON_SIMPLE,
	    &tbs), DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_signer_bodyhash(s, DKIMSIG_CANON_RELAXED,
	    &tbs), 0);
	dkimsig_signer_free(s);
	/* A signature outlives its signer. */
	assert_non_null(dkimsig_signature_block(signature, &len));
	dkimsig_signature_free(signature);
	dkimsig_signature_free(NULL);
	dkimsig_signer_free(NULL);
}

static const struct {
	const char	*name, *value;
	int		 error;
} header_errors[] = {
	{ "",		" x",		DKIMSIG_E_SYNTAX },
	{ " ",		" x",		DKIMSIG_E_SYNTAX },
	{ "a b",	" x",		DKIMSIG_E_SYNTAX },
	{ "a:b",	" x",		DKIMSIG_E_SYNTAX },
	{ "\x7f",	" x",		DKIMSIG_E_SYNTAX },
	{ "X",		" a\r\nb",	DKIMSIG_E_SYNTAX },
	{ "X",		" a\r\n",	DKIMSIG_E_SYNTAX },
	{ "X\t ",	" a\r\n b",	0 },
	{ "X",		"",		0 },
};

static void
test_header_errors_stick(void **state)
{
	struct dkimsig_signer *s;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(header_errors) / sizeof(header_errors[0]);
	    i++) {
		s = new_signer();
		r = add(s, header_errors[i].name, header_errors[i].value);
		assert_int_equal(r, header_errors[i].error);
		assert_int_equal(add(s, "From", " x"), r);
		assert_int_equal(dkimsig_signer_end_headers(s), r);
		assert_int_equal(dkimsig_signer_body(s, "x", 1), r);
		assert_int_equal(dkimsig_signer_end(s), r);
		dkimsig_signer_free(s);
	}
}

static void
test_limits(void **state)
{
	struct dkimsig_signer_opts opts = { .max_header = 20 };
	struct dkimsig_signer *s;
	size_t i;

	(void)state;
	/* Name, colon, value and CRLF count. */
	assert_int_equal(dkimsig_signer_new(&s, &opts), 0);
	assert_int_equal(add(s, "From", " 23456789ab"), 0);
	assert_int_equal(add(s, "X", ""), DKIMSIG_E_TOOBIG);
	dkimsig_signer_free(s);
	assert_int_equal(dkimsig_signer_new(&s, &opts), 0);
	assert_int_equal(add(s, "From", " 23456789abcd"), 0);
	dkimsig_signer_free(s);
	assert_int_equal(dkimsig_signer_new(&s, &opts), 0);
	assert_int_equal(add(s, "From", " 23456789abcde"),
	    DKIMSIG_E_TOOBIG);
	dkimsig_signer_free(s);

	s = new_signer();
	for (i = 0; i < DKIMSIG_MAX_FIELDS; i++)
		assert_int_equal(add(s, "X", " x"), 0);
	assert_int_equal(add(s, "X", " x"), DKIMSIG_E_TOOBIG);
	dkimsig_signer_free(s);

	opts.max_header = DKIMSIG_MAX_HEADER + 1;
	assert_int_equal(dkimsig_signer_new(&s, &opts), DKIMSIG_E_ARG);
	assert_null(s);
	opts.max_header = 0;
	opts.max_fields = DKIMSIG_MAX_FIELDS + 1;
	assert_int_equal(dkimsig_signer_new(&s, &opts), DKIMSIG_E_ARG);
	opts.max_fields = 0;
	opts.body_canons = 4;
	assert_int_equal(dkimsig_signer_new(&s, &opts), DKIMSIG_E_ARG);
}

static void
test_too_many_names(void **state)
{
	struct dkimsig_signer *s = new_signer();
	struct dkimsig_signature *signature;
	size_t i;

	(void)state;
	assert_int_equal(add(s, "From", " a@example.com"), 0);
	for (i = 0; i < DKIMSIG_MAX_HNAMES; i++)
		assert_int_equal(add(s, "List-Help", " x"), 0);
	assert_int_equal(dkimsig_signer_end_headers(s), 0);
	assert_int_equal(dkimsig_signer_end(s), 0);
	assert_int_equal(dkimsig_signature_new(&signature, s, &plain),
	    DKIMSIG_E_TOOBIG);
	dkimsig_signer_free(s);
}

#define X100	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X900	X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X998	X900 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char	*value, *body;
	unsigned int	 faults;
} faults[] = {
	{ " x",		"a\r\nb\r\n",	0 },
	{ " x\r\n y",	"a",		0 },
	{ " x\ry",	"",		DKIMSIG_FAULT_BARE_CR },
	{ " x\ny",	"",		DKIMSIG_FAULT_BARE_LF },
	{ " x",		"a\rb\r\n",	DKIMSIG_FAULT_BARE_CR },
	{ " x",		"a\r\r\n",	DKIMSIG_FAULT_BARE_CR },
	{ " x",		"a\r",		DKIMSIG_FAULT_BARE_CR },
	{ " x",		"\n",		DKIMSIG_FAULT_BARE_LF },
	{ " x",		"a\r\n\nb",	DKIMSIG_FAULT_BARE_LF },
	{ " x",		"\xc3\xa4\r\n",	DKIMSIG_FAULT_8BIT_BODY },
	{ " x\ty",	"\t\f\033[1m\r\n",	0 },
	{ " x\vy",	"",		DKIMSIG_FAULT_CONTROL },
	{ " \033[1m",	"",		DKIMSIG_FAULT_CONTROL },
	{ " \001\r\n y",	"",	DKIMSIG_FAULT_CONTROL },
	{ " \177",	"",		DKIMSIG_FAULT_CONTROL },
	{ " \200\377",	"",		0 },
	{ " x",		X998 "\r\n" X998,	0 },
	{ " x",		"\r\n" X998 "x\r\n",	DKIMSIG_FAULT_LONG_LINE },
	{ " " X998 "x",	"",		DKIMSIG_FAULT_LONG_LINE },
};

/* Whole, octet by octet, and cut at every offset. */
static void
test_faults(void **state)
{
	struct dkimsig_signer *s;
	const char *b;
	size_t i, cut, len;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		b = faults[i].body;
		len = strlen(b);
		for (cut = 0; cut <= len; cut++) {
			s = new_signer();
			assert_int_equal(add(s, "X", faults[i].value), 0);
			assert_int_equal(dkimsig_signer_end_headers(s), 0);
			assert_int_equal(dkimsig_signer_body(s, b, cut), 0);
			assert_int_equal(dkimsig_signer_body(s, b + cut,
			    len - cut), 0);
			assert_int_equal(dkimsig_signer_end(s), 0);
			if (dkimsig_signer_faults(s) != faults[i].faults)
				fail_msg("row %zu, cut at %zu: %#x", i, cut,
				    dkimsig_signer_faults(s));
			dkimsig_signer_free(s);
		}
	}
}

static void
test_nul_and_repeated(void **state)
{
	struct dkimsig_signer *s = new_signer();

	(void)state;
	assert_int_equal(dkimsig_signer_header(s, "X", 1, " \0", 2), 0);
	assert_int_equal(dkimsig_signer_faults(s), DKIMSIG_FAULT_NUL);
	assert_int_equal(add(s, "Subject", " a"), 0);
	assert_int_equal(add(s, "Received", " a"), 0);
	assert_int_equal(add(s, "Received", " a"), 0);
	/* No reader is deceived by a second one of these. */
	assert_int_equal(add(s, "References", " <a>"), 0);
	assert_int_equal(add(s, "References", " <a>"), 0);
	assert_int_equal(add(s, "In-Reply-To", " <a>"), 0);
	assert_int_equal(add(s, "In-Reply-To", " <a>"), 0);
	assert_int_equal(add(s, "MIME-Version", " 1.0"), 0);
	assert_int_equal(add(s, "MIME-Version", " 1.0"), 0);
	assert_int_equal(dkimsig_signer_faults(s), DKIMSIG_FAULT_NUL);
	assert_int_equal(add(s, "SUBJECT ", " a"), 0);
	assert_int_equal(dkimsig_signer_faults(s),
	    DKIMSIG_FAULT_NUL | DKIMSIG_FAULT_REPEATED);
	dkimsig_signer_free(s);

	s = new_signer();
	assert_int_equal(dkimsig_signer_end_headers(s), 0);
	assert_int_equal(dkimsig_signer_body(s, "a\0b", 3), 0);
	assert_int_equal(dkimsig_signer_faults(s), DKIMSIG_FAULT_NUL);
	dkimsig_signer_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_names),
		cmocka_unit_test(test_omitted),
		cmocka_unit_test(test_own_names),
		cmocka_unit_test(test_block_is_bottom_up),
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_names_refused),
		cmocka_unit_test(test_no_from),
		cmocka_unit_test(test_call_order),
		cmocka_unit_test(test_header_errors_stick),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_too_many_names),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_nul_and_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

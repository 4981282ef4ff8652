/* SPDX-License-Identifier: ISC */

/*
 * Which fields the signatures of a source cover: what sign_headers, oversign
 * and guard make of the defaults, seen in the h= that the library composes.
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
#include "dkimsig/dkimsig.h"

/*
 * One From, Subject and Sender; of what the default lists have, nothing else.
 */
static const struct {
	const char	*name, *options, *names;
} cases[] = {
	{ "defaults", "",
	    "from:from:sender:sender:subject:subject:reply-to:cc:"
	    "mime-version:content-type:content-transfer-encoding" },
	{ "guarded besides", "guard = { \"+list-id\", \"+sender\" }",
	    "from:from:sender:sender:subject:subject:reply-to:cc:"
	    "mime-version:content-type:content-transfer-encoding:list-id" },
	{ "no longer guarded", "guard = { \"-cc\", \"-mime-version\" }",
	    "from:from:sender:sender:subject:subject:reply-to:content-type:"
	    "content-transfer-encoding" },
	{ "a list of one's own", "guard = { list-id, sender }",
	    "from:from:sender:sender:subject:subject:list-id" },
	{ "what is not oversigned is not guarded", "oversign = \"-cc\"",
	    "from:from:sender:sender:subject:subject:reply-to:mime-version:"
	    "content-type:content-transfer-encoding" },
	{ "guarded, but not oversigned", "oversign = { \"-sender\" } "
	    "guard = { \"+sender\" }",
	    "from:from:sender:sender:subject:subject:reply-to:cc:"
	    "mime-version:content-type:content-transfer-encoding" },
	{ "oversigned: a list of one's own", "oversign = { from, subject }",
	    "from:from:sender:subject:subject" },
	{ "From is always oversigned", "oversign = subject",
	    "from:from:sender:subject:subject" },
	{ "what is not signed is not guarded", "sign_headers = { \"-sender\","
	    " \"-cc\", \"+x-a\" } guard = { \"+sender\", \"+x-a\" }",
	    "from:from:subject:subject:reply-to:mime-version:content-type:"
	    "content-transfer-encoding:x-a" },
};

/* Compose h= as for a message of the source; freed by the caller. */
static char *
names_for(const struct source *source)
{
	const struct dkimsig_sigspec spec = {
		.sdid = "example.com", .selector = "s", .timestamp = 1,
		.header_canon = DKIMSIG_CANON_RELAXED,
		.body_canon = DKIMSIG_CANON_RELAXED,
		.sign = source->sign_headers.texts,
		.nsign = source->sign_headers.n,
		.oversign = source->oversign.texts,
		.noversign = source->oversign.n,
		.guard = source->guard.texts,
		.nguard = source->guard.n,
	};
	static const char *const fields[][2] = {
		{ "From", " a@example.com" }, { "Subject", " s" },
		{ "Sender", " b@example.com" },
	};
	struct dkimsig_signer *signer;
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	char *names, *to;
	const char *from, *end;
	size_t len, i;

	assert_int_equal(dkimsig_signer_new(&signer, NULL), 0);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_int_equal(dkimsig_signer_header(signer, fields[i][0],
		    strlen(fields[i][0]), fields[i][1],
		    strlen(fields[i][1])), 0);
	assert_int_equal(dkimsig_signer_end_headers(signer), 0);
	assert_int_equal(dkimsig_signer_end(signer), 0);
	assert_int_equal(dkimsig_signature_new(&signature, signer, &spec), 0);
	tbs = dkimsig_signature_block(signature, &len);
	from = memmem(tbs, len, "; h=", 4);
	assert_non_null(from);
	end = memchr(from + 1, ';', len - (size_t)(from + 1 -
	    (const char *)tbs));
	assert_non_null(end);
	assert_non_null(names = malloc((size_t)(end - from)));
	for (to = names, from += 4; from < end; from++)
		if (strchr(" \t\r\n", *from) == NULL)
			*to++ = *from;
	*to = '\0';
	dkimsig_signature_free(signature);
	dkimsig_signer_free(signer);
	return names;
}

static void
check(const char *name, const char *options, const char *global,
    const char *wanted)
{
	char text[512], *names;
	struct config *config;
	size_t nfaults;
	int n;

	n = snprintf(text, sizeof(text), "source \"a\" { login = a "
	    "domains = example.com %s }\n%s\n", options, global);
	assert_true(n > 0 && (size_t)n < sizeof(text));
	config = config_load_text("f", text, (size_t)n, stderr, &nfaults);
	assert_non_null(config);
	names = names_for(&config->sources[0]);
	if (strcmp(names, wanted) != 0)
		fail_msg("%s: got %s, wanted %s", name, names, wanted);
	free(names);
	config_unref(config);
}

static void
lists_of_a_source(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].name, cases[i].options, "", cases[i].names);
}

/* No signer signs a From to which a second one can be added. */
static void
without_oversigning(void **state)
{
	static const char global[] = "signature { oversign = false }";

	(void)state;
	check("all", "", global, "from:from:sender:subject");
	check("changed", "sign_headers = \"-sender\"", global,
	    "from:from:subject");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_a_source),
		cmocka_unit_test(without_oversigning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

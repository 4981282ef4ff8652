/* SPDX-License-Identifier: ISC */

/*
 * A configuration loaded with the n-th allocation failing, alone and with all
 * that follow: either it is as it stands in the file, or it is refused, and no
 * block is left.  A source that lacked one of its factors would sign more than
 * it may.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "failing.h"

static const char good[] =
    "preset_dir = \"" TEST_PRESETS "\"\n"
    "user = u keys_user = k\n"
    "dns { servers = { 192.0.2.1, 192.0.2.2 } }\n"
    "source \"a\" {\n"
    "\tpreset = salesforce-dkim\n"
    "\ttenant = { 00D5f000001AbCd, b\303\274cher.example }\n"
    "\tlogin = { a, b }\n"
    "\tnetworks = { 192.0.2.0/24, \"!192.0.2.1\" }\n"
    "\theader \"X-A\" { value = { a, b } }\n"
    "\tsecret_header X-S { value = 1234567890123456 }\n"
    "\tdkim { selectors = { s, t } }\n"
    "\tdomains = { b\303\274cher.example, \"*.example.com\" }\n"
    "}\n"
    "rotation { publish = hook hook = \"/h\" domain \"example.com\" {\n"
    "\tpublish = manual } }\n";

static const char bad[] =
    "user = \"u\nkeydir /k\ncolour = 1\nsource a { login = b b\n"
    "limits { header_size = 1 }\n";

/* Of the good one, made by the library's own lists. */
static size_t nmust_cover, ncovered;

/* Whether the configuration is the good one, as far as it decides. */
static bool
is_whole(const struct config *config)
{
	const struct source *source = &config->sources[0];

	return config->nsources == 1 && config->dns.servers.n == 2 &&
	    config->user != NULL && strcmp(config->user, "u") == 0 &&
	    config->keys_user != NULL && strcmp(config->keys_user, "k") == 0 &&
	    config->socket != NULL && config->keydir != NULL &&
	    config->nrotations == 2 && config->rotations[0].hook != NULL &&
	    source->name != NULL && source->preset != NULL &&
	    source->login.n == 2 && source->nnetworks == 2 &&
	    source->spf.n == 1 && source->nheaders == 4 &&
	    source->nsecrets == 1 && source->secrets[0].values.n == 1 &&
	    source->ndkims == 1 && source->dkims[0].sdids.n == 1 &&
	    source->dkims[0].selectors.n == 2 &&
	    source->dkims[0].leaves_out.n == 5 &&
	    source->dkims[0].must_cover.n == nmust_cover &&
	    source->domains.n == 2 && source->organizations.n == 2 &&
	    config->header_names.n == 5 && config->secret_names.n == 1 &&
	    config->covered_names.n == ncovered;
}

struct outcome {
	struct config	*config;
	size_t		 nfaults;
	char		 faults[4096];
	bool		 has_failed;	/* the allocation */
};

/* Load a text; the n-th allocation fails, none if n is 0. */
static void
load(const char *text, size_t n, bool all_later, struct outcome *outcome)
{
	FILE *out;

	memset(outcome, 0, sizeof(*outcome));
	out = fmemopen(outcome->faults, sizeof(outcome->faults) - 1, "w");
	assert_non_null(out);
	/* Then nothing is allocated when it is written to. */
	(void)setvbuf(out, NULL, _IONBF, 0);
	if (n > 0)
		failing_arm(n, all_later);
	outcome->config = config_load_text("f", text, strlen(text), out,
	    &outcome->nfaults);
	outcome->has_failed = failing_disarm();
	(void)fclose(out);
}

static void
run_out(const char *text, bool is_good, bool all_later)
{
	struct outcome without, with = { .has_failed = true };
	size_t live = failing_live(), n;

	load(text, 0, false, &without);
	config_unref(without.config);
	for (n = 1; with.has_failed; n++) {
		assert_true(n < 10000);
		load(text, n, all_later, &with);
		if ((with.config == NULL) != (with.nfaults > 0))
			fail_msg("allocation %zu: %zu faults", n,
			    with.nfaults);
		if (with.config != NULL && (!is_good ||
		    !is_whole(with.config)))
			fail_msg("allocation %zu: accepted, not whole", n);
		if (with.config == NULL &&
		    strcmp(with.faults, without.faults) != 0 &&
		    strstr(with.faults, "f: out of memory\n") == NULL)
			fail_msg("allocation %zu: %s", n, with.faults);
		config_unref(with.config);
		assert_int_equal(failing_live(), live);
	}
	assert_true(n > 20);
}

static void
good_file(void **state)
{
	(void)state;
	run_out(good, true, false);
	run_out(good, true, true);
}

static void
bad_file(void **state)
{
	(void)state;
	run_out(bad, false, false);
	run_out(bad, false, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file),
		cmocka_unit_test(bad_file),
	};
	const struct config *config;
	struct outcome outcome;
	bool is_as_written;

	/* What libraries keep is there before anything is counted. */
	load(good, 0, false, &outcome);
	if ((config = outcome.config) == NULL) {
		(void)fputs(outcome.faults, stderr);
		return 1;
	}
	nmust_cover = config->sources[0].dkims[0].must_cover.n;
	ncovered = config->covered_names.n;
	is_as_written = is_whole(config) && ncovered > nmust_cover &&
	    nmust_cover > 0;
	config_unref(outcome.config);
	load(bad, 0, false, &outcome);
	if (!is_as_written || outcome.config != NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
